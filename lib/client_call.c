/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Calls: an operation by name becomes a request, goes over the transport, and its reply is judged.
 * A call lives from its start to its callback. Waiting for one is running the loop until it is
 * done.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ari/request.h"
#include "client_private.h"
#include "error.h"
#include "nearest.h"
#include "once.h"
#include "reply.h"

#define NO_LIMIT (1000U * 86400 * 24) /* milliseconds: what libcurl can count */

struct arip_call {
	struct ari_client *client;
	struct arip_call *next;
	struct arip_call **link;
	struct ari_request request;
	struct arip_transfer *transfer;
	struct arip_carried *carried; /* instead, where an event stream carries it */
	char *url;
	const struct arip_once *once;
	char made_id[ARI_ID_SIZE]; /* the id that we gave, or "" */
	struct ari_error conflict; /* the 409 that a second look is to explain */
	size_t *received;	   /* for a download, or NULL */
	ari_reply_fn *fn;
	void *data;
};

void ari_reply_release(struct ari_reply *reply)
{
	if (!reply)
		return;
	free(reply->body);
	memset(reply, 0, sizeof(*reply));
}

static void call_unlink(struct arip_call *call)
{
	if (!call->link)
		return;
	*call->link = call->next;
	if (call->next)
		call->next->link = call->link;
	call->link = NULL;
}

static void call_free(struct arip_call *call)
{
	call_unlink(call);
	arip_http_cancel(call->transfer);
	arip_carried_cancel(call->carried);
	ari_request_release(&call->request);
	free(call->url);
	free(call);
}

void arip_calls_free(struct ari_client *client)
{
	while (client->calls)
		call_free(client->calls);
}

void arip_client_cancel(struct ari_client *client, const void *data)
{
	struct arip_call *next;

	for (struct arip_call *call = client->calls; call; call = next) {
		next = call->next;
		if (call->data == data)
			call_free(call);
	}
}

static void name_operation(struct ari_error *err, const char *op)
{
	if (err && !err->operation[0])
		snprintf(err->operation, sizeof(err->operation), "%s", op);
}

/* The password is in a header, the bodies (configuration may hold secrets) are only counted. */
static void trace_request(const struct arip_call *call)
{
	if (call->request.body)
		arip_client_trace(call->client, "> %s %s with a body of %zu bytes",
				  call->request.method, call->url, call->request.body_len);
	else
		arip_client_trace(call->client, "> %s %s", call->request.method, call->url);
}

static void trace_reply(const struct arip_call *call, const struct arip_http_reply *reply,
			const struct ari_error *err)
{
	if (reply)
		arip_client_trace(call->client, "< %d %s%s%zu bytes %ld ms%s", reply->status,
				  reply->type, reply->type[0] ? " " : "", reply->received,
				  reply->elapsed_ms,
				  reply->repeated ? " (sent again on a new connection)" : "");
	else
		arip_client_trace(call->client, "< %s", err->text);
}

/* The end of CALL: one callback, and everything is released. */
static void deliver(struct arip_call *call, struct arip_http_reply *http, bool json,
		    struct ari_error *err)
{
	struct ari_reply reply = {.status = 0};

	call_unlink(call);
	name_operation(err->code ? err : NULL, call->request.op->name);
	if (!err->code && http) {
		reply = (struct ari_reply){
			.status = http->status,
			.body = http->body,
			.len = http->len,
			.json = json,
		};
		http->body = NULL;
		if (call->received)
			*call->received = http->received;
	}
	call->fn(call->client, err->code ? NULL : &reply, err, call->data);
	ari_reply_release(&reply);
	call_free(call);
}

static void on_second_look(struct arip_http_reply *http, const struct ari_error *failure,
			   void *data)
{
	struct arip_call *call = data;
	struct ari_error err = {.code = ARI_OK};
	bool json = false;

	call->transfer = NULL;
	trace_reply(call, http, failure);
	if (!http || arip_reply_check(http, call->request.op, call->client->endpoint.url,
				      call->client->user, &json, &err))
		err = call->conflict;
	deliver(call, http, json, &err);
}

/* The request was repeated and refused because its id exists. We made that id, so it was our own
 * first try that succeeded: read what it created. True when the answer will come from there. */
