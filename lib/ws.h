/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * One WebSocket connection to an ARI server: opened, served by the loop, over. No retries and no
 * meaning of messages here: stream.c knows about those. The one who opens owns it.
 */
#ifndef ARIP_WS_H
#define ARIP_WS_H

#include <stdbool.h>
#include <stddef.h>

#include "ari/error.h"
#include "ari/loop.h"
#include "url.h"

struct arip_ws;

/* All borrowed for the life of the connection. */
struct arip_ws_options {
	const struct arip_endpoint *endpoint;
	const char *path;	   /* and query, from the root of the server: "/ari/events?app=a" */
	const char *protocols;	   /* to offer: "ari, stasis" */
	const char *authorization; /* header value, or NULL. A secret */
	const char *ca_file;
	bool insecure;
	unsigned connect_timeout_ms; /* until the upgrade is done */
	unsigned ping_ms;	     /* a peer silent for half as long again after a ping is dead */

	void (*opened)(struct arip_ws *ws, void *data);
	/* One text message; valid during the call. */
	void (*message)(struct arip_ws *ws, const char *text, size_t len, void *data);
	/* What a ping of the server carries; or NULL: nobody wants to know. */
	void (*ping)(struct arip_ws *ws, const char *p, size_t len, void *data);
	/* Once, last, and never from within arip_ws_open: it failed, or the peer closed it.
	 * RETRY_MS is what the server asked us to wait, or 0. The owner may call arip_ws_close from
	 * here. */
	void (*over)(struct arip_ws *ws, const struct ari_error *err, unsigned retry_ms,
		     void *data);
	void *data;
};

/** NULL with ERR only when nothing could be started. */
struct arip_ws *arip_ws_open(struct ari_loop *loop, const struct arip_ws_options *options,
			     struct ari_error *err);

/** Whether the server took up PROTOCOL; from the opening on. */
bool arip_ws_took(const struct arip_ws *ws, const char *protocol);

/** Whether one of its callbacks runs: then nothing is read. */
bool arip_ws_busy(const struct arip_ws *ws);

/** Send a text message. 0, or -1: it is not open (any more), or memory is short. */
int arip_ws_send(struct arip_ws *ws, const char *text, size_t len);

/** Say goodbye if it is open, and free it. No callback comes after this; fine from within one. */
void arip_ws_close(struct arip_ws *ws);

#endif
