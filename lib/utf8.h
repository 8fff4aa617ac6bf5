/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * UTF-8, strictly as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
#ifndef ARIP_UTF8_H
#define ARIP_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The length of the character at P (1 to 4, at most LEN) and its code point, or 0 when the bytes
 * are none. */
size_t arip_utf8_next(const char *p, size_t len, uint32_t *code);

bool arip_utf8_valid(const char *p, size_t len);

/** True when CODE could move the cursor, reorder or hide text on a terminal: C0, DEL, C1,
 * bidirectional and zero-width controls, line and paragraph separators. */
bool arip_utf8_unsafe(uint32_t code);

#endif
