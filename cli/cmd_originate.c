/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * originate: call an endpoint and put the channel into an application or the dialplan.
 *
 * An application gets a channel from Asterisk's own originate only while somebody is connected to
 * it, at the moment of the answer; nobody is, when a shell script calls. Connecting under the
 * application's name would take its events from whoever else is. So the call is made in an
 * application of our own, with a random name (see wait.c), and then the channel is moved; only when
 * nobody is connected to the default application do we connect to it, for the moment of the move.
 * Channels stay in an application when its last client goes.
 *
 *  --wait: originate into our application, which gives the whole story of the call (Dial, both
 * halves of a Local channel, cause and SIP code); once answered, move or continue. If we are killed
 * meanwhile, Asterisk finds nobody connected at the answer and hangs up: nothing is left behind.
 *
 *  Without: create (the channel enters our application undialled), move, dial. Nothing depends on
 * us after that. Caller id and connected line are set as originate sets them. Such a channel sits
 * in a bridge that Asterisk does not show, where it cannot be recorded: see unpark() in
 * cmd_record.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "originate.h"

static const struct field fields[] = {
	{.name = "id", .title = "ID", .path = "id"},
	{.name = "outcome", .title = "OUTCOME", .path = "outcome"},
	{.name = "endpoint", .title = "ENDPOINT", .path = "endpoint"},
	{.name = "where", .title = "WHERE", .path = "where"},
	{.name = "after", .title = "AFTER", .path = "after"},
	{.name = "cause", .title = "CAUSE", .path = "cause"},
	{0},
};

/* ---- leaving ---- */

static void hang_up(struct call *call)
{
	struct ari_arg arg = {"channelId", call->id};
	struct ari_error err;

	call->wait.over = true;
	wait_call(&call->wait, "channels.hangup", &arg, 1, NULL, &err);
}

static void unsubscribe(struct call *call, const char *id)
{
	char source[sizeof(call->peer) + 16];

	snprintf(source, sizeof(source), "channel:%s", id);
	wait_unsubscribe(&call->wait, source);
}

static void leave(struct call *call)
{
	/* Of a channel that has just gone as well: the server may not have forgotten it yet. */
	if (call->wait.stream && !call->wait.lost.code && call->made) {
		unsubscribe(call, call->id);
		if (strncmp(call->endpoint, "Local/", 6) == 0)
			unsubscribe(call, call->peer);
	}
	wait_close(&call->wait);
	input_release(&call->request);
}

static int show(struct call *call, const struct ari_outcome *outcome)
{
	json_t *object = outcome ? wait_object(outcome) : json_pack("{s:s}", "outcome", "dialing");
	char where[200];

	if (call->dialplan)
		snprintf(where, sizeof(where), "%s@%s", input_arg(call->input, "extension"),
			 input_arg(call->input, "context") ? input_arg(call->input, "context")
							   : "default");
	else
		snprintf(where, sizeof(where), "%s", call->app);
	if (object) {
		json_object_set_new(object, "id", json_string(call->id));
		json_object_set_new(object, "endpoint", json_string(call->endpoint));
		if (!outcome || outcome->state == ARI_OUTCOME_ANSWERED)
			json_object_set_new(object, "where", json_string(where));
		if (outcome && outcome->duration_ms >= 0)
			json_object_set_new(object, "after",
					    json_real((double)outcome->duration_ms / 1000));
	}
	return wait_output(call->cli, fields, "id,outcome,endpoint,where", object,
			   outcome && outcome->state != ARI_OUTCOME_ANSWERED);
}

/* ---- with --wait ---- */

/* The channel is answered and ours: send it into the dialplan, and see it arrive. */
static int into_dialplan(struct call *call)
{
	static const char *const names[] = {"context", "extension", "priority", "label"};
	struct ari_watch_options options = {.kind = ARI_WATCH_CONTINUE, .id = call->id};
	struct ari_arg args[5] = {{"channelId", call->id}};
	struct ari_watch *watch = ari_watch_new(&options, NULL);
	struct ari_error err;
	size_t n = 1;
	int status;

	if (!watch)
		return cli_fail(call->cli, CLI_FAILURE, "out of memory");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = input_arg(call->input, names[i]);

		if (!value && i == 0)
			value = "default";
		if (value)
			args[n++] = (struct ari_arg){names[i], value};
	}
	call->wait.watch = watch;
	if (wait_call(&call->wait, "channels.continueInDialplan", args, n, NULL, &err) < 0) {
		status = wait_fail(call->cli, call->endpoint, &err);
	} else {
		ari_watch_started(watch, ari_loop_now(call->wait.loop));
		status = wait_run(&call->wait, watch);
		if (status == CLI_OK)
			status = wait_report(call->cli, call->endpoint, ari_watch_outcome(watch));
	}
	call->wait.watch = NULL;
	ari_watch_free(watch);
	return status;
}

