/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Requests that come to a server twice, on purpose or not. The request bytes are the assertion:
 * - what creates is never carried out twice: a repeat after a dead connection is recognised by the
 * id that we made, what has no such id goes over a connection of its own and is not repeated;
 * - a repeated DELETE that finds nothing has succeeded;
 * - Digest is used where it alone is offered, once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client_fixture.h"

static void test_broken_connections(void **state)
{
	static const struct {
		const char *answer;
		const char *text;
	} rows[] = {
		{NULL, "closed the connection without an answer"},
		{"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n[",
		 "closed the connection in the middle of its reply"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,",
		 "closed the connection in the middle of its reply"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		 "does not speak HTTP"},
		{"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "does not speak HTTP"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;

		START(&f, LAST(rows[i].answer));
		assert_int_equal(call(&f, "channels.list", NULL, NULL), -1);
		if (!strstr(f.err.text, rows[i].text))
			fail_msg("row %zu: %s", i, f.err.text);
		assert_int_equal(f.err.code, ARI_EPROTOCOL);
		stop(&f);
	}
}

/* The value of channelId= in a request line. */
static void sent_id(const struct fixture *f, unsigned i, char *id, size_t size)
{
	const char *p = strstr(f->server.request[i], "channelId=");

	assert_non_null(p);
	p += strlen("channelId=");
	snprintf(id, size, "%.*s", (int)strcspn(p, "& "), p);
}

static void test_create_once(void **state)
{
	struct fixture f;
	char first[64];
	char second[64];

	(void)state;
	START(&f, ANSWER(OK_LIST), LAST(NULL), ANSWER(REFUSE("409 Conflict")), ANSWER(OK_CHANNEL));
	assert_int_equal(call(&f, "channels.list", NULL, NULL), 0);
	assert_int_equal(call(&f, "channels.originate", "endpoint", "Local/1@a"), 0);
	assert_int_equal(f.server.requests, 4);
	assert_int_equal(f.server.on[1], 0);
	assert_int_equal(f.server.on[2], 1);
	sent_id(&f, 1, first, sizeof(first));
	sent_id(&f, 2, second, sizeof(second));
	assert_string_equal(first, second);
	assert_memory_equal(first, "astctl-", 7);
	assert_line(&f, 3, "GET /ari/channels/astctl-");
	assert_string_equal(f.reply.body, "{\"id\":\"c\"}");
	stop(&f);
}

/* A conflict stays one when the id was the caller's, when nothing was repeated, or when a second
 * look finds nothing. */
static void test_conflicts(void **state)
{
	const struct ari_arg args[] = {{"endpoint", "Local/1@a"}, {"channelId", "mine"}};
	struct fixture f;

	(void)state;
	{
		START(&f, ANSWER(OK_LIST), LAST(NULL), ANSWER(REFUSE("409 Conflict")));
		assert_int_equal(call(&f, "channels.list", NULL, NULL), 0);
		assert_int_equal(
			ari_client_call(f.client, "channels.originate", args, 2, NULL, &f.err), -1);
		assert_int_equal(f.err.code, ARI_ECONFLICT);
		assert_int_equal(f.server.requests, 3);
		stop(&f);
	}
	{
		START(&f, ANSWER(REFUSE("409 Conflict")));
		assert_int_equal(call(&f, "channels.originate", "endpoint", "Local/1@a"), -1);
		assert_int_equal(f.err.code, ARI_ECONFLICT);
		assert_int_equal(f.server.requests, 1);
		stop(&f);
	}
	{
		START(&f, ANSWER(OK_LIST), LAST(NULL), ANSWER(REFUSE("409 Conflict")),
		      ANSWER(REFUSE("404 None")));
		assert_int_equal(call(&f, "channels.list", NULL, NULL), 0);
		assert_int_equal(call(&f, "channels.originate", "endpoint", "Local/1@a"), -1);
		assert_int_equal(f.err.code, ARI_ECONFLICT);
		assert_string_equal(f.err.operation, "channels.originate");
		stop(&f);
	}
}

static void test_no_repeat(void **state)
{
	struct fixture f;
	const struct ari_arg args[] = {{"channelId", "x"}, {"media", "sound:a"}};

	(void)state;
	START(&f, ANSWER(OK_LIST), LAST(NULL));
	assert_int_equal(call(&f, "channels.list", NULL, NULL), 0);
	assert_int_equal(ari_client_call(f.client, "channels.play", args, 2, NULL, &f.err), -1);
	assert_int_equal(f.err.code, ARI_EPROTOCOL);
	assert_int_equal(f.server.requests, 2);
	assert_int_equal(f.server.on[1], 1);
	assert_non_null(strstr(f.server.request[1], "playbackId=astctl-"));
	stop(&f);
}

static void test_repeated_delete(void **state)
{
	struct fixture f;

	(void)state;
	START(&f, ANSWER(OK_LIST), LAST(NULL), ANSWER(REFUSE("404 Gone")),
	      ANSWER(REFUSE("404 Gone")));
	assert_int_equal(call(&f, "channels.list", NULL, NULL), 0);
	assert_int_equal(call(&f, "channels.hangup", "channelId", "x"), 0);
	assert_int_equal(f.reply.status, 204);
	assert_int_equal(f.server.requests, 3);
	assert_int_equal(call(&f, "channels.hangup", "channelId", "x"), -1);
	assert_int_equal(f.err.code, ARI_ENOTFOUND);
	stop(&f);
}

static void test_digest(void **state)
{
	static const char challenge[] =
		"HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"ari\", nonce=\"n\", "
		"algorithm=SHA-256, qop=\"auth\"\r\nContent-Length: 0\r\n\r\n";
	struct fixture f;

	(void)state;
	START(&f, ANSWER(challenge), ANSWER(OK_CHANNEL), ANSWER(challenge), ANSWER(OK_LIST));
	assert_int_equal(call(&f, "channels.originate", "endpoint", "Local/1@a"), 0);
	assert_int_equal(f.server.requests, 2);
	assert_non_null(strstr(f.server.request[0], "Authorization: Basic "));
	assert_non_null(strstr(f.server.request[1], "Authorization: Digest username=\"bob\""));
	/* known from then on: the password is not sent in the clear again */
	assert_int_equal(call(&f, "channels.list", NULL, NULL), 0);
	assert_int_equal(f.server.requests, 4);
	assert_null(strstr(f.server.request[2], "Authorization"));
	assert_non_null(strstr(f.server.request[3], "Authorization: Digest username=\"bob\""));
	stop(&f);
}

static void test_wrong_digest(void **state)
{
	static const char challenge[] =
		"HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"ari\", nonce=\"n\", "
		"algorithm=SHA-256, qop=\"auth\"\r\nContent-Length: 0\r\n\r\n";
	struct fixture f;

	(void)state;
	START(&f, ANSWER(challenge), ANSWER(challenge), ANSWER(OK_LIST));
	assert_int_equal(call(&f, "channels.list", NULL, NULL), -1);
	assert_int_equal(f.err.code, ARI_EREFUSED);
	assert_int_equal(f.server.requests, 2);
	stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_broken_connections), cmocka_unit_test(test_create_once),
		cmocka_unit_test(test_conflicts),	   cmocka_unit_test(test_no_repeat),
		cmocka_unit_test(test_repeated_delete),	   cmocka_unit_test(test_digest),
		cmocka_unit_test(test_wrong_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
