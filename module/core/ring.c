/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See ring.h. */
#include "ring.h"

#define BYTES_MAX (32u << 20)

static struct ring_event *slot(const struct ring *ring, size_t i)
{
	return &ring->events[(ring->head + i) % ring->size];
}

const struct ring_event *ring_at(const struct ring *ring, size_t i)
{
	return slot(ring, i);
}

static size_t cost(const struct bytes *tail)
{
	return sizeof(struct ring_event) + (tail ? bytes_cost(tail) : 0);
}

static void drop_oldest(struct ring *ring)
{
	struct ring_event *event = slot(ring, 0);

	ring->bytes -= cost(event->tail);
	bytes_unref(event->tail);
	ring->head = (ring->head + 1) % ring->size;
	ring->count--;
}

void ring_empty(struct ring *ring)
{
	while (ring->count)
		drop_oldest(ring);
}

void ring_free(struct ring *ring)
{
	ring_empty(ring);
	free(ring->events);
	*ring = (struct ring){0};
}

void ring_resize(struct ring *ring, size_t size)
{
	struct ring_event *events;

	if (size == ring->size)
		return;
	events = size ? calloc(size, sizeof(*events)) : NULL;
	if (size && !events)
		return;
	ring_free(ring);
	ring->events = events;
	ring->size = size;
}

void ring_keep(struct ring *ring, unsigned long long seq, struct bytes *tail, uint64_t verdict)
{
	if (!ring->size)
		return;
	while (ring->count == ring->size ||
	       (ring->count && ring->bytes + cost(tail) > BYTES_MAX))
		drop_oldest(ring);
	*slot(ring, ring->count++) = (struct ring_event){
		.seq = seq,
		.tail = tail ? bytes_ref(tail) : NULL,
		.verdict = verdict,
	};
	ring->bytes += cost(tail);
}
