/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * "Did you mean": bounded Damerau-Levenshtein distance (optimal string alignment). Pure, without
 * allocation.
 */
#include "nearest.h"

#include <ctype.h>
#include <string.h>

#define MOST_CHANGES 2

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned arip_distance(const char *a, const char *b, unsigned limit)
{
	unsigned rows[3][ARIP_NEAREST_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];
	size_t n = strnlen(a, ARIP_NEAREST_MAX);
	size_t m = strnlen(b, ARIP_NEAREST_MAX);

	if ((n > m ? n - m : m - n) > limit)
		return limit + 1;
	for (size_t j = 0; j <= m; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *spare = before;
		unsigned best;

		best = row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			int x = tolower((unsigned char)a[i - 1]);
			int y = tolower((unsigned char)b[j - 1]);

			row[j] = least(least(last[j], row[j - 1]) + 1, last[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
			    y == tolower((unsigned char)a[i - 2]))
				row[j] = least(row[j], before[j - 2] + 1);
			best = least(best, row[j]);
		}
		if (best > limit)
			return limit + 1;
		before = last;
		last = row;
		row = spare;
	}
	return last[m] > limit ? limit + 1 : last[m];
}

void arip_nearest_add(struct arip_nearest *nearest, const char *candidate)
{
	size_t len = strlen(nearest->word);
	unsigned limit = nearest->best ? nearest->distance - 1 : MOST_CHANGES;
	unsigned distance;

	if (nearest->best && !nearest->distance)
		return;
	if (limit && 2 * limit >= len)
		limit = len ? (unsigned)(len - 1) / 2 : 0;
	distance = arip_distance(nearest->word, candidate, limit);
	if (distance <= limit) {
		nearest->best = candidate;
		nearest->distance = distance;
	}
}
