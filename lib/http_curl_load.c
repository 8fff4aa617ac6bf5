/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Loading libcurl on first use: 33 libraries and 7 ms that a command without network does not pay.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "dlopen_note.h"
#include "error.h"
#include "http_curl.h"

#define SONAME "libcurl.so.4"

#define SYMBOL(function)                                                                           \
	{                                                                                          \
		"curl_" #function, offsetof(struct arip_curl, function)                            \
	}

static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
	SYMBOL(global_init),	     SYMBOL(easy_init),		  SYMBOL(easy_cleanup),
	SYMBOL(easy_setopt),	     SYMBOL(easy_getinfo),	  SYMBOL(easy_strerror),
	SYMBOL(multi_init),	     SYMBOL(multi_cleanup),	  SYMBOL(multi_setopt),
	SYMBOL(multi_add_handle),    SYMBOL(multi_remove_handle), SYMBOL(multi_assign),
	SYMBOL(multi_socket_action), SYMBOL(multi_info_read),
};

ARIP_DLOPEN_NOTE("http", "Requests to the server", SONAME);

/* Written once, under the guard; constant from then on. */
static pthread_once_t load_once = PTHREAD_ONCE_INIT;
static struct arip_curl loaded;
static char load_failure[256];

static void load(void)
{
	void *library = dlopen(SONAME, RTLD_LAZY | RTLD_LOCAL);
	struct arip_curl api;

	for (size_t i = 0; library && i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *symbol = dlsym(library, symbols[i].name);

		if (!symbol) {
			library = NULL;
			break;
		}
		memcpy((char *)&api + symbols[i].offset, &symbol, sizeof(symbol));
	}
	if (!library) {
		const char *why = dlerror();

		arip_text_safe(load_failure, sizeof(load_failure), why ? why : "",
			       why ? strlen(why) : 0);
		return;
	}
	if (api.global_init(CURL_GLOBAL_DEFAULT)) {
		memcpy(load_failure, "it does not start", sizeof("it does not start"));
		return;
	}
	loaded = api;
}

const struct arip_curl *arip_curl_load(struct ari_error *err)
{
	pthread_once(&load_once, load);
	if (loaded.multi_init)
		return &loaded;
	arip_error_set(err, ARI_ESYSTEM, "cannot load libcurl: %s", load_failure);
	return NULL;
}
