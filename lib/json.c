/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Reading JSON in place: members, paths and scalar values of a text, on top of the scanner.
 * Nothing is trusted: a reader given text that was never checked finds nothing where the
 * text is broken. Where a member occurs twice, the first one counts.
 */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ari/json.h"
#include "json_scan.h"

int ari_json_check(const char *json, size_t len, struct ari_error *err)
{
	const char *end = json + len, *start = arip_json_space(json, end), *p;
	struct arip_json_fail fail;

	p = arip_json_scan_value(start, end, 0, &fail);
	if (p) {
		p = arip_json_space(p, end);
		if (p == end)
			return 0;
		fail = (struct arip_json_fail){p, "something follows the value"};
	}
	return arip_json_report(&fail, json, err);
}

enum ari_json_type ari_json_type(struct ari_span value)
{
	if (!value.p || !value.len)
		return ARI_JSON_NONE;
	switch (*value.p) {
	case '"':
		return ARI_JSON_STRING;
	case '{':
		return ARI_JSON_OBJECT;
	case '[':
		return ARI_JSON_ARRAY;
	case 't':
	case 'f':
		return ARI_JSON_BOOL;
	case 'n':
		return ARI_JSON_NULL;
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9':
		return ARI_JSON_NUMBER;
	default:
		return ARI_JSON_NONE;
	}
}

void ari_json_iter_init(struct ari_json_iter *iter, struct ari_span container)
{
	const char *end = container.p ? container.p + container.len : NULL;
	const char *p = container.p ? arip_json_space(container.p, end) : NULL;

	*iter = (struct ari_json_iter){0};
	if (!p || p == end || (*p != '{' && *p != '['))
		return;
	iter->p = p + 1;
	iter->end = end;
	iter->object = *p == '{';
}

bool ari_json_next(struct ari_json_iter *iter, struct ari_span *key, struct ari_span *value)
{
	struct arip_json_walk walk;

	if (!iter->p)
		return false;
	walk = (struct arip_json_walk){
		.p = iter->p,
		.end = iter->end,
		.object = iter->object,
		.started = iter->started,
	};
	if (arip_json_walk_next(&walk, key, value) <= 0) {
		iter->p = NULL;
		return false;
	}
	iter->p = walk.p;
	iter->started = true;
	return true;
}

/* The length of the UTF-8 form of CODE, written to OUT. */
static size_t put_utf8(char *out, unsigned code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xC0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3F));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xE0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3F));
		out[2] = (char)(0x80 | (code & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3F));
	out[2] = (char)(0x80 | (code >> 6 & 0x3F));
	out[3] = (char)(0x80 | (code & 0x3F));
	return 4;
}

/* The four checked digits at P. */
static unsigned hex_unit(const char *p)
{
	unsigned value = 0;

	for (int i = 0; i < 4; i++)
		value = value * 16 +
			(unsigned)((p[i] | 0x20) >= 'a' ? (p[i] | 0x20) - 'a' + 10 : p[i] - '0');
	return value;
}

/* The character of the checked escape at *P (behind the backslash), stepping over it. NUL cannot be
 * in a C string: rather than cut the text there, it becomes the replacement character. */
static size_t get_escape(const char **p, char *out)
{
	static const char letters[] = "b\bf\fn\nr\rt\t";
	char c = *(*p)++;
	const char *found;
	unsigned code;

	if (c != 'u') {
		found = strchr(letters, c);
		*out = found ? found[1] : c;
		return 1;
	}
	code = hex_unit(*p);
	*p += 4;
	if (code >= 0xD800 && code <= 0xDBFF) {
		code = 0x10000 + ((code - 0xD800) << 10) + (hex_unit(*p + 2) - 0xDC00);
		*p += 6;
	}
	return put_utf8(out, code ? code : 0xFFFD);
}

/* One character of a checked string at *P, stepping over it. Returns its length in OUT. */
static size_t get_char(const char **p, char *out)
{
	unsigned char lead = (unsigned char)**p;
	size_t len = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;

	if (lead == '\\') {
		++*p;
		return get_escape(p, out);
	}
	memcpy(out, *p, len);
	*p += len;
	return len;
}

/* The raw text between the quotes of a valid string value. */
static bool string_body(struct ari_span value, struct ari_span *body)
{
	struct arip_json_fail fail;

	if (!value.p || value.len < 2 || *value.p != '"')
		return false;
	if (arip_json_scan_string(value.p + 1, value.p + value.len, &fail) != value.p + value.len)
		return false;
	*body = (struct ari_span){value.p + 1, value.len - 2};
	return true;
}

static size_t unescape(struct ari_span body, char *buf, size_t size)
{
	const char *p = body.p, *end = body.p + body.len;
	size_t total = 0, used = 0;
	bool full = size == 0;

	while (p < end) {
		char c[4];
		size_t len = get_char(&p, c);

		if (!full && used + len < size) {
			memcpy(buf + used, c, len);
			used += len;
		} else {
			full = true;
		}
		total += len;
	}
	if (size)
		buf[used] = '\0';
	return total;
}

long ari_json_text(struct ari_span value, char *buf, size_t size)
{
	struct ari_span body;

	if (size)
		buf[0] = '\0';
	if (!string_body(value, &body))
		return -1;
	if (body.len < size && !memchr(body.p, '\\', body.len)) {
		memcpy(buf, body.p, body.len);
		buf[body.len] = '\0';
		return (long)body.len;
	}
	return (long)unescape(body, buf, size);
}

char *ari_json_text_dup(struct ari_span value)
{
	struct ari_span body;
	char *text;

	if (!string_body(value, &body))
		return NULL;
	text = malloc(body.len + 1); /* no escape is shorter than its character */
	if (text)
		unescape(body, text, body.len + 1);
	return text;
}

bool ari_json_int(struct ari_span value, long long *out)
{
	bool negative = value.p && value.len && *value.p == '-';
	unsigned long long n = 0, limit = negative ? (unsigned long long)LLONG_MAX + 1 : LLONG_MAX;
	const char *p, *end;

	if (!value.p)
		return false;
	p = value.p + negative;
	end = value.p + value.len;
	if (p == end || (*p == '0' && end - p > 1))
		return false;
	for (; p < end; p++) {
		unsigned digit = (unsigned)(*p - '0');

		if (digit > 9 || n > (limit - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*out = negative ? (long long)(0 - n) : (long long)n;
	return true;
}

/* Whether the checked raw string BODY has the text of LEN bytes. */
static bool body_equal(struct ari_span body, const char *text, size_t len)
{
	const char *p = body.p, *end = body.p + body.len;

	if (!memchr(body.p, '\\', body.len))
		return body.len == len && !memcmp(body.p, text, len);
	while (p < end) {
		char c[4];
		size_t n = get_char(&p, c);

		if (n > len || memcmp(c, text, n))
			return false;
		text += n;
		len -= n;
	}
	return len == 0;
}

bool ari_json_equal(struct ari_span value, const char *text)
{
	struct ari_span body;

	return string_body(value, &body) && body_equal(body, text, strlen(text));
}

struct ari_span ari_json_get(struct ari_span object, const char *path)
{
	while (object.p) {
		size_t len = strcspn(path, ".");
		struct ari_span key, value, found = {NULL, 0};
		struct ari_json_iter iter;

		ari_json_iter_init(&iter, object);
		if (!iter.object)
			break;
		while (ari_json_next(&iter, &key, &value)) {
			if (body_equal(key, path, len)) {
				found = value;
				break;
			}
		}
		if (!path[len])
			return found;
		object = found;
		path += len + 1;
	}
	return (struct ari_span){NULL, 0};
}
