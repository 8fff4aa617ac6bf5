/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See pool.h. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "pool.h"

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work;	/* a job came, or the pool ends */
	pthread_cond_t left;	/* a thread ended, or a job */
	struct job *first, **last;
	int waiting, idle, threads, running;
	int initial, max, idle_seconds;
	bool ending;
	pool_done_fn done;
	void *arg;
};

/* Take a job; NULL when this thread is to end. Called and returns with the lock held. */
static struct job *take(struct pool *pool)
{
	struct timespec until;
	struct job *job;
	int res = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += pool->idle_seconds ? pool->idle_seconds : 1;
	while (!pool->first && !pool->ending) {
		if (res == ETIMEDOUT && pool->threads > (pool->initial ? pool->initial : 1))
			return NULL;
		if (res == ETIMEDOUT)
			until.tv_sec += pool->idle_seconds ? pool->idle_seconds : 1;
		pool->idle++;
		res = pthread_cond_timedwait(&pool->work, &pool->lock, &until);
		pool->idle--;
	}
	job = pool->first;
	if (job) {
		pool->first = job->next;
		if (!pool->first)
			pool->last = &pool->first;
		pool->waiting--;
		pool->running++;
	}
	return job;
}

static void *worker(void *arg)
{
	struct pool *pool = arg;
	struct job *job;

	pthread_mutex_lock(&pool->lock);
	while ((job = take(pool))) {
		pthread_mutex_unlock(&pool->lock);
		job->run(job);
		pool->done(pool->arg, job);
		pthread_mutex_lock(&pool->lock);
		pool->running--;
		pthread_cond_broadcast(&pool->left);
	}
	pool->threads--;
	pthread_cond_broadcast(&pool->left);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* With the lock held. Signals stay with the host's own threads. */
static void add_thread(struct pool *pool)
{
	pthread_attr_t attr;
	sigset_t all, old;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 1024 * 1024);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (!pthread_create(&thread, &attr, worker, pool))
		pool->threads++;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
}

struct pool *pool_new(int initial, int max, int idle, pool_done_fn done, void *arg)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	pthread_condattr_t attr;

	if (!pool)
		return NULL;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->work, &attr);
	pthread_cond_init(&pool->left, &attr);
	pthread_condattr_destroy(&attr);
	pool->last = &pool->first;
	pool->done = done;
	pool->arg = arg;
	pool_resize(pool, initial, max, idle);
	pthread_mutex_lock(&pool->lock);
	if (!pool->threads)
		add_thread(pool);
	pthread_mutex_unlock(&pool->lock);
	if (pool->threads)
		return pool;
	pool_free(pool);
	return NULL;
}

void pool_resize(struct pool *pool, int initial, int max, int idle)
{
	pthread_mutex_lock(&pool->lock);
	pool->initial = initial < max ? initial : max;
	pool->max = max;
	pool->idle_seconds = idle;
	for (int i = pool->threads; i < pool->initial; i++)
		add_thread(pool);
	pthread_mutex_unlock(&pool->lock);
}

void pool_add(struct pool *pool, struct job *job)
{
	job->next = NULL;
	pthread_mutex_lock(&pool->lock);
	*pool->last = job;
	pool->last = &job->next;
	pool->waiting++;
	if (pool->waiting > pool->idle && pool->threads < pool->max)
		add_thread(pool);
	pthread_cond_signal(&pool->work);
	pthread_mutex_unlock(&pool->lock);
}

void pool_stats(struct pool *pool, int *waiting, int *threads)
{
	pthread_mutex_lock(&pool->lock);
	*waiting = pool->waiting;
	*threads = pool->threads;
	pthread_mutex_unlock(&pool->lock);
}

void pool_wait(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	while (pool->waiting || pool->running)
		pthread_cond_wait(&pool->left, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
}

void pool_free(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->ending = true;
	pthread_cond_broadcast(&pool->work);
	while (pool->threads)
		pthread_cond_wait(&pool->left, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
	pthread_cond_destroy(&pool->work);
	pthread_cond_destroy(&pool->left);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}
