/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The real listener, on a port of its own, when there are no file descriptors left: it does not
 * spin, who is in is served, and who waits at the door comes in when there are some again.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../../module/core/listener.h"
#include "bench_host.h"

static const char question[] = "GET /stasis/asterisk/ping HTTP/1.1\r\nHost: t\r\n\r\n";

static int new_client(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	return fd;
}

static void enter(int fd, int port)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(send(fd, question, sizeof(question) - 1, 0), sizeof(question) - 1);
}

/* Is there an answer, within so many ms? */
static bool answered(int fd, int ms)
{
	struct pollfd poller = {.fd = fd, .events = POLLIN};
	char text[4096] = "";	/* more than an answer */

	if (poll(&poller, 1, ms) <= 0)
		return false;
	assert_true(recv(fd, text, sizeof(text) - 1, 0) > 0);
	return !strncmp(text, "HTTP/1.1 401", 12);
}

static long cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void test_no_descriptors(void **state)
{
	struct bench bench;
	struct listener *listener;
	struct rlimit was, tight;
	char error[256] = "";
	int inside, waiting;
	long cpu;

	(void)state;
	bench_open(&bench, "[me]\npassword=pw\n");
	server_config(bench.server)->port = 0;
	listener = listener_start(bench.server, server_config(bench.server), error, sizeof(error));
	if (!listener)
		fail_msg("%s", error);
	inside = new_client();
	enter(inside, listener_port(listener));
	assert_true(answered(inside, 10000));
	/* Every number below that of the newest is taken. */
	waiting = new_client();
	getrlimit(RLIMIT_NOFILE, &was);
	tight = was;
	tight.rlim_cur = (rlim_t)waiting + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
	enter(waiting, listener_port(listener));
	cpu = cpu_ms();
	assert_false(answered(waiting, 1000));
	assert_in_range(cpu_ms() - cpu, 0, 300);
	assert_int_equal(send(inside, question, sizeof(question) - 1, 0), sizeof(question) - 1);
	assert_true(answered(inside, 10000));
	setrlimit(RLIMIT_NOFILE, &was);
	assert_true(answered(waiting, 10000));
	close(inside);
	close(waiting);
	listener_stop(listener);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_descriptors),
	};

	return cmocka_run_group_tests_name("listener", tests, NULL, NULL);
}
