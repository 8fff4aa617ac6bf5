/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What a stream is interested in, as the words of the module's filter: every option has its words,
 * what cannot be said exactly lets more through and never less, and sources are said only where the
 * words mean the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stream_filter.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void assert_filter(struct arip_interest interest, const char *want)
{
	char *text = arip_filter_text(&interest);

	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
}

static void test_words(void **state)
{
	(void)state;
	assert_filter((struct arip_interest){.base = NULL}, "");
	assert_filter((struct arip_interest){.filter = LIST("channel:a", "bridge:b")},
		      "channel:a,bridge:b");
	assert_filter((struct arip_interest){.allowed = LIST("Dial", "StasisEnd")},
		      "type:Dial,type:StasisEnd");
	assert_filter((struct arip_interest){.subscribe = LIST("endpoint:PJSIP/alice"),
					     .no_device_states = true},
		      "endpoint:PJSIP/alice,-type:DeviceStateChanged");
	assert_filter((struct arip_interest){.base = "type:Dial", .filter = LIST("channel:a")},
		      "type:Dial,channel:a");
}

/* The characters that mean something there. */
static void test_patterns(void **state)
{
	(void)state;
	assert_filter((struct arip_interest){.filter = LIST("channel:a,b*c?d", "bridge:x y:z")},
		      "channel:a?b?c?d,bridge:x y:z");
}

/* More than a filter takes: then everything is let through, not something left out. */
static void test_too_much(void **state)
{
	const char *many[140] = {NULL};
	char long_word[1200], *text;

	(void)state;
	for (size_t i = 0; i < 128; i++)
		many[i] = "type:D";
	text = arip_filter_text(&(struct arip_interest){.filter = many});
	assert_non_null(text);
	assert_int_equal(strlen(text), 128 * 7 - 1);
	free(text);
	many[128] = "type:D";
	assert_filter((struct arip_interest){.filter = many}, "");
	memset(long_word, 'a', sizeof(long_word) - 1);
	long_word[sizeof(long_word) - 1] = '\0';
	memcpy(long_word, "bridge:", 7);
	assert_filter((struct arip_interest){.filter = LIST(long_word)}, "");
	assert_filter((struct arip_interest){.allowed = LIST(long_word)}, "");
}

static void test_sources(void **state)
{
	(void)state;
	assert_true(arip_filter_sources(LIST("channel:a", "channel:b")));
	assert_true(arip_filter_sources(LIST("bridge:a")));
	assert_true(arip_filter_sources(LIST("endpoint:PJSIP/a")));
	assert_false(arip_filter_sources(NULL));
	assert_false(arip_filter_sources(LIST(NULL)));
	assert_false(arip_filter_sources(LIST("channel:a", "bridge:b"))); /* both at once */
	assert_false(arip_filter_sources(LIST("channel:")));		   /* all of them */
	assert_false(arip_filter_sources(LIST("deviceState:a")));	   /* no such field */
	assert_false(arip_filter_sources(LIST("channels:a")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
