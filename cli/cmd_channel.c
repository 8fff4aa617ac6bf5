/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Channels that are made for an application or moved to one: channel create, snoop, external-media,
 * move. Asterisk takes any name and says yes; when nobody is connected to it, the new channel is
 * hung up at once, and the one that was to move stays where it is. So a channel is made in an
 * application of our own and then moved, as originate does it (see cmd_originate.c), and what
 * became of a move is looked for.
 */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "wait.h"

#define DEFAULT_APP "astctl"
#define ENTER_MS    5000
#define HELD_MS	    500 /* a move is made at once, unless something plays */
#define POLL_MS	    20

struct enter {
	struct wait wait;
	const struct input *input;
	struct input request; /* arguments being put together */
	const char *what;     /* the first argument, for messages */
	const char *app;      /* where the channel is to be in the end */
	const char *id_param; /* that names the new channel */
	const char *id;
	char made_id[ARI_ID_SIZE];
	bool made;
};

static bool is_default(const char *app)
{
	return strcmp(app, DEFAULT_APP) == 0;
}

static int check_app(struct wait *wait, const char *app)
{
	struct ari_arg arg = {"applicationName", app};
	struct ari_error err;

	if (is_default(app) || wait_call(wait, "applications.get", &arg, 1, NULL, &err) == 0)
		return CLI_OK;
	if (err.http_status != 404)
		return cli_fail_error(wait->cli, &err);
	return cli_fail(wait->cli, CLI_NOT_FOUND,
			"nobody is connected to the application '%s'; 'astctl application list' "
			"shows those that exist",
			app);
}

/* ---- a new channel ---- */

/* The request that makes the channel in APP, which is ours. */
static int request_new(struct enter *enter, const char *app)
{
	const struct ari_operation *op = enter->input->op;
	int bad = 0;

	for (size_t i = 0; i < enter->input->n_args; i++) {
		const struct ari_arg *arg = &enter->input->args[i];

		if (strcmp(arg->name, "app") != 0 && strcmp(arg->name, "appArgs") != 0 &&
		    strcmp(arg->name, enter->id_param) != 0)
			bad |= input_add(&enter->request, arg->name, arg->value);
	}
	bad |= input_add(&enter->request, "app", app);
	if (ari_operation_param(op, "appArgs"))	/* what channel list is to show */
		bad |= input_add(&enter->request, "appArgs", enter->app);
	bad |= input_add(&enter->request, enter->id_param, enter->id);
	/* Who snoops without saying in which direction wants to listen. */
	if (ari_operation_param(op, "whisper") && !input_arg(enter->input, "spy") &&
	    !input_arg(enter->input, "whisper"))
		bad |= input_add(&enter->request, "spy", "both");
	return bad ? cli_fail(enter->wait.cli, CLI_FAILURE, "out of memory") : CLI_OK;
}

static void hang_up(struct enter *enter)
{
	struct ari_arg arg = {"channelId", enter->id};
	struct ari_error err;

	wait_call(&enter->wait, "channels.hangup", &arg, 1, NULL, &err);
}

static int make(struct enter *enter)
{
	const char *op = enter->input->op->name;
	struct wait *wait = &enter->wait;
	struct ari_error err;

	wait->entering = enter->id;
	if (wait_call(wait, op, enter->request.args, enter->request.n_args, NULL, &err) < 0) {
		/* Without an answer the server may have made the channel all the same. */
		if (!err.http_status)
			hang_up(enter);
		return wait_fail(wait->cli, enter->what, &err);
	}
	enter->made = true;
	wait_until(wait, &wait->entered, ENTER_MS);
	if (wait->cli->signal)
		return 128 + wait->cli->signal;
	if (!wait->entered)
		return cli_fail(wait->cli, CLI_TIMEOUT,
				"the new channel did not come up within %d s", ENTER_MS / 1000);
	return wait_move(wait, enter->id, enter->app, input_arg(enter->input, "appArgs"),
			 is_default(enter->app));
}

static int show(struct enter *enter)
{
	struct ari_arg arg = {"channelId", enter->id};
	struct ari_reply reply = {0};
	int status = cli_call(enter->wait.cli, "channels.get", &arg, 1, &reply);

	if (status == CLI_OK)
		status = output_object(enter->wait.cli, field_channel, reply.body, reply.len);
	ari_reply_release(&reply);
	return status;
}

