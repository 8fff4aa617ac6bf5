/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The validating JSON scanner: RFC 8259 to the letter, valid UTF-8, no recursion. An event costs
 * about a nanosecond a byte here, so strings go eight bytes at a time. Open containers
 * are bits of one word (set: object), which is why the depth is capped at 64.
 */
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "error.h"
#include "json_scan.h"

_Static_assert(ARI_JSON_MAX_DEPTH <= 64, "open containers are bits of one 64-bit word");

static const char *fail_at(struct arip_json_fail *fail, const char *at, const char *what)
{
	fail->at = at;
	fail->what = what;
	return NULL;
}

int arip_json_report(const struct arip_json_fail *fail, const char *json, struct ari_error *err)
{
	return arip_error_set(err, ARI_EPROTOCOL, "bad JSON at byte %zu: %s",
			      (size_t)(fail->at - json), fail->what);
}

/* Plain ASCII needs no look at each byte: as many bytes at a time as the machine has instructions
 * for. Stops at the first quote, backslash, control or non-ASCII byte. */
#ifdef __SSE2__
static inline const char *skip_plain_block(const char *p, const char *end)
{
	while (end - p >= 16) {
		__m128i text = _mm_loadu_si128((const __m128i *)(const void *)p);
		/* Bytes from 0x80 on are negative, so below the space too. */
		__m128i stop = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(text, _mm_set1_epi8('"')),
							 _mm_cmpeq_epi8(text, _mm_set1_epi8('\\'))),
					    _mm_cmplt_epi8(text, _mm_set1_epi8(' ')));
		unsigned mask = (unsigned)_mm_movemask_epi8(stop);

		if (mask)
			return p + __builtin_ctz(mask);
		p += 16;
	}
	return p;
}
#else
static inline const char *skip_plain_block(const char *p, const char *end)
{
	const uint64_t ones = 0x0101010101010101u;

	while (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && end - p >= 8) {
		uint64_t w, quote, slash, stop;

		memcpy(&w, p, sizeof(w));
		quote = w ^ (ones * '"');
		slash = w ^ (ones * '\\');
		/* A borrow can only mark bytes above the lowest marked one, so that one is exact.
		 */
		stop = ((w - ones * 0x20) | (quote - ones) | (slash - ones) | w) & (ones * 0x80);
		if (stop)
			return p + (__builtin_ctzll(stop) >> 3);
		p += 8;
	}
	return p;
}
#endif

static inline const char *skip_plain(const char *p, const char *end)
{
	p = skip_plain_block(p, end);
	while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' &&
	       *p != '\\')
		p++;
	return p;
}

static bool continuation(const char *p, const char *end, int count)
{
	if (end - p < count)
		return false;
	for (int i = 0; i < count; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return false;
	}
	return true;
}

/* One multi-byte character at P; no overlong forms, no surrogates, nothing above U+10FFFF. */
static const char *skip_utf8(const char *p, const char *end)
{
	unsigned char lead = *p, second = end - p > 1 ? p[1] : 0;

	if (lead >= 0xC2 && lead <= 0xDF)
		return continuation(p + 1, end, 1) ? p + 2 : NULL;
	if ((lead & 0xF0) == 0xE0) {
		if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F))
			return NULL;
		return continuation(p + 1, end, 2) ? p + 3 : NULL;
	}
	if (lead >= 0xF0 && lead <= 0xF4) {
		if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F))
			return NULL;
		return continuation(p + 1, end, 3) ? p + 4 : NULL;
	}
	return NULL;
}

static int hex4(const char *p, const char *end)
{
	int value = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = p[i];

		if (c >= '0' && c <= '9')
			value = value * 16 + c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = value * 16 + (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return value;
}

/* The rest of a \u escape, P at its digits. Half a surrogate pair is no character, so no valid
 * text. */
static const char *skip_unicode(const char *p, const char *end, struct arip_json_fail *fail)
{
	int unit = hex4(p, end);

	if (unit < 0)
		return fail_at(fail, p, "expected four hexadecimal digits after \\u");
	if (unit < 0xD800 || unit > 0xDFFF)
		return p + 4;
	if (unit <= 0xDBFF && end - p >= 10 && p[4] == '\\' && p[5] == 'u') {
		int low = hex4(p + 6, end);

		if (low >= 0xDC00 && low <= 0xDFFF)
			return p + 10;
	}
	return fail_at(fail, p, "half a surrogate pair");
}

static const char *skip_escape(const char *p, const char *end, struct arip_json_fail *fail)
{
	if (p == end)
		return fail_at(fail, p, "the text ends inside a string");
	switch (*p) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		return p + 1;
	case 'u':
		return skip_unicode(p + 1, end, fail);
	default:
		return fail_at(fail, p, "no such escape");
	}
}

