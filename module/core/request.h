/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * One request on its way through the core: from a connection (REST) or from a session
 * (REST over WebSocket). It goes
 *
 *   request_start     prefix, CORS                                        request.c
 *   login_check       authentication (a worker for crypt)                 login.c
 *   request_admitted  the user's limits                                   request.c
 *   request_dispatch  path, parameters, operation, authorisation          request.c, _body, _given
 *   answered by       the core itself (lists, docs) or the host, in place or in a worker
 *                                                                         request_call.c
 *   request_done      the answer's bytes, back to where it came from      reply.c
 *
 * It owns the bytes it was parsed from, so its connection may go at any time.
 */
#ifndef CORE_REQUEST_H
#define CORE_REQUEST_H

#include "ari/json.h"
#include "core.h"
#include "route.h"

/* The one member of a body that cannot stand in a query, still in its text. */
struct given_part {
	const char *name;		/* NULL: none */
	struct ari_span value;
};

struct request {
	struct job job;
	struct look *look;		/* the look-ups of a list: see media.c */
	struct request *next;		/* of those that wait for a sync */
	uint64_t ticket;
	unsigned long long sync_changes;
	int64_t sync_us;
	struct server *server;
	struct conn *conn;		/* NULL when it is gone, or for a session's */
	uint64_t session;		/* 0: REST */
	char *transaction_id, *request_id;
	struct config *config;
	const struct user *user;	/* of config */
	uint64_t number;
	char peer[64];
	struct buf in;
	struct http_request http;
	const char *path;		/* behind the prefix, encoded */
	char *host_path;		/* what the host gets instead: see settle_path */
	struct uri_path segments;
	struct uri_params params;	/* as sent */
	struct uri_params given;	/* merged, one of each name: what is judged */
	struct given_part given_part;
	char *given_body;
	size_t given_body_len;
	char odd[120], wrong[120];	/* what is wrong with them: for users with limits, for all */
	bool settled;
	struct route route;
	struct host_call call;
	struct host_reply reply;
	struct bytes *body;		/* the answer's body where it is shared */
	struct auth_try try;
	int64_t arrived;		/* ms */
	int64_t due;			/* when a refused login is told so */
	struct request *followers;	/* login.c's: who says the same words while they are hashed */
	uint64_t opening;		/* the session that this opens */
	char *own_uri, *own_text, *body_type;	/* of a session's request */
	char *own_body;		/* the JSON that XML meant */
	bool xml;		/* a session's client wants XML */
	size_t own_params;		/* so many of params are allocated one by one, from the first */
	bool stale;
	bool proven;			/* by what the connection remembers */
	bool finished;
	void (*resume)(struct request *req);	/* behind a sync */
};

void request_start(struct conn *conn, struct buf *in, const struct http_request *http);
/** The path, parameters and body are set, the user is known: find out what to do, and do it. */
void request_dispatch(struct request *req);
/** Answer with an error of our own. */
void request_fail(struct request *req, int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/** Answer that too much waits already. */
void request_busy(struct request *req);
/** The user is known: count the request, and go on. */
void request_admitted(struct request *req);
/** The reply is complete. */
void request_done(struct request *req);
void request_free(struct request *req);
/* request_body.c */
/** Read the body as what its Content-Type says. 0, or -1 when that was answered with an error. */
int request_take_body(struct request *req);
/** Is there a form of answer that the client takes? 0, or -1 when there is none, and that was
 * answered. */
int request_take_accept(struct request *req);

/* request_call.c */
/** Carry the operation out, here or in a worker. */
void request_invoke(struct request *req);
/** Call RESUME when all that happened before now has been seen. */
void request_sync(struct request *req, void (*resume)(struct request *req));
void request_synced(struct server *server, uint64_t ticket);

/* request_given.c */
/** Merge what was sent into .given; what is wrong with it is in .odd and .wrong. */
void request_settle(struct request *req);
/** Put VALUE, which is given away, in place of what NAME (static text) had. 0 or -1. */
int request_give(struct request *req, const char *name, char *value);
/** Let the host have what was judged, and nothing else. */
void request_hand_on(struct request *req);
void request_forget_given(struct request *req);

/* reply.c */
const char *status_text(int status);
/** The answer as bytes, into conn->out. */
void reply_write(struct request *req, struct conn *conn);
/** The body in the form that the client wants, XML or (over HTTP, if so configured) readable. */
void reply_convert(struct request *req);
/** CORS lines for an allowed Origin; false when there is an Origin that is not allowed. */
bool reply_cors(const struct config *config, const struct http_request *http, struct buf *headers);
/** Does the client rather have XML than JSON? */
bool reply_wants_xml(const struct http_request *http);
/** A refusal before there is a request to speak of. */
void reply_refuse(struct conn *conn, int status, const char *why);

/* list.c */
/** Answer a list, or a channel, from the store; false when this is no such request. */
bool list_answer(struct request *req);

/* session.c */
void session_connect(struct request *req);

#endif
