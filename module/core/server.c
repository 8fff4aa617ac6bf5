/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See server.h: the server's life, and what comes through its inbox. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fanout.h"
#include "hash.h"
#include "limit.h"
#include "login.h"
#include "media.h"
#include "request.h"
#include "session.h"
#include "session_private.h"
#include "speaking.h"

#define HASH_THREADS 2
/* How long a request may wait for a thread before it is refused. */
#define WAIT_MS 30000
/* How many things happen until the sessions are sent what they have queued. */
#define PUSH_EVERY 128

int64_t clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_ms(void)
{
	return clock_us() / 1000;
}

void server_log(struct server *server, enum host_level level, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	server->ops->log(server->host, level, text);
}

/* A worker is done with a job: back into the core's thread. */
static void job_done(void *arg, struct job *job)
{
	inbox_put_job(arg, job);
}

static int server_parts(struct server *server)
{
	const struct config *config = server->config;
	unsigned char raw[4];

	if (random_bytes(raw, sizeof(raw)))
		return -1;
	hex_encode(raw, sizeof(raw), server->request_prefix);
	server->auth = auth_new();
	server->store = store_new(server->ops, server->host);
	server->fanout = fanout_new(server);
	server->media = media_new();
	server->speaking = speaking_new(server);
	server->pool = pool_new(config->threads_initial, config->threads_max, config->threads_idle,
				job_done, server);
	server->hashes = pool_new(1, HASH_THREADS, config->threads_idle, job_done, server);
	server->apps = pool_new(1, 1, 0, job_done, server);
	return server->auth && server->store && server->fanout && server->media &&
	       server->speaking && server->pool && server->hashes && server->apps ? 0 : -1;
}

struct server *server_new(const struct host_ops *host_ops, void *host, struct config *config)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server)
		return NULL;
	server->ops = host_ops;
	server->host = host;
	server->config = config;
	server->now = clock_ms();
	inbox_init(&server->inbox, config->inbox);
	if (!server_parts(server))
		return server;
	server->config = NULL;	/* the caller's still */
	server_free(server);
	return NULL;
}

void server_set_transport(struct server *server, const struct transport_ops *ops, void *transport)
{
	pthread_mutex_lock(&server->inbox.lock);
	server->io_ops = ops;
	server->transport = transport;
	if (ops && (server->inbox.first || server->inbox.jobs || server->inbox.synced)) {
		server->inbox.woken = true;
		ops->wake(transport);
	}
	pthread_mutex_unlock(&server->inbox.lock);
}

static void reconfigure(struct server *server, struct config *config)
{
	struct session *session, *next;

	config_unref(server->config);
	server->config = config;
	auth_reset(server->auth);
	pool_resize(server->pool, config->threads_initial, config->threads_max,
		    config->threads_idle);
	fanout_resize(server->fanout, config->history);
	pthread_mutex_lock(&server->inbox.lock);
	server->inbox.events_max = config->inbox;
	pthread_mutex_unlock(&server->inbox.lock);
	for (session = server->fanout->sessions; session; session = next) {
		next = session->next;
		session_reconfigure(session);
	}
	speaking_reconfigure(server->speaking);
}

struct call {
	void (*fn)(struct server *server, void *arg);
	void *arg;
	bool done;
};

static void finish_call(struct server *server, struct call *call, bool run)
{
	if (run)
		call->fn(server, call->arg);
	pthread_mutex_lock(&server->inbox.lock);
	call->done = true;
	pthread_cond_broadcast(&server->inbox.called);
	pthread_mutex_unlock(&server->inbox.lock);
}

static void handle(struct server *server, struct inbox_entry *entry)
{
	switch (entry->kind) {
	case INBOX_ITEM:
	case INBOX_STATE:
		fanout_item(server->fanout, entry->ptr);
		break;
	case INBOX_APP:
		session_app_event(server, entry->number, entry->app, entry->ptr);
		break;
	case INBOX_CONFIG:
		reconfigure(server, entry->ptr);
		break;
	case INBOX_CALL:
		finish_call(server, entry->ptr, true);
		break;
	}
	free(entry);
}

