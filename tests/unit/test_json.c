/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * JSON in place:
 * - every text of tests/cases/json/valid is accepted and every one of invalid refused, with the byte;
 * - so are all their beginnings, as jansson judges them, and 100,000 mutations of them;
 * - readers find members, items, texts and numbers, and nothing in broken text;
 * - texts are never cut within a character.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "ari/json.h"
#include "case_file.h"

static struct ari_span span(const char *text)
{
	return (struct ari_span){ text, strlen(text) };
}

static void expect_valid(const char *path, const char *name, void *data)
{
	struct ari_error err = { 0 };
	size_t len;
	char *text = case_read(path, &len);

	(void)data;
	if (ari_json_check(text, len, &err))
		fail_msg("%s: %s", name, err.text);
	free(text);
}

static void expect_invalid(const char *path, const char *name, void *data)
{
	struct ari_error err = { 0 };
	size_t len;
	char *text = case_read(path, &len);

	(void)data;
	if (!ari_json_check(text, len, &err))
		fail_msg("%s was accepted", name);
	assert_int_equal(err.code, ARI_EPROTOCOL);
	assert_non_null(strstr(err.text, "bad JSON at byte "));
	free(text);
}

static void test_cases(void **state)
{
	(void)state;
	assert_true(case_each("tests/cases/json/valid", expect_valid, NULL) >= 40);
	assert_true(case_each("tests/cases/json/invalid", expect_invalid, NULL) >= 79);
}

/* jansson has limits of its own, on numbers and on NUL in keys; there it has no say. */
static void same_verdict(const char *text, size_t len)
{
	json_error_t error;
	json_t *tree = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	struct ari_error err = { 0 };
	bool ours = !ari_json_check(text, len, &err);

	if (!tree && (json_error_code(&error) == json_error_numeric_overflow ||
		      json_error_code(&error) == json_error_null_byte_in_key ||
		      json_error_code(&error) == json_error_null_character))
		return;
	if (ours != !!tree && !strstr(err.text, "nested too deep"))
		fail_msg("%s, but jansson says %s: %.*s", ours ? "accepted" : "refused",
			 tree ? "yes" : error.text, (int)len, text);
	json_decref(tree);
}

static void check_beginnings(const char *path, const char *name, void *data)
{
	size_t len;
	char *text = case_read(path, &len);

	(void)name;
	(void)data;
	for (size_t n = 0; n <= len && n < 200; n++) {
		char *copy = malloc(n ? n : 1);

		assert_non_null(copy);
		memcpy(copy, text, n);
		same_verdict(copy, n);
		free(copy);
	}
	free(text);
}

static void test_beginnings(void **state)
{
	(void)state;
	case_each("tests/cases/json/valid", check_beginnings, NULL);
	case_each("tests/cases/json/invalid", check_beginnings, NULL);
	case_each("tests/cases/event", check_beginnings, NULL);
}

static void check_mutations(const char *path, const char *name, void *data)
{
	static const char alphabet[] = "\"\\{}[],:0123456789-+.eEtrufalsn \n\x01\x7f\x80\xc3\xa9\xe2\xf0";
	uint32_t *seed = data;
	size_t len;
	char *text = case_read(path, &len);

	(void)name;
	for (int i = 0; i < 1000 && len && len < 2000; i++) {
		char *copy = malloc(len);

		assert_non_null(copy);
		memcpy(copy, text, len);
		for (int k = 0; k < 1 + i % 3; k++) {
			*seed = *seed * 1664525 + 1013904223;
			copy[(*seed >> 8) % len] = alphabet[*seed % (sizeof(alphabet) - 1)];
		}
		same_verdict(copy, len);
		free(copy);
	}
	free(text);
}

static void test_mutations(void **state)
{
	uint32_t seed = 20261123;

	(void)state;
	case_each("tests/cases/json/valid", check_mutations, &seed);
	case_each("tests/cases/event", check_mutations, &seed);
}

static void test_messages(void **state)
{
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
		{ "", "bad JSON at byte 0: the text ends where a value should be" },
		{ "{\"a\" 1}", "bad JSON at byte 5: expected ':' after a member name" },
		{ "[1 2]", "bad JSON at byte 3: expected ',' or ']'" },
		{ "{} {}", "bad JSON at byte 3: something follows the value" },
		{ "\"a\tb\"", "bad JSON at byte 2: control character in a string" },
		{ "<html>", "bad JSON at byte 0: expected a value" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ari_error err = { 0 };

		assert_int_equal(ari_json_check(cases[i].text, strlen(cases[i].text), &err), -1);
		assert_string_equal(err.text, cases[i].message);
	}
}

static const char sample[] = " {\"id\":\"a\", \"caller\" : {\"name\":\"x\\\"\\ud83d\\ude00\\u00e9\\n\",\"number\":-12},"
	"\"list\":[1,\"two\",{\"three\":[3]},null],\"empty\":{},\"\\u0069d2\":true,\"id\":\"b\"} ";

