/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Waiting for outcomes. The stream is an application of our own with a random name, subscribed to
 * the one channel or bridge that the command is about, before the command acts: never to
 * everything, which floods us and can wedge the server (asterisk#2170), and never under a name
 * that others use, which would take their events. The library's watch says when it wants to ask
 * the server something; we ask. A server with the module needs no application where there is
 * nothing but to watch, and takes our requests over the stream's own connection.
 */
#include "wait.h"

#include <stdio.h>
#include <string.h>

#include "client.h"

#define LOST_MS	   8000 /* a server that comes back sooner may tell the end */
#define MOVE_MS	   5000
#define MOVE_TRIES 3
#define TIDY_MS	   2000 /* nobody wants to wait long for what is said on leaving, ... */
#define TIDY_LATE_MS 200 /* ... and less when the command's time is up */

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
	if (state == ARI_STREAM_OPEN)
		wait->lost_since = UINT64_MAX;
	else if (state == ARI_STREAM_LOST && wait->lost_since == UINT64_MAX)
		wait->lost_since = ari_loop_now(wait->loop);
	if (state == ARI_STREAM_LOST)
		ari_loop_stop(wait->loop);
	if (state != ARI_STREAM_FAILED)
		return;
	wait->lost = err && err->code ? *err
				      : (struct ari_error){.code = ARI_ECONNECT,
							   .text = "the event stream ended"};
	ari_loop_stop(wait->loop);
}

/* What "channel:ID" says is not there. */
static int fail_absent(struct wait *wait)
{
	const char *source = wait->sources[0];
	int len = (int)strcspn(source, ":");

	return cli_fail(wait->cli, CLI_NOT_FOUND,
			"there is no %.*s '%s'; 'astctl %.*s list' shows those that exist", len,
			source, source + len + 1, len, source);
}

/* It could not be subscribed to: it is not there. */
static int fail_open(struct wait *wait, const struct ari_error *err)
{
	if (!wait->sources || !wait->sources[0] || err->http_status != 422)
		return cli_fail_error(wait->cli, err);
	return fail_absent(wait);
}

/* An observer subscribes to nothing, so that this is the first to be heard of it. */
int wait_refused(struct wait *wait, const char *target, const struct ari_error *err)
{
	if (err->http_status == 404 && wait->sources && wait->sources[0] &&
	    (strstr(err->text, "Channel not found") || strstr(err->text, "Bridge not found")))
		return fail_absent(wait);
	return wait_fail(wait->cli, target, err);
}

int wait_open(struct wait *wait, struct cli *cli, const char *const *sources, const char *what,
	      const char *undone)
{
	struct ari_stream_options options = {
		.observe = sources != NULL,
		.requests = true,
		.subscribe = sources,
		.event = on_event,
		.state = on_state,
		.data = wait,
	};
	struct ari_error err = {0};
	char id[ARI_ID_SIZE];
	int status;

	*wait = (struct wait){.cli = cli,
			      .deadline = UINT64_MAX,
			      .sources = sources,
			      .what = what,
			      .undone = undone,
			      .lost_since = UINT64_MAX};
	ari_id_new(id);
	snprintf(wait->app, sizeof(wait->app), FIELD_OWN_APPLICATION "%s", strrchr(id, '-') + 1);
	options.app = wait->app;
	status = cli_client(cli, &wait->client);
	if (status == CLI_OK)
		status = cli_watch_signals(cli);
	if (status != CLI_OK)
		return status;
	wait->loop = cli_loop(cli);
	if (cli->deadline)
		wait->deadline = cli->deadline;
	wait->stream = ari_stream_open(wait->client, &options, &err);
	if (!wait->stream || cli_wait_open(cli, wait->stream, &err) < 0)
		return cli->signal ? 128 + cli->signal
				   : fail_open(wait, wait->lost.code ? &wait->lost : &err);
	return CLI_OK;
}

