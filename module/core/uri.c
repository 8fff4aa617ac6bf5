/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See uri.h. */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "uri.h"
#include "utf8.h"

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

long uri_decode(const char *text, size_t len, bool lenient, char *out)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		bool escape = text[i] == '%' && len - i >= 3 && hex(text[i + 1]) >= 0 &&
			      hex(text[i + 2]) >= 0;
		char c = text[i];

		if (escape) {
			c = (char)(hex(text[i + 1]) << 4 | hex(text[i + 2]));
			i += 2;
		} else if (c == '%' && !lenient) {
			return -1;
		} else if (c == '+') {
			c = ' ';
		}
		if (!c)
			return -1;
		out[n++] = c;
	}
	out[n] = '\0';
	return utf8_valid(out, n) ? (long)n : -1;
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	}
	return false;
}

int uri_path_parse(struct uri_path *out, const char *path, const char **why)
{
	char *to;

	*out = (struct uri_path){0};
	*why = "out of memory";
	out->storage = to = malloc(strlen(path) + 2);
	if (!to)
		return -1;
	while (*path) {
		size_t len = strcspn(path, "/");
		/* The host takes '+' for a space in paths too; so must who judges them. */
		long n = uri_decode(path, len, false, to);

		*why = "the path has a segment that no object can have";
		if (n <= 0 || out->n == URI_SEGMENTS_MAX || has_control(to) || !strcmp(to, ".") ||
		    !strcmp(to, "..")) {
			uri_path_free(out);
			return -1;
		}
		out->segment[out->n++] = to;
		to += n + 1;
		path += len;
		if (*path == '/' && path[1])
			path++;
		else if (*path)
			break;	/* a trailing slash: the caller looks at the raw text for it */
	}
	return 0;
}

char *uri_path_encode(const struct uri_path *path, int other, const char *instead)
{
	struct buf out = {0};
	const char *p;
	size_t i;

	for (i = 0; i < path->n; i++) {
		if (i)
			buf_addc(&out, '/');
		for (p = (int)i == other ? instead : path->segment[i]; *p; p++) {
			bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
				     (*p >= '0' && *p <= '9') || strchr("-._~@:", *p);

			if (plain)
				buf_addc(&out, *p);
			else
				buf_addf(&out, "%%%02X", (unsigned char)*p);
		}
	}
	if (out.failed || !out.data) {
		buf_free(&out);
		return NULL;
	}
	return buf_take(&out, NULL);
}

void uri_path_free(struct uri_path *path)
{
	free(path->storage);
	*path = (struct uri_path){0};
}

int uri_params_add(struct uri_params *out, const char *text, size_t len, const char **why)
{
	const char *end = text + len;
	char *to;

	*why = "out of memory";
	to = malloc(len + 2 * URI_PARAMS_MAX + 2);
	if (!to)
		return -1;
	out->storage[out->storage[0] ? 1 : 0] = to;
	while (text < end) {
		const char *amp = memchr(text, '&', (size_t)(end - text)), *eq;
		struct uri_param *param = &out->param[out->n];
		long n;

		amp = amp ? amp : end;
		if (amp == text) {
			text++;
			continue;
		}
		*why = "too many parameters";
		if (out->n == URI_PARAMS_MAX)
			return -1;
		eq = memchr(text, '=', (size_t)(amp - text));
		*why = "a parameter is not encoded as it should be";
		n = uri_decode(text, (size_t)((eq ? eq : amp) - text), true, to);
		if (n < 0)
			return -1;
		param->name = to;
		to += n + 1;
		n = eq ? uri_decode(eq + 1, (size_t)(amp - eq - 1), true, to) : 0;
		if (n < 0)
			return -1;
		if (!eq)
			*to = '\0';
		param->value = to;
		to += n + 1;
		out->n++;
		text = amp + (amp < end);
	}
	return 0;
}

void uri_params_free(struct uri_params *params)
{
	free(params->storage[0]);
	free(params->storage[1]);
	params->n = 0;
	params->storage[0] = params->storage[1] = NULL;
}

const char *uri_param(const struct uri_params *params, const char *name)
{
	size_t i;

	for (i = 0; i < params->n; i++) {
		if (!strcmp(params->param[i].name, name))
			return params->param[i].value;
	}
	return NULL;
}
