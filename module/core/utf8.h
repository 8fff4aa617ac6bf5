/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef CORE_UTF8_H
#define CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/** Length of the character that starts at P, or 0 when the bytes are none. */
size_t utf8_length(const char *p, size_t len);
/** True when LEN bytes are whole characters, all valid. */
bool utf8_valid(const char *p, size_t len);

#endif
