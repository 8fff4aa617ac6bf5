/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * JSON to XML and back gives the same JSON, for every kind of value, name and character, and for
 * recorded events; documents that could be attacks are refused. Also the layout of "pretty".
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../../module/core/pretty.h"
#include "../../../module/core/xml.h"

static void test_round_trip(void **state)
{
	static const char *const texts[] = {
		"{}", "[]", "\"\"", "null", "true", "-1.5e3", "{\"a\":{}}", "{\"a\":[]}",
		"{\"id\":\"1\",\"up\":true,\"list\":[1,null,\"x\"],\"a b\":\"x\"}",
		"{\"item\":1,\"member\":2,\"xml\":3,\"1\":4,\"\":5,\"a:b\":6,\"-\":7,\"\xc3\xa9\":8}",
		"[\"<&>\\\"'\",\"a\\r\\nb\\tc\",\" leading and trailing \",\"\xf0\x9f\x98\x80\"]",
		"[\"\\u0001\\u0002 \\\\ \\\" <\"]", "[[[[1]]]]", "{\"a\":{\"b\":{\"c\":[{\"d\":null}]}}}",
		"{\"SHELL(id)\":\"x\"}", "[\"\\ufffe\"]",
	};
	struct buf xml = {0}, json = {0};
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		buf_clear(&xml);
		buf_clear(&json);
		assert_int_equal(xml_from_json(texts[i], strlen(texts[i]), &xml), 0);
		if (xml_to_json(xml.data, xml.len, &json, &why))
			fail_msg("%s: %s\n%s", why, texts[i], xml.data);
		if (strcmp(json.data, texts[i]))
			fail_msg("%s\n%s\n%s", texts[i], xml.data, json.data);
	}
	buf_free(&xml);
	buf_free(&json);
}

static void test_form(void **state)
{
	const char *text = "{\"id\":\"1\",\"up\":true,\"list\":[1,null],\"a b\":\"x\"}";
	struct buf xml = {0};

	(void)state;
	assert_int_equal(xml_from_json(text, strlen(text), &xml), 0);
	assert_string_equal(xml.data,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<stasis type=\"object\"><id>1</id><up type=\"boolean\">true</up>"
		"<list type=\"array\"><item type=\"number\">1</item><item type=\"null\"></item></list>"
		"<member name=\"a b\">x</member></stasis>\n");
	buf_free(&xml);
}

static void test_refused(void **state)
{
	static const char *const texts[] = {
		"", "x", "<a>", "<a></b>", "<a type='object'>x</a>", "<a><b/></a>", "<a type='?'/>",
		"<a type='number'>x</a>", "<a type='number'></a>", "<a type='boolean'>maybe</a>",
		"<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
		"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "<a>&none;</a>",
		"<a escaped='json'>\"</a>", "<a escaped='json'>\\</a>", "<a/><b/>", "<a>\x01</a>",
		"<a>\xff</a>",
	};
	struct buf json = {0}, deep = {0};
	const char *why = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		buf_clear(&json);
		if (!xml_to_json(texts[i], strlen(texts[i]), &json, &why))
			fail_msg("accepted: %s as %s", texts[i], json.data);
		assert_non_null(why);
	}
	for (i = 0; i < 33; i++)
		buf_adds(&deep, "<a type='array'>");
	for (i = 0; i < 33; i++)
		buf_adds(&deep, "</a>");
	assert_int_equal(xml_to_json(deep.data, deep.len, &json, &why), -1);
	buf_free(&deep);
	buf_free(&json);
}

static void test_pretty(void **state)
{
	const char *text = "{\"a\":[1,{}],\"b\":\"x,\\\"{\",\"c\":[]}";
	struct buf out = {0};

	(void)state;
	pretty_json(text, strlen(text), &out);
	assert_string_equal(out.data, "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"x,\\\"{\",\n"
				      "  \"c\": []\n}");
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_pretty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