static bool look_again(struct arip_call *call, const struct ari_error *conflict)
{
	struct ari_client *client = call->client;
	struct ari_arg arg = {.name = call->once->get_id, .value = call->made_id};
	struct arip_http_request http = {.fd = -1};
	struct ari_request request;
	char *url = NULL;

	if (ari_request_build(&request, ari_operation_find(call->once->get), &arg, 1, NULL))
		return false;
	if (asprintf(&url, "%s%s", client->endpoint.url, request.target) < 0) {
		ari_request_release(&request);
		return false;
	}
	ari_request_release(&call->request);
	free(call->url);
	call->request = request;
	call->url = url;
	call->conflict = *conflict;
	trace_request(call);
	http.method = request.method;
	http.url = url;
	http.timeout_ms = arip_client_left(client, client->settings.timeout_ms);
	if (!http.timeout_ms)
		return false;
	call->transfer = arip_http_start(client->http, &http, on_second_look, call, NULL);
	return call->transfer != NULL;
}

static void on_reply(struct arip_http_reply *http, const struct ari_error *failure, void *data)
{
	struct arip_call *call = data;
	struct ari_error err = *failure;
	bool json = false;

	call->transfer = NULL;
	call->carried = NULL;
	trace_reply(call, http, failure);
	if (!http) {
		deliver(call, NULL, false, &err);
		return;
	}
	arip_reply_check(http, call->request.op, call->client->endpoint.url, call->client->user,
			 &json, &err);
	if (http->repeated && http->status == 409 && call->made_id[0] && call->once->get) {
		name_operation(&err, call->request.op->name);
		if (look_again(call, &err))
			return;
	}
	if (http->repeated && http->status == 404 && !strcmp(call->request.method, "DELETE")) {
		/* gone: the first of the two did it */
		ari_error_clear(&err);
		http->status = 204;
		http->len = 0;
		http->body[0] = '\0';
	}
	deliver(call, http, json, &err);
}

static const struct ari_operation *find_operation(const char *name, struct ari_error *err)
{
	const struct ari_operation *op = ari_operation_find(name);
	struct arip_nearest nearest = {.word = name};
	const struct ari_operation *all;
	size_t count;

	if (op && op->websocket) {
		arip_error_set(err, ARI_EARGUMENT, "%s is the event stream, not a request", name);
		return NULL;
	}
	if (op)
		return op;
	all = ari_operations(&count);
	for (size_t i = 0; i < count; i++)
		arip_nearest_add(&nearest, all[i].name);
	if (nearest.best)
		arip_error_set(err, ARI_EARGUMENT,
			       "there is no operation '%.60s': did you mean %s?", name,
			       nearest.best);
	else
		arip_error_set(err, ARI_EARGUMENT, "there is no operation '%.60s'", name);
	return NULL;
}

static bool is_given(const struct ari_arg *args, size_t n_args, const char *name)
{
	for (size_t i = 0; i < n_args; i++) {
		if (args[i].name && !strcmp(args[i].name, name))
			return true;
	}
	return false;
}

/* The request, with an id of our making where the operation creates something that takes one. */
static int build(struct arip_call *call, const struct ari_operation *op, const struct ari_arg *args,
		 size_t n_args, struct ari_error *err)
{
	struct ari_arg *more;
	int rc;

	call->once = arip_once_find(op);
	if (!call->once || !call->once->id || is_given(args, n_args, call->once->id))
		return ari_request_build(&call->request, op, args, n_args, err);
	more = calloc(n_args + 1, sizeof(*more));
	if (!more)
		return arip_error_memory(err);
	if (n_args)
		memcpy(more, args, n_args * sizeof(*args));
	ari_id_new(call->made_id);
	more[n_args] = (struct ari_arg){.name = call->once->id, .value = call->made_id};
	rc = ari_request_build(&call->request, op, more, n_args + 1, err);
	free(more);
	return rc;
}

/* A download may take its time, but for the deadline. */
static int limit_time(const struct ari_client *client, struct arip_http_request *http,
		      struct ari_error *err)
{
	http->timeout_ms =
		arip_client_left(client, http->fd < 0 ? client->settings.timeout_ms : NO_LIMIT);
	if (!http->timeout_ms)
		return arip_error_set(err, ARI_ETIMEOUT, "no time is left for a request to %s",
				      client->endpoint.url);
	if (http->timeout_ms == NO_LIMIT)
		http->timeout_ms = 0;
	else if (http->fd >= 0 || http->timeout_ms < client->settings.timeout_ms)
		http->told_ms = client->deadline_ms; /* that is what the caller knows of */
	return 0;
}

