/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See limit.h. A bucket for each user of the present configuration. */
#include <stdlib.h>
#include <string.h>

#include "limit.h"

struct bucket {
	int64_t when;
	double left;
};

struct limits {
	const struct config *config;	/* whose users the buckets are for; only compared */
	struct bucket *bucket;
};

int limit_connections(const struct server *server, const struct user *user)
{
	const struct conn *conn;
	int n = 0;

	for (conn = server->conns; conn; conn = conn->next)
		n += !strcmp(conn->user, user->name);
	return n;
}

static struct bucket *bucket_of(struct server *server, const struct user *user)
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
		limits->bucket = calloc(config->n_users, sizeof(struct bucket));
		server->limits = limits;
	}
	return limits->bucket ? &limits->bucket[i] : NULL;
}

bool limit_request(struct server *server, const struct user *user)
{
	const struct config *config = server->config;
	struct bucket *bucket;

	if (!config->request_rate)
		return true;
	bucket = bucket_of(server, user);
	if (!bucket)
		return true;
	if (!bucket->when)
		bucket->left = config->request_burst;
	else
		bucket->left += (double)(server->now - bucket->when) * config->request_rate / 1000.0;
	if (bucket->left > config->request_burst)
		bucket->left = config->request_burst;
	bucket->when = server->now;
	if (bucket->left < 1.0)
		return false;
	bucket->left -= 1.0;
	return true;
}

void limit_free(struct server *server)
{
	struct limits *limits = server->limits;

	if (!limits)
		return;
	free(limits->bucket);
	free(limits);
	server->limits = NULL;
}
