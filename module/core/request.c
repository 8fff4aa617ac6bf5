/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See request.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "ari/json.h"
#include "authorise.h"
#include "docs.h"
#include "hash.h"
#include "limit.h"
#include "list.h"
#include "login.h"
#include "media.h"
#include "own.h"
#include "speaking.h"
#include "request.h"
#include "session.h"

/* How long a sync is good for those who only read. */
#define SYNC_GOOD_US 1000

/* Operations that never wait and cost little are carried out in the core's thread: handing
 * them to a worker and back would cost more than they do. */
static const char *const quick[] = {
	"applications.get", "applications.list", "asterisk.getInfo", "asterisk.ping",
	"bridges.get", "channels.get", "deviceStates.get", "endpoints.get", "mailboxes.get",
	"playbacks.get", "recordings.getLive", "sounds.get",
};

void request_free(struct request *req)
{
	size_t i;

	if (!req)
		return;
	buf_free(&req->in);
	buf_free(&req->reply.body);
	buf_free(&req->reply.headers);
	if (req->reply.fd >= 0)
		close(req->reply.fd);
	uri_path_free(&req->segments);
	for (i = 0; i < req->own_params; i++) {
		free((char *)req->params.param[i].name);
		free((char *)req->params.param[i].value);
	}
	request_forget_given(req);
	free(req->own_uri);
	free(req->own_body);
	uri_params_free(&req->params);
	bytes_unref(req->body);
	free(req->host_path);
	free(req->transaction_id);
	free(req->request_id);
	config_unref(req->config);
	explicit_bzero(req->try.secret, sizeof(req->try.secret));
	free(req);
}

void request_done(struct request *req)
{
	struct conn *conn = req->conn;

	if (req->finished)
		return;
	req->finished = true;
	if (req->session) {
		session_reply(req);
	} else if (conn) {
		reply_write(req, conn);
		request_free(req);
		conn_answered(conn);
		return;
	}
	request_free(req);
}

void request_fail(struct request *req, int status, const char *fmt, ...)
{
	struct buf *body = &req->reply.body;
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	req->reply.status = status;
	buf_clear(body);
	buf_adds(body, "{\"message\":");
	buf_add_json(body, text, strlen(text));
	buf_addf(body, ",\"code\":%d,\"request_id\":\"%s-%08llx\"}", status,
		 req->server->request_prefix, (unsigned long long)req->number);
	request_done(req);
}

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

/* The host answered: what the user must not see is taken out. */
static void invoked(struct request *req)
{
	if (req->http.method != HTTP_GET)
		req->server->changes++;
	fix_base_path(req);
	list_cut(req);
	list_claim(req);
	media_begun(req);
	request_done(req);
}

void request_busy(struct request *req)
{
	buf_adds(&req->reply.headers, "Retry-After: 1\r\n");
	request_fail(req, 503, "%s", req->server->ending ? "the server ends" :
		     "too many requests wait for a thread");
}

static void invoke_done(struct job *job)
{
	struct request *req = (struct request *)job;

	if (job->late)
		request_busy(req);
	else
		invoked(req);
}

