/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Configuration files, command lines in them, durations and names:
 * - what is right is kept, with blanks and comments gone;
 * - what is wrong is one message with file, line and column, and the nearest key.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../cli/cli.h"
#include "../../cli/config.h"

static void test_good(void **state)
{
	static const char text[] = "# the office\n"
				   "\n"
				   "url = http://pbx:8088/ari  \r\n"
				   "  user=operator\n"
				   "; another comment\n"
				   "password_command =  secret-tool lookup 'my pbx'\n"
				   "ca_file = ~/ca.pem\n"
				   "insecure = no\n"
				   "timeout = 1.5s";
	struct config_values values = { { NULL } };
	char why[256] = "";

	(void)state;
	assert_int_equal(config_parse(&values, false, "f", text, sizeof(text) - 1, why, sizeof(why)), 0);
	assert_string_equal(values.value[CONFIG_URL], "http://pbx:8088/ari");
	assert_string_equal(values.value[CONFIG_USER], "operator");
	assert_string_equal(values.value[CONFIG_PASSWORD_COMMAND], "secret-tool lookup 'my pbx'");
	assert_string_equal(values.value[CONFIG_CA_FILE], "~/ca.pem");
	assert_string_equal(values.value[CONFIG_TIMEOUT], "1.5s");
	assert_null(values.value[CONFIG_PASSWORD_FILE]);
	config_values_release(&values);
}

static void test_bad(void **state)
{
	static const struct {
		const char *text;
		const char *why;
		bool main_file;
	} rows[] = {
		{ "usr = x\n", "f:1:1: unknown key 'usr'; did you mean 'user'?", false },
		{ "\n  color = x\n",
		  "f:2:3: unknown key 'color'; expected url, user, password_command, password_file, "
		  "netrc_file, ca_file, insecure or timeout", false },
		{ "url\n", "f:1:1: expected 'key = value'", false },
		{ "= x\n", "f:1:1: the key before '=' is missing", false },
		{ "[pbx]\n", "f:1:1: sections are not used; each context is a file of its own", false },
		{ "url = a\nurl = b\n", "f:2:1: 'url' was set before", false },
		{ "url =\n", "f:1:6: 'url' has no value; expected an API root like http://pbx:8088/ari",
		  false },
		{ "user = a:b", "f:1:8: 'a:b' is wrong for 'user'; expected a name without ':'", false },
		{ "timeout = soon",
		  "f:1:11: 'soon' is wrong for 'timeout'; expected a duration like 500ms, 2s or 1m", false },
		{ "insecure = true", "f:1:12: 'true' is wrong for 'insecure'; expected yes or no", false },
		{ "password = secret",
		  "f:1:1: a password is not kept here; use password_command or password_file", false },
		{ "password_file = pw",
		  "f:1:17: 'pw' is wrong for 'password_file'; expected a path that begins with / or ~/",
		  false },
		{ "password_command = pass 'x",
		  "f:1:20: 'pass 'x' is wrong for 'password_command'; expected a program and its arguments",
		  false },
		{ "context = pbx", "f:1:1: 'context' belongs into the main file, not into a context", false },
		{ "context = ../x", "f:1:11: '../x' is wrong for 'context'; expected the name of a context",
		  true },
		{ "url = a\x1b[2J", "f:1:8: control character U+001B", false },
		{ "url = \xe2\x80\xae", "f:1:7: control character U+202E", false },
		{ "user = \xff", "f:1:8: this is no UTF-8", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config_values values = { { NULL } };
		char why[512] = "";

		assert_int_equal(config_parse(&values, rows[i].main_file, "f", rows[i].text,
					      strlen(rows[i].text), why, sizeof(why)), -1);
		assert_string_equal(why, rows[i].why);
		config_values_release(&values);
	}
}

static void test_nul(void **state)
{
	struct config_values values = { { NULL } };
	char why[256] = "";

	(void)state;
	assert_int_equal(config_parse(&values, false, "f", "url = a\0b", 9, why, sizeof(why)), -1);
	assert_string_equal(why, "f:1:8: control character U+0000");
	config_values_release(&values);
}

static void test_words(void **state)
{
	static const struct {
		const char *line;
		const char *words[5];
	} rows[] = {
		{ "", { NULL } },
		{ "  pass  ", { "pass" } },
		{ "secret-tool lookup\tpbx", { "secret-tool", "lookup", "pbx" } },
		{ "a 'b c' \"d e\" f'g'h", { "a", "b c", "d e", "fgh" } },
		{ "a '' \"\"", { "a", "", "" } },
		{ "echo $HOME; `x` *", { "echo", "$HOME;", "`x`", "*" } },
		{ "a\\ b", { "a\\", "b" } },
	};
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char **words = config_words(rows[i].line, &why);
		size_t n = 0;

		assert_non_null(words);
		for (; rows[i].words[n]; n++) {
			assert_non_null(words[n]);
			assert_string_equal(words[n], rows[i].words[n]);
		}
		assert_null(words[n]);
		free(words);
	}
	assert_null(config_words("a 'b", &why));
	assert_string_equal(why, "a quote is not closed");
}

static void test_names(void **state)
{
	static const char *const bad[] = { "", ".", "..", "a/b", "-x", ".x", "a b", "\xc3\xbc" };

	(void)state;
	assert_true(config_context_name("pbx-1.example_net"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(config_context_name(bad[i]));
}

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		long ms;
	} rows[] = {
		{ "2s", 2000 }, { "500ms", 500 }, { "1m", 60000 }, { "1h", 3600000 }, { "3", 3000 },
		{ "1.5s", 1500 }, { "0.25", 250 }, { "0", 0 }, { "0.001s", 1 },
		{ "", -1 }, { "s", -1 }, { "-1s", -1 }, { "1 s", -1 }, { "1d", -1 }, { "1.s", -1 },
		{ ".5s", -1 }, { "1e3", -1 }, { "99999999999", -1 }, { "999999999h", -1 }, { "2ss", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(cli_duration(rows[i].text), rows[i].ms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good), cmocka_unit_test(test_bad), cmocka_unit_test(test_nul),
		cmocka_unit_test(test_words), cmocka_unit_test(test_names),
		cmocka_unit_test(test_durations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
