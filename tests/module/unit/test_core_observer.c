/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * How a client finds out that it may observe: of the WebSocket protocols that it offers "stasis" is
 * taken up, "ari" where only that is there; observer=true makes an observer of what would else be
 * the owner of an application, below /ari too; and a ping says how far everything was sent.
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

#include "bench_host.h"

#define EVENT "{\"type\":\"ChannelVarset\",\"channel\":{\"id\":\"one\",\"name\":\"one\"," \
	      "\"dialplan\":{\"context\":\"x\"}}}"

static void upgrade(struct wire *wire, const char *target, const char *protocols)
{
	struct buf out = {0};

	buf_addf(&out, "GET %s HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
		       "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		       "Authorization: Basic YWRtaW46eA==\r\n%s%s%s\r\n", target,
		 protocols ? "Sec-WebSocket-Protocol: " : "", protocols ? protocols : "",
		 protocols ? "\r\n" : "");
	assert_int_equal(wire_send(wire, out.data, out.len), 0);
	buf_free(&out);
}

static bool has(const struct wire *wire, const char *text)
{
	return wire->out.len && memmem(wire->out.data, wire->out.len, text, strlen(text));
}

static void test_protocols(void **state)
{
	static const struct {
		const char *offered, *taken;
	} cases[] = {
		{NULL, NULL},
		{"ari", "Sec-WebSocket-Protocol: ari\r\n"},
		{"ari, stasis", "Sec-WebSocket-Protocol: stasis\r\n"},
		{"stasis,ari", "Sec-WebSocket-Protocol: stasis\r\n"},
		{"chat, stasis2", NULL},
	};
	struct bench bench;
	struct wire wire;
	size_t i;

	(void)state;
	bench_open(&bench, "[admin]\npassword=x\n");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		wire_open(&bench, &wire, "a");
		upgrade(&wire, "/ari/events?app=x", cases[i].offered);
		assert_true(wire_wait(&bench, &wire, "\r\n\r\n"));
		assert_true(has(&wire, "HTTP/1.1 101 "));
		assert_int_equal(has(&wire, "Sec-WebSocket-Protocol"), cases[i].taken != NULL);
		if (cases[i].taken)
			assert_true(has(&wire, cases[i].taken));
		wire_close(&wire);
	}
	bench_close(&bench);
}

static void test_observer_at_ari(void **state)
{
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, "[admin]\npassword=x\nread_only=yes\n");
	wire_open(&bench, &wire, "a");
	/* Whoever may own nothing may look on all the same. */
	upgrade(&wire, "/ari/events?app=x&subscribeAll=true&observer=true", "ari, stasis");
	assert_true(wire_wait(&bench, &wire, "StreamStarted"));
	bench_event(&bench, EVENT);
	assert_true(wire_wait(&bench, &wire, "{\"seq\":1,\"prev\":0,\"type\":\"ChannelVarset\""));
	assert_false(has(&wire, "application"));
	wire_close(&wire);
	wire_open(&bench, &wire, "a");
	upgrade(&wire, "/ari/events?app=x&subscribeAll=true&observer=false", "ari, stasis");
	assert_true(wire_wait(&bench, &wire, "\r\n\r\n"));
	assert_true(has(&wire, "HTTP/1.1 403 "));
	wire_close(&wire);
	bench_close(&bench);
}

/* The filter keeps the event away, but not the news that it was there. */
static void test_ping_mark(void **state)
{
	struct bench bench;
	struct wire wire;
	char mark[64], epoch[32] = "";
	const char *at;
	time_t end = time(NULL) + 30;

	(void)state;
	bench_open(&bench, "ping_interval=1\n[admin]\npassword=x\n");
	wire_open(&bench, &wire, "a");
	upgrade(&wire, "/stasis/events?filter=type:Dial", NULL);
	assert_true(wire_wait(&bench, &wire, "StreamStarted"));
	at = memmem(wire.out.data, wire.out.len, "\"epoch\":\"", 9);
	assert_non_null(at);
	memcpy(epoch, at + 9, 16);
	bench_event(&bench, EVENT);
	snprintf(mark, sizeof(mark), "\x89\x12%s:1", epoch);
	while (!has(&wire, mark)) {
		assert_true(time(NULL) < end);
		server_tick(bench.server);
		bench_run(&bench);
	}
	assert_false(has(&wire, "ChannelVarset"));
	wire_close(&wire);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_protocols),
		cmocka_unit_test(test_observer_at_ari),
		cmocka_unit_test(test_ping_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
