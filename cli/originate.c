/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * See originate.h: the command line of originate, the arguments of its request, and why a call
 * could not even be tried.
 */
#include "originate.h"

#include <stdio.h>
#include <string.h>

#define RING_MS 30000

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

int originate_request(struct call *call, const char *app, bool create)
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
	call->app = app ? app : ORIGINATE_APP;
	if (app && call->dialplan)
		return fail_usage(call, "--app and --context, --extension exclude each other: an "
					"application or the dialplan gets the channel");
	if (call->dialplan && !input_arg(input, "extension"))
		return fail_usage(
			call, "--extension is missing: where in the context shall the channel go?");
	return CLI_OK;
}

int originate_read(struct call *call)
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

int originate_refused(struct call *call, const struct ari_error *err)
{
	if (err->http_status == 500)
		return fail_endpoint(call);
	if (err->http_status == 409)
		return cli_fail(call->cli, CLI_CONFLICT,
				"there is a channel with the id '%s' already", call->id);
	return wait_fail(call->cli, call->endpoint, err);
}