/* An application goes with its connection only when it is subscribed to nothing any more. */
static void leave(struct enter *enter)
{
	static const char *const halves[] = {"", ";2"};
	char source[ARI_ID_SIZE + 512];

	for (size_t i = 0; enter->made && i < sizeof(halves) / sizeof(halves[0]); i++) {
		snprintf(source, sizeof(source), "channel:%s%s", enter->id, halves[i]);
		wait_unsubscribe(&enter->wait, source);
	}
	wait_close(&enter->wait);
}

static int dry_run(struct cli *cli, struct enter *enter)
{
	struct ari_arg move[] = {{"channelId", enter->id}, {"app", enter->app}};
	int status = request_new(enter, FIELD_OWN_APPLICATION "RANDOM");

	if (status == CLI_OK)
		status = cli_dry_run(cli, enter->input->op->name, enter->request.args,
				     enter->request.n_args);
	return status == CLI_OK ? cli_dry_run(cli, "channels.move", move, 2) : status;
}

static int enter_run(struct cli *cli, struct input *input)
{
	const char *app = input_arg(input, "app");
	bool snoop = ari_operation_param(input->op, "snoopId");
	struct enter enter = {
		.wait.cli = cli,
		.input = input,
		.what = input->values[0].value,
		.app = app ? app : DEFAULT_APP,
		.id_param = snoop ? "snoopId" : "channelId",
	};
	int status;

	if (!*enter.app)
		return cli_fail(cli, CLI_USAGE, "--app is empty; expected the name of an application");
	enter.id = input_arg(input, enter.id_param);
	if (!enter.id) {
		ari_id_new(enter.made_id);
		enter.id = enter.made_id;
	}
	if (cli->dry_run) {
		status = dry_run(cli, &enter);
		input_release(&enter.request);
		return status;
	}
	status = wait_open(&enter.wait, cli, NULL, enter.id, "hanging up");
	if (status == CLI_OK)
		status = check_app(&enter.wait, enter.app);
	if (status == CLI_OK)
		status = request_new(&enter, enter.wait.app);
	if (status == CLI_OK)
		status = make(&enter);
	if (status == CLI_OK)
		status = show(&enter);
	else if (enter.made)
		hang_up(&enter);
	leave(&enter);
	input_release(&enter.request);
	return status;
}

/* ---- move ---- */

struct move {
	struct wait wait;
	const struct input *input;
	const char *id;
	const char *app;
};

/* Of an event only the applications themselves would tell us; but an application is subscribed to
 * each channel that is in it. */
static bool arrived(struct move *move)
{
	struct ari_arg arg = {"applicationName", move->app};
	struct ari_reply reply = {0};
	struct ari_json_iter iter;
	struct ari_span key, id;
	struct ari_error err;
	bool found = false;

	if (wait_call(&move->wait, "applications.get", &arg, 1, &reply, &err) < 0)
		return false;
	ari_json_iter_init(&iter,
			   ari_json_get((struct ari_span){reply.body, reply.len}, "channel_ids"));
	while (!found && ari_json_next(&iter, &key, &id))
		found = ari_json_equal(id, move->id);
	ari_reply_release(&reply);
	return found;
}

/* Ask for the move, and look for MS at most whether it was made. WAIT_MOVE_PENDING: not yet. */
static int try_move(struct move *move, unsigned ms)
{
	const struct input *input = move->input;
	uint64_t end = ari_loop_now(move->wait.loop) + ms;
	struct ari_error err;
	bool never = false;

	move->wait.move = WAIT_MOVE_PENDING;
	if (wait_call(&move->wait, input->op->name, input->args, input->n_args, NULL, &err) < 0)
		return wait_fail(move->wait.cli, move->id, &err);
	while (!arrived(move)) {
		if (move->wait.cli->signal)
			return 128 + move->wait.cli->signal;
		if (ari_loop_now(move->wait.loop) >= end)
			return CLI_OK;
		wait_until(&move->wait, &never, POLL_MS);
	}
	move->wait.move = WAIT_MOVE_DONE;
	return CLI_OK;
}

/* To the default application also when nobody is connected to it: we are, for the moment. */
static int move_held(struct move *move, unsigned ms)
{
	struct ari_stream_options options = {.app = move->app, .no_reconnect = true};
	struct ari_error err = {0};
	struct ari_stream *stream = ari_stream_open(move->wait.client, &options, &err);
	int status;

	if (stream && cli_wait_open(move->wait.cli, stream, &err) == 0)
		status = try_move(move, ms);
	else
		status = cli_fail_error(move->wait.cli, &err);
	if (stream)
		ari_stream_close(stream);
	return status;
}

