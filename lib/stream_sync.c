/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * After a connect: the filter, the subscriptions, then the lists that make the model complete.
 * Asterisk may have kept the application or not, so all of it is done each time (res_stasis.c).
 * Requests go one after another; events flow meanwhile, and the model knows which are newer than a
 * list.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "stream_state.h"

enum step {
	STEP_FILTER,	/* each application */
	STEP_SUBSCRIBE, /* each source */
	STEP_APPS,	/* each application: what is ours */
	STEP_CHANNELS,
	STEP_BRIDGES,
	STEP_ENDPOINTS,
	STEP_MEDIA, /* each playback and recording from before: there is no list */
	STEP_DONE,
};

static void run(struct ari_stream *stream);

/* --- which request is next --- */

bool arip_stream_app_name(const struct ari_stream *stream, size_t i, char *buf)
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
	snprintf(buf, ARIP_APP_SIZE, "%.*s", (int)len, p);
	return true;
}

/* The request of the current step and item. False: the step has no more. */
struct request {
	const char *op;
	struct ari_arg args[2];
	size_t n_args;
	char app[ARIP_APP_SIZE];
};

static bool plan_app(struct ari_stream *stream, struct request *request)
{
	request->args[0] = (struct ari_arg){"applicationName", request->app};
	if (stream->step == STEP_FILTER && stream->allowed) {
		request->op = "applications.filter";
		request->args[1] = (struct ari_arg){"filter", stream->allowed};
		request->n_args = 2;
		return arip_stream_app_name(stream, stream->item, request->app);
	}
	if (stream->step == STEP_SUBSCRIBE && stream->subscribe[stream->item]) {
		request->op = "applications.subscribe";
		request->args[1] = (struct ari_arg){"eventSource", stream->subscribe[stream->item]};
		request->n_args = 2;
		return arip_stream_app_name(stream, 0, request->app);
	}
	if (stream->step == STEP_APPS && stream->options.model && !stream->options.subscribe_all &&
	    stream->item < ARIP_MAX_APPS) {
		request->op = "applications.get";
		request->n_args = 1;
		return arip_stream_app_name(stream, stream->item, request->app);
	}
	return false;
}

static bool plan_media(struct ari_stream *stream, struct request *request)
{
	const struct arip_media *media =
		stream->item < stream->n_media ? &stream->media[stream->item] : NULL;
	bool playback = media && media->kind == ARI_OBJECT_PLAYBACK;

	if (!media)
		return false;
	request->op = playback ? "playbacks.get" : "recordings.getLive";
	request->args[0] = (struct ari_arg){playback ? "playbackId" : "recordingName", media->id};
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

	*request = (struct request){.op = NULL};
	if (stream->step <= STEP_APPS)
		return plan_app(stream, request);
	if (!stream->options.model)
		return false;
	if (stream->step == STEP_MEDIA)
		return plan_media(stream, request);
	request->op = lists[stream->step];
	return stream->item == 0;
}

/* --- replies --- */

static void on_difference(const struct ari_event *event, void *data)
{
	arip_stream_deliver(data, event);
}

/* Of a server's lists, only what our applications have: of the rest we would not hear when it ends.
 */
static size_t ours(struct ari_stream *stream, enum ari_object_kind kind, struct ari_span *only)
{
	size_t n = 0;

	for (size_t i = kind == ARI_OBJECT_BRIDGE; i < 2 * ARIP_MAX_APPS; i += 2) {
		if (stream->apps[i])
			only[n++] = (struct ari_span){stream->apps[i], strlen(stream->apps[i])};
	}
	return n;
}

