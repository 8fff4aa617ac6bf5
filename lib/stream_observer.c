/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The stream as an observer of the module: it begins with a place (an epoch and a number) or a
 * snapshot, every event has its number and that of the one before, and whoever comes back with a
 * place gets what was missed, or is told that it is not all there any more. Whatever does not fit
 * together is mended by coming back with the last place that was good.
 */
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "json_put.h"
#include "stream_filter.h"
#include "stream_state.h"

static const char *const snap_members[ARIP_SNAP_KINDS] = {
	[ARI_OBJECT_CHANNEL] = "channel",
	[ARI_OBJECT_BRIDGE] = "bridge",
	[ARI_OBJECT_ENDPOINT] = "endpoint",
};

static void forget_snapshot(struct arip_observer *observer)
{
	for (size_t i = 0; i < ARIP_SNAP_KINDS; i++) {
		if (observer->snap[i])
			fclose(observer->snap[i]);
		free(observer->snap_text[i]);
		observer->snap[i] = NULL;
		observer->snap_text[i] = NULL;
	}
	observer->in_snapshot = false;
}

void arip_observer_drop(struct ari_stream *stream)
{
	ari_timer_cancel(stream->observer.patience);
	stream->observer.patience = NULL;
	forget_snapshot(&stream->observer);
}

void arip_observer_release(struct arip_observer *observer)
{
	forget_snapshot(observer);
	free(observer->fixed);
	free(observer->filter);
}

bool arip_observer_unfilter(struct ari_stream *stream, int status)
{
	struct arip_observer *observer = &stream->observer;

	if (!stream->observe || status != 400 || observer->filter_refused || !*observer->filter)
		return false;
	observer->filter_refused = true;
	return true;
}

/* --- the beginning --- */

static void on_patience(struct ari_loop *loop, void *data)
{
	struct ari_stream *stream = data;
	struct ari_error err = {0};

	(void)loop;
	stream->observer.patience = NULL;
	arip_error_set(&err, ARI_EPROTOCOL, "%s does not say where its events begin",
		       arip_client_endpoint(stream->client)->url);
	arip_stream_broken(stream, &err);
}

void arip_observer_opened(struct ari_stream *stream)
{
	struct arip_observer *observer = &stream->observer;

	observer->begun = false;
	observer->gap_due = stream->was_open;
	observer->patience = ari_loop_add_timer(
		stream->loop, arip_client_settings(stream->client)->timeout_ms, on_patience, stream,
		NULL);
}

static void tell_gap(struct ari_stream *stream)
{
	if (stream->observer.gap_due)
		arip_stream_gap(stream);
	stream->observer.gap_due = false;
}

static void broken(struct ari_stream *stream, const char *what)
{
	struct ari_error err = {0};

	arip_error_set(&err, ARI_EPROTOCOL, "%s %s",
		       arip_client_endpoint(stream->client)->url, what);
	arip_stream_broken(stream, &err);
}

/* Every mark says where we are now. */
static bool take_place(struct ari_stream *stream, const struct ari_event *event)
{
	struct arip_observer *observer = &stream->observer;
	long long seq;

	if (!ari_json_int(ari_json_get(event->json, "seq"), &seq) || seq < 0 ||
	    ari_json_text(ari_json_get(event->json, "epoch"), observer->epoch,
			  ARIP_EPOCH_SIZE) >= ARIP_EPOCH_SIZE ||
	    !observer->epoch[0]) {
		observer->epoch[0] = '\0';
		broken(stream, "does not say where its events begin");
		return false;
	}
	observer->place = (unsigned long long)seq;
	ari_timer_cancel(observer->patience);
	observer->patience = NULL;
	observer->begun = true;
	return true;
}

static void on_started(struct ari_stream *stream, const struct ari_event *event)
{
	if (!take_place(stream, event))
		return;
	tell_gap(stream);
	if (stream->closed)
		return;
	if (stream->options.model)
		broken(stream, "sends no snapshot");
	else
		arip_stream_synced(stream);
}

/* The place stays where it was: what follows is behind that. */
static void on_resumed(struct ari_stream *stream, const struct ari_event *event)
{
	const unsigned long long place = stream->observer.place;

	if (!stream->observer.resuming) {
		broken(stream, "resumes a stream that asked for no such thing");
		return;
	}
	if (!take_place(stream, event))
		return;
	stream->observer.place = place;
	stream->observer.gap_due = false;
	stream->stats.resumed++;
	arip_stream_synced(stream);
}

