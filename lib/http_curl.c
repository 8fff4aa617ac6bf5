/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Transfers: one multi handle of libcurl per transport, driven by the loop through libcurl's socket
 * and timer callbacks. Callers are called back only from the loop, never from inside libcurl, and
 * may start, cancel and free whatever they like. A transfer owns its easy handle and its reply.
 */
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "http_curl.h"

/* Asterisk closes the 101st connection without a word (http.conf: sessionlimit, 100); more requests
 * than this wait for their turn. */
#define CONNECTIONS_MAX 32L

static void drain(struct arip_http *http);

static void on_timer(struct ari_loop *loop, void *data)
{
	struct arip_http *http = data;
	int running;

	(void)loop;
	http->timer = NULL;
	http->curl->multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	drain(http);
}

/* No memory for a timer or a socket of libcurl's: nothing would ever wake its transfers, so they
 * end. The old timer goes last: started by a caller, it is what ends the others. */
static int cannot_watch(struct arip_http *http)
{
	http->broken = true;
	return -1;
}

static int on_timer_change(CURLM *multi, long ms, void *data)
{
	struct arip_http *http = data;
	struct ari_timer *timer = NULL;

	(void)multi;
	if (ms >= 0 && !http->freed) {
		timer = ari_loop_add_timer(http->options.loop, (uint64_t)ms, on_timer, http, NULL);
		if (!timer)
			return cannot_watch(http);
	}
	ari_timer_cancel(http->timer);
	http->timer = timer;
	return 0;
}

static void on_socket(struct ari_loop *loop, int fd, unsigned events, void *data)
{
	struct arip_http *http = data;
	int action = (events & ARI_LOOP_READ ? CURL_CSELECT_IN : 0) |
		     (events & ARI_LOOP_WRITE ? CURL_CSELECT_OUT : 0);
	int running;

	(void)loop;
	http->curl->multi_socket_action(http->multi, fd, action ? action : CURL_CSELECT_ERR,
					&running);
	drain(http);
}

static int on_socket_change(CURL *easy, curl_socket_t fd, int what, void *data, void *fd_data)
{
	struct arip_http *http = data;
	struct ari_source *source = fd_data;
	unsigned events = (what & CURL_POLL_IN ? ARI_LOOP_READ : 0) |
			  (what & CURL_POLL_OUT ? ARI_LOOP_WRITE : 0);

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		ari_source_remove(source);
		http->curl->multi_assign(http->multi, fd, NULL);
		return 0;
	}
	if (source)
		return ari_source_set(source, events, NULL) ? cannot_watch(http) : 0;
	source = ari_loop_add_fd(http->options.loop, fd, events, on_socket, http, NULL);
	if (!source)
		return cannot_watch(http);
	http->curl->multi_assign(http->multi, fd, source);
	return 0;
}

static int open_multi(struct arip_http *http, struct ari_error *err)
{
	if (http->multi)
		return 0;
	http->curl = arip_curl_load(err);
	if (!http->curl)
		return -1;
	http->multi = http->curl->multi_init();
	if (!http->multi)
		return arip_error_memory(err);
	http->curl->multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS, CONNECTIONS_MAX);
	http->curl->multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_MAX);
	http->curl->multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket_change);
	http->curl->multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	http->curl->multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer_change);
	http->curl->multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	return 0;
}

struct arip_http *arip_http_new(const struct arip_http_options *options, struct ari_error *err)
{
	struct arip_http *http = calloc(1, sizeof(*http));

	if (http)
		http->options = *options;
	else
		arip_error_memory(err);
	return http;
}

static void transfer_free(struct arip_transfer *transfer)
{
	if (transfer->link) {
		*transfer->link = transfer->next;
		if (transfer->next)
			transfer->next->link = transfer->link;
	}
	if (transfer->easy) {
		transfer->http->curl->multi_remove_handle(transfer->http->multi, transfer->easy);
		transfer->http->curl->easy_cleanup(transfer->easy);
	}
	free(transfer->reply.body);
	free(transfer);
}

void arip_http_cancel(struct arip_transfer *transfer)
{
	if (transfer)
		transfer_free(transfer);
}

void arip_http_free(struct arip_http *http)
{
	if (!http)
		return;
	while (http->transfers)
		transfer_free(http->transfers);
	http->freed = true;
	if (http->depth)
		return;
	if (http->multi)
		http->curl->multi_cleanup(http->multi);
	ari_timer_cancel(http->timer);
	free(http);
}

static int add(struct arip_transfer *transfer, struct ari_error *err)
{
	CURLMcode code =
		transfer->http->curl->multi_add_handle(transfer->http->multi, transfer->easy);

	if (code == CURLM_OK)
		return 0;
	return arip_error_set(err, ARI_ESYSTEM, "libcurl cannot start a request (%d)", code);
}

