/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * cycles PORT AUTHORIZATION WSPATH AT-ONCE CYCLES: open a WebSocket, read it for 50 ms, hang up
 * without a word, and again, so many at once; until all is done or no cycle ends for 3 s, which is
 * told as wedged.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "client.h"

#define STAY 0.05
#define WEDGED 3

struct cycles;

struct cycle {
	struct source source;
	struct cycles *all;
	struct reply reply;
	bool open;
	double since;
};

struct cycles {
	struct loop loop;
	int port;
	const char *auth, *path;
	long begun, ended, wanted;
	double last;
};

static void cycle_ready(struct source *source, uint32_t events)
{
	struct cycle *cycle = (struct cycle *)source;
	static char data[1 << 16];
	ssize_t n;
	int res;

	if (events & EPOLLOUT) {
		n = (ssize_t)upgrade_request(data, sizeof(data), cycle->all->path,
					     (int)cycle->all->begun, cycle->all->auth);
		if (write(source->fd, data, (size_t)n) != n)
			die("upgrade");
		loop_change(&cycle->all->loop, source, EPOLLIN);
		return;
	}
	n = read(source->fd, data, cycle->open ? sizeof(data) : 1);
	if (cycle->open || n != 1)
		return;
	res = reply_take(&cycle->reply, data, 1);
	if (res != 1)
		return;
	if (cycle->reply.status != 101) {
		fprintf(stderr, "no WebSocket, but %s\n", cycle->reply.head);
		exit(2);
	}
	cycle->open = true;
	cycle->since = now();
}

static void begin(struct cycles *all, struct cycle *cycle)
{
	*cycle = (struct cycle){.all = all, .source = {.ready = cycle_ready}};
	cycle->source.fd = dial(all->port, 0);
	loop_add(&all->loop, &cycle->source, EPOLLOUT);
	all->begun++;
}

static void look(struct cycles *all, struct cycle *cycle)
{
	if (cycle->source.fd >= 0 && cycle->open && now() - cycle->since > STAY) {
		loop_close(&all->loop, &cycle->source);
		all->ended++;
		all->last = now();
	}
	if (cycle->source.fd < 0 && all->begun < all->wanted)
		begin(all, cycle);
}

int main(int argc, char **argv)
{
	struct cycles all = {0};
	struct cycle *cycle;
	double start = now();
	int n, i;

	if (argc != 6)
		return 2;
	all.port = (int)number(argv[1]);
	all.auth = argv[2];
	all.path = argv[3];
	n = (int)number(argv[4]);
	all.wanted = number(argv[5]);
	cycle = calloc((size_t)n, sizeof(*cycle));
	if (!cycle)
		die("memory");
	loop_open(&all.loop);
	for (i = 0; i < n; i++)
		cycle[i].source.fd = -1;
	all.last = now();
	while (all.ended < all.wanted && now() - all.last < WEDGED) {
		for (i = 0; i < n; i++)
			look(&all, &cycle[i]);
		loop_step(&all.loop, now() + 0.005);
	}
	printf("cycles=%ld wedged=%d seconds=%.1f\n", all.ended, all.ended < all.wanted,
	       now() - start);
	free(cycle);
	return 0;
}
