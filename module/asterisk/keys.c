/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The keys of an event before it is encoded, taken from the message that it will be made of, so
 * that what nobody's filter lets through costs next to nothing. Only for the messages that come
 * in numbers; the core reads the others' keys from their text.
 */
#include "asterisk.h"

#include "asterisk/devicestate.h"
#include "asterisk/strings.h"
#include "asterisk_host.h"
#include "compat.h"
#include "encode.h"

static void clear(struct event_keys *keys, const char *type)
{
	ast_copy_string(keys->type, type, sizeof(keys->type));
	keys->application[0] = keys->endpoint[0] = keys->device[0] = '\0';
	keys->bridge[0] = keys->bridge_name[0] = keys->other_bridge[0] = '\0';
	keys->n_channels = 0;
	keys->crowded = false;
}

static void add_channel(struct event_keys *keys, const struct ast_channel_snapshot *snapshot)
{
	struct event_channel *channel = &keys->channel[keys->n_channels++];
	struct channel_facts facts;

	compat_channel_facts(snapshot, &facts);
	ast_copy_string(channel->id, facts.id, sizeof(channel->id));
	ast_copy_string(channel->name, facts.name, sizeof(channel->name));
	ast_copy_string(channel->tenant, S_OR(facts.tenant, ""), sizeof(channel->tenant));
	ast_copy_string(channel->context, facts.context, sizeof(channel->context));
}

int keys_want_channel(struct host_sink *sink, const char *type,
	const struct ast_channel_snapshot *snapshot)
{
	struct event_keys keys;

	clear(&keys, type);
	add_channel(&keys, snapshot);
	return sink->want(sink, &keys);
}

static int want_bridge(struct host_sink *sink, const char *type, struct ast_bridge_blob *blob)
{
	struct event_keys keys;

	if (!blob->channel) {
		return 1;
	}
	clear(&keys, type);
	add_channel(&keys, blob->channel);
	ast_copy_string(keys.bridge, blob->bridge->uniqueid, sizeof(keys.bridge));
	ast_copy_string(keys.bridge_name, blob->bridge->name, sizeof(keys.bridge_name));
	return sink->want(sink, &keys);
}

static int want_device(struct host_sink *sink, struct ast_device_state_message *device)
{
	struct event_keys keys;

	clear(&keys, "DeviceStateChanged");
	ast_copy_string(keys.device, device->device, sizeof(keys.device));
	return sink->want(sink, &keys);
}

int keys_want_message(struct host_sink *sink, struct stasis_message *msg)
{
	const struct {
		const struct stasis_message_type *type;
		const char *event;
	} blobs[] = {
		{ ast_channel_varset_type(), "ChannelVarset" },
		{ ast_channel_dtmf_end_type(), "ChannelDtmfReceived" },
		{ ast_channel_hangup_request_type(), "ChannelHangupRequest" },
		{ ast_channel_talking_start(), "ChannelTalkingStarted" },
		{ ast_channel_talking_stop(), "ChannelTalkingFinished" },
	};
	const struct stasis_message_type *type = stasis_message_type(msg);
	struct ast_channel_blob *blob;
	size_t i;

	if (type == ast_device_state_message_type()) {
		return want_device(sink, stasis_message_data(msg));
	}
	if (type == ast_channel_entered_bridge_type()) {
		return want_bridge(sink, "ChannelEnteredBridge", stasis_message_data(msg));
	}
	if (type == ast_channel_left_bridge_type()) {
		return want_bridge(sink, "ChannelLeftBridge", stasis_message_data(msg));
	}
	for (i = 0; i < ARRAY_LEN(blobs); i++) {
		if (type == blobs[i].type) {
			blob = stasis_message_data(msg);
			return !blob->snapshot || keys_want_channel(sink, blobs[i].event, blob->snapshot);
		}
	}
	return 1;
}
