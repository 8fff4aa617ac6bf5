/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See compat.h: ast_ari_invoke() since 20.15, 21.10, 22.5 and 23. It checks a user of ari.conf. */
#include "asterisk.h"

#include "asterisk/ast_version.h"
#include "compat.h"

int compat_invoke_checks_user(void)
{
	return 1;
}

int compat_check_version(void)
{
	int major = 0, minor = 0;

	if (sscanf(ast_get_version(), "%d.%d", &major, &minor) != 2) {
		return 0;
	}
	return major < 20 || (major == 20 && minor < 15) || (major == 21 && minor < 10) ||
		(major == 22 && minor < 5);
}

void compat_invoke(const char *path, enum ast_http_method method, struct ast_variable *params,
	struct ast_variable *headers, struct ast_json *body, struct ast_ari_response *response)
{
	/* As from a WebSocket: there is no connection of Asterisk's own to answer on. */
	ast_ari_invoke(NULL, ARI_INVOKE_SOURCE_WEBSOCKET, NULL, path, method, params, headers, body,
		response);
}
