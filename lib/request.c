/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * An operation and named arguments become a method, a target and a body. Pure. The path comes from
 * the operation's template, the query holds the parameters in the order of the table (so that equal
 * input gives equal bytes), and a query that Asterisk's request line cannot hold moves into the
 * body.
 */
#include "ari/request.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "request.h"
#include "url.h"

/* Asterisk's request line holds 4,096 bytes (main/http.c): method, root, path, query, version. */
#define QUERY_MAX  3500
#define TARGET_MAX 4040

/* A string that grows; out of memory shows at the end. */
struct text {
	char *p;
	size_t len;
	size_t room;
	bool failed;
};

static char *text_room(struct text *text, size_t more)
{
	if (text->failed)
		return NULL;
	if (text->len + more + 1 > text->room) {
		size_t room = 2 * (text->len + more + 1);
		char *p = realloc(text->p, room);

		if (!p) {
			text->failed = true;
			return NULL;
		}
		text->p = p;
		text->room = room;
	}
	return text->p + text->len;
}

static void text_add(struct text *text, const char *bytes, size_t len)
{
	char *p = text_room(text, len);

	if (!p)
		return;
	memcpy(p, bytes, len);
	p[len] = '\0';
	text->len += len;
}

static void text_add_encoded(struct text *text, const char *value)
{
	size_t len = strlen(value);
	char *p = text_room(text, arip_percent_size(value, len));

	if (p)
		text->len = (size_t)(arip_percent_encode(p, value, len) - text->p);
}

static const char *path_value(const struct arip_arg *args, size_t n_args, const char *name,
			      size_t len)
{
	for (size_t i = 0; i < n_args; i++) {
		if (args[i].param->in == ARI_IN_PATH && strlen(args[i].param->name) == len &&
		    !memcmp(args[i].param->name, name, len))
			return args[i].value;
	}
	return "";
}

static void add_path(struct text *target, const struct ari_operation *op,
		     const struct arip_arg *args, size_t n_args)
{
	const char *p = op->path;

	while (*p) {
		size_t plain = strcspn(p, "{");
		size_t name;

		text_add(target, p, plain);
		p += plain;
		if (!*p)
			break;
		name = strcspn(++p, "}");
		text_add_encoded(target, path_value(args, n_args, p, name));
		p += name + (p[name] == '}');
	}
}

/* "&name=a,b": the values of one parameter, joined as ARI's comma separated lists are. */
static void add_parameter(struct text *target, bool *first, const struct ari_param *param,
			  const struct arip_arg *args, size_t n_args)
{
	bool named = false;

	for (size_t i = 0; i < n_args; i++) {
		if (args[i].param != param)
			continue;
		if (named) {
			text_add(target, ",", 1);
		} else {
			text_add(target, *first ? "?" : "&", 1);
			text_add(target, param->name, strlen(param->name));
			text_add(target, "=", 1);
		}
		text_add_encoded(target, args[i].value);
		named = true;
		*first = false;
	}
}

static void add_query(struct text *target, const struct ari_operation *op,
		      const struct arip_arg *args, size_t n_args)
{
	bool first = true;

	for (size_t i = 0; i < op->n_params; i++) {
		if (op->params[i].in == ARI_IN_QUERY)
			add_parameter(target, &first, &op->params[i], args, n_args);
	}
}

static int build(struct ari_request *request, const struct ari_operation *op,
		 const struct arip_arg *args, size_t n_args, struct ari_error *err)
{
	struct text target = {.p = NULL};
	bool move;
	size_t path;

	text_add(&target, "", 0);
	add_path(&target, op, args, n_args);
	path = target.len;
	add_query(&target, op, args, n_args);
	if (target.failed) {
		free(target.p);
		return arip_error_memory(err);
	}
	move = target.len > path && (target.len - path > QUERY_MAX || target.len > TARGET_MAX);
	if (move)
		target.p[path] = '\0';
	request->op = op;
	request->method = op->method;
	request->target = target.p;
	if (path > TARGET_MAX)
		return arip_error_set(err, ARI_EARGUMENT,
				      "the ids are too long for a request line: the path has %zu "
				      "bytes, at most %d are possible",
				      path, TARGET_MAX);
	return arip_body_build(op, args, n_args, move, &request->body, &request->body_len, err);
}

int ari_request_build(struct ari_request *request, const struct ari_operation *op,
		      const struct ari_arg *args, size_t n_args, struct ari_error *err)
{
	struct arip_arg *checked = calloc(n_args + 1, sizeof(*checked));
	int rc;

	memset(request, 0, sizeof(*request));
	if (!checked)
		return arip_error_memory(err);
	rc = arip_args_check(op, args, n_args, checked, err);
	if (!rc)
		rc = build(request, op, checked, n_args, err);
	if (rc) {
		ari_request_release(request);
		if (err && !err->operation[0])
			memccpy(err->operation, op->name, '\0', sizeof(err->operation) - 1);
	}
	free(checked);
	return rc;
}

void ari_request_release(struct ari_request *request)
{
	free(request->target);
	free(request->body);
	memset(request, 0, sizeof(*request));
}
