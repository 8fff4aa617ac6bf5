/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The event stream: one WebSocket after another, and never a silent loss. After a loss a gap event comes
 * before any live one. Reconnects back off (0.5 to 30 s, with jitter, so that many clients do not
 * come back at once); refused credentials stop it after three tries, so that nobody is locked out.
 */
#include "ari/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "error.h"
#include "stream_state.h"
#include "url.h"

#define PING_MS 20000
#define BACKOFF_MIN_MS 500
#define BACKOFF_MAX_MS 30000
#define HEALTHY_MS 30000
#define MAX_REFUSALS 3
#define MAX_PATH 1900	/* libwebsockets cuts the request line at 2,048 bytes */

static void connect_now(struct ari_loop *loop, void *data);

static unsigned random_below(unsigned limit)
{
	unsigned value = 0;

	(void)!getrandom(&value, sizeof(value), 0);
	return limit ? value % limit : 0;
}

const char *arip_timestamp(char *buf)
{
	struct timespec ts;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	n = strftime(buf, ARIP_TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(buf + n, ARIP_TIMESTAMP_SIZE - n, ".%03ld", ts.tv_nsec / 1000000);
	strftime(buf + n, ARIP_TIMESTAMP_SIZE - n, "%z", &tm);
	return buf;
}

/* --- callbacks --- */

static void free_stream(struct ari_stream *stream)
{
	for (size_t i = 0; stream->subscribe && stream->subscribe[i]; i++)
		free(stream->subscribe[i]);
	free(stream->subscribe);
	free(stream->allowed);
	free(stream->app);
	free(stream->path);
	free(stream);
}

void arip_stream_enter(struct ari_stream *stream)
{
	stream->depth++;
}

void arip_stream_leave(struct ari_stream *stream)
{
	if (--stream->depth == 0 && stream->closed)
		free_stream(stream);
}

static void set_state(struct ari_stream *stream, enum ari_stream_state state, const struct ari_error *err)
{
	if (stream->closed)
		return;
	if (err)
		stream->err = *err;
	else
		ari_error_clear(&stream->err);
	stream->state = state;
	if (stream->options.state)
		stream->options.state(stream, state, err ? &stream->err : NULL, stream->options.data);
}

void arip_stream_deliver(struct ari_stream *stream, const struct ari_event *event)
{
	stream->stats.events++;
	if (stream->options.event && !stream->closed)
		stream->options.event(stream, event, stream->options.data);
}

/* --- gaps --- */

/* TEXT as a JSON string without its quotes; error texts have no control characters. */
static void put_plain(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void deliver_gap(struct ari_stream *stream)
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
	fprintf(out, "{\"type\":\"" ARI_EVENT_GAP_TYPE "\",\"x-synthetic\":true,\"timestamp\":\"%s\",\"since\":%s,"
		"\"lost_ms\":%llu,\"reason\":\"", arip_timestamp(now),
		stream->last_event[0] ? stream->last_event : "null",
		(unsigned long long)(ari_loop_now(stream->loop) - stream->lost_ms));
	put_plain(out, stream->err.text);
	fputs("\",\"application\":\"", out);
	put_plain(out, stream->app);
	fputs("\"}", out);
	if (!fclose(out) && !ari_event_parse(&event, text, len, NULL))
		arip_stream_deliver(stream, &event);
	free(text);
}

/* --- the connection's ups and downs --- */

static void drop_connection(struct ari_stream *stream)
{
	arip_stream_sync_stop(stream);
	arip_ws_close(stream->ws);
	stream->ws = NULL;
}

static unsigned backoff(struct ari_stream *stream, unsigned retry_ms)
{
	unsigned ms = BACKOFF_MIN_MS;

	for (unsigned i = 0; i < stream->attempts && ms < BACKOFF_MAX_MS; i++)
		ms *= 2;
	if (ms > BACKOFF_MAX_MS)
		ms = BACKOFF_MAX_MS;
	ms = ms - ms * 3 / 10 + random_below(ms * 6 / 10 + 1);
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
	bool final = give_up(stream, err);
	unsigned wait;

	drop_connection(stream);
	if (stream->state == ARI_STREAM_OPEN || stream->state == ARI_STREAM_SYNCING) {
		stream->lost_ms = now;
		if (now - stream->opened_ms >= HEALTHY_MS)
			stream->attempts = 0;
	}
	arip_client_trace(stream->client, "events: %s", why.text);
	if (!final) {
		wait = backoff(stream, retry_ms);
		arip_client_trace(stream->client, "events: next attempt in %u ms", wait);
		stream->timer = ari_loop_add_timer(stream->loop, wait, connect_now, stream, NULL);
	}
	set_state(stream, final ? ARI_STREAM_FAILED : stream->was_open ? ARI_STREAM_LOST :
		  ARI_STREAM_CONNECTING, &why);
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
		snprintf(stream->last_event, sizeof(stream->last_event), "\"%.37s\"", arip_timestamp(now));
	set_state(stream, ARI_STREAM_OPEN, NULL);
	arip_stream_leave(stream);
}

static void on_opened(struct arip_ws *ws, void *data)
{
	struct ari_stream *stream = data;

	(void)ws;
	arip_stream_enter(stream);
	arip_client_trace(stream->client, "events: connected as %s", stream->app);
	stream->opened_ms = ari_loop_now(stream->loop);
	if (stream->was_open) {
		stream->stats.reconnects++;
		deliver_gap(stream);
	}
	if (!stream->closed)
		set_state(stream, ARI_STREAM_SYNCING, NULL);
	if (!stream->closed)
		arip_stream_sync(stream);
	arip_stream_leave(stream);
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
	struct ari_error err = { 0 };
	char app[128];

	ari_json_text(event->application, app, sizeof(app));
	arip_error_set(&err, ARI_ECONFLICT, "another client took over the application %s: its events go there now",
		       app);
	arip_client_trace(stream->client, "events: %s", err.text);
	/* The others of several go on. */
	if (!strchr(stream->app, ','))
		drop_connection(stream);
	set_state(stream, ARI_STREAM_REPLACED, &err);
}

static void on_bad(struct ari_stream *stream, const struct ari_error *err)
{
	if (stream->stats.bad++ == 0)
		arip_client_trace(stream->client, "events: skipped a message: %s", err->text);
}

static void on_message(struct arip_ws *ws, const char *text, size_t len, void *data)
{
	struct ari_stream *stream = data;
	struct ari_error err = { 0 };
	struct ari_event event;

	(void)ws;
	arip_stream_enter(stream);
	stream->stats.bytes += len;
	if (ari_event_parse(&event, text, len, &err)) {
		on_bad(stream, &err);
		arip_stream_leave(stream);
		return;
	}
	event.gap = event.synthetic = false;	/* only we make those */
	if (event.timestamp.len && event.timestamp.len < sizeof(stream->last_event)) {
		memcpy(stream->last_event, event.timestamp.p, event.timestamp.len);
		stream->last_event[event.timestamp.len] = '\0';
	}
	if (stream->options.model)
		ari_model_apply(stream->options.model, &event, ari_loop_now(stream->loop));
	arip_stream_deliver(stream, &event);
	if (event.kind == ARI_EVENT_APPLICATION_REPLACED && !stream->closed)
		on_replaced(stream, &event);
	arip_stream_leave(stream);
}

/* --- connecting --- */

/* subscribeAll counts only for an application that Asterisk does not know yet (res_stasis.c), and it may remember
 * one that was left: so each connect gets a new name. */
static int new_own_app(struct ari_stream *stream, struct ari_error *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	char name[] = "astctl-observer-xxxxxxxxxx";

	for (char *p = strchr(name, 'x'); *p; p++)
		*p = letters[random_below(sizeof(letters) - 1)];
	free(stream->app);
	stream->app = strdup(name);
	return stream->app ? 0 : arip_error_memory(err);
}

static int make_path(struct ari_stream *stream, struct ari_error *err)
{
	const char *base = arip_client_endpoint(stream->client)->base;
	size_t len = strlen(stream->app);
	size_t size = strlen(base) + arip_percent_size(stream->app, len) + sizeof("/events?app=&subscribeAll=true");
	char *end;

	free(stream->path);
	stream->path = size <= MAX_PATH ? malloc(size) : NULL;
	if (!stream->path)
		return size <= MAX_PATH ? arip_error_memory(err) :
		       arip_error_set(err, ARI_EARGUMENT, "too many applications, or their names are too long");
	end = stream->path + snprintf(stream->path, size, "%s/events?app=", base);
	end = arip_percent_encode(end, stream->app, len);
	if (stream->own_app || stream->options.subscribe_all)
		memcpy(end, "&subscribeAll=true", sizeof("&subscribeAll=true"));
	return 0;
}

static int connect_ws(struct ari_stream *stream, struct ari_error *err)
{
	const struct arip_settings *settings = arip_client_settings(stream->client);
	const struct arip_ws_options options = {
		.endpoint = arip_client_endpoint(stream->client),
		.authorization = arip_client_authorization(stream->client),
		.ca_file = settings->ca_file,
		.insecure = settings->insecure,
		.connect_timeout_ms = settings->connect_timeout_ms,
		.ping_ms = stream->options.ping_ms,
		.opened = on_opened,
		.message = on_message,
		.over = on_over,
		.data = stream,
	};
	struct arip_ws_options complete = options;

	if ((stream->own_app && new_own_app(stream, err)) || make_path(stream, err))
		return -1;
	complete.path = stream->path;
	arip_client_trace(stream->client, "events: GET %s%s", options.endpoint->url,
			  stream->path + strlen(options.endpoint->base));
	stream->ws = arip_ws_open(stream->loop, &complete, err);
	return stream->ws ? 0 : -1;
}

static void connect_now(struct ari_loop *loop, void *data)
{
	struct ari_stream *stream = data;
	struct ari_error err = { 0 };

	(void)loop;
	stream->timer = NULL;
	arip_stream_enter(stream);
	if (connect_ws(stream, &err))
		lost(stream, &err, 0);
	arip_stream_leave(stream);
}

/* --- opening and closing --- */

/* An application that Asterisk knows already ignores subscribeAll; a source without an id means all of them, in 16 as in
 * 22 (res_stasis.c), and asking twice does no harm. */
static const char *const all_sources[] = { "channel:", "bridge:", "endpoint:", "deviceState:", NULL };

static size_t list_length(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

/* What to subscribe to, as one list of our own. */
static char **copy_sources(const char *const *all, const char *const *some)
{
	size_t n_all = list_length(all), n = n_all + list_length(some);
	char **copy = calloc(n + 1, sizeof(*copy));

	for (size_t i = 0; copy && i < n; i++) {
		copy[i] = strdup(i < n_all ? all[i] : some[i - n_all]);
		if (copy[i])
			continue;
		while (i-- > 0)
			free(copy[i]);
		free(copy);
		return NULL;
	}
	return copy;
}

/* {"allowed":[{"type":"StasisStart"}]}; kinds that the stream itself lives on are let through as well. */
static char *make_filter(const char *const *allowed)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fputs("{\"allowed\":[{\"type\":\"ApplicationReplaced\"}", out);
	for (; *allowed; allowed++) {
		fputs(",{\"type\":\"", out);
		put_plain(out, *allowed);
		fputs("\"}", out);
	}
	fputs("]}", out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

static int check_options(const struct ari_stream_options *options, struct ari_error *err)
{
	if (options->app && !*options->app)
		return arip_error_set(err, ARI_EARGUMENT, "the name of the application is empty");
	for (size_t i = 0; options->subscribe && options->subscribe[i]; i++) {
		if (!strchr(options->subscribe[i], ':'))
			return arip_error_set(err, ARI_EARGUMENT, "\"%s\" is no event source: expected channel:ID, "
					      "bridge:ID, endpoint:TECH/RESOURCE or deviceState:NAME",
					      options->subscribe[i]);
	}
	for (size_t i = 0; options->allowed && options->allowed[i]; i++) {
		if (!*options->allowed[i])
			return arip_error_set(err, ARI_EARGUMENT, "an event type is empty");
	}
	return 0;
}

static int copy_options(struct ari_stream *stream, const struct ari_stream_options *options,
			struct ari_error *err)
{
	stream->options = *options;
	stream->options.subscribe = stream->options.allowed = NULL;
	stream->own_app = !options->app;
	stream->subscribe = copy_sources(!stream->own_app && options->subscribe_all ? all_sources : NULL,
					 options->subscribe);
	if (options->allowed)
		stream->allowed = make_filter(options->allowed);
	if (!stream->own_app)
		stream->app = strdup(options->app);
	if (!stream->options.ping_ms)
		stream->options.ping_ms = PING_MS;
	if (!stream->subscribe || (options->allowed && !stream->allowed) || (!stream->own_app && !stream->app))
		return arip_error_memory(err);
	return stream->own_app ? new_own_app(stream, err) : make_path(stream, err);
}

struct ari_stream *ari_stream_open(struct ari_client *client, const struct ari_stream_options *options,
				   struct ari_error *err)
{
	struct ari_stream *stream;

	if (check_options(options, err))
		return NULL;
	stream = calloc(1, sizeof(*stream));
	if (!stream) {
		arip_error_memory(err);
		return NULL;
	}
	stream->client = client;
	stream->loop = ari_client_loop(client);
	if (copy_options(stream, options, err)) {
		free_stream(stream);
		return NULL;
	}
	stream->timer = ari_loop_add_timer(stream->loop, 0, connect_now, stream, err);
	if (!stream->timer) {
		free_stream(stream);
		return NULL;
	}
	if (options->model)
		ari_model_set_partial(options->model, !stream->own_app && !options->subscribe_all);
	return stream;
}

void ari_stream_close(struct ari_stream *stream)
{
	if (!stream || stream->closed)
		return;
	stream->closed = true;
	ari_timer_cancel(stream->timer);
	drop_connection(stream);
	if (!stream->depth)
		free_stream(stream);
}

enum ari_stream_state ari_stream_state(const struct ari_stream *stream)
{
	return stream->state;
}

const char *ari_stream_app(const struct ari_stream *stream)
{
	return stream->app;
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
		int left = timeout_ms < 0 ? -1 : spent < (uint64_t)timeout_ms ? timeout_ms - (int)spent : 0;

		if (!left && timeout_ms >= 0)
			return arip_error_set(err, ARI_ETIMEOUT, "the event stream was not open within %d ms%s%s",
					      timeout_ms, stream->err.text[0] ? ": " : "", stream->err.text);
		if (ari_loop_run_once(stream->loop, left) < 0)
			return arip_error_set(err, ARI_ESYSTEM, "waiting for events failed");
	}
	return result;
}
