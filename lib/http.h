/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * HTTP transfers on a loop, to one server. Knows no ARI: a reply of any status is a reply. What has
 * no reply (connection, TLS, deadline, limits, a broken reply) is an error with a text for people.
 */
#ifndef ARIP_HTTP_H
#define ARIP_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "ari/loop.h"
#include "client.h"
#include "url.h"

struct arip_http;
struct arip_transfer;

/* All borrowed for the life of the transport. */
struct arip_http_options {
	struct ari_loop *loop;
	const struct arip_endpoint *endpoint;
	const struct arip_settings *settings;
	const char *user; /* NULL: no credentials */
	const char *password;
};

/* Borrowed until the callback. */
struct arip_http_request {
	const char *method;
	const char *url;
	const char *body;
	size_t body_len;
	bool once; /* must not be sent twice: gets a connection of its own */
	int fd;	   /* where the body of a 2xx goes as it comes; -1: into the reply */
	unsigned timeout_ms; /* of all of it; 0: without limit */
	unsigned told_ms;    /* what a timeout says it was; 0: that */
};

struct arip_http_reply {
	int status;
	char *body; /* NUL-terminated, owned by the transport unless set to NULL */
	size_t len;
	size_t received;    /* bytes of the body, also those that went to a descriptor */
	char type[64];	    /* media type, "" when the server named none */
	char location[256]; /* where a redirect points, or "" */
	bool repeated; /* sent again on a new connection: the first may have been carried out */
	long elapsed_ms;
};

/* REPLY is NULL when there is none; ERR says why then. */
typedef void arip_http_fn(struct arip_http_reply *reply, const struct ari_error *err, void *data);

/** No library is loaded and nothing connected before the first transfer. */
struct arip_http *arip_http_new(const struct arip_http_options *options, struct ari_error *err);

/** Ends all transfers without calling back. */
void arip_http_free(struct arip_http *http);

/** FN will be called once, from the loop. NULL with ERR: it will not. */
struct arip_transfer *arip_http_start(struct arip_http *http,
				      const struct arip_http_request *request, arip_http_fn *fn,
				      void *data, struct ari_error *err);

/** End TRANSFER without calling back. */
void arip_http_cancel(struct arip_transfer *transfer);

#endif
