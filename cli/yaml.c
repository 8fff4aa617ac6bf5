/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * JSON to YAML 1.2 blocks. Strings that could be taken for something else are double quoted.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json_out.h"
#include "term.h"
#include "utf8.h"

struct yaml {
	FILE *out;
	bool safe;
};

static void put_value(struct yaml *yaml, struct ari_span value, size_t indent);

/* A word that no YAML reader takes for a number, a date, a truth or an anchor. */
static bool is_plain(const char *text)
{
	static const char *const words[] = {"true", "false", "null", "yes", "no",
					    "on",   "off",   "y",    "n"};
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";

	if (!*text || !strchr(letters, *text))
		return false;
	for (const char *p = text; *p; p++) {
		if (!strchr(letters, *p) && !strchr("0123456789./-", *p))
			return false;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(words[i], text) == 0)
			return false;
	}
	return true;
}

static void put_quoted(struct yaml *yaml, const char *text)
{
	size_t left = strlen(text);

	putc('"', yaml->out);
	while (left) {
		uint32_t code;
		size_t n = arip_utf8_next(text, left, &code);

		if (!n) {	/* not from checked JSON: keep the output valid */
			n = 1;
			code = 0xfffd;
		}
		if (code == '"' || code == '\\')
			fprintf(yaml->out, "\\%c", (int)code);
		else if (code < 0x20 || code == 0x7f)
			fprintf(yaml->out, "\\x%02x", (unsigned)code);
		else if ((code >= 0x80 && code < 0xa0) || (yaml->safe && arip_utf8_unsafe(code)))
			fprintf(yaml->out, code > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned)code);
		else
			fwrite(text, 1, n, yaml->out);
		text += n;
		left -= n;
	}
	putc('"', yaml->out);
}

static void put_scalar(struct yaml *yaml, struct ari_span value)
{
	char *text;

	if (ari_json_type(value) != ARI_JSON_STRING) {
		fwrite(value.p, 1, value.len, yaml->out);
		return;
	}
	text = ari_json_text_dup(value);
	if (text && is_plain(text))
		fputs(text, yaml->out);
	else if (text)
		put_quoted(yaml, text);
	free(text);
}

static void put_key(struct yaml *yaml, struct ari_span key)
{
	/* The raw text between quotes: with them around it is a string value again. */
	put_scalar(yaml, (struct ari_span){ .p = key.p - 1, .len = key.len + 2 });
	putc(':', yaml->out);
}

/* True for a container that has something in it. */
static bool is_block(struct ari_span value)
{
	enum ari_json_type type = ari_json_type(value);
	struct ari_json_iter iter;
	struct ari_span key, member;

	if (type != ARI_JSON_OBJECT && type != ARI_JSON_ARRAY)
		return false;
	ari_json_iter_init(&iter, value);
	return ari_json_next(&iter, &key, &member);
}

static void put_leaf(struct yaml *yaml, struct ari_span value)
{
	enum ari_json_type type = ari_json_type(value);

	if (type == ARI_JSON_OBJECT)
		fputs("{}", yaml->out);
	else if (type == ARI_JSON_ARRAY)
		fputs("[]", yaml->out);
	else
		put_scalar(yaml, value);
	putc('\n', yaml->out);
}

/* The members of a container. The first line's indent has been written. */
static void put_block(struct yaml *yaml, struct ari_span value, size_t indent)
{
	bool object = ari_json_type(value) == ARI_JSON_OBJECT;
	struct ari_json_iter iter;
	struct ari_span key, member;
	bool first = true;

	ari_json_iter_init(&iter, value);
	while (ari_json_next(&iter, &key, &member)) {
		if (!first)
			term_pad(yaml->out, indent);
		first = false;
		if (!object) {
			fputs("- ", yaml->out);
			put_value(yaml, member, indent + 2);
			continue;
		}
		put_key(yaml, key);
		if (is_block(member)) {
			putc('\n', yaml->out);
			term_pad(yaml->out, indent + 2);
			put_value(yaml, member, indent + 2);
		} else {
			putc(' ', yaml->out);
			put_leaf(yaml, member);
		}
	}
}

static void put_value(struct yaml *yaml, struct ari_span value, size_t indent)
{
	if (is_block(value))
		put_block(yaml, value, indent);
	else
		put_leaf(yaml, value);
}

void json_write_yaml(FILE *out, struct ari_span value, bool safe)
{
	struct yaml yaml = { .out = out, .safe = safe };

	put_value(&yaml, value, 0);
}
