/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See compat.h: ast_ari_invoke() as it was up to 20.14, 21.9 and 22.4. It checks nobody. */
#include "asterisk.h"

#include "asterisk/ast_version.h"
#include "compat.h"

int compat_invoke_checks_user(void)
{
	return 0;
}

int compat_check_version(void)
{
	int major = 0, minor = 0;

	if (sscanf(ast_get_version(), "%d.%d", &major, &minor) != 2) {
		return 0;
	}
	return major > 22 || (major == 22 && minor >= 5) || (major == 21 && minor >= 10) ||
		(major == 20 && minor >= 15);
}

void compat_invoke(const char *path, enum ast_http_method method, struct ast_variable *params,
	struct ast_variable *headers, struct ast_json *body, struct ast_ari_response *response)
{
	ast_ari_invoke(NULL, path, method, params, headers, body, response);
}
