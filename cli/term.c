/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Making text safe for a terminal, and measuring it. Text is taken apart into units: one
 * character that may be sent as it is, or a few ASCII characters that stand for something that may
 * not. UTF-8 is decoded by the library, not by the locale, so that the rules do not depend on it;
 * only the width of a character comes from wcwidth(), which wants a UTF-8 LC_CTYPE (main sets it).
 */
#include "term.h"

#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>

#include "utf8.h"

struct unit {
	const char *p;		/* the bytes of the text */
	size_t len;
	char escape[12];	/* "" : send the bytes themselves */
	unsigned width;
	uint32_t code;		/* the character; meaningless for invalid bytes */
	bool valid;
};

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
	unit->len = arip_utf8_next(p, len, &unit->code);
	unit->valid = unit->len > 0;
	if (!unit->valid)
		unit->len = 1;
	width = unit->valid && !arip_utf8_unsafe(unit->code) ? wcwidth((wchar_t)unit->code) : -1;
	if (width < 0) {
		unit_escape(unit);
	} else {
		unit->width = (unsigned)width;
	}
}

/* How many bytes from P on are printable ASCII, one cell each: nearly all that there is. */
static size_t plain_run(const char *p, const char *end)
{
	const char *start = p;

	while (p < end && *p >= 0x20 && *p < 0x7f)
		p++;
	return (size_t)(p - start);
}

size_t term_width(const char *text, size_t len)
{
	const char *end = text + len;
	size_t cells = 0;

	for (const char *p = text; p < end;) {
		size_t run = plain_run(p, end);
		struct unit unit;

		cells += run;
		p += run;
		if (p < end) {
			unit_next(&unit, p, (size_t)(end - p));
			cells += unit.width;
			p += unit.len;
		}
	}
	return cells;
}

static void unit_write(FILE *out, const struct unit *unit)
{
	if (unit->escape[0])
		fputs(unit->escape, out);
	else
		fwrite(unit->p, 1, unit->len, out);
}

/* As much of the text as fits into ROOM cells; the cells written. */
static size_t write_some(FILE *out, const char *text, size_t len, size_t room)
{
	const char *end = text + len;
	size_t written = 0;

	for (const char *p = text; p < end;) {
		size_t run = plain_run(p, end);
		struct unit unit;

		if (run > room - written)
			run = room - written;
		fwrite(p, 1, run, out);
		written += run;
		p += run;
		if (p == end)
			break;
		unit_next(&unit, p, (size_t)(end - p));
		if (unit.width > room - written)
			break;
		unit_write(out, &unit);
		written += unit.width;
		p += unit.len;
	}
	return written;
}

size_t term_write(FILE *out, const char *text, size_t len, size_t cells)
{
	static const char mark[] = "...";
	const size_t mark_len = sizeof(mark) - 1;
	size_t written;

	if (cells == TERM_NO_LIMIT || term_width(text, len) <= cells)
		return write_some(out, text, len, TERM_NO_LIMIT);
	if (cells <= mark_len)
		return write_some(out, text, len, cells);
	written = write_some(out, text, len, cells - mark_len);
	fputs(mark, out);
	return written + mark_len;
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
		if (used + len >= size)
			break;
		memcpy(buf + used, bytes, len);
		used += len;
	}
	buf[used] = '\0';
	return buf;
}

void term_pad(FILE *out, size_t cells)
{
	static const char blanks[] = "                                ";

	for (; cells > sizeof(blanks) - 1; cells -= sizeof(blanks) - 1)
		fwrite(blanks, 1, sizeof(blanks) - 1, out);
	fwrite(blanks, 1, cells, out);
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
