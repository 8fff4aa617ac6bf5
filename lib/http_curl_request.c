/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * One request's settings: what is sent, the limits of what may come back, whom to trust, and the
 * callbacks that take the reply in. Redirects are never followed, so credentials go to no other
 * host.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http_curl.h"

#define IDLE_MAX_S 10		/* Asterisk closes idle connections after 15 s (main/http.c) */
#define READ_SIZE  (100L << 10) /* libcurl's 16 KiB is 20 reads and 20 polls for a long list */

static size_t write_out(struct arip_transfer *transfer, const char *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		struct pollfd wait = {.fd = transfer->fd, .events = POLLOUT};
		ssize_t n = write(transfer->fd, bytes + done, len - done);

		if (n >= 0) {
			done += (size_t)n;
		} else if (errno == EAGAIN) {
			poll(&wait, 1, -1);
		} else if (errno != EINTR) {
			transfer->fd_errno = errno;
			return 0;
		}
	}
	return len;
}

/* Room for LEN bytes more and a NUL: at first for all that the server has promised, where that is
 * within the limit. */
static bool make_room(struct arip_transfer *transfer, size_t len)
{
	struct arip_http_reply *reply = &transfer->reply;
	size_t need = reply->len + len + 1;
	curl_off_t promised = 0;
	char *body;

	if (need <= transfer->room)
		return true;
	need += transfer->room ? need / 2 : 0;
	if (!transfer->room)
		transfer->http->curl->easy_getinfo(transfer->easy,
						   CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &promised);
	if (promised > (curl_off_t)len &&
	    (size_t)promised <= transfer->http->options.settings->max_reply)
		need = (size_t)promised + 1;
	body = realloc(reply->body, need);
	if (!body)
		return false;
	reply->body = body;
	transfer->room = need;
	return true;
}

static size_t keep(struct arip_transfer *transfer, const char *bytes, size_t len)
{
	struct arip_http_reply *reply = &transfer->reply;

	if (len > transfer->http->options.settings->max_reply - reply->len) {
		transfer->too_large = true;
		return 0;
	}
	if (!make_room(transfer, len)) {
		transfer->no_memory = true;
		return 0;
	}
	memcpy(reply->body + reply->len, bytes, len);
	reply->len += len;
	reply->body[reply->len] = '\0';
	return len;
}

static size_t on_write(char *bytes, size_t one, size_t len, void *data)
{
	struct arip_transfer *transfer = data;
	long status = 0;

	(void)one;
	transfer->reply.received += len;
	transfer->http->curl->easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	if (transfer->fd >= 0 && status / 100 == 2)
		return write_out(transfer, bytes, len);
	return keep(transfer, bytes, len);
}

static size_t on_header(char *bytes, size_t one, size_t len, void *data)
{
	struct arip_transfer *transfer = data;

	(void)one;
	transfer->head_bytes += len;
	if (len >= 5 && !memcmp(bytes, "HTTP/", 5))
		transfer->head_whole = false;
	else if ((len == 2 && !memcmp(bytes, "\r\n", 2)) || (len == 1 && *bytes == '\n'))
		transfer->head_whole = true;
	return transfer->head_bytes > ARIP_HEAD_MAX ? 0 : len;
}

/* libcurl repeats a request when a reused connection dies before the first byte of the reply: count
 * it, and stop it where the request must not be carried out twice. */
static int on_send(void *data, char *to, char *from, int to_port, int from_port)
{
	struct arip_transfer *transfer = data;

	(void)to;
	(void)from;
	(void)to_port;
	(void)from_port;
	transfer->sent++;
	return transfer->sent > transfer->sent_max ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static void set(struct arip_transfer *transfer, CURLoption option, long value)
{
	transfer->http->curl->easy_setopt(transfer->easy, option, value);
}

static void set_text(struct arip_transfer *transfer, CURLoption option, const char *value)
{
	transfer->http->curl->easy_setopt(transfer->easy, option, value);
}

static void set_callbacks(struct arip_transfer *transfer)
{
	CURL *easy = transfer->easy;

	transfer->http->curl->easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	transfer->http->curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->message);
	transfer->http->curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
	transfer->http->curl->easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	transfer->http->curl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	transfer->http->curl->easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
	transfer->http->curl->easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
	transfer->http->curl->easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
}

