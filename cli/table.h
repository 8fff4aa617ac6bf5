/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Tables: aligned for people, tab separated for scripts, and name and value for one object.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "ari/json.h"

struct cli;
struct columns;

/** A list, aligned, two spaces between columns. An exit status, already reported. */
int table_write(struct cli *cli, const struct columns *columns, struct ari_span list);

/** A list or an object, a tab between columns; tabs and line ends within values are escaped. */
int table_write_tsv(struct cli *cli, const struct columns *columns, struct ari_span value);

/** An object as one line a field; COLUMNS NULL: every member, those of inner objects with dotted names. */
void table_write_object(struct cli *cli, const struct columns *columns, struct ari_span object);

#endif
