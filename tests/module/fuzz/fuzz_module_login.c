/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* Authorization headers, filters, scopes: nothing that a stranger sends is admitted. And events:
 * what is cut out of JSON leaves JSON. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ari/json.h"
#include "../../../module/core/auth.h"
#include "../../../module/core/cut.h"
#include "../../../module/core/filter.h"

static const char conf[] = "[general]\ninner_user=i\ninner_password=p\nauth_digest=yes\n"
			   "[a]\npassword=Zr8kQ2vN51xTfLw0\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void cut_text(const char *text, size_t size)
{
	static const struct host_ops ops;
	static const struct user nobody;
	static struct store *store;
	struct ari_error err;
	struct buf out = {0};

	if (!store)
		store = store_new(&ops, NULL);
	if (ari_json_check(text, size, &err))
		return;
	if (cut_event(&nobody, store, text, size, &out) && ari_json_check(out.data, out.len, &err))
		abort();
	buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config *config;
	static struct auth *auth;
	struct filter filter = {.n = 0};
	struct http_request req = {.n_headers = 1};
	struct ini_error err;
	struct event_keys keys;
	struct auth_try try;
	const char *why;
	char *text;

	if (!config) {
		config = config_new();
		auth = auth_new();
		if (config_read_http(config, "f", conf, sizeof(conf) - 1, &err))
			abort();
		config->max_failures = 1000000000;
	}
	text = malloc(size + 1);
	memcpy(text, data, size);
	text[size] = '\0';
	req.header[0].name = "authorization";
	req.header[0].value = text;
	if (auth_check(auth, config, &req, "/x", NULL, "p", 1000, &try) == AUTH_OK)
		abort();
	event_keys_read(&keys, text, size);
	if (!filter_parse(&filter, text, &why))
		filter_pass(&filter, &keys);
	filter_free(&filter);
	cut_text(text, size);
	free(text);
	return 0;
}
