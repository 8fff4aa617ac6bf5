/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * bridge: make a bridge with channels in it, or put channels in and take them out. Asterisk adds
 * several channels one by one and stops at the first that it cannot add; a 204 only means that the
 * rest was queued. So who is in it is read back; what was half done is undone.
 */
#include <stdio.h>
#include <string.h>

#include "bridge.h"
#include "cmd.h"

/* ---- doing ---- */

static int change(struct bridge *bridge, const char *op, const char *channels)
{
	struct input request = {0};
	struct ari_error err = {0};
	int bad = input_add(&request, "bridgeId", bridge->id);
	int status = CLI_OK;

	bad |= input_add(&request, "channel", channels);
	for (size_t i = 0; i < bridge->input->n_args; i++) {
		const struct ari_arg *arg = &bridge->input->args[i];

		if (strcmp(arg->name, "bridgeId") != 0 && strcmp(arg->name, "channel") != 0 &&
		    strcmp(arg->name, "type") != 0 && strcmp(arg->name, "name") != 0)
			bad |= input_add(&request, arg->name, arg->value);
	}
	if (bad)
		status = cli_fail(bridge->wait.cli, CLI_FAILURE, "out of memory");
	else if (wait_call(&bridge->wait, op, request.args, request.n_args, NULL, &err) < 0)
		status = bridge_refused(bridge, &err);
	input_release(&request);
	return status;
}

static void destroy(struct bridge *bridge)
{
	struct ari_arg arg = {"bridgeId", bridge->id};
	struct ari_error err;

	bridge->wait.over = true;
	wait_call(&bridge->wait, "bridges.destroy", &arg, 1, NULL, &err);
}

/* Take out again those that were not in it before. */
static void undo_add(struct bridge *bridge)
{
	const char *channel = NULL;
	struct ari_reply reply = {0};
	struct ari_error err;
	char needle[400];

	bridge->wait.over = true;
	if (bridge_read(bridge, &reply, &err) < 0)
		return;
	while ((channel = input_positional(bridge->input, "channel", channel))) {
		struct ari_arg args[] = {{"bridgeId", bridge->id}, {"channel", channel}};

		snprintf(needle, sizeof(needle), ",%s,", channel);
		if (bridge_has(&reply, channel) && !strstr(bridge->before, needle))
			wait_call(&bridge->wait, "bridges.removeChannel", args, 2, NULL, &err);
	}
	ari_reply_release(&reply);
}

/* ---- the commands ---- */

static int join(struct bridge *bridge)
{
	const char *channel = NULL;
	size_t used = 0;

	while ((channel = input_positional(bridge->input, "channel", channel))) {
		used += (size_t)snprintf(bridge->channels + used, sizeof(bridge->channels) - used,
					 "%s%s", used ? "," : "", channel);
		if (used >= sizeof(bridge->channels))
			return cli_fail(bridge->wait.cli, CLI_USAGE,
					"these are too many channels for one command");
		if (strchr(channel, ',') || !*channel)
			return cli_fail(bridge->wait.cli, CLI_USAGE, "'%s' is no channel id",
					channel);
	}
	return CLI_OK;
}

static int begin(struct bridge *bridge, struct cli *cli, struct input *input)
{
	int status;

	bridge->wait.cli = cli;
	bridge->input = input;
	bridge->id = input_arg(input, "bridgeId");
	if (!bridge->id) {
		ari_id_new(bridge->made_id);
		bridge->id = bridge->made_id;
	}
	status = join(bridge);
	if (status != CLI_OK || cli->dry_run)
		return status;
	status = cli_client(cli, &bridge->wait.client);
	bridge->wait.loop = cli_loop(cli);
	return status == CLI_OK ? cli_watch_signals(cli) : status;
}

/* Older servers take a create with an id that exists for a change of that bridge, which is not ours
 * then. */
static int check_new(struct bridge *bridge)
{
	struct ari_error err;

	if (bridge->id == bridge->made_id)
		return CLI_OK;
	if (bridge_read(bridge, NULL, &err) == 0)
		return cli_fail(bridge->wait.cli, CLI_CONFLICT,
				"there is a bridge '%s' already; 'astctl bridge add' puts channels "
				"into it",
				bridge->id);
	return err.http_status == 404 ? CLI_OK : wait_fail(bridge->wait.cli, bridge->id, &err);
}

