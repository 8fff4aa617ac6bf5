/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See pool.h. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pool.h"

/* The jobs of one owner. There while one of them waits or runs; the one of nobody is always. */
struct line {
	struct line *next;
	struct job *first, **last;
	int waiting, running;
	bool limited;
	char owner[];
};

/* A thread. It is joined, never detached: when the pool is freed nothing of ours may still be on
 * its way out of here, for the host takes our code out of memory then. */
struct thread {
	struct thread *next;
	struct pool *pool;
	pthread_t id;
	struct job *job;	/* that it runs */
	bool ended;		/* it has let the lock go for the last time: only to be joined */
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work;	/* a job came, or the pool ends */
	pthread_cond_t left;	/* a thread ended, or a job */
	struct line *lines;	/* whose turn it is comes first */
	struct thread *all;	/* those that ended included, until somebody joins them */
	int waiting, idle, threads, running;
	int initial, max, idle_seconds;
	bool ending, held;
	pool_done_fn done;
	void *arg;
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* What follows up to worker() is called with the lock held. */

/* How many more jobs of that line may start. */
static int room(const struct pool *pool, const struct line *line)
{
	int most = pool->max > 1 ? pool->max / 2 : 1, left = most - line->running;

	if (pool->held && !pool->ending)
		return 0;
	if (!line->limited || pool->ending)
		return line->waiting;
	left = left < line->waiting ? left : line->waiting;
	return left > 0 ? left : 0;
}

static int startable(const struct pool *pool)
{
	const struct line *line;
	int n = 0;

	for (line = pool->lines; line; line = line->next)
		n += room(pool, line);
	return n;
}

static struct line **find_line(struct pool *pool, const char *owner)
{
	struct line **at = &pool->lines;

	while (*at && strcmp((*at)->owner, owner))
		at = &(*at)->next;
	return at;
}

static struct line *line_new(struct line **at, const char *owner, bool limited)
{
	size_t size = strlen(owner) + 1;
	struct line *line = calloc(1, sizeof(*line) + size);

	if (!line)
		return NULL;
	memcpy(line->owner, owner, size);
	line->limited = limited;
	line->last = &line->first;
	*at = line;
	return line;
}

static void line_left(struct pool *pool, struct line *line)
{
	struct line **at;

	if (!line->limited || line->waiting || line->running)
		return;
	for (at = &pool->lines; *at != line; at = &(*at)->next)
		;
	*at = line->next;
	free(line);
}

static struct job *first_of(struct pool *pool, struct line *line)
{
	struct job *job = line->first;

	line->first = job->next;
	if (!line->first)
		line->last = &line->first;
	job->next = NULL;
	line->waiting--;
	pool->waiting--;
	return job;
}

/* The next line that may start a job; it goes behind the others. */
static struct line *next_line(struct pool *pool)
{
	struct line **at = &pool->lines, *line, **end;

	while (*at && !room(pool, *at))
		at = &(*at)->next;
	line = *at;
	if (!line)
		return NULL;
	*at = line->next;
	line->next = NULL;
	for (end = &pool->lines; *end; end = &(*end)->next)
		;
	*end = line;
	return line;
}

/* Take a job; NULL when this thread is to end. */
static struct job *take(struct pool *pool, struct line **from)
{
	struct timespec until;
	int res = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += pool->idle_seconds ? pool->idle_seconds : 1;
	while (!(*from = next_line(pool)) && !pool->ending) {
		if (res == ETIMEDOUT && pool->threads > (pool->initial ? pool->initial : 1))
			return NULL;
		if (res == ETIMEDOUT)
			until.tv_sec += pool->idle_seconds ? pool->idle_seconds : 1;
		pool->idle++;
		res = pthread_cond_timedwait(&pool->work, &pool->lock, &until);
		pool->idle--;
	}
	if (!*from)
		return NULL;
	(*from)->running++;
	pool->running++;
	return first_of(pool, *from);
}

static void *worker(void *arg)
{
	struct thread *self = arg;
	struct pool *pool = self->pool;
	struct line *line;
	struct job *job;

	pthread_setname_np(pthread_self(), "stasis-work");
	pthread_mutex_lock(&pool->lock);
	while ((job = take(pool, &line))) {
		job->since = now_ms();
		self->job = job;
		pthread_mutex_unlock(&pool->lock);
		job->run(job);
		pthread_mutex_lock(&pool->lock);
		self->job = NULL;	/* its owner frees it as soon as it is done */
		pthread_mutex_unlock(&pool->lock);
		pool->done(pool->arg, job);
		pthread_mutex_lock(&pool->lock);
		pool->running--;
		line->running--;
		line_left(pool, line);
		pthread_cond_broadcast(&pool->left);
	}
	pool->threads--;
	self->ended = true;
	pthread_cond_broadcast(&pool->left);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* With the lock held: so whoever has ended waits for nothing. */
static void join_ended(struct pool *pool)
{
	struct thread **at = &pool->all, *thread;

	while ((thread = *at)) {
		if (!thread->ended) {
			at = &thread->next;
			continue;
		}
		*at = thread->next;
		pthread_join(thread->id, NULL);
		free(thread);
	}
}

/* With the lock held. Signals stay with the host's own threads. */
static void add_thread(struct pool *pool)
{
	struct thread *thread = calloc(1, sizeof(*thread));
	pthread_attr_t attr;
	sigset_t all, old;

	join_ended(pool);
	if (!thread)
		return;
	thread->pool = pool;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 1024 * 1024);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (!pthread_create(&thread->id, &attr, worker, thread)) {
		thread->next = pool->all;
		pool->all = thread;
		pool->threads++;
	} else {
		free(thread);
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
}

struct pool *pool_new(int initial, int max, int idle, pool_done_fn done, void *arg)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	pthread_condattr_t attr;
	int res;

	if (!pool)
		return NULL;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->work, &attr);
	pthread_cond_init(&pool->left, &attr);
	pthread_condattr_destroy(&attr);
	pool->done = done;
	pool->arg = arg;
	pool_resize(pool, initial, max, idle);
	pthread_mutex_lock(&pool->lock);
	if (!pool->threads)
		add_thread(pool);
	res = pool->threads && line_new(&pool->lines, "", false) ? 0 : -1;
	pthread_mutex_unlock(&pool->lock);
	if (!res)
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
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
}