/* By the event stream's socket, if there is one that takes it: 1. 0: it does not. */
static int send_carried(struct arip_call *call, const struct arip_http_request *http,
			struct ari_error *err)
{
	struct ari_client *client = call->client;
	const struct arip_carried_request request = {
		.method = call->request.method,
		.target = call->request.target,
		.body = http->body,
		.body_len = http->body_len,
		.timeout_ms = http->timeout_ms,
		.told_ms = http->told_ms,
		.server = client->endpoint.hostport,
	};

	if (http->fd >= 0 || !client->carrier || !http->timeout_ms ||
	    !arip_carrier_takes(client->carrier, &request))
		return 0;
	call->carried = arip_carrier_start(client->carrier, &request, on_reply, call, err);
	return call->carried ? 1 : -1;
}

static int send_request(struct arip_call *call, int fd, struct ari_error *err)
{
	struct ari_client *client = call->client;
	struct arip_http_request http = {
		.method = call->request.method,
		.body = call->request.body,
		.body_len = call->request.body_len,
		.once = !arip_once_repeatable(call->request.op),
		.fd = fd,
	};
	int carried;

	if (asprintf(&call->url, "%s%s", client->endpoint.url, call->request.target) < 0) {
		call->url = NULL;
		return arip_error_memory(err);
	}
	http.url = call->url;
	if (limit_time(client, &http, err))
		return -1;
	trace_request(call);
	carried = send_carried(call, &http, err);
	if (carried)
		return carried < 0 ? -1 : 0;
	call->transfer = arip_http_start(client->http, &http, on_reply, call, err);
	return call->transfer ? 0 : -1;
}

static struct arip_call *start(struct ari_client *client, const char *name,
			       const struct ari_arg *args, size_t n_args, int fd, ari_reply_fn *fn,
			       void *data, struct ari_error *err)
{
	const struct ari_operation *op = find_operation(name, err);
	struct arip_call *call = op ? calloc(1, sizeof(*call)) : NULL;

	if (!call) {
		if (op)
			arip_error_memory(err);
		return NULL;
	}
	call->client = client;
	call->fn = fn;
	call->data = data;
	if (build(call, op, args, n_args, err) || send_request(call, fd, err)) {
		call_free(call);
		name_operation(err, op->name);
		return NULL;
	}
	call->next = client->calls;
	call->link = &client->calls;
	if (call->next)
		call->next->link = &call->next;
	client->calls = call;
	return call;
}

int ari_client_start(struct ari_client *client, const char *op, const struct ari_arg *args,
		     size_t n_args, ari_reply_fn *fn, void *data, struct ari_error *err)
{
	return start(client, op, args, n_args, -1, fn, data, err) ? 0 : -1;
}

/* Somebody who waits. */
struct waiter {
	bool done;
	struct ari_reply reply;
	struct ari_error err;
};

static void on_done(struct ari_client *client, struct ari_reply *reply, const struct ari_error *err,
		    void *data)
{
	struct waiter *waiter = data;

	(void)client;
	waiter->done = true;
	waiter->err = *err;
	if (reply) {
		waiter->reply = *reply;
		memset(reply, 0, sizeof(*reply));
	}
}

static int wait_for(struct ari_client *client, struct arip_call *call, struct waiter *waiter,
		    struct ari_error *err)
{
	while (!waiter->done) {
		if (ari_loop_run_once(client->loop, -1) < 0) {
			call_free(call);
			return arip_error_set(err, ARI_ESYSTEM, "the event loop failed");
		}
	}
	if (!waiter->err.code)
		return 0;
	if (err && err->code == ARI_OK)
		*err = waiter->err;
	return -1;
}

int ari_client_call(struct ari_client *client, const char *op, const struct ari_arg *args,
		    size_t n_args, struct ari_reply *reply, struct ari_error *err)
{
	struct waiter waiter = {.done = false};
	struct arip_call *call;

	if (reply)
		memset(reply, 0, sizeof(*reply));
	call = start(client, op, args, n_args, -1, on_done, &waiter, err);
	if (!call || wait_for(client, call, &waiter, err))
		return -1;
	if (reply)
		*reply = waiter.reply;
	else
		ari_reply_release(&waiter.reply);
	return 0;
}

int ari_client_download(struct ari_client *client, const char *op, const struct ari_arg *args,
			size_t n_args, int fd, size_t *bytes, struct ari_error *err)
{
	struct waiter waiter = {.done = false};
	struct arip_call *call = start(client, op, args, n_args, fd, on_done, &waiter, err);
	size_t received = 0;

	if (!call)
		return -1;
	call->received = &received;
	if (wait_for(client, call, &waiter, err))
		return -1;
	ari_reply_release(&waiter.reply);
	if (bytes)
		*bytes = received;
	return 0;
}
