/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * A client of one server: where it is, who we are, and requests to it. Blocking calls are a
 * thin layer on the asynchronous ones: they run the client's loop until the reply is there,
 * so streams and timers of the same loop go on meanwhile.
 */
#ifndef ARI_CLIENT_H
#define ARI_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "loop.h"
#include "operation.h"
#include "request.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

/* What the library is doing, for --trace: one call a line, secrets already replaced. */
typedef void ari_trace_fn(const char *line, void *data);

/* A zeroed struct is valid defaults, but for the URL. All strings are borrowed for the call only.
 * Connections go straight to the server: http_proxy and its kin are not heeded, for over http the
 * proxy would see the password.
 */
struct ari_options {
	const char *url; /* the API root: "http://pbx:8088/ari", "pbx" means http://pbx:8088/ari */
	const char *user;
	const char *password;	/* NULL: look in netrc_file */
	const char *netrc_file; /* NULL: no netrc. The file must be readable by its owner only */
	const char *ca_file;	/* PEM, instead of the system's authorities */
	bool insecure;		/* do not verify the server's certificate */
	unsigned connect_timeout_ms; /* 0: 5,000 */
	unsigned timeout_ms;	     /* of a whole request; 0: 30,000 */
	size_t max_reply;	     /* bytes; 0: 8 MiB (a download to a file has no limit) */
	ari_trace_fn *trace;	     /* NULL: silent */
	void *trace_data;
};

struct ari_client;

/* A reply. body is NUL-terminated for convenience, checked JSON when json is true, owned by the
 * reply. */
struct ari_reply {
	int status;
	char *body;
	size_t len;
	bool json;
};
void ari_reply_release(struct ari_reply *reply);

/** A client on LOOP (borrowed; NULL: a private loop, owned by the client). Checks the options,
 * opens no connection. user:password longer than 255 bytes is refused: Asterisk cuts it there
 * (main/http.c). At most 32 requests of a client are on their way at once, the others wait:
 * Asterisk has 100 sessions for everybody. */
struct ari_client *ari_client_new(struct ari_loop *loop, const struct ari_options *options,
				  struct ari_error *err);

/** Close and free. Requests under way are forgotten, without a callback. Allowed in the callback of
 * an ari_client_start when the loop is yours, not while a blocking call of this client waits. */
void ari_client_free(struct ari_client *client);
struct ari_loop *ari_client_loop(struct ari_client *client);

/** From now on nothing that is begun goes on past AT_MS (of ari_loop_now; 0: no such limit):
 * requests, downloads and connects of streams end there with ARI_ETIMEOUT, or ARI_ECONNECT where
 * there was no connection yet. On top of the timeouts of the options. */
void ari_client_set_deadline(struct ari_client *client, uint64_t at_ms);

/** Call OP ("channels.originate") with ARGS and wait. A 2xx fills REPLY (may be NULL) and returns
 * 0; any other answer is -1 with ERR from the status and the server's own message. A redirect is an
 * error: credentials follow nobody.
 *
 * Nothing acts twice. libcurl repeats a request whose reused connection dies before the reply; so
 * an operation that creates a channel or a bridge carries an id of our making when none is given,
 * by which the server refuses the second (409) and we recognise our own first; other operations
 * that must not be repeated go over a connection of their own. */
int ari_client_call(struct ari_client *client, const char *op, const struct ari_arg *args,
		    size_t n_args, struct ari_reply *reply, struct ari_error *err);

/* Exactly one call per started request: ERR->code is ARI_OK and REPLY filled, or REPLY is NULL.
 * REPLY is released by the library after the callback. */
typedef void ari_reply_fn(struct ari_client *client, struct ari_reply *reply,
			  const struct ari_error *err, void *data);

/** The same without waiting. 0: FN will be called, from the loop, never from within this call. -1:
 * it will not. */
int ari_client_start(struct ari_client *client, const char *op, const struct ari_arg *args,
		     size_t n_args, ari_reply_fn *fn, void *data, struct ari_error *err);

/** Call OP and write the body of a 2xx to FD as it comes (a recording). Returns 0 and the number of
 * bytes. */
int ari_client_download(struct ari_client *client, const char *op, const struct ari_arg *args,
			size_t n_args, int fd, size_t *bytes, struct ari_error *err);

/** A new random id in the form this library gives to what it creates: "astctl-" and 22 characters.
 * BUF holds at least ARI_ID_SIZE bytes. */
#define ARI_ID_SIZE 32
void ari_id_new(char *buf);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
