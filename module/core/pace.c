/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See pace.h. */
#include "pace.h"

/* So much writing is done without a pause, after a quiet time. */
#define MOMENT_US 2000
/* And never more than so much is remembered. */
#define SPENT_MAX (2 * MOMENT_US)

bool pace_may(const struct pace *pace, int64_t now)
{
	return now >= pace->until;
}

bool pace_took(struct pace *pace, int64_t since, int64_t now)
{
	pace->spent += now - since - (now - pace->last) / 4;
	pace->last = now;
	if (pace->spent < 0)
		pace->spent = 0;
	if (pace->spent > SPENT_MAX)
		pace->spent = SPENT_MAX;
	if (pace->spent < MOMENT_US)
		return false;
	pace->until = now + PACE_PAUSE_US;
	return true;
}