void wait_unsubscribe(struct wait *wait, const char *source)
{
	struct ari_arg args[] = {{"applicationName", wait->app}, {"eventSource", source}};
	struct ari_error err;

	wait->over = true;
	if (ari_stream_mode(wait->stream) == ARI_STREAM_MODE_OBSERVER)
		return;
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

struct tidy {
	struct ari_loop *loop;
	struct ari_error *err;
	bool done;
};

static void on_tidied(struct ari_client *client, struct ari_reply *reply,
		      const struct ari_error *err, void *data)
{
	struct tidy *tidy = data;

	(void)client;
	(void)reply;
	*tidy->err = *err;
	tidy->done = true;
	ari_loop_stop(tidy->loop);
}

/* Past the command's deadline, which is for what was wanted: a call that was placed is hung up. */
static void begin_tidying(struct wait *wait)
{
	uint64_t now = ari_loop_now(wait->loop), deadline = wait->cli->deadline, late;

	if (wait->tidy_end)
		return;
	late = (deadline > now ? deadline : now) + TIDY_LATE_MS;
	wait->tidy_end = deadline && late < now + TIDY_MS ? late : now + TIDY_MS;
	ari_client_set_deadline(wait->client, wait->tidy_end);
}

/* A server that hangs must not keep us from ending, signals included. */
static int call_briefly(struct wait *wait, const char *op, const struct ari_arg *args,
			size_t n_args, struct ari_error *err)
{
	struct tidy tidy = {.loop = wait->loop, .err = err};
	uint64_t now = ari_loop_now(wait->loop), end = wait->tidy_end;

	if (ari_client_start(wait->client, op, args, n_args, on_tidied, &tidy, err) < 0)
		return -1;
	for (; !tidy.done && now < end; now = ari_loop_now(wait->loop))
		ari_loop_run(wait->loop, (int)(end - now));
	if (!tidy.done) {
		arip_client_cancel(wait->client, &tidy);
		err->code = ARI_ETIMEOUT;
	}
	return err->code ? -1 : 0;
}

int wait_call(struct wait *wait, const char *op, const struct ari_arg *args, size_t n_args,
	      struct ari_reply *reply, struct ari_error *err)
{
	ari_error_clear(err);
	if (wait->mute) {
		err->code = ARI_ECONNECT;
		return -1;
	}
	if (wait->over)
		begin_tidying(wait);
	if (wait->over && !reply ? call_briefly(wait, op, args, n_args, err) == 0 :
				   ari_client_call(wait->client, op, args, n_args, reply, err) == 0)
		return 0;
	wait->mute = wait->over && !err->http_status;
	return -1;
}

static void ask(struct wait *wait, struct ari_watch *watch, enum ari_question question)
{
	static const struct {
		const char *op;
		const char *param;
	} calls[] = {
		[ARI_ASK_PLAYBACK] = {"playbacks.get", "playbackId"},
		[ARI_ASK_LIVE] = {"recordings.getLive", "recordingName"},
		[ARI_ASK_STORED] = {"recordings.getStored", "recordingName"},
		[ARI_ASK_CHANNEL] = {"channels.get", "channelId"},
	};
	struct ari_arg arg = {calls[question].param, ari_watch_id(watch)};
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
	if (wait->lost_since != UINT64_MAX && due > wait->lost_since + LOST_MS)
		due = wait->lost_since + LOST_MS;
	if (due > now + 60000)
		due = now + 60000;
	ari_loop_run(wait->loop, due > now ? (int)(due - now) : 0);
	ari_watch_tick(watch, ari_loop_now(wait->loop));
	question = ari_watch_question(watch);
	if (question != ARI_ASK_NOTHING && wait->lost_since == UINT64_MAX)
		ask(wait, watch, question);
}

static bool pending(const struct ari_watch *watch)
{
	return ari_watch_outcome(watch)->state == ARI_OUTCOME_PENDING;
}

static int fail_lost(struct wait *wait)
{
	snprintf(wait->lost.text, sizeof(wait->lost.text), "down for %d s", LOST_MS / 1000);
	wait->lost.code = ARI_ECONNECT;
	return cli_fail(wait->cli, CLI_CONNECT,
			"%s: the connection to the server was lost, and did not come back within "
			"%d s: nobody knows how it ended",
			wait->what, LOST_MS / 1000);
}

static int fail_timeout(struct wait *wait)
{
	return cli_fail(wait->cli, CLI_TIMEOUT, "%s: not over after %.3g s (--timeout)%s%s",
			wait->what, wait->cli->timeout_ms / 1000.0, wait->undone ? ": " : "",
			wait->undone ? wait->undone : "");
}

static int run(struct wait *wait, struct ari_watch *watch)
{
	while (pending(watch)) {
		if (wait->cli->signal)
			return 128 + wait->cli->signal;
		if (wait->lost.code)
			return cli_fail_error(wait->cli, &wait->lost);
		if (wait->lost_since != UINT64_MAX &&
		    ari_loop_now(wait->loop) >= wait->lost_since + LOST_MS)
			return fail_lost(wait);
		if (ari_loop_now(wait->loop) >= wait->deadline)
			return fail_timeout(wait);
		turn(wait, watch, wait->deadline);
	}
	return CLI_OK;
}

int wait_run(struct wait *wait, struct ari_watch *watch)
{
	int status;

	wait->watch = watch;
	status = run(wait, watch);
	wait->over = status != CLI_OK;
	return status;
}

void wait_cancelled(struct wait *wait, struct ari_watch *watch)
{
	uint64_t deadline = ari_loop_now(wait->loop) + 1000;

	begin_tidying(wait);
	if (deadline > wait->tidy_end)
		deadline = wait->tidy_end;
	wait->watch = watch;
	ari_watch_cancel(watch, ari_loop_now(wait->loop));
	while (pending(watch) && !wait->lost.code && !wait->mute &&
	       ari_loop_now(wait->loop) < deadline)
		turn(wait, watch, deadline);
}

void wait_until(struct wait *wait, const bool *done, unsigned ms)
{
	uint64_t end = ari_loop_now(wait->loop) + cli_left(wait->cli, ms);

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
	uint64_t end = ari_loop_now(wait->loop) + cli_left(wait->cli, MOVE_MS);
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
	struct ari_stream_options options = {.app = app, .no_reconnect = true};
	struct ari_error err = {0};
	struct ari_stream *stream = ari_stream_open(wait->client, &options, &err);

	if (stream && cli_wait_open(wait->cli, stream, &err) < 0) {
		ari_stream_close(stream);
		return NULL;
	}
	return stream;
}

/* A move to an application that nobody is connected to fails with an ERROR in Asterisk's log. One
 * that does not exist is asked for before it comes to that. Of one that exists, because channels
 * are left in it, no request tells whether it has a living owner (app.c: the reply is the same, and
 * so is the fate of an event that is sent to it): there a failed move is the only way to know, as
 * to connect to it would take it from its owner. */
static bool is_absent(struct wait *wait, const char *app)
{
	const struct ari_arg arg = {"applicationName", app};
	struct ari_error err;

	return wait_call(wait, "applications.get", &arg, 1, NULL, &err) < 0 &&
	       err.http_status == 404;
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
				"nobody is connected to the application '%s'; start it, or leave "
				"--app away",
				app);
	case WAIT_MOVE_GONE:
		return cli_fail(wait->cli, CLI_CANCELLED,
				"%s hung up before it reached the application '%s'", channel, app);
	default:
		return cli_fail(wait->cli, CLI_TIMEOUT,
				"%s did not reach the application '%s' within %d s", channel, app,
				MOVE_MS / 1000);
	}
}

int wait_move(struct wait *wait, const char *channel, const char *app, const char *app_args,
	      bool keep)
{
	const struct ari_arg args[] = {
		{"channelId", channel},
		{"app", app},
		{"appArgs", app_args},
	};
	struct ari_stream *holder = NULL;
	int status = CLI_OK;

	wait->moving = channel;
	if (keep && is_absent(wait, app))
		holder = hold(wait, app);
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