/* With the lock held. */
static int add(struct pool *pool, const char *owner, struct job *job)
{
	struct line **at = find_line(pool, owner ? owner : ""), *line = *at;

	if (owner && (pool->waiting >= POOL_WAITING_MAX ||
		      (line && line->waiting >= POOL_LINE_MAX)))
		return -1;
	if (!line)
		line = line_new(at, owner ? owner : "", owner != NULL);
	if (!line)
		return -1;
	*line->last = job;
	line->last = &job->next;
	line->waiting++;
	pool->waiting++;
	if (startable(pool) > pool->idle && pool->threads < pool->max)
		add_thread(pool);
	return 0;
}

int pool_add(struct pool *pool, const char *owner, struct job *job)
{
	int res;

	job->next = NULL;
	job->late = false;
	job->since = now_ms();
	pthread_mutex_lock(&pool->lock);
	res = add(pool, owner, job);
	pthread_mutex_unlock(&pool->lock);
	/* Behind the lock, so that whoever wakes does not at once wait for it. */
	pthread_cond_signal(&pool->work);
	return res;
}

struct job *pool_late(struct pool *pool, int64_t since)
{
	struct job *late = NULL, **end = &late;
	struct line *line, *next;

	pthread_mutex_lock(&pool->lock);
	for (line = pool->lines; line; line = next) {
		next = line->next;
		while (line->limited && line->first && line->first->since < since) {
			*end = first_of(pool, line);
			(*end)->late = true;
			end = &(*end)->next;
		}
		line_left(pool, line);
	}
	pthread_mutex_unlock(&pool->lock);
	return late;
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

void pool_hold(struct pool *pool, bool hold)
{
	pthread_mutex_lock(&pool->lock);
	pool->held = hold;
	/* What came meanwhile found no thread that it could be given to. */
	for (int i = hold ? 0 : startable(pool); i > pool->idle && pool->threads < pool->max; i--)
		add_thread(pool);
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
}

int pool_wait_idle(struct pool *pool, int64_t until)
{
	struct timespec ts = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
	int res = 0, running;

	pthread_mutex_lock(&pool->lock);
	while (pool->running && res != ETIMEDOUT)
		res = pthread_cond_timedwait(&pool->left, &pool->lock, &ts);
	running = pool->running;
	pthread_mutex_unlock(&pool->lock);
	return running;
}

void pool_each_running(struct pool *pool, void (*fn)(void *arg, const struct job *job), void *arg)
{
	const struct thread *thread;

	pthread_mutex_lock(&pool->lock);
	for (thread = pool->all; thread; thread = thread->next) {
		if (thread->job)
			fn(arg, thread->job);
	}
	pthread_mutex_unlock(&pool->lock);
}

bool pool_is_mine(struct pool *pool)
{
	const struct thread *thread;
	bool mine = false;

	pthread_mutex_lock(&pool->lock);
	for (thread = pool->all; thread; thread = thread->next)
		mine |= !thread->ended && pthread_equal(thread->id, pthread_self());
	pthread_mutex_unlock(&pool->lock);
	return mine;
}

void pool_free(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->ending = true;
	pthread_cond_broadcast(&pool->work);
	while (pool->threads)
		pthread_cond_wait(&pool->left, &pool->lock);
	join_ended(pool);
	pthread_mutex_unlock(&pool->lock);
	pthread_cond_destroy(&pool->work);
	pthread_cond_destroy(&pool->left);
	pthread_mutex_destroy(&pool->lock);
	free(pool->lines);
	free(pool);
}