static int create_args(struct bridge *bridge, struct input *request)
{
	int bad = input_add(request, "bridgeId", bridge->id);

	for (size_t i = 0; i < bridge->input->n_args; i++) {
		const struct ari_arg *arg = &bridge->input->args[i];

		if (strcmp(arg->name, "type") == 0 || strcmp(arg->name, "name") == 0 ||
		    strncmp(arg->name, "variables", 9) == 0)
			bad |= input_add(request, arg->name, arg->value);
	}
	return bad ? cli_fail(bridge->wait.cli, CLI_FAILURE, "out of memory") : CLI_OK;
}

static int create(struct bridge *bridge, const struct input *request, struct ari_reply *reply)
{
	struct ari_error err;
	int status = check_new(bridge);

	if (status != CLI_OK)
		return status;
	if (wait_call(&bridge->wait, "bridges.createWithId", request->args, request->n_args, reply,
		      &err) < 0) {
		if (err.http_status == 500 && input_arg(bridge->input, "type"))
			return cli_fail(bridge->wait.cli, CLI_USAGE,
					"the server makes no bridge of type '%s'; expected mixing "
					"or holding, and dtmf_events, proxy_media, video_single or "
					"video_sfu after a comma",
					input_arg(bridge->input, "type"));
		return wait_fail(bridge->wait.cli, bridge->id, &err);
	}
	return CLI_OK;
}

static int dry_run(struct bridge *bridge, const struct input *request)
{
	struct ari_arg args[] = {{"bridgeId", bridge->id}, {"channel", bridge->channels}};
	int status = cli_dry_run(bridge->wait.cli, "bridges.createWithId", request->args,
				 request->n_args);

	if (status == CLI_OK && bridge->channels[0])
		status = cli_dry_run(bridge->wait.cli, "bridges.addChannel", args, 2);
	return status;
}

static int bridge_new(struct cli *cli, struct input *input)
{
	struct bridge bridge = {0};
	struct input request = {0};
	struct ari_reply reply = {0};
	int status = begin(&bridge, cli, input);

	if (status == CLI_OK)
		status = create_args(&bridge, &request);
	if (status == CLI_OK && cli->dry_run)
		status = dry_run(&bridge, &request);
	else if (status == CLI_OK)
		status = create(&bridge, &request, &reply);
	if (status == CLI_OK && bridge.channels[0] && !cli->dry_run) {
		status = change(&bridge, "bridges.addChannel", bridge.channels);
		if (status == CLI_OK)
			status = bridge_settle(&bridge, true, &reply);
		if (status != CLI_OK)
			destroy(&bridge);
	}
	if (status == CLI_OK && !cli->dry_run)
		status = output_object(cli, field_bridge, reply.body, reply.len);
	ari_reply_release(&reply);
	input_release(&request);
	return status;
}

static void remember(struct bridge *bridge, const struct ari_reply *reply)
{
	const char *channel = NULL;
	size_t used = 0;

	while ((channel = input_positional(bridge->input, "channel", channel))) {
		if (bridge_has(reply, channel) && used + strlen(channel) + 3 < sizeof(bridge->before))
			used += (size_t)snprintf(bridge->before + used,
						 sizeof(bridge->before) - used, ",%s,", channel);
	}
}

static int bridge_change(struct cli *cli, struct input *input, bool add)
{
	const char *op = add ? "bridges.addChannel" : "bridges.removeChannel";
	struct bridge bridge = {0};
	struct ari_reply reply = {0};
	struct ari_error err;
	int status = begin(&bridge, cli, input);

	if (status == CLI_OK && cli->dry_run)
		return cli_dry_run(
			cli, op,
			(struct ari_arg[]){{"bridgeId", bridge.id}, {"channel", bridge.channels}},
			2);
	if (status == CLI_OK && bridge_read(&bridge, &reply, &err) < 0)
		status = wait_fail(cli, bridge.id, &err);
	if (status == CLI_OK) {
		const char *stranger = add ? NULL : bridge_misplaced(&bridge, &reply, true);

		remember(&bridge, &reply);
		status = stranger ? cli_fail(cli, CLI_CONFLICT, "%s is not in the bridge '%s'",
					     stranger, bridge.id)
				  : change(&bridge, op, bridge.channels);
		if (status == CLI_OK)
			status = bridge_settle(&bridge, add, &reply);
		if (status != CLI_OK && add)
			undo_add(&bridge);
	}
	if (status == CLI_OK)
		status = output_object(cli, field_bridge, reply.body, reply.len);
	ari_reply_release(&reply);
	return status;
}

