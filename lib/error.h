/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * How the library fills a struct ari_error. The first error wins; the text is made safe for a
 * terminal here, once: it may carry words that a server sent.
 */
#ifndef ARIP_ERROR_H
#define ARIP_ERROR_H

#include <stddef.h>

#include "ari/error.h"

/** Fill ERR (may be NULL; left alone when it already holds an error). Returns -1, for `return`. */
int arip_error_set(struct ari_error *err, enum ari_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** "out of memory". Returns -1. */
int arip_error_memory(struct ari_error *err);

/** Copy at most SIZE - 1 bytes of TEXT as one line that is safe for a terminal: valid UTF-8 without
 * control, bidirectional or zero-width characters (each replaced by "?"). Never cuts a character.
 */
void arip_text_safe(char *buf, size_t size, const char *text, size_t len);

/** The error code for an HTTP status that is no success. */
enum ari_code arip_code_of_status(int status);

#endif
