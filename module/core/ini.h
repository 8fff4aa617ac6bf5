/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Reads Asterisk's configuration syntax: [section], "key = value" or "key => value", ';'
 * comments ("\;" is a plain semicolon). Strict: whatever it does not know, templates and
 * #include among it, is an error with file and line, never skipped.
 */
#ifndef CORE_INI_H
#define CORE_INI_H

#include <stddef.h>

struct ini_error {
	char text[256];	/* "stasis-http.conf:12: unknown key 'pasword' ..." */
};

struct ini_place {
	const char *file;
	int line;	/* 0: no line of it, but what is not there or does not fit together */
	struct ini_error *err;
};

/** Called for each section (key NULL) and each pair. Non-zero stops; then err is set. */
typedef int (*ini_fn)(void *arg, const struct ini_place *at, const char *section, const char *key,
		      const char *value);

/** Read LEN bytes of TEXT. 0, or -1 with err filled. */
int ini_parse(const char *file, const char *text, size_t len, ini_fn fn, void *arg,
	      struct ini_error *err);
/** Set the error for AT; always returns -1. */
int ini_fail(const struct ini_place *at, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
