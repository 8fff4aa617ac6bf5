/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See limit.h. Buckets for each user of the present configuration. */
#include <stdlib.h>
#include <string.h>

#include "limit.h"

struct bucket {
	int64_t when;
	double left;
};

/* Of one user. */
struct buckets {
	struct bucket requests, calls;
};

struct limits {
	const struct config *config;	/* whose users the buckets are for; only compared */
	struct buckets *user;
};

int limit_connections(const struct server *server, const struct user *user)
{
	const struct conn *conn;
	int n = 0;

	for (conn = server->conns; conn; conn = conn->next)
		n += !strcmp(conn->user, user->name);
	return n;
}

static struct buckets *buckets_of(struct server *server, const struct user *user)
{
	const struct config *config = server->config;
	struct limits *limits = server->limits;
	size_t i = (size_t)(user - config->user);

	if (i >= config->n_users)
		return NULL;	/* of a configuration that was replaced meanwhile */
	if (!limits || limits->config != config) {
		limit_free(server);
		limits = calloc(1, sizeof(*limits));
		if (!limits)
			return NULL;
		limits->config = config;
		limits->user = calloc(config->n_users, sizeof(*limits->user));
		server->limits = limits;
	}
	return limits->user ? &limits->user[i] : NULL;
}

/* One more; false when there is none left of BURST, to which RATE a second come back. */
static bool take(struct bucket *bucket, int64_t now, int rate, int burst)
{
	if (!bucket->when)
		bucket->left = burst;
	else
		bucket->left += (double)(now - bucket->when) * rate / 1000.0;
	if (bucket->left > burst)
		bucket->left = burst;
	bucket->when = now;
	if (bucket->left < 1.0)
		return false;
	bucket->left -= 1.0;
	return true;
}

bool limit_request(struct server *server, const struct user *user)
{
	const struct config *config = server->config;
	struct buckets *buckets;

	if (!config->request_rate)
		return true;
	buckets = buckets_of(server, user);
	return !buckets || take(&buckets->requests, server->now, config->request_rate,
				config->request_burst);
}

bool limit_call(struct server *server, const struct user *user)
{
	struct buckets *buckets;

	if (!user->call_rate)
		return true;
	buckets = buckets_of(server, user);
	return !buckets || take(&buckets->calls, server->now, user->call_rate, user->call_rate);
}

void limit_free(struct server *server)
{
	struct limits *limits = server->limits;

	if (!limits)
		return;
	free(limits->user);
	free(limits);
	server->limits = NULL;
}
