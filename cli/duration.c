/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Durations as people write them. Pure.
 */
#include <limits.h>
#include <string.h>

#include "cli.h"

/* The digits at *P; false when there are none or too many. */
static bool take_digits(const char **p, long *value, long *scale)
{
	const char *start = *p;

	while (**p >= '0' && **p <= '9') {
		if (*p - start >= 9)
			return false;
		*value = *value * 10 + (**p - '0');
		*scale *= 10;
		(*p)++;
	}
	return *p > start;
}

long cli_duration(const char *text)
{
	static const struct {
		const char *unit;
		long ms;
	} units[] = { { "", 1000 }, { "s", 1000 }, { "ms", 1 }, { "m", 60000 }, { "h", 3600000 } };
	long whole = 0, part = 0, scale = 1, ignored = 1;

	if (!take_digits(&text, &whole, &ignored))
		return -1;
	if (*text == '.') {
		text++;
		if (!take_digits(&text, &part, &scale) || scale > 1000000)
			return -1;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(units[i].unit, text) == 0) {
			long long ms = (long long)whole * units[i].ms +
				       (long long)part * units[i].ms / scale;

			return ms > INT_MAX ? -1 : (long)ms;
		}
	}
	return -1;
}
