/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * From an operation and named arguments to the bytes of a request. Pure: no I/O, no
 * global state; the same input always gives the same request.
 */
#ifndef ARI_REQUEST_H
#define ARI_REQUEST_H

#include <stddef.h>

#include "error.h"
#include "operation.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

/* A named argument, as text. Names are those of the operation's parameters; "variables.NAME"
 * sets one member of an object parameter. A repeatable parameter may be given several times. */
struct ari_arg {
	const char *name;
	const char *value;
};

struct ari_request {
	const struct ari_operation *op;
	const char *method; /* static */
	char *target;	    /* path and query below the API root: "/channels/a%20b?media=x" */
	char *body;	    /* JSON, NUL-terminated, or NULL */
	size_t body_len;
};

/** Build the request of OP with ARGS. Checks every name, type, range and allowed value, the
 * required ones, and that ids can go into a path (not empty, ".", "..", no control characters, at
 * most 4,000 bytes encoded; the rest is percent-encoded). A query too long for Asterisk's
 * 4,096-byte request line moves into the JSON body. 0, or -1 with ERR (ARI_EARGUMENT: what was
 * wrong, what was expected, the nearest valid name). Release the request after 0. */
int ari_request_build(struct ari_request *request, const struct ari_operation *op,
		      const struct ari_arg *args, size_t n_args, struct ari_error *err);
void ari_request_release(struct ari_request *request);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
