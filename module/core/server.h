/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The core as hosts and transports see it.
 *
 *   transport (listener_lws.c, or a test)        host (module/asterisk, or a test)
 *      bytes in/out, timers, one thread             operations, events, applications
 *                 \                                     /
 *                  server: connections -> requests -> authentication -> authorisation
 *                          -> host, and events -> filters -> sessions' queues
 *
 * Everything but server_post_*() is called in the core's thread, which is the transport's.
 */
#ifndef CORE_SERVER_H
#define CORE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "host.h"

struct server;
struct conn;

/* What is done with a connection; IO is its own handle of it. */
struct io_ops {
	/* Send LEN bytes; what the network does not take at once is kept there. 0 go on, 1 wait
	 * for server_writable first, -1 the connection is dead. */
	int (*write)(void *io, const char *data, size_t len);
	/* Call server_writable as soon as there is room. */
	void (*want_write)(void *io);
	void (*pause_reading)(void *io, bool pause);
	/* No more output comes: tell the peer, keep reading. */
	void (*finish_writing)(void *io);
	/* End it; server_closed follows, now or later. */
	void (*close)(void *io);
};

/* What a transport does for the core. */
struct transport_ops {
	/* Any thread: have server_wake called soon. */
	void (*wake)(void *transport);
	/* The core's thread: have server_wake called once, in US microseconds. NULL: nothing is put
	 * off. */
	void (*wake_later)(void *transport, int us);
};

struct server_stats {
	int connections, sessions, jobs_waiting, threads;
	unsigned long long requests, events, delivered, dropped, refused_logins, slow_closed;
};

struct server *server_new(const struct host_ops *host_ops, void *host, struct config *config);
/** Attach the transport, before the first connection. */
void server_set_transport(struct server *server, const struct transport_ops *ops, void *transport);
/** Start no operation any more, what comes waits, and wait MS at most for those that run. False
 * when some still do. Any thread but the core's and the workers'. */
bool server_pause(struct server *server, int ms);
/** Go on where server_pause() stopped. The host's .idle follows when what ran meanwhile is over. */
void server_resume(struct server *server);
/** Is the caller a thread of the workers'? */
bool server_is_worker(struct server *server);
/** In the core's thread, before the last of it: say goodbye to all. */
void server_end(struct server *server);
/** After the transport closed all connections and ended its thread: end the workers, give back
 * all applications. Not in a host's callback. */
void server_free(struct server *server);

/* From the transport. PEER is an address without port. NULL: refused, close it. */
struct conn *server_open(struct server *server, const struct io_ops *ops, void *io,
			 const char *peer, bool tls);
/** Bytes came. -1: close it now. */
int server_input(struct conn *conn, const char *data, size_t len);
int server_writable(struct conn *conn);
void server_closed(struct conn *conn);
void server_wake(struct server *server);
/** Four times a second. */
void server_tick(struct server *server);

/* From the host, any thread. Ownership of ITEM and EVENT passes to the core. */
void server_post_item(struct server *server, void *item);
/** An item that retell() asked for: as many as there are objects, never refused. */
void server_post_state(struct server *server, void *item);
void server_post_app(struct server *server, uint64_t session, const char *app, void *event);
void server_post_sync(struct server *server, uint64_t ticket);
/** A new configuration, which becomes the server's. */
void server_post_config(struct server *server, struct config *config);
/** Have FN called in the core's thread, and wait for it. For consoles. False when it is ending. */
bool server_call(struct server *server, void (*fn)(struct server *server, void *arg), void *arg);

/* In the core's thread, for consoles. */
void server_stats(struct server *server, struct server_stats *stats);
struct session_row {
	const char *id, *user, *peer, *apps;
	unsigned long long sent, dropped;
	size_t queued;
};
void server_each_session(struct server *server,
			 void (*fn)(void *arg, const struct session_row *row), void *arg);
/* What runs in the workers. Any thread. */
struct operation_row {
	const char *name;	/* "bridges.addChannel" */
	const char *path, *user;	/* "" where there is none */
	int64_t ms;		/* for so long */
};
void server_each_operation(struct server *server,
			   void (*fn)(void *arg, const struct operation_row *row), void *arg);
struct config *server_config(struct server *server);

#endif
