/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * One thread, one loop. REST transfers, event streams and the caller's own descriptors and
 * timers are sources of the same loop, which is one epoll descriptor: a program with a loop
 * of its own watches ari_loop_fd() for reading, asks ari_loop_timeout() how long it may
 * sleep, and calls ari_loop_run_once(loop, 0) when either is due. Not thread-safe. Callbacks may
 * add and remove anything and may run the loop again, but not free it.
 */
#ifndef ARI_LOOP_H
#define ARI_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

struct ari_loop;
struct ari_source; /* one watched descriptor */
struct ari_timer;

enum ari_loop_events {
	ARI_LOOP_READ = 1 << 0,
	ARI_LOOP_WRITE = 1 << 1,
	ARI_LOOP_HANGUP = 1 << 2, /* reported only: the other end is gone */
};

typedef void ari_source_fn(struct ari_loop *loop, int fd, unsigned events, void *data);
typedef void ari_timer_fn(struct ari_loop *loop, void *data);

/** A new loop, or NULL. Free it after every client and stream that uses it. */
struct ari_loop *ari_loop_new(struct ari_error *err);
void ari_loop_free(struct ari_loop *loop);

/** Watch FD (not owned: you close it, after removing the source). Level-triggered. A source may
 * remove itself or others from within a callback. */
struct ari_source *ari_loop_add_fd(struct ari_loop *loop, int fd, unsigned events,
				   ari_source_fn *fn, void *data, struct ari_error *err);
int ari_source_set(struct ari_source *source, unsigned events, struct ari_error *err);
void ari_source_remove(struct ari_source *source);

/** Call FN once, MS milliseconds from now (monotonic clock). The timer is gone when FN is called
 * or after ari_timer_cancel; NULL is a no-op to cancel. */
struct ari_timer *ari_loop_add_timer(struct ari_loop *loop, uint64_t ms, ari_timer_fn *fn,
				     void *data, struct ari_error *err);
void ari_timer_cancel(struct ari_timer *timer);

/** Milliseconds of the monotonic clock. */
uint64_t ari_loop_now(const struct ari_loop *loop);

/** Serve what is due; sleep up to TIMEOUT_MS for something to happen (-1: without limit). Returns
 * the number of callbacks made, or -1 when waiting failed. */
int ari_loop_run_once(struct ari_loop *loop, int timeout_ms);

/** Run until ari_loop_stop (callable from any callback) or, where TIMEOUT_MS >= 0, until that much
 * time has passed. True when stopped, false when the time ran out. */
bool ari_loop_run(struct ari_loop *loop, int timeout_ms);
void ari_loop_stop(struct ari_loop *loop);

/** For a foreign loop: the descriptor to watch for reading, and the milliseconds until the next
 * timer
 * (-1: none). */
int ari_loop_fd(const struct ari_loop *loop);
int ari_loop_timeout(const struct ari_loop *loop);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
