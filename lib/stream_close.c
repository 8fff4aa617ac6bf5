/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The end of an event stream: subscriptions are taken back before the connection goes, see
 * ari/stream.h for why. All of it is best effort with a deadline: a server that does not answer is
 * left as it is. The stream reads on meanwhile (the server may be waiting for that), and tells
 * nobody.
 */
#include <stdlib.h>
#include <string.h>

#include "stream_state.h"

#define MAX_SOURCES 32 /* of one request */

/* Device states have a request of their own: one that is refused for a source that is gone already
 * ends there, and does nothing about the sources behind it. */
static const struct {
	const char *source; /* as one subscribes to all of the kind */
	const char *all;    /* and what Asterisk calls that when unsubscribing */
} kinds[] = {
	{"deviceState:", "deviceState:__AST_DEVICE_STATE_ALL_TOPIC"},
	{"channel:", "channel:__AST_CHANNEL_ALL_TOPIC"},
	{"bridge:", "bridge:__AST_BRIDGE_ALL_TOPIC"},
	{"endpoint:", "endpoint:__AST_ENDPOINT_ALL_TOPIC"},
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const char *to_unsubscribe(const char *source)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		if (!strcmp(source, kinds[i].source))
			return kinds[i].all;
	}
	return source;
}

/* Who waits for the answers; NULL as data of a request: nobody. */
struct goodbye {
	unsigned pending;
};

static void on_answer(struct ari_client *client, struct ari_reply *reply,
		      const struct ari_error *err, void *data)
{
	struct goodbye *goodbye = data;

	if (!reply)
		arip_client_trace(client, "events: unsubscribing: %s", err->text);
	if (goodbye)
		goodbye->pending--;
}

static void take_back(struct ari_stream *stream, struct ari_arg *args, size_t n_args,
		      struct goodbye *goodbye)
{
	if (n_args > 1 &&
	    !ari_client_start(stream->client, "applications.unsubscribe", args, n_args, on_answer,
			      goodbye, NULL) &&
	    goodbye)
		goodbye->pending++;
}

/* Everything that APP gets through this stream. Of a name that others use only what concerns the
 * whole server: the rest is its owner's business. */
static void unsubscribe(struct ari_stream *stream, const char *app, struct goodbye *goodbye)
{
	struct ari_arg args[MAX_SOURCES] = {{"applicationName", app}};
	size_t n = 1;

	if (stream->options.subscribe_all && !stream->options.no_device_states) {
		args[n++] = (struct ari_arg){"eventSource", kinds[0].all};
		take_back(stream, args, n, goodbye);
		n = 1;
	}
	for (size_t i = 1; stream->options.subscribe_all && i < N_KINDS; i++)
		args[n++] = (struct ari_arg){"eventSource", kinds[i].all};
	take_back(stream, args, n, goodbye);
	for (size_t i = 0; stream->own_app && stream->subscribe[i]; i++) {
		const char *source = to_unsubscribe(stream->subscribe[i]);

		if (stream->options.subscribe_all && source != stream->subscribe[i])
			continue;
		args[1] = (struct ari_arg){"eventSource", source};
		take_back(stream, args, 2, goodbye);
	}
}

void arip_stream_forget_stale(struct ari_stream *stream)
{
	if (!stream->own_app)
		return;
	if (stream->stale)
		unsubscribe(stream, stream->stale, NULL);
	free(stream->stale);
	stream->stale = strdup(stream->app);
}

/* --- the close --- */

static bool turn(struct ari_stream *stream, uint64_t end)
{
	uint64_t now = ari_loop_now(stream->loop);

	return now < end && ari_loop_run_once(stream->loop, (int)(end - now)) >= 0;
}

static bool has_to(const struct ari_stream *stream)
{
	return stream->ws && stream->state != ARI_STREAM_REPLACED &&
	       stream->mode != ARI_STREAM_MODE_OBSERVER &&
	       (stream->options.subscribe_all || (stream->own_app && stream->subscribe[0]));
}

/* Its deadline is for what the client wanted, not for cleaning up after it. */
static void say_goodbye(struct ari_stream *stream)
{
	struct goodbye goodbye = {.pending = 0};
	char app[ARIP_APP_SIZE];
	uint64_t end = ari_loop_now(stream->loop) + ARI_STREAM_CLOSE_MS, deadline;

	/* The server may be about to subscribe us, so it has to be waited for; but not for one that
	 * had its time already. */
	while (stream->ws && !stream->opened_ms &&
	       turn(stream, stream->started_ms + ARI_STREAM_CLOSE_MS))
		;
	while (stream->ws && stream->asking && turn(stream, end))
		;
	if (!stream->ws || !stream->opened_ms || stream->mode == ARI_STREAM_MODE_OBSERVER)
		return;
	deadline = arip_client_swap_deadline(stream->client, end);
	for (size_t i = 0; arip_stream_app_name(stream, i, app); i++)
		unsubscribe(stream, app, &goodbye);
	arip_client_swap_deadline(stream->client, deadline);
	while (goodbye.pending && turn(stream, end))
		;
	arip_client_cancel(stream->client, &goodbye);
}

void ari_stream_close(struct ari_stream *stream)
{
	if (!stream || stream->closed)
		return;
	stream->closed = true;
	ari_timer_cancel(stream->timer);
	stream->timer = NULL;
	arip_stream_enter(stream);
	if (has_to(stream))
		say_goodbye(stream);
	arip_stream_drop(stream);
	arip_stream_leave(stream);
}