static void jobs_done(struct job *job)
{
	struct job *next;

	for (; job; job = next) {
		next = job->next;
		job->done(job);
	}
}

void server_wake(struct server *server)
{
	struct inbox_entry *entry, *next;
	struct inbox_batch batch;
	unsigned int n = 0;

	server->now = clock_ms();
	inbox_take_all(&server->inbox, &batch);
	for (entry = batch.first; entry; entry = next) {
		next = entry->next;
		handle(server, entry);
		/* A quick reader is not to have a long queue only because we had one. */
		if (++n % PUSH_EVERY == 0)
			fanout_push(server->fanout);
	}
	if (batch.synced)
		request_synced(server, batch.synced);
	jobs_done(batch.jobs);
	if (batch.lost) {
		server->stats.dropped += batch.lost;
		fanout_lost(server->fanout, batch.lost);
	}
	fanout_push(server->fanout);
}

void server_catch_up(struct server *server)
{
	if (inbox_waits(&server->inbox))
		server_wake(server);
}

static void check_deadline(struct conn *conn)
{
	if (!conn->deadline || conn->server->now < conn->deadline)
		return;
	/* Half a request is told so; an idle connection is just closed. */
	if (conn->state == CONN_READING && conn->in.len && !conn->out.len && !conn->blocked) {
		conn->state = CONN_BUSY;
		reply_refuse(conn, 408, "the request took too long");
		conn->deadline = conn->server->now + 1000;
		if (!conn_flush(conn)) {
			conn->state = CONN_LINGER;
			conn->ops->finish_writing(conn->io);
			return;
		}
	}
	conn_kill(conn);
}

void server_tick(struct server *server)
{
	struct session *session, *next;
	struct conn *conn, *following;

	server_catch_up(server);
	server->now = clock_ms();
	jobs_done(pool_late(server->pool, server->now - WAIT_MS));
	jobs_done(pool_late(server->hashes, server->now - WAIT_MS));
	login_tick(server, server->now);
	pause_tick(server);
	for (conn = server->conns; conn; conn = following) {
		following = conn->next;
		check_deadline(conn);
	}
	for (session = server->fanout->sessions; session; session = next) {
		next = session->next;
		session_tick(session);
	}
	speaking_flush(server->speaking);
	fanout_push(server->fanout);
	fanout_tick(server->fanout);
	store_tick(server->store, server->now);
}

static void post_item(struct server *server, enum inbox_kind kind, void *item)
{
	struct inbox_entry *entry = inbox_entry(kind, NULL);

	if (entry) {
		entry->ptr = item;
		if (inbox_put(server, entry))
			return;
		free(entry);
	}
	server->ops->item_release(server->host, item);
}

void server_post_item(struct server *server, void *item)
{
	post_item(server, INBOX_ITEM, item);
}

void server_post_state(struct server *server, void *item)
{
	post_item(server, INBOX_STATE, item);
}

void server_post_app(struct server *server, uint64_t session, const char *app, void *event)
{
	struct inbox_entry *entry = inbox_entry(INBOX_APP, app);

	if (entry) {
		entry->number = session;
		entry->ptr = event;
		if (inbox_put(server, entry))
			return;
		free(entry);
	}
	server->ops->app_event_release(server->host, event);
}

void server_post_sync(struct server *server, uint64_t ticket)
{
	inbox_put_sync(server, ticket);
}

void server_post_config(struct server *server, struct config *config)
{
	struct inbox_entry *entry = inbox_entry(INBOX_CONFIG, NULL);

	if (entry) {
		entry->ptr = config;
		if (inbox_put(server, entry))
			return;
		free(entry);
	}
	config_unref(config);
}

bool server_call(struct server *server, void (*fn)(struct server *server, void *arg), void *arg)
{
	struct inbox_entry *entry = inbox_entry(INBOX_CALL, NULL);
	struct call call = {.fn = fn, .arg = arg};

	if (!entry)
		return false;
	entry->ptr = &call;
	if (!inbox_put(server, entry)) {
		free(entry);
		return false;
	}
	pthread_mutex_lock(&server->inbox.lock);
	while (!call.done)
		pthread_cond_wait(&server->inbox.called, &server->inbox.lock);
	pthread_mutex_unlock(&server->inbox.lock);
	return true;
}

