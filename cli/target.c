/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Channel or bridge: play and record take either. An id is asked for as both where needed, since a
 * person who copies an id does not think of what it belongs to.
 */
#include "target.h"

#include <stdio.h>
#include <string.h>

#include "ari/json.h"

static int found(struct target *target, bool bridge, const char *id)
{
	target->bridge = bridge;
	target->id = id;
	snprintf(target->source, sizeof(target->source), "%s:%s", bridge ? "bridge" : "channel",
		 id);
	return CLI_OK;
}

/* 1: there is one, 0: there is none, -1: reported, with the status in *STATUS. */
static int exists(struct cli *cli, const char *op, const char *param, const char *id,
		  struct ari_reply *reply, int *status)
{
	struct ari_client *client;
	struct ari_error err = {0};
	struct ari_arg arg = {param, id};

	*status = cli_client(cli, &client);
	if (*status != CLI_OK)
		return -1;
	if (ari_client_call(client, op, &arg, 1, reply, &err) == 0)
		return 1;
	if (err.code == ARI_ENOTFOUND)
		return 0;
	*status = cli_fail_error(cli, &err);
	return -1;
}

static int find_bridge(struct cli *cli, const char *id, struct target *target, bool only)
{
	struct ari_reply reply = {0};
	struct ari_span channels;
	int status;
	int there = exists(cli, "bridges.get", "bridgeId", id, &reply, &status);

	if (there > 0) {
		channels = ari_json_get((struct ari_span){reply.body, reply.len}, "channels");
		target->empty = channels.len == 2; /* "[]" */
		ari_reply_release(&reply);
		return found(target, true, id);
	}
	if (there < 0)
		return status;
	return cli_fail(cli, CLI_NOT_FOUND,
			"there is no %s '%s'; 'astctl channel list' and 'astctl bridge list' show "
			"those that exist",
			only ? "bridge" : "channel and no bridge", id);
}

int target_find(struct cli *cli, const char *text, struct target *target)
{
	int status;
	int there;

	if (!*text)
		return cli_fail(cli, CLI_USAGE,
				"TARGET is empty; expected the id of a channel or a bridge");
	if (strlen(text) > TARGET_SIZE - 16)
		return cli_fail(cli, CLI_USAGE, "the id of the channel or bridge is too long");
	if (strncmp(text, "bridge:", 7) == 0)
		return cli->dry_run ? found(target, true, text + 7)
				    : find_bridge(cli, text + 7, target, true);
	if (strncmp(text, "channel:", 8) == 0)
		return found(target, false, text + 8);
	if (cli->dry_run)
		return found(target, false, text);
	there = exists(cli, "channels.get", "channelId", text, NULL, &status);
	if (there > 0)
		return found(target, false, text);
	return there < 0 ? status : find_bridge(cli, text, target, false);
}

int target_args(const struct target *target, const struct input *input, struct input *request)
{
	int bad = input_add(request, target->bridge ? "bridgeId" : "channelId", target->id);

	for (size_t i = 0; i < input->n_args; i++) {
		if (strcmp(input->args[i].name, "channelId") != 0)
			bad |= input_add(request, input->args[i].name, input->args[i].value);
	}
	return bad;
}

const char *target_op(const struct target *target, const char *channel_op, const char *bridge_op)
{
	return target->bridge ? bridge_op : channel_op;
}
