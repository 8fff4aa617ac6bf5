/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What the core's own files share: the server, its connections and requests. One thread
 * uses all of it; only the inbox is locked.
 */
#ifndef CORE_CORE_H
#define CORE_CORE_H

#include <pthread.h>
#include <time.h>

#include "ari/operation.h"
#include "auth.h"
#include "bytes.h"
#include "pool.h"
#include "server.h"
#include "store.h"
#include "ws_frame.h"

enum inbox_kind {
	INBOX_ITEM,
	INBOX_STATE,	/* an item that is never refused */
	INBOX_APP,
	INBOX_CONFIG,
	INBOX_CALL,
};

struct inbox_entry {
	struct inbox_entry *next;
	enum inbox_kind kind;
	uint64_t number;	/* the session */
	void *ptr;
	char app[];		/* INBOX_APP */
};

struct inbox {
	pthread_mutex_t lock;
	pthread_cond_t called;
	struct inbox_entry *first, **last;
	struct job *jobs, **last_job;	/* done; linked by themselves, so that none is lost */
	int events;		/* items and application events that wait */
	int events_max;
	uint64_t synced;	/* the last ticket; 0 none */
	unsigned long long lost;
	bool woken;
	bool prompt;		/* items are waited for: wake for each */
	bool closed;
};

struct session;
struct request;
struct fanout;
struct limits;
struct media;
struct speaking;

enum conn_state {
	CONN_READING,	/* a request, or waiting for one */
	CONN_BUSY,	/* a request is being carried out; input is paused */
	CONN_SOCKET,	/* a WebSocket */
	CONN_LINGER,	/* all is said; waits for the peer to close */
	CONN_DEAD,
};

struct conn {
	struct conn *next, **link;	/* the server's list */
	struct server *server;
	const struct io_ops *ops;
	void *io;
	char peer[64];
	bool tls;
	enum conn_state state;
	bool blocked;		/* the transport keeps bytes of ours: wait for writable */
	bool close_after;	/* end the connection when all is sent */
	bool greeted;		/* a first request came: from now on the idle timeout */
	bool nested;		/* request_start is running */
	bool continued;		/* 100 Continue was sent for this request */
	int64_t deadline;	/* ms, of the state; 0 none */
	struct buf in;
	struct buf out;		/* add to it by conn_out() */
	struct bytes *out_body;	/* sent behind out */
	size_t out_sent;	/* of out_body */
	int out_fd;		/* a file, sent behind out */
	struct request *request;
	struct session *session;
	char user[64];		/* of the last admitted request, for limits and listings */
	/* What the last request authenticated with, if that was a password: the next one with the
	 * same header and under the same configuration is the same user. */
	char *proof;
	size_t proof_len;
	const struct user *proof_user;
	struct config *proof_config;
};

/* The text of a whole list, of one version of the store. */
struct list_cache {
	struct bytes *bytes;
	unsigned long long version;
};

struct server {
	const struct host_ops *ops;
	void *host;
	const struct transport_ops *io_ops;	/* the transport's */
	void *transport;
	struct config *config;
	struct inbox inbox;
	struct pool *pool;	/* operations that may wait; a line for each tenant */
	struct pool *hashes;	/* passwords; a line for each address */
	struct pool *apps;	/* one thread: registers and unregisters applications */
	struct conn *conns;
	int n_conns;
	struct auth *auth;
	struct store *store;
	struct fanout *fanout;
	struct media *media;
	struct speaking *speaking;
	struct list_cache lists[OBJECT_CLASSES];
	struct limits *limits;	/* limit.c's */
	int64_t now;		/* ms, monotonic */
	uint64_t next_request, next_session, next_ticket;
	struct buf spare;	/* for whoever writes next: see conn_out() */
	struct buf scratch;	/* session_queue.c's */
	char request_prefix[9];
	char date[160];		/* reply.c's */
	time_t date_time;
	struct request *waiting;	/* for a sync */
	struct request *hashing, *refused;	/* login.c's */
	unsigned long long changes;	/* that went through here */
	unsigned long long clean;	/* of these, known to the store */
	int64_t synced_us;		/* when that was asked for */
	struct server_stats stats;
	bool ending;
	int64_t kept;		/* atomic: pause.c's */
};

/** What has been told until now is taken note of: before a request is judged. */
void server_catch_up(struct server *server);
int64_t clock_ms(void);
int64_t clock_us(void);
void server_log(struct server *server, enum host_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* inbox.c */
void inbox_init(struct inbox *inbox, int events_max);
void inbox_free(struct inbox *inbox);
struct inbox_entry *inbox_entry(enum inbox_kind kind, const char *app);
/** Any thread. False when it was not taken (full, or closed): ENTRY is still the caller's. */
bool inbox_put(struct server *server, struct inbox_entry *entry);
/** Items are waited for, or are not any more. */
void inbox_hurry(struct server *server, bool prompt);
/** Is there anything? Cheap. */
bool inbox_waits(struct inbox *inbox);
/** Any thread: a worker is done with JOB. Always taken. */
void inbox_put_job(struct server *server, struct job *job);
/** Any thread: what was put in front of it has been told when .synced is TICKET. */
void inbox_put_sync(struct server *server, uint64_t ticket);
/* What there was, in this order. */
struct inbox_batch {
	struct inbox_entry *first;
	uint64_t synced;
	struct job *jobs;
	unsigned long long lost;
};
void inbox_take_all(struct inbox *inbox, struct inbox_batch *batch);

/* pause.c */
void pause_tick(struct server *server);

/* conn.c */
/** Where to add to the output. Connections with nothing to say have no memory for it. */
struct buf *conn_out(struct conn *conn);
/** Send what is in out, out_body, out_fd. */
int conn_flush(struct conn *conn);
/** The answer is in out...: send it, go on with the next request or end. */
void conn_answered(struct conn *conn);
/** Say goodbye to a WebSocket. */
void conn_close_socket(struct conn *conn, unsigned int code, const char *reason);
void conn_kill(struct conn *conn);
void conn_forget_proof(struct conn *conn);
void conn_upgraded(struct conn *conn, struct session *session);

#endif
