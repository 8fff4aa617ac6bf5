/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Making text safe for a terminal, and measuring it. Text is taken apart into units: one
 * character that may be sent as it is, or a few ASCII characters that stand for something that may
 * not. UTF-8 is decoded here, not by the locale, so that the rules do not depend on it; only the
 * width of a character comes from wcwidth(), which wants a UTF-8 LC_CTYPE (main sets it).
 */
#include "term.h"

#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>

struct unit {
	const char *p;		/* the bytes of the text */
	size_t len;
	char escape[12];	/* "" : send the bytes themselves */
	unsigned width;
	uint32_t code;		/* the character; meaningless for invalid bytes */
	bool valid;
};

struct range {
	uint32_t first, last;
};

/* Characters that move, hide or reorder others: bidirectional controls, zero-width and invisible
 * characters, line separators, tags. Combining marks stay: they are how people are called. */
static const struct range unsafe[] = {
	{ 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x00ad, 0x00ad }, { 0x034f, 0x034f },
	{ 0x061c, 0x061c }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f },
	{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0x3164, 0x3164 },
	{ 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
};

static bool is_unsafe(uint32_t code)
{
	if (code >= 0x20 && code < 0x7f) {
		return false;
	}
	for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++) {
		if (code >= unsafe[i].first && code <= unsafe[i].last) {
			return true;
		}
	}
	return false;
}

/* The length of the UTF-8 character at P and its CODE; 0 when the bytes are none (RFC 3629: no
 * overlong forms, no surrogates, nothing above U+10FFFF). */
static size_t utf8_decode(const char *p, size_t len, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *u = (const unsigned char *)p;
	size_t n = u[0] < 0x80 ? 1 : u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : u[0] >= 0xc2 ? 2 : 0;

	if (n == 0 || n > len || u[0] > 0xf4) {
		return 0;
	}
	*code = n == 1 ? u[0] : u[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80) {
			return 0;
		}
		*code = *code << 6 | (u[i] & 0x3f);
	}
	if (*code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff)) {
		return 0;
	}
	return n;
}

static void unit_escape(struct unit *unit)
{
	static const char *const named[] = { ['\n'] = "\\n", ['\t'] = "\\t", ['\r'] = "\\r" };

	if (!unit->valid) {
		snprintf(unit->escape, sizeof(unit->escape), "\\x%02x", (unsigned char)unit->p[0]);
	} else if (unit->code < sizeof(named) / sizeof(named[0]) && named[unit->code]) {
		snprintf(unit->escape, sizeof(unit->escape), "%s", named[unit->code]);
	} else if (unit->code < 0x80) {
		snprintf(unit->escape, sizeof(unit->escape), "\\x%02x", (unsigned)unit->code);
	} else if (unit->code <= 0xffff) {
		snprintf(unit->escape, sizeof(unit->escape), "\\u%04x", (unsigned)unit->code);
	} else {
		snprintf(unit->escape, sizeof(unit->escape), "\\U%08x", (unsigned)unit->code);
	}
	unit->width = (unsigned)strlen(unit->escape);
}

/* The unit at P; LEN is not 0. */
static void unit_next(struct unit *unit, const char *p, size_t len)
{
	int width;

	unit->p = p;
	unit->escape[0] = '\0';
	if (*p >= 0x20 && *p < 0x7f) {
		unit->len = 1;
		unit->width = 1;
		unit->code = (unsigned char)*p;
		unit->valid = true;
		return;
	}
	unit->len = utf8_decode(p, len, &unit->code);
	unit->valid = unit->len > 0;
	if (!unit->valid) {
		unit->len = 1;
	}
	width = unit->valid && !is_unsafe(unit->code) ? wcwidth((wchar_t)unit->code) : -1;
	if (width < 0) {
		unit_escape(unit);
	} else {
		unit->width = (unsigned)width;
	}
}

size_t term_width(const char *text, size_t len)
{
	const char *end = text + len;
	struct unit unit;
	size_t cells = 0;

	for (const char *p = text; p < end; p += unit.len) {
		unit_next(&unit, p, (size_t)(end - p));
		cells += unit.width;
	}
	return cells;
}

static void unit_write(FILE *out, const struct unit *unit)
{
	if (unit->escape[0]) {
		fputs(unit->escape, out);
	} else {
		fwrite(unit->p, 1, unit->len, out);
	}
}

size_t term_write(FILE *out, const char *text, size_t len, size_t cells)
{
	static const char mark[] = "...";
	const char *end = text + len;
	bool cut = cells != TERM_NO_LIMIT && term_width(text, len) > cells;
	size_t room = !cut ? TERM_NO_LIMIT : cells > sizeof(mark) ? cells - (sizeof(mark) - 1) : cells;
	struct unit unit;
	size_t written = 0;

	for (const char *p = text; p < end; p += unit.len) {
		unit_next(&unit, p, (size_t)(end - p));
		if (room != TERM_NO_LIMIT && written + unit.width > room) {
			break;
		}
		unit_write(out, &unit);
		written += unit.width;
	}
	if (cut && cells > sizeof(mark)) {
		fputs(mark, out);
		written += sizeof(mark) - 1;
	}
	return written;
}

char *term_safe(char *buf, size_t size, const char *text)
{
	const char *end = text + strlen(text);
	struct unit unit;
	size_t used = 0;

	for (const char *p = text; p < end; p += unit.len) {
		const char *bytes;
		size_t len;

		unit_next(&unit, p, (size_t)(end - p));
		bytes = unit.escape[0] ? unit.escape : unit.p;
		len = unit.escape[0] ? strlen(unit.escape) : unit.len;
		if (used + len >= size) {
			break;
		}
		memcpy(buf + used, bytes, len);
		used += len;
	}
	buf[used] = '\0';
	return buf;
}

void term_pad(FILE *out, size_t cells)
{
	while (cells-- > 0) {
		putc(' ', out);
	}
}

void term_write_json(FILE *out, const char *json, size_t len)
{
	const char *end = json + len;
	const char *plain = json;
	struct unit unit;

	for (const char *p = json; p < end; p += unit.len) {
		unit_next(&unit, p, (size_t)(end - p));
		/* Line breaks and tabs outside strings are the text's own layout; inside a
		 * string JSON does not allow them. */
		if (!unit.escape[0] || !unit.valid || unit.code == '\n' || unit.code == '\t' ||
		    unit.code == '\r') {
			continue;
		}
		fwrite(plain, 1, (size_t)(p - plain), out);
		if (unit.code > 0xffff) {
			fprintf(out, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (unit.code >> 10)),
				(unsigned)(0xdc00 + (unit.code & 0x3ff)));
		} else {
			fprintf(out, "\\u%04x", (unsigned)unit.code);
		}
		plain = p + unit.len;
	}
	fwrite(plain, 1, (size_t)(end - plain), out);
}

unsigned term_columns(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
