/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Holding the workers, so that a host can find out whether it may end the server before it takes
 * anything down: an operation that is inside the host cannot be abandoned, and some stay there for
 * as long as a prompt plays. While the workers are held the core goes on: it answers what needs no
 * worker, and queues the rest.
 */
#include "request.h"

#define HELD 3

static struct pool *held(const struct server *server, int i)
{
	struct pool *const pools[HELD] = {server->pool, server->hashes, server->apps};

	return pools[i];
}

bool server_pause(struct server *server, int ms)
{
	int64_t until = clock_ms() + ms;
	int i, running = 0;

	for (i = 0; i < HELD; i++)
		pool_hold(held(server, i), true);
	for (i = 0; i < HELD; i++)
		running += pool_wait_idle(held(server, i), until);
	/* At the end the sessions give back their applications. */
	pool_hold(server->apps, false);
	return !running;
}

void server_resume(struct server *server)
{
	int i;

	__atomic_store_n(&server->kept, clock_ms(), __ATOMIC_RELEASE);
	for (i = 0; i < HELD; i++)
		pool_hold(held(server, i), false);
}

struct before {
	int64_t since;
	bool found;
};

static void find_before(void *arg, const struct job *job)
{
	struct before *before = arg;

	before->found |= job->since <= before->since;
}

void pause_tick(struct server *server)
{
	struct before before = {.since = __atomic_load_n(&server->kept, __ATOMIC_ACQUIRE)};
	int i;

	if (!before.since)
		return;
	for (i = 0; i < HELD; i++)
		pool_each_running(held(server, i), find_before, &before);
	/* Unless it was tried, and failed, once more. */
	if (!before.found && __atomic_compare_exchange_n(&server->kept, &before.since, 0, false,
							 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		server->ops->idle(server->host);
}

bool server_is_worker(struct server *server)
{
	bool mine = false;
	int i;

	for (i = 0; i < HELD; i++)
		mine |= pool_is_mine(held(server, i));
	return mine;
}

struct rows {
	void (*fn)(void *arg, const struct operation_row *row);
	void *arg;
	const char *name;	/* of what is no operation */
};

static void add_row(void *arg, const struct job *job)
{
	const struct request *req = (const struct request *)job;
	const struct rows *rows = arg;
	struct operation_row row = {
		.name = rows->name,
		.path = "",
		.user = "",
		.ms = clock_ms() - job->since,
	};

	if (!rows->name) {
		row.name = req->route.op ? req->route.op->name : "a request";
		row.path = req->host_path ? req->host_path : "";
		row.user = req->user->name;
	}
	rows->fn(rows->arg, &row);
}

void server_each_operation(struct server *server,
			   void (*fn)(void *arg, const struct operation_row *row), void *arg)
{
	static const char *const names[HELD] = {NULL, "a password", "an application"};
	int i;

	for (i = 0; i < HELD; i++) {
		struct rows rows = {.fn = fn, .arg = arg, .name = names[i]};

		pool_each_running(held(server, i), add_row, &rows);
	}
}
