/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Stasis messages as ARI's events. What has a JSON form of its own is asked for it; changes of
 * channels, bridges and endpoints become the events that res_stasis makes of them for its
 * applications.
 */
#include "asterisk.h"

#include "asterisk/callerid.h"
#include "asterisk/causes.h"
#include "asterisk/channel.h"
#include "asterisk/devicestate.h"
#include "asterisk/json.h"
#include "asterisk/stasis_app.h"
#include "asterisk/stasis_app_device_state.h"
#include "asterisk/stasis_endpoints.h"
#include "asterisk/utils.h"
#include "asterisk_host.h"
#include "compat.h"

int encode_json(struct ast_json *json, struct buf *out)
{
	char *text = ast_json_dump_string_format(json, AST_JSON_COMPACT);

	if (!text) {
		return -1;
	}
	buf_adds(out, text);
	ast_json_free(text);
	return out->failed ? -1 : 0;
}

/* Hand an event over, and the tree back; every event of ARI tells whose it is. */
static void emit(struct host_sink *sink, struct ast_json *event)
{
	struct buf text = { 0 };
	char eid[20];

	if (event && !ast_json_object_set(event, "asterisk_id",
			ast_json_string_create(ast_eid_to_str(eid, sizeof(eid), &ast_eid_default))) &&
		!encode_json(event, &text)) {
		sink->event(sink, text.data, text.len);
	}
	buf_free(&text);
	ast_json_unref(event);
}

static struct ast_json *channel_json(const struct ast_channel_snapshot *snapshot)
{
	return ast_channel_snapshot_to_json(snapshot, stasis_app_get_sanitizer());
}

/* The members that all events of a channel have; NULL when the API hides the channel. */
static struct ast_json *channel_event(const char *type, const struct timeval *when,
	const struct ast_channel_snapshot *snapshot)
{
	struct ast_json *channel = channel_json(snapshot);

	if (!channel) {
		return NULL;
	}
	return ast_json_pack("{s: s, s: o, s: o}", "type", type, "timestamp",
		ast_json_timeval(*when, NULL), "channel", channel);
}

static void set(struct ast_json *event, const char *name, struct ast_json *value)
{
	if (event) {
		ast_json_object_set(event, name, value);
	} else {
		ast_json_unref(value);
	}
}

static void channel_gone(struct host_sink *sink, const struct timeval *when,
	const struct ast_channel_snapshot *now, const struct channel_facts *facts)
{
	struct ast_json *event = channel_event("ChannelDestroyed", when, now);

	set(event, "cause", ast_json_integer_create(facts->cause));
	set(event, "cause_txt", ast_json_string_create(ast_cause2str(facts->cause)));
	if (facts->tech_cause) {
		set(event, "tech_cause", ast_json_integer_create(facts->tech_cause));
	}
	emit(sink, event);
}

static void channel_dialplan(struct host_sink *sink, const struct timeval *when,
	const struct ast_channel_snapshot *now, const struct channel_facts *facts)
{
	struct ast_json *event = channel_event("ChannelDialplan", when, now);

	set(event, "dialplan_app", ast_json_string_create(facts->appl));
	set(event, "dialplan_app_data", ast_json_string_create(AST_JSON_UTF8_VALIDATE(facts->data)));
	emit(sink, event);
}

static void channel_caller(struct host_sink *sink, const struct timeval *when,
	const struct ast_channel_snapshot *now, const struct channel_facts *facts)
{
	struct ast_json *event = channel_event("ChannelCallerId", when, now);

	set(event, "caller_presentation", ast_json_integer_create(facts->presentation));
	set(event, "caller_presentation_txt",
		ast_json_string_create(ast_describe_caller_presentation(facts->presentation)));
	emit(sink, event);
}

/* One change can be several events, in ARI's order. */
static void channel_changed(struct host_sink *sink, const struct timeval *when,
	const struct ast_channel_snapshot *was, const struct ast_channel_snapshot *now, int gone)
{
	struct channel_facts old, facts;

	compat_channel_facts(now, &facts);
	if (!was) {
		emit(sink, channel_event("ChannelCreated", when, now));
		return;
	}
	compat_channel_facts(was, &old);
	if (gone) {
		channel_gone(sink, when, now, &facts);
	} else if (old.state != facts.state) {
		emit(sink, channel_event("ChannelStateChange", when, now));
	}
	if (!ast_strlen_zero(facts.appl) && !ast_channel_snapshot_cep_equal(was, now)) {
		channel_dialplan(sink, when, now, &facts);
	}
	if (!ast_channel_snapshot_caller_id_equal(was, now)) {
		channel_caller(sink, when, now, &facts);
	}
	if (!ast_channel_snapshot_connected_line_equal(was, now)) {
		emit(sink, channel_event("ChannelConnectedLine", when, now));
	}
}

