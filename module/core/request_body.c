/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* What a request brings besides its path: a body in one of three forms. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ari/json.h"
#include "request.h"
#include "xml.h"

/* A body in XML is the JSON that it means. */
static int take_xml(struct request *req, const char **why)
{
	struct buf json = {0};

	if (xml_to_json(req->http.body, req->http.body_len, &json, why)) {
		buf_free(&json);
		return -1;
	}
	req->own_body = buf_take(&json, &req->call.body_len);
	req->call.body = req->own_body;
	return 0;
}

/* What the body is for: a form's parameters, or JSON. */
int request_take_body(struct request *req, const char **why)
{
	const char *type = http_header(&req->http, "content-type");
	struct ari_error err = {0};

	if (!req->http.body_len || !type)
		return 0;
	if (!strncasecmp(type, "application/x-www-form-urlencoded", 33))
		return uri_params_add(&req->params, req->http.body, req->http.body_len, why);
	if (!strncasecmp(type, "application/xml", 15))
		return take_xml(req, why);
	if (strncasecmp(type, "application/json", 16))
		return 0;
	*why = "Error parsing request body";
	if (ari_json_check(req->http.body, req->http.body_len, &err))
		return -1;
	req->call.body = req->http.body;
	req->call.body_len = req->http.body_len;
	return 0;
}