static void test_get(void **state)
{
	struct ari_span object = span(sample);
	long long n = 0;

	(void)state;
	assert_int_equal(ari_json_check(sample, strlen(sample), NULL), 0);
	assert_true(ari_json_equal(ari_json_get(object, "id"), "a"));
	assert_true(ari_json_int(ari_json_get(object, "caller.number"), &n) && n == -12);
	assert_int_equal(ari_json_type(ari_json_get(object, "id2")), ARI_JSON_BOOL);
	assert_int_equal(ari_json_type(ari_json_get(object, "list")), ARI_JSON_ARRAY);
	assert_int_equal(ari_json_type(ari_json_get(object, "empty")), ARI_JSON_OBJECT);
	assert_null(ari_json_get(object, "caller.nothing").p);
	assert_null(ari_json_get(object, "id.name").p);
	assert_null(ari_json_get(object, "list.0").p);
	assert_null(ari_json_get(object, "").p);
	assert_null(ari_json_get((struct ari_span){ NULL, 0 }, "id").p);
	assert_null(ari_json_get(span("[1]"), "id").p);
}

static void test_iterate(void **state)
{
	static const enum ari_json_type types[] = { ARI_JSON_NUMBER, ARI_JSON_STRING, ARI_JSON_OBJECT, ARI_JSON_NULL };
	struct ari_json_iter iter;
	struct ari_span key, value;
	size_t n = 0;

	(void)state;
	ari_json_iter_init(&iter, ari_json_get(span(sample), "list"));
	while (ari_json_next(&iter, &key, &value)) {
		assert_true(n < 4);
		assert_int_equal(ari_json_type(value), types[n++]);
		assert_int_equal(key.len, 0);
	}
	assert_int_equal(n, 4);
	assert_false(ari_json_next(&iter, &key, &value));
	ari_json_iter_init(&iter, span("\"text\""));
	assert_false(ari_json_next(&iter, &key, &value));
}

static void test_text(void **state)
{
	static const char want[] = "x\"\xf0\x9f\x98\x80\xc3\xa9\n";
	struct ari_span value = ari_json_get(span(sample), "caller.name");
	char buf[32], *copy;

	(void)state;
	assert_int_equal(ari_json_text(value, buf, sizeof(buf)), strlen(want));
	assert_string_equal(buf, want);
	copy = ari_json_text_dup(value);
	assert_string_equal(copy, want);
	free(copy);
	for (size_t size = 0; size <= strlen(want) + 1; size++) {
		size_t cut = size > 2 && size < 7 ? 2 : size > 6 && size < 9 ? 6 : size ? size - 1 : 0;

		memset(buf, '#', sizeof(buf));
		assert_int_equal(ari_json_text(value, buf, size), strlen(want));
		assert_memory_equal(buf, want, cut);
		assert_true(buf[cut] == (size ? '\0' : '#'));
		assert_true(buf[size] == '#');
	}
	assert_int_equal(ari_json_text(span("12"), buf, sizeof(buf)), -1);
	assert_null(ari_json_text_dup(span("null")));
	assert_int_equal(ari_json_text(span("\"a\\u0000b\""), buf, sizeof(buf)), 5);
	assert_string_equal(buf, "a\xef\xbf\xbd" "b");
	assert_true(ari_json_equal(span("\"\\u0061\\/\""), "a/"));
	assert_false(ari_json_equal(span("\"a\""), "ab"));
	assert_false(ari_json_equal(span("\"ab\""), "a"));
	assert_false(ari_json_equal(span("a"), "a"));
}

static void test_int(void **state)
{
	static const struct {
		const char *text;
		bool good;
		long long value;
	} cases[] = {
		{ "0", true, 0 }, { "-0", true, 0 }, { "42", true, 42 }, { "-1", true, -1 },
		{ "9223372036854775807", true, INT64_MAX }, { "-9223372036854775808", true, INT64_MIN },
		{ "9223372036854775808", false, 0 }, { "-9223372036854775809", false, 0 },
		{ "99999999999999999999999", false, 0 }, { "1.0", false, 0 }, { "1e3", false, 0 },
		{ "", false, 0 }, { "-", false, 0 }, { "007", false, 0 }, { "\"1\"", false, 0 }, { "null", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		long long n = 0;

		assert_int_equal(ari_json_int(span(cases[i].text), &n), cases[i].good);
		assert_true(n == cases[i].value);
	}
	assert_false(ari_json_int((struct ari_span){ NULL, 0 }, NULL));
}

/* Readers of text that nobody checked stay within it and stop where it breaks. */
static void test_broken(void **state)
{
	static const char *const texts[] = {
		"{\"a\":1,", "{\"a\":1 \"b\":2}", "{\"a\":\"\\ud83d\"}", "[1[2]]", "{\"a\":[1,2}", "{\"a\"", "{", "[", "\"",
		"{\"a\":tru}", "{\"a\":\"x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		size_t len = strlen(texts[i]);
		char *copy = malloc(len), buf[8];
		struct ari_json_iter iter;
		struct ari_span key, value;
		int n = 0;

		assert_non_null(copy);
		memcpy(copy, texts[i], len);
		ari_json_iter_init(&iter, (struct ari_span){ copy, len });
		while (ari_json_next(&iter, &key, &value))
			n++;
		assert_true(n <= 1);
		assert_null(ari_json_get((struct ari_span){ copy, len }, "b").p);
		ari_json_text((struct ari_span){ copy, len }, buf, sizeof(buf));
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases), cmocka_unit_test(test_beginnings),
		cmocka_unit_test(test_mutations), cmocka_unit_test(test_messages),
		cmocka_unit_test(test_get), cmocka_unit_test(test_iterate), cmocka_unit_test(test_text),
		cmocka_unit_test(test_int), cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
