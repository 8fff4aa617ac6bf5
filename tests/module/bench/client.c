/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See client.h: the loop, the server's costs, samples. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

void die(const char *what)
{
	perror(what);
	exit(2);
}

double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

long number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end) {
		fprintf(stderr, "'%s' is no number\n", text);
		exit(2);
	}
	return value;
}

void usage_read(pid_t pid, struct usage *usage)
{
	char path[64], line[256];
	struct timespec ts;
	clockid_t id;
	FILE *file;

	/* The process's own clock: what user and system time add up to, without their grain. */
	if (clock_getcpuclockid(pid, &id) || clock_gettime(id, &ts))
		die("the server's clock");
	usage->cpu = (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	if (!file)
		die(path);
	while (fgets(line, sizeof(line), file)) {
		sscanf(line, "VmRSS: %ld", &usage->rss);
		sscanf(line, "Threads: %ld", &usage->threads);
	}
	fclose(file);
}

void samples_add(struct samples *samples, double seconds)
{
	if (samples->n == samples->size) {
		samples->size = samples->size ? samples->size * 2 : 4096;
		samples->us = realloc(samples->us, samples->size * sizeof(float));
		if (!samples->us)
			die("memory");
	}
	samples->us[samples->n++] = (float)(seconds * 1e6);
}

static int compare(const void *one, const void *other)
{
	float a = *(const float *)one, b = *(const float *)other;

	return (a > b) - (a < b);
}

double samples_quantile(struct samples *samples, double q)
{
	if (!samples->n)
		return 0;
	qsort(samples->us, samples->n, sizeof(float), compare);
	return (double)samples->us[(size_t)(q * (double)(samples->n - 1))] / 1e3;
}

void loop_open(struct loop *loop)
{
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0)
		die("epoll");
}

void loop_add(struct loop *loop, struct source *source, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = source};

	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, source->fd, &ev))
		die("epoll");
}

void loop_change(struct loop *loop, struct source *source, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = source};

	if (epoll_ctl(loop->epoll, EPOLL_CTL_MOD, source->fd, &ev))
		die("epoll");
}

void loop_close(struct loop *loop, struct source *source)
{
	(void)loop;
	if (source->fd >= 0)
		close(source->fd);
	source->fd = -1;
}

void loop_step(struct loop *loop, double until)
{
	struct epoll_event events[128];
	double wait = until - now();
	struct timespec ts;
	int n, i;

	wait = wait < 0 ? 0 : wait > 0.05 ? 0.05 : wait;
	ts = (struct timespec){.tv_nsec = (long)(wait * 1e9)};
	n = epoll_pwait2(loop->epoll, events, 128, &ts, NULL);
	for (i = 0; i < n; i++) {
		struct source *source = events[i].data.ptr;

		if (source->fd >= 0)
			source->ready(source, events[i].events);
	}
}

int dial(int port, int rcvbuf)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		die("socket");
	if (rcvbuf)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) && errno != EINPROGRESS)
		die("connect");
	return fd;
}
