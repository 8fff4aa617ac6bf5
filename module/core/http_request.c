/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See http_request.h. */
#include <string.h>
#include <strings.h>

#include "http_request.h"

#define EMPTY_LINES_MAX 2

static const char *const method_names[HTTP_METHODS] = {
	[HTTP_GET] = "GET",	  [HTTP_POST] = "POST",	      [HTTP_HEAD] = "HEAD",
	[HTTP_PUT] = "PUT",	  [HTTP_DELETE] = "DELETE",   [HTTP_OPTIONS] = "OPTIONS",
	[HTTP_UNKNOWN] = "?",
};

const char *http_method_name(enum http_method method)
{
	return method_names[method];
}

enum http_method http_method_find(const char *name, size_t len)
{
	int m;

	for (m = 0; m < HTTP_UNKNOWN; m++) {
		if (strlen(method_names[m]) == len && !memcmp(method_names[m], name, len))
			break;
	}
	return (enum http_method)m;
}

static bool is_token(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* The framing of the body, as the header lines say. */
struct framing {
	bool has_length;
	bool chunked;
	bool has_host;
	size_t length;
};

/* One line as [data, *end) with CRLF at *end; -1 none yet, else its length. */
static long find_line(const char *data, size_t len)
{
	const char *nl = memchr(data, '\n', len);

	return nl ? (long)(nl - data) : -1;
}

static int refuse(const char **why, int status, const char *text)
{
	*why = text;
	return status;
}

static int parse_version(const char *text, size_t len, struct http_request *req, const char **why)
{
	if (len != 8 || memcmp(text, "HTTP/", 5) || text[6] != '.')
		return refuse(why, 400, "malformed request line");
	if (text[5] != '1' || (text[7] != '0' && text[7] != '1'))
		return refuse(why, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
	req->minor = text[7] - '0';
	req->keep_alive = req->minor == 1;
	return 0;
}

/* Behind "http://host:port" of a target in absolute form; what proxies are sent, and servers must
 * take. NULL: it is none, or names nothing behind its host. */
static char *behind_authority(char *target, const char *end)
{
	static const char *const schemes[] = {"http://", "https://"};
	size_t i, len;

	for (i = 0; i < 2; i++) {
		len = strlen(schemes[i]);
		if ((size_t)(end - target) > len && !strncasecmp(target, schemes[i], len))
			return memchr(target + len, '/', (size_t)(end - target) - len);
	}
	return NULL;
}

static int parse_request_line(char *line, size_t len, struct http_request *req, const char **why)
{
	char *target = memchr(line, ' ', len), *version, *p;
	size_t rest;

	if (!target || target == line)
		return refuse(why, 400, "malformed request line");
	for (p = line; p < target; p++) {
		if (!is_token((unsigned char)*p))
			return refuse(why, 400, "malformed request line");
	}
	req->method = http_method_find(line, (size_t)(target - line));
	target++;
	rest = len - (size_t)(target - line);
	version = memchr(target, ' ', rest);
	if (!version)
		return refuse(why, 400, "malformed request line");
	for (p = target; p < version; p++) {
		if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7f || *p == '#')
			return refuse(why, 400, "the request target has a bad character");
	}
	req->path = *target == '/' ? target : behind_authority(target, version);
	if (!req->path)
		return refuse(why, 400, "the request target must be a path or a URL with one");
	return parse_version(version + 1, len - (size_t)(version + 1 - line), req, why);
}

static int parse_length(const char *text, size_t len, struct framing *framing, const char **why)
{
	size_t i, value = 0;

	if (framing->has_length)
		return refuse(why, 400, "more than one Content-Length");
	if (!len || len > 18)
		return refuse(why, 400, "malformed Content-Length");
	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return refuse(why, 400, "malformed Content-Length");
		value = value * 10 + (size_t)(text[i] - '0');
	}
	framing->has_length = true;
	framing->length = value;
	return 0;
}

static bool has_word(const char *list, size_t len, const char *word)
{
	size_t n = strlen(word), i, start;

	for (i = 0; i < len; i++) {
		while (i < len && (list[i] == ' ' || list[i] == '\t' || list[i] == ','))
			i++;
		for (start = i; i < len && list[i] != ',' && list[i] != ' ' && list[i] != '\t'; i++)
			;
		if (i - start == n && !strncasecmp(list + start, word, n))
			return true;
	}
	return false;
}

