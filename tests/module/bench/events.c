/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * events PID PORT AUTHORIZATION SOCKETS WSPATH CONNECTIONS MILLISECONDS RATE WHAT PREFIX [SLOW]:
 * open so many WebSockets, then make events by REST requests below PREFIX from so many
 * connections, RATE a second or (0) as fast as they are answered, wait until all is delivered, and
 * say what that took. WHAT: "variable" sets one of the channel "bench", "mixed" does, but each
 * hundredth time one of the channel "rare", "pairs" originates calls and hangs them up, "none" only
 * opens. SLOW: bytes a second that one more socket reads.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

#define QUIET 0.3
#define DRAIN 15

enum what {
	WHAT_NONE,
	WHAT_VARIABLE,
	WHAT_MIXED,
	WHAT_PAIRS,
};

struct run {
	pid_t pid;
	struct loop loop;
	struct sockets sockets;
	struct rest rest;
	const char *auth, *prefix;
	enum what what;
	double until, rate, start;
	unsigned long due;	/* requests that were, at that rate */
	unsigned long pairs, variables;
	struct samples deletes;
	long rss_max;
};

static int variable_request(struct run *run, char *out, size_t size)
{
	bool rare = run->what == WHAT_MIXED && run->variables++ % 100 == 0;

	return snprintf(out, size, "POST %s/channels/%s/variable?variable=V&value=@%.0f HTTP/1.1\r\n"
			"Host: a\r\nAuthorization: %s\r\nContent-Length: 0\r\n\r\n", run->prefix,
			rare ? "rare" : "bench", now() * 1e6, run->auth);
}

/* By turns: a call into the first application, or without one into the dialplan; its end. */
static int pair_request(const struct run *run, const struct rest_conn *conn, char *out, size_t size)
{
	unsigned long call = conn->asked / 2;

	if (conn->asked % 2)
		return snprintf(out, size, "DELETE %s/channels/b%d-%d-%lu HTTP/1.1\r\nHost: a\r\n"
				"Authorization: %s\r\n\r\n", run->prefix, (int)run->pid, conn->index,
				call, run->auth);
	return snprintf(out, size, "POST %s/channels?endpoint=Local/100@default&channelId=b%d-%d-%lu&%s "
			"HTTP/1.1\r\nHost: a\r\nAuthorization: %s\r\nContent-Length: 0\r\n\r\n",
			run->prefix, (int)run->pid, conn->index, call,
			run->sockets.n ? "app=sub0" : "context=default&extension=100", run->auth);
}

static size_t next(struct rest *rest, struct rest_conn *conn, char *out, size_t size)
{
	struct run *run = rest->arg;
	bool hangup = run->what == WHAT_PAIRS && conn->asked % 2;

	if (!hangup && (run->what == WHAT_NONE || now() >= run->until))
		return 0;
	if (!hangup && run->rate > 0) {
		if ((double)run->due >= (now() - run->start) * run->rate)
			return 0;
		run->due++;
	}
	return (size_t)(run->what == WHAT_PAIRS ? pair_request(run, conn, out, size)
						: variable_request(run, out, size));
}

static void done(struct rest *rest, struct rest_conn *conn, int status)
{
	struct run *run = rest->arg;

	if (run->what != WHAT_PAIRS || conn->asked % 2)
		return;
	/* A call may have ended by itself. */
	rest->errors -= status == 404;
	run->pairs++;
}

static void watch_memory(struct run *run)
{
	struct usage usage;

	usage_read(run->pid, &usage);
	if (usage.rss > run->rss_max)
		run->rss_max = usage.rss;
}

static void step(struct run *run, double until)
{
	double soon = run->rate > 0 ? now() + 0.5 / run->rate : until;

	loop_step(&run->loop, soon < until ? soon : until);
	if (run->rate > 0)
		rest_kick(&run->rest);
	if (run->sockets.slow_rate)
		sockets_slow(&run->sockets, now() - run->start);
}

/* Until nothing has come for a while. */
static void drain(struct run *run)
{
	double until = now() + DRAIN, last = now();

	while (now() < until && (rest_busy(&run->rest) || now() - last < QUIET)) {
		step(run, until);
		if (run->sockets.last > last)
			last = run->sockets.last;
	}
}