/* The server itself had to drop events. */
static void on_overrun(struct ari_stream *stream)
{
	struct ari_error err = {0};

	arip_error_set(&err, ARI_EGAP, "%s had to drop events",
		       arip_client_endpoint(stream->client)->url);
	if (stream->options.model) {
		/* It takes a snapshot to make that right, and that takes a new connection. */
		stream->observer.epoch[0] = '\0';
		arip_stream_broken(stream, &err);
		return;
	}
	stream->why = err;
	stream->lost_ms = ari_loop_now(stream->loop);
	arip_stream_gap(stream);
}

static void on_gap(struct ari_stream *stream, const struct ari_event *event)
{
	bool begun = stream->observer.begun;

	if (!take_place(stream, event))
		return;
	if (begun && stream->state == ARI_STREAM_OPEN) {
		on_overrun(stream);
		return;
	}
	tell_gap(stream);
	if (!stream->closed && !stream->options.model)
		arip_stream_synced(stream);
}

/* --- the snapshot --- */

static void on_snapshot(struct ari_stream *stream, const struct ari_event *event)
{
	struct arip_observer *observer = &stream->observer;

	if (!take_place(stream, event))
		return;
	tell_gap(stream);
	if (stream->closed)
		return;
	forget_snapshot(observer);
	observer->in_snapshot = true;
	for (size_t i = 0; i < ARIP_SNAP_KINDS; i++) {
		observer->snap[i] =
			open_memstream(&observer->snap_text[i], &observer->snap_len[i]);
		if (!observer->snap[i]) {
			broken(stream, "sends a snapshot that memory is too short for");
			return;
		}
		fputc('[', observer->snap[i]);
	}
}

static void on_object(struct ari_stream *stream, const struct ari_event *event)
{
	for (size_t i = 0; i < ARIP_SNAP_KINDS; i++) {
		struct ari_span object = ari_json_get(event->json, snap_members[i]);
		FILE *out = stream->observer.snap[i];

		if (object.p && out)
			fprintf(out, "%s%.*s", ftello(out) > 1 ? "," : "", (int)object.len,
				object.p);
	}
}

/* The lists are ours alone by now: a callback may close the stream. */
static int load_lists(struct ari_stream *stream, char *const *texts, const size_t *lens,
		      struct ari_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < ARIP_SNAP_KINDS && !rc && !stream->closed; i++)
		rc = arip_stream_load(stream, (enum ari_object_kind)i,
				      (struct ari_span){texts[i], lens[i]},
				      ari_model_mark(stream->options.model), err);
	return rc;
}

static int load_snapshot(struct ari_stream *stream, struct ari_error *err)
{
	struct arip_observer *observer = &stream->observer;
	char *texts[ARIP_SNAP_KINDS];
	size_t lens[ARIP_SNAP_KINDS];
	int rc = 0;

	for (size_t i = 0; i < ARIP_SNAP_KINDS; i++) {
		fputc(']', observer->snap[i]);
		if (fclose(observer->snap[i]))
			rc = arip_error_memory(err);
		observer->snap[i] = NULL;
		texts[i] = observer->snap_text[i];
		lens[i] = observer->snap_len[i];
		observer->snap_text[i] = NULL;
	}
	if (!rc)
		rc = load_lists(stream, texts, lens, err);
	for (size_t i = 0; i < ARIP_SNAP_KINDS; i++)
		free(texts[i]);
	return rc;
}

/* Put what came so far into the model, once. False: the stream is broken or closed. */
static bool end_objects(struct ari_stream *stream)
{
	struct ari_error err = {0};

	if (!stream->observer.snap[0] || !stream->options.model)
		return true;
	if (load_snapshot(stream, &err)) {
		arip_stream_broken(stream, &err);
		return false;
	}
	return !stream->closed;
}

static void on_snapshot_end(struct ari_stream *stream)
{
	if (!stream->observer.in_snapshot) {
		broken(stream, "ends a snapshot that it did not begin");
		return;
	}
	stream->observer.in_snapshot = false;
	if (!end_objects(stream))
		return;
	if (stream->options.model)
		arip_stream_sync_media(stream);
	else
		arip_stream_synced(stream);
}

/* Who speaks, behind all objects of a snapshot. The first time that is no news. */
static bool on_speakers(struct ari_stream *stream, const struct ari_event *event)
{
	if (!end_objects(stream))
		return false;
	if (stream->was_open)
		return true;
	if (stream->options.model)
		ari_model_apply(stream->options.model, event, ari_loop_now(stream->loop));
	return false;
}

/* --- the filter --- */

static int set_filter(struct ari_stream *stream, const char *const *filter, struct ari_error *err)
{
	const struct arip_interest interest = {
		.base = stream->observer.fixed,
		.filter = filter,
	};
	char *text = arip_filter_text(&interest);

	if (!text)
		return arip_error_memory(err);
	free(stream->observer.filter);
	stream->observer.filter = text;
	stream->observer.filter_refused = false;
	return 0;
}

