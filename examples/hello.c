/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Answers each channel that enters the application "hello", plays hello-world, and hangs up when it was heard.
 *   cc -o hello hello.c $(pkg-config --cflags --libs libari)
 *   ASTCTL_URL=http://pbx:8088/ari ./hello        (user and password are in ~/.netrc)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ari/client.h>
#include <ari/stream.h>

static void call(struct ari_client *client, const char *op, const struct ari_arg *args, size_t n)
{
	struct ari_error err = { 0 };

	if (ari_client_call(client, op, args, n, NULL, &err))
		fprintf(stderr, "%s: %s\n", op, err.text);	/* the caller may be gone: go on */
}

static void on_event(struct ari_stream *stream, const struct ari_event *event, void *data)
{
	struct ari_arg args[] = { { "channelId", NULL }, { "media", "sound:hello-world" } };
	char id[256], target[256];

	(void)stream;
	if (event->kind == ARI_EVENT_STASIS_START) {
		ari_json_text(ari_json_get(event->channel, "id"), id, sizeof(id));
		args[0].value = id;
		call(data, "channels.answer", args, 1);
		call(data, "channels.play", args, 2);
	} else if (event->kind == ARI_EVENT_PLAYBACK_FINISHED) {
		ari_json_text(ari_json_get(event->playback, "target_uri"), target, sizeof(target));
		args[0].value = target + strlen("channel:");
		call(data, "channels.hangup", args, 1);
	}
}

int main(void)
{
	char netrc[4096];
	struct ari_options options = { .url = getenv("ASTCTL_URL"), .netrc_file = netrc };
	struct ari_stream_options stream_options = { .app = "hello", .event = on_event };
	struct ari_error err = { 0 };
	struct ari_client *client;
	struct ari_stream *stream;

	snprintf(netrc, sizeof(netrc), "%s/.netrc", getenv("HOME") ? getenv("HOME") : "");
	client = ari_client_new(NULL, &options, &err);
	stream_options.data = client;
	stream = client ? ari_stream_open(client, &stream_options, &err) : NULL;
	if (!stream || ari_stream_wait_open(stream, 10000, &err)) {
		fprintf(stderr, "hello: %s\n", err.text);
		return 1;
	}
	ari_loop_run(ari_client_loop(client), -1);
}
