/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Loading libwebsockets on first use: 10 libraries and 2 ms that a command without events does not
 * pay.
 */
#include "ws_lws_load.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "dlopen_note.h"
#include "error.h"

#define SONAME "libwebsockets.so.17"

ARIP_DLOPEN_NOTE("events", "The event stream of the server", SONAME);

#define SYMBOL(member, name)                                                                       \
	{                                                                                          \
#name, offsetof(struct arip_lws, member)                                            \
	}

static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
	SYMBOL(set_log_level, lws_set_log_level),
	SYMBOL(create_context, lws_create_context),
	SYMBOL(context_destroy, lws_context_destroy),
	SYMBOL(connect, lws_client_connect_via_info),
	SYMBOL(service, lws_service),
	SYMBOL(socket_fd, lws_get_socket_fd),
	SYMBOL(user, lws_wsi_user),
	SYMBOL(write, lws_write),
	SYMBOL(partial, lws_partial_buffered),
	SYMBOL(read, lws_http_client_read),
	SYMBOL(status, lws_http_client_http_response),
	SYMBOL(header, lws_hdr_copy),
	SYMBOL(base64, lws_b64_encode_string),
	SYMBOL(sha1, lws_SHA1),
	SYMBOL(cert_error, X509_STORE_CTX_get_error),
	SYMBOL(set_cert_error, X509_STORE_CTX_set_error),
	SYMBOL(cert_text, X509_verify_cert_error_string),
};

/* Written once, under the guard; constant from then on. */
static pthread_once_t load_once = PTHREAD_ONCE_INIT;
static struct arip_lws loaded;
static char load_failure[256];

/* It stays loaded: libwebsockets and OpenSSL keep state that unloading would pull away. */
static void load(void)
{
	void *handle = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!handle) {
		snprintf(load_failure, sizeof(load_failure), "%s (Debian: package libwebsockets17)",
			 dlerror());
		return;
	}
	for (size_t i = 0; i < sizeof(symbols) / sizeof(*symbols); i++) {
		void *symbol = dlsym(handle, symbols[i].name);

		if (!symbol) {
			snprintf(load_failure, sizeof(load_failure), "%s", dlerror());
			return;
		}
		memcpy((char *)&loaded + symbols[i].offset, &symbol, sizeof(symbol));
	}
	loaded.set_log_level(0, NULL);
}

int arip_lws_load(struct ari_error *err)
{
	pthread_once(&load_once, load);
	if (!load_failure[0])
		return 0;
	return arip_error_set(err, ARI_ESYSTEM, "events cannot be received: %s", load_failure);
}

const struct arip_lws *arip_lws(void)
{
	return &loaded;
}
