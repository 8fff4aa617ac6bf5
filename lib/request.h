/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The parts of request building: what an argument means (request_arg.c), the path and the query
 * (request.c) and the JSON body (request_body.c). All pure.
 */
#ifndef ARIP_REQUEST_H
#define ARIP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "ari/request.h"

/* An argument that was understood. */
struct arip_arg {
	const struct ari_param *param;
	const char *member; /* of an object parameter: "NAME" of variables.NAME, else NULL */
	const char *value;  /* in the spelling of the wire; borrowed from the caller or static */
};

/** Understand ARGS against OP into OUT (room for N_ARGS): names, values, duplicates, what is
 * required. */
int arip_args_check(const struct ari_operation *op, const struct ari_arg *args, size_t n_args,
		    struct arip_arg *out, struct ari_error *err);

/** The JSON body of ARGS: the body parameters, and with WITH_QUERY the query parameters too, which
 * Asterisk reads from the body just as well (the *_parse_body functions). *body is NULL when there
 * is none. */
int arip_body_build(const struct ari_operation *op, const struct arip_arg *args, size_t n_args,
		    bool with_query, char **body, size_t *len, struct ari_error *err);

#endif
