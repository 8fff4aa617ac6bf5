/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The event stream: one WebSocket after another, and never a silent loss. After a loss a gap event
 * comes before any live one. Reconnects back off (0.5 to 30 s, with jitter, so that many clients do
 * not come back at once); refused credentials stop it after three tries, so that nobody is locked
 * out.
 */
#include "ari/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "json_put.h"
#include "stream_state.h"

#define BACKOFF_MIN_MS 500
#define BACKOFF_MAX_MS 30000
#define HEALTHY_MS     30000
#define MAX_REFUSALS   3

/* --- callbacks --- */

void arip_stream_enter(struct ari_stream *stream)
{
	stream->depth++;
}

void arip_stream_leave(struct ari_stream *stream)
{
	if (--stream->depth == 0 && stream->closed)
		arip_stream_free(stream);
}

static void set_state(struct ari_stream *stream, enum ari_stream_state state,
		      const struct ari_error *err)
{
	if (stream->closed)
		return;
	if (err)
		stream->err = *err;
	else
		ari_error_clear(&stream->err);
	stream->state = state;
	if (stream->options.state)
		stream->options.state(stream, state, err ? &stream->err : NULL,
				      stream->options.data);
}

void arip_stream_deliver(struct ari_stream *stream, const struct ari_event *event)
{
	stream->stats.events++;
	if (stream->options.event && !stream->closed)
		stream->options.event(stream, event, stream->options.data);
}

/* --- gaps --- */

void arip_stream_gap(struct ari_stream *stream)
{
	char now[ARIP_TIMESTAMP_SIZE];
	struct ari_event event;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	stream->stats.gaps++;
	if (stream->options.model)
		ari_model_gap(stream->options.model, ari_loop_now(stream->loop));
	if (!out)
		return;
	fprintf(out,
		"{\"type\":\"" ARI_EVENT_GAP_TYPE
		"\",\"x-synthetic\":true,\"timestamp\":\"%s\",\"since\":%s,"
		"\"lost_ms\":%llu,\"reason\":",
		arip_timestamp(now), stream->last_event[0] ? stream->last_event : "null",
		(unsigned long long)(ari_loop_now(stream->loop) - stream->lost_ms));
	arip_json_put_text(out, stream->why.text);
	if (ari_stream_app(stream)) {
		fputs(",\"application\":", out);
		arip_json_put_text(out, stream->app);
	}
	fputc('}', out);
	if (!fclose(out) && !ari_event_parse(&event, text, len, NULL))
		arip_stream_deliver(stream, &event);
	free(text);
}

/* --- the connection's ups and downs --- */

void arip_stream_drop(struct ari_stream *stream)
{
	arip_stream_sync_stop(stream);
	arip_observer_drop(stream);
	arip_client_drop_carrier(stream->client, stream->carrier);
	arip_carrier_free(stream->carrier);
	stream->carrier = NULL;
	arip_ws_close(stream->ws);
	stream->ws = NULL;
	stream->opened_ms = 0;
	stream->mode = ARI_STREAM_MODE_UNKNOWN;
}

static unsigned backoff(struct ari_stream *stream, unsigned retry_ms)
{
	unsigned ms = BACKOFF_MIN_MS;

	for (unsigned i = 0; i < stream->attempts && ms < BACKOFF_MAX_MS; i++)
		ms *= 2;
	if (ms > BACKOFF_MAX_MS)
		ms = BACKOFF_MAX_MS;
	ms = ms - ms * 3 / 10 + arip_random_below(ms * 6 / 10 + 1);
	stream->attempts++;
	return ms > retry_ms ? ms : retry_ms;
}

/* Whether trying again makes sense. */
static bool give_up(struct ari_stream *stream, const struct ari_error *err)
{
	if (stream->options.no_reconnect || (!stream->was_open && !stream->options.retry_first))
		return true;
	if (err->code != ARI_EREFUSED)
		return false;
	return ++stream->refusals >= MAX_REFUSALS;
}

static void lost(struct ari_stream *stream, const struct ari_error *err, unsigned retry_ms)
{
	uint64_t now = ari_loop_now(stream->loop);
	const struct ari_error why = *err;
	uint64_t opened = stream->opened_ms;
	bool again = !opened && arip_observer_unfilter(stream, err->http_status);
	bool final = !again && give_up(stream, err);
	unsigned wait;

	arip_stream_drop(stream);
	if (stream->closed)
		return;
	if (stream->state == ARI_STREAM_OPEN || stream->state == ARI_STREAM_SYNCING) {
		stream->lost_ms = now;
		if (now - opened >= HEALTHY_MS)
			stream->attempts = 0;
	}
	stream->why = why;
	arip_client_trace(stream->client, "events: %s", why.text);
	if (!final) {
		wait = again ? 0 : backoff(stream, retry_ms);
		arip_client_trace(stream->client, "events: next attempt in %u ms", wait);
		stream->timer =
			ari_loop_add_timer(stream->loop, wait, arip_stream_connect, stream, NULL);
	}
	set_state(stream,
		  final		     ? ARI_STREAM_FAILED
		  : stream->was_open ? ARI_STREAM_LOST
				     : ARI_STREAM_CONNECTING,
		  &why);
}

