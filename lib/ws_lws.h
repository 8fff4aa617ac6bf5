/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The wire below a WebSocket: a socket with TLS and an HTTP upgrade made by libwebsockets, then
 * bytes. The wire never calls back with data: when the loop finds work it calls `ready`, and the
 * owner calls arip_wire_serve() when it can take bytes, which fill the owner's buffer.
 */
#ifndef ARIP_WS_LWS_H
#define ARIP_WS_LWS_H

#include <stdbool.h>
#include <stddef.h>

#include "ari/error.h"
#include "ari/loop.h"
#include "ws.h"

struct arip_wire;

enum arip_wire_state {
	ARIP_WIRE_CONNECTING,
	ARIP_WIRE_OPEN, /* the server has agreed to speak WebSocket */
	ARIP_WIRE_OVER, /* arip_wire_error says why */
};

/* The owner's: received bytes are p[start .. start + len). The wire appends, moves and grows it. */
struct arip_buffer {
	char *p;
	size_t start;
	size_t len;
	size_t room;
};

/** Begin to connect. READY is called from the loop, never from within this. The options are
 * borrowed. */
struct arip_wire *arip_wire_open(struct ari_loop *loop, const struct arip_ws_options *options,
				 struct arip_buffer *rx, void (*ready)(void *data), void *data,
				 struct ari_error *err);

/** Do what is due. True when it was cut short and should be called again after the bytes were used.
 */
bool arip_wire_serve(struct arip_wire *wire);

/** Stop or go on calling `ready`: the owner is busy. */
void arip_wire_pause(struct arip_wire *wire, bool pause);

/** Send bytes as they are; what the socket does not take at once is kept. 0, or -1: the wire is not
 * open, or memory is short. */
int arip_wire_send(struct arip_wire *wire, const char *p, size_t len);

/** Whether there is, or was, a TCP connection. */
bool arip_wire_connected(const struct arip_wire *wire);
enum arip_wire_state arip_wire_state(const struct arip_wire *wire);
const struct ari_error *arip_wire_error(const struct arip_wire *wire);
unsigned arip_wire_retry_ms(const struct arip_wire *wire);

/** Whether the server took up PROTOCOL of those that were offered. */
bool arip_wire_took(const struct arip_wire *wire, const char *protocol);

/** Not from within arip_wire_serve(). */
void arip_wire_close(struct arip_wire *wire);

#endif
