/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The parser of configuration files. Pure: text in, values or a message out.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "nearest.h"
#include "utf8.h"

static const struct config_row rows[] = {
	[CONFIG_CONTEXT] = { "context", "the name of a context",
			     "The context to use when none is asked for", true },
	[CONFIG_URL] = { "url", "an API root like http://pbx:8088/ari",
			 "The API root of the server", false },
	[CONFIG_USER] = { "user", "a name without ':'", "The ARI user", false },
	[CONFIG_PASSWORD_COMMAND] = { "password_command", "a program and its arguments",
				      "A program whose first line of output is the password", false },
	[CONFIG_PASSWORD_FILE] = { "password_file", "a path that begins with / or ~/",
				   "A file whose first line is the password; mode 0600", false },
	[CONFIG_NETRC_FILE] = { "netrc_file", "a path that begins with / or ~/",
				"A netrc file to look the host up in, instead of ~/.netrc", false },
	[CONFIG_CA_FILE] = { "ca_file", "a path that begins with / or ~/",
			     "Authorities (PEM) to check the server's certificate with", false },
	[CONFIG_INSECURE] = { "insecure", "yes or no",
			      "Do not check the server's certificate", false },
	[CONFIG_TIMEOUT] = { "timeout", "a duration like 500ms, 2s or 1m",
			     "Give up on a request after so long", false },
};

struct reader {
	struct config_values *values;
	bool main_file;
	const char *file;
	unsigned line;
	char *why;
	size_t why_size;
};

const struct config_row *config_row(enum config_key key)
{
	return &rows[key];
}

static int __attribute__((format(printf, 3, 4)))
fail(struct reader *reader, size_t column, const char *fmt, ...)
{
	va_list args;
	int n = snprintf(reader->why, reader->why_size, "%s:%u:%zu: ", reader->file, reader->line,
			 column + 1);

	if (n > 0 && (size_t)n < reader->why_size) {
		va_start(args, fmt);
		vsnprintf(reader->why + n, reader->why_size - (size_t)n, fmt, args);
		va_end(args);
	}
	return -1;
}

bool config_context_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= 64 && name[0] != '.' && name[0] != '-' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == len;
}

static bool is_path(const char *value)
{
	return value[0] == '/' || strncmp(value, "~/", 2) == 0;
}

static bool is_command(const char *value)
{
	const char *why;
	char **words = config_words(value, &why);
	bool good = words && words[0];

	free(words);
	return good;
}

static bool is_good(enum config_key key, const char *value)
{
	switch (key) {
	case CONFIG_CONTEXT:
		return config_context_name(value);
	case CONFIG_USER:
		return !strchr(value, ':');
	case CONFIG_PASSWORD_COMMAND:
		return is_command(value);
	case CONFIG_PASSWORD_FILE:
	case CONFIG_NETRC_FILE:
	case CONFIG_CA_FILE:
		return is_path(value);
	case CONFIG_INSECURE:
		return strcmp(value, "yes") == 0 || strcmp(value, "no") == 0;
	case CONFIG_TIMEOUT:
		return cli_duration(value) > 0;
	default:
		return true;	/* the URL: taken apart when it is used, with a message of its own */
	}
}

static int fail_key(struct reader *reader, size_t column, const char *key)
{
	struct arip_nearest nearest = { .word = key };

	if (strcmp(key, "password") == 0)
		return fail(reader, column,
			    "a password is not kept here; use password_command or password_file");
	if (strcmp(key, rows[CONFIG_CONTEXT].name) == 0)
		return fail(reader, column, "'context' belongs into the main file, not into a context");
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		if (reader->main_file || !rows[i].main_only)
			arip_nearest_add(&nearest, rows[i].name);
	}
	if (nearest.best)
		return fail(reader, column, "unknown key '%s'; did you mean '%s'?", key, nearest.best);
	return fail(reader, column,
		    "unknown key '%s'; expected url, user, password_command, password_file, "
		    "netrc_file, ca_file, insecure or timeout", key);
}

