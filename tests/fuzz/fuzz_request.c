/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Request building from hostile names and values (lib/request*.c, lib/url.c, lib/nearest.c). The
 * first byte chooses the operation; then each line is an argument: "name=value", or a digit for the
 * operation's parameter of that number in place of the name. Whatever is built must keep its
 * promises: the target is one line of unreserved characters and separators, has the template's
 * segments and no dotted one, its values decode to what was put in, and the body is JSON.
 */
#include <ctype.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ari/request.h"
#include "error.h"
#include "nearest.h"

#define ARGS_MAX 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static size_t take_args(const struct ari_operation *op, char *text, struct ari_arg *args)
{
	size_t n = 0;

	for (char *line = text; line && n < ARGS_MAX;) {
		char *next = strchr(line, '\n');
		char *equals = strchr(line, '=');
		size_t index = (size_t)(*line - '0');

		if (next)
			*next++ = '\0';
		if (equals && (!next || equals < next)) {
			*equals = '\0';
			args[n].name = index < op->n_params && equals == line + 1
					       ? op->params[index].name
					       : line;
			args[n++].value = equals + 1;
		}
		line = next;
	}
	return n;
}

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : c - 'A' + 10;
}

/* True when the LEN bytes at P decode to VALUE. */
static int decodes_to(const char *p, size_t len, const char *value)
{
	const char *end = p + len;

	while (p < end) {
		char c = *p++;

		if (c == '%') {
			require(end - p >= 2);
			c = (char)(hex(p[0]) << 4 | hex(p[1]));
			p += 2;
		}
		if (c != *value++)
			return 0;
	}
	return !*value;
}

static const char *value_of(const struct ari_arg *args, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++) {
		if (strlen(args[i].name) == len && !memcmp(args[i].name, name, len))
			return args[i].value;
	}
	abort();
}

/* Segment by segment: the template's own words, or the argument that stands there. */
static void check_path(const struct ari_request *request, const struct ari_arg *args, size_t n)
{
	const char *template = request->op->path;
	const char *p = request->target;

	while (*template == '/') {
		size_t expected = strcspn(++template, "/");
		size_t len;

		require(*p++ == '/');
		len = strcspn(p, "/?");
		require(len > 0);
		require(!(len == 1 && p[0] == '.') && !(len == 2 && p[0] == '.' && p[1] == '.'));
		if (*template == '{')
			require(decodes_to(p, len, value_of(args, n, template + 1, expected - 2)));
		else
			require(len == expected && !memcmp(p, template, len));
		p += len;
		template += expected;
	}
	require(*p == '\0' || *p == '?');
}

static void check_query(const struct ari_request *request, const struct ari_arg *args, size_t n)
{
	const char *p = strchr(request->target, '?');

	while (p && *p) {
		size_t name = strcspn(++p, "=");
		size_t len = strcspn(p + name, "&");
		const struct ari_param *param = NULL;

		for (size_t i = 0; i < request->op->n_params; i++) {
			if (strlen(request->op->params[i].name) == name &&
			    !memcmp(request->op->params[i].name, p, name))
				param = &request->op->params[i];
		}
		require(param && param->in == ARI_IN_QUERY && len > 0);
		if (!param->multiple && param->type == ARI_TYPE_STRING)
			require(decodes_to(p + name + 1, len - 1, value_of(args, n, p, name)));
		p += name + len;
	}
}

static void check(const struct ari_request *request, const struct ari_arg *args, size_t n)
{
	for (const char *p = request->target; *p; p++)
		require(isalnum((unsigned char)*p) || strchr("-._~%/?&=,", *p));
	require(strlen(request->target) <= 4040);
	check_path(request, args, n);
	check_query(request, args, n);
	if (request->body) {
		json_t *body = json_loadb(request->body, request->body_len, 0, NULL);

		require(strlen(request->body) == request->body_len);
		require(body != NULL);
		json_decref(body);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ari_error err = {.code = ARI_OK};
	struct ari_arg args[ARGS_MAX];
	const struct ari_operation *ops;
	struct ari_request request;
	size_t count;
	size_t n;
	char *text;

	if (!size)
		return 0;
	ops = ari_operations(&count);
	ops += data[0] % count;
	text = strndup((const char *)data + 1, size - 1);
	require(text != NULL);
	n = take_args(ops, text, args);
	if (ari_request_build(&request, ops, args, n, &err)) {
		require(err.code == ARI_EARGUMENT && err.text[0]);
		require(!strpbrk(err.text, "\r\n\033"));
	} else {
		check(&request, args, n);
		ari_request_release(&request);
	}
	free(text);
	return 0;
}
