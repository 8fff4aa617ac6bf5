/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The worker pool: an owner whose jobs block gets half of the threads, the others go on; lines are
 * served in turn, are bounded, and what waited too long comes back unrun. It can be held, and
 * leaves no thread behind.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "../../../module/core/pool.h"

#define JOBS 200

struct bench {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int running, most, done;
	bool open;		/* the gate that blocking jobs wait at */
	char order[JOBS];
};

struct work {
	struct job job;
	struct bench *bench;
	char letter;
	bool blocks;
};

static void run(struct job *job)
{
	struct work *work = (struct work *)job;
	struct bench *bench = work->bench;

	if (!work->blocks)
		return;
	pthread_mutex_lock(&bench->lock);
	bench->running++;
	if (bench->running > bench->most)
		bench->most = bench->running;
	pthread_cond_broadcast(&bench->changed);
	while (!bench->open)
		pthread_cond_wait(&bench->changed, &bench->lock);
	bench->running--;
	pthread_mutex_unlock(&bench->lock);
}

static void finished(void *arg, struct job *job)
{
	struct bench *bench = arg;

	pthread_mutex_lock(&bench->lock);
	bench->order[bench->done++] = ((struct work *)job)->letter;
	pthread_cond_broadcast(&bench->changed);
	pthread_mutex_unlock(&bench->lock);
}

/* Wait until *VALUE is at least N; fails after ten seconds. */
static void reaches(struct bench *bench, const int *value, int n)
{
	struct timespec until;
	int res = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	pthread_mutex_lock(&bench->lock);
	while (*value < n && res != ETIMEDOUT)
		res = pthread_cond_timedwait(&bench->changed, &bench->lock, &until);
	pthread_mutex_unlock(&bench->lock);
	assert_int_not_equal(res, ETIMEDOUT);
}

static void open_gate(struct bench *bench)
{
	pthread_mutex_lock(&bench->lock);
	bench->open = true;
	pthread_cond_broadcast(&bench->changed);
	pthread_mutex_unlock(&bench->lock);
}

static struct bench bench_start(void)
{
	return (struct bench){
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
	};
}

static int add(struct pool *pool, struct bench *bench, struct work *work, const char *owner,
	       bool blocks)
{
	*work = (struct work){
		.job = {.run = run},
		.bench = bench,
		.letter = owner ? *owner : '-',
		.blocks = blocks,
	};
	return pool_add(pool, owner, &work->job);
}

static void test_half(void **state)
{
	struct bench bench = bench_start();
	struct pool *pool = pool_new(1, 4, 1, finished, &bench);
	struct work block[20], other[20];
	int i;

	(void)state;
	assert_non_null(pool);
	for (i = 0; i < 20; i++)
		assert_int_equal(add(pool, &bench, &block[i], "acme", true), 0);
	reaches(&bench, &bench.running, 2);
	for (i = 0; i < 20; i++)
		assert_int_equal(add(pool, &bench, &other[i], i & 1 ? "zeta" : "yota", false), 0);
	reaches(&bench, &bench.done, 20);
	assert_int_equal(bench.most, 2);
	assert_null(memchr(bench.order, 'a', 20));
	open_gate(&bench);
	reaches(&bench, &bench.done, 40);
	assert_int_equal(bench.most, 2);
	pool_free(pool);
}

/* One thread, busy, while two owners queue: then each has its turn. */
static void test_turns(void **state)
{
	struct bench bench = bench_start();
	struct pool *pool = pool_new(1, 1, 1, finished, &bench);
	struct work first, work[8];
	int i;

	(void)state;
	assert_int_equal(add(pool, &bench, &first, "f", true), 0);
	reaches(&bench, &bench.running, 1);
	for (i = 0; i < 6; i++)
		assert_int_equal(add(pool, &bench, &work[i], "a", false), 0);
	for (; i < 8; i++)
		assert_int_equal(add(pool, &bench, &work[i], "b", false), 0);
	open_gate(&bench);
	reaches(&bench, &bench.done, 9);
	assert_memory_equal(bench.order, "fababaaaa", 9);
	pool_free(pool);
}

/* A line takes so many and no more; jobs of nobody are never refused. */
static void test_bound(void **state)
{
	struct bench bench = bench_start();
	struct pool *pool = pool_new(1, 2, 1, finished, &bench);
	struct work running, work[POOL_LINE_MAX + 1], other, nobody[POOL_LINE_MAX + 1];
	int i;

	(void)state;
	assert_int_equal(add(pool, &bench, &running, "a", true), 0);
	reaches(&bench, &bench.running, 1);
	for (i = 0; i < POOL_LINE_MAX; i++)
		assert_int_equal(add(pool, &bench, &work[i], "a", false), 0);
	assert_int_not_equal(add(pool, &bench, &work[i], "a", false), 0);
	assert_int_equal(add(pool, &bench, &other, "b", false), 0);
	reaches(&bench, &bench.done, 1);
	for (i = 0; i <= POOL_LINE_MAX; i++)
		assert_int_equal(add(pool, &bench, &nobody[i], NULL, false), 0);
	reaches(&bench, &bench.done, POOL_LINE_MAX + 2);
	open_gate(&bench);
	pool_free(pool);
	assert_int_equal(bench.done, 2 * POOL_LINE_MAX + 3);
}

