/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The validating scanner below ari/json.h: it walks over a JSON value byte by byte, once, and says
 * where the value ends or what is wrong where. Callers that look for members walk an object
 * themselves and use it for each value, so that checking and finding are one pass.
 */
#ifndef ARIP_JSON_SCAN_H
#define ARIP_JSON_SCAN_H

#include "ari/json.h"

/* What was wrong, and where. The text is static. */
struct arip_json_fail {
	const char *at;
	const char *what;
};

/** The byte past the string whose opening quote is at P - 1 (past the closing quote), or NULL. */
const char *arip_json_scan_string(const char *p, const char *end, struct arip_json_fail *fail);

/** The byte past the value that starts at P, below DEPTH open containers; NULL with FAIL filled. */
const char *arip_json_scan_value(const char *p, const char *end, unsigned depth,
				 struct arip_json_fail *fail);

/** Report FAIL, found in the text that begins at JSON. Returns -1. */
int arip_json_report(const struct arip_json_fail *fail, const char *json, struct ari_error *err);

/** Step over white space. */
static inline const char *arip_json_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* A walk over the members of an object or the items of an array that checks what it passes. */
struct arip_json_walk {
	const char *p;
	const char *end;
	unsigned depth; /* of the container itself, 0 for the whole text */
	bool object;
	bool started;
	struct arip_json_fail fail;
};

/** Enter the container that starts at P (a '{' or '['). */
void arip_json_walk_init(struct arip_json_walk *walk, const char *p, const char *end,
			 unsigned depth);

/** The next member: 1. The end of the container: 0, and walk->p is past it. -1: walk->fail says
 * what. KEY is the raw text between the quotes. */
int arip_json_walk_next(struct arip_json_walk *walk, struct ari_span *key, struct ari_span *value);

/** The same for text that was checked before, in a third of the time: it looks only for the ends of
 * things. In text that is not valid it stays within the walk's end, and that is all. */
int arip_json_walk_known(struct arip_json_walk *walk, struct ari_span *key, struct ari_span *value);

/** ari_json_get() for an object that was checked before. */
struct ari_span arip_json_get_known(struct ari_span object, const char *path);

#endif
