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
#include "wait.h"

#define DEFAULT_APP "astctl"
#define RING_MS	    30000

struct call {
	struct cli *cli;
	const struct input *input;
	struct wait wait;
	struct input request; /* arguments being put together */
	const char *endpoint;
	const char *id;
	char made_id[ARI_ID_SIZE];
	char peer[ARI_ID_SIZE + 256]; /* the other half of a Local channel */
	const char *app;
	bool dialplan;
	bool made; /* the channel: our application is subscribed to it */
	unsigned ring_s;
	char ring[16];
};

static const struct field fields[] = {
	{.name = "id", .title = "ID", .path = "id"},
	{.name = "outcome", .title = "OUTCOME", .path = "outcome"},
	{.name = "endpoint", .title = "ENDPOINT", .path = "endpoint"},
	{.name = "where", .title = "WHERE", .path = "where"},
	{.name = "after", .title = "AFTER", .path = "after"},
	{.name = "cause", .title = "CAUSE", .path = "cause"},
	{0},
};

/* Arguments that say where the channel goes after the answer, or that we give in our own way. */
static bool is_ours(const char *name)
{
	static const char *const names[] = {"app",	"appArgs", "context", "extension",
					    "priority", "label",   "timeout", "channelId"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static int add(struct call *call, const char *name, const char *value)
{
	return input_add(&call->request, name, value);
}

/* The arguments of the request that makes the channel, in our application. */
static int request_new(struct call *call, const char *app, bool create)
{
	static const char *const party[][2] = {
		{"variables.CALLERID(all)", NULL},
		{"variables.CONNECTEDLINE(all,i)", NULL},
		{"variables.CONNECTEDLINE(num-pres)", "allowed"},
		{"variables.CONNECTEDLINE(name-pres)", "allowed"},
	};
	int bad = 0;

	input_release(&call->request);
	for (size_t i = 0; i < call->input->n_args; i++) {
		const struct ari_arg *arg = &call->input->args[i];

		if (is_ours(arg->name))
			continue;
		if (!create || strcmp(arg->name, "callerId") != 0) {
			bad |= add(call, arg->name, arg->value);
			continue;
		}
		for (size_t n = 0; n < sizeof(party) / sizeof(party[0]); n++)
			bad |= add(call, party[n][0], party[n][1] ? party[n][1] : arg->value);
	}
	bad |= add(call, "channelId", call->id);
	bad |= add(call, "app", app);
	if (!call->dialplan)	/* what channel list is to show of the application */
		bad |= add(call, "appArgs", call->app);
	if (!create)
		bad |= add(call, "timeout", call->ring);
	return bad ? cli_fail(call->cli, CLI_FAILURE, "out of memory") : CLI_OK;
}

/* ---- what the command line says ---- */

static int fail_usage(struct call *call, const char *text)
{
	return cli_fail(call->cli, CLI_USAGE, "originate: %s", text);
}

static int read_place(struct call *call)
{
	const struct input *input = call->input;
	const char *app = input_arg(input, "app");

	call->dialplan = input_arg(input, "context") || input_arg(input, "extension") ||
			 input_arg(input, "priority") || input_arg(input, "label");
	call->app = app ? app : DEFAULT_APP;
	if (app && call->dialplan)
		return fail_usage(call, "--app and --context, --extension exclude each other: an "
					"application or the dialplan gets the channel");
	if (call->dialplan && !input_arg(input, "extension"))
		return fail_usage(
			call, "--extension is missing: where in the context shall the channel go?");
	return CLI_OK;
}

static int read_input(struct call *call)
{
	const char *slash;
	long timeout_ms, ring_ms;
	int status = wait_duration(call->cli, call->input, "timeout", 0, &timeout_ms);

	if (status == CLI_OK)
		status = wait_duration(call->cli, call->input, "ring-timeout", RING_MS, &ring_ms);
	if (status == CLI_OK)
		status = read_place(call);
	if (status != CLI_OK)
		return status;
	if (timeout_ms)
		call->cli->timeout_ms = (unsigned)timeout_ms;
	call->ring_s = ((unsigned)ring_ms + 999) / 1000;
	if (!call->ring_s)
		return fail_usage(call, "--ring-timeout must be more than 0");
	snprintf(call->ring, sizeof(call->ring), "%u", call->ring_s);
	call->endpoint = input_arg(call->input, "endpoint");
	slash = strchr(call->endpoint, '/');
	if (!slash || slash == call->endpoint || !slash[1])
		return cli_fail(call->cli, CLI_USAGE,
				"'%s' is no endpoint; expected TECHNOLOGY/RESOURCE, like "
				"PJSIP/alice or Local/100@default",
				call->endpoint);
	call->id = input_arg(call->input, "channelId");
	if (!call->id) {
		ari_id_new(call->made_id);
		call->id = call->made_id;
	}
	if (input_arg(call->input, "otherChannelId"))
		snprintf(call->peer, sizeof(call->peer), "%s",
			 input_arg(call->input, "otherChannelId"));
	else
		snprintf(call->peer, sizeof(call->peer), "%s;2", call->id);
	return CLI_OK;
}

/* ---- why a call could not even be tried ---- */

/* "Allocation failed" is all that the server says; the list of endpoints knows more. */
static int fail_endpoint(struct call *call)
{
	char tech[64];
	char resource[256];
	struct ari_arg args[] = {{"tech", tech}, {"resource", resource}};
	struct ari_reply reply = {0};
	struct ari_error err;
	const char *rest = strchr(call->endpoint, '/') + 1;
	char state[32] = "";
	bool found;

	snprintf(tech, sizeof(tech), "%.*s", (int)(rest - 1 - call->endpoint), call->endpoint);
	snprintf(resource, sizeof(resource), "%.*s", (int)strcspn(rest, "/"), rest);
	if (wait_call(&call->wait, "endpoints.listByTech", args, 1, NULL, &err) < 0 &&
	    err.http_status == 404 && strcmp(tech, "Local") != 0)
		return cli_fail(call->cli, CLI_NOT_FOUND,
				"%s: unreachable: the server has no channel technology '%s'",
				call->endpoint, tech);
	found = wait_call(&call->wait, "endpoints.get", args, 2, &reply, &err) == 0;
	ari_json_text(ari_json_get((struct ari_span){reply.body, reply.len}, "state"), state,
		      sizeof(state));
	ari_reply_release(&reply);
	if (!found && err.http_status == 404)
		return cli_fail(call->cli, CLI_NOT_FOUND,
				"%s: unreachable: there is no such endpoint; 'astctl endpoint "
				"list' shows those that exist",
				call->endpoint);
	if (strcmp(state, "offline") == 0)
		return cli_fail(call->cli, CLI_NOT_FOUND,
				"%s: unreachable: the endpoint is offline (not registered)",
				call->endpoint);
	return cli_fail(call->cli, CLI_NOT_FOUND,
			"%s: unreachable: Asterisk could not make a channel for it",
			call->endpoint);
}

static int fail_request(struct call *call, const struct ari_error *err)
{
	if (err->http_status == 500)
		return fail_endpoint(call);
	if (err->http_status == 409)
		return cli_fail(call->cli, CLI_CONFLICT,
				"there is a channel with the id '%s' already", call->id);
	return wait_fail(call->cli, call->endpoint, err);
}

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
						strcmp(call->app, DEFAULT_APP) == 0);

	if (status != CLI_OK)
		hang_up(call);
	return status;
}

