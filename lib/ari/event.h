/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * One event, read in place: the text is checked and its members are found in a single pass, and
 * every span points into the caller's text. A type or a member that this library does not know is
 * no error: the kind is ARI_EVENT_UNKNOWN, and ari_json_get(event->json, ...) finds the rest.
 */
#ifndef ARI_EVENT_H
#define ARI_EVENT_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "event_kind.h"
#include "json.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

/* The type of the synthetic event that says "events were lost here":
 * {"type":"x-gap","x-synthetic":true, "timestamp":...,"application":...,"since":<timestamp of the
 * last event before it, or null>, "lost_ms":<length of the interruption>,"reason":<text>}. What
 * changed meanwhile follows as synthetic events where a model is kept. */
#define ARI_EVENT_GAP_TYPE "x-gap"

/* Spans are raw JSON values (strings with their quotes); p is NULL where the event has no such
 * member. */
struct ari_event {
	enum ari_event_kind kind;
	bool gap;	/* type is ARI_EVENT_GAP_TYPE; the kind is ARI_EVENT_UNKNOWN */
	bool synthetic; /* made by this library ("x-synthetic":true), not sent by the server */
	struct ari_span json; /* the whole event */

	struct ari_span type;
	struct ari_span timestamp;
	struct ari_span application;
	struct ari_span asterisk_id;

	/* objects: snapshot.h reads them */
	struct ari_span channel;
	struct ari_span bridge;
	struct ari_span playback;
	struct ari_span recording;
	struct ari_span endpoint;
	struct ari_span device_state;
	struct ari_span
		replace_channel;     /* StasisStart, transfers: the channel whose place is taken */
	struct ari_span bridge_from; /* BridgeMerged */
	struct ari_span peer;	     /* Dial: a channel. PeerStatusChange: a peer */
	struct ari_span caller;	     /* Dial */
	struct ari_span forwarded;   /* Dial */

	/* details */
	struct ari_span args; /* StasisStart */
	struct ari_span dialstatus;
	struct ari_span dialstring;
	struct ari_span cause;
	struct ari_span cause_txt;
	struct ari_span tech_cause;
	struct ari_span digit;
	struct ari_span duration;    /* ChannelTalkingFinished: ms */
	struct ari_span duration_ms; /* ChannelDtmfReceived */
	struct ari_span variable;
	struct ari_span value;
	struct ari_span eventname;
	struct ari_span userevent;
};

/** Check the LEN bytes at JSON (an object with a "type") and find its members. EVENT borrows them.
 * 0, or -1 with ERR saying what is wrong and at which byte. */
int ari_event_parse(struct ari_event *event, const char *json, size_t len, struct ari_error *err);

/** The raw value of the id that the event is about: of its channel (or a dialled peer), else
 * bridge, playback, recording (its name) or endpoint (its resource). {NULL, 0} when it has none. */
struct ari_span ari_event_id(const struct ari_event *event);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
