/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Immutable bytes, counted: an event or a list is encoded once and shared by all who send
 * it. Only the core's thread touches the counts.
 */
#ifndef CORE_BYTES_H
#define CORE_BYTES_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
	unsigned int refs;
	size_t len;
	char data[];	/* and a NUL */
};

/* The memory that they take: malloc() has a word of its own, and rounds up. */
static inline size_t bytes_cost(const struct bytes *bytes)
{
	return (sizeof(*bytes) + bytes->len + 1 + sizeof(size_t) + 15) & ~(size_t)15;
}

static inline struct bytes *bytes_new(const char *data, size_t len)
{
	struct bytes *bytes = malloc(sizeof(*bytes) + len + 1);

	if (!bytes)
		return NULL;
	bytes->refs = 1;
	bytes->len = len;
	memcpy(bytes->data, data, len);
	bytes->data[len] = '\0';
	return bytes;
}

static inline struct bytes *bytes_ref(struct bytes *bytes)
{
	bytes->refs++;
	return bytes;
}

static inline void bytes_unref(struct bytes *bytes)
{
	if (bytes && !--bytes->refs)
		free(bytes);
}

#endif
