/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * How a thing that was started ended: a call, a playback, a recording, a way back to the dialplan.
 * A watch is a pure state machine: it is fed events, the answers to the questions that it asks, and
 * the time, and says in the end what became of the thing. It sends nothing, so that a blocking
 * command, a terminal program and a daemon can all use it. It asks, because Asterisk does not
 * always say: a playback whose last media has an unknown scheme starts and is never heard of again.
 *
 * Use: make the watch, subscribe to its target, start the thing (ari_watch_started), then feed
 * events; when ari_watch_due() has passed, call ari_watch_tick() and put the question that
 * ari_watch_question() returns.
 */
#ifndef ARI_OUTCOME_H
#define ARI_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "event.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

enum ari_outcome_state {
	ARI_OUTCOME_PENDING = 0,
	ARI_OUTCOME_ANSWERED, /* call: up, and in the application that it was originated into */
	ARI_OUTCOME_BUSY,
	ARI_OUTCOME_NO_ANSWER,
	ARI_OUTCOME_CONGESTION,
	ARI_OUTCOME_REJECTED,	 /* the far end declined, or hung up instead of answering */
	ARI_OUTCOME_UNREACHABLE, /* nobody there: no such extension, number or endpoint */
	ARI_OUTCOME_FINISHED,	 /* heard, recorded, arrived: to the end */
	ARI_OUTCOME_STOPPED,	 /* somebody stopped or discarded it */
	ARI_OUTCOME_HUNG_UP,	 /* the channel or bridge went away before the end */
	ARI_OUTCOME_CANCELLED,	 /* by us, or the call was hung up while it rang */
	ARI_OUTCOME_FAILED,
};

struct ari_outcome {
	enum ari_outcome_state state;
	int cause;	  /* Q.850, 0 unknown */
	int sip_code;	  /* newer servers: the SIP status, 0 unknown */
	long duration_ms; /* played or recorded, as far as the events tell; ringing, for a call; -1
			     unknown */
	long talking_s;	  /* recording with a silence limit; -1 unknown */
	long silence_s;
	char cause_text[64]; /* the server's words for the cause, or "" */
	char dialstatus[32]; /* the last of the call, or "" */
	char reason[192];    /* why, in one line without a full stop, or "" */
};

enum ari_watch_kind {
	ARI_WATCH_CALL,	    /* id: the channel, originated into an application of the watcher's */
	ARI_WATCH_PLAY,	    /* id: the playback, of one media */
	ARI_WATCH_RECORD,   /* id: the recording's name */
	ARI_WATCH_CONTINUE, /* id: the channel */
};

/* Played after a media that can be stopped: ends at once, without a sound. A playback that was
 * stopped ends in the media before it; without this, "stopped" and "done" look the same to
 * everybody. */
#define ARI_WATCH_SENTINEL "digits:"

struct ari_watch_options {
	enum ari_watch_kind kind;
	const char *id;
	const char *peer;	  /* call: the other half of a Local channel; NULL: "ID;2" */
	const char *target;	  /* play, record: "channel:ID" or "bridge:ID" */
	const char *media;	  /* play: the URI */
	bool sentinel;		  /* play: ARI_WATCH_SENTINEL follows the media */
	unsigned ring_ms;	  /* call: how long it may ring; 0: unknown */
	unsigned max_ms;	  /* record: the limit of its duration; 0: none */
	const char *terminate_on; /* record: "none", "any", "*", "#"; NULL: none */
};

enum ari_question {
	ARI_ASK_NOTHING = 0,
	ARI_ASK_PLAYBACK, /* playbacks.get */
	ARI_ASK_LIVE,	  /* recordings.getLive */
	ARI_ASK_STORED,	  /* recordings.getStored */
	ARI_ASK_CHANNEL,  /* channels.get */
};

struct ari_watch;

/** A new watch; strings are copied. NULL with ERR: no id, or memory is short. */
struct ari_watch *ari_watch_new(const struct ari_watch_options *options, struct ari_error *err);
void ari_watch_free(struct ari_watch *watch);

/** The server has taken the request: the clock starts. Times are milliseconds of any steady clock.
 */
void ari_watch_started(struct ari_watch *watch, uint64_t now);

/** An event of the server, about this thing or not. */
void ari_watch_event(struct ari_watch *watch, const struct ari_event *event, uint64_t now);

/** Time passes: call it when ari_watch_due() says so, or at any time. */
void ari_watch_tick(struct ari_watch *watch, uint64_t now);

/** When ari_watch_tick() is needed next; UINT64_MAX: never. */
uint64_t ari_watch_due(const struct ari_watch *watch);

/** What to ask the server now (the id is that of the watch), once: it is ARI_ASK_NOTHING until the
 * next is due. */
enum ari_question ari_watch_question(struct ari_watch *watch);

/** The answer: the HTTP status (0: none came). */
void ari_watch_answer(struct ari_watch *watch, enum ari_question question, int http_status,
		      uint64_t now);

/** We gave it up ourselves: what comes now is CANCELLED unless it had ended already. */
void ari_watch_cancel(struct ari_watch *watch, uint64_t now);

const char *ari_watch_id(const struct ari_watch *watch);

/** The outcome so far; owned by the watch. */
const struct ari_outcome *ari_watch_outcome(const struct ari_watch *watch);

/** "no-answer". Never NULL. */
const char *ari_outcome_name(enum ari_outcome_state state);

/** The words for Q.850 CAUSE ("User busy"), NULL when it has none. */
const char *ari_cause_text(int cause);

/** "busy (cause 17, User busy; SIP 486)" into BUF, always terminated; returns BUF. */
char *ari_outcome_text(const struct ari_outcome *outcome, char *buf, size_t size);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
