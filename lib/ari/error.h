/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Errors of libari. A function that can fail returns 0 or -1 (or NULL) and fills
 * the caller's struct ari_error; NULL is allowed where the caller does not care.
 * The first error wins: a filled error is not overwritten. The library never
 * prints and never exits.
 */
#ifndef ARI_ERROR_H
#define ARI_ERROR_H

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

enum ari_code {
	ARI_OK = 0,
	ARI_EARGUMENT,	/* the caller's arguments are wrong; nothing was sent */
	ARI_ECONFIG,	/* options or credentials are unusable; nothing was sent */
	ARI_EREJECTED,	/* the server refused the request: 4xx not named below */
	ARI_EREFUSED,	/* 401, 403 */
	ARI_ENOTFOUND,	/* 404 */
	ARI_ECONFLICT,	/* 409, 412, 422 */
	ARI_ECONNECT,	/* name, route, port, TLS: no connection was made */
	ARI_ETIMEOUT,	/* the deadline passed */
	ARI_ESERVER,	/* 5xx */
	ARI_EPROTOCOL,	/* not an ARI server, or a reply that breaks the protocol or a limit */
	ARI_ECANCELLED, /* cancelled by the caller, or the thing waited for was stopped */
	ARI_EGAP,	/* events were lost */
	ARI_ESYSTEM,	/* out of memory, a file that cannot be written, ... */
};

struct ari_error {
	enum ari_code code;
	int http_status;    /* of the reply, 0 if there was none */
	char operation[64]; /* "channels.originate", or "" */
	char text[512];	    /* one line, no newline, safe for a terminal */
};

/** Forget the error in ERR, so that it can be used again. */
void ari_error_clear(struct ari_error *err);

/** One or two words for CODE: "not found", "timed out". Never NULL. */
const char *ari_code_name(enum ari_code code);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
