/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The loop: one epoll descriptor for sources, one binary heap for timers. Callbacks may add and
 * remove anything and run the loop again: a removed source is only marked, and freed when no
 * dispatch is on the stack; a timer has left the heap before its callback runs.
 */
#include "ari/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "error.h"

#define BATCH	  64
#define NS_PER_MS 1000000ull

struct ari_source {
	struct ari_loop *loop;
	struct ari_source *next; /* in loop->dead or loop->always */
	int fd;
	unsigned events;
	bool removed;
	bool always; /* a plain file: epoll cannot watch it, it is always ready */
	ari_source_fn *fn;
	void *data;
};

struct ari_timer {
	struct ari_loop *loop;
	uint64_t due;	/* nanoseconds */
	uint64_t order; /* of creation: equal times fire in order, new ones wait a turn */
	size_t index;	/* in the heap */
	ari_timer_fn *fn;
	void *data;
};

struct ari_loop {
	int epoll;
	unsigned depth; /* runs on the stack */
	bool stop;
	struct ari_source *dead;
	struct ari_source *always;
	struct ari_timer **heap;
	size_t n_timers;
	size_t room;
	uint64_t order;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 * NS_PER_MS + (uint64_t)ts.tv_nsec;
}

struct ari_loop *ari_loop_new(struct ari_error *err)
{
	struct ari_loop *loop = calloc(1, sizeof(*loop));

	if (!loop) {
		arip_error_memory(err);
		return NULL;
	}
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0) {
		arip_error_set(err, ARI_ESYSTEM, "cannot make an event loop: %s", strerror(errno));
		free(loop);
		return NULL;
	}
	return loop;
}

static void bury(struct ari_loop *loop)
{
	while (loop->dead) {
		struct ari_source *source = loop->dead;

		loop->dead = source->next;
		free(source);
	}
}

void ari_loop_free(struct ari_loop *loop)
{
	if (!loop)
		return;
	bury(loop);
	for (size_t i = 0; i < loop->n_timers; i++)
		free(loop->heap[i]);
	free(loop->heap);
	close(loop->epoll);
	free(loop);
}

static uint32_t epoll_events(unsigned events)
{
	return (events & ARI_LOOP_READ ? EPOLLIN | EPOLLRDHUP : 0) |
	       (events & ARI_LOOP_WRITE ? EPOLLOUT : 0);
}

static int source_control(struct ari_source *source, int op)
{
	struct epoll_event ev = {
		.events = epoll_events(source->events),
		.data.ptr = source,
	};

	return epoll_ctl(source->loop->epoll, op, source->fd, &ev);
}

struct ari_source *ari_loop_add_fd(struct ari_loop *loop, int fd, unsigned events,
				   ari_source_fn *fn, void *data, struct ari_error *err)
{
	struct ari_source *source = calloc(1, sizeof(*source));

	if (!source) {
		arip_error_memory(err);
		return NULL;
	}
	source->loop = loop;
	source->fd = fd;
	source->events = events;
	source->fn = fn;
	source->data = data;
	if (!source_control(source, EPOLL_CTL_ADD))
		return source;
	if (errno == EPERM) { /* a plain file or /dev/null on stdin */
		source->always = true;
		source->next = loop->always;
		loop->always = source;
		return source;
	}
	arip_error_set(err, ARI_ESYSTEM, "cannot watch descriptor %d: %s", fd, strerror(errno));
	free(source);
	return NULL;
}

int ari_source_set(struct ari_source *source, unsigned events, struct ari_error *err)
{
	source->events = events;
	if (source->always || !source_control(source, EPOLL_CTL_MOD))
		return 0;
	return arip_error_set(err, ARI_ESYSTEM, "cannot watch descriptor %d: %s", source->fd,
			      strerror(errno));
}

static void unlink_always(struct ari_source *source)
{
	struct ari_source **p = &source->loop->always;

	while (*p && *p != source)
		p = &(*p)->next;
	if (*p)
		*p = source->next;
}

void ari_source_remove(struct ari_source *source)
{
	struct ari_loop *loop;

	if (!source || source->removed)
		return;
	loop = source->loop;
	source->removed = true;
	if (source->always)
		unlink_always(source);
	else
		source_control(source, EPOLL_CTL_DEL);
	source->next = loop->dead;
	loop->dead = source;
	if (!loop->depth)
		bury(loop);
}

static bool earlier(const struct ari_timer *a, const struct ari_timer *b)
{
	return a->due < b->due || (a->due == b->due && a->order < b->order);
}

static void heap_place(struct ari_loop *loop, size_t i, struct ari_timer *timer)
{
	loop->heap[i] = timer;
	timer->index = i;
}

static void heap_up(struct ari_loop *loop, size_t i, struct ari_timer *timer)
{
	for (; i && earlier(timer, loop->heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap_place(loop, i, loop->heap[(i - 1) / 2]);
	heap_place(loop, i, timer);
}

static void heap_down(struct ari_loop *loop, size_t i, struct ari_timer *timer)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < loop->n_timers && earlier(loop->heap[child + 1], loop->heap[child]))
			child++;
		if (child >= loop->n_timers || !earlier(loop->heap[child], timer))
			break;
		heap_place(loop, i, loop->heap[child]);
		i = child;
	}
	heap_place(loop, i, timer);
}

