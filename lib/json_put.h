/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Writing JSON without a tree: the little of it that the library makes itself.
 */
#ifndef ARIP_JSON_PUT_H
#define ARIP_JSON_PUT_H

#include <stdio.h>

/** TEXT (valid UTF-8) as a JSON string, with its quotes. */
void arip_json_put_text(FILE *out, const char *text);

#endif
