/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * JSON texts compared by meaning, order of members included: white space between tokens and the
 * way in which a character is escaped do not count, everything else does.
 */
#ifndef TESTS_JSON_SAME_H
#define TESTS_JSON_SAME_H

#include <stdbool.h>
#include <string.h>

#include "json_scan.h"
#include "../../module/core/xml_text.h"

/* Checked JSON with one way to write each string. */
static inline void json_plain(struct buf *out, const char *p, size_t len)
{
	const char *end = p + len;
	struct arip_json_fail fail;

	while ((p = arip_json_space(p, end)) < end) {
		const char *past;
		struct buf text = {0};

		if (*p != '"') {
			buf_addc(out, *p++);
			continue;
		}
		past = arip_json_scan_string(++p, end, &fail);
		while (p < past - 1) {
			char c[4];
			size_t n = xml_json_char(&p, c);

			buf_add(&text, c, n);
		}
		p = past;
		buf_add_json(out, text.data ? text.data : "", text.len);
		buf_free(&text);
	}
}

static inline bool json_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	struct buf one = {0}, two = {0};
	bool same;

	json_plain(&one, a, a_len);
	json_plain(&two, b, b_len);
	same = !one.failed && !two.failed && one.len == two.len &&
	       (!one.len || !memcmp(one.data, two.data, one.len));
	buf_free(&one);
	buf_free(&two);
	return same;
}

#endif
