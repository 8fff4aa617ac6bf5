/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What the http_curl*.c files share, and the only place where libcurl's header is included: the
 * table of its functions, and the transport and its transfers. Nothing else may include this.
 */
#ifndef ARIP_HTTP_CURL_H
#define ARIP_HTTP_CURL_H

#include <curl/curl.h>

#include "http.h"

#define ARIP_HEAD_MAX 65536 /* bytes of headers of a reply */

/* What is used of libcurl, with the types of its own header. */
struct arip_curl {
	typeof(&curl_global_init) global_init;
	typeof(&curl_easy_init) easy_init;
	typeof(&curl_easy_cleanup) easy_cleanup;
	typeof(&curl_easy_setopt) easy_setopt;
	typeof(&curl_easy_getinfo) easy_getinfo;
	typeof(&curl_easy_strerror) easy_strerror;
	typeof(&curl_multi_init) multi_init;
	typeof(&curl_multi_cleanup) multi_cleanup;
	typeof(&curl_multi_setopt) multi_setopt;
	typeof(&curl_multi_add_handle) multi_add_handle;
	typeof(&curl_multi_remove_handle) multi_remove_handle;
	typeof(&curl_multi_assign) multi_assign;
	typeof(&curl_multi_socket_action) multi_socket_action;
	typeof(&curl_multi_info_read) multi_info_read;
};

/** libcurl, loaded and started on the first call; NULL with ERR when that is not possible. */
const struct arip_curl *arip_curl_load(struct ari_error *err);

struct arip_http {
	const struct arip_curl *curl;
	struct arip_http_options options;
	CURLM *multi;
	struct ari_timer *timer;
	struct arip_transfer *transfers;
	unsigned depth; /* callbacks on the stack */
	bool freed;
	bool broken; /* a timer or a socket of libcurl's could not be watched */
	bool digest; /* the server offered Digest and no Basic */
};

struct arip_transfer {
	struct arip_http *http;
	struct arip_transfer *next;
	struct arip_transfer **link;
	CURL *easy;
	struct curl_slist headers[4];
	struct arip_http_reply reply;
	size_t room;
	size_t head_bytes;
	unsigned sent; /* times that the request went to a connection */
	unsigned sent_max;
	bool digest;
	bool too_large;
	bool no_memory; /* for the reply */
	bool doomed;
	bool head_whole;     /* the empty line that ends it has come */
	unsigned timeout_ms; /* 0: none */
	unsigned told_ms;
	unsigned connect_ms;
	int fd;
	int fd_errno;
	arip_http_fn *fn;
	void *data;
	char message[CURL_ERROR_SIZE];
};

/** Give TRANSFER's handle the request, the limits and the credentials. */
void arip_transfer_prepare(struct arip_transfer *transfer, const struct arip_http_request *request);

long arip_transfer_info(const struct arip_transfer *transfer, CURLINFO what);
long arip_transfer_ms(const struct arip_transfer *transfer, CURLINFO what);

/** What CODE means to a person. */
void arip_transfer_explain(const struct arip_transfer *transfer, CURLcode code,
			   struct ari_error *err);

#endif
