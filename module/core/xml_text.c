/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See xml_text.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "error.h"
#include "xml_text.h"

static unsigned int hex4(const char *p)
{
	unsigned int value = 0;

	for (int i = 0; i < 4; i++) {
		unsigned int c = (unsigned char)p[i] | 0x20;

		value = value * 16 + (c >= 'a' ? c - 'a' + 10 : c - '0');
	}
	return value;
}

static size_t put_utf8(char *out, unsigned int code)
{
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};

	for (size_t i = n; i-- > 1; code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3F));
	out[0] = (char)(lead[n] | code);
	return n;
}

/* The escape whose letter is at *P. */
static unsigned int escape_code(const char **p)
{
	static const char letters[] = "b\bf\fn\nr\rt\t";
	char c = *(*p)++;
	const char *found;
	unsigned int code;

	if (c != 'u') {
		found = strchr(letters, c);
		return (unsigned char)(found ? found[1] : c);
	}
	code = hex4(*p);
	*p += 4;
	if (code >= 0xD800 && code <= 0xDBFF) {
		code = 0x10000 + ((code - 0xD800) << 10) + (hex4(*p + 2) - 0xDC00);
		*p += 6;
	}
	return code;
}

size_t xml_json_char(const char **p, char *out)
{
	unsigned char lead = (unsigned char)**p;
	size_t len = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;

	if (lead == '\\') {
		++*p;
		return put_utf8(out, escape_code(p));
	}
	memcpy(out, *p, len);
	*p += len;
	return len;
}

static bool is_xml_char(const char *c, size_t len)
{
	unsigned char lead = (unsigned char)c[0];

	if (lead < 0x20)
		return lead == '\t' || lead == '\n' || lead == '\r';
	return len != 3 || memcmp(c, "\xEF\xBF", 2) || (unsigned char)c[2] < 0xBE;
}

bool xml_can_carry(struct ari_span raw)
{
	const char *p = raw.p, *end = raw.p + raw.len;
	char c[4];

	/* Nearly every string: no escape, and no U+FFFE or U+FFFF as it is. */
	if (!memchr(p, '\\', raw.len) && !memchr(p, 0xEF, raw.len))
		return true;
	while (p < end) {
		size_t len = xml_json_char(&p, c);

		if (!is_xml_char(c, len))
			return false;
	}
	return true;
}

static bool is_letter(char c)
{
	return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
}

bool xml_is_name(struct ari_span raw)
{
	if (!raw.len || !is_letter(raw.p[0]))
		return false;
	for (size_t i = 1; i < raw.len; i++) {
		char c = raw.p[i];

		if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '-' && c != '.')
			return false;
	}
	return raw.len < 3 || strncasecmp(raw.p, "xml", 3);
}

static bool ends(const char *name, size_t len, const char *suffix)
{
	size_t n = strlen(suffix);

	return len > n && !memcmp(name + len - n, suffix, n);
}

void xml_singular(char *out, size_t size, const char *name, size_t len)
{
	const char *tail = "";
	size_t cut = 0;

	if (ends(name, len, "ies")) {
		cut = 3;
		tail = "y";
	} else if (ends(name, len, "xes")) {
		cut = 2;
	} else if (ends(name, len, "s") && !ends(name, len, "ss")) {
		cut = 1;
	}
	if (!cut || len >= size || !xml_is_name((struct ari_span){name, len}))
		snprintf(out, size, "item");
	else
		snprintf(out, size, "%.*s%s", (int)(len - cut), name, tail);
}

int xml_fail(struct xml_error *err, unsigned long line, unsigned long column, const char *fmt, ...)
{
	char text[256], place[64] = "";
	va_list ap;

	if (line)
		snprintf(place, sizeof(place), "line %lu, column %lu: ", line, column);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err->line = line;
	err->column = column;
	snprintf(err->text, sizeof(err->text), "%s", place);
	arip_text_safe(err->text + strlen(place), sizeof(err->text) - strlen(place), text,
		       strlen(text));
	return -1;
}
