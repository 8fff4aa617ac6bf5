/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * An operation on its way to the host and back: in place or in a worker, what the answer says made
 * ours; and syncs, behind which all that the host had published is known.
 */
#include <string.h>

#include "authorise.h"
#include "list.h"
#include "media.h"
#include "request.h"

/* How long a sync is good for those who only read. */
#define SYNC_GOOD_US 1000

/* Operations that never wait and cost little are carried out in the core's thread: handing
 * them to a worker and back would cost more than they do. */
static const char *const quick[] = {
	"applications.get", "applications.list", "asterisk.getInfo", "asterisk.ping",
	"bridges.get", "channels.get", "deviceStates.get", "endpoints.get", "mailboxes.get",
	"playbacks.get", "recordings.getLive", "sounds.get",
};

/* An operation in a worker. */
static void invoke_run(struct job *job)
{
	struct request *req = (struct request *)job;

	req->server->ops->invoke(req->server->host, &req->call, &req->reply);
}

/* Asterisk's own description says where it is found, with "http:" whatever it came through. */
static void fix_base_path(struct request *req)
{
	static const char plain[] = "\"basePath\":\"http://";
	const char *at;
	struct buf *body = &req->reply.body, out = {0};

	if (!req->conn || !req->conn->tls || strncmp(req->path, "api-docs/", 9) || !body->len)
		return;
	at = strstr(body->data, plain);
	if (!at)
		return;
	buf_add(&out, body->data, (size_t)(at - body->data));
	buf_adds(&out, "\"basePath\":\"https://");
	buf_adds(&out, at + sizeof(plain) - 1);
	buf_free(body);
	*body = out;
}

/* The host says where the new thing is below "/ari"; the client may know us by the other name. */
static void fix_location(struct request *req)
{
	static const char theirs[] = "Location: /ari/", ours[] = "Location: /stasis/";
	struct buf *headers = &req->reply.headers, out = {0};
	const char *at = headers->len ? strstr(headers->data, theirs) : NULL;

	if (!at || !req->conn || strncmp(req->http.path, "/stasis/", 8))
		return;
	buf_add(&out, headers->data, (size_t)(at - headers->data));
	buf_adds(&out, ours);
	buf_adds(&out, at + sizeof(theirs) - 1);
	buf_free(headers);
	*headers = out;
}

/* The host answered: what the user must not see is taken out. */
static void invoked(struct request *req)
{
	if (req->http.method != HTTP_GET)
		req->server->changes++;
	fix_base_path(req);
	fix_location(req);
	list_cut(req);
	list_claim(req);
	media_begun(req);
	request_done(req);
}

static void invoke_done(struct job *job)
{
	struct request *req = (struct request *)job;

	if (job->late)
		request_busy(req);
	else
		invoked(req);
}

static bool is_quick(const struct request *req)
{
	const struct ari_operation *op = req->route.op;
	size_t i;

	if (req->http.method == HTTP_OPTIONS)
		return true;
	for (i = 0; op && i < sizeof(quick) / sizeof(quick[0]); i++) {
		if (!strcmp(quick[i], op->name))
			return true;
	}
	return false;
}

void request_invoke(struct request *req)
{
	const char *owner = req->user->group ? req->user->group : req->user->name;

	req->call.method = req->http.method;
	req->call.path = req->host_path;
	if (req->route.op && !is_unlimited(req->user))
		request_hand_on(req);
	else
		req->call.params = &req->params;
	req->call.host = http_header(&req->http, "host");
	if (is_quick(req)) {
		req->server->ops->invoke(req->server->host, &req->call, &req->reply);
		invoked(req);
		return;
	}
	req->job.run = invoke_run;
	req->job.done = invoke_done;
	if (req->server->ending || pool_add(req->server->pool, owner, &req->job))
		request_busy(req);
}

/* Nothing that went through here has changed anything since the last sync was asked for, and that
 * is so short ago that nobody can have heard of a change in another way. */
static bool is_fresh(const struct server *server)
{
	return server->clean == server->changes && clock_us() - server->synced_us < SYNC_GOOD_US;
}

void request_sync(struct request *req, void (*resume)(struct request *req))
{
	struct server *server = req->server;

	if (is_fresh(server)) {
		resume(req);
		return;
	}
	req->resume = resume;
	req->ticket = ++server->next_ticket;
	req->sync_changes = server->changes;
	req->sync_us = clock_us();
	req->next = server->waiting;
	server->waiting = req;
	if (server->ops->sync(server->host, req->ticket)) {
		server->waiting = req->next;
		resume(req);
	}
}

void request_synced(struct server *server, uint64_t ticket)
{
	struct request **at = &server->waiting, *req;

	/* Who is resumed may begin to wait anew. The last who came stands first. */
	while ((req = *at)) {
		if (req->ticket > ticket) {
			at = &req->next;
			continue;
		}
		*at = req->next;
		if (req->sync_us > server->synced_us) {
			server->clean = req->sync_changes;
			server->synced_us = req->sync_us;
		}
		req->resume(req);
		at = &server->waiting;
	}
}
