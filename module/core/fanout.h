/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The common stream: every event of the host once, numbered, encoded once, offered to each
 * session that wants all, and kept in a ring for those that come back ("since"). While
 * nobody listens, and nobody did lately, events are only counted.
 */
#ifndef CORE_FANOUT_H
#define CORE_FANOUT_H

#include "core.h"

struct session;

struct fanout_event {
	unsigned long long seq;
	struct bytes *tail;	/* the JSON text behind its '{' */
};

struct fanout {
	struct server *server;
	struct session *sessions;
	int n_sessions, n_all;
	unsigned long long seq;		/* of the newest event */
	char epoch[17];
	struct fanout_event *ring;
	size_t size, head, count, bytes;
	int64_t idle_since;		/* nobody listens since then; 0: somebody does */
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
/** Send what the sessions have queued. */
void fanout_push(struct fanout *fanout);
void fanout_add(struct fanout *fanout, struct session *session);
void fanout_remove(struct fanout *fanout, struct session *session);
/** Queue all events behind SEQ for SESSION; false when some of them are gone. */
bool fanout_replay(struct fanout *fanout, struct session *session, unsigned long long seq);

#endif