static int place(struct call *call)
{
	int status = call->dialplan ? into_dialplan(call)
				    : wait_move(&call->wait, call->id, call->app,
						input_arg(call->input, "appArgs"),
						strcmp(call->app, ORIGINATE_APP) == 0);

	if (status != CLI_OK)
		hang_up(call);
	return status;
}

/* Nobody's phone is to ring for an application that is not there. */
static int check_app(struct call *call)
{
	struct ari_arg arg = {"applicationName", call->app};
	struct ari_error err;

	if (call->dialplan || strcmp(call->app, ORIGINATE_APP) == 0 ||
	    wait_call(&call->wait, "applications.get", &arg, 1, NULL, &err) == 0 ||
	    err.http_status != 404)
		return CLI_OK;
	return cli_fail(call->cli, CLI_NOT_FOUND,
			"nobody is connected to the application '%s'; start it, or leave --app "
			"away",
			call->app);
}

static int follow(struct call *call, struct ari_watch *watch)
{
	const struct ari_outcome *outcome = ari_watch_outcome(watch);
	struct ari_error err;
	int status = originate_request(call, call->wait.app, false);

	if (status != CLI_OK)
		return status;
	call->wait.watch = watch;
	if (wait_call(&call->wait, "channels.originate", call->request.args, call->request.n_args,
		      NULL, &err) < 0) {
		status = originate_refused(call, &err);
		/* Without an answer the server may have made the channel all the same. */
		if (!err.http_status)
			hang_up(call);
		return status;
	}
	call->made = true;
	ari_watch_started(watch, ari_loop_now(call->wait.loop));
	status = wait_run(&call->wait, watch);
	if (status != CLI_OK) {
		hang_up(call);
		wait_cancelled(&call->wait, watch);
		return status;
	}
	call->wait.watch = NULL;
	if (outcome->state == ARI_OUTCOME_ANSWERED) {
		status = place(call);
		return status == CLI_OK ? show(call, outcome) : status;
	}
	status = wait_report(call->cli, call->endpoint, outcome);
	show(call, outcome);
	return status;
}

static int originate_wait(struct call *call)
{
	struct ari_watch_options options = {.kind = ARI_WATCH_CALL,
					    .id = call->id,
					    .peer = call->peer,
					    .ring_ms = call->ring_s * 1000};
	struct ari_error err = {0};
	struct ari_watch *watch = ari_watch_new(&options, &err);
	int status = watch ? wait_open(&call->wait, call->cli, NULL, call->endpoint, "hanging up")
			   : cli_fail_error(call->cli, &err);

	if (status == CLI_OK)
		status = check_app(call);
	if (status == CLI_OK)
		status = follow(call, watch);
	leave(call);
	ari_watch_free(watch);
	return status;
}

/* ---- without ---- */

static int dial(struct call *call)
{
	struct ari_arg args[] = {{"channelId", call->id}, {"timeout", call->ring}};
	struct ari_error err;

	if (call->cli->signal)
		return 128 + call->cli->signal;
	if (wait_call(&call->wait, "channels.dial", args, 2, NULL, &err) < 0)
		return wait_fail(call->cli, call->endpoint, &err);
	return CLI_OK;
}

static int create(struct call *call)
{
	struct ari_error err;
	int status = originate_request(call, call->wait.app, true);

	if (status != CLI_OK)
		return status;
	call->wait.entering = call->id;
	if (wait_call(&call->wait, "channels.create", call->request.args, call->request.n_args,
		      NULL, &err) < 0) {
		status = originate_refused(call, &err);
		if (!err.http_status)
			hang_up(call);
		return status;
	}
	call->made = true;
	wait_until(&call->wait, &call->wait.entered, 5000);
	status = wait_move(&call->wait, call->id, call->app, input_arg(call->input, "appArgs"),
			   strcmp(call->app, ORIGINATE_APP) == 0);
	if (status == CLI_OK)
		status = dial(call);
	if (status != CLI_OK)
		hang_up(call);
	return status;
}

static int originate_app(struct call *call)
{
	int status = wait_open(&call->wait, call->cli, NULL, call->endpoint, "hanging up");

	if (status == CLI_OK)
		status = create(call);
	leave(call);
	return status == CLI_OK ? show(call, NULL) : status;
}

