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

#include "media.h"

struct row {
	const char *header;
	enum media media;
};

static const struct row accept_rows[] = {
	{NULL, MEDIA_JSON},
	{"", MEDIA_JSON},
	{"*/*", MEDIA_JSON},
	{"application/*", MEDIA_JSON},
	{"application/json", MEDIA_JSON},
	{"APPLICATION/JSON", MEDIA_JSON},
	{"application/json; charset=utf-8", MEDIA_JSON},
	{"application/xml", MEDIA_XML},
	{"Application/XML", MEDIA_XML},
	{"text/xml", MEDIA_XML},
	{"text/*", MEDIA_XML},
	{" \tapplication/xml\t ", MEDIA_XML},
	{"application/xml;q=0.001", MEDIA_XML},
	{"application/xml; charset=utf-8; q=0.5", MEDIA_XML},
	{"application/xml; charset=\"a,b;q=0\"", MEDIA_XML},
	{"application/xml, application/json", MEDIA_JSON},
	{"application/xml, */*", MEDIA_JSON},
	{"application/xml, */*;q=0.8", MEDIA_XML},
	{"application/xml;q=0.9, application/json;q=0.8", MEDIA_XML},
	{"application/xml;q=0.8, application/json;q=0.9", MEDIA_JSON},
	{"application/json;q=0.8,text/xml", MEDIA_XML},
	{"application/json;q=0.8,text/xml;q=0.7,application/xml;q=0.9", MEDIA_XML},
	{"application/*;q=0.5, application/json;q=0.4", MEDIA_XML},
	{"*/*, application/json;q=0", MEDIA_XML},
	{"*/*;q=0, application/xml", MEDIA_XML},
	{"*/*;q=0", MEDIA_NONE},
	{"application/json;q=0", MEDIA_NONE},
	{"application/json;q=0.000", MEDIA_NONE},
	{"text/plain", MEDIA_NONE},
	{"text/html, image/*", MEDIA_NONE},
	{"application/xhtml+xml", MEDIA_NONE},
	{"application/xmlx", MEDIA_NONE},
	{"application/jso", MEDIA_NONE},
	{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", MEDIA_JSON},
	{"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/"
	 "*;"
	 "q=0.8,application/signed-exchange;v=b3;q=0.7",
	 MEDIA_JSON},
	{"text/html,application/xml", MEDIA_XML},
	{"text/html;q=0.1,application/xml,*/*;q=0.1", MEDIA_XML},
	/* members that are malformed */
	{",", MEDIA_JSON},
	{",,application/xml,,", MEDIA_XML},
	{"xml", MEDIA_JSON},
	{"application/xml;q=2", MEDIA_JSON},
	{"application/xml;q=1.001", MEDIA_JSON},
	{"application/xml;q=0.1234", MEDIA_JSON},
	{"application/xml;q=-1", MEDIA_JSON},
	{"application/xml;q=", MEDIA_JSON},
	{"application/xml;q=x, text/plain", MEDIA_NONE},
	{"application/xml;q=1.", MEDIA_XML},
	{"application/xml;q", MEDIA_XML},
	{"application/xml; q=\"0.5", MEDIA_JSON},
	{"/", MEDIA_NONE},
	{"*/", MEDIA_NONE},
	{"*/xml", MEDIA_NONE},
};

static const struct row content_rows[] = {
	{NULL, MEDIA_NONE},
	{"application/json", MEDIA_JSON},
	{"Application/Json ;charset=UTF-8", MEDIA_JSON},
	{"application/json; charset=\"utf-8\"", MEDIA_JSON},
	{"application/json; charset=us-ascii", MEDIA_JSON},
	{"application/json; charset=utf-16", MEDIA_OTHER},
	{"application/xml", MEDIA_XML},
	{"text/xml; charset=utf-8", MEDIA_XML},
	{"text/xml; charset=iso-8859-1", MEDIA_OTHER},
	{"text/xml; x=\";\"; charset=iso-8859-1", MEDIA_OTHER},
	{"application/x-www-form-urlencoded", MEDIA_FORM},
	{"text/plain", MEDIA_OTHER},
	{"", MEDIA_OTHER},
	{"application/jsonx", MEDIA_OTHER},
	{"multipart/form-data; boundary=x", MEDIA_OTHER},
};

static void test_accept(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(accept_rows) / sizeof(accept_rows[0]); i++) {
		enum media got = media_accept(accept_rows[i].header);

		if (got != accept_rows[i].media)
			fail_msg("Accept: %s: %d, expected %d", accept_rows[i].header, got,
				 accept_rows[i].media);
	}
}

static void test_content(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(content_rows) / sizeof(content_rows[0]); i++) {
		const char *why = NULL;
		enum media got = media_content(content_rows[i].header, &why);

		if (got != content_rows[i].media)
			fail_msg("Content-Type: %s: %d, expected %d", content_rows[i].header, got,
				 content_rows[i].media);
		assert_true((why != NULL) == (got == MEDIA_OTHER));
		assert_int_equal(media_content(content_rows[i].header, NULL), got);
	}
}

static void test_type(void **state)
{
	(void)state;
	assert_string_equal(media_type(MEDIA_JSON), "application/json");
	assert_int_equal(media_content(media_type(MEDIA_JSON), NULL), MEDIA_JSON);
	assert_int_equal(media_content(media_type(MEDIA_XML), NULL), MEDIA_XML);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accept),
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_type),
	};

	return cmocka_run_group_tests_name("media", tests, NULL, NULL);
}
