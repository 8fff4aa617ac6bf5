/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See bridge.h. */
#include "bridge.h"

#include <string.h>

#include "ari/json.h"

#define SETTLE_MS 2000

/* ---- asking ---- */

int bridge_read(struct bridge *bridge, struct ari_reply *reply, struct ari_error *err)
{
	struct ari_arg arg = {"bridgeId", bridge->id};

	return wait_call(&bridge->wait, "bridges.get", &arg, 1, reply, err);
}

bool bridge_has(const struct ari_reply *reply, const char *channel)
{
	struct ari_json_iter iter;
	struct ari_span key, value;

	ari_json_iter_init(&iter,
			   ari_json_get((struct ari_span){reply->body, reply->len}, "channels"));
	while (ari_json_next(&iter, &key, &value)) {
		if (ari_json_equal(value, channel))
			return true;
	}
	return false;
}

const char *bridge_misplaced(struct bridge *bridge, const struct ari_reply *reply, bool wanted)
{
	const char *channel = NULL;

	while ((channel = input_positional(bridge->input, "channel", channel))) {
		if (bridge_has(reply, channel) != wanted)
			return channel;
	}
	return NULL;
}

int bridge_settle(struct bridge *bridge, bool wanted, struct ari_reply *reply)
{
	uint64_t end = ari_loop_now(bridge->wait.loop) + SETTLE_MS;
	struct ari_error err;
	const char *channel;
	bool never = false;

	for (;;) {
		ari_reply_release(reply);
		if (bridge_read(bridge, reply, &err) < 0)
			return wait_fail(bridge->wait.cli, bridge->id, &err);
		channel = bridge_misplaced(bridge, reply, wanted);
		if (!channel)
			return CLI_OK;
		if (bridge->wait.cli->signal)
			return 128 + bridge->wait.cli->signal;
		if (ari_loop_now(bridge->wait.loop) >= end)
			break;
		wait_until(&bridge->wait, &never, 20);
	}
	return cli_fail(bridge->wait.cli, CLI_FAILURE,
			wanted ? "%s did not enter the bridge '%s'"
			       : "%s did not leave the bridge '%s'",
			channel, bridge->id);
}

/* ---- which one was it? ---- */

/* The first named channel that Stasis() does not run on; NULL when that cannot be told. */
static const char *outsider(struct bridge *bridge)
{
	const char *channel = NULL;
	struct ari_error err;

	while ((channel = input_positional(bridge->input, "channel", channel))) {
		struct ari_arg arg = {"channelId", channel};
		struct ari_reply reply = {0};
		struct ari_span app;
		bool outside;

		if (wait_call(&bridge->wait, "channels.get", &arg, 1, &reply, &err) < 0)
			continue;
		app = ari_json_get((struct ari_span){reply.body, reply.len}, "dialplan.app_name");
		outside = app.p && !ari_json_equal(app, "Stasis");
		ari_reply_release(&reply);
		if (outside)
			return channel;
	}
	return NULL;
}

/* Asterisk's refusal does not name the channel. */
int bridge_refused(struct bridge *bridge, const struct ari_error *err)
{
	struct cli *cli = bridge->wait.cli;
	struct ari_error why;
	const char *channel = NULL;

	while ((channel = input_positional(bridge->input, "channel", channel))) {
		struct ari_arg arg = {"channelId", channel};

		if (wait_call(&bridge->wait, "channels.get", &arg, 1, NULL, &why) < 0 &&
		    why.http_status == 404)
			return cli_fail(cli, CLI_NOT_FOUND,
					"there is no channel '%s'; 'astctl channel list' shows "
					"those that exist",
					channel);
	}
	if (err->http_status == 404)
		return cli_fail(cli, CLI_NOT_FOUND,
				"there is no bridge '%s'; 'astctl bridge list' shows those that "
				"exist",
				bridge->id);
	if (err->http_status == 422) {
		channel = outsider(bridge);
		return cli_fail(cli, CLI_CONFLICT,
				"%s: not in a Stasis application, so it cannot be put into a "
				"bridge; send it there with Stasis(astctl) in the dialplan",
				channel ? channel : "one of the channels");
	}
	if (err->http_status == 409 && strstr(err->text, "recording"))
		return cli_fail(cli, CLI_CONFLICT,
				"a channel that is being recorded cannot enter a bridge; stop the "
				"recording first, and record the bridge");
	return wait_fail(cli, bridge->id, err);
}
