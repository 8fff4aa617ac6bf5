/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The newest events of the common stream, for sessions that come back: so many at most, and no
 * more than 32 MiB of them, all that an event costs included.
 */
#ifndef CORE_RING_H
#define CORE_RING_H

#include <stdint.h>

#include "bytes.h"

struct ring_event {
	unsigned long long seq;
	struct bytes *tail;	/* the JSON text behind its '{', or NULL: never encoded */
	uint64_t verdict;	/* whose it is: see viewer.h */
};

struct ring {
	struct ring_event *events;
	size_t size, head, count;
	size_t bytes;		/* that the events cost */
};

/** Keep SIZE events from now on; those that are there are forgotten when that is new. */
void ring_resize(struct ring *ring, size_t size);
void ring_free(struct ring *ring);
void ring_empty(struct ring *ring);
/** Keep one event, which may cost the oldest their place. */
void ring_keep(struct ring *ring, unsigned long long seq, struct bytes *tail, uint64_t verdict);
/** The Ith oldest. */
const struct ring_event *ring_at(const struct ring *ring, size_t i);

#endif
