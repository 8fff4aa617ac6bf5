/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Errors and text:
 * - the first error wins, NULL is allowed, clearing makes room for another;
 * - what is quoted from a server becomes one line that is safe for a terminal, cut between
 * characters;
 * - UTF-8 is read strictly;
 * - every code has a name, every status a code;
 * - ids are random, of the promised form, and need no quoting.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ari/client.h"
#include "error.h"
#include "utf8.h"

static void test_first_wins(void **state)
{
	struct ari_error err = {.code = ARI_OK};

	(void)state;
	assert_int_equal(arip_error_set(&err, ARI_ENOTFOUND, "no %s", "channel"), -1);
	assert_int_equal(arip_error_set(&err, ARI_ESERVER, "later"), -1);
	assert_int_equal(err.code, ARI_ENOTFOUND);
	assert_string_equal(err.text, "no channel");
	ari_error_clear(&err);
	assert_int_equal(err.code, ARI_OK);
	assert_string_equal(err.text, "");
	arip_error_memory(&err);
	assert_int_equal(err.code, ARI_ESYSTEM);
	assert_int_equal(arip_error_set(NULL, ARI_ESERVER, "nobody listens"), -1);
	ari_error_clear(NULL);
}

static void test_long_text(void **state)
{
	struct ari_error err = {.code = ARI_OK};
	char text[4096];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	arip_error_set(&err, ARI_ESERVER, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

static void test_safe(void **state)
{
	static const struct {
		const char *text;
		const char *safe;
	} rows[] = {
		{"plain", "plain"},
		{"Zo\xc3\xab \xe2\x82\xac \xf0\x9f\x98\x80",
		 "Zo\xc3\xab \xe2\x82\xac \xf0\x9f\x98\x80"},
		{"a\x1b[31mb", "a?[31mb"},
		{"a\r\nb\tc", "a? b c"},
		{"a\x7f"
		 "b",
		 "a?b"},
		{"a\xc2\x9b"
		 "31m",
		 "a?31m"}, /* C1 CSI */
		{"a\xe2\x80\xae"
		 "b",
		 "a?b"}, /* right-to-left override */
		{"a\xe2\x80\x8b\xef\xbb\xbf"
		 "b",
		 "a??b"}, /* zero-width space, BOM */
		{"a\xff\xc3", "a??"},
		{"\xed\xa0\x80", "???"},   /* a surrogate */
		{"\xc0\xaf", "??"},	   /* overlong */
		{"\xf3\xa0\x80\xa1", "?"}, /* a tag character */
	};
	char buf[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		arip_text_safe(buf, sizeof(buf), rows[i].text, strlen(rows[i].text));
		assert_string_equal(buf, rows[i].safe);
	}
}

static void test_cut(void **state)
{
	static const char *const cut[] = {"",
					  "",
					  "\xc3\xab",
					  "\xc3\xab"
					  "x",
					  "\xc3\xab"
					  "x",
					  "\xc3\xab"
					  "x\xc3\xab"};
	char buf[8];

	(void)state;
	for (size_t size = 1; size <= 6; size++) {
		memset(buf, '#', sizeof(buf));
		arip_text_safe(buf, size,
			       "\xc3\xab"
			       "x\xc3\xab",
			       5);
		assert_string_equal(buf, cut[size - 1]);
		assert_int_equal(buf[size], '#');
	}
	buf[0] = '#';
	arip_text_safe(buf, 0, "x", 1);
	assert_int_equal(buf[0], '#');
	arip_text_safe(buf, sizeof(buf), "a\0b", 3);
	assert_string_equal(buf, "a?b");
}

static void test_utf8(void **state)
{
	uint32_t code;

	(void)state;
	assert_int_equal(arip_utf8_next("\xf4\x8f\xbf\xbf", 4, &code), 4);
	assert_int_equal(code, 0x10ffff);
	assert_int_equal(arip_utf8_next("\xf4\x90\x80\x80", 4, &code), 0);
	assert_int_equal(arip_utf8_next("\xe0\x80\x80", 3, &code), 0);
	assert_int_equal(arip_utf8_next("\xf0\x80\x80\x80", 4, &code), 0);
	assert_int_equal(arip_utf8_next("\xe2\x82\xac", 2, &code), 0);
	assert_int_equal(arip_utf8_next("", 0, &code), 0);
	assert_true(arip_utf8_valid("", 0));
	assert_true(arip_utf8_valid("\xed\x9f\xbf\xee\x80\x80", 6));
	assert_false(arip_utf8_valid("ok\x80", 3));
}

static void test_codes(void **state)
{
	(void)state;
	for (int code = ARI_OK; code <= ARI_ESYSTEM; code++)
		assert_string_not_equal(ari_code_name(code), "unknown error");
	assert_string_equal(ari_code_name(ARI_ESYSTEM + 1), "unknown error");
	assert_string_equal(ari_code_name(-1), "unknown error");
	assert_int_equal(arip_code_of_status(400), ARI_EREJECTED);
	assert_int_equal(arip_code_of_status(401), ARI_EREFUSED);
	assert_int_equal(arip_code_of_status(403), ARI_EREFUSED);
	assert_int_equal(arip_code_of_status(404), ARI_ENOTFOUND);
	assert_int_equal(arip_code_of_status(409), ARI_ECONFLICT);
	assert_int_equal(arip_code_of_status(412), ARI_ECONFLICT);
	assert_int_equal(arip_code_of_status(422), ARI_ECONFLICT);
	assert_int_equal(arip_code_of_status(413), ARI_EREJECTED);
	assert_int_equal(arip_code_of_status(500), ARI_ESERVER);
	assert_int_equal(arip_code_of_status(302), ARI_EPROTOCOL);
	assert_int_equal(arip_code_of_status(600), ARI_EPROTOCOL);
}

static void test_ids(void **state)
{
	char one[ARI_ID_SIZE];
	char two[ARI_ID_SIZE];

	(void)state;
	ari_id_new(one);
	ari_id_new(two);
	assert_int_equal(strlen(one), strlen("astctl-") + 22);
	assert_memory_equal(one, "astctl-", 7);
	assert_int_equal(strspn(one + 7, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "abcdefghijklmnopqrstuvwxyz"),
			 22);
	assert_string_not_equal(one, two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_wins), cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_safe),	   cmocka_unit_test(test_cut),
		cmocka_unit_test(test_utf8),	   cmocka_unit_test(test_codes),
		cmocka_unit_test(test_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
