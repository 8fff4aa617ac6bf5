/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The one way into the core's thread. Putting never waits: it takes a short lock, links the
 * entry and wakes the transport once per batch. Events are bounded, so that a core that
 * cannot follow loses events, countably, and never the host's memory or time.
 */
#include <stdlib.h>
#include <string.h>

#include "core.h"

#define LAZY_MAX 256

void inbox_init(struct inbox *inbox, int events_max)
{
	pthread_mutex_init(&inbox->lock, NULL);
	pthread_cond_init(&inbox->called, NULL);
	inbox->last = &inbox->first;
	inbox->last_job = &inbox->jobs;
	inbox->events_max = events_max;
}

void inbox_free(struct inbox *inbox)
{
	pthread_cond_destroy(&inbox->called);
	pthread_mutex_destroy(&inbox->lock);
}

struct inbox_entry *inbox_entry(enum inbox_kind kind, const char *app)
{
	size_t len = app ? strlen(app) + 1 : 0;
	struct inbox_entry *entry = calloc(1, sizeof(*entry) + len);

	if (!entry)
		return NULL;
	entry->kind = kind;
	if (app)
		memcpy(entry->app, app, len);
	return entry;
}

static bool is_event(const struct inbox_entry *entry)
{
	return entry->kind == INBOX_ITEM || entry->kind == INBOX_APP;
}

/* Items that nobody waits for are looked at when there are many, or when something else comes:
 * to wake the core's thread for each would cost more than all that it does with it. */
static bool must_wake(const struct inbox *inbox, const struct inbox_entry *entry)
{
	return entry->kind != INBOX_ITEM || inbox->prompt || inbox->events >= LAZY_MAX;
}

/* Under the lock, so that a closed inbox means that nobody is about to wake. */
static void wake(struct server *server)
{
	if (!server->inbox.woken && server->io_ops)
		server->io_ops->wake(server->transport);
	server->inbox.woken = true;
}

bool inbox_put(struct server *server, struct inbox_entry *entry)
{
	struct inbox *inbox = &server->inbox;

	pthread_mutex_lock(&inbox->lock);
	if (inbox->closed || (is_event(entry) && inbox->events >= inbox->events_max)) {
		inbox->lost += inbox->closed ? 0 : 1;
		pthread_mutex_unlock(&inbox->lock);
		return false;
	}
	inbox->events += is_event(entry);
	entry->next = NULL;
	__atomic_store_n(inbox->last, entry, __ATOMIC_RELEASE);
	inbox->last = &entry->next;
	if (must_wake(inbox, entry))
		wake(server);
	pthread_mutex_unlock(&inbox->lock);
	return true;
}

void inbox_hurry(struct server *server, bool prompt)
{
	struct inbox *inbox = &server->inbox;

	pthread_mutex_lock(&inbox->lock);
	inbox->prompt = prompt;
	if (prompt && inbox->first && !inbox->woken && server->io_ops) {
		inbox->woken = true;
		server->io_ops->wake(server->transport);
	}
	pthread_mutex_unlock(&inbox->lock);
}

bool inbox_waits(struct inbox *inbox)
{
	return __atomic_load_n(&inbox->first, __ATOMIC_ACQUIRE) != NULL;
}

void inbox_put_job(struct server *server, struct job *job)
{
	struct inbox *inbox = &server->inbox;

	pthread_mutex_lock(&inbox->lock);
	job->next = NULL;
	*inbox->last_job = job;
	inbox->last_job = &job->next;
	wake(server);
	pthread_mutex_unlock(&inbox->lock);
}

void inbox_put_sync(struct server *server, uint64_t ticket)
{
	struct inbox *inbox = &server->inbox;

	pthread_mutex_lock(&inbox->lock);
	if (ticket > inbox->synced)
		inbox->synced = ticket;
	wake(server);
	pthread_mutex_unlock(&inbox->lock);
}

void inbox_take_all(struct inbox *inbox, struct inbox_batch *batch)
{
	pthread_mutex_lock(&inbox->lock);
	*batch = (struct inbox_batch){
		.first = inbox->first,
		.synced = inbox->synced,
		.jobs = inbox->jobs,
		.lost = inbox->lost,
	};
	inbox->first = NULL;
	inbox->last = &inbox->first;
	inbox->synced = 0;
	inbox->jobs = NULL;
	inbox->last_job = &inbox->jobs;
	inbox->events = 0;
	inbox->woken = false;
	inbox->lost = 0;
	pthread_mutex_unlock(&inbox->lock);
}
