/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * GET /stasis/api-docs/stasis.json is the description that the operation table was made from,
 * linked in as it is. The older description, /ari/api-docs/..., is the host's.
 * GET /stasis/docs is a page that shows it with RapiDoc (npm: rapidoc), which lies in the
 * documentation directory; nothing is loaded from anywhere else.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "docs.h"

extern const char docs_description[], docs_description_end[];

__asm__(".section .rodata\n"
	".hidden docs_description\n.hidden docs_description_end\n"
	".global docs_description\n.global docs_description_end\n"
	"docs_description:\n"
	".incbin \"lib/api/ari.json\"\n"
	"docs_description_end:\n"
	".byte 0\n"
	".previous\n");

static const char page[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	"<title>Stasis HTTP API</title>\n"
	"<script type=\"module\" src=\"docs/rapidoc-min.js\"></script></head>\n"
	"<body><rapi-doc spec-url=\"api-docs/stasis.json\" server-url=\"/stasis\" "
	"default-api-server=\"/stasis\" "
	"allow-server-selection=\"false\" allow-authentication=\"false\" load-fonts=\"false\" "
	"render-style=\"read\" show-header=\"false\">"
	"<noscript>The description is api-docs/stasis.json; showing it needs JavaScript.</noscript>"
	"</rapi-doc></body></html>\n";

/* Scripts of our own origin only; the viewer sets styles on its elements. */
static const char policy[] =
	"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; "
	"connect-src 'self'; img-src 'self' data:; font-src 'self' data:; base-uri 'none'; "
	"frame-ancestors 'none'\r\n";

static void answer_bytes(struct request *req, const char *data, size_t len, const char *type)
{
	req->body = bytes_new(data, len);
	req->reply.content_type = type;
	req->reply.status = req->body ? 200 : 500;
	request_done(req);
}

static void answer_viewer(struct request *req)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/rapidoc-min.js", req->config->docs_dir);
	req->reply.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (req->reply.fd < 0) {
		request_fail(req, 404, "the viewer is not installed: rapidoc-min.js in docs_directory");
		return;
	}
	req->reply.content_type = "text/javascript";
	req->reply.status = 200;
	buf_adds(&req->reply.headers, "Cache-Control: private, max-age=3600\r\n");
	request_done(req);
}

bool docs_answer(struct request *req)
{
	const char *first = req->segments.n ? req->segments.segment[0] : "";
	const char *second = req->segments.n == 2 ? req->segments.segment[1] : "";
	bool description = !strcmp(first, "api-docs") && !strcmp(second, "stasis.json");
	bool docs = !strcmp(first, "docs") &&
		    (req->segments.n == 1 || !strcmp(second, "rapidoc-min.js"));

	if (!description && !docs)
		return false;
	if (req->http.method != HTTP_GET && req->http.method != HTTP_HEAD) {
		buf_adds(&req->reply.headers, "Allow: GET\r\n");
		request_fail(req, 405, "Invalid method");
	} else if (description) {
		answer_bytes(req, docs_description, (size_t)(docs_description_end - docs_description),
			     NULL);
	} else if (req->segments.n == 1) {
		buf_adds(&req->reply.headers, policy);
		answer_bytes(req, page, sizeof(page) - 1, "text/html; charset=utf-8");
	} else {
		answer_viewer(req);
	}
	return true;
}
