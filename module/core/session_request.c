/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Messages from a session's client: requests as ARI 22 takes them over its WebSocket, through
 * the same judgement as any other request, and SetFilter, which replaces the filter.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fanout.h"
#include "limit.h"
#include "mime.h"
#include "request.h"
#include "session_private.h"
#include "xml.h"

#define REQUESTS_MAX 64

/* A request that waits for the one before it: requests of one socket are carried out in order,
 * as clients of ARI rely on. */
struct pending {
	struct pending *next;
	size_t len;
	char text[];
};

static void next_request(struct session *session);

void session_reply(struct request *req)
{
	struct session *session = session_find(req->server, req->session);
	struct host_reply *reply = &req->reply;
	struct buf out = {0};
	const char *body, *reason;
	size_t len;

	if (!session)
		return;
	reply_convert(req);
	body = req->body ? req->body->data : reply->body.data;
	len = req->body ? req->body->len : reply->body.len;
	if (reply->fd >= 0) {
		reply->status = 406;
		snprintf(reply->reason, sizeof(reply->reason), "Not Acceptable.  Use HTTP GET");
		len = 0;
	}
	reason = *reply->reason ? reply->reason : status_text(reply->status);
	buf_adds(&out, "{\"type\":\"RESTResponse\",\"transaction_id\":");
	buf_add_json(&out, req->transaction_id ? req->transaction_id : "",
		     req->transaction_id ? strlen(req->transaction_id) : 0);
	buf_adds(&out, ",\"request_id\":");
	buf_add_json(&out, req->request_id ? req->request_id : "",
		     req->request_id ? strlen(req->request_id) : 0);
	buf_addf(&out, ",\"status_code\":%d,\"reason_phrase\":", reply->status);
	buf_add_json(&out, reason, strlen(reason));
	buf_adds(&out, ",\"uri\":");
	buf_add_json(&out, req->path ? req->path : "", req->path ? strlen(req->path) : 0);
	if (len) {
		buf_addf(&out, ",\"content_type\":\"%s\",\"message_body\":",
			 reply->content_type ? reply->content_type : "application/json");
		buf_add_json(&out, body, len);
	}
	buf_addc(&out, '}');
	session_queue_text(session, out.data, out.len);
	session_push(session);
	buf_free(&out);
	session->busy = false;
	if (!session->starting)
		next_request(session);
}

static void set_filter(struct session *session, struct ari_span message)
{
	char *text = ari_json_text_dup(ari_json_get(message, "filter"));
	unsigned long long seq = session->server->fanout->seq;
	const char *why = "there is no 'filter'";
	struct buf out = {0};

	if (!limit_request(session->server, session->user))
		why = "too many requests of this user";
	else if (text && !session_set_filter(session, text, &why))
		why = NULL;
	buf_adds(&out, "{\"type\":\"FilterSet\",\"ok\":");
	buf_adds(&out, why ? "false,\"message\":" : "true");
	if (why)
		buf_add_json(&out, why, strlen(why));
	if (!why && session->numbered)
		buf_addf(&out, ",\"seq\":%llu", seq);
	buf_addc(&out, '}');
	/* Whoever comes back with the new filter has been told everything up to here. */
	if (!why && session->numbered)
		session_queue_mark(session, out.data, out.len, seq);
	else
		session_queue_text(session, out.data, out.len);
	buf_free(&out);
	free(text);
	session_push(session);
}

/* The query_strings array: objects with name and value. */
static int take_query_strings(struct request *req, struct ari_span list, const char **why)
{
	struct ari_json_iter iter;
	struct ari_span key, item;
	int res = 0;

	ari_json_iter_init(&iter, list);
	while (!res && ari_json_next(&iter, &key, &item)) {
		struct uri_param *param = &req->params.param[req->params.n];

		*why = "Unable to parse 'query_strings' array.";
		if (req->params.n == URI_PARAMS_MAX)
			return -1;
		param->name = ari_json_text_dup(ari_json_get(item, "name"));
		param->value = ari_json_text_dup(ari_json_get(item, "value"));
		req->params.n++;
		req->own_params++;
		if (!param->name || !param->value)
			res = -1;
	}
	return res;
}

/* What forms it has is found out with the operation that it is for. */
static void take_message_body(struct request *req, struct ari_span message)
{
	char accept[64] = "";

	req->own_text = ari_json_text_dup(ari_json_get(message, "message_body"));
	req->body_type = ari_json_text_dup(ari_json_get(message, "content_type"));
	req->http.body = req->own_text;
	req->http.body_len = req->own_text ? strlen(req->own_text) : 0;
	/* An extension: ARI's own sockets know JSON alone. */
	if (ari_json_text(ari_json_get(message, "accept"), accept, sizeof(accept)) > 0)
		req->xml = mime_accept(accept) == MIME_XML;
}