/* The headers that decide where the request ends, and what becomes of the connection. */
static int apply_header(const char *name, size_t name_len, const char *value, size_t len,
			struct http_request *req, struct framing *framing, const char **why)
{
	if (name_len == 14 && !strncasecmp(name, "content-length", 14))
		return parse_length(value, len, framing, why);
	if (name_len == 17 && !strncasecmp(name, "transfer-encoding", 17)) {
		if (framing->chunked || len != 7 || strncasecmp(value, "chunked", 7))
			return refuse(why, 501, "the only Transfer-Encoding known here is chunked");
		framing->chunked = true;
	} else if (name_len == 10 && !strncasecmp(name, "connection", 10)) {
		if (has_word(value, len, "close"))
			req->keep_alive = false;
		else if (has_word(value, len, "keep-alive"))
			req->keep_alive = true;
	} else if (name_len == 4 && !strncasecmp(name, "host", 4)) {
		if (framing->has_host)
			return refuse(why, 400, "more than one Host");
		framing->has_host = true;
	} else if (name_len == 6 && !strncasecmp(name, "expect", 6)) {
		req->expect_continue = len == 12 && !strncasecmp(value, "100-continue", 12);
	}
	return 0;
}

static int parse_header(char *line, size_t len, struct http_request *req, struct framing *framing,
			const char **why)
{
	char *colon = memchr(line, ':', len), *value, *p;
	size_t name_len, value_len;

	if (!colon || colon == line)
		return refuse(why, 400, "malformed header line");
	name_len = (size_t)(colon - line);
	for (p = line; p < colon; p++) {
		if (!is_token((unsigned char)*p))
			return refuse(why, 400, "malformed header name");
	}
	value = colon + 1;
	value_len = len - name_len - 1;
	while (value_len && (*value == ' ' || *value == '\t')) {
		value++;
		value_len--;
	}
	while (value_len && (value[value_len - 1] == ' ' || value[value_len - 1] == '\t'))
		value_len--;
	for (p = value; p < value + value_len; p++) {
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
			return refuse(why, 400, "a header value has a control character");
	}
	req->header[req->n_headers].name = line;
	req->header[req->n_headers++].value = value;
	return apply_header(line, name_len, value, value_len, req, framing, why);
}

