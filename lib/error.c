/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Filling the caller's struct ari_error. The text is made safe for a terminal here and nowhere
 * else, because it may quote what a server or a user sent.
 */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

void ari_error_clear(struct ari_error *err)
{
	if (err)
		memset(err, 0, sizeof(*err));
}

const char *ari_code_name(enum ari_code code)
{
	static const char *const names[] = {
		[ARI_OK] = "ok",
		[ARI_EARGUMENT] = "bad argument",
		[ARI_ECONFIG] = "bad configuration",
		[ARI_EREJECTED] = "rejected",
		[ARI_EREFUSED] = "refused",
		[ARI_ENOTFOUND] = "not found",
		[ARI_ECONFLICT] = "conflict",
		[ARI_ECONNECT] = "cannot connect",
		[ARI_ETIMEOUT] = "timed out",
		[ARI_ESERVER] = "server error",
		[ARI_EPROTOCOL] = "protocol error",
		[ARI_ECANCELLED] = "cancelled",
		[ARI_EGAP] = "events lost",
		[ARI_ESYSTEM] = "system error",
	};

	if ((unsigned)code >= sizeof(names) / sizeof(names[0]))
		return "unknown error";
	return names[code];
}

enum ari_code arip_code_of_status(int status)
{
	switch (status) {
	case 401:
	case 403:
		return ARI_EREFUSED;
	case 404:
		return ARI_ENOTFOUND;
	case 409:
	case 412:
	case 422:
		return ARI_ECONFLICT;
	}
	if (status >= 500 && status <= 599)
		return ARI_ESERVER;
	if (status >= 400 && status <= 499)
		return ARI_EREJECTED;
	return ARI_EPROTOCOL;
}

void arip_text_safe(char *buf, size_t size, const char *text, size_t len)
{
	size_t used = 0;

	if (!size)
		return;
	while (len) {
		uint32_t code;
		size_t n = arip_utf8_next(text, len, &code);
		bool keep = n && !arip_utf8_unsafe(code);

		if (used + (keep ? n : 1) >= size)
			break;
		if (keep)
			memcpy(buf + used, text, n);
		else
			buf[used] = n && (code == '\n' || code == '\t') ? ' ' : '?';
		used += keep ? n : 1;
		text += n ? n : 1;
		len -= n ? n : 1;
	}
	buf[used] = '\0';
}

int arip_error_set(struct ari_error *err, enum ari_code code, const char *fmt, ...)
{
	char text[2 * sizeof(err->text)];
	va_list ap;

	if (!err || err->code != ARI_OK)
		return -1;
	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	err->code = code;
	arip_text_safe(err->text, sizeof(err->text), text, strlen(text));
	return -1;
}

int arip_error_memory(struct ari_error *err)
{
	return arip_error_set(err, ARI_ESYSTEM, "out of memory");
}
