/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * A byte buffer that grows. Errors are sticky: after an allocation failed the buffer
 * is empty, .failed is set and appending does nothing, so that a long row of appends
 * needs one check at its end. A zeroed struct is an empty buffer.
 */
#ifndef CORE_BUF_H
#define CORE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;	/* always NUL-terminated when not NULL */
	size_t len;
	size_t size;
	bool failed;
};

void buf_free(struct buf *buf);
/** Empty it, keep the memory. */
void buf_clear(struct buf *buf);
/** Room for MORE bytes behind the end; NULL when there is no memory. Does not change len. */
char *buf_reserve(struct buf *buf, size_t more);
void buf_add(struct buf *buf, const void *data, size_t len);
void buf_adds(struct buf *buf, const char *text);
void buf_addc(struct buf *buf, char c);
void buf_addf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** TEXT as a JSON string with its quotes; bytes that are no UTF-8 become U+FFFD. */
void buf_add_json(struct buf *buf, const char *text, size_t len);
/** Drop the first LEN bytes. */
void buf_consume(struct buf *buf, size_t len);
/** Hand the memory to the caller, who frees it; the buffer is empty afterwards. */
char *buf_take(struct buf *buf, size_t *len);

#endif
