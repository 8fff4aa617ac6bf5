/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* An answer as bytes: status line, headers and body in one piece, so that it is one write. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "mime.h"
#include "pretty.h"
#include "request.h"
#include "xml.h"

/* Bodies above this are sent from where they are instead of copied behind their headers. */
#define COPY_MAX 65536

const char *status_text(int status)
{
	static const struct {
		int status;
		const char *text;
	} texts[] = {
		{200, "OK"}, {201, "Created"}, {202, "Accepted"}, {204, "No Content"},
		{304, "Not Modified"}, {308, "Permanent Redirect"}, {400, "Bad Request"}, {401, "Unauthorized"},
		{403, "Forbidden"}, {404, "Not Found"}, {405, "Method Not Allowed"},
		{406, "Not Acceptable"}, {408, "Request Timeout"}, {409, "Conflict"},
		{413, "Content Too Large"}, {414, "URI Too Long"},
		{415, "Unsupported Media Type"}, {422, "Unprocessable Content"},
		{426, "Upgrade Required"}, {429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"}, {500, "Internal Server Error"},
		{501, "Not Implemented"}, {503, "Service Unavailable"},
		{505, "HTTP Version Not Supported"},
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].status == status)
			return texts[i].text;
	}
	return "Unknown";
}

/* "Date: ..." changes once a second; so long the text is kept. */
static void add_date(struct buf *out, struct server *server)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t now = time(NULL);
	struct tm tm;

	if (now != server->date_time) {
		server->date_time = now;
		gmtime_r(&now, &tm);
		snprintf(server->date, sizeof(server->date),
			 "Server: stasis-http\r\nX-Content-Type-Options: nosniff\r\n"
			 "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n",
			 days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
			 tm.tm_hour, tm.tm_min, tm.tm_sec);
	}
	buf_adds(out, server->date);
}

static bool origin_allowed(const char *list, const char *origin)
{
	size_t len, n = strlen(origin);

	for (; *list; list += len) {
		list += strspn(list, " \t,");
		len = strcspn(list, " \t,");
		if ((len == 1 && *list == '*') || (len == n && !memcmp(list, origin, n)))
			return true;
	}
	return false;
}

/* A page of our own, such as the documentation. */
static bool is_same_origin(const struct http_request *http, const char *origin)
{
	const char *host = http_header(http, "host"), *name = strstr(origin, "://");

	return host && name && !strcmp(name + 3, host) &&
	       (!strncmp(origin, "http://", 7) || !strncmp(origin, "https://", 8));
}

bool reply_cors(const struct config *config, const struct http_request *http, struct buf *headers)
{
	const char *origin = http_header(http, "origin");

	if (!origin || is_same_origin(http, origin))
		return true;
	if (!origin_allowed(config->allowed_origins, origin))
		return false;
	buf_addf(headers,
		 "Access-Control-Allow-Origin: %s\r\nAccess-Control-Allow-Credentials: true\r\n"
		 "Access-Control-Expose-Headers: ETag, Location, X-Request-Id\r\nVary: Origin\r\n",
		 origin);
	return true;
}

static void add_common(struct buf *out, struct server *server, int status, const char *reason,
		       uint64_t number, bool keep, int minor)
{
	buf_addf(out, "HTTP/1.1 %d %s\r\nX-Request-Id: %s-%08llx\r\n", status, reason,
		 server->request_prefix, (unsigned long long)number);
	add_date(out, server);
	if (!keep)
		buf_adds(out, "Connection: close\r\n");
	else if (!minor)
		buf_adds(out, "Connection: keep-alive\r\n");
}

static size_t body_length(struct request *req)
{
	struct stat st;

	if (req->reply.fd >= 0)
		return fstat(req->reply.fd, &st) ? 0 : (size_t)st.st_size;
	return req->body ? req->body->len : req->reply.body.len;
}

static bool has_header(const struct buf *headers, const char *name)
{
	return headers->data && strcasestr(headers->data, name);
}

bool reply_wants_xml(const struct http_request *http)
{
	return mime_accept(http_header(http, "accept")) == MIME_XML;
}

