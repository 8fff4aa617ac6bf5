/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Answers of the whole core: in the form that was asked for (JSON, XML, 406, 415), the
 * documentation and no way out of it, and 503 for whoever has too much waiting while others go on.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../../module/core/pool.h"
#include "bench_host.h"

static const char users[] = "[admin]\npassword=x\n[other]\npassword=x\n"
	"[c]\npassword=$5$saltsalt$0IyaXrmV7.sGNS6tirgqHLqX/G.FBvgkYA.lpPdS5sA\n"
	"password_format=crypt\n";

/* "admin:x" */
#define LOGIN "Authorization: Basic YWRtaW46eA==\r\n"

/* A request as raw text; the status. What came is in wire->out, with a NUL behind it. */
static int ask(struct bench *bench, struct wire *wire, const char *line, const char *headers,
	       const char *body)
{
	struct buf text = {0};
	int status = -1;

	buf_addf(&text, "%s HTTP/1.1\r\nHost: a\r\n%sContent-Length: %zu\r\n\r\n%s", line, headers,
		 strlen(body), body);
	buf_clear(&wire->out);
	wire_send(wire, text.data, text.len);
	buf_free(&text);
	if (wire_wait(bench, wire, "\r\n\r\n"))
		sscanf(wire->out.data, "HTTP/1.1 %d", &status);
	return status;
}

static void test_forms(void **state)
{
	static const struct {
		const char *line, *headers, *body;
		int status;
		const char *has;
	} rows[] = {
		{"GET /stasis/channels/own", LOGIN, "", 200, "Content-Type: application/json"},
		{"GET /stasis/channels/own", LOGIN "Accept: text/xml\r\n", "", 200,
		 "<channel><id>made</id><calls type=\"number\">"},
		{"GET /stasis/channels/own", LOGIN "Accept: application/xml;q=0, */*\r\n", "", 200,
		 "{\"id\""},
		{"GET /stasis/channels/own",
		 LOGIN "Accept: application/json;q=0.1, application/xml\r\n", "", 200,
		 "Content-Type: application/xml; charset=utf-8"},
		{"GET /stasis/channels/none", LOGIN "Accept: application/xml\r\n", "", 404,
		 "<error><message>not found</message>"},
		{"GET /stasis/playbacks", LOGIN "Accept: application/xml\r\n", "", 200,
		 "<playbacks type=\"array\"/>"},
		{"GET /stasis/channels/own", LOGIN "Accept: image/png\r\n", "", 406, "\"code\":406"},
		{"GET /ari/channels/own", LOGIN "Accept: image/png\r\n", "", 200, "{\"id\""},
		{"GET /stasis/recordings/stored/own/file", LOGIN "Accept: audio/wav\r\n", "", 200, ""},
		{"POST /stasis/channels/own/answer", LOGIN "Content-Type: text/plain\r\n", "x", 415,
		 "expected application/json"},
		{"POST /ari/channels/own/answer", LOGIN "Content-Type: text/plain\r\n", "x", 200, ""},
		{"POST /stasis/channels/own/answer", LOGIN "Content-Type: text/xml\r\n", "<a><b></a>",
		 400, "\"message\":\"line 1, "},
		{"POST /stasis/channels/own/answer", LOGIN "Content-Type: text/xml\r\n",
		 "<!DOCTYPE a><a/>", 400, "DOCTYPE"},
		{"POST /stasis/channels/own/answer", LOGIN "Content-Type: text/xml\r\n", "<a><b>1</b></a>",
		 200, ""},
	};
	struct bench bench;
	struct wire wire;
	size_t i;

	(void)state;
	bench_open(&bench, users);
	wire_open(&bench, &wire, "a");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int status = ask(&bench, &wire, rows[i].line, rows[i].headers, rows[i].body);

		if (status != rows[i].status || !strstr(wire.out.data, rows[i].has))
			fail_msg("%s %s: %s", rows[i].line, rows[i].headers, wire.out.data);
	}
	wire_close(&wire);
	bench_close(&bench);
}