struct arip_transfer *arip_http_start(struct arip_http *http,
				      const struct arip_http_request *request, arip_http_fn *fn,
				      void *data, struct ari_error *err)
{
	struct arip_transfer *transfer;

	if (open_multi(http, err))
		return NULL;
	if (!http->transfers)
		http->broken = false;
	transfer = calloc(1, sizeof(*transfer));
	if (!transfer) {
		arip_error_memory(err);
		return NULL;
	}
	transfer->http = http;
	transfer->fd = request->fd;
	transfer->timeout_ms = request->timeout_ms;
	transfer->told_ms = request->told_ms ? request->told_ms : request->timeout_ms;
	transfer->connect_ms = http->options.settings->connect_timeout_ms;
	if (request->timeout_ms && request->timeout_ms < transfer->connect_ms)
		transfer->connect_ms = request->timeout_ms;
	transfer->fn = fn;
	transfer->data = data;
	transfer->easy = http->curl->easy_init();
	if (!transfer->easy) {
		arip_error_memory(err);
		transfer_free(transfer);
		return NULL;
	}
	arip_transfer_prepare(transfer, request);
	if (add(transfer, err)) {
		transfer_free(transfer);
		return NULL;
	}
	transfer->next = http->transfers;
	transfer->link = &http->transfers;
	if (transfer->next)
		transfer->next->link = &transfer->next;
	http->transfers = transfer;
	return transfer;
}

long arip_transfer_info(const struct arip_transfer *transfer, CURLINFO what)
{
	long value = 0;

	transfer->http->curl->easy_getinfo(transfer->easy, what, &value);
	return value;
}

long arip_transfer_ms(const struct arip_transfer *transfer, CURLINFO what)
{
	curl_off_t us = 0;

	transfer->http->curl->easy_getinfo(transfer->easy, what, &us);
	return (long)((us + 999) / 1000);
}

static void info_text(const struct arip_transfer *transfer, CURLINFO what, char *buf, size_t size)
{
	const char *text = NULL;

	transfer->http->curl->easy_getinfo(transfer->easy, what, &text);
	arip_text_safe(buf, size, text ? text : "", text ? strlen(text) : 0);
}

/* A server that wants Digest alone has not carried the request out: ask once more, its way. */
static bool retry_digest(struct arip_transfer *transfer)
{
	struct arip_http *http = transfer->http;
	long offered = arip_transfer_info(transfer, CURLINFO_HTTPAUTH_AVAIL);

	if (transfer->reply.status != 401 || transfer->digest || !http->options.user ||
	    !(offered & CURLAUTH_DIGEST) || (offered & CURLAUTH_BASIC))
		return false;
	http->curl->multi_remove_handle(http->multi, transfer->easy);
	http->digest = true;
	transfer->digest = true;
	transfer->sent = 0;
	transfer->sent_max *= 2;
	transfer->head_bytes = 0;
	transfer->reply.len = 0;
	transfer->reply.received = 0;
	http->curl->easy_setopt(transfer->easy, CURLOPT_HTTPAUTH, CURLAUTH_DIGEST);
	return !add(transfer, NULL);
}

static void fill_reply(struct arip_transfer *transfer)
{
	struct arip_http_reply *reply = &transfer->reply;

	reply->status = (int)arip_transfer_info(transfer, CURLINFO_RESPONSE_CODE);
	reply->elapsed_ms = arip_transfer_ms(transfer, CURLINFO_TOTAL_TIME_T);
	reply->repeated = transfer->sent > (transfer->digest ? 2 : 1);
	info_text(transfer, CURLINFO_CONTENT_TYPE, reply->type, sizeof(reply->type));
	info_text(transfer, CURLINFO_REDIRECT_URL, reply->location, sizeof(reply->location));
	reply->type[strcspn(reply->type, "; ")] = '\0';
}

static void finish(struct arip_transfer *transfer, CURLcode code)
{
	struct ari_error err = {.code = ARI_OK};
	struct arip_http_reply *reply = &transfer->reply;

	fill_reply(transfer);
	if (code == CURLE_OK && retry_digest(transfer))
		return;
	if (code == CURLE_OK && !reply->body && !(reply->body = calloc(1, 1)))
		code = CURLE_OUT_OF_MEMORY;
	if (code == CURLE_OK &&
	    !transfer->head_whole) /* libcurl takes half a head for a whole one */
		code = CURLE_PARTIAL_FILE;
	if (code != CURLE_OK)
		arip_transfer_explain(transfer, code, &err);
	*transfer->link = transfer->next;
	if (transfer->next)
		transfer->next->link = transfer->link;
	transfer->link = NULL;
	transfer->fn(err.code ? NULL : reply, &err, transfer->data);
	transfer_free(transfer);
}

static struct arip_transfer *find_doomed(const struct arip_http *http)
{
	struct arip_transfer *transfer = http->freed ? NULL : http->transfers;

	while (transfer && !transfer->doomed)
		transfer = transfer->next;
	return transfer;
}

/* End all transfers that there are now; a callback may start others. */
static void fail_all(struct arip_http *http)
{
	struct arip_transfer *transfer;

	http->broken = false;
	for (transfer = http->transfers; transfer; transfer = transfer->next)
		transfer->doomed = true;
	while ((transfer = find_doomed(http)))
		finish(transfer, CURLE_OUT_OF_MEMORY);
}

static void drain(struct arip_http *http)
{
	CURLMsg *message;
	int left;

	http->depth++;
	if (http->broken)
		fail_all(http);
	while (!http->freed && (message = http->curl->multi_info_read(http->multi, &left))) {
		CURL *easy = message->easy_handle;
		CURLcode code = message->data.result;
		struct arip_transfer *transfer = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		http->curl->easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
		finish(transfer, code);
	}
	if (!--http->depth && http->freed)
		arip_http_free(http);
}
