/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Threads for what may wait. A pool starts with a few threads, grows while jobs wait and
 * none is idle, and lets idle ones end. A finished job is given to the pool's owner by
 * the callback, in the worker's thread.
 *
 * Jobs that name an owner wait in that owner's line. The lines are served in turn, and no owner
 * has more than half of the threads: whose jobs block holds up nobody else.
 */
#ifndef CORE_POOL_H
#define CORE_POOL_H

#include <stdbool.h>
#include <stdint.h>

/* Jobs of one owner that may wait, and of all owners. */
#define POOL_LINE_MAX 64
#define POOL_WAITING_MAX 1024

struct pool;

struct job {
	struct job *next;
	void (*run)(struct job *job);	/* a worker's thread */
	void (*done)(struct job *job);	/* the core's thread; frees it */
	int64_t since;			/* the pool's: when it was added, ms; once it runs, since when */
	bool late;			/* it was not run: see pool_late */
};

typedef void (*pool_done_fn)(void *arg, struct job *job);

/** MAX threads, INITIAL of them at once; one that found nothing for IDLE seconds ends when there
 * are more than INITIAL. NULL when not even one thread can be had. */
struct pool *pool_new(int initial, int max, int idle, pool_done_fn done, void *arg);
/** Change the sizes of a running pool. */
void pool_resize(struct pool *pool, int initial, int max, int idle);
/** OWNER may be NULL: then nothing limits the job. Non-zero when too many wait: JOB is still the
 * caller's. */
int pool_add(struct pool *pool, const char *owner, struct job *job);
/** Take out what has waited since before SINCE (ms, monotonic), marked late, linked by next. */
struct job *pool_late(struct pool *pool, int64_t since);
/** Jobs that wait, and threads that there are. */
void pool_stats(struct pool *pool, int *waiting, int *threads);
/** Wait until no job waits or runs. */
void pool_wait(struct pool *pool);
/** HOLD: start nothing any more; what comes waits in its line until the pool is let go again. */
void pool_hold(struct pool *pool, bool hold);
/** Wait until nothing runs, or (ms, monotonic) until UNTIL. How many still run. */
int pool_wait_idle(struct pool *pool, int64_t until);
/** FN for each job that runs, under the pool's lock: nobody frees it meanwhile. */
void pool_each_running(struct pool *pool, void (*fn)(void *arg, const struct job *job), void *arg);
/** Is the caller one of the pool's threads? */
bool pool_is_mine(struct pool *pool);
/** Run what waits, end all threads, free the pool. */
void pool_free(struct pool *pool);

#endif
