/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Waiting for outcomes. The stream is an application of our own with a random name, subscribed to the one
 * channel or bridge that the command is about, before the command acts: never to everything, which floods us and
 * can wedge the server (asterisk#2170), and never under a name that others use, which would take their events.
 * The library's watch says when it wants to ask the server something; we ask.
 */
#include "wait.h"

#include <stdio.h>
#include <string.h>

#define OPEN_MS 10000
#define MOVE_MS 5000
#define MOVE_TRIES 3

static bool about(struct ari_span channel, const char *id)
{
	return id && channel.p && ari_json_equal(ari_json_get(channel, "id"), id);
}

static void follow_move(struct wait *wait, const struct ari_event *event)
{
	if (wait->move != WAIT_MOVE_PENDING || !about(event->channel, wait->moving))
		return;
	if (event->kind == ARI_EVENT_STASIS_END)
		wait->move = WAIT_MOVE_DONE;
	else if (event->kind == ARI_EVENT_APPLICATION_MOVE_FAILED)
		wait->move = WAIT_MOVE_FAILED;
	else if (event->kind == ARI_EVENT_CHANNEL_DESTROYED)
		wait->move = WAIT_MOVE_GONE;
	else
		return;
	ari_loop_stop(wait->loop);
}

static void on_event(struct ari_stream *stream, const struct ari_event *event, void *data)
{
	struct wait *wait = data;
	uint64_t due;

	(void)stream;
	follow_move(wait, event);
	if (event->kind == ARI_EVENT_STASIS_START && about(event->channel, wait->entering)) {
		wait->entered = true;
		ari_loop_stop(wait->loop);
	}
	if (!wait->watch)
		return;
	due = ari_watch_due(wait->watch);
	ari_watch_event(wait->watch, event, ari_loop_now(wait->loop));
	/* It ended, or wants to be woken at another time than the loop sleeps to. */
	if (ari_watch_due(wait->watch) != due)
		ari_loop_stop(wait->loop);
}

static void on_state(struct ari_stream *stream, enum ari_stream_state state,
		     const struct ari_error *err, void *data)
{
	struct wait *wait = data;

	(void)stream;
	if (state != ARI_STREAM_FAILED)
		return;
	wait->lost = err && err->code ? *err : (struct ari_error){ .code = ARI_ECONNECT,
								   .text = "the event stream ended" };
	ari_loop_stop(wait->loop);
}

int wait_open(struct wait *wait, struct cli *cli, const char *const *sources, const char *what,
	      const char *undone)
{
	struct ari_stream_options options = {
		.subscribe = sources, .event = on_event, .state = on_state, .data = wait,
	};
	struct ari_error err = { 0 };
	char id[ARI_ID_SIZE];
	int status;

	*wait = (struct wait){ .cli = cli, .deadline = UINT64_MAX, .sources = sources,
				.what = what, .undone = undone };
	ari_id_new(id);
	snprintf(wait->app, sizeof(wait->app), "astctl-wait-%s", strrchr(id, '-') + 1);
	options.app = wait->app;
	status = cli_client(cli, &wait->client);
	if (status == CLI_OK)
		status = cli_watch_signals(cli);
	if (status != CLI_OK)
		return status;
	wait->loop = cli_loop(cli);
	if (cli->timeout_ms)
		wait->deadline = ari_loop_now(wait->loop) + cli->timeout_ms;
	wait->stream = ari_stream_open(wait->client, &options, &err);
	if (!wait->stream || ari_stream_wait_open(wait->stream, OPEN_MS, &err) < 0)
		return cli_fail_error(cli, wait->lost.code ? &wait->lost : &err);
	return CLI_OK;
}

void wait_unsubscribe(struct wait *wait, const char *source)
{
	struct ari_arg args[] = { { "applicationName", wait->app }, { "eventSource", source } };
	struct ari_error err;

	wait_call(wait, "applications.unsubscribe", args, 2, NULL, &err);
}

void wait_close(struct wait *wait)
{
	if (!wait->stream)
		return;
	wait->watch = NULL;
	for (size_t i = 0; wait->sources && wait->sources[i] && !wait->lost.code; i++)
		wait_unsubscribe(wait, wait->sources[i]);
	ari_stream_close(wait->stream);
	wait->stream = NULL;
}

int wait_call(struct wait *wait, const char *op, const struct ari_arg *args, size_t n_args,
	      struct ari_reply *reply, struct ari_error *err)
{
	ari_error_clear(err);
	return ari_client_call(wait->client, op, args, n_args, reply, err);
}

static void ask(struct wait *wait, struct ari_watch *watch, enum ari_question question)
{
	static const struct {
		const char *op;
		const char *param;
	} calls[] = {
		[ARI_ASK_PLAYBACK] = { "playbacks.get", "playbackId" },
		[ARI_ASK_LIVE] = { "recordings.getLive", "recordingName" },
		[ARI_ASK_STORED] = { "recordings.getStored", "recordingName" },
		[ARI_ASK_CHANNEL] = { "channels.get", "channelId" },
	};
	struct ari_arg arg = { calls[question].param, ari_watch_id(watch) };
	struct ari_error err;
	int http = 200;

	if (wait_call(wait, calls[question].op, &arg, 1, NULL, &err) < 0)
		http = err.http_status;
	ari_watch_answer(watch, question, http, ari_loop_now(wait->loop));
}

/* Sleep until something is due, then let the watch do it. */
static void turn(struct wait *wait, struct ari_watch *watch, uint64_t deadline)
{
	uint64_t now = ari_loop_now(wait->loop);
	uint64_t due = ari_watch_due(watch);
	enum ari_question question;

	if (due > deadline)
		due = deadline;
	if (due > now + 60000)
		due = now + 60000;
	ari_loop_run(wait->loop, due > now ? (int)(due - now) : 0);
	ari_watch_tick(watch, ari_loop_now(wait->loop));
	question = ari_watch_question(watch);
	if (question != ARI_ASK_NOTHING)
		ask(wait, watch, question);
}

static bool pending(const struct ari_watch *watch)
{
	return ari_watch_outcome(watch)->state == ARI_OUTCOME_PENDING;
}

static int fail_timeout(struct wait *wait)
{
	return cli_fail(wait->cli, CLI_TIMEOUT, "%s: not over after %.3g s (--timeout)%s%s", wait->what,
			wait->cli->timeout_ms / 1000.0, wait->undone ? ": " : "",
			wait->undone ? wait->undone : "");
}

int wait_run(struct wait *wait, struct ari_watch *watch)
{
	wait->watch = watch;
	while (pending(watch)) {
		if (wait->cli->signal)
			return 128 + wait->cli->signal;
		if (wait->lost.code)
			return cli_fail_error(wait->cli, &wait->lost);
		if (ari_loop_now(wait->loop) >= wait->deadline)
			return fail_timeout(wait);
		turn(wait, watch, wait->deadline);
	}
	return CLI_OK;
}

void wait_cancelled(struct wait *wait, struct ari_watch *watch)
{
	uint64_t deadline = ari_loop_now(wait->loop) + 1000;

	wait->watch = watch;
	ari_watch_cancel(watch, ari_loop_now(wait->loop));
	while (pending(watch) && !wait->lost.code && ari_loop_now(wait->loop) < deadline)
		turn(wait, watch, deadline);
}

void wait_until(struct wait *wait, const bool *done, unsigned ms)
{
	uint64_t end = ari_loop_now(wait->loop) + ms;

	while (!*done && !wait->lost.code && !wait->cli->signal) {
		uint64_t now = ari_loop_now(wait->loop);

		if (now >= end)
			break;
		ari_loop_run(wait->loop, (int)(end - now));
	}
}

/* One try. WAIT_MOVE_NONE with a status: the request was refused. */
static int move_once(struct wait *wait, const struct ari_arg *args, size_t n_args)
{
	uint64_t end = ari_loop_now(wait->loop) + MOVE_MS;
	struct ari_error err;

	wait->move = WAIT_MOVE_PENDING;
	if (wait_call(wait, "channels.move", args, n_args, NULL, &err) < 0) {
		wait->move = WAIT_MOVE_NONE;
		return wait_fail(wait->cli, wait->moving, &err);
	}
	while (wait->move == WAIT_MOVE_PENDING && !wait->lost.code && !wait->cli->signal) {
		uint64_t now = ari_loop_now(wait->loop);

		if (now >= end)
			break;
		ari_loop_run(wait->loop, (int)(end - now));
	}
	return CLI_OK;
}

/* Be the one who is connected to APP, while the channel moves there. */
static struct ari_stream *hold(struct wait *wait, const char *app)
{
	struct ari_stream_options options = { .app = app, .no_reconnect = true };
	struct ari_error err = { 0 };
	struct ari_stream *stream = ari_stream_open(wait->client, &options, &err);

	if (stream && ari_stream_wait_open(stream, OPEN_MS, &err) < 0) {
		ari_stream_close(stream);
		return NULL;
	}
	return stream;
}

static int moved(struct wait *wait, const char *channel, const char *app)
{
	if (wait->cli->signal)
		return 128 + wait->cli->signal;
	switch (wait->move) {
	case WAIT_MOVE_DONE:
		return CLI_OK;
	case WAIT_MOVE_FAILED:
		return cli_fail(wait->cli, CLI_NOT_FOUND,
				"nobody is connected to the application '%s'; start it, or leave --app away", app);
	case WAIT_MOVE_GONE:
		return cli_fail(wait->cli, CLI_CANCELLED, "%s hung up before it reached the application '%s'",
				channel, app);
	default:
		return cli_fail(wait->cli, CLI_TIMEOUT, "%s did not reach the application '%s' within %d s",
				channel, app, MOVE_MS / 1000);
	}
}

int wait_move(struct wait *wait, const char *channel, const char *app, const char *app_args,
	      bool keep)
{
	const struct ari_arg args[] = {
		{ "channelId", channel }, { "app", app }, { "appArgs", app_args },
	};
	struct ari_stream *holder = NULL;
	int status = CLI_OK;

	wait->moving = channel;
	for (int i = 0; i < MOVE_TRIES; i++) {
		status = move_once(wait, args, app_args ? 3 : 2);
		if (status != CLI_OK || wait->move != WAIT_MOVE_FAILED || !keep)
			break;
		/* Somebody else's connection may have gone just now: ours is new each time. */
		if (holder)
			ari_stream_close(holder);
		holder = hold(wait, app);
	}
	if (holder)
		ari_stream_close(holder);
	if (status == CLI_OK)
		status = moved(wait, channel, app);
	wait->moving = NULL;
	return status;
}