const char *arip_json_scan_string(const char *p, const char *end, struct arip_json_fail *fail)
{
	while ((p = skip_plain(p, end)) < end) {
		const char *at = p;

		if (*p == '"')
			return p + 1;
		if (*p == '\\') {
			p = skip_escape(p + 1, end, fail);
			if (!p)
				return NULL;
		} else if ((unsigned char)*p < 0x20) {
			return fail_at(fail, p, "control character in a string");
		} else {
			p = skip_utf8(p, end);
			if (!p)
				return fail_at(fail, at, "invalid UTF-8");
		}
	}
	return fail_at(fail, end, "the text ends inside a string");
}

static inline bool is_digit(const char *p, const char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

static inline const char *skip_digits(const char *p, const char *end)
{
	while (is_digit(p, end))
		p++;
	return p;
}

static const char *scan_number(const char *p, const char *end, struct arip_json_fail *fail)
{
	p += *p == '-';
	if (!is_digit(p, end))
		return fail_at(fail, p, "expected a digit");
	if (*p == '0' && is_digit(p + 1, end))
		return fail_at(fail, p, "a number with a leading zero");
	p = skip_digits(p, end);
	if (p < end && *p == '.') {
		if (!is_digit(p + 1, end))
			return fail_at(fail, p + 1, "expected a digit after the decimal point");
		p = skip_digits(p + 1, end);
	}
	if (p < end && (*p | 0x20) == 'e') {
		p++;
		p += p < end && (*p == '+' || *p == '-');
		if (!is_digit(p, end))
			return fail_at(fail, p, "expected a digit in the exponent");
		p = skip_digits(p, end);
	}
	return p;
}

static const char *scan_word(const char *p, const char *end, const char *word, size_t len,
			     struct arip_json_fail *fail)
{
	if ((size_t)(end - p) < len || memcmp(p, word, len))
		return fail_at(fail, p, "expected a value");
	return p + len;
}

/* A value that contains no other. */
static inline const char *scan_scalar(const char *p, const char *end, struct arip_json_fail *fail)
{
	switch (*p) {
	case '"':
		return arip_json_scan_string(p + 1, end, fail);
	case 't':
		return scan_word(p, end, "true", 4, fail);
	case 'f':
		return scan_word(p, end, "false", 5, fail);
	case 'n':
		return scan_word(p, end, "null", 4, fail);
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
		return scan_number(p, end, fail);
	default:
		return fail_at(fail, p, "expected a value");
	}
}

/* A key and its colon, up to the first byte of the value. KEY may be NULL. */
static inline const char *scan_key(const char *p, const char *end, struct ari_span *key,
				   struct arip_json_fail *fail)
{
	const char *start = p + 1;

	if (p == end || *p != '"')
		return fail_at(fail, p, "expected a member name in double quotes");
	p = arip_json_scan_string(start, end, fail);
	if (!p)
		return NULL;
	if (key)
		*key = (struct ari_span){start, (size_t)(p - 1 - start)};
	p = arip_json_space(p, end);
	if (p == end || *p != ':')
		return fail_at(fail, p, "expected ':' after a member name");
	return arip_json_space(p + 1, end);
}

/* After a value: over the closing brackets that follow it, to the next value or, with DEPTH back at
 * BASE, to the end. */
static inline const char *next_item(const char *p, const char *end, uint64_t objects, unsigned base,
				    unsigned *depth, struct arip_json_fail *fail)
{
	while (*depth > base) {
		bool object = objects >> (*depth - 1) & 1;

		p = arip_json_space(p, end);
		if (p == end)
			return fail_at(fail, p, "the text ends too early");
		if (*p == ',') {
			p = arip_json_space(p + 1, end);
			return object ? scan_key(p, end, NULL, fail) : p;
		}
		if (*p != (object ? '}' : ']'))
			return fail_at(fail, p,
				       object ? "expected ',' or '}'" : "expected ',' or ']'");
		p++;
		--*depth;
	}
	return p;
}

const char *arip_json_scan_value(const char *p, const char *end, unsigned depth,
				 struct arip_json_fail *fail)
{
	uint64_t objects = 0;
	const unsigned base = depth;

	for (;;) {
		bool object;

		if (p == end)
			return fail_at(fail, p, "the text ends where a value should be");
		object = *p == '{';
		if (!object && *p != '[') {
			p = scan_scalar(p, end, fail);
		} else {
			if (depth == ARI_JSON_MAX_DEPTH)
				return fail_at(fail, p, "nested too deep");
			objects &= ~((uint64_t)1 << depth);
			objects |= (uint64_t)object << depth++;
			p = arip_json_space(p + 1, end);
			if (p == end || *p != (object ? '}' : ']')) {
				p = object ? scan_key(p, end, NULL, fail) : p;
				if (!p)
					return NULL;
				continue;
			}
			p++;
			depth--;
		}
		if (!p)
			return NULL;
		p = next_item(p, end, objects, base, &depth, fail);
		if (!p || depth == base)
			return p;
	}
}

void arip_json_walk_init(struct arip_json_walk *walk, const char *p, const char *end,
			 unsigned depth)
{
	walk->p = p + 1;
	walk->end = end;
	walk->depth = depth;
	walk->object = *p == '{';
	walk->started = false;
	walk->fail = (struct arip_json_fail){NULL, NULL};
}

/* To the next key or item, or past the closing bracket: 1, 0, -1. */
static int walk_step(struct arip_json_walk *walk)
{
	const char *p = arip_json_space(walk->p, walk->end);
	char close = walk->object ? '}' : ']';

	if (p < walk->end && *p == close) {
		walk->p = p + 1;
		return 0;
	}
	if (walk->started) {
		if (p == walk->end || *p != ',') {
			fail_at(&walk->fail, p,
				walk->object ? "expected ',' or '}'" : "expected ',' or ']'");
			return -1;
		}
		p = arip_json_space(p + 1, walk->end);
	}
	walk->started = true;
	walk->p = p;
	return 1;
}

int arip_json_walk_next(struct arip_json_walk *walk, struct ari_span *key, struct ari_span *value)
{
	int step = walk_step(walk);
	const char *p = walk->p, *past;

	if (step <= 0)
		return step;
	*key = (struct ari_span){NULL, 0};
	if (walk->object)
		p = scan_key(p, walk->end, key, &walk->fail);
	if (!p)
		return -1;
	past = arip_json_scan_value(p, walk->end, walk->depth + 1, &walk->fail);
	if (!past)
		return -1;
	*value = (struct ari_span){p, (size_t)(past - p)};
	walk->p = past;
	return 1;
}

/* ---- text that was checked before ---- */

/* Past the quote that closes the string around P. */
static inline const char *skip_string(const char *p, const char *end)
{
	while ((p = skip_plain(p, end)) < end && *p != '"')
		p += *p == '\\' && end - p > 1 ? 2 : 1;
	return p < end ? p + 1 : end;
}

static const char *skip_container(const char *p, const char *end)
{
	size_t depth = 0;

	while (p < end) {
		char c = *p++;

		if (c == '"')
			p = skip_string(p, end);
		else if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0)
			break;
	}
	return p;
}

