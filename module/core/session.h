/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * A session is one WebSocket: who it belongs to, which applications it has, what it filters,
 * and a bounded queue of what it has yet to read. Queue entries share the events' bytes.
 *
 * There are two kinds of events: an application's own (the host hands them to the session
 * that registered it), and the common stream of everything, which the fan-out offers to
 * each session that asked for all.
 */
#ifndef CORE_SESSION_H
#define CORE_SESSION_H

#include "core.h"
#include "filter.h"

#define SESSION_APPS_MAX 64

struct queued {
	struct bytes *event;	/* JSON from behind the opening brace, or a whole frame */
	unsigned long long seq;	/* 0: none is told */
	short app;		/* index of the application to name, or -1 */
	bool counted;		/* in bytes */
	bool mark;		/* says where the stream stands: prev of what follows */
};

struct session_app {
	char *name;
	bool lost;		/* somebody else has taken it over */
};

struct pending;

struct session {
	struct session *next, **link;
	struct server *server;
	struct conn *conn;		/* NULL: gone */
	uint64_t id;
	struct config *config;
	const struct user *user;
	char peer[64];
	struct session_app *app;
	size_t n_apps;
	char *apps;			/* as given, for listings */
	bool all;			/* gets the common stream */
	bool observer;			/* has no application */
	bool speakers;			/* knows BridgeSpeakersChanged: no client of plain ARI */
	bool beginning;			/* is being told how things are, or what it missed */
	bool begun;			/* knows where in the common stream it begins */
	int viewer;			/* see viewer.h; -1: none had room */
	bool numbered;			/* events carry seq and prev */
	unsigned long long last_seq;	/* of the last that was sent */
	struct filter filter;
	char *filter_text;		/* as given */
	bool xml;
	struct ws_reader reader;
	struct queued *queue;		/* a ring */
	size_t size, head, count, bytes;
	time_t expires;			/* of the key that opened it; 0 never */
	int64_t over_since;		/* above the soft limit since then, or 0 */
	unsigned long long sent, lost;
	int64_t heard, pinged;
	uint64_t told[8];		/* user events from the common stream: see user_event.c */
	unsigned int n_told;
	bool ready;			/* 101 was sent */
	struct pending *pending;	/* requests over this socket, in order */
	size_t n_pending;
	bool busy, starting;		/* one is under way; one is being begun */
	bool registered;
	struct app_job *farewell;	/* made beforehand: it must not fail */
	bool closing;			/* nothing more is queued */
};

/** Frames came. -1: end the connection. */
int session_input(struct session *session, struct buf *in);
/** Move what is queued into the connection's output, as much as it should take. */
void session_fill(struct session *session);
/** The connection is gone. */
void session_gone(struct session *session);
/** An answer to a request over the socket. */
void session_reply(struct request *req);
/** Queue an event: JSON text from behind its '{', to be told as application APP's (-1: none). */
void session_queue(struct session *session, struct bytes *tail, int app, unsigned long long seq);
/** Queue a whole JSON text; one that could not be made (LEN 0) is the session's end. */
void session_queue_text(struct session *session, const char *json, size_t len);
/** Queue one behind which the stream goes on from SEQ. */
void session_queue_mark(struct session *session, const char *json, size_t len,
			unsigned long long seq);
/** Send what is queued now. */
void session_push(struct session *session);
/** An application's event, from the host. */
void session_app_event(struct server *server, uint64_t id, const char *app, void *event);
/** Pings, limits, and whether the user may still be here. */
void session_tick(struct session *session);
/** The configuration changed. */
void session_reconfigure(struct session *session);
struct session *session_find(struct server *server, uint64_t id);

#endif
