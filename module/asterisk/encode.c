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
#include "encode.h"

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

/* Every event of ARI tells whose it is. */
void encode_tree(struct host_sink *sink, struct ast_json *event)
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

int encode_hides(const struct ast_channel_snapshot *snapshot)
{
	const struct stasis_message_sanitizer *sanitizer = stasis_app_get_sanitizer();

	return sanitizer && sanitizer->channel_snapshot && sanitizer->channel_snapshot(snapshot);
}

/* The members that all events of a channel have. */
static void channel_event(struct buf *out, const char *type, const struct timeval *when,
	const struct ast_channel_snapshot *snapshot)
{
	buf_adds(out, "{\"type\":\"");
	buf_adds(out, type);
	buf_adds(out, "\",\"timestamp\":");
	encode_time(out, when);
	buf_adds(out, ",\"channel\":");
	encode_channel(out, snapshot);
}

static void emit_text(struct host_sink *sink, struct buf *text)
{
	char eid[20];

	buf_adds(text, ",\"asterisk_id\":\"");
	buf_adds(text, ast_eid_to_str(eid, sizeof(eid), &ast_eid_default));
	buf_adds(text, "\"}");
	if (!text->failed) {
		sink->event(sink, text->data, text->len);
	}
	buf_free(text);
}

static void channel_gone(struct host_sink *sink, const struct timeval *when,
	const struct ast_channel_snapshot *now, const struct channel_facts *facts)
{
	struct buf text = { 0 };

	if (!keys_want_channel(sink, "ChannelDestroyed", now)) {
		return;
	}
	channel_event(&text, "ChannelDestroyed", when, now);
	buf_addf(&text, ",\"cause\":%d,\"cause_txt\":", facts->cause);
	encode_string(&text, ast_cause2str(facts->cause));
	if (facts->tech_cause) {
		buf_addf(&text, ",\"tech_cause\":%d", facts->tech_cause);
	}
	emit_text(sink, &text);
}

static void channel_dialplan(struct host_sink *sink, const struct timeval *when,
	const struct ast_channel_snapshot *now, const struct channel_facts *facts)
{
	struct buf text = { 0 };

	if (!keys_want_channel(sink, "ChannelDialplan", now)) {
		return;
	}
	channel_event(&text, "ChannelDialplan", when, now);
	buf_adds(&text, ",\"dialplan_app\":");
	encode_string(&text, facts->appl);
	buf_adds(&text, ",\"dialplan_app_data\":");
	encode_string(&text, facts->data);
	emit_text(sink, &text);
}

static void channel_caller(struct host_sink *sink, const struct timeval *when,
	const struct ast_channel_snapshot *now, const struct channel_facts *facts)
{
	struct buf text = { 0 };

	if (!keys_want_channel(sink, "ChannelCallerId", now)) {
		return;
	}
	channel_event(&text, "ChannelCallerId", when, now);
	buf_addf(&text, ",\"caller_presentation\":%d,\"caller_presentation_txt\":",
		facts->presentation);
	encode_string(&text, ast_describe_caller_presentation(facts->presentation));
	emit_text(sink, &text);
}

static void channel_plain(struct host_sink *sink, const char *type, const struct timeval *when,
	const struct ast_channel_snapshot *now)
{
	struct buf text = { 0 };

	if (!keys_want_channel(sink, type, now)) {
		return;
	}
	channel_event(&text, type, when, now);
	emit_text(sink, &text);
}

/* One change can be several events, in ARI's order. */
static void channel_changed(struct host_sink *sink, const struct timeval *when,
	const struct ast_channel_snapshot *was, const struct ast_channel_snapshot *now, int gone)
{
	struct channel_facts old, facts;

	if (encode_hides(now)) {
		return;
	}
	compat_channel_facts(now, &facts);
	if (!was) {
		channel_plain(sink, "ChannelCreated", when, now);
		return;
	}
	compat_channel_facts(was, &old);
	if (gone) {
		channel_gone(sink, when, now, &facts);
	} else if (old.state != facts.state) {
		channel_plain(sink, "ChannelStateChange", when, now);
	}
	if (!ast_strlen_zero(facts.appl) && !ast_channel_snapshot_cep_equal(was, now)) {
		channel_dialplan(sink, when, now, &facts);
	}
	if (!ast_channel_snapshot_caller_id_equal(was, now)) {
		channel_caller(sink, when, now, &facts);
	}
	if (!ast_channel_snapshot_connected_line_equal(was, now)) {
		channel_plain(sink, "ChannelConnectedLine", when, now);
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
		encode_tree(sink, bridge_event("BridgeDestroyed", when, now));
	} else if (!was) {
		encode_tree(sink, bridge_event("BridgeCreated", when, now));
	} else if (strcmp(was->video_source_id, now->video_source_id)) {
		event = bridge_event("BridgeVideoSourceChanged", when, now);
		if (event && !ast_strlen_zero(was->video_source_id)) {
			ast_json_object_set(event, "old_video_source_id", ast_json_string_create(was->video_source_id));
		}
		encode_tree(sink, event);
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
		encode_tree(sink, ast_json_pack("{s: s, s: o, s: o}", "type", "EndpointStateChange",
			"timestamp",
			ast_json_timeval(*stasis_message_timestamp(update->new_snapshot), NULL),
			"endpoint", endpoint));
	}
}

static void device_changed(struct host_sink *sink, struct stasis_message *msg)
{
	struct ast_device_state_message *device = stasis_message_data(msg);

	/* Only what all servers of a cluster make of it together. */
	if (device->eid || !keys_want_message(sink, msg)) {
		return;
	}
	encode_tree(sink, ast_json_pack("{s: s, s: o, s: {s: s, s: s}}", "type", "DeviceStateChanged",
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
	} else if (keys_want_message(sink, msg)) {
		encode_tree(sink, stasis_message_to_json(msg, stasis_app_get_sanitizer()));
	}
}

int encode_object(enum object_class class, void *snapshot, struct buf *out)
{
	struct ast_json *json = NULL;
	int res;

	switch (class) {
	case OBJECT_CHANNEL:
		encode_channel(out, snapshot);
		return out->failed ? -1 : 0;
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
