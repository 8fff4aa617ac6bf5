/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * After a connect: the filter, the subscriptions, then the lists that make the model complete. Asterisk may have
 * kept the application or not, so all of it is done each time (res_stasis.c). Requests go one after another;
 * events flow meanwhile, and the model knows which are newer than a list.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "stream_state.h"

#define MAX_MEDIA 256	/* playbacks and recordings asked for one by one after a gap; more are forgotten */

enum step {
	STEP_FILTER,		/* each application */
	STEP_SUBSCRIBE,		/* each source */
	STEP_APPS,		/* each application: what is ours */
	STEP_CHANNELS,
	STEP_BRIDGES,
	STEP_ENDPOINTS,
	STEP_PLAYBACKS,		/* each that is known: there is no list */
	STEP_RECORDINGS,
	STEP_DONE,
};

static void run(struct ari_stream *stream);

/* --- which request is next --- */

/* Copy the application number I of the comma separated ones; false after the last. */
static bool app_name(const struct ari_stream *stream, size_t i, char *buf, size_t size)
{
	const char *p = stream->app;
	size_t len;

	while (i-- > 0) {
		p = strchr(p, ',');
		if (!p)
			return false;
		p++;
	}
	len = strcspn(p, ",");
	snprintf(buf, size, "%.*s", (int)len, p);
	return true;
}

static const struct ari_object *media_at(const struct ari_stream *stream, enum ari_object_kind kind, size_t i)
{
	const struct ari_object *object = NULL;

	do
		object = ari_model_next(stream->options.model, kind, object);
	while (object && i-- > 0);
	return object;
}

/* The request of the current step and item. False: the step has no more. */
struct request {
	const char *op;
	struct ari_arg args[2];
	size_t n_args;
	char app[256];
};

static bool plan_app(struct ari_stream *stream, struct request *request)
{
	request->args[0] = (struct ari_arg){ "applicationName", request->app };
	if (stream->step == STEP_FILTER && stream->allowed) {
		request->op = "applications.filter";
		request->args[1] = (struct ari_arg){ "filter", stream->allowed };
		request->n_args = 2;
		return app_name(stream, stream->item, request->app, sizeof(request->app));
	}
	if (stream->step == STEP_SUBSCRIBE && stream->subscribe[stream->item]) {
		request->op = "applications.subscribe";
		request->args[1] = (struct ari_arg){ "eventSource", stream->subscribe[stream->item] };
		request->n_args = 2;
		return app_name(stream, 0, request->app, sizeof(request->app));
	}
	if (stream->step == STEP_APPS && stream->options.model && !stream->own_app &&
	    !stream->options.subscribe_all && stream->item < ARIP_MAX_APPS) {
		request->op = "applications.get";
		request->n_args = 1;
		return app_name(stream, stream->item, request->app, sizeof(request->app));
	}
	return false;
}

static bool plan_media(struct ari_stream *stream, struct request *request)
{
	bool playback = stream->step == STEP_PLAYBACKS;
	const struct ari_object *object = stream->item < MAX_MEDIA ?
		media_at(stream, playback ? ARI_OBJECT_PLAYBACK : ARI_OBJECT_RECORDING, stream->item) : NULL;

	if (!object)
		return false;
	request->op = playback ? "playbacks.get" : "recordings.getLive";
	request->args[0] = (struct ari_arg){ playback ? "playbackId" : "recordingName", object->id };
	request->n_args = 1;
	return true;
}

static bool plan(struct ari_stream *stream, struct request *request)
{
	static const char *const lists[] = {
		[STEP_CHANNELS] = "channels.list",
		[STEP_BRIDGES] = "bridges.list",
		[STEP_ENDPOINTS] = "endpoints.list",
	};

	*request = (struct request){ .op = NULL };
	if (stream->step <= STEP_APPS)
		return plan_app(stream, request);
	if (!stream->options.model)
		return false;
	if (stream->step >= STEP_PLAYBACKS)
		return plan_media(stream, request);
	request->op = lists[stream->step];
	return stream->item == 0;
}

/* --- replies --- */

static void on_difference(const struct ari_event *event, void *data)
{
	arip_stream_deliver(data, event);
}

static enum ari_object_kind kind_of_step(int step)
{
	switch (step) {
	case STEP_CHANNELS:
		return ARI_OBJECT_CHANNEL;
	case STEP_BRIDGES:
		return ARI_OBJECT_BRIDGE;
	case STEP_ENDPOINTS:
		return ARI_OBJECT_ENDPOINT;
	case STEP_PLAYBACKS:
		return ARI_OBJECT_PLAYBACK;
	default:
		return ARI_OBJECT_RECORDING;
	}
}

/* Of a server's lists, only what our applications have: of the rest we would not hear when it ends. */
static size_t ours(struct ari_stream *stream, enum ari_object_kind kind, struct ari_span *only)
{
	size_t n = 0;

	for (size_t i = kind == ARI_OBJECT_BRIDGE; i < 2 * ARIP_MAX_APPS; i += 2) {
		if (stream->apps[i])
			only[n++] = (struct ari_span){ stream->apps[i], strlen(stream->apps[i]) };
	}
	return n;
}

