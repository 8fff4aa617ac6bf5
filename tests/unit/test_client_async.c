/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Calls that nobody waits for: they call back once, from the loop; a cancelled one never; a
 * callback may free the client; a hundred calls at once share at most 32 connections.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client_fixture.h"

struct async {
	struct fixture *f;
	unsigned calls;
	enum ari_code code;
	bool again;
	bool free_client;
};

static void on_async(struct ari_client *client, struct ari_reply *reply,
		     const struct ari_error *err, void *data)
{
	struct async *async = data;

	async->calls++;
	async->code = err->code;
	assert_int_equal(!reply, err->code != ARI_OK);
	if (async->again) {
		async->again = false;
		assert_int_equal(
			ari_client_start(client, "channels.list", NULL, 0, on_async, async, NULL),
			0);
	}
	if (async->free_client) {
		ari_client_free(client);
		async->f->client = NULL;
	}
}

static int start_list(struct fixture *f, struct async *async)
{
	return ari_client_start(f->client, "channels.list", NULL, 0, on_async, async, &f->err);
}

static void test_async(void **state)
{
	struct fixture f;
	struct async one = {.again = true};
	struct async two = {.calls = 0};

	(void)state;
	START(&f, ANSWER(OK_LIST), ANSWER(REFUSE("404 No")), ANSWER(OK_LIST));
	assert_int_equal(start_list(&f, &one), 0);
	assert_int_equal(one.calls, 0);
	while (one.calls < 1)
		ari_loop_run_once(f.loop, 1000);
	assert_int_equal(one.code, ARI_OK);
	while (one.calls < 2)
		ari_loop_run_once(f.loop, 1000);
	assert_int_equal(one.code, ARI_ENOTFOUND);
	assert_int_equal(start_list(&f, &two), 0);
	while (two.calls < 1)
		ari_loop_run_once(f.loop, 1000);
	assert_int_equal(two.code, ARI_OK);
	stop(&f);
}

/* More at once than Asterisk has sessions for: they take turns, and all are answered. */
static void test_many(void **state)
{
	struct server_answer script[100];
	struct async all = {.calls = 0};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < 100; i++)
		script[i] = (struct server_answer)ANSWER(OK_LIST);
	start(&f, script, 100, (struct ari_options){.user = NULL});
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(start_list(&f, &all), 0);
	while (all.calls < 100)
		assert_true(ari_loop_run_once(f.loop, 1000) >= 0);
	assert_int_equal(all.code, ARI_OK);
	assert_int_equal(f.server.requests, 100);
	assert_in_range(f.server.connections, 1, 32);
	stop(&f);
}

static void test_cancel(void **state)
{
	struct fixture f;
	struct async gone = {.calls = 0};
	struct async stays = {.calls = 0};

	(void)state;
	START(&f, ANSWER(OK_LIST), ANSWER(OK_LIST));
	assert_int_equal(start_list(&f, &gone), 0);
	assert_int_equal(start_list(&f, &stays), 0);
	arip_client_cancel(f.client, &gone);
	while (!stays.calls)
		ari_loop_run_once(f.loop, 1000);
	assert_int_equal(gone.calls, 0);
	assert_int_equal(start_list(&f, &gone), 0);
	ari_client_free(f.client);
	f.client = NULL;
	assert_int_equal(gone.calls, 0);
	stop(&f);
}

static void test_free_in_callback(void **state)
{
	struct fixture f;
	struct async frees = {.f = &f, .free_client = true};
	struct async never = {.calls = 0};

	(void)state;
	START(&f, ANSWER(OK_LIST), ANSWER(NULL));
	assert_int_equal(start_list(&f, &never), 0);
	assert_int_equal(start_list(&f, &frees), 0);
	while (!frees.calls && !never.calls)
		ari_loop_run_once(f.loop, 1000);
	/* either may have been answered first; the other is silent */
	if (never.calls) {
		ari_client_free(f.client);
		f.client = NULL;
	}
	assert_int_equal(frees.calls + never.calls, 1);
	stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_async),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_free_in_callback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