void arip_stream_broken(struct ari_stream *stream, const struct ari_error *err)
{
	arip_stream_enter(stream);
	lost(stream, err, 0);
	arip_stream_leave(stream);
}

void arip_stream_synced(struct ari_stream *stream)
{
	char now[ARIP_TIMESTAMP_SIZE];

	arip_stream_enter(stream);
	stream->was_open = true;
	stream->refusals = 0;
	if (!stream->last_event[0])
		snprintf(stream->last_event, sizeof(stream->last_event), "\"%.37s\"",
			 arip_timestamp(now));
	set_state(stream, ARI_STREAM_OPEN, NULL);
	arip_stream_leave(stream);
}

static int carry(void *data, const char *text, size_t len)
{
	struct ari_stream *stream = data;

	return arip_ws_send(stream->ws, text, len);
}

static bool can_carry(void *data)
{
	struct ari_stream *stream = data;

	return !arip_ws_busy(stream->ws);
}

/* What the server took up says what it can do. */
static void find_mode(struct ari_stream *stream)
{
	static const char *const names[] = {"", "stock ARI", "an application", "an observer"};
	bool stasis = arip_ws_took(stream->ws, "stasis");

	stream->mode = !stasis		 ? ARI_STREAM_MODE_ARI
		       : stream->observe ? ARI_STREAM_MODE_OBSERVER
					 : ARI_STREAM_MODE_APPLICATION;
	arip_client_trace(stream->client, "events: connected as %s (%s)", stream->app,
			  names[stream->mode]);
	if (!stasis || !stream->options.requests)
		return;
	stream->carrier = arip_carrier_new(stream->loop, carry, can_carry, stream);
	arip_client_set_carrier(stream->client, stream->carrier);
}

static void begin_application(struct ari_stream *stream)
{
	/* The numbers of another server's events mean nothing here. */
	stream->observer.epoch[0] = '\0';
	if (!stream->closed)
		arip_stream_forget_stale(stream);
	if (stream->was_open && !stream->closed)
		arip_stream_gap(stream);
	if (!stream->closed)
		set_state(stream, ARI_STREAM_SYNCING, NULL);
	if (!stream->closed)
		arip_stream_sync(stream);
}

static void on_opened(struct arip_ws *ws, void *data)
{
	struct ari_stream *stream = data;

	(void)ws;
	arip_stream_enter(stream);
	find_mode(stream);
	stream->opened_ms = ari_loop_now(stream->loop);
	if (stream->was_open && !stream->closed)
		stream->stats.reconnects++;
	if (stream->mode != ARI_STREAM_MODE_OBSERVER) {
		begin_application(stream);
	} else if (!stream->closed) {
		arip_observer_opened(stream);
		set_state(stream, ARI_STREAM_SYNCING, NULL);
	}
	arip_stream_leave(stream);
}

static void on_ping(struct arip_ws *ws, const char *p, size_t len, void *data)
{
	(void)ws;
	arip_observer_ping(data, p, len);
}

static void on_over(struct arip_ws *ws, const struct ari_error *err, unsigned retry_ms, void *data)
{
	struct ari_stream *stream = data;

	(void)ws;
	arip_stream_enter(stream);
	lost(stream, err, retry_ms);
	arip_stream_leave(stream);
}

/* --- events --- */

/* The name of the application is in the event, also where the stream owns several. */
static void on_replaced(struct ari_stream *stream, const struct ari_event *event)
{
	struct ari_error err = {0};
	char app[128];

	ari_json_text(event->application, app, sizeof(app));
	arip_error_set(&err, ARI_ECONFLICT,
		       "another client took over the application %s: its events go there now", app);
	arip_client_trace(stream->client, "events: %s", err.text);
	/* The others of several go on. */
	if (!strchr(stream->app, ','))
		arip_stream_drop(stream);
	set_state(stream, ARI_STREAM_REPLACED, &err);
}

static void on_bad(struct ari_stream *stream, const struct ari_error *err)
{
	if (stream->stats.bad++ == 0)
		arip_client_trace(stream->client, "events: skipped a message: %s", err->text);
}

/* False: nobody else has to know of it. */
static bool is_news(struct ari_stream *stream, const struct ari_event *event)
{
	if (event->kind == ARI_EVENT_REST_RESPONSE && stream->carrier) {
		arip_carrier_answer(stream->carrier, event);
		return false;
	}
	return stream->mode != ARI_STREAM_MODE_OBSERVER || arip_observer_takes(stream, event);
}