static inline const char *skip_value(const char *p, const char *end)
{
	if (p == end)
		return p;
	if (*p == '"')
		return skip_string(p + 1, end);
	if (*p == '{' || *p == '[')
		return skip_container(p, end);
	while (p<end && * p> ' ' && *p != ',' && *p != '}' && *p != ']')
		p++;
	return p;
}

int arip_json_walk_known(struct arip_json_walk *walk, struct ari_span *key, struct ari_span *value)
{
	const char *p = arip_json_space(walk->p, walk->end), *end = walk->end, *start;

	if (p < end && *p == ',')
		p = arip_json_space(p + 1, end);
	if (p == end || *p == '}' || *p == ']') {
		walk->p = p + (p < end);
		return 0;
	}
	*key = (struct ari_span){NULL, 0};
	if (walk->object) {
		start = p + 1;
		p = skip_string(start, end);
		*key = (struct ari_span){start, p > start ? (size_t)(p - 1 - start) : 0};
		p = arip_json_space(p, end);
		p = arip_json_space(p + (p < end), end); /* the colon */
	}
	start = p;
	p = skip_value(p, end);
	if (p == walk->p) /* nothing valid is empty: do not stand still */
		return 0;
	*value = (struct ari_span){start, (size_t)(p - start)};
	walk->p = p;
	return 1;
}

struct ari_span arip_json_get_known(struct ari_span object, const char *path)
{
	while (object.len && *object.p == '{') {
		size_t head = (size_t)(strchrnul(path, '.') - path);
		struct arip_json_walk walk;
		struct ari_span key, value;

		arip_json_walk_init(&walk, object.p, object.p + object.len, 0);
		do {
			if (!arip_json_walk_known(&walk, &key, &value))
				return (struct ari_span){NULL, 0};
		} while (key.len != head || memcmp(key.p, path, head));
		if (!path[head])
			return value;
		object = value;
		path += head + 1;
	}
	return (struct ari_span){NULL, 0};
}