static bool is_quick(const struct ari_operation *op)
{
	size_t i;

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
	if (is_quick(req->route.op)) {
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

	while ((req = *at)) {
		if (req->ticket != ticket) {
			at = &req->next;
			continue;
		}
		*at = req->next;
		server->clean = req->sync_changes;
		server->synced_us = req->sync_us;
		req->resume(req);
		return;
	}
}

/* As the host says it, without our number: a foreign thing's answer is an absent one's. */
static void answer_absent(struct request *req, const char *why)
{
	req->reply.status = 404;
	buf_addf(&req->reply.body, "{\"message\":\"%s\"}", why);
	request_done(req);
}

static void decide(struct request *req, bool synced);

static void decide_again(struct request *req)
{
	decide(req, true);
}

static void decide(struct request *req, bool synced)
{
	struct decision decision = authorise(req, synced);

	switch (decision.verdict) {
	case VERDICT_WAIT:
		request_sync(req, decide_again);
		return;
	case VERDICT_DENY:
		request_fail(req, decision.status, "%s", decision.why);
		return;
	case VERDICT_HIDE:
		answer_absent(req, decision.why);
		return;
	case VERDICT_ALLOW:
		break;
	}
	/* Our own encoding of what was judged, so that the host reads the same path. */
	free(req->host_path);
	req->host_path = uri_path_encode(&req->segments, -1, "");
	if (!req->host_path)
		request_fail(req, 404, "Resource not found");
	else if (!list_answer(req))
		request_invoke(req);
}

void request_dispatch(struct request *req)
{
	const char *why = "";
	size_t len = strlen(req->path);

	if (len && req->path[len - 1] == '/') {
		request_fail(req, 404, "ARI URLs do not end with a slash. Try /ari/%.*s",
			     (int)(len < 150 ? len - 1 : 150), req->path);
		return;
	}
	if (uri_path_parse(&req->segments, req->path, &why)) {
		request_fail(req, 400, "%s", why);
		return;
	}
	route_find(req->http.method, &req->segments, &req->route);
	if (request_take_accept(req) || request_take_body(req))
		return;
	if (req->route.op && req->route.op->websocket) {
		session_connect(req);
		return;
	}
	if (own_answer(req) || media_answer(req) || speaking_answer(req))
		return;
	decide(req, false);
}

void request_admitted(struct request *req)
{
	struct conn *conn = req->conn;

	if (conn && strcmp(conn->user, req->user->name)) {
		if (limit_connections(req->server, req->user) >= req->config->max_per_user) {
			request_fail(req, 429, "too many connections of this user");
			return;
		}
		snprintf(conn->user, sizeof(conn->user), "%s", req->user->name);
	}
	if (!limit_request(req->server, req->user)) {
		buf_adds(&req->reply.headers, "Retry-After: 1\r\n");
		request_fail(req, 429, "too many requests of this user");
		return;
	}
	request_dispatch(req);
}

/* "/stasis/x" or "/ari/x": what stands behind the prefix. */
static const char *behind_prefix(const char *path)
{
	static const char *const prefixes[] = {"/stasis", "/ari"};
	size_t i, len;

	for (i = 0; i < 2; i++) {
		len = strlen(prefixes[i]);
		if (!strncmp(path, prefixes[i], len) && (!path[len] || path[len] == '/'))
			return path[len] ? path + len + 1 : path + len;
	}
	return NULL;
}

static void preflight(struct request *req)
{
	const char *headers = http_header(&req->http, "access-control-request-headers");
	struct buf *out = &req->reply.headers;

	buf_adds(out, "Allow: GET, POST, PUT, DELETE, OPTIONS\r\n");
	if (http_header(&req->http, "origin")) {
		buf_adds(out, "Access-Control-Allow-Methods: GET, POST, PUT, DELETE, OPTIONS\r\n"
			      "Access-Control-Max-Age: 600\r\n");
		if (headers)
			buf_addf(out, "Access-Control-Allow-Headers: %s\r\n", headers);
	}
	req->reply.status = 204;
	request_done(req);
}

static struct request *request_new(struct conn *conn, struct buf *in)
{
	struct request *req = calloc(1, sizeof(*req));

	if (!req) {
		buf_free(in);
		return NULL;
	}
	req->server = conn->server;
	req->conn = conn;
	req->config = config_ref(conn->server->config);
	req->arrived = conn->server->now;
	req->number = ++conn->server->next_request;
	req->reply.fd = -1;
	req->in = *in;
	memcpy(req->peer, conn->peer, sizeof(req->peer));
	conn->request = req;
	conn->server->stats.requests++;
	return req;
}

void request_start(struct conn *conn, struct buf *in, const struct http_request *http)
{
	struct request *req = request_new(conn, in);
	struct buf scratch = {0};
	const char *why = "";
	bool welcome;

	if (!req) {
		conn->close_after = true;
		return;
	}
	req->http = *http;
	req->path = behind_prefix(http->path);
	welcome = reply_cors(req->config, http, &scratch);
	buf_free(&scratch);
	if (!req->path)
		request_fail(req, 404, "Resource not found: the API is below /stasis and /ari");
	else if (!welcome)
		request_fail(req, 403, "this Origin is not allowed");
	else if (http->method == HTTP_OPTIONS)
		preflight(req);
	else if (docs_answer(req))
		return;
	else if (uri_params_add(&req->params, http->query, strlen(http->query), &why))
		request_fail(req, 400, "%s", why);
	else
		login_check(req);
}
