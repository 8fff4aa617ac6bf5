/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * fresh PID PORT AUTHORIZATION CHANNELS ROUNDS PREFIX: change each of the channels load0, load1,
 * ..., let the server come to rest, list them once; the cost of the list when all in it is new.
 */
#include <stdio.h>
#include <time.h>

#include "client.h"

struct fresh {
	const char *auth, *prefix;
	bool list;
	unsigned long changes, wanted;
};

static size_t next(struct rest *rest, struct rest_conn *conn, char *out, size_t size)
{
	struct fresh *fresh = rest->arg;

	(void)conn;
	if (fresh->list) {
		fresh->list = false;
		return (size_t)snprintf(out, size, "GET %s/channels HTTP/1.1\r\nHost: a\r\n"
					"Authorization: %s\r\n\r\n", fresh->prefix, fresh->auth);
	}
	if (fresh->changes == fresh->wanted)
		return 0;
	return (size_t)snprintf(out, size, "POST %s/channels/load%lu/variable?"
				"variable=CALLERID(name)&value=n%.0f HTTP/1.1\r\nHost: a\r\n"
				"Authorization: %s\r\nContent-Length: 0\r\n\r\n", fresh->prefix,
				fresh->changes++, now() * 1e6, fresh->auth);
}

static void finish(struct rest *rest, double seconds)
{
	double until = now() + seconds;

	rest_kick(rest);
	while (rest_busy(rest) && now() < until)
		loop_step(rest->loop, until);
}

/* Until it costs less than a hundredth of a processor. */
static void settle(pid_t pid)
{
	struct timespec pause = {.tv_nsec = 20000000};
	struct usage one, other;
	int i;

	usage_read(pid, &one);
	for (i = 0; i < 200; i++) {
		nanosleep(&pause, NULL);
		usage_read(pid, &other);
		if (other.cpu - one.cpu < 0.0002)
			return;
		one = other;
	}
}

int main(int argc, char **argv)
{
	struct samples times = {0}, costs = {0};
	struct fresh fresh = {0};
	struct loop loop;
	struct rest rest = {.loop = &loop, .next = next, .arg = &fresh, .n = 1};
	struct usage before, after;
	double start;
	long rounds;
	pid_t pid;

	if (argc != 7)
		return 2;
	pid = (pid_t)number(argv[1]);
	rest.port = (int)number(argv[2]);
	fresh.auth = argv[3];
	fresh.wanted = fresh.changes = (unsigned long)number(argv[4]);
	fresh.prefix = argv[6];
	loop_open(&loop);
	rest_open(&rest);
	for (rounds = number(argv[5]); rounds > 0; rounds--) {
		fresh.changes = 0;
		finish(&rest, 20);
		settle(pid);
		usage_read(pid, &before);
		start = now();
		fresh.list = true;
		finish(&rest, 20);
		samples_add(&times, now() - start);
		usage_read(pid, &after);
		samples_add(&costs, after.cpu - before.cpu);
	}
	printf("ms=%.3f cpu_us=%.1f errors=%lu\n", samples_quantile(&times, 0.5),
	       samples_quantile(&costs, 0.5) * 1e3, rest.errors);
	rest_close(&rest);
	return 0;
}
