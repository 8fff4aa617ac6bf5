/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See ini.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ini.h"
#include "utf8.h"

#define LINE_MAX_BYTES 8192

int ini_fail(const struct ini_place *at, const char *fmt, ...)
{
	va_list ap;
	int n;

	n = at->line ? snprintf(at->err->text, sizeof(at->err->text), "%s:%d: ", at->file, at->line)
		     : snprintf(at->err->text, sizeof(at->err->text), "%s: ", at->file);
	if (n < 0 || (size_t)n >= sizeof(at->err->text))
		return -1;
	va_start(ap, fmt);
	vsnprintf(at->err->text + n, sizeof(at->err->text) - (size_t)n, fmt, ap);
	va_end(ap);
	return -1;
}

static char *trim(char *text)
{
	char *end;

	text += strspn(text, " \t");
	end = text + strlen(text);
	while (end > text && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		end--;
	*end = '\0';
	return text;
}

/* Cut the comment off, and make "\;" a semicolon. */
static void strip_comment(char *line)
{
	char *to = line;

	for (; *line && *line != ';'; line++) {
		if (line[0] == '\\' && line[1] == ';')
			line++;
		*to++ = *line;
	}
	*to = '\0';
}

static int section_line(const struct ini_place *at, char *line, char *section, size_t size)
{
	char *end = strchr(line, ']');

	if (!end || end[1])
		return ini_fail(at, "a section is written [name], nothing behind it");
	*end = '\0';
	line = trim(line + 1);
	if (!*line || strlen(line) >= size)
		return ini_fail(at, "a section needs a name of at most %zu characters", size - 1);
	memcpy(section, line, strlen(line) + 1);
	return 0;
}

static int pair_line(const struct ini_place *at, char *line, const char *section, ini_fn fn,
		     void *arg)
{
	char *eq = strchr(line, '=');

	if (!eq)
		return ini_fail(at, "expected 'key = value' or '[section]'");
	*eq++ = '\0';
	if (*eq == '>')
		eq++;
	line = trim(line);
	if (!*line)
		return ini_fail(at, "there is no key before '='");
	if (!*section)
		return ini_fail(at, "'%.40s' stands before the first [section]", line);
	return fn(arg, at, section, line, trim(eq));
}

int ini_parse(const char *file, const char *text, size_t len, ini_fn fn, void *arg,
	      struct ini_error *err)
{
	struct ini_place at = {.file = file, .err = err};
	char section[80] = "", copy[LINE_MAX_BYTES], *line;
	size_t n;
	int res = 0;

	while (len && !res) {
		const char *nl = memchr(text, '\n', len);

		n = nl ? (size_t)(nl - text) : len;
		at.line++;
		if (n >= sizeof(copy))
			return ini_fail(&at, "the line is longer than %d bytes", LINE_MAX_BYTES - 1);
		if (memchr(text, '\0', n) || !utf8_valid(text, n))
			return ini_fail(&at, "the line is not UTF-8 text");
		memcpy(copy, text, n);
		copy[n] = '\0';
		strip_comment(copy);
		line = trim(copy);
		if (*line == '[') {
			res = section_line(&at, line, section, sizeof(section));
			if (!res)
				res = fn(arg, &at, section, NULL, NULL);
		} else if (*line == '#') {
			res = ini_fail(&at, "directives such as %.20s are not supported here", line);
		} else if (*line) {
			res = pair_line(&at, line, section, fn, arg);
		}
		n += nl ? 1 : 0;
		text += n;
		len -= n;
	}
	return res ? -1 : 0;
}