static int set(struct reader *reader, const char *key, size_t column, const char *value,
	       size_t value_column)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		if (strcmp(rows[i].name, key) != 0 || (rows[i].main_only && !reader->main_file))
			continue;
		if (reader->values->value[i])
			return fail(reader, column, "'%s' was set before", key);
		if (!*value)
			return fail(reader, value_column, "'%s' has no value; expected %s", key,
				    rows[i].expected);
		if (!is_good((enum config_key)i, value))
			return fail(reader, value_column, "'%s' is wrong for '%s'; expected %s", value, key,
				    rows[i].expected);
		reader->values->value[i] = strdup(value);
		return reader->values->value[i] ? 0 : fail(reader, column, "out of memory");
	}
	return fail_key(reader, column, key);
}

/* One line, NUL-terminated, without its end; it may be changed. */
static int read_line(struct reader *reader, char *line)
{
	char *key = line + strspn(line, " \t");
	char *equals, *end, *value;

	if (!*key || *key == '#' || *key == ';')
		return 0;
	if (*key == '[')
		return fail(reader, (size_t)(key - line),
			    "sections are not used; each context is a file of its own");
	equals = strchr(key, '=');
	if (!equals)
		return fail(reader, (size_t)(key - line), "expected 'key = value'");
	value = equals + 1 + strspn(equals + 1, " \t");
	for (end = equals; end > key && (end[-1] == ' ' || end[-1] == '\t'); end--)
		;
	*end = '\0';
	if (!*key)
		return fail(reader, (size_t)(key - line), "the key before '=' is missing");
	for (end = value + strlen(value); end > value && strchr(" \t\r", end[-1]); end--)
		;
	*end = '\0';
	return set(reader, key, (size_t)(key - line), value, (size_t)(value - line));
}

/* Control characters have no place in a value: they would end up in a header or on a terminal. */
static int check_bytes(struct reader *reader, const char *line, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t code;
		size_t n = arip_utf8_next(line + i, len - i, &code);

		if (!n)
			return fail(reader, i, "this is no UTF-8");
		if (code != '\t' && !(code == '\r' && i + 1 == len) && arip_utf8_unsafe(code))
			return fail(reader, i, "control character U+%04X", (unsigned)code);
		i += n;
	}
	return 0;
}

int config_parse(struct config_values *values, bool main_file, const char *file, const char *text,
		 size_t len, char *why, size_t why_size)
{
	struct reader reader = {
		.values = values, .main_file = main_file, .file = file, .why = why, .why_size = why_size,
	};
	const char *end = text + len;

	for (const char *p = text; p < end;) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t size = (size_t)((stop ? stop : end) - p);
		char *line;
		int result;

		reader.line++;
		if (check_bytes(&reader, p, size) < 0)
			return -1;
		line = strndup(p, size);
		if (!line)
			return fail(&reader, 0, "out of memory");
		result = read_line(&reader, line);
		free(line);
		if (result < 0)
			return -1;
		p += size + 1;
	}
	return 0;
}

void config_values_release(struct config_values *values)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++)
		free(values->value[i]);
	*values = (struct config_values){ { NULL } };
}

char **config_words(const char *line, const char **why)
{
	size_t len = strlen(line);
	size_t most = len / 2 + 2;
	char **words = malloc(most * sizeof(*words) + len + 1);
	char *out = (char *)(words + most);
	size_t count = 0;

	*why = "out of memory";
	if (!words)
		return NULL;
	for (const char *p = line + strspn(line, " \t"); *p; p += strspn(p, " \t")) {
		words[count++] = out;
		while (*p && *p != ' ' && *p != '\t') {
			const char *close = *p == '"' || *p == '\'' ? strchr(p + 1, *p) : p;

			if (!close) {
				*why = "a quote is not closed";
				free(words);
				return NULL;
			}
			if (close == p) {
				*out++ = *p++;
				continue;
			}
			memcpy(out, p + 1, (size_t)(close - p - 1));
			out += close - p - 1;
			p = close + 1;
		}
		*out++ = '\0';
	}
	words[count] = NULL;
	return words;
}
