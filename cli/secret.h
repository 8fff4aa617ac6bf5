/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Where a password comes from: a program, a file, a person. Each gives its first line, allocated;
 * wipe it with secret_free. On failure NULL, and WHY says in one line what is wrong and what to do.
 */
#ifndef CLI_SECRET_H
#define CLI_SECRET_H

#include <stddef.h>

#define SECRET_WHY_SIZE 512
#define SECRET_MS 10000

/** The file must be closed to others, and ours (or root's), in a directory where others cannot
 * replace it. It may be a pipe, which is given TIMEOUT_MS. */
char *secret_from_file(const char *path, unsigned timeout_ms, char why[SECRET_WHY_SIZE]);

/** Run LINE (words, no shell) for at most TIMEOUT_MS. Its standard error is ours. */
char *secret_from_command(const char *line, unsigned timeout_ms, char why[SECRET_WHY_SIZE]);

/** Ask on the terminal, without echo. *SIGNAL is SIGINT when it was answered with Ctrl-C. */
char *secret_from_person(const char *question, int *signal, char why[SECRET_WHY_SIZE]);

void secret_free(char *secret);

#endif
