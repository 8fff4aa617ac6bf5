/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The worker pool: an owner whose jobs block gets half of the threads, the others go on; lines are
 * served in turn, are bounded, and what waited too long comes back unrun.
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_half),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_late),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
