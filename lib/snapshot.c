/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Snapshots by tables: a struct, its members, and which of them must be there.
 */
#include "ari/snapshot.h"

#include <string.h>

#include "error.h"
#include "json_fill.h"

struct shape {
	const char *what;		/* "channel": for messages */
	const char *id;			/* the member that it must have */
	size_t id_offset;
	size_t json_offset;
	size_t size;
	const struct arip_field *fields;
	size_t n_fields;
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define SHAPE(type, word, member, table) { \
	.what = word, .id = #member, .id_offset = offsetof(struct type, member), \
	.json_offset = offsetof(struct type, json), .size = sizeof(struct type), \
	.fields = table, .n_fields = COUNT(table), \
}

static const struct arip_field channel_fields[] = {
	ARIP_FIELD(ari_channel, id),
	ARIP_FIELD(ari_channel, name),
	ARIP_FIELD_AS(ari_channel, state_text, "state"),
	ARIP_FIELD(ari_channel, protocol_id),
	ARIP_FIELD(ari_channel, caller),
	ARIP_FIELD(ari_channel, connected),
	ARIP_FIELD(ari_channel, accountcode),
	ARIP_FIELD(ari_channel, dialplan),
	ARIP_FIELD(ari_channel, creationtime),
	ARIP_FIELD(ari_channel, language),
	ARIP_FIELD(ari_channel, channelvars),
	ARIP_FIELD(ari_channel, caller_rdnis),
	ARIP_FIELD(ari_channel, tenantid),
};

static const struct arip_field caller_fields[] = {
	ARIP_FIELD_AS(ari_channel, caller_name, "name"),
	ARIP_FIELD_AS(ari_channel, caller_number, "number"),
};

static const struct arip_field connected_fields[] = {
	ARIP_FIELD_AS(ari_channel, connected_name, "name"),
	ARIP_FIELD_AS(ari_channel, connected_number, "number"),
};

static const struct arip_field dialplan_fields[] = {
	ARIP_FIELD(ari_channel, context),
	ARIP_FIELD(ari_channel, exten),
	ARIP_FIELD(ari_channel, priority),
	ARIP_FIELD(ari_channel, app_name),
	ARIP_FIELD(ari_channel, app_data),
};

static const struct arip_field bridge_fields[] = {
	ARIP_FIELD(ari_bridge, id),
	ARIP_FIELD(ari_bridge, technology),
	ARIP_FIELD(ari_bridge, bridge_type),
	ARIP_FIELD(ari_bridge, bridge_class),
	ARIP_FIELD(ari_bridge, creator),
	ARIP_FIELD(ari_bridge, name),
	ARIP_FIELD(ari_bridge, channels),
	ARIP_FIELD(ari_bridge, creationtime),
	ARIP_FIELD(ari_bridge, video_mode),
	ARIP_FIELD(ari_bridge, video_source_id),
	ARIP_FIELD(ari_bridge, bridgevars),
};

static const struct arip_field playback_fields[] = {
	ARIP_FIELD(ari_playback, id),
	ARIP_FIELD(ari_playback, media_uri),
	ARIP_FIELD(ari_playback, next_media_uri),
	ARIP_FIELD(ari_playback, target_uri),
	ARIP_FIELD(ari_playback, language),
	ARIP_FIELD_AS(ari_playback, state_text, "state"),
};

static const struct arip_field recording_fields[] = {
	ARIP_FIELD(ari_live_recording, name),
	ARIP_FIELD(ari_live_recording, format),
	ARIP_FIELD_AS(ari_live_recording, state_text, "state"),
	ARIP_FIELD(ari_live_recording, target_uri),
	ARIP_FIELD(ari_live_recording, duration),
	ARIP_FIELD(ari_live_recording, talking_duration),
	ARIP_FIELD(ari_live_recording, silence_duration),
	ARIP_FIELD(ari_live_recording, cause),
};

static const struct arip_field stored_fields[] = {
	ARIP_FIELD(ari_stored_recording, name),
	ARIP_FIELD(ari_stored_recording, format),
};

static const struct arip_field endpoint_fields[] = {
	ARIP_FIELD(ari_endpoint, technology),
	ARIP_FIELD(ari_endpoint, resource),
	ARIP_FIELD(ari_endpoint, state),
	ARIP_FIELD(ari_endpoint, channel_ids),
};

static const struct arip_field device_fields[] = {
	ARIP_FIELD(ari_device_state, name),
	ARIP_FIELD(ari_device_state, state),
};

static const struct shape channel_shape = SHAPE(ari_channel, "channel", id, channel_fields);
static const struct shape bridge_shape = SHAPE(ari_bridge, "bridge", id, bridge_fields);
static const struct shape playback_shape = SHAPE(ari_playback, "playback", id, playback_fields);
static const struct shape recording_shape = SHAPE(ari_live_recording, "live recording", name,
						  recording_fields);
static const struct shape stored_shape = SHAPE(ari_stored_recording, "stored recording", name,
					       stored_fields);
static const struct shape endpoint_shape = SHAPE(ari_endpoint, "endpoint", resource, endpoint_fields);
static const struct shape device_shape = SHAPE(ari_device_state, "device state", name, device_fields);

static struct ari_span *span_at(void *base, size_t offset)
{
	return (struct ari_span *)(void *)((char *)base + offset);
}

static int parse(const struct shape *shape, void *out, struct ari_span json, struct ari_error *err)
{
	struct arip_json_fail fail = { json.p, "nothing there" };
	const char *end = json.p ? json.p + json.len : NULL;
	const char *p;

	memset(out, 0, shape->size);
	*span_at(out, shape->json_offset) = json;
	p = json.p ? arip_json_fill(json.p, end, 0, shape->fields, shape->n_fields, out, &fail) : NULL;
	if (p && arip_json_space(p, end) != end) {
		fail = (struct arip_json_fail){ p, "something follows the object" };
		p = NULL;
	}
	if (!p)
		return arip_json_report(&fail, json.p, err);
	if (ari_json_type(*span_at(out, shape->id_offset)) != ARI_JSON_STRING)
		return arip_error_set(err, ARI_EPROTOCOL, "a %s without \"%s\"", shape->what, shape->id);
	return 0;
}

/* An object inside one that was checked. */
static void parse_part(struct ari_span part, const struct arip_field *fields, size_t n_fields, void *out)
{
	struct arip_json_fail fail;

	if (ari_json_type(part) == ARI_JSON_OBJECT)
		arip_json_fill(part.p, part.p + part.len, 0, fields, n_fields, out, &fail);
}

/* States by name; servers differ in the spelling of one. */
static const struct {
	const char *name;
	enum ari_channel_state state;
} channel_states[] = {
	{ "Down", ARI_CHANNEL_DOWN },
	{ "Rsrvd", ARI_CHANNEL_RESERVED },
	{ "Rsrved", ARI_CHANNEL_RESERVED },
	{ "OffHook", ARI_CHANNEL_OFFHOOK },
	{ "Dialing", ARI_CHANNEL_DIALING },
	{ "Ring", ARI_CHANNEL_RING },
	{ "Ringing", ARI_CHANNEL_RINGING },
	{ "Up", ARI_CHANNEL_UP },
	{ "Busy", ARI_CHANNEL_BUSY },
	{ "Dialing Offhook", ARI_CHANNEL_DIALING_OFFHOOK },
	{ "Pre-ring", ARI_CHANNEL_PRERING },
};

static bool is_text(struct ari_span value, const char *text)
{
	size_t len = strlen(text);

	return value.len == len + 2 && !memcmp(value.p + 1, text, len);
}

static enum ari_channel_state channel_state(struct ari_span text)
{
	for (size_t i = 0; i < COUNT(channel_states); i++) {
		if (is_text(text, channel_states[i].name))
			return channel_states[i].state;
	}
	return ARI_CHANNEL_UNKNOWN;
}

const char *ari_channel_state_name(enum ari_channel_state state)
{
	for (size_t i = COUNT(channel_states); i-- > 0;) {
		if (channel_states[i].state == state)
			return channel_states[i].name;
	}
	return "Unknown";
}

static enum ari_media_state media_state(struct ari_span text)
{
	static const char *const names[] = {
		[ARI_MEDIA_UNKNOWN] = "",
		[ARI_MEDIA_QUEUED] = "queued",
		[ARI_MEDIA_PLAYING] = "playing",
		[ARI_MEDIA_CONTINUING] = "continuing",
		[ARI_MEDIA_RECORDING] = "recording",
		[ARI_MEDIA_PAUSED] = "paused",
		[ARI_MEDIA_DONE] = "done",
		[ARI_MEDIA_FAILED] = "failed",
		[ARI_MEDIA_CANCELED] = "canceled",
	};