/* Nothing is in the directory: but what is asked for is told from what is never looked for. */
static void test_docs(void **state)
{
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, "docs_directory=/nonexistent\n[admin]\npassword=x\n");
	wire_open(&bench, &wire, "a");
	assert_int_equal(ask(&bench, &wire, "GET /stasis/docs", "", ""), 308);
	assert_non_null(strstr(wire.out.data, "\r\nLocation: docs/\r\n"));
	assert_int_equal(ask(&bench, &wire, "GET /stasis/docs/", "", ""), 404);
	assert_int_equal(ask(&bench, &wire, "GET /stasis/docs/../../../etc/passwd", "", ""), 404);
	assert_int_equal(ask(&bench, &wire, "DELETE /stasis/docs/", "", ""), 405);
	assert_int_equal(ask(&bench, &wire, "GET /stasis/api-docs/stasis.json", "", ""), 200);
	assert_non_null(strstr(wire.out.data, "Content-Type: application/json\r\n"));
	assert_int_equal(ask(&bench, &wire, "GET /stasis/api-docs/other.json", "", ""), 401);
	wire_close(&wire);
	bench_close(&bench);
}

#define HOLD "POST /stasis/channels/own/hold HTTP/1.1\r\nHost: a\r\n" LOGIN "\r\n"
/* Half of the default of 16 threads, and who may wait behind them. */
#define FULL (8 + POOL_LINE_MAX)

static void wait_calls(const struct bench *bench, int n)
{
	time_t end = time(NULL) + 10;

	while (__atomic_load_n(&bench->calls, __ATOMIC_ACQUIRE) < n && time(NULL) < end)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	assert_int_equal(__atomic_load_n(&bench->calls, __ATOMIC_ACQUIRE), n);
}

static void test_busy(void **state)
{
	static struct wire wire[FULL + 1];
	struct bench bench;
	struct wire other;
	int i;

	(void)state;
	bench_open(&bench, "max_connections_per_user=100\nmax_connections_per_address=100\n"
			   "[admin]\npassword=x\n[other]\npassword=x\n"
			   "[c]\npassword=$5$saltsalt$0IyaXrmV7.sGNS6tirgqHLqX/G.FBvgkYA.lpPdS5sA\n"
			   "password_format=crypt\n");
	bench.blocked = true;
	for (i = 0; i <= FULL; i++) {
		wire_open(&bench, &wire[i], "a");
		assert_int_equal(wire_send(&wire[i], HOLD, strlen(HOLD)), 0);
		if (i == 7)
			wait_calls(&bench, 8);
	}
	assert_true(wire_wait(&bench, &wire[FULL], "HTTP/1.1 503 "));
	assert_non_null(strstr(wire[FULL].out.data, "\r\nRetry-After: 1\r\n"));
	wire_open(&bench, &other, "b");
	assert_int_equal(wire_request(&bench, &other, "other:x", "POST",
				      "/stasis/channels/own/answer", NULL), 200);
	assert_int_equal(wire_request(&bench, &other, "c:wrong", "GET", "/stasis/asterisk/ping",
				      NULL), 401);
	assert_int_equal(bench.calls, 9);
	bench_unblock(&bench);
	for (i = 0; i < FULL; i++)
		assert_true(wire_wait(&bench, &wire[i], "HTTP/1.1 200 "));
	for (i = 0; i <= FULL; i++)
		wire_close(&wire[i]);
	wire_close(&other);
	bench_close(&bench);
}

/* A channel's text of our own is given only while the host says that it is how the channel is. */
static void test_channel(void **state)
{
	struct wire wire;
	struct bench bench;
	int calls;

	(void)state;
	bench_open(&bench, users);
	bench_object(&bench, OBJECT_CHANNEL, "own", "SIP/own-1", "here", NULL);
	bench_run(&bench);
	wire_open(&bench, &wire, "192.0.2.1");
	bench.current = true;
	calls = bench.calls;
	assert_int_equal(ask(&bench, &wire, "GET /stasis/channels/own", LOGIN, ""), 200);
	assert_non_null(strstr(wire.out.data, "{\"id\":\"own\",\"class\":0}"));
	assert_int_equal(bench.calls, calls);
	bench.current = false;
	assert_int_equal(ask(&bench, &wire, "GET /stasis/channels/own", LOGIN, ""), 200);
	assert_non_null(strstr(wire.out.data, "\"made\""));
	assert_int_equal(bench.calls, calls + 1);
	wire_close(&wire);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_channel),
		cmocka_unit_test(test_docs),
		cmocka_unit_test(test_busy),
	};

	return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