static int bridge_add(struct cli *cli, struct input *input)
{
	return bridge_change(cli, input, true);
}

static int bridge_remove(struct cli *cli, struct input *input)
{
	return bridge_change(cli, input, false);
}

#define MAKES                                                                                      \
	"It is destroyed again when a channel cannot enter: exit status 5 when there is no such "  \
	"channel, 6 when "                                                                         \
	"a channel is in no Stasis application or the id is taken."

/* What a new bridge takes, with channels from the start or without. */
static const struct command_option new_options[] = {
	{.name = "id", .metavar = "ID", .param = "bridgeId", .summary = "The id to give it"},
	{0},
};

static const struct command_preset new_presets[] = {
	{"type", "mixing"},
	{0},
};

const struct command command_rows_bridge[] = {
	{
		.words = "bridge",
		.summary = "Connect channels: make a bridge with all of them in it",
		.text = "The command ends when everybody is in it. " MAKES,
		.operation = "bridges.createWithId",
		.positionals =
			(const struct command_positional[]){
				{.name = "channel",
				 .repeat = true,
				 .summary = "The channels to connect"},
				{0},
			},
		.options = new_options,
		.presets = new_presets,
		.examples =
			(const struct command_example[]){
				{"BR=$(astctl bridge $A $B -o name)",
				 "Let two channels talk, and keep the bridge's id"},
				{"astctl bridge $A $B $C --id conf1 --name sales",
				 "A conference of three"},
				{0},
			},
		.fields = field_bridge,
		.related = "bridge list, bridge add, bridge destroy, play, record",
		.flags = COMMAND_CHANGES,
		.run = bridge_new,
	},
	{
		.words = "bridge create",
		.summary = "Make a bridge, with channels in it or empty",
		.text = "Like 'astctl bridge', but needs no channels. " MAKES,
		.operation = "bridges.createWithId",
		.positionals =
			(const struct command_positional[]){
				{.name = "channel",
				 .repeat = true,
				 .optional = true,
				 .summary = "Channels to put in"},
				{0},
			},
		.options = new_options,
		.presets = new_presets,
		.examples =
			(const struct command_example[]){
				{"astctl bridge create --id conf1 --type mixing,dtmf_events",
				 "An empty bridge"},
				{0},
			},
		.fields = field_bridge,
		.related = "bridge, bridge add, bridge destroy",
		.flags = COMMAND_CHANGES,
		.run = bridge_new,
	},
	{
		.words = "bridge add",
		.summary = "Put channels into a bridge, all or none",
		.text = "The command ends when all are in it; when one cannot enter, those that "
			"came with it are taken out again.",
		.operation = "bridges.addChannel",
		.positionals =
			(const struct command_positional[]){
				{.name = "bridge", .param = "bridgeId"},
				{.name = "channel",
				 .repeat = true,
				 .summary = "The channels to put in"},
				{0},
			},
		.examples =
			(const struct command_example[]){
				{"astctl bridge add conf1 1700000000.12 1700000000.14", "Two more"},
				{"astctl bridge add conf1 1700000000.12 --mute",
				 "One who only listens"},
				{0},
			},
		.fields = field_bridge,
		.related = "bridge remove, bridge show",
		.flags = COMMAND_CHANGES,
		.run = bridge_add,
	},
	{
		.words = "bridge remove",
		.summary = "Take channels out of a bridge",
		.text = "The channels stay in their application. The command ends when all have "
			"left.",
		.operation = "bridges.removeChannel",
		.positionals =
			(const struct command_positional[]){
				{.name = "bridge", .param = "bridgeId"},
				{.name = "channel",
				 .repeat = true,
				 .summary = "The channels to take out"},
				{0},
			},
		.examples =
			(const struct command_example[]){
				{"astctl bridge remove conf1 1700000000.12", "One leaves"},
				{0},
			},
		.fields = field_bridge,
		.related = "bridge add, bridge destroy",
		.flags = COMMAND_CHANGES,
		.run = bridge_remove,
	},
	{0},
};
