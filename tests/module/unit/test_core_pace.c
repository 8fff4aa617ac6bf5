/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * When events are read and written: at once for whoever has time, together where writing takes
 * much of it; and nobody is woken for events that no session waits for, though none is missed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "../../../module/core/pace.h"
#include "bench_host.h"

static const char users[] = "[admin]\npassword=x\n";

/* Rounds that take COST us, begun every EVERY us or when the pause is over; how many pauses. */
static int pauses(struct pace *pace, int64_t *now, int rounds, int cost, int every)
{
	int n = 0;

	while (rounds--) {
		assert_true(pace_may(pace, *now));
		*now += cost;
		if (pace_took(pace, *now - cost, *now)) {
			n++;
			assert_false(pace_may(pace, *now));
			assert_true(pace_may(pace, *now + PACE_PAUSE_US));
			*now += PACE_PAUSE_US;
		}
		*now += every;
	}
	return n;
}

static void test_pace(void **state)
{
	struct pace pace = {0};
	int64_t now = 1000000;

	(void)state;
	/* A hundred sessions, a hundred events a second: a twentieth of the time. */
	assert_int_equal(pauses(&pace, &now, 1000, 450, 9550), 0);
	/* A few sessions, very many events: little, too. */
	assert_int_equal(pauses(&pace, &now, 1000, 9, 91), 0);
	/* One burst, once. */
	assert_int_equal(pauses(&pace, &now, 3, 450, 10), 0);
	/* As fast as it goes: pauses, soon and for long. */
	assert_true(pauses(&pace, &now, 1000, 450, 10) > 900);
	/* And it is over soon after. */
	now += 20000;
	assert_int_equal(pauses(&pace, &now, 100, 450, 9550), 0);
}

static void test_wakes(void **state)
{
	struct wire socket, rest;
	struct bench bench;
	int i, wakes;

	(void)state;
	bench_open(&bench, users);
	wire_open(&bench, &rest, "192.0.2.1");
	wakes = bench.wakes;
	for (i = 0; i < 100; i++)
		bench_object(&bench, OBJECT_BRIDGE, "b", "one", NULL, NULL);
	assert_int_equal(bench.wakes, wakes);
	/* Whoever asks has it all the same. */
	assert_int_equal(wire_request(&bench, &rest, "admin:x", "GET", "/stasis/bridges", NULL), 200);
	assert_non_null(strstr(rest.out.data, "{\"id\":\"b\""));
	for (i = 0; i < 1000; i++)
		bench_object(&bench, OBJECT_BRIDGE, "b", "two", NULL, NULL);
	assert_int_equal(bench.wakes > wakes, 1);
	wire_open(&bench, &socket, "192.0.2.1");
	assert_int_equal(wire_socket(&bench, &socket, "admin:x", "/stasis/events"), 101);
	bench_run(&bench);
	wakes = bench.wakes;
	bench_event(&bench, "{\"type\":\"X\"}");
	assert_int_equal(bench.wakes, wakes + 1);
	assert_true(wire_wait(&bench, &socket, "\"X\""));
	wire_close(&socket);
	wire_close(&rest);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_wakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