int arip_stream_load(struct ari_stream *stream, enum ari_object_kind kind, struct ari_span list,
		     uint64_t mark, struct ari_error *err)
{
	char now[ARIP_TIMESTAMP_SIZE];
	struct ari_span only[ARIP_MAX_APPS];
	struct ari_model_load how = {
		.mark = mark,
		.now_ms = ari_loop_now(stream->loop),
		.timestamp = arip_timestamp(now),
		.application = ari_stream_app(stream),
		.fn = stream->was_open ? on_difference : NULL, /* the first lists are no news */
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

static void take_reply(struct ari_stream *stream, const struct ari_reply *reply,
		       struct ari_error *err)
{
	const struct ari_span body = {reply->body, reply->len};

	switch (stream->step) {
	case STEP_APPS:
		keep_app(stream, body);
		break;
	case STEP_CHANNELS:
		arip_stream_load(stream, ARI_OBJECT_CHANNEL, body, stream->mark, err);
		break;
	case STEP_BRIDGES:
		arip_stream_load(stream, ARI_OBJECT_BRIDGE, body, stream->mark, err);
		break;
	case STEP_ENDPOINTS:
		arip_stream_load(stream, ARI_OBJECT_ENDPOINT, body, stream->mark, err);
		break;
	case STEP_MEDIA:
		free(stream->media[stream->item].json);
		stream->media[stream->item].json = copy_span(body);
		break;
	default:
		break;
	}
}

/* --- playbacks and recordings --- */

static void remember_media(struct ari_stream *stream, enum ari_object_kind kind)
{
	const struct ari_object *object = NULL;

	while (stream->n_media < ARIP_MAX_MEDIA &&
	       (object = ari_model_next(stream->options.model, kind, object))) {
		struct arip_media *media = &stream->media[stream->n_media];

		*media = (struct arip_media){.kind = kind, .id = strdup(object->id)};
		if (!media->id)
			return;
		stream->n_media++;
	}
}

/* Those that are there still, as a list. */
static void load_media(struct ari_stream *stream, enum ari_object_kind kind)
{
	const char *separator = "[";
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return;
	for (size_t i = 0; i < stream->n_media; i++) {
		if (stream->media[i].kind != kind || !stream->media[i].json)
			continue;
		fprintf(out, "%s%s", separator, stream->media[i].json);
		separator = ",";
	}
	fputs(*separator == '[' ? "[]" : "]", out);
	/* An answer that is no such object is not worth the connection. */
	if (!fclose(out))
		arip_stream_load(stream, kind, (struct ari_span){text, len}, stream->media_mark, NULL);
	free(text);
}

/* A refusal that leaves the stream useful: what it asks for ended while we were away. */
static bool can_go_on(const struct ari_stream *stream, const struct ari_error *err)
{
	bool absent = err->code == ARI_ENOTFOUND || err->code == ARI_ECONFLICT ||
		      err->code == ARI_EREJECTED;

	if (stream->step == STEP_MEDIA)
		return absent || err->code == ARI_EPROTOCOL;
	return stream->step == STEP_SUBSCRIBE && stream->was_open && absent;
}

static void on_reply(struct ari_client *client, struct ari_reply *reply,
		     const struct ari_error *err, void *data)
{
	struct ari_stream *stream = data;
	struct ari_error bad = {0};

	stream->asking = false;
	if (stream->closed)
		return;
	arip_stream_enter(stream);
	if (reply)
		take_reply(stream, reply, &bad);
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

static void end_step(struct ari_stream *stream)
{
	if (stream->step == STEP_MEDIA && stream->options.model) {
		load_media(stream, ARI_OBJECT_PLAYBACK);
		load_media(stream, ARI_OBJECT_RECORDING);
	}
	stream->step++;
	stream->item = 0;
	if (stream->options.model)
		stream->mark = ari_model_mark(stream->options.model);
}

static void run(struct ari_stream *stream)
{
	struct ari_error err = {0};
	struct request request;

	while (!stream->closed && stream->step < STEP_DONE && !plan(stream, &request))
		end_step(stream);
	if (stream->closed)
		return;
	if (stream->step == STEP_DONE) {
		arip_stream_sync_stop(stream);
		arip_stream_synced(stream);
	} else if (ari_client_start(stream->client, request.op, request.args, request.n_args,
				    on_reply, stream, &err)) {
		arip_stream_broken(stream, &err);
	} else {
		stream->asking = true;
	}
}

void arip_stream_sync(struct ari_stream *stream)
{
	arip_stream_sync_stop(stream);
	stream->step = 0;
	stream->item = 0;
	if (stream->options.model) {
		stream->mark = stream->media_mark = ari_model_mark(stream->options.model);
		remember_media(stream, ARI_OBJECT_PLAYBACK);
		remember_media(stream, ARI_OBJECT_RECORDING);
	}
	run(stream);
}

void arip_stream_sync_media(struct ari_stream *stream)
{
	arip_stream_sync_stop(stream);
	stream->step = STEP_MEDIA;
	stream->item = 0;
	stream->media_mark = ari_model_mark(stream->options.model);
	remember_media(stream, ARI_OBJECT_PLAYBACK);
	remember_media(stream, ARI_OBJECT_RECORDING);
	run(stream);
}

void arip_stream_sync_stop(struct ari_stream *stream)
{
	arip_client_cancel(stream->client, stream);
	stream->asking = false;
	for (size_t i = 0; i < 2 * ARIP_MAX_APPS; i++) {
		free(stream->apps[i]);
		stream->apps[i] = NULL;
	}
	for (size_t i = 0; i < stream->n_media; i++) {
		free(stream->media[i].id);
		free(stream->media[i].json);
	}
	stream->n_media = 0;
}