static void take_event(struct ari_stream *stream, struct ari_event *event)
{
	event->gap = event->synthetic = false; /* only we make those */
	if (event->timestamp.len && event->timestamp.len < sizeof(stream->last_event)) {
		memcpy(stream->last_event, event->timestamp.p, event->timestamp.len);
		stream->last_event[event->timestamp.len] = '\0';
	}
	if (stream->options.model)
		ari_model_apply(stream->options.model, event, ari_loop_now(stream->loop));
	arip_stream_deliver(stream, event);
	if (event->kind == ARI_EVENT_APPLICATION_REPLACED && !stream->closed)
		on_replaced(stream, event);
}

static void on_message(struct arip_ws *ws, const char *text, size_t len, void *data)
{
	struct ari_stream *stream = data;
	struct ari_error err = {0};
	struct ari_event event;

	(void)ws;
	/* A stream that is being closed still has requests to make. */
	if (stream->closed && !stream->carrier)
		return;
	arip_stream_enter(stream);
	stream->stats.bytes += len;
	if (ari_event_parse(&event, text, len, &err))
		on_bad(stream, &err);
	else if (is_news(stream, &event) && !stream->closed)
		take_event(stream, &event);
	arip_stream_leave(stream);
}

/* --- connecting --- */

static int connect_ws(struct ari_stream *stream, struct ari_error *err)
{
	const struct arip_settings *settings = arip_client_settings(stream->client);
	const struct arip_ws_options options = {
		.endpoint = arip_client_endpoint(stream->client),
		.protocols = "ari, stasis",
		.authorization = arip_client_authorization(stream->client),
		.ca_file = settings->ca_file,
		.insecure = settings->insecure,
		.connect_timeout_ms =
			arip_client_left(stream->client, settings->connect_timeout_ms),
		.ping_ms = stream->options.ping_ms,
		.opened = on_opened,
		.message = on_message,
		.ping = on_ping,
		.over = on_over,
		.data = stream,
	};
	struct arip_ws_options complete = options;

	if (!options.connect_timeout_ms)
		return arip_error_set(err, ARI_ETIMEOUT, "no time is left to connect to %s",
				      options.endpoint->url);
	if ((stream->own_app && arip_stream_new_app(stream, err)) ||
	    arip_stream_make_path(stream, err))
		return -1;
	complete.path = stream->path;
	arip_client_trace(stream->client, "events: GET %s%s", options.endpoint->url,
			  stream->path + strlen(options.endpoint->base));
	stream->started_ms = ari_loop_now(stream->loop);
	stream->ws = arip_ws_open(stream->loop, &complete, err);
	return stream->ws ? 0 : -1;
}

void arip_stream_connect(struct ari_loop *loop, void *data)
{
	struct ari_stream *stream = data;
	struct ari_error err = {0};

	(void)loop;
	stream->timer = NULL;
	arip_stream_enter(stream);
	if (connect_ws(stream, &err))
		lost(stream, &err, 0);
	arip_stream_leave(stream);
}

enum ari_stream_state ari_stream_state(const struct ari_stream *stream)
{
	return stream->state;
}

enum ari_stream_mode ari_stream_mode(const struct ari_stream *stream)
{
	return stream->mode;
}

const char *ari_stream_app(const struct ari_stream *stream)
{
	return stream->mode == ARI_STREAM_MODE_OBSERVER ? NULL : stream->app;
}

void ari_stream_stats(const struct ari_stream *stream, struct ari_stream_stats *stats)
{
	*stats = stream->stats;
}

static int wait_result(const struct ari_stream *stream, struct ari_error *err)
{
	if (stream->state == ARI_STREAM_OPEN)
		return 0;
	if (stream->state == ARI_STREAM_FAILED || stream->state == ARI_STREAM_REPLACED) {
		if (err && err->code == ARI_OK)
			*err = stream->err;
		return -1;
	}
	return 1;
}

int ari_stream_wait_open(struct ari_stream *stream, int timeout_ms, struct ari_error *err)
{
	uint64_t start = ari_loop_now(stream->loop);
	int result;

	while ((result = wait_result(stream, err)) > 0) {
		uint64_t spent = ari_loop_now(stream->loop) - start;
		int left = timeout_ms < 0		  ? -1
			   : spent < (uint64_t)timeout_ms ? timeout_ms - (int)spent
							  : 0;

		if (!left && timeout_ms >= 0)
			return arip_error_set(
				err, ARI_ETIMEOUT, "the event stream was not open within %d ms%s%s",
				timeout_ms, stream->err.text[0] ? ": " : "", stream->err.text);
		if (ari_loop_run_once(stream->loop, left) < 0)
			return arip_error_set(err, ARI_ESYSTEM, "waiting for events failed");
	}
	return result;
}