/* A list without allocation: libcurl only reads it. */
static void set_headers(struct arip_transfer *transfer, bool body)
{
	static const char *const lines[][3] = {
		{"Accept: application/json", "Expect:", "Content-Type:"},
		{"Accept: application/json", "Expect:", "Content-Type: application/json"},
	};

	for (size_t i = 0; i < 3; i++) {
		transfer->headers[i].data = (char *)lines[body][i];
		transfer->headers[i].next = i < 2 ? &transfer->headers[i + 1] : NULL;
	}
	if (transfer->fd >= 0)
		transfer->headers[0].data = (char *)"Accept: */*";
	transfer->http->curl->easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
}

static void set_request(struct arip_transfer *transfer, const struct arip_http_request *request)
{
	bool post = !strcmp(request->method, "POST") || !strcmp(request->method, "PUT");

	set_text(transfer, CURLOPT_URL, request->url);
	if (post || request->body) {
		set_text(transfer, CURLOPT_POSTFIELDS, request->body ? request->body : "");
		set(transfer, CURLOPT_POSTFIELDSIZE, (long)request->body_len);
	}
	set_text(transfer, CURLOPT_CUSTOMREQUEST, request->method);
	set_headers(transfer, request->body != NULL);
	set(transfer, CURLOPT_FRESH_CONNECT, request->once);
	transfer->sent_max = request->once ? 1 : 2;
}

static void set_limits(struct arip_transfer *transfer, const struct arip_settings *settings)
{
	set_text(transfer, CURLOPT_PROTOCOLS_STR, "http,https");
	set(transfer, CURLOPT_FOLLOWLOCATION, 0);
	set_text(transfer, CURLOPT_PROXY, ""); /* that of the environment would see the password */
	set(transfer, CURLOPT_NOSIGNAL, 1);
	set(transfer, CURLOPT_QUICK_EXIT, 1); /* do not wait for a resolver past the deadline */
	set(transfer, CURLOPT_TCP_KEEPALIVE, 1);
	set(transfer, CURLOPT_MAXAGE_CONN, IDLE_MAX_S);
	set(transfer, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	set(transfer, CURLOPT_BUFFERSIZE, READ_SIZE);
	set(transfer, CURLOPT_CONNECTTIMEOUT_MS, (long)transfer->connect_ms);
	set(transfer, CURLOPT_TIMEOUT_MS, (long)transfer->timeout_ms);
	if (transfer->fd < 0) {
		transfer->http->curl->easy_setopt(transfer->easy, CURLOPT_MAXFILESIZE_LARGE,
						  (curl_off_t)settings->max_reply);
	} else { /* a long recording may take its time, but not stand still */
		set(transfer, CURLOPT_LOW_SPEED_LIMIT, 1);
		set(transfer, CURLOPT_LOW_SPEED_TIME, (long)(settings->timeout_ms + 999) / 1000);
	}
}

static void set_trust(struct arip_transfer *transfer)
{
	const struct arip_http_options *options = &transfer->http->options;

	if (options->settings->ca_file)
		set_text(transfer, CURLOPT_CAINFO, options->settings->ca_file);
	set(transfer, CURLOPT_SSL_VERIFYPEER, !options->settings->insecure);
	set(transfer, CURLOPT_SSL_VERIFYHOST, options->settings->insecure ? 0 : 2);
	if (!options->user)
		return;
	transfer->digest = transfer->http->digest;
	if (transfer->digest)
		transfer->sent_max *= 2; /* the first one only fetches the challenge */
	set_text(transfer, CURLOPT_USERNAME, options->user);
	set_text(transfer, CURLOPT_PASSWORD, options->password);
	set(transfer, CURLOPT_HTTPAUTH,
	    (long)(transfer->digest ? CURLAUTH_DIGEST : CURLAUTH_BASIC));
}

void arip_transfer_prepare(struct arip_transfer *transfer, const struct arip_http_request *request)
{
	set_callbacks(transfer);
	set_request(transfer, request);
	set_limits(transfer, transfer->http->options.settings);
	set_trust(transfer);
}