/* The dialplan needs no client: one request is all. */
static int originate_dialplan(struct call *call)
{
	struct ari_error err = {0};
	int status = cli_client(call->cli, &call->wait.client);

	for (size_t i = 0; status == CLI_OK && i < call->input->n_args; i++) {
		const struct ari_arg *arg = &call->input->args[i];

		if (strcmp(arg->name, "timeout") != 0 && strcmp(arg->name, "channelId") != 0 &&
		    input_add(&call->request, arg->name, arg->value) < 0)
			status = cli_fail(call->cli, CLI_FAILURE, "out of memory");
	}
	if (status == CLI_OK &&
	    (input_add(&call->request, "channelId", call->id) < 0 ||
	     input_add(&call->request, "timeout", call->ring) < 0))
		status = cli_fail(call->cli, CLI_FAILURE, "out of memory");
	if (status == CLI_OK && call->cli->dry_run)
		status = cli_dry_run(call->cli, "channels.originate", call->request.args,
				     call->request.n_args);
	else if (status == CLI_OK &&
		 wait_call(&call->wait, "channels.originate", call->request.args,
			   call->request.n_args, NULL, &err) < 0)
		status = originate_refused(call, &err);
	else if (status == CLI_OK)
		status = show(call, NULL);
	input_release(&call->request);
	return status;
}

static int dry_run(struct call *call, bool wait)
{
	struct ari_arg move[] = {{"channelId", call->id}, {"app", call->app}};
	struct ari_arg ring[] = {{"channelId", call->id}, {"timeout", call->ring}};
	int status = originate_request(call, FIELD_OWN_APPLICATION "RANDOM", !wait);

	if (status == CLI_OK)
		status = cli_dry_run(call->cli, wait ? "channels.originate" : "channels.create",
				     call->request.args, call->request.n_args);
	if (status == CLI_OK && !call->dialplan)
		status = cli_dry_run(call->cli, "channels.move", move, 2);
	if (status == CLI_OK && !wait)
		status = cli_dry_run(call->cli, "channels.dial", ring, 2);
	input_release(&call->request);
	return status;
}

static int originate(struct cli *cli, struct input *input)
{
	struct call call = {.cli = cli, .input = input};
	bool wait = input_flag(input, "wait");
	int status = originate_read(&call);

	if (status != CLI_OK)
		return status;
	if (call.dialplan && !wait)
		return originate_dialplan(&call);
	if (cli->dry_run)
		return dry_run(&call, wait);
	return wait ? originate_wait(&call) : originate_app(&call);
}

const struct command command_originate = {
	.words = "originate",
	.summary = "Call an endpoint, into an application or the dialplan",
	.text = "Without --app and without --extension the channel goes into the application "
		"'astctl', where every command can control it; nobody needs to be connected there. "
		"Without --wait the command ends as soon as the call is on its way. With --wait it "
		"ends when the call was answered, or says in one line why not, and nothing is left "
		"behind: exit status 3 when it was busy, declined or hung up, 5 when there is "
		"nobody there (no such extension, number or endpoint, not registered), 8 when "
		"nobody answered in time, 9 for congestion, 130 after Ctrl-C, which hangs up.",
	.operation = "channels.originate",
	.positionals =
		(const struct command_positional[]){
			{.name = "endpoint", .param = "endpoint"},
			{0},
		},
	.options =
		(const struct command_option[]){
			{.name = "wait", .summary = "End when the call was answered, or why not"},
			{.name = "ring-timeout",
			 .metavar = "DURATION",
			 .summary = "How long it may ring, like 20s; 30s when not given"},
			{.name = "timeout",
			 .metavar = "DURATION",
			 .summary = "Give up, and hang up, after this long in all"},
			{0},
		},
	.examples =
		(const struct command_example[]){
			{"A=$(astctl originate PJSIP/alice --wait -o name)",
			 "Call, and keep the channel's id"},
			{"astctl originate PJSIP/bob --wait --ring-timeout 10s --caller-id 'Door "
			 "<12>'",
			 "Let it ring for ten seconds; the phone shows who calls"},
			{"astctl originate PJSIP/bob --context default --extension 100",
			 "Connect it with an extension once it has answered"},
			{"astctl originate Local/100@default --variable LANG=de --wait -o json",
			 "With a channel variable; the outcome as an object"},
			{0},
		},
	.fields = fields,
	.columns = "id,outcome,endpoint,where",
	.related = "hangup, play, record, bridge, channel create",
	.flags = COMMAND_CHANGES,
	.run = originate,
};
