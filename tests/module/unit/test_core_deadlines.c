/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* Peers that stop in the middle, at each place where they may: until when, and how it ends. */
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

/* "admin:x" */
#define HEAD "Host: a\r\nAuthorization: Basic YWRtaW46eA==\r\n"

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Each of these peers does nothing more; when is it over, and how? */
static void test_deadlines(void **state)
{
	static const struct {
		const char *sent, *told;
	} peers[] = {
		{"", NULL},
		{"\r\n", "HTTP/1.1 408 "},
		{"GET /stasis/asterisk/ping HTTP/1.1\r\nHos", "HTTP/1.1 408 "},
		{"POST /stasis/channels/own/answer HTTP/1.1\r\n" HEAD "Content-Length: 2\r\n\r\na",
		 "HTTP/1.1 408 "},
		{"GET /stasis/asterisk/ping HTTP/1.1\r\n" HEAD "\r\n", NULL},
		{"GET /stasis/asterisk/ping HTTP/1.1\r\n" HEAD "\r\nGE", "HTTP/1.1 408 "},
	};
	enum { N = sizeof(peers) / sizeof(peers[0]) };
	struct wire wire[N], stalled;
	int64_t start, ended[N + 1] = {0};
	struct bench bench;
	int i, left = N + 1;

	(void)state;
	bench_open(&bench, "header_timeout=1\nidle_timeout=1\nwrite_timeout=1\n[admin]\npassword=x\n");
	start = now_ms();
	for (i = 0; i < N; i++) {
		wire_open(&bench, &wire[i], "a");
		wire_send(&wire[i], peers[i].sent, strlen(peers[i].sent));
	}
	wire_open(&bench, &stalled, "a");
	stalled.stalled = true;
	wire_send(&stalled, "GET /stasis/asterisk/ping HTTP/1.1\r\n" HEAD "\r\n",
		  strlen("GET /stasis/asterisk/ping HTTP/1.1\r\n" HEAD "\r\n"));
	while (left && now_ms() - start < 5000) {
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
		server_tick(bench.server);
		for (i = 0; i <= N; i++) {
			const struct wire *one = i < N ? &wire[i] : &stalled;

			if (!ended[i] && (one->closed || one->finished)) {
				ended[i] = now_ms() - start;
				left--;
			}
		}
	}
	for (i = 0; i <= N; i++) {
		if (ended[i] < 990 || ended[i] > 2500)
			fail_msg("peer %d: over after %lld ms", i, (long long)ended[i]);
		if (i < N && peers[i].told && !memmem(wire[i].out.data, wire[i].out.len, peers[i].told,
						     strlen(peers[i].told)))
			fail_msg("peer %d: not told", i);
	}
	for (i = 0; i < N; i++)
		wire_close(&wire[i]);
	wire_close(&stalled);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deadlines),
	};

	return cmocka_run_group_tests_name("deadlines", tests, NULL, NULL);
}
