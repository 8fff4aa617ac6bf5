/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Operations are carried out by Asterisk's own handlers, the same that serve ARI. This file
 * turns a call of the core into what ast_ari_invoke() wants, and its response into bytes.
 */
#include "asterisk.h"

#include "asterisk/json.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"
#include "asterisk/config.h"
#include "asterisk_host.h"
#include "compat.h"

static const enum ast_http_method methods[HTTP_METHODS] = {
	[HTTP_GET] = AST_HTTP_GET,
	[HTTP_POST] = AST_HTTP_POST,
	[HTTP_HEAD] = AST_HTTP_HEAD,
	[HTTP_PUT] = AST_HTTP_PUT,
	[HTTP_DELETE] = AST_HTTP_DELETE,
	[HTTP_OPTIONS] = AST_HTTP_OPTIONS,
	[HTTP_UNKNOWN] = AST_HTTP_UNKNOWN,
};

static struct ast_variable *make_params(const struct uri_params *params)
{
	struct ast_variable *list = NULL;
	size_t i;

	/* From the last to the first, so that each can be put in front. */
	for (i = params->n; i > 0; i--) {
		struct ast_variable *one;

		one = ast_variable_new(params->param[i - 1].name, params->param[i - 1].value, "");
		if (!one) {
			break;
		}
		one->next = list;
		list = one;
	}
	return list;
}

static struct ast_variable *make_headers(const struct asterisk_host *host,
	const struct host_call *call)
{
	struct ast_variable *headers = ast_variable_new("Authorization", inner_header(host), "");

	if (headers && call->host) {
		headers->next = ast_variable_new("Host", call->host, "");
	}
	return headers;
}

static void fail(struct host_reply *reply, int status, const char *text)
{
	reply->status = status;
	buf_clear(&reply->body);
	buf_addf(&reply->body, "{\"message\":\"%s\"}", text);
}

static void take_response(struct ast_ari_response *response, struct host_reply *reply)
{
	reply->status = response->response_code;
	ast_copy_string(reply->reason, S_OR(response->response_text, ""), sizeof(reply->reason));
	if (ast_str_strlen(response->headers)) {
		buf_add(&reply->headers, ast_str_buffer(response->headers),
			ast_str_strlen(response->headers));
	}
	if (response->fd >= 0) {
		reply->fd = response->fd;
		return;
	}
	if (response->message && !ast_json_is_null(response->message) &&
		encode_json(response->message, &reply->body)) {
		fail(reply, 500, "Allocation failed");
	}
}

static void call_handler(const struct asterisk_host *host, const struct host_call *call,
	struct ast_json *body, struct ast_ari_response *response)
{
	struct ast_variable *params = make_params(call->params);
	struct ast_variable *headers = make_headers(host, call);

	if (!strncmp(call->path, "api-docs/", 9)) {
		if (call->method == HTTP_GET) {
			ast_ari_get_docs(call->path + 9, "", headers, response);
		} else {
			ast_ari_response_error(response, 405, "Method Not Allowed", "Unsupported method");
		}
	} else {
		compat_invoke(call->path, methods[call->method], params, headers, body, response);
	}
	ast_variables_destroy(params);
	ast_variables_destroy(headers);
}

void invoke_call(void *arg, const struct host_call *call, struct host_reply *reply)
{
	struct ast_ari_response response = { .fd = -1 };
	struct asterisk_host *host = arg;
	struct ast_json *body = NULL;

	response.headers = ast_str_create(64);
	if (!response.headers) {
		fail(reply, 500, "Allocation failed");
		return;
	}
	if (call->body) {
		body = ast_json_load_buf(call->body, call->body_len, NULL);
	}
	if (call->body && !body) {
		fail(reply, 400, "Error parsing request body");
	} else {
		/* As ARI's own server does: a form's body is null, none is none. */
		call_handler(host, call, body || !call->form ? body : ast_json_null(), &response);
		if (inner_was_refused(host, &response)) {
			fail(reply, 503, "Asterisk refuses the module's own user");
		} else {
			take_response(&response, reply);
		}
	}
	ast_json_unref(body);
	ast_json_unref(response.message);
	ast_free(response.headers);
}