static void heap_take(struct ari_timer *timer)
{
	struct ari_loop *loop = timer->loop;
	struct ari_timer *last = loop->heap[--loop->n_timers];

	if (last == timer)
		return;
	if (timer->index && earlier(last, loop->heap[(timer->index - 1) / 2]))
		heap_up(loop, timer->index, last);
	else
		heap_down(loop, timer->index, last);
}

struct ari_timer *ari_loop_add_timer(struct ari_loop *loop, uint64_t ms, ari_timer_fn *fn,
				     void *data, struct ari_error *err)
{
	struct ari_timer *timer = malloc(sizeof(*timer));

	if (timer && loop->n_timers == loop->room) {
		size_t room = loop->room ? 2 * loop->room : 8;
		struct ari_timer **heap = reallocarray(loop->heap, room, sizeof(*heap));

		if (!heap) {
			free(timer);
			timer = NULL;
		} else {
			loop->heap = heap;
			loop->room = room;
		}
	}
	if (!timer) {
		arip_error_memory(err);
		return NULL;
	}
	*timer = (struct ari_timer){
		.loop = loop,
		.due = now_ns() + ms * NS_PER_MS,
		.order = loop->order++,
		.fn = fn,
		.data = data,
	};
	heap_up(loop, loop->n_timers++, timer);
	return timer;
}

void ari_timer_cancel(struct ari_timer *timer)
{
	if (!timer)
		return;
	heap_take(timer);
	free(timer);
}

uint64_t ari_loop_now(const struct ari_loop *loop)
{
	(void)loop;
	return now_ns() / NS_PER_MS;
}

int ari_loop_fd(const struct ari_loop *loop)
{
	return loop->epoll;
}

int ari_loop_timeout(const struct ari_loop *loop)
{
	uint64_t now;
	uint64_t ms;

	if (loop->always)
		return 0;
	if (!loop->n_timers)
		return -1;
	now = now_ns();
	if (loop->heap[0]->due <= now)
		return 0;
	ms = (loop->heap[0]->due - now + NS_PER_MS - 1) / NS_PER_MS;
	return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

/* A reader whose writer is gone is told that it can read: read(2) then says so. */
static unsigned loop_events(const struct ari_source *source, uint32_t got)
{
	unsigned events = 0;

	if (got & EPOLLIN)
		events |= ARI_LOOP_READ;
	if (got & EPOLLOUT)
		events |= ARI_LOOP_WRITE;
	if (got & (EPOLLHUP | EPOLLERR))
		events |= ARI_LOOP_HANGUP | source->events;
	if (got & EPOLLRDHUP)
		events |= ARI_LOOP_HANGUP | ARI_LOOP_READ;
	return events;
}

static int run_sources(struct ari_loop *loop, const struct epoll_event *batch, int n)
{
	int calls = 0;

	for (int i = 0; i < n; i++) {
		struct ari_source *source = batch[i].data.ptr;

		if (source->removed)
			continue;
		source->fn(loop, source->fd, loop_events(source, batch[i].events), source->data);
		calls++;
	}
	return calls;
}

static int run_always(struct ari_loop *loop)
{
	struct ari_source *ready[BATCH];
	size_t n = 0;
	int calls = 0;

	for (struct ari_source *s = loop->always; s && n < BATCH; s = s->next)
		ready[n++] = s;
	for (size_t i = 0; i < n; i++) {
		if (ready[i]->removed || !ready[i]->events)
			continue;
		ready[i]->fn(loop, ready[i]->fd, ready[i]->events, ready[i]->data);
		calls++;
	}
	return calls;
}

/* Timers made by these callbacks wait for the next turn, or a timer of 0 ms would starve the
 * sources. */
static int run_timers(struct ari_loop *loop)
{
	uint64_t now = now_ns();
	uint64_t order = loop->order;
	int calls = 0;

	while (loop->n_timers && loop->heap[0]->due <= now && loop->heap[0]->order < order) {
		struct ari_timer *timer = loop->heap[0];
		ari_timer_fn *fn = timer->fn;
		void *data = timer->data;

		ari_timer_cancel(timer);
		fn(loop, data);
		calls++;
	}
	return calls;
}

int ari_loop_run_once(struct ari_loop *loop, int timeout_ms)
{
	struct epoll_event batch[BATCH];
	int due = ari_loop_timeout(loop);
	int calls = 0;
	int n;

	if (due >= 0 && (timeout_ms < 0 || due < timeout_ms))
		timeout_ms = due;
	n = epoll_wait(loop->epoll, batch, BATCH, timeout_ms);
	if (n < 0 && errno != EINTR)
		return -1;
	loop->depth++;
	if (n > 0)
		calls += run_sources(loop, batch, n);
	calls += run_always(loop);
	calls += run_timers(loop);
	if (!--loop->depth)
		bury(loop);
	return calls;
}

bool ari_loop_run(struct ari_loop *loop, int timeout_ms)
{
	uint64_t end = timeout_ms >= 0 ? ari_loop_now(loop) + (uint64_t)timeout_ms : UINT64_MAX;
	bool stopped;

	while (!loop->stop) {
		uint64_t now = ari_loop_now(loop);

		if (now >= end ||
		    ari_loop_run_once(loop, end == UINT64_MAX ? -1 : (int)(end - now)) < 0)
			break;
	}
	stopped = loop->stop;
	loop->stop = false;
	return stopped;
}

void ari_loop_stop(struct ari_loop *loop)
{
	loop->stop = true;
}
