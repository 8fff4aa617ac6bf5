/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * GET /stasis/api-docs/stasis.json is the description that the operation table was made from,
 * linked in as it is. The older description, /ari/api-docs/..., is the host's.
 */
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

bool docs_answer(struct request *req)
{
	if (req->segments.n != 2 || strcmp(req->segments.segment[0], "api-docs") ||
	    strcmp(req->segments.segment[1], "stasis.json"))
		return false;
	if (req->http.method != HTTP_GET && req->http.method != HTTP_HEAD) {
		buf_adds(&req->reply.headers, "Allow: GET\r\n");
		request_fail(req, 405, "Invalid method");
		return true;
	}
	req->body = bytes_new(docs_description,
			      (size_t)(docs_description_end - docs_description));
	req->reply.status = req->body ? 200 : 500;
	request_done(req);
	return true;
}