static void test_late(void **state)
{
	struct bench bench = bench_start();
	struct pool *pool = pool_new(1, 2, 1, finished, &bench);
	struct work running, work[3], *late;
	int waiting, threads;

	(void)state;
	assert_int_equal(add(pool, &bench, &running, "a", true), 0);
	reaches(&bench, &bench.running, 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(add(pool, &bench, &work[i], "a", false), 0);
	assert_null(pool_late(pool, work[0].job.since));
	late = (struct work *)pool_late(pool, work[2].job.since + 1);
	for (int i = 0; i < 3; i++, late = (struct work *)late->job.next) {
		assert_ptr_equal(late, &work[i]);
		assert_true(late->job.late);
	}
	assert_null(late);
	pool_stats(pool, &waiting, &threads);
	assert_int_equal(waiting, 0);
	open_gate(&bench);
	pool_free(pool);
	assert_int_equal(bench.done, 1);
}

static int64_t ms_from_now(int ms)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + ms;
}

static void count(void *arg, const struct job *job)
{
	(void)job;
	++*(int *)arg;
}

/* A pool that is held finishes what runs and starts nothing, until it is let go. */
static void test_hold(void **state)
{
	struct bench bench = bench_start();
	struct pool *pool = pool_new(1, 4, 1, finished, &bench);
	struct work running, work[3], *late;
	int n = 0, waiting, threads;

	(void)state;
	assert_int_equal(add(pool, &bench, &running, "a", true), 0);
	reaches(&bench, &bench.running, 1);
	pool_each_running(pool, count, &n);
	assert_int_equal(n, 1);
	pool_hold(pool, true);
	assert_int_equal(pool_wait_idle(pool, ms_from_now(20)), 1);
	assert_int_equal(add(pool, &bench, &work[0], "b", false), 0);
	assert_int_equal(add(pool, &bench, &work[1], NULL, false), 0);
	open_gate(&bench);
	assert_int_equal(pool_wait_idle(pool, ms_from_now(10000)), 0);
	assert_int_equal(bench.done, 1);
	pool_stats(pool, &waiting, &threads);
	assert_int_equal(waiting, 2);
	pool_each_running(pool, count, &n);
	assert_int_equal(n, 1);
	pool_hold(pool, false);
	reaches(&bench, &bench.done, 3);
	/* What was held to the end can still be taken out, and refused. */
	pool_hold(pool, true);
	assert_int_equal(add(pool, &bench, &work[2], "b", false), 0);
	late = (struct work *)pool_late(pool, INT64_MAX);
	assert_ptr_equal(late, &work[2]);
	pool_free(pool);
	assert_int_equal(bench.done, 3);
}

struct self {
	struct job job;
	struct pool *pool;
	bool mine;
};

static void ask(struct job *job)
{
	struct self *self = (struct self *)job;

	self->mine = pool_is_mine(self->pool);
}

static void answered(void *arg, struct job *job)
{
	(void)arg;
	(void)job;
}

static void test_is_mine(void **state)
{
	struct pool *pool = pool_new(1, 1, 1, answered, NULL);
	struct self self = {.job = {.run = ask}, .pool = pool};

	(void)state;
	assert_false(pool_is_mine(pool));
	assert_int_equal(pool_add(pool, "a", &self.job), 0);
	pool_wait(pool);
	assert_true(self.mine);
	pool_free(pool);
}

static pthread_key_t key;
static int ended;		/* atomic */

/* What a thread does last of all, and slowly. */
static void at_end(void *value)
{
	(void)value;
	nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	__atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
}

static void mark(struct job *job)
{
	pthread_setspecific(key, job);
	run(job);
}

/* When the pool is freed no thread of its is left, not even on its way out: the host takes our code
 * out of memory then. */
static void test_no_thread_is_left(void **state)
{
	struct bench bench = bench_start();
	struct pool *pool = pool_new(1, 4, 1, finished, &bench);
	struct work work[4];

	(void)state;
	assert_int_equal(pthread_key_create(&key, at_end), 0);
	for (int i = 0; i < 4; i++) {
		work[i] = (struct work){.job = {.run = mark}, .bench = &bench, .blocks = true};
		assert_int_equal(pool_add(pool, NULL, &work[i].job), 0);
	}
	reaches(&bench, &bench.running, 4);
	open_gate(&bench);
	pool_free(pool);
	assert_int_equal(__atomic_load_n(&ended, __ATOMIC_SEQ_CST), 4);
	pthread_key_delete(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_half),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_is_mine),
		cmocka_unit_test(test_no_thread_is_left),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
