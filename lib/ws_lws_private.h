/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The wire's own members, for ws_lws.c (bytes and the loop) and ws_lws_upgrade.c (the HTTP request
 * that makes it a WebSocket).
 */
#ifndef ARIP_WS_LWS_PRIVATE_H
#define ARIP_WS_LWS_PRIVATE_H

#include "ws_lws.h"
#include "ws_lws_load.h"

struct arip_wire {
	struct ari_loop *loop;
	const struct arip_ws_options *options;
	struct arip_buffer *rx;
	void (*ready)(void *data);
	void *data;

	struct lws_context *context;
	struct lws *wsi; /* NULL when libwebsockets has let go of it */
	struct ari_source *source;
	struct ari_timer *tick;
	bool connected; /* TCP is up: no more waiting to write */
	bool paused;
	bool more; /* the last read filled its buffer, or did not come from the socket */
	enum arip_wire_state state;
	struct ari_error err;
	unsigned retry_ms;
	char key[28]; /* Sec-WebSocket-Key: 24 characters */
	char protocol[32]; /* of those offered, the one that the server took; or "" */
};

/** Think of a Sec-WebSocket-Key. 0, or -1 with the wire's error. */
int arip_upgrade_key(struct arip_wire *wire);

/** Append the request's headers at *P, which has ROOM bytes. 0, or -1 with the wire's error. */
int arip_upgrade_headers(struct arip_wire *wire, char **p, size_t room);

/** The head of the reply is there: 0 and the wire is open, or -1 with its error. */
int arip_upgrade_reply(struct arip_wire *wire, struct lws *wsi);

#endif
