/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Text on its way to a terminal. What came from the network or from a file is untrusted: controls
 * (C0, DEL, C1), bidirectional and zero-width characters and invalid UTF-8 are shown as escapes
 * (\x1b, \u202e) and never sent. Every human-facing output goes through here.
 */
#ifndef CLI_TERM_H
#define CLI_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TERM_NO_LIMIT ((size_t)-1)

/** Cells that LEN bytes of TEXT take after escaping. */
size_t term_width(const char *text, size_t len);

/** Write TEXT escaped, at most CELLS wide (cut with "..."; TERM_NO_LIMIT: whole). Returns the cells
 * written. */
size_t term_write(FILE *out, const char *text, size_t len, size_t cells);

/** Escape into BUF (always terminated, never half a character or escape); returns BUF. */
char *term_safe(char *buf, size_t size, const char *text);

/** Write spaces. */
void term_pad(FILE *out, size_t cells);

/** The JSON text of LEN bytes, with what could disturb a terminal as \u escapes: the same value,
 * other bytes. */
void term_write_json(FILE *out, const char *json, size_t len);

/** Columns of the terminal FD, 0 when it is none or does not say. */
unsigned term_columns(int fd);

#endif
