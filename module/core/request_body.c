/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What a request brings besides its path: a body in one of three forms, over HTTP or inside a
 * message of a WebSocket. XML becomes the JSON that it means, and JSON of either origin has limits.
 */
#include <stdlib.h>
#include <string.h>

#include "ari/json.h"
#include "mime.h"
#include "request.h"
#include "xml.h"

/* The size of a JSON text in the measures that are limited. */
struct measure {
	int depth, members;
	size_t string;
};

/* TEXT is valid JSON. */
static void measure_json(struct measure *most, const char *text, size_t len)
{
	const char *end = text + len, *start;
	int depth = 0;

	for (; text < end; text++) {
		if (*text == '{' || *text == '[') {
			depth++;
			most->depth = depth > most->depth ? depth : most->depth;
		} else if (*text == '}' || *text == ']') {
			depth--;
		} else if (*text == ':') {
			most->members++;
		} else if (*text == '"') {
			for (start = ++text; *text != '"'; text++)
				text += *text == '\\';
			if ((size_t)(text - start) > most->string)
				most->string = (size_t)(text - start);
		}
	}
}

static int check_size(struct request *req, const char *text, size_t len)
{
	const struct config *config = req->config;
	struct measure most = {0};

	measure_json(&most, text, len);
	if (most.depth > config->json_depth)
		request_fail(req, 400, "the body is nested deeper than %d", config->json_depth);
	else if (most.members > config->json_members)
		request_fail(req, 400, "the body has more than %d members", config->json_members);
	else if (most.string > (size_t)config->json_string)
		request_fail(req, 400, "the body has a text of more than %d bytes",
			     config->json_string);
	else
		return 0;
	return -1;
}

static int take_json(struct request *req, const char *text, size_t len)
{
	struct ari_span value = {text, len};
	enum ari_json_type type;

	/* As Asterisk reads it: a bare word is no body. */
	if (!ari_json_check(text, len, NULL)) {
		type = ari_json_type(value);
		if (type == ARI_JSON_OBJECT || type == ARI_JSON_ARRAY) {
			req->call.body = text;
			req->call.body_len = len;
			return check_size(req, text, len);
		}
	}
	request_fail(req, 400, "%s",
		     req->session ? "Unable to parse 'message_body' as 'application/json'."
				  : "Error parsing request body");
	return -1;
}

static int take_xml(struct request *req)
{
	struct buf json = {0};
	struct xml_error err;
	size_t len;

	if (xml_read(&json, req->http.body, req->http.body_len, req->route.op, &err)) {
		buf_free(&json);
		request_fail(req, 400, "%s", err.text);
		return -1;
	}
	req->own_body = buf_take(&json, &len);
	return take_json(req, req->own_body, len);
}

static int take_form(struct request *req)
{
	const char *why = "";

	req->call.form = true;
	if (!uri_params_add(&req->params, req->http.body, req->http.body_len, &why))
		return 0;
	request_fail(req, 400, "%s", why);
	return -1;
}

/* Clients that know only ARI ask below /ari, where such headers never counted for anything. */
static bool is_strict(const struct request *req)
{
	return req->http.path && !strncmp(req->http.path, "/stasis", 7);
}

int request_take_accept(struct request *req)
{
	const struct ari_operation *op = req->route.op;

	/* A recording's bytes are what they are. */
	if (req->session || !is_strict(req) || (op && op->result && !strcmp(op->result, "binary")) ||
	    mime_accept(http_header(&req->http, "accept")) != MIME_NONE)
		return 0;
	request_fail(req, 406, "there is application/json and application/xml");
	return -1;
}

/* A body of no known form: ARI's own sockets refuse it, its HTTP server overlooks it. */
static int take_other(struct request *req, const char *type, const char *why)
{
	if (req->session)
		request_fail(req, 400, "%s", type ? "Unknown content type."
						  : "No 'content_type' for 'message_body'.");
	else if (type && is_strict(req))
		request_fail(req, 415, "%s", why);
	else
		return 0;
	return -1;
}

int request_take_body(struct request *req)
{
	const char *type = req->session ? req->body_type : http_header(&req->http, "content-type");
	const char *why = "";

	if (!req->http.body_len)
		return 0;
	switch (mime_content(type, &why)) {
	case MIME_FORM:
		return take_form(req);
	case MIME_XML:
		return take_xml(req);
	case MIME_JSON:
		return take_json(req, req->http.body, req->http.body_len);
	case MIME_OTHER:
	case MIME_NONE:
		break;
	}
	return take_other(req, type, why);
}