/* Nobody's phone is to ring for an application that is not there. */
static int check_app(struct call *call)
{
	struct ari_arg arg = {"applicationName", call->app};
	struct ari_error err;

	if (call->dialplan || strcmp(call->app, DEFAULT_APP) == 0 ||
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
	int status = request_new(call, call->wait.app, false);

	if (status != CLI_OK)
		return status;
	call->wait.watch = watch;
	if (wait_call(&call->wait, "channels.originate", call->request.args, call->request.n_args,
		      NULL, &err) < 0) {
		status = fail_request(call, &err);
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
	int status = request_new(call, call->wait.app, true);

	if (status != CLI_OK)
		return status;
	call->wait.entering = call->id;
	if (wait_call(&call->wait, "channels.create", call->request.args, call->request.n_args,
		      NULL, &err) < 0) {
		status = fail_request(call, &err);
		if (!err.http_status)
			hang_up(call);
		return status;
	}
	call->made = true;
	wait_until(&call->wait, &call->wait.entered, 5000);
	status = wait_move(&call->wait, call->id, call->app, input_arg(call->input, "appArgs"),
			   strcmp(call->app, DEFAULT_APP) == 0);
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
		    add(call, arg->name, arg->value) < 0)
			status = cli_fail(call->cli, CLI_FAILURE, "out of memory");
	}
	if (status == CLI_OK &&
	    (add(call, "channelId", call->id) < 0 || add(call, "timeout", call->ring) < 0))
		status = cli_fail(call->cli, CLI_FAILURE, "out of memory");
	if (status == CLI_OK && call->cli->dry_run)
		status = cli_dry_run(call->cli, "channels.originate", call->request.args,
				     call->request.n_args);
	else if (status == CLI_OK &&
		 wait_call(&call->wait, "channels.originate", call->request.args,
			   call->request.n_args, NULL, &err) < 0)
		status = fail_request(call, &err);
	else if (status == CLI_OK)
		status = show(call, NULL);
	input_release(&call->request);
	return status;
}

static int dry_run(struct call *call, bool wait)
{
	struct ari_arg move[] = {{"channelId", call->id}, {"app", call->app}};
	struct ari_arg ring[] = {{"channelId", call->id}, {"timeout", call->ring}};
	int status = request_new(call, FIELD_OWN_APPLICATION "RANDOM", !wait);

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
	int status = read_input(&call);

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
