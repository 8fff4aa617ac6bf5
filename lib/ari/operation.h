/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The operation table: every operation of the Stasis API (ARI), generated from
 * lib/api/ari.json by lib/api/generate.py. It is data only: request.h turns an
 * operation and named arguments into an HTTP request, the command line tool makes
 * help, completion and parsing of it. Everything here is static and constant.
 */
#ifndef ARI_OPERATION_H
#define ARI_OPERATION_H

#include <stdbool.h>
#include <stddef.h>

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

enum ari_param_in {
	ARI_IN_PATH,
	ARI_IN_QUERY,
	ARI_IN_BODY,	/* a member of the JSON request body, or the whole of it: see whole_body */
};

enum ari_param_type {
	ARI_TYPE_STRING,
	ARI_TYPE_INT,
	ARI_TYPE_LONG,
	ARI_TYPE_DOUBLE,
	ARI_TYPE_BOOL,
	ARI_TYPE_OBJECT,	/* string to string map, e.g. channel variables */
	ARI_TYPE_LIST,		/* array of objects, e.g. config tuples */
};

struct ari_param {
	const char *name;		/* as on the wire: "callerId" */
	const char *summary;		/* one sentence, our words */
	enum ari_param_in in;
	enum ari_param_type type;
	bool required;
	bool multiple;			/* takes a comma separated list / may be repeated */
	bool whole_body;		/* ARI_IN_BODY: the value is the body itself, not a member of it */
	const char *const *allowed;	/* NULL-terminated list of allowed values, or NULL */
	const char *def;		/* default as text, or NULL */
	const char *minimum;		/* smallest/largest allowed number as text, or NULL */
	const char *maximum;
	const char *since;		/* set when newer than the operation itself, or NULL */
};

struct ari_op_error {
	int status;
	const char *reason;
};

struct ari_operation {
	const char *name;		/* "channels.originate": resource.nickname, unique */
	const char *resource;		/* "channels" */
	const char *nickname;		/* "originate" */
	const char *method;		/* "POST" */
	const char *path;		/* "/channels/{channelId}" */
	const char *summary;
	const char *detail;		/* what else one should know, in sentences, or NULL */
	const char *since;		/* first Asterisk versions, e.g. "20.16.0, 22.6.0" */
	const char *result;		/* model of a success: "Channel", "List[Channel]", "binary"; NULL: none */
	bool websocket;			/* the event stream: not a plain request */
	bool module;			/* only a server with the module res_stasis_http has it */
	const struct ari_param *params;
	size_t n_params;
	const struct ari_op_error *errors;
	size_t n_errors;
};

/** ARI's operations, sorted by name; *count gets the number of rows. Never NULL. */
const struct ari_operation *ari_operations(size_t *count);

/** Those that only a server with the module res_stasis_http has, in the same way. */
const struct ari_operation *ari_module_operations(size_t *count);

/** The operation of either table called NAME ("channels.originate"), or NULL. */
const struct ari_operation *ari_operation_find(const char *name);

/** The parameter of OP called NAME (as on the wire), or NULL. */
const struct ari_param *ari_operation_param(const struct ari_operation *op, const char *name);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
