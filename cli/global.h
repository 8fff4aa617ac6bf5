/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The options that every command has, as a table: parsing and help use it.
 */
#ifndef CLI_GLOBAL_H
#define CLI_GLOBAL_H

#include <stddef.h>

struct cli;

struct global_option {
	const char *name;
	char letter;		/* 0: none */
	const char *metavar;	/* NULL: a flag */
	const char *summary;
	int (*set)(struct cli *cli, const char *value);	/* an exit status, already reported */
};

/** All of them; *count gets their number. */
const struct global_option *global_options(size_t *count);

/** By name, or by letter when NAME is NULL; NULL when there is none. */
const struct global_option *global_find(const char *name, char letter);

#endif
