/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See pretty.h. Works on the characters: only strings need a look inside. */
#include <string.h>

#include "pretty.h"

static void new_line(struct buf *out, int depth)
{
	buf_addc(out, '\n');
	while (depth-- > 0)
		buf_adds(out, "  ");
}

/* The length of the string at P, with its quotes. */
static size_t string_length(const char *p, size_t len)
{
	size_t i;

	for (i = 1; i < len && p[i] != '"'; i++)
		i += p[i] == '\\';
	return i < len ? i + 1 : len;
}

void pretty_json(const char *json, size_t len, struct buf *out)
{
	int depth = 0;
	size_t i, n;

	for (i = 0; i < len; i++) {
		char c = json[i];

		if (strchr(" \t\r\n", c))
			continue;
		if (c == '"') {
			n = string_length(json + i, len - i);
			buf_add(out, json + i, n);
			i += n - 1;
		} else if (c == '{' || c == '[') {
			buf_addc(out, c);
			if (i + 1 < len && json[i + 1] == (c == '{' ? '}' : ']'))
				buf_addc(out, json[++i]);
			else
				new_line(out, ++depth);
		} else if (c == '}' || c == ']') {
			new_line(out, --depth);
			buf_addc(out, c);
		} else if (c == ',') {
			buf_addc(out, c);
			new_line(out, depth);
		} else {
			buf_addc(out, c);
			if (c == ':')
				buf_addc(out, ' ');
		}
	}
}