/* Walks over the head. 1 whole (*pos behind it), 0 more, else a status. */
static int parse_head(char *data, size_t len, const struct http_limits *limits,
		      struct http_request *req, struct framing *framing, size_t *pos,
		      const char **why)
{
	size_t at = 0, head = 0;
	bool first = true;
	int status;
	long n;

	for (;;) {
		n = find_line(data + at, len - at);
		if ((n < 0 ? len - at : (size_t)n) > limits->line + 1)
			return first ? refuse(why, 414, "the request line is too long")
				     : refuse(why, 431, "a header line is too long");
		if (!first && at - head + (n < 0 ? len - at : (size_t)n) > limits->header_bytes + 1)
			return refuse(why, 431, "the headers are too long");
		if (n < 0)
			return 0;
		if (n == 0 || data[at + (size_t)n - 1] != '\r')
			return refuse(why, 400, "a line does not end in CRLF");
		n--;
		if (first) {
			if (n == 0)
				return refuse(why, 400, "empty request line");
			status = parse_request_line(data + at, (size_t)n, req, why);
			head = at + (size_t)n + 2;
		} else if (n == 0) {
			*pos = at + 2;
			return 1;
		} else if (req->n_headers >= limits->headers ||
			   req->n_headers >= HTTP_HEADERS_MAX) {
			return refuse(why, 431, "too many headers");
		} else {
			status = parse_header(data + at, (size_t)n, req, framing, why);
		}
		if (status)
			return status;
		first = false;
		at += (size_t)n + 2;
	}
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The size line of a chunk at DATA: bytes of the line in *line, or 0 more / status. */
static int chunk_size(const char *data, size_t len, size_t *line, size_t *size, const char **why)
{
	size_t i;
	long n = find_line(data, len);

	if (n < 0)
		return len > 256 ? refuse(why, 400, "malformed chunk") : 0;
	*size = 0;
	for (i = 0; i < (size_t)n && hex_value(data[i]) >= 0; i++) {
		if (i >= 8)
			return refuse(why, 413, "the body is too long");
		*size = *size * 16 + (size_t)hex_value(data[i]);
	}
	/* Chunk extensions are refused: nobody needs them, smuggling uses them. */
	if (!i || i + 1 != (size_t)n || data[i] != '\r')
		return refuse(why, 400, "malformed chunk");
	*line = (size_t)n + 1;
	return 1;
}

/* First with OUT NULL to see whether the body is whole, then again to join its pieces. */
static int read_chunks(char *data, size_t len, size_t limit, char *out, size_t *body, size_t *used,
		       const char **why)
{
	size_t at = 0, line, size;
	int res;

	*body = 0;
	for (;;) {
		res = chunk_size(data + at, len - at, &line, &size, why);
		if (res != 1)
			return res;
		if (*body + size > limit)
			return refuse(why, 413, "the body is too long");
		at += line;
		if (len - at < size + 2)
			return 0;
		if (data[at + size] != '\r' || data[at + size + 1] != '\n')
			return refuse(why, 400, size ? "malformed chunk" : "trailers are not taken");
		if (!size) {
			*used = at + 2;
			return 1;
		}
		if (out)
			memmove(out + *body, data + at, size);
		*body += size;
		at += size + 2;
	}
}

static int find_body(char *data, size_t len, const struct http_limits *limits,
		     const struct framing *framing, struct http_request *req, size_t *used,
		     const char **why)
{
	int res;

	req->body = data;
	if (framing->chunked && framing->has_length)
		return refuse(why, 400, "both Content-Length and Transfer-Encoding");
	if (framing->chunked) {
		res = read_chunks(data, len, limits->body, NULL, &req->body_len, used, why);
		if (res == 1)
			read_chunks(data, len, limits->body, data, &req->body_len, used, why);
		return res;
	}
	if (framing->length > limits->body)
		return refuse(why, 413, "the body is too long");
	if (len < framing->length)
		return 0;
	req->body_len = framing->length;
	*used = framing->length;
	return 1;
}

/* Only now that all is there and right: terminate the strings. */
static void finish(struct http_request *req)
{
	size_t i;
	char *p;

	for (i = 0; i < req->n_headers; i++) {
		for (p = (char *)req->header[i].name; *p != ':'; p++) {
			if (*p >= 'A' && *p <= 'Z')
				*p = (char)(*p + 32);
		}
		*p = '\0';
		p = (char *)req->header[i].value + strcspn(req->header[i].value, "\r");
		while (p > req->header[i].value && (p[-1] == ' ' || p[-1] == '\t'))
			p--;
		*p = '\0';
	}
	*strchr(req->path, ' ') = '\0';
	req->query = strchr(req->path, '?');
	if (req->query)
		*req->query++ = '\0';
	else
		req->query = req->path + strlen(req->path);
}

/* Empty lines that clients of old sent behind a body. */
static size_t skip_empty_lines(const char *data, size_t len)
{
	size_t at = 0;

	while (at < 2 * EMPTY_LINES_MAX && len - at >= 2 && !memcmp(data + at, "\r\n", 2))
		at += 2;
	return at;
}

int http_parse(char *data, size_t len, const struct http_limits *limits, struct http_request *req,
	       size_t *used, bool *want_continue, const char **why)
{
	size_t empty = skip_empty_lines(data, len), head, body = 0;
	struct framing framing = {0};
	int res;

	data += empty;
	len -= empty;
	*want_continue = false;
	*req = (struct http_request){0};
	res = parse_head(data, len, limits, req, &framing, &head, why);
	if (res != 1)
		return res;
	if (!framing.has_host && req->minor == 1)
		return refuse(why, 400, "no Host");
	res = find_body(data + head, len - head, limits, &framing, req, &body, why);
	if (res != 1) {
		*want_continue = !res && req->expect_continue;
		return res;
	}
	finish(req);
	*used = empty + head + body;
	return HTTP_DONE;
}

const char *http_header(const struct http_request *req, const char *name)
{
	size_t i;

	for (i = 0; i < req->n_headers; i++) {
		if (!strcmp(req->header[i].name, name))
			return req->header[i].value;
	}
	return NULL;
}
