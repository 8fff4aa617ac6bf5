/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See request.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authorise.h"
#include "docs.h"
#include "limit.h"
#include "list.h"
#include "login.h"
#include "media.h"
#include "own.h"
#include "speaking.h"
#include "request.h"
#include "session.h"

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
	free(req->own_text);
	free(req->body_type);
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

void request_busy(struct request *req)
{
	buf_adds(&req->reply.headers, "Retry-After: 1\r\n");
	request_fail(req, 503, "%s", req->server->ending ? "the server ends" :
		     "too many requests wait for a thread");
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

/* As the host says it, without our number: a foreign thing's answer is an absent one's. */
static void answer_absent(struct request *req, const char *why)
{
	req->reply.status = 404;
	buf_addf(&req->reply.body, "{\"message\":\"%s\"}", why);
	request_done(req);
}

/* Our own encoding of what is judged, so that the host reads the same path. */
static int settle_path(struct request *req)
{
	free(req->host_path);
	req->host_path = req->segments.n ? uri_path_encode(&req->segments, -1, "") : strdup("");
	return req->host_path ? 0 : -1;
}

/* Does the operation call somebody? */
static bool is_call(const struct request *req)
{
	static const char *const calls[] = {
		"channels.originate", "channels.originateWithId", "channels.create",
		"channels.externalMedia",
	};
	size_t i;

	for (i = 0; req->route.op && i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (!strcmp(calls[i], req->route.op->name))
			return true;
	}
	return false;
}

static void carry_out(struct request *req)
{
	if (req->user->call_rate && is_call(req) && !limit_call(req->server, req->user)) {
		buf_adds(&req->reply.headers, "Retry-After: 1\r\n");
		request_fail(req, 429, "too many calls of this user");
	} else if (settle_path(req)) {
		request_fail(req, 500, "Allocation failed");
	} else if (!list_answer(req)) {
		request_invoke(req);
	}
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
	carry_out(req);
}

/* The names of the methods behind "OPTIONS", in the host's order. */
static void add_methods(struct buf *out, unsigned int methods)
{
	int m;

	buf_adds(out, "OPTIONS");
	for (m = 0; m < HTTP_METHODS; m++) {
		if (methods & 1u << m)
			buf_addf(out, ",%s", http_method_name((enum http_method)m));
	}
	buf_adds(out, "\r\n");
}

/* A browser asks without a login whether it may send what it wants to. The description is no
 * secret; a resource that only the host knows may have any method. */
static void preflight(struct request *req)
{
	const char *headers = http_header(&req->http, "access-control-request-headers");
	struct buf *out = &req->reply.headers;
	unsigned int methods = 0;
	const char *why;

	if (!uri_path_parse(&req->segments, req->path, &why))
		methods = own_methods(&req->segments) | route_methods(&req->segments);
	if (!methods)
		methods = 1u << HTTP_GET | 1u << HTTP_POST | 1u << HTTP_PUT | 1u << HTTP_DELETE;
	buf_adds(out, "Allow: ");
	add_methods(out, methods);
	buf_adds(out, "Access-Control-Max-Age: 600\r\nAccess-Control-Allow-Methods: ");
	add_methods(out, methods);
	if (headers)
		buf_addf(out, "Access-Control-Allow-Headers: %s\r\n", headers);
	req->reply.status = 204;
	request_done(req);
}

static bool is_preflight(const struct http_request *http)
{
	return http->method == HTTP_OPTIONS && http_header(http, "origin") &&
	       http_header(http, "access-control-request-method");
}

/* What can be done with a resource; whether there is an object of that id makes no difference. */
static void options(struct request *req)
{
	unsigned int methods = own_methods(&req->segments);

	if (!methods) {
		if (settle_path(req))
			request_fail(req, 500, "Allocation failed");
		else
			request_invoke(req);
		return;
	}
	buf_adds(&req->reply.headers, "Allow: ");
	add_methods(&req->reply.headers, methods | route_methods(&req->segments));
	req->reply.status = 204;
	request_done(req);
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
		if (strncmp(req->path, "api-docs/", 9))
			request_fail(req, 400, "%s", why);
		else if (req->http.method != HTTP_GET)
			request_fail(req, 405, "Unsupported method");
		else
			answer_absent(req, "Resource not found");
		return;
	}
	if (req->http.method == HTTP_OPTIONS) {
		options(req);
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
	else if (is_preflight(http))
		preflight(req);
	else if (docs_answer(req))
		return;
	else if (uri_params_add(&req->params, http->query, strlen(http->query), &why))
		request_fail(req, 400, "%s", why);
	else
		login_check(req);
}
