/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * "Did you mean": the word of a list that is nearest to what was typed.
 */
#ifndef ARIP_NEAREST_H
#define ARIP_NEAREST_H

#include <stddef.h>

/* Words longer than this are compared by their first bytes. */
#define ARIP_NEAREST_MAX 64

/* Start with {.word = typed}; .best is the nearest so far, or NULL when none is near enough. */
struct arip_nearest {
	const char *word;
	const char *best; /* borrowed from the candidates */
	unsigned distance;
};

/** Damerau-Levenshtein distance (insert, delete, replace, swap of neighbours; case ignored) of A
 * and B, or LIMIT + 1 when it is larger than LIMIT. */
unsigned arip_distance(const char *a, const char *b, unsigned limit);

/** Consider CANDIDATE; the first of equals stays. At most 2 changes, and fewer than half the word.
 */
void arip_nearest_add(struct arip_nearest *nearest, const char *candidate);

#endif
