/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Snapshots: what the server says about a channel, bridge, playback, recording, endpoint or device
 * at one moment, as borrowed spans into its JSON (raw values, strings with their quotes; read them
 * with ari_json_text and friends). Members that a server's version does not send are {NULL, 0};
 * members that we do not know are skipped. Covers Asterisk 16 to 23.
 *
 * Every parser checks the text that it walks over and returns 0, or -1 with ERR when it is no such
 * object or lacks its id.
 */
#ifndef ARI_SNAPSHOT_H
#define ARI_SNAPSHOT_H

#include "error.h"
#include "json.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

enum ari_channel_state {
	ARI_CHANNEL_UNKNOWN = 0,
	ARI_CHANNEL_DOWN,
	ARI_CHANNEL_RESERVED,
	ARI_CHANNEL_OFFHOOK,
	ARI_CHANNEL_DIALING,
	ARI_CHANNEL_RING,
	ARI_CHANNEL_RINGING,
	ARI_CHANNEL_UP,
	ARI_CHANNEL_BUSY,
	ARI_CHANNEL_DIALING_OFFHOOK,
	ARI_CHANNEL_PRERING,
};

struct ari_channel {
	enum ari_channel_state state;
	struct ari_span json;
	struct ari_span id;
	struct ari_span name;
	struct ari_span state_text;
	struct ari_span protocol_id; /* 20 and later: the SIP Call-ID */
	struct ari_span caller;	     /* {"name":..., "number":...} */
	struct ari_span caller_name;
	struct ari_span caller_number;
	struct ari_span caller_rdnis; /* 20 and later */
	struct ari_span connected;
	struct ari_span connected_name;
	struct ari_span connected_number;
	struct ari_span accountcode;
	struct ari_span dialplan;
	struct ari_span context;
	struct ari_span exten;
	struct ari_span priority;
	struct ari_span app_name; /* newer servers: what it executes */
	struct ari_span app_data;
	struct ari_span creationtime;
	struct ari_span language;
	struct ari_span channelvars;
	struct ari_span tenantid; /* 20.10, 22 and later */
};
int ari_channel_parse(struct ari_channel *channel, struct ari_span json, struct ari_error *err);

/** "Up" for ARI_CHANNEL_UP: ARI's spelling. Never NULL. */
const char *ari_channel_state_name(enum ari_channel_state state);

struct ari_bridge {
	struct ari_span json;
	struct ari_span id;
	struct ari_span technology;
	struct ari_span bridge_type;
	struct ari_span bridge_class;
	struct ari_span creator;
	struct ari_span name;
	struct ari_span channels; /* array of channel ids: ari_json_iter walks it */
	struct ari_span creationtime;
	struct ari_span video_mode;
	struct ari_span video_source_id;
	struct ari_span bridgevars;
};
int ari_bridge_parse(struct ari_bridge *bridge, struct ari_span json, struct ari_error *err);

enum ari_media_state {
	ARI_MEDIA_UNKNOWN = 0,
	ARI_MEDIA_QUEUED,
	ARI_MEDIA_PLAYING,
	ARI_MEDIA_CONTINUING,
	ARI_MEDIA_RECORDING,
	ARI_MEDIA_PAUSED,
	ARI_MEDIA_DONE,
	ARI_MEDIA_FAILED,
	ARI_MEDIA_CANCELED,
};

struct ari_playback {
	enum ari_media_state state;
	struct ari_span json;
	struct ari_span id;
	struct ari_span media_uri;
	struct ari_span next_media_uri;
	struct ari_span target_uri; /* "channel:ID" or "bridge:ID" */
	struct ari_span language;
	struct ari_span state_text;
};
int ari_playback_parse(struct ari_playback *playback, struct ari_span json, struct ari_error *err);

struct ari_live_recording {
	enum ari_media_state state;
	struct ari_span json;
	struct ari_span name; /* the name is the id */
	struct ari_span format;
	struct ari_span target_uri;
	struct ari_span state_text;
	struct ari_span duration; /* seconds */
	struct ari_span talking_duration;
	struct ari_span silence_duration;
	struct ari_span cause;
};
int ari_live_recording_parse(struct ari_live_recording *recording, struct ari_span json,
			     struct ari_error *err);

struct ari_stored_recording {
	struct ari_span json;
	struct ari_span name;
	struct ari_span format;
};
int ari_stored_recording_parse(struct ari_stored_recording *recording, struct ari_span json,
			       struct ari_error *err);

struct ari_endpoint {
	struct ari_span json;
	struct ari_span technology;
	struct ari_span resource;
	struct ari_span state; /* "online", "offline", "unknown", or absent */
	struct ari_span channel_ids;
};
int ari_endpoint_parse(struct ari_endpoint *endpoint, struct ari_span json, struct ari_error *err);

struct ari_device_state {
	struct ari_span json;
	struct ari_span name;
	struct ari_span state;
};
int ari_device_state_parse(struct ari_device_state *device, struct ari_span json,
			   struct ari_error *err);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