/* What came too late. */
static void discard(struct server *server, struct inbox_entry *entry)
{
	switch (entry->kind) {
	case INBOX_ITEM:
	case INBOX_STATE:
		server->ops->item_release(server->host, entry->ptr);
		break;
	case INBOX_APP:
		server->ops->app_event_release(server->host, entry->ptr);
		break;
	case INBOX_CONFIG:
		config_unref(entry->ptr);
		break;
	case INBOX_CALL:
		finish_call(server, entry->ptr, false);
		break;
	}
	free(entry);
}

static void drain(struct server *server)
{
	struct inbox_entry *entry, *next;
	struct inbox_batch batch;

	for (;;) {
		inbox_take_all(&server->inbox, &batch);
		if (!batch.first && !batch.jobs)
			return;
		for (entry = batch.first; entry; entry = next) {
			next = entry->next;
			discard(server, entry);
		}
		jobs_done(batch.jobs);
	}
}

void server_end(struct server *server)
{
	struct conn *conn, *next;

	server->ending = true;
	/* What has not begun is refused while somebody can still be told. */
	jobs_done(pool_late(server->pool, INT64_MAX));
	jobs_done(pool_late(server->hashes, INT64_MAX));
	for (conn = server->conns; conn; conn = next) {
		next = conn->next;
		if (conn->state == CONN_SOCKET)
			conn_close_socket(conn, WS_CLOSE_GOING_AWAY, "the server ends");
	}
}

void server_free(struct server *server)
{
	struct session *session;
	struct request *req;
	int c;

	if (!server)
		return;
	server->ending = true;
	/* Whoever waits for a sync: there will be none, so answer now. */
	while ((req = server->waiting)) {
		server->waiting = req->next;
		request_fail(req, 503, "the server ends");
	}
	login_end(server);
	/* The connections are gone, so are the sessions; their farewells to the host are jobs.
	 * Requests under way end in the pool, and their answers have nowhere to go. */
	if (server->pool)
		pool_free(server->pool);
	if (server->hashes)
		pool_free(server->hashes);
	drain(server);
	if (server->apps) {
		/* A registration that ends now is followed by its opposite. */
		pool_wait(server->apps);
		drain(server);
		pool_free(server->apps);
	}
	drain(server);
	while (server->fanout && (session = server->fanout->sessions)) {
		fanout_remove(server->fanout, session);
		session_free(session);
	}
	pthread_mutex_lock(&server->inbox.lock);
	server->inbox.closed = true;
	pthread_mutex_unlock(&server->inbox.lock);
	drain(server);
	for (c = 0; c < OBJECT_CLASSES; c++)
		bytes_unref(server->lists[c].bytes);
	limit_free(server);
	speaking_free(server->speaking);
	media_free(server->media);
	fanout_free(server->fanout);
	if (server->store)
		store_free(server->store);
	auth_free(server->auth);
	buf_free(&server->spare);
	buf_free(&server->scratch);
	config_unref(server->config);
	inbox_free(&server->inbox);
	free(server);
}

void server_stats(struct server *server, struct server_stats *stats)
{
	*stats = server->stats;
	stats->connections = server->n_conns;
	stats->sessions = server->fanout->n_sessions;
	pool_stats(server->pool, &stats->jobs_waiting, &stats->threads);
}

void server_each_session(struct server *server,
			 void (*fn)(void *arg, const struct session_row *row), void *arg)
{
	struct session *session;
	char id[24];

	for (session = server->fanout->sessions; session; session = session->next) {
		struct session_row row = {
			.id = id,
			.user = session->user->name,
			.peer = session->peer,
			.apps = session->apps ? session->apps : "",
			.sent = session->sent,
			.dropped = session->lost,
			.queued = session->count,
		};

		snprintf(id, sizeof(id), "%llu", (unsigned long long)session->id);
		fn(arg, &row);
	}
}

struct config *server_config(struct server *server)
{
	return server->config;
}
