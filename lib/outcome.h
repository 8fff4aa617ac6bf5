/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What the state machines of outcome_*.c share: the watch itself, and what each kind implements.
 */
#ifndef ARIP_OUTCOME_H
#define ARIP_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "ari/outcome.h"

#define ARIP_NEVER UINT64_MAX

/* One kind of watch. All three may be called in any order with anything. */
struct arip_watch_ops {
	void (*event)(struct ari_watch *watch, const struct ari_event *event, uint64_t now);
	void (*tick)(struct ari_watch *watch, uint64_t now);
	void (*answer)(struct ari_watch *watch, enum ari_question question, int status, uint64_t now);
};

struct ari_watch {
	const struct arip_watch_ops *ops;
	struct ari_outcome outcome;
	char *id;
	char *peer;		/* call: the other half of a Local channel, "ID;2" */
	char *target;		/* "channel:ID", or NULL */
	char *media;
	bool sentinel;
	unsigned ring_ms;
	unsigned max_ms;
	char terminate_on;	/* '\0' none, 'a' any, or the digit */

	uint64_t started;	/* ARIP_NEVER until ari_watch_started */
	uint64_t deadline;	/* conclude then, or ARIP_NEVER */
	uint64_t ask_at;	/* put the next question then, or ARIP_NEVER */
	unsigned asked;		/* how many questions were put since it began */
	enum ari_question question;	/* due now */

	bool cancelled;
	bool begun;		/* PlaybackStarted, RecordingStarted, Dial */
	bool ended;		/* an event said so; what is left is to find out why */
	bool hangup;		/* of the channel was requested */
	bool hangup_soft;	/* by a client or the console, not by the far end */
	bool target_gone;	/* channel destroyed, bridge destroyed */
	bool empty;		/* the last one left the bridge */
	bool too_late;		/* it began when the channel had hung up already */
	bool up;
	bool peer_known;
	bool peer_gone;
	char digit;		/* the last one received */
	int request_cause;	/* of the hang-up request */
	int64_t begun_stamp;	/* the server's clock, ms; 0 unknown */
	int64_t left_stamp;	/* when a channel left and one or none remained; 0 never */
};

extern const struct arip_watch_ops arip_watch_call;
extern const struct arip_watch_ops arip_watch_play;
extern const struct arip_watch_ops arip_watch_record;
extern const struct arip_watch_ops arip_watch_continue;

/** End the watch in STATE, unless it has ended; the reason may be NULL. */
void arip_watch_end(struct ari_watch *watch, enum ari_outcome_state state, const char *reason);

/** True when the id of the object JSON (a channel, bridge, playback) is TEXT. */
bool arip_watch_is(struct ari_span json, const char *text);

/** Note what an event says about the target of a playback or a recording. */
void arip_watch_target_event(struct ari_watch *watch, const struct ari_event *event, uint64_t now);

/** Note that EVENT, the final one, came right after the last channel left the bridge. One may remain in the list: the
 * announcer or recorder that Asterisk itself put there. */
void arip_watch_was_left(struct ari_watch *watch, const struct ari_event *event);

/** Conclude at the latest MS from now. */
void arip_watch_within(struct ari_watch *watch, uint64_t now, unsigned ms);

/** Plan the next question, with a growing pause: 100 ms at first, 2 s in the end. */
void arip_watch_ask_later(struct ari_watch *watch, uint64_t now);

/** An ARI time stamp in milliseconds, 0 when it is none. */
int64_t arip_stamp(struct ari_span timestamp);

/** Copy cause, its text and the SIP code of EVENT into the outcome, where it has them. */
void arip_watch_cause(struct ari_watch *watch, const struct ari_event *event);

#endif
