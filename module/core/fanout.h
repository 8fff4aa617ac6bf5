/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The common stream: every event of the host once, numbered, encoded once, offered to each
 * session that wants all, and kept in a ring for those that come back ("since"). While
 * nobody listens, and nobody did lately, events are only counted; an event that nobody's
 * filter lets through is not even encoded, and leaves its number in the ring.
 *
 * Items that came faster than the core could take them are lost, and with them what they said
 * of objects. The host is then asked to tell of every object again ("retell"); when it has,
 * what it did not name is gone, and the sessions are told that there was a gap.
 */
#ifndef CORE_FANOUT_H
#define CORE_FANOUT_H

#include "core.h"
#include "pace.h"
#include "ring.h"
#include "viewer.h"

struct session;

struct fanout {
	struct server *server;
	struct session *sessions;
	struct viewers viewers;
	int n_sessions;
	int n_all;			/* sessions that want all */
	int n_single;			/* ... and that found no place among the viewers */
	unsigned long long seq;		/* of the newest event */
	char epoch[17];
	struct ring ring;
	struct pace pace;
	bool pausing;			/* events come together meanwhile */
	unsigned long long missed;	/* lost, and not told yet */
	bool retelling, again;		/* more was lost meanwhile */
};

struct fanout *fanout_new(struct server *server);
void fanout_free(struct fanout *fanout);
void fanout_resize(struct fanout *fanout, int history);
/** One item of the host's stream. */
void fanout_item(struct fanout *fanout, void *item);
/** An event of the core's own. */
void fanout_event(struct fanout *fanout, const char *json, size_t len);
/** N items were lost before they came here. */
void fanout_lost(struct fanout *fanout, unsigned long long n);
/** Send what the sessions have queued, unless there is a pause. */
void fanout_push(struct fanout *fanout);
/** Now and then: forget who did not come back. */
void fanout_tick(struct fanout *fanout);
void fanout_add(struct fanout *fanout, struct session *session);
void fanout_remove(struct fanout *fanout, struct session *session);
/** The session's user or filter is another now. */
void fanout_rejoin(struct fanout *fanout, struct session *session);
/** Is all that SESSION would have been told behind SEQ still here? */
bool fanout_can_replay(const struct fanout *fanout, const struct session *session,
		       unsigned long long seq);
/** Queue it. */
void fanout_replay(struct fanout *fanout, struct session *session, unsigned long long seq);

#endif