static struct ast_json *bridge_event(const char *type, const struct timeval *when,
	const struct ast_bridge_snapshot *snapshot)
{
	struct ast_json *bridge = ast_bridge_snapshot_to_json(snapshot, stasis_app_get_sanitizer());

	if (!bridge) {
		return NULL;
	}
	return ast_json_pack("{s: s, s: o, s: o}", "type", type, "timestamp",
		ast_json_timeval(*when, NULL), "bridge", bridge);
}

static void bridge_changed(struct host_sink *sink, const struct timeval *when,
	const struct ast_bridge_snapshot *was, const struct ast_bridge_snapshot *now, int gone)
{
	struct ast_json *event;

	if (gone) {
		emit(sink, bridge_event("BridgeDestroyed", when, now));
	} else if (!was) {
		emit(sink, bridge_event("BridgeCreated", when, now));
	} else if (strcmp(was->video_source_id, now->video_source_id)) {
		event = bridge_event("BridgeVideoSourceChanged", when, now);
		if (!ast_strlen_zero(was->video_source_id)) {
			set(event, "old_video_source_id", ast_json_string_create(was->video_source_id));
		}
		emit(sink, event);
	}
}

static void endpoint_changed(struct host_sink *sink, struct stasis_message *msg)
{
	struct stasis_cache_update *update = stasis_message_data(msg);
	struct ast_json *endpoint;

	if (update->type != ast_endpoint_snapshot_type() || !update->new_snapshot) {
		return;
	}
	endpoint = ast_endpoint_snapshot_to_json(stasis_message_data(update->new_snapshot),
		stasis_app_get_sanitizer());
	if (endpoint) {
		emit(sink, ast_json_pack("{s: s, s: o, s: o}", "type", "EndpointStateChange",
			"timestamp",
			ast_json_timeval(*stasis_message_timestamp(update->new_snapshot), NULL),
			"endpoint", endpoint));
	}
}

static void device_changed(struct host_sink *sink, struct stasis_message *msg)
{
	struct ast_device_state_message *device = stasis_message_data(msg);

	/* Only what all servers of a cluster make of it together. */
	if (device->eid) {
		return;
	}
	emit(sink, ast_json_pack("{s: s, s: o, s: {s: s, s: s}}", "type", "DeviceStateChanged",
		"timestamp", ast_json_timeval(*stasis_message_timestamp(msg), NULL), "device_state",
		"name", device->device, "state", ast_devstate_str(device->state)));
}

void encode_message(struct stasis_message *msg, struct host_sink *sink)
{
	const struct timeval *when = stasis_message_timestamp(msg);
	struct ast_channel_snapshot *was_channel, *channel;
	struct ast_bridge_snapshot *was_bridge, *bridge;
	int gone;

	if (compat_channel_change(msg, &was_channel, &channel, &gone)) {
		channel_changed(sink, when, was_channel, channel, gone);
	} else if (compat_bridge_change(msg, &was_bridge, &bridge, &gone)) {
		bridge_changed(sink, when, was_bridge, bridge, gone);
	} else if (stasis_message_type(msg) == stasis_cache_update_type()) {
		endpoint_changed(sink, msg);
	} else if (stasis_message_type(msg) == ast_device_state_message_type()) {
		device_changed(sink, msg);
	} else {
		emit(sink, stasis_message_to_json(msg, stasis_app_get_sanitizer()));
	}
}

int encode_object(enum object_class class, void *snapshot, struct buf *out)
{
	struct ast_json *json = NULL;
	int res;

	switch (class) {
	case OBJECT_CHANNEL:
		json = ast_channel_snapshot_to_json(snapshot, NULL);
		break;
	case OBJECT_BRIDGE:
		json = ast_bridge_snapshot_to_json(snapshot, stasis_app_get_sanitizer());
		break;
	case OBJECT_ENDPOINT:
		json = ast_endpoint_snapshot_to_json(snapshot, stasis_app_get_sanitizer());
		break;
	case OBJECT_CLASSES:
		break;
	}
	res = json ? encode_json(json, out) : -1;
	ast_json_unref(json);
	return res;
}