	for (size_t i = 1; i < COUNT(names); i++) {
		if (is_text(text, names[i]))
			return (enum ari_media_state)i;
	}
	return ARI_MEDIA_UNKNOWN;
}

int ari_channel_parse(struct ari_channel *channel, struct ari_span json, struct ari_error *err)
{
	if (parse(&channel_shape, channel, json, err))
		return -1;
	parse_part(channel->caller, caller_fields, COUNT(caller_fields), channel);
	parse_part(channel->connected, connected_fields, COUNT(connected_fields), channel);
	parse_part(channel->dialplan, dialplan_fields, COUNT(dialplan_fields), channel);
	channel->state = channel_state(channel->state_text);
	return 0;
}

int ari_bridge_parse(struct ari_bridge *bridge, struct ari_span json, struct ari_error *err)
{
	return parse(&bridge_shape, bridge, json, err);
}

int ari_playback_parse(struct ari_playback *playback, struct ari_span json, struct ari_error *err)
{
	if (parse(&playback_shape, playback, json, err))
		return -1;
	playback->state = media_state(playback->state_text);
	return 0;
}

int ari_live_recording_parse(struct ari_live_recording *recording, struct ari_span json,
			     struct ari_error *err)
{
	if (parse(&recording_shape, recording, json, err))
		return -1;
	recording->state = media_state(recording->state_text);
	return 0;
}

int ari_stored_recording_parse(struct ari_stored_recording *recording, struct ari_span json,
			       struct ari_error *err)
{
	return parse(&stored_shape, recording, json, err);
}

int ari_endpoint_parse(struct ari_endpoint *endpoint, struct ari_span json, struct ari_error *err)
{
	return parse(&endpoint_shape, endpoint, json, err);
}

int ari_device_state_parse(struct ari_device_state *device, struct ari_span json, struct ari_error *err)
{
	return parse(&device_shape, device, json, err);
}
