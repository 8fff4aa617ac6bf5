/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * JSON text to JSON text with other white space. One pass over the bytes, no tree.
 */
#include "json_out.h"

#include <string.h>

#include "term.h"

#define INDENT 2

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The end of the piece at P: a whole string, or what stands between structural characters. */
static const char *piece_end(const char *p, const char *end)
{
	if (*p != '"') {
		while (p < end && !is_space(*p) && !memchr("{}[],:\"", *p, 7))
			p++;
		return p;
	}
	for (p++; p < end && *p != '"'; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
	}
	return p < end ? p + 1 : end;
}

static void put_piece(FILE *out, const char *p, const char *end, bool safe)
{
	if (safe)
		term_write_json(out, p, (size_t)(end - p));
	else
		fwrite(p, 1, (size_t)(end - p), out);
}

void json_write_compact(FILE *out, struct ari_span value, bool safe)
{
	const char *end = value.p + value.len;

	for (const char *p = value.p; p < end;) {
		const char *next;

		if (is_space(*p)) {
			p++;
			continue;
		}
		next = memchr("{}[],:", *p, 6) ? p + 1 : piece_end(p, end);
		put_piece(out, p, next, safe);
		p = next;
	}
}

static void new_line(FILE *out, size_t depth)
{
	putc('\n', out);
	term_pad(out, depth * INDENT);
}

/* The next byte that is no space, 0 at the end. */
static char peek(const char *p, const char *end)
{
	while (p < end && is_space(*p))
		p++;
	return p < end ? *p : '\0';
}

void json_write_pretty(FILE *out, struct ari_span value, bool safe)
{
	const char *end = value.p + value.len;
	size_t depth = 0;

	for (const char *p = value.p; p < end;) {
		char c = *p;

		if (is_space(c)) {
			p++;
		} else if (c == '{' || c == '[') {
			char next = peek(p + 1, end);

			putc(c, out);
			p++;
			if (next == '}' || next == ']')
				p = (const char *)memchr(p, next, (size_t)(end - p));
			else
				new_line(out, ++depth);
			if (p < end && (next == '}' || next == ']'))
				putc(*p++, out);
		} else if (c == '}' || c == ']') {
			new_line(out, depth ? --depth : 0);
			putc(c, out);
			p++;
		} else if (c == ',') {
			putc(c, out);
			new_line(out, depth);
			p++;
		} else if (c == ':') {
			fputs(": ", out);
			p++;
		} else {
			const char *next = piece_end(p, end);

			put_piece(out, p, next, safe);
			p = next;
		}
	}
}
