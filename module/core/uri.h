/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Paths and queries taken apart. A path is split at its '/' first and decoded segment by
 * segment afterwards, so an encoded slash stays inside its id. What no id may contain
 * (NUL, control characters, "." and ".." as a whole segment, broken escapes) is refused
 * here, once, for all operations.
 */
#ifndef CORE_URI_H
#define CORE_URI_H

#include <stdbool.h>
#include <stddef.h>

#define URI_SEGMENTS_MAX 16
#define URI_PARAMS_MAX 128

/* Decoded path segments, in storage of their own. */
struct uri_path {
	char *segment[URI_SEGMENTS_MAX];
	size_t n;
	char *storage;
};

struct uri_param {
	const char *name;
	const char *value;
};

struct uri_params {
	struct uri_param param[URI_PARAMS_MAX];
	size_t n;
	char *storage[2];	/* of the query, of the form */
};

/** Split and decode PATH (behind its leading '/'). 0, or -1 with a constant *why. */
int uri_path_parse(struct uri_path *out, const char *path, const char **why);
void uri_path_free(struct uri_path *path);
/** The path in its one canonical encoding, with INSTEAD in place of segment OTHER (-1: none).
 * You free it; NULL when memory is short or the path is empty. */
char *uri_path_encode(const struct uri_path *path, int other, const char *instead);

/** Add the name=value pairs of TEXT (a query, or a form) to OUT. 0, or -1 with a constant *why. */
int uri_params_add(struct uri_params *out, const char *text, size_t len, const char **why);
void uri_params_free(struct uri_params *params);
/** The first value of NAME, or NULL. */
const char *uri_param(const struct uri_params *params, const char *name);

/** Decode %XX and '+' of LEN bytes into OUT (LEN + 1 of room); the length, or -1. A '%' that is no
 * escape is an error, or when LENIENT just itself, as Asterisk reads queries and forms. */
long uri_decode(const char *text, size_t len, bool lenient, char *out);

#endif