static int move_channel(struct move *move)
{
	struct cli *cli = move->wait.cli;
	unsigned ms = cli->timeout_ms ? cli->timeout_ms : ENTER_MS;
	int status = check_app(&move->wait, move->app);

	if (status == CLI_OK)
		status = try_move(move, is_default(move->app) && ms > HELD_MS ? HELD_MS : ms);
	if (status == CLI_OK && move->wait.move == WAIT_MOVE_PENDING && is_default(move->app))
		status = move_held(move, ms);
	if (status == CLI_OK && move->wait.move == WAIT_MOVE_PENDING)
		return cli_fail(cli, CLI_TIMEOUT,
				"%s is not in the application '%s' after %g s: nobody is connected "
				"to it, or something plays to the channel yet",
				move->id, move->app, ms / 1000.0);
	if (status == CLI_OK)
		cli_note(cli, "moved %s to %s", move->id, move->app);
	return status;
}

static int move_run(struct cli *cli, struct input *input)
{
	struct move move = {
		.wait.cli = cli,
		.input = input,
		.id = input_arg(input, "channelId"),
		.app = input_arg(input, "app"),
	};
	int status;

	if (cli->dry_run)
		return cli_dry_run(cli, input->op->name, input->args, input->n_args);
	status = cli_client(cli, &move.wait.client);
	if (status == CLI_OK)
		status = cli_watch_signals(cli);
	move.wait.loop = cli_loop(cli);
	return status == CLI_OK ? move_channel(&move) : status;
}

#define TO_APP                                                                                     \
	(const struct command_option[])                                                            \
	{                                                                                          \
		{.name = "app",                                                                    \
		 .metavar = "NAME",                                                                \
		 .param = "app",                                                                   \
		 .summary = "Application that gets the channel; 'astctl' when not given, where "   \
			    "nobody needs to be connected."},                                      \
		{                                                                                  \
			0                                                                          \
		}                                                                                  \
	}

const struct command command_channel_create = {
	.words = "channel create",
	.summary = "Create a channel without dialling it yet",
	.operation = "channels.create",
	.positionals =
		(const struct command_positional[]){
			{.name = "endpoint", .param = "endpoint"},
			{0},
		},
	.options = TO_APP,
	.examples =
		(const struct command_example[]){
			{"astctl channel create PJSIP/alice",
			 "Prepare a channel; dial it with channel dial"},
			{0},
		},
	.fields = field_channel,
	.related = "channel dial, originate",
	.flags = COMMAND_CHANGES,
	.run = enter_run,
};

const struct command command_channel_snoop = {
	.words = "channel snoop",
	.summary = "Listen to a channel, or whisper to it",
	.text = "It makes a channel that hears the other one (--spy) or is heard on it (--whisper); "
		"without either it hears both directions. Record it, or put it into a bridge with "
		"somebody who listens.",
	.operation = "channels.snoopChannel",
	.options = TO_APP,
	.examples =
		(const struct command_example[]){
			{"astctl channel snoop 1700000000.12", "Make a channel that hears both "
							       "directions"},
			{"astctl channel snoop 1700000000.12 --whisper out --app coach",
			 "For the application coach, to speak to one side only"},
			{0},
		},
	.fields = field_channel,
	.related = "record, bridge",
	.flags = COMMAND_CHANGES,
	.run = enter_run,
};

const struct command command_channel_external_media = {
	.words = "channel external-media",
	.summary = "Create a channel to an external media program",
	.operation = "channels.externalMedia",
	.positionals =
		(const struct command_positional[]){
			{.name = "host", .param = "external_host"},
			{0},
		},
	.options = TO_APP,
	.presets =
		(const struct command_preset[]){
			{"format", "ulaw"},
			{0},
		},
	.examples =
		(const struct command_example[]){
			{"astctl channel external-media 127.0.0.1:7000",
			 "Send the sound as RTP to a program"},
			{0},
		},
	.fields = field_channel,
	.related = "channel snoop, bridge",
	.flags = COMMAND_CHANGES,
	.run = enter_run,
};

const struct command command_channel_move = {
	.words = "channel move",
	.summary = "Move a channel to another Stasis application",
	.text = "It ends when the channel is there. With exit status 5 nobody is connected to that "
		"application, and the channel stays where it is.",
	.operation = "channels.move",
	.positionals =
		(const struct command_positional[]){
			{.name = "channel", .param = "channelId"},
			{.name = "application", .param = "app"},
			{0},
		},
	.examples =
		(const struct command_example[]){
			{"astctl channel move 1700000000.12 queue",
			 "Hand the call to the application queue"},
			{0},
		},
	.related = "continue, application list",
	.flags = COMMAND_CHANGES,
	.run = move_run,
};