int arip_observer_init(struct ari_stream *stream, const struct ari_stream_options *options,
		       struct ari_error *err)
{
	const struct arip_interest interest = {
		.allowed = options->allowed,
		.subscribe = options->subscribe_all ? NULL : options->subscribe,
		.no_device_states = options->subscribe_all && options->no_device_states,
	};

	stream->observe =
		(!options->app || options->observe) &&
		(options->subscribe_all ||
		 (!options->model && arip_filter_sources(options->subscribe)));
	stream->observer.fixed = arip_filter_text(&interest);
	if (!stream->observer.fixed)
		return arip_error_memory(err);
	return set_filter(stream, options->filter, err);
}

int ari_stream_filter(struct ari_stream *stream, const char *const *filter, struct ari_error *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out;

	if (set_filter(stream, filter, err))
		return -1;
	if (stream->mode != ARI_STREAM_MODE_OBSERVER)
		return 0;
	out = open_memstream(&text, &len);
	if (!out)
		return arip_error_memory(err);
	fputs("{\"type\":\"SetFilter\",\"filter\":", out);
	arip_json_put_text(out, stream->observer.filter);
	fputc('}', out);
	/* What cannot be sent any more is said with the next connect. */
	if (!fclose(out))
		arip_ws_send(stream->ws, text, len);
	free(text);
	return 0;
}

/* The one from before would hide what is wanted now. */
static void on_filter_set(struct ari_stream *stream, const struct ari_event *event)
{
	struct ari_span ok = ari_json_get(event->json, "ok");

	if (ok.len == 4 && *ok.p == 't')
		return;
	stream->observer.filter_refused = true;
	broken(stream, "does not understand the filter");
}

/* --- messages --- */

static void take_mark(struct ari_stream *stream, const struct ari_event *event)
{
	if (ari_json_equal(event->type, "StreamStarted"))
		on_started(stream, event);
	else if (ari_json_equal(event->type, "StreamResumed"))
		on_resumed(stream, event);
	else if (ari_json_equal(event->type, "StreamGap"))
		on_gap(stream, event);
	else if (ari_json_equal(event->type, "SnapshotStarted"))
		on_snapshot(stream, event);
	else if (ari_json_equal(event->type, "SnapshotObject"))
		on_object(stream, event);
	else if (ari_json_equal(event->type, "SnapshotFinished"))
		on_snapshot_end(stream);
	else if (ari_json_equal(event->type, "FilterSet"))
		on_filter_set(stream, event);
}

/* Come back with the last good place: what is missing comes, or is told as a gap. */
static void mend(struct ari_stream *stream, unsigned long long prev)
{
	struct ari_error err = {0};

	arip_error_set(&err, ARI_EGAP, "events between number %llu and %llu are missing",
		       stream->observer.place, prev);
	arip_stream_broken(stream, &err);
}

static bool take_number(struct ari_stream *stream, long long seq, long long prev)
{
	struct arip_observer *observer = &stream->observer;

	if (!observer->begun) {
		broken(stream, "sends events before it says where they begin");
		return false;
	}
	if (prev > 0 && (unsigned long long)prev > observer->place) {
		mend(stream, (unsigned long long)prev);
		return false;
	}
	if (seq < 0 || (unsigned long long)seq <= observer->place) {
		arip_client_trace(stream->client, "events: number %lld came again", seq);
		return false;
	}
	observer->place = (unsigned long long)seq;
	return true;
}

bool arip_observer_takes(struct ari_stream *stream, const struct ari_event *event)
{
	long long seq, prev = 0;

	if (event->kind == ARI_EVENT_UNKNOWN && !ari_json_get(event->json, "prev").p) {
		take_mark(stream, event);
		return false;
	}
	if (!ari_json_int(ari_json_get(event->json, "seq"), &seq))
		return event->kind != ARI_EVENT_BRIDGE_SPEAKERS_CHANGED ||
		       !stream->observer.in_snapshot || on_speakers(stream, event);
	ari_json_int(ari_json_get(event->json, "prev"), &prev);
	return take_number(stream, seq, prev);
}

void arip_observer_ping(struct ari_stream *stream, const char *p, size_t len)
{
	struct arip_observer *observer = &stream->observer;
	size_t epoch = strlen(observer->epoch);
	char text[ARIP_EPOCH_SIZE + 24], *end;
	unsigned long long seq;

	if (stream->mode != ARI_STREAM_MODE_OBSERVER || !observer->begun || !epoch ||
	    len >= sizeof(text) || len <= epoch || p[epoch] != ':' ||
	    memcmp(p, observer->epoch, epoch) != 0)
		return;
	memcpy(text, p, len);
	text[len] = '\0';
	seq = strtoull(text + epoch + 1, &end, 10);
	if (!*end && seq > observer->place)
		observer->place = seq;
}
