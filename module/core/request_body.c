/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* What a request brings besides its path: a body in one of three forms. */
#include <stdlib.h>
#include <string.h>

#include "ari/json.h"
#include "mime.h"
#include "request.h"
#include "xml.h"

/* A body in XML is the JSON that it means to its operation. */
static int take_xml(struct request *req)
{
	struct buf json = {0};
	struct xml_error err;

	if (xml_read(&json, req->http.body, req->http.body_len, req->route.op, &err)) {
		buf_free(&json);
		request_fail(req, 400, "%s", err.text);
		return -1;
	}
	req->own_body = buf_take(&json, &req->call.body_len);
	req->call.body = req->own_body;
	return 0;
}

static int take_json(struct request *req)
{
	if (ari_json_check(req->http.body, req->http.body_len, NULL)) {
		request_fail(req, 400, "Error parsing request body");
		return -1;
	}
	req->call.body = req->http.body;
	req->call.body_len = req->http.body_len;
	return 0;
}

static int take_form(struct request *req)
{
	const char *why = "";

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

int request_take_body(struct request *req)
{
	const char *type = http_header(&req->http, "content-type"), *why = "";

	if (!req->http.body_len)
		return 0;
	switch (mime_content(type, &why)) {
	case MIME_FORM:
		return take_form(req);
	case MIME_XML:
		return take_xml(req);
	case MIME_JSON:
		return take_json(req);
	case MIME_OTHER:
		if (!is_strict(req))
			return 0;
		request_fail(req, 415, "%s", why);
		return -1;
	case MIME_NONE:
		return 0;
	}
	return 0;
}