static int take_request(struct request *req, struct ari_span message, const char **why)
{
	char method[16] = "", *query;

	req->transaction_id = ari_json_text_dup(ari_json_get(message, "transaction_id"));
	req->request_id = ari_json_text_dup(ari_json_get(message, "request_id"));
	req->own_uri = ari_json_text_dup(ari_json_get(message, "uri"));
	*why = "Empty or missing 'uri' property.";
	if (!req->own_uri || !*req->own_uri)
		return -1;
	req->path = req->own_uri + (*req->own_uri == '/');
	query = strchr(req->own_uri, '?');
	if (query)
		*query++ = '\0';
	ari_json_text(ari_json_get(message, "method"), method, sizeof(method));
	req->http.method = http_method_find(method, strlen(method));
	*why = "Unknown or missing 'method' property.";
	if (req->http.method == HTTP_UNKNOWN) {
		req->http.method = HTTP_GET;
		return -1;
	}
	if (take_query_strings(req, ari_json_get(message, "query_strings"), why))
		return -1;
	if (query && uri_params_add(&req->params, query, strlen(query), why))
		return -1;
	take_message_body(req, message);
	return 0;
}

static void start_request(struct session *session, struct ari_span message, const char *why)
{
	struct request *req = calloc(1, sizeof(*req));
	bool bad = why != NULL;

	if (!req) {
		session_queue_text(session, NULL, 0);
		return;
	}
	req->server = session->server;
	req->session = session->id;
	req->config = config_ref(session->config);
	req->user = session->user;
	req->xml = session->xml;
	req->number = ++session->server->next_request;
	req->reply.fd = -1;
	memcpy(req->peer, session->peer, sizeof(req->peer));
	session->busy = true;
	session->server->stats.requests++;
	if (bad || take_request(req, message, &why))
		request_fail(req, 400, "%s", why);
	else if (!limit_request(session->server, session->user))
		request_fail(req, 429, "too many requests of this user");
	else
		request_dispatch(req);
}

static void handle_json(struct session *session, const char *text, size_t len)
{
	struct ari_span message = {text, len}, type;

	if (ari_json_check(text, len, NULL) || ari_json_type(message) != ARI_JSON_OBJECT) {
		start_request(session, (struct ari_span){NULL, 0},
			      "Failed to parse request message JSON");
		return;
	}
	type = ari_json_get(message, "type");
	if (ari_json_equal(type, "SetFilter"))
		set_filter(session, message);
	else if (ari_json_equal(type, "RESTRequest"))
		start_request(session, message, NULL);
	else
		start_request(session, message, type.p ? "Unknown request type."
						       : "No 'type' property.");
}

/* In either language, whatever the session's events are in. */
static void handle(struct session *session, const char *text, size_t len)
{
	struct buf json = {0};
	struct xml_error err;

	if (!len || *text != '<') {
		handle_json(session, text, len);
		return;
	}
	if (xml_read(&json, text, len, NULL, &err))
		start_request(session, (struct ari_span){NULL, 0}, err.text);
	else
		handle_json(session, json.data, json.len);
	buf_free(&json);
}

/* An answer that comes at once must not go deeper: .starting tells session_reply. */
static void next_request(struct session *session)
{
	struct pending *pending;

	session->starting = true;
	while (!session->busy && !session->closing && (pending = session->pending)) {
		session->pending = pending->next;
		session->n_pending--;
		handle(session, pending->text, pending->len);
		free(pending);
	}
	session->starting = false;
}

void session_message(struct session *session, const char *text, size_t len)
{
	struct pending *pending, **last = &session->pending;

	pending = session->n_pending < REQUESTS_MAX ? malloc(sizeof(*pending) + len) : NULL;
	if (!pending) {
		session->closing = true;
		conn_close_socket(session->conn, WS_CLOSE_POLICY, "too many requests at once");
		return;
	}
	pending->next = NULL;
	pending->len = len;
	memcpy(pending->text, text, len);
	while (*last)
		last = &(*last)->next;
	*last = pending;
	session->n_pending++;
	if (!session->starting)
		next_request(session);
}

void session_forget_requests(struct session *session)
{
	struct pending *pending;

	while ((pending = session->pending)) {
		session->pending = pending->next;
		free(pending);
	}
}
