/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * load PID PORT AUTHORIZATION CONNECTIONS SECONDS MODE PATH [HEADER]: ask PORT for PATH, from so
 * many connections at once, and say what it cost the process PID. MODE: "keep" the connections,
 * "close" each behind its answer, ask "once" from each and wait for all, or stay "idle" behind
 * one answer each.
 */
#include <stdio.h>
#include <string.h>

#include "client.h"

struct load {
	const char *auth, *path, *header;
	bool closes, once;
	double until;
};

static size_t next(struct rest *rest, struct rest_conn *conn, char *out, size_t size)
{
	const struct load *load = rest->arg;
	int n;

	if (load->once ? conn->asked > 0 : now() >= load->until)
		return 0;
	n = snprintf(out, size, "GET %s HTTP/1.1\r\nHost: a\r\nAuthorization: %s\r\n%s%s%s\r\n",
		     load->path, load->auth, load->closes ? "Connection: close\r\n" : "",
		     load->header ? load->header : "", load->header ? "\r\n" : "");
	return (size_t)n;
}

int main(int argc, char **argv)
{
	struct usage before, after;
	struct load load = {0};
	struct loop loop;
	struct rest rest = {.loop = &loop, .next = next, .arg = &load};
	double start, took;
	pid_t pid;

	if (argc != 8 && argc != 9)
		return 2;
	pid = (pid_t)number(argv[1]);
	rest.port = (int)number(argv[2]);
	rest.n = (int)number(argv[4]);
	load.auth = argv[3];
	load.closes = rest.one_each = !strcmp(argv[6], "close");
	load.once = !strcmp(argv[6], "once") || !strcmp(argv[6], "idle");
	load.path = argv[7];
	load.header = argv[8];
	loop_open(&loop);
	usage_read(pid, &before);
	start = now();
	load.until = start + (double)number(argv[5]) / 1e3;
	rest_open(&rest);
	while (now() < load.until && (!load.once || rest_busy(&rest)))
		loop_step(&loop, load.until);
	took = now() - start;
	while (!load.once && rest_busy(&rest) && now() < load.until + 2)
		loop_step(&loop, load.until + 2);
	usage_read(pid, &after);
	printf("rate=%.1f cpu_us=%.2f p50=%.3f p99=%.3f max=%.3f answers=%lu errors=%lu "
	       "rss_kb=%ld threads=%ld\n", (double)rest.answers / took,
	       (after.cpu - before.cpu) * 1e6 / (double)(rest.answers ? rest.answers : 1),
	       samples_quantile(&rest.latency, 0.5), samples_quantile(&rest.latency, 0.99),
	       samples_quantile(&rest.latency, 1), rest.answers, rest.errors,
	       after.rss - before.rss, after.threads - before.threads);
	rest_close(&rest);
	return 0;
}
