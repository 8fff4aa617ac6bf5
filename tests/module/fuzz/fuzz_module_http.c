/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * HTTP requests: whatever the bytes, a request that is whole gets the same verdict when only a
 * part of it is there first ("more", or that verdict), and what was parsed lies in the buffer.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../../module/core/http_request.h"
#include "../../../module/core/uri.h"

static const struct http_limits limits = {
	.line = 300, .headers = 8, .header_bytes = 800, .body = 200,
};

static int parse(const uint8_t *data, size_t size, struct http_request *req, char **copy)
{
	const char *why;
	bool want;
	size_t used = 0;
	int res;

	*copy = malloc(size + 1);
	memcpy(*copy, data, size);
	res = http_parse(*copy, size, &limits, req, &used, &want, &why);
	if (res == HTTP_DONE && (used > size || req->body < *copy ||
				 req->body + req->body_len > *copy + size))
		abort();
	return res;
}

static void use(const struct http_request *req)
{
	struct uri_params params = {.n = 0};
	struct uri_path path;
	const char *why;
	char *text;

	uri_params_add(&params, req->query, strlen(req->query), &why);
	uri_params_free(&params);
	if (uri_path_parse(&path, req->path + 1, &why))
		return;
	text = uri_path_encode(&path, -1, "");
	/* The canonical form means the same path. */
	if (text) {
		struct uri_path again;

		if (uri_path_parse(&again, text, &why) || again.n != path.n)
			abort();
		for (size_t i = 0; i < path.n; i++) {
			if (strcmp(path.segment[i], again.segment[i]))
				abort();
		}
		uri_path_free(&again);
	}
	free(text);
	uri_path_free(&path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_request req;
	char *copy;
	int whole, part;

	if (size < 2 || size > 4096)
		return 0;
	whole = parse(data + 1, size - 1, &req, &copy);
	if (whole == HTTP_DONE)
		use(&req);
	free(copy);
	part = parse(data + 1, data[0] % size, &req, &copy);
	free(copy);
	if (part != HTTP_MORE && part != whole)
		abort();
	return 0;
}