static void play(struct run *run, double seconds)
{
	double look = 0;

	run->start = now();
	run->until = run->start + seconds;
	rest_open(&run->rest);
	while (now() < run->until) {
		step(run, run->until);
		if (run->sockets.slow_rate && now() > look) {
			watch_memory(run);
			look = now() + 0.1;
		}
	}
	drain(run);
}

/* Each variable is one event for each socket. */
static long missing(const struct run *run, unsigned long units)
{
	const struct sockets *sockets = &run->sockets;
	int hearing = sockets->n - (sockets->slow_rate > 0);

	return run->what == WHAT_VARIABLE ? (long)(units * (unsigned long)hearing) -
		(long)sockets->frames : 0;
}

static void report(struct run *run, const struct usage *idle, const struct usage *before)
{
	struct rest *rest = &run->rest;
	struct sockets *sockets = &run->sockets;
	double end = sockets->last > run->until ? sockets->last : run->until, cpu;
	unsigned long units = run->what == WHAT_PAIRS ? run->pairs : rest->answers;
	struct usage after;

	usage_read(run->pid, &after);
	cpu = (after.cpu - before->cpu) * 1e6;
	printf("rate=%.1f delivered=%.1f cpu_us=%.2f cpu_event=%.3f p50=%.3f p99=%.3f e2e50=%.3f "
	       "e2e99=%.3f units=%lu frames=%lu errors=%lu open=%d rss_kb=%ld threads=%ld "
	       "rss_max=%ld slow_mb=%.2f slow_closed=%d missing=%ld\n",
	       (double)units / (run->until - run->start),
	       (double)sockets->frames / (end - run->start), cpu / (double)(units ? units : 1),
	       cpu / (double)(sockets->frames ? sockets->frames : 1),
	       samples_quantile(&rest->latency, 0.5), samples_quantile(&rest->latency, 0.99),
	       samples_quantile(&sockets->latency, 0.5), samples_quantile(&sockets->latency, 0.99),
	       units, sockets->frames, rest->errors, sockets->open, before->rss - idle->rss,
	       before->threads - idle->threads, run->rss_max - before->rss,
	       sockets->n ? (double)sockets->socket[0].bytes / 1e6 : 0,
	       sockets->n ? sockets->socket[0].closed : 0, missing(run, units));
}

static enum what what_of(const char *name)
{
	static const char *const names[] = {"none", "variable", "mixed", "pairs"};
	int i;

	for (i = 0; i < 4; i++) {
		if (!strcmp(names[i], name))
			return (enum what)i;
	}
	fprintf(stderr, "'%s' is none of: none, variable, mixed, pairs\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	struct run run = {.rest = {.next = next, .done = done}};
	struct usage idle, before;

	if (argc != 11 && argc != 12)
		return 2;
	run.pid = (pid_t)number(argv[1]);
	run.rest.port = run.sockets.port = (int)number(argv[2]);
	run.auth = run.sockets.auth = argv[3];
	run.sockets.n = (int)number(argv[4]);
	run.sockets.path = argv[5];
	run.rest.n = (int)number(argv[6]);
	run.rate = (double)number(argv[8]);
	run.what = what_of(argv[9]);
	run.prefix = argv[10];
	run.sockets.slow_rate = argv[11] ? (int)number(argv[11]) : 0;
	run.sockets.n += run.sockets.slow_rate > 0;
	run.rest.loop = run.sockets.loop = &run.loop;
	run.rest.arg = &run;
	loop_open(&run.loop);
	usage_read(run.pid, &idle);
	if (!sockets_open(&run.sockets, 20)) {
		fprintf(stderr, "events: %d of %d sockets opened\n", run.sockets.open,
			run.sockets.n);
		return 1;
	}
	usage_read(run.pid, &before);
	/* For whoever waits for all to be open. */
	fprintf(stderr, "ready\n");
	play(&run, (double)number(argv[7]) / 1e3);
	report(&run, &idle, &before);
	fflush(stdout);
	rest_close(&run.rest);
	sockets_close(&run.sockets, 3);
	return 0;
}
