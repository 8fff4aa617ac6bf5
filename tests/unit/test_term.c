/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Text made safe for a terminal:
 * - C0, DEL, C1, bidirectional, zero-width and invalid bytes come out as visible escapes;
 * - names of people, wide and combining characters come out as they are, with their width;
 * - cutting keeps whole characters and says that it cut;
 * - JSON keeps its value: escapes are JSON's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <locale.h>

#include "../../cli/term.h"

static char *written(const char *text, size_t len, size_t cells, size_t *width)
{
	char *buf = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&buf, &size);

	*width = term_write(out, text, len, cells);
	fclose(out);
	return buf;
}

static void test_escapes(void **state)
{
	static const struct {
		const char *text;
		const char *safe;
		size_t width;
	} rows[] = {
		{ "", "", 0 },
		{ "Ann", "Ann", 3 },
		{ "\x1b[31mred", "\\x1b[31mred", 11 },
		{ "a\nb\tc\rd", "a\\nb\\tc\\rd", 10 },
		{ "\x7f", "\\x7f", 4 },
		{ "\xc2\x9b" "2J", "\\u009b2J", 8 },			/* C1 CSI */
		{ "\xe2\x80\xae" "evil", "\\u202eevil", 10 },		/* right to left override */
		{ "a\xe2\x80\x8b" "b", "a\\u200bb", 8 },		/* zero-width space */
		{ "\xe2\x81\xa6x", "\\u2066x", 7 },			/* isolate */
		{ "\xef\xbb\xbfx", "\\ufeffx", 7 },
		{ "\xf3\xa0\x81\x81", "\\U000e0041", 10 },		/* tag */
		{ "\xff\xfe", "\\xff\\xfe", 8 },
		{ "\xc0\xaf", "\\xc0\\xaf", 8 },			/* overlong */
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80", 12 },		/* surrogate */
		{ "\xe2\x82", "\\xe2\\x82", 8 },			/* cut short */
		{ "J\xc3\xbcrgen", "J\xc3\xbcrgen", 6 },
		{ "\xe6\xbc\xa2", "\xe6\xbc\xa2", 2 },
		{ "e\xcc\x81", "e\xcc\x81", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i].text), width;
		char *out = written(rows[i].text, len, TERM_NO_LIMIT, &width);
		char buf[64];

		assert_string_equal(out, rows[i].safe);
		assert_int_equal(width, rows[i].width);
		assert_int_equal(term_width(rows[i].text, len), rows[i].width);
		assert_string_equal(term_safe(buf, sizeof(buf), rows[i].text), rows[i].safe);
		free(out);
	}
}

static void test_nul(void **state)
{
	size_t width;
	char *out = written("a\0b", 3, TERM_NO_LIMIT, &width);

	(void)state;
	assert_string_equal(out, "a\\x00b");
	free(out);
}

static void test_cut(void **state)
{
	static const struct {
		const char *text;
		size_t cells;
		const char *cut;
	} rows[] = {
		{ "0123456789", 10, "0123456789" },
		{ "0123456789", 8, "01234..." },
		{ "0123456789", 3, "012" },
		{ "0123456789", 0, "" },
		{ "01234\x1b[31m", 8, "01234..." },			/* never half an escape */
		{ "012\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2", 7, "012..." },	/* nor half a wide one */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t width;
		char *out = written(rows[i].text, strlen(rows[i].text), rows[i].cells, &width);

		assert_string_equal(out, rows[i].cut);
		assert_true(width <= rows[i].cells);
		assert_int_equal(width, strlen(out));
		free(out);
	}
}

static void test_safe_fits(void **state)
{
	char buf[8];

	(void)state;
	assert_string_equal(term_safe(buf, sizeof(buf), "12345\x1b" "6"), "12345");
	assert_string_equal(term_safe(buf, sizeof(buf), "123456\xc3\xbc"), "123456");
	assert_string_equal(term_safe(buf, 1, "abc"), "");
}

static void test_json(void **state)
{
	static const char json[] = "{\"a\": \"x\xe2\x80\xaey\x7f\",\n \"b\": \"\xf3\xa0\x81\x81\"}";
	char *buf = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&buf, &size);

	(void)state;
	term_write_json(out, json, sizeof(json) - 1);
	fclose(out);
	assert_string_equal(buf, "{\"a\": \"x\\u202ey\\u007f\",\n \"b\": \"\\udb40\\udc41\"}");
	free(buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escapes), cmocka_unit_test(test_nul), cmocka_unit_test(test_cut),
		cmocka_unit_test(test_safe_fits), cmocka_unit_test(test_json),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
