/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The inner user: whoever of ari.conf the module is for ast_ari_invoke(). It is tried before the
 * module serves anybody, and at each reload; if Asterisk refuses it later, clients are told that
 * the service is not there (503), and the log why, once.
 *
 * Workers read the header without a lock: one that is replaced by another lives on until the
 * module ends.
 */
#include "asterisk.h"

#include "asterisk/config.h"
#include "asterisk/json.h"
#include "asterisk/logger.h"
#include "asterisk/utils.h"
#include "../core/hash.h"
#include "asterisk_host.h"
#include "compat.h"

struct inner {
	struct inner *older;
	char header[];		/* "Basic ..." */
};

static struct inner *make(const struct config *config)
{
	char plain[256];
	struct inner *inner;
	int n;

	n = snprintf(plain, sizeof(plain), "%s:%s", config->inner_user, config->inner_password);
	if (n < 0 || n >= (int) sizeof(plain)) {
		ast_log(LOG_ERROR, "stasis-http.conf: inner_user and inner_password are too long "
			"together\n");
		return NULL;
	}
	inner = ast_calloc(1, sizeof(*inner) + 8 + 4 * ((n + 2) / 3));
	if (inner) {
		memcpy(inner->header, "Basic ", 6);
		base64_encode(plain, n, inner->header + 6);
	}
	explicit_bzero(plain, sizeof(plain));
	return inner;
}

/* The status of an operation that changes nothing and is no mere read. */
static int probe(const struct inner *inner)
{
	struct ast_variable *headers = ast_variable_new("Authorization", inner->header, "");
	struct ast_ari_response response = { .fd = -1, .headers = ast_str_create(64) };
	int status = 500;

	if (headers && response.headers) {
		compat_invoke("channels/none-of-stasis-http", AST_HTTP_DELETE, NULL, headers,
			ast_json_null(), &response);
		status = response.response_code;
	}
	ast_json_unref(response.message);
	ast_free(response.headers);
	ast_variables_destroy(headers);
	return status;
}

/* What is wrong with USER in FILE; NULL: nothing that could be seen. */
static const char *fault_in(struct ast_config *file, const char *user)
{
	const char *format = ast_variable_retrieve(file, user, "password_format");
	const char *read_only = ast_variable_retrieve(file, user, "read_only");

	if (format && strcasecmp(format, "plain")) {
		return "its password in ari.conf is a hash, to be computed for every request: expected "
			"password_format = plain";
	}
	return read_only && ast_true(read_only) ? "it is read_only in ari.conf" : NULL;
}

static const char *fault_found(const char *user, int status)
{
	struct ast_flags flags = { 0 };
	struct ast_config *file = ast_config_load2("ari.conf", "res_stasis_http", flags);
	const char *fault = NULL;

	if (!file || file == CONFIG_STATUS_FILEINVALID) {
		fault = "ari.conf cannot be read";
	} else if (ast_variable_browse(file, user)) {
		fault = fault_in(file, user);
	} else if (status == 401) {
		/* Else it is known from elsewhere. */
		fault = "ari.conf has no such user";
	}
	if (file && file != CONFIG_STATUS_FILEINVALID) {
		ast_config_destroy(file);
	}
	if (!fault && status == 401) {
		fault = "inner_password is not its password in ari.conf, or res_ari has not read that "
			"file since it changed";
	}
	return fault ? fault : status == 403 ? "it is read_only in ari.conf" : NULL;
}

struct inner *inner_new(const struct config *config)
{
	struct inner *inner = make(config);
	const char *fault;

	if (!inner || !compat_invoke_checks_user()) {
		return inner;
	}
	fault = fault_found(config->inner_user, probe(inner));
	if (!fault) {
		return inner;
	}
	ast_log(LOG_ERROR, "stasis-http.conf: inner_user '%s' cannot be used: %s\n",
		config->inner_user, fault);
	ast_free(inner);
	return NULL;
}

void inner_take(struct asterisk_host *host, struct inner *inner)
{
	if (host->inner && !strcmp(host->inner->header, inner->header)) {
		ast_free(inner);
		return;
	}
	inner->older = host->inner;
	__atomic_store_n(&host->inner, inner, __ATOMIC_RELEASE);
}

const char *inner_header(const struct asterisk_host *host)
{
	return __atomic_load_n(&host->inner, __ATOMIC_ACQUIRE)->header;
}

void inner_free(struct inner *inner)
{
	struct inner *older;

	for (; inner; inner = older) {
		older = inner->older;
		ast_free(inner);
	}
}

static int is_refused(const struct ast_ari_response *response)
{
	const char *message;

	if (response->response_code == 401) {
		return 1;
	}
	if (response->response_code != 403 || !response->message) {
		return 0;
	}
	/* As opposed to what a handler itself forbids. */
	message = ast_json_string_get(ast_json_object_get(response->message, "message"));
	return message && !strcmp(message, "Write access denied");
}

int inner_was_refused(struct asterisk_host *host, const struct ast_ari_response *response)
{
	int refused;

	if (!compat_invoke_checks_user()) {
		return 0;
	}
	refused = is_refused(response);
	if (refused == __atomic_load_n(&host->inner_refused, __ATOMIC_RELAXED) ||
		refused == __atomic_exchange_n(&host->inner_refused, refused, __ATOMIC_RELAXED)) {
		return refused;
	}
	if (refused) {
		ast_log(LOG_ERROR, "Asterisk refuses the inner user of stasis-http.conf: ari.conf was "
			"changed; clients get 503 until both fit and are reloaded\n");
	} else {
		ast_log(LOG_NOTICE, "Asterisk takes the inner user of stasis-http.conf again\n");
	}
	return refused;
}
