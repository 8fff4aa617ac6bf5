/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * libwebsockets as it is loaded on first use: its functions, for ws_lws.c alone.
 */
#ifndef ARIP_WS_LWS_LOAD_H
#define ARIP_WS_LWS_LOAD_H

#include <libwebsockets.h>

#include "ari/error.h"

/* What is used of libwebsockets, with the types of its own header; and of libcrypto, which it
 * brings along. */
struct arip_lws {
	typeof(&lws_set_log_level) set_log_level;
	typeof(&lws_create_context) create_context;
	typeof(&lws_context_destroy) context_destroy;
	typeof(&lws_client_connect_via_info) connect;
	typeof(&lws_service) service;
	typeof(&lws_get_socket_fd) socket_fd;
	typeof(&lws_wsi_user) user;
	typeof(&lws_write) write;
	typeof(&lws_partial_buffered) partial;
	typeof(&lws_http_client_read) read;
	typeof(&lws_http_client_http_response) status;
	typeof(&lws_hdr_copy) header;
	typeof(&lws_b64_encode_string) base64;
	typeof(&lws_SHA1) sha1;
	int (*cert_error)(void *store);
	void (*set_cert_error)(void *store, int error);
	const char *(*cert_text)(long error);
};

/** Load it on the first call. 0, or -1 with ERR when that is not possible. */
int arip_lws_load(struct ari_error *err);

/** Its functions, constant from the first successful arip_lws_load on. */
const struct arip_lws *arip_lws(void);

#endif
