/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See viewer.h. */
#include <stdlib.h>
#include <string.h>

#include "authorise.h"
#include "viewer.h"

/* How long the place of somebody who went is kept. */
#define IDLE_MS 60000

struct viewer {
	struct config *config;	/* whose user it is */
	const struct user *user;
	struct filter filter;
	char *text;		/* of the filter, or NULL */
	unsigned long long since;
	int sessions;
	int64_t idle_since;
};

static uint64_t bit(int index)
{
	return (uint64_t)1 << index;
}

static void forget(struct viewers *viewers, int index)
{
	struct viewer *viewer = viewers->viewer[index];

	filter_free(&viewer->filter);
	config_unref(viewer->config);
	free(viewer->text);
	free(viewer);
	viewers->viewer[index] = NULL;
	viewers->used &= ~bit(index);
	viewers->plain &= ~bit(index);
}

static bool is_same(const struct viewer *viewer, const struct user *user, const char *filter)
{
	return viewer && viewer->user == user && !viewer->text == !filter &&
	       (!filter || !strcmp(viewer->text, filter));
}

static const char *owner_of(const struct user *user)
{
	return user->group ? user->group : user->name;
}

static bool is_idle(const struct viewer *viewer)
{
	return viewer && !viewer->sessions;
}

/* How many places OWNER has, or of these only those that nobody uses now. */
static int count(const struct viewers *viewers, const char *owner, bool idle)
{
	int i, n = 0;

	for (i = 0; i < VIEWERS_MAX; i++) {
		const struct viewer *viewer = viewers->viewer[i];

		n += viewer && (!idle || is_idle(viewer)) && !strcmp(owner_of(viewer->user), owner);
	}
	return n;
}

/* The unused place that OWNER left first; with NULL, of who has the most of them. */
static int find_oldest(const struct viewers *viewers, const char *owner)
{
	int i, n, oldest = -1, most = 0;

	for (i = 0; i < VIEWERS_MAX; i++) {
		const struct viewer *viewer = viewers->viewer[i];

		if (!is_idle(viewer) || (owner && strcmp(owner_of(viewer->user), owner)))
			continue;
		n = owner ? 0 : count(viewers, owner_of(viewer->user), true);
		if (oldest < 0 || n > most ||
		    (n == most && viewer->idle_since < viewers->viewer[oldest]->idle_since)) {
			oldest = i;
			most = n;
		}
	}
	return oldest;
}

/* A free place; else one that nobody uses. Nobody has more than half of all, and whoever leaves
 * many behind loses them first: others can come back where they were. */
static int find_place(struct viewers *viewers, const char *owner)
{
	bool enough = count(viewers, owner, false) >= VIEWERS_MAX / 2;
	int i, oldest;

	for (i = 0; !enough && i < VIEWERS_MAX; i++) {
		if (!viewers->viewer[i])
			return i;
	}
	oldest = find_oldest(viewers, enough ? owner : NULL);
	if (oldest >= 0)
		forget(viewers, oldest);
	return oldest;
}

static struct viewer *viewer_new(struct config *config, const struct user *user,
				 const char *filter)
{
	struct viewer *viewer = calloc(1, sizeof(*viewer));
	const char *why;

	if (!viewer)
		return NULL;
	if (filter && (!(viewer->text = strdup(filter)) ||
		       filter_parse(&viewer->filter, filter, &why))) {
		free(viewer->text);
		free(viewer);
		return NULL;
	}
	viewer->config = config_ref(config);
	viewer->user = user;
	return viewer;
}

int viewers_join(struct viewers *viewers, struct config *config, const struct user *user,
		 const char *filter, unsigned long long seq)
{
	struct viewer *viewer;
	int i;

	for (i = 0; i < VIEWERS_MAX; i++) {
		if (is_same(viewers->viewer[i], user, filter)) {
			viewers->viewer[i]->sessions++;
			return i;
		}
	}
	i = find_place(viewers, owner_of(user));
	viewer = i >= 0 ? viewer_new(config, user, filter) : NULL;
	if (!viewer)
		return -1;
	viewer->since = seq;
	viewer->sessions = 1;
	viewers->viewer[i] = viewer;
	viewers->used |= bit(i);
	if (user->follow.all && !viewer->filter.n)
		viewers->plain |= bit(i);
	return i;
}

void viewers_leave(struct viewers *viewers, int index, int64_t now)
{
	if (!--viewers->viewer[index]->sessions)
		viewers->viewer[index]->idle_since = now;
}

void viewers_expire(struct viewers *viewers, int64_t now)
{
	int i;

	for (i = 0; i < VIEWERS_MAX; i++) {
		const struct viewer *viewer = viewers->viewer[i];

		if (viewer && !viewer->sessions && now - viewer->idle_since >= IDLE_MS)
			forget(viewers, i);
	}
}

uint64_t viewers_judge(const struct viewers *viewers, const struct store *store,
		       const struct event_keys *keys)
{
	uint64_t verdict = viewers->plain, rest = viewers->used & ~viewers->plain;

	for (; rest; rest &= rest - 1) {
		const struct viewer *viewer = viewers->viewer[__builtin_ctzll(rest)];

		if ((!viewer->filter.n || filter_pass(&viewer->filter, keys)) &&
		    may_see_event(viewer->user, store, keys))
			verdict |= rest & -rest;
	}
	return verdict;
}

bool viewers_know(const struct viewers *viewers, int index, unsigned long long seq)
{
	return index >= 0 && viewers->viewer[index]->since <= seq;
}

void viewers_free(struct viewers *viewers)
{
	int i;

	for (i = 0; i < VIEWERS_MAX; i++) {
		if (viewers->viewer[i])
			forget(viewers, i);
	}
}