/* What the body is, as the operation table says it; the lists of our own are not in there. */
static const char *model_of(const struct request *req)
{
	static const struct {
		const char *segment, *model;
	} own[] = {
		{"bridges", "BridgeSpeakers"},
		{"playbacks", "List[Playback]"},
		{"recordings", "List[LiveRecording]"},
		{"sessions", "List[Session]"},
	};
	size_t i;

	if (req->reply.status >= 400)
		return "Error";
	if (req->route.op)
		return req->route.op->result;
	for (i = 0; req->segments.n && i < sizeof(own) / sizeof(own[0]); i++) {
		if (!strcmp(req->segments.segment[0], own[i].segment))
			return own[i].model;
	}
	return NULL;
}

static bool to_xml(struct request *req, const char *json, size_t len, struct buf *out)
{
	struct xml_names names;
	struct xml_error err;

	xml_names_of_model(&names, model_of(req));
	if (!xml_write(out, json, len, &names, req->config->pretty ? XML_PRETTY : 0, &err))
		return true;
	server_log(req->server, HOST_WARNING, "an answer cannot be XML: %s", err.text);
	return false;
}

void reply_convert(struct request *req)
{
	struct host_reply *reply = &req->reply;
	bool xml = req->session ? req->xml : reply_wants_xml(&req->http);
	bool pretty = req->config->pretty && !req->session;
	const char *json = req->body ? req->body->data : reply->body.data;
	size_t len = req->body ? req->body->len : reply->body.len;
	struct buf out = {0};

	if ((!xml && !pretty) || !len || reply->fd >= 0 || reply->content_type)
		return;
	if (xml && to_xml(req, json, len, &out))
		reply->content_type = mime_type(MIME_XML);
	else if (!xml)
		pretty_json(json, len, &out);
	if (out.failed || !out.len) {
		buf_free(&out);
		return;
	}
	bytes_unref(req->body);
	req->body = NULL;
	buf_free(&reply->body);
	reply->body = out;
}

void reply_write(struct request *req, struct conn *conn)
{
	struct host_reply *reply = &req->reply;
	struct buf *out = conn_out(conn);
	size_t len;

	reply_convert(req);
	len = body_length(req);
	if (!req->http.keep_alive || req->server->ending)
		conn->close_after = true;
	add_common(out, req->server, reply->status,
		   *reply->reason ? reply->reason : status_text(reply->status), req->number,
		   !conn->close_after, req->http.minor);
	if (!has_header(&reply->headers, "cache-control:"))
		buf_adds(out, "Cache-Control: no-cache, no-store\r\n");
	reply_cors(req->config, &req->http, out);
	if (reply->headers.len)
		buf_add(out, reply->headers.data, reply->headers.len);
	if (len && !has_header(&reply->headers, "content-type:"))
		buf_addf(out, "Content-Type: %s\r\n",
			 reply->content_type ? reply->content_type : "application/json");
	if (reply->status != 204 && reply->status != 304)
		buf_addf(out, "Content-Length: %zu\r\n", len);
	buf_adds(out, "\r\n");
	if (!len || req->http.method == HTTP_HEAD || reply->status == 204 || reply->status == 304)
		return;
	if (reply->fd >= 0) {
		conn->out_fd = reply->fd;
		reply->fd = -1;
	} else if (req->body && len > COPY_MAX) {
		conn->out_body = bytes_ref(req->body);
	} else {
		buf_add(out, req->body ? req->body->data : reply->body.data, len);
	}
}

void reply_refuse(struct conn *conn, int status, const char *why)
{
	struct server *server = conn->server;
	struct buf body = {0}, *out = conn_out(conn);

	conn->close_after = true;
	buf_adds(&body, "{\"message\":");
	buf_add_json(&body, why, strlen(why));
	buf_addf(&body, ",\"code\":%d,\"request_id\":\"%s-%08llx\"}", status, server->request_prefix,
		 (unsigned long long)++server->next_request);
	add_common(out, server, status, status_text(status), server->next_request, false, 1);
	buf_addf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
		 body.len);
	buf_add(out, body.data, body.len);
	buf_free(&body);
}
