/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * JSON without a tree. A text is checked once (ari_json_check) and from then on read
 * in the bytes themselves: a span is a piece of somebody else's buffer and lives as
 * long as that buffer. Nothing here allocates except the functions that say so.
 * Readers (iterator, get, type) may be given unchecked text: they stay within the
 * span and find nothing rather than something wrong.
 */
#ifndef ARI_JSON_H
#define ARI_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

/* Borrowed bytes; p is NULL when absent. Not NUL-terminated. */
struct ari_span {
	const char *p;
	size_t len;
};

enum ari_json_type {
	ARI_JSON_NONE = 0, /* absent */
	ARI_JSON_NULL,
	ARI_JSON_BOOL,
	ARI_JSON_NUMBER,
	ARI_JSON_STRING,
	ARI_JSON_ARRAY,
	ARI_JSON_OBJECT,
};

#define ARI_JSON_MAX_DEPTH 64

/** Check that LEN bytes are exactly one JSON value: RFC 8259, valid UTF-8, no duplicate-key
 * check, at most ARI_JSON_MAX_DEPTH deep, no NUL. 0, or -1 with ERR saying what and at which byte.
 */
int ari_json_check(const char *json, size_t len, struct ari_error *err);

enum ari_json_type ari_json_type(struct ari_span value);

/** The members of an object or the items of an array, in order. KEY is the raw text between the
 * quotes (empty for arrays), VALUE the raw text of the value. */
struct ari_json_iter {
	const char *p;
	const char *end;
	bool object;
	bool started;
};
void ari_json_iter_init(struct ari_json_iter *iter, struct ari_span container);
bool ari_json_next(struct ari_json_iter *iter, struct ari_span *key, struct ari_span *value);

/** The value at PATH ("caller.name") below an object; {NULL, 0} when absent. Raw text, strings with
 * their quotes. */
struct ari_span ari_json_get(struct ari_span object, const char *path);

/** The text of a string value, unescaped to UTF-8. Copies at most size - 1 bytes (never half a
 * character) and a NUL; returns the length the whole text has, or -1 when VALUE is no string. */
long ari_json_text(struct ari_span value, char *buf, size_t size);

/** The same, allocated; you free it. NULL when VALUE is no string or memory is short. */
char *ari_json_text_dup(struct ari_span value);

/** VALUE as a whole number; false when it is none or does not fit. */
bool ari_json_int(struct ari_span value, long long *out);

/** True when VALUE is a string equal to TEXT. */
bool ari_json_equal(struct ari_span value, const char *text);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