static int load(struct ari_stream *stream, struct ari_span list, struct ari_error *err)
{
	enum ari_object_kind kind = kind_of_step(stream->step);
	char now[ARIP_TIMESTAMP_SIZE];
	struct ari_span only[ARIP_MAX_APPS];
	struct ari_model_load how = {
		.mark = stream->mark,
		.now_ms = ari_loop_now(stream->loop),
		.timestamp = arip_timestamp(now),
		.application = stream->app,
		.fn = stream->was_open ? on_difference : NULL,	/* the first lists are no news */
		.data = stream,
	};

	if (kind == ARI_OBJECT_CHANNEL || kind == ARI_OBJECT_BRIDGE)
		how.n_only = ours(stream, kind, only);
	if (how.n_only)
		how.only = only;
	return ari_model_load(stream->options.model, kind, list, &how, err);
}

static char *copy_span(struct ari_span span)
{
	return span.p ? strndup(span.p, span.len) : NULL;
}

static void keep_app(struct ari_stream *stream, struct ari_span body)
{
	stream->apps[2 * stream->item] = copy_span(ari_json_get(body, "channel_ids"));
	stream->apps[2 * stream->item + 1] = copy_span(ari_json_get(body, "bridge_ids"));
}

/* The array of the playbacks or recordings that are still there grows by one. */
static void keep_media(struct ari_stream *stream, struct ari_span body)
{
	size_t before = stream->media ? strlen(stream->media) : 0;
	char *text = realloc(stream->media, before + body.len + 3);

	if (!text)
		return;
	if (before)
		text[before - 1] = ',';		/* the bracket */
	else
		text[before++] = '[';
	memcpy(text + before, body.p, body.len);
	memcpy(text + before + body.len, "]", 2);
	stream->media = text;
}

/* All of a kind were asked for. */
static int load_media(struct ari_stream *stream, struct ari_error *err)
{
	const char *text = stream->media ? stream->media : "[]";
	int rc = load(stream, (struct ari_span){ text, strlen(text) }, err);

	free(stream->media);
	stream->media = NULL;
	return rc;
}

static int take_reply(struct ari_stream *stream, struct ari_span body, struct ari_error *err)
{
	switch (stream->step) {
	case STEP_APPS:
		keep_app(stream, body);
		return 0;
	case STEP_CHANNELS:
	case STEP_BRIDGES:
	case STEP_ENDPOINTS:
		return load(stream, body, err);
	case STEP_PLAYBACKS:
	case STEP_RECORDINGS:
		keep_media(stream, body);
		return 0;
	default:
		return 0;
	}
}

/* A refusal that leaves the stream useful: what it asks for ended while we were away. */
static bool can_go_on(const struct ari_stream *stream, const struct ari_error *err)
{
	bool absent = err->code == ARI_ENOTFOUND || err->code == ARI_ECONFLICT || err->code == ARI_EREJECTED;

	if (stream->step == STEP_PLAYBACKS || stream->step == STEP_RECORDINGS)
		return absent;
	return stream->step == STEP_SUBSCRIBE && stream->was_open && absent;
}

static void on_reply(struct ari_client *client, struct ari_reply *reply, const struct ari_error *err,
		     void *data)
{
	struct ari_stream *stream = data;
	struct ari_error bad = { 0 };

	arip_stream_enter(stream);
	if (reply)
		take_reply(stream, (struct ari_span){ reply->body, reply->len }, &bad);
	else if (can_go_on(stream, err))
		arip_client_trace(client, "events: %s", err->text);
	else
		bad = *err;
	if (bad.code) {
		arip_stream_broken(stream, &bad);
	} else {
		stream->item++;
		run(stream);
	}
	arip_stream_leave(stream);
}

/* To the next step. Non-zero: the connection is broken. */
static int end_step(struct ari_stream *stream)
{
	struct ari_error err = { 0 };
	bool media = stream->step == STEP_PLAYBACKS || stream->step == STEP_RECORDINGS;

	if (media && stream->options.model && load_media(stream, &err)) {
		arip_stream_broken(stream, &err);
		return -1;
	}
	stream->step++;
	stream->item = 0;
	if (stream->options.model)
		stream->mark = ari_model_mark(stream->options.model);
	return 0;
}

static void run(struct ari_stream *stream)
{
	struct ari_error err = { 0 };
	struct request request;

	while (!stream->closed && stream->step < STEP_DONE && !plan(stream, &request)) {
		if (end_step(stream))
			return;
	}
	if (stream->closed)
		return;
	if (stream->step == STEP_DONE) {
		arip_stream_sync_stop(stream);
		arip_stream_synced(stream);
	} else if (ari_client_start(stream->client, request.op, request.args, request.n_args, on_reply, stream,
				    &err)) {
		arip_stream_broken(stream, &err);
	}
}

void arip_stream_sync(struct ari_stream *stream)
{
	arip_stream_sync_stop(stream);
	stream->step = 0;
	stream->item = 0;
	if (stream->options.model)
		stream->mark = ari_model_mark(stream->options.model);
	run(stream);
}

void arip_stream_sync_stop(struct ari_stream *stream)
{
	arip_client_cancel(stream->client, stream);
	for (size_t i = 0; i < 2 * ARIP_MAX_APPS; i++) {
		free(stream->apps[i]);
		stream->apps[i] = NULL;
	}
	free(stream->media);
	stream->media = NULL;
}
