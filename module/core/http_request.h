/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The HTTP/1.1 request parser. It reads a request that lies whole in a buffer and says
 * "more" until it does, so the answer never depends on how the bytes were cut up on
 * their way. It is strict where leniency has been an attack elsewhere: CRLF only, no
 * folded lines, one Content-Length of plain digits, never together with a
 * Transfer-Encoding, no control characters, RFC 9110 tokens for names.
 * Nothing is copied except a chunked body, which is decoded in place. As RFC 9112 wants it, an
 * empty line or two before a request are skipped, and a target may be a whole URL.
 */
#ifndef CORE_HTTP_REQUEST_H
#define CORE_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

enum http_method {
	HTTP_GET,
	HTTP_POST,
	HTTP_HEAD,
	HTTP_PUT,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_UNKNOWN,	/* some other word: no resource has it */
	HTTP_METHODS,
};

#define HTTP_HEADERS_MAX 64

struct http_limits {
	size_t line;		/* request line, and each header line */
	size_t headers;		/* how many */
	size_t header_bytes;	/* all of them */
	size_t body;
};

/* Borrowed from the buffer given to http_parse. Header names are lower case. */
struct http_header {
	const char *name;
	const char *value;
};

struct http_request {
	enum http_method method;
	char *path;		/* raw, percent-encoded, starts with '/' */
	char *query;		/* raw, "" when there is none */
	int minor;		/* of HTTP/1.x */
	bool keep_alive;
	bool expect_continue;	/* the client waits for 100 before it sends the body */
	struct http_header header[HTTP_HEADERS_MAX];
	size_t n_headers;
	const char *body;
	size_t body_len;
};

enum http_parse {
	HTTP_MORE = 0,		/* not whole yet */
	HTTP_DONE = 1,		/* *used bytes are one request */
	/* any other value is the status to refuse it with: 400, 413, 414, 431, 501, 505 */
};

/** Parse the request at the start of DATA, which is changed in place (NULs are put behind names
 * and values) only when a whole request is there. Returns HTTP_MORE, HTTP_DONE or a status;
 * then *why is a constant text. With HTTP_MORE, *want_continue tells that the head is whole and
 * asks for "100 Continue". */
int http_parse(char *data, size_t len, const struct http_limits *limits, struct http_request *req,
	       size_t *used, bool *want_continue, const char **why);

/** The value of header NAME (lower case), or NULL. */
const char *http_header(const struct http_request *req, const char *name);
const char *http_method_name(enum http_method method);
/** The method called NAME, or HTTP_UNKNOWN. */
enum http_method http_method_find(const char *name, size_t len);

#endif
