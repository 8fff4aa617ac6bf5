/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Requests over the socket of an event stream, as ARI 22 has them: a RESTRequest goes out, and the
 * RESTResponse with its number comes back among the events. One connection then serves a command
 * that acts and waits for what comes of it. To the caller it looks like HTTP (http.h).
 */
#ifndef ARIP_CARRIER_H
#define ARIP_CARRIER_H

#include <stdbool.h>
#include <stddef.h>

#include "ari/event.h"
#include "ari/loop.h"
#include "http.h"

struct arip_carrier;
struct arip_carried;

/* Borrowed until the call returns. */
struct arip_carried_request {
	const char *method;
	const char *target; /* path and query below the API's root */
	const char *body;   /* JSON, or NULL */
	size_t body_len;
	unsigned timeout_ms;
	unsigned told_ms;   /* what a timeout says it was; 0: that */
	const char *server; /* its name, for errors; outlives the request */
};

/** SEND takes a text message: 0, or -1 when it cannot be sent. READY: whether an answer could be
 * read. */
struct arip_carrier *arip_carrier_new(struct ari_loop *loop,
				      int (*send)(void *data, const char *text, size_t len),
				      bool (*ready)(void *data), void *data);

/** What is under way fails, with callbacks from the loop, later. */
void arip_carrier_free(struct arip_carrier *carrier);

/** Whether it takes this request now; else it has to go another way. */
bool arip_carrier_takes(const struct arip_carrier *carrier,
			const struct arip_carried_request *request);

/** FN will be called once, from the loop. NULL with ERR: it will not. */
struct arip_carried *arip_carrier_start(struct arip_carrier *carrier,
					const struct arip_carried_request *request,
					arip_http_fn *fn, void *data, struct ari_error *err);

/** Forget it without calling back. */
void arip_carried_cancel(struct arip_carried *carried);

/** A RESTResponse came. */
void arip_carrier_answer(struct arip_carrier *carrier, const struct ari_event *event);

#endif
