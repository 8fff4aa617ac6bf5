/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * When to write events out. Each write is a system call for each session, so many events are
 * cheap together and dear alone; but whoever has time writes at once, for that is what readers
 * like. So it goes by how much of the time writing takes: above a quarter, for longer than a
 * moment, there is a pause after each round, in which events come together.
 */
#ifndef CORE_PACE_H
#define CORE_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* How long a pause is. A reader does not notice it; a loop can keep it. */
#define PACE_PAUSE_US 1000

struct pace {
	int64_t spent;		/* us of writing, less a quarter of the time that has passed */
	int64_t last;		/* when that was reckoned */
	int64_t until;		/* of the pause */
};

/** May there be a round now? */
bool pace_may(const struct pace *pace, int64_t now);
/** A round took from SINCE to NOW. True when a pause follows. */
bool pace_took(struct pace *pace, int64_t since, int64_t now);

#endif
