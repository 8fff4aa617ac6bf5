/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * A host and a network of the tests' own. The host knows a fixed set of objects, and an
 * operation on an id that it does not know is a 404, as Asterisk's; it notes each call. The
 * network hands bytes to the core and keeps what comes out.
 */
#ifndef TEST_BENCH_HOST_H
#define TEST_BENCH_HOST_H

#include <pthread.h>

#include "../../../module/core/server.h"

struct wire {
	struct conn *conn;
	struct bench *bench;
	unsigned long long began;	/* items read before the first byte in .out was written */
	struct buf out;
	bool closed, finished, paused;
	bool stalled;		/* takes nothing: write says wait */
};

struct bench {
	struct server *server;
	char last_call[512];	/* "POST channels/x/answer", of the last operation */
	char last_params[1024];	/* "name=value;" of each, then the body */
	int calls;
	pthread_t thread, caller;	/* the core's; the one that made the last call */
	bool blocked;		/* "channels/x/hold" does not come back: see bench_unblock */
	const char *answer;	/* the body of what succeeds, in place of the host's own */
	int fail_register;	/* what app_register answers */
	int wakes;		/* that the core asked for */
	char apps[16384];	/* "a,b," that are registered */
	bool current;		/* what the core knows of channels is how they are */
	bool on_time;		/* refused logins wait for server_tick; else nobody waits */
	int idle;		/* times that the core said so */
	int objects;		/* references that the core holds */
	int listened;		/* channels that the core wants listened to */
	int listen_level;
	unsigned long long encoded;	/* events that somebody wanted */
	unsigned long long read;	/* the number of the last item that the core read */
	unsigned long long told;	/* ... when all had been told again, last */
	/* Tell of all objects again, with bench_tell; NULL: there are none. */
	void (*retell)(void *arg);
	void *retell_arg;
};

/** The network, as the core sees it. */
extern const struct transport_ops wire_transport;

/** A server with CONF as its stasis-http.conf (behind a [general] with the needed keys). */
void bench_open(struct bench *bench, const char *conf);
void bench_close(struct bench *bench);
void bench_unblock(struct bench *bench);
/** Another configuration, as after a reload. */
void bench_reload(struct bench *bench, const char *conf);
/** Tell the core of an object; NAME, CONTEXT may be NULL. MEMBER: of a bridge, up to three with
 * commas between them. */
void bench_object(struct bench *bench, enum object_class class, const char *id, const char *name,
		  const char *context, const char *member);
/** A bridge that has another technology now. */
void bench_technology(struct bench *bench, const char *id, const char *technology,
		      const char *member);
/** A channel whose name, context and endpoint are its id, of a tenant and in an application (either
 * may be NULL). */
void bench_channel(struct bench *bench, const char *id, const char *tenant,
		   const char *application);
void bench_gone(struct bench *bench, enum object_class class, const char *id);
/** CHANNEL was heard for MS ms. */
void bench_voice(struct bench *bench, const char *channel, int ms);
void bench_hold(struct bench *bench, const char *channel, bool held);
void bench_event(struct bench *bench, const char *json);
/** Item NUMBER: an object with JSON as its text, or gone, and an event, or NULL. */
void bench_change(struct bench *bench, unsigned long long number, const struct host_object *object,
		  const char *json, const char *event);
/** In .retell: an object that exists. */
void bench_tell(struct bench *bench, const struct host_object *object, const char *json);
void bench_app_event(struct bench *bench, uint64_t session, const char *app, const char *json);

void wire_open(struct bench *bench, struct wire *wire, const char *peer);
void wire_close(struct wire *wire);
/** Bytes from the peer. Returns what the core said: -1 means that it ends the connection. */
int wire_send(struct wire *wire, const void *data, size_t len);
/** Run the core until TEXT is in the output, for 5 s at most. */
bool wire_wait(struct bench *bench, struct wire *wire, const char *text);
/** Send a request and wait for its answer; the status, or -1. */
int wire_request(struct bench *bench, struct wire *wire, const char *user, const char *method,
		 const char *target, const char *body);
/** Upgrade to a WebSocket; the status. */
int wire_socket(struct bench *bench, struct wire *wire, const char *user, const char *target);
/** Send TEXT as a masked frame. */
void wire_text(struct wire *wire, const char *text);
/** Run what the core has to do; false after 5 s without any of it. */
bool bench_run(struct bench *bench);

#endif
