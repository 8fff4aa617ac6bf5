/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Content negotiation: which answer an Accept header gets, and what a Content-Type means. Rows of
 * header and expectation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../module/core/mime.h"

struct row {
	const char *header;
	enum mime mime;
};

static const struct row accept_rows[] = {
	{NULL, MIME_JSON},
	{"", MIME_JSON},
	{"*/*", MIME_JSON},
	{"application/*", MIME_JSON},
	{"application/json", MIME_JSON},
	{"APPLICATION/JSON", MIME_JSON},
	{"application/json; charset=utf-8", MIME_JSON},
	{"application/xml", MIME_XML},
	{"Application/XML", MIME_XML},
	{"text/xml", MIME_XML},
	{"text/*", MIME_XML},
	{" \tapplication/xml\t ", MIME_XML},
	{"application/xml;q=0.001", MIME_XML},
	{"application/xml; charset=utf-8; q=0.5", MIME_XML},
	{"application/xml; charset=\"a,b;q=0\"", MIME_XML},
	{"application/xml, application/json", MIME_JSON},
	{"application/xml, */*", MIME_JSON},
	{"application/xml, */*;q=0.8", MIME_XML},
	{"application/xml;q=0.9, application/json;q=0.8", MIME_XML},
	{"application/xml;q=0.8, application/json;q=0.9", MIME_JSON},
	{"application/json;q=0.8,text/xml", MIME_XML},
	{"application/json;q=0.8,text/xml;q=0.7,application/xml;q=0.9", MIME_XML},
	{"application/*;q=0.5, application/json;q=0.4", MIME_XML},
	{"*/*, application/json;q=0", MIME_XML},
	{"*/*;q=0, application/xml", MIME_XML},
	{"*/*;q=0", MIME_NONE},
	{"application/json;q=0", MIME_NONE},
	{"application/json;q=0.000", MIME_NONE},
	{"text/plain", MIME_NONE},
	{"text/html, image/*", MIME_NONE},
	{"application/xhtml+xml", MIME_NONE},
	{"application/xmlx", MIME_NONE},
	{"application/jso", MIME_NONE},
	{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", MIME_JSON},
	{"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/"
	 "*;"
	 "q=0.8,application/signed-exchange;v=b3;q=0.7",
	 MIME_JSON},
	{"text/html,application/xml", MIME_XML},
	{"text/html;q=0.1,application/xml,*/*;q=0.1", MIME_XML},
	/* members that are malformed */
	{",", MIME_JSON},
	{",,application/xml,,", MIME_XML},
	{"xml", MIME_JSON},
	{"application/xml;q=2", MIME_JSON},
	{"application/xml;q=1.001", MIME_JSON},
	{"application/xml;q=0.1234", MIME_JSON},
	{"application/xml;q=-1", MIME_JSON},
	{"application/xml;q=", MIME_JSON},
	{"application/xml;q=x, text/plain", MIME_NONE},
	{"application/xml;q=1.", MIME_XML},
	{"application/xml;q", MIME_XML},
	{"application/xml; q=\"0.5", MIME_JSON},
	{"/", MIME_NONE},
	{"*/", MIME_NONE},
	{"*/xml", MIME_NONE},
};

static const struct row content_rows[] = {
	{NULL, MIME_NONE},
	{"application/json", MIME_JSON},
	{"Application/Json ;charset=UTF-8", MIME_JSON},
	{"application/json; charset=\"utf-8\"", MIME_JSON},
	{"application/json; charset=us-ascii", MIME_JSON},
	{"application/json; charset=utf-16", MIME_OTHER},
	{"application/xml", MIME_XML},
	{"text/xml; charset=utf-8", MIME_XML},
	{"text/xml; charset=iso-8859-1", MIME_OTHER},
	{"text/xml; x=\";\"; charset=iso-8859-1", MIME_OTHER},
	{"application/x-www-form-urlencoded", MIME_FORM},
	{"text/plain", MIME_OTHER},
	{"", MIME_OTHER},
	{"application/jsonx", MIME_OTHER},
	{"multipart/form-data; boundary=x", MIME_OTHER},
};

static void test_accept(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(accept_rows) / sizeof(accept_rows[0]); i++) {
		enum mime got = mime_accept(accept_rows[i].header);

		if (got != accept_rows[i].mime)
			fail_msg("Accept: %s: %d, expected %d", accept_rows[i].header, got,
				 accept_rows[i].mime);
	}
}

static void test_content(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(content_rows) / sizeof(content_rows[0]); i++) {
		const char *why = NULL;
		enum mime got = mime_content(content_rows[i].header, &why);

		if (got != content_rows[i].mime)
			fail_msg("Content-Type: %s: %d, expected %d", content_rows[i].header, got,
				 content_rows[i].mime);
		assert_true((why != NULL) == (got == MIME_OTHER));
		assert_int_equal(mime_content(content_rows[i].header, NULL), got);
	}
}

static void test_type(void **state)
{
	(void)state;
	assert_string_equal(mime_type(MIME_JSON), "application/json");
	assert_int_equal(mime_content(mime_type(MIME_JSON), NULL), MIME_JSON);
	assert_int_equal(mime_content(mime_type(MIME_XML), NULL), MIME_XML);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accept),
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_type),
	};

	return cmocka_run_group_tests_name("mime", tests, NULL, NULL);
}
