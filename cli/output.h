/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Data on stdout, in the format that -o chose. Input is checked JSON (a reply's body); rows are
 * written from its bytes, no tree is built.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct cli;
struct field;

enum output_format {
	OUTPUT_TABLE = 0,
	OUTPUT_JSON,
	OUTPUT_JSONL,
	OUTPUT_TSV,
	OUTPUT_YAML,
	OUTPUT_NAME,	/* the identity of each object, one a line */
};

/** Write a reply (an object, or an array of objects): FIELDS says what the objects have, COLUMNS
 * which of them are shown unless --columns says otherwise (NULL: all). FIELDS NULL: each member as
 * a name and a value. Returns an exit status: CLI_OK, or CLI_USAGE (an unknown column), already
 * reported. */
int output_reply(struct cli *cli, const struct field *fields, const char *columns,
		 const char *json, size_t len);

/** One object as a list of name and value on a terminal format; else as output_reply. */
int output_object(struct cli *cli, const struct field *fields, const char *json, size_t len);

/** Flush stdout. CLI_OK; CLI_FAILURE, reported, when the data could not be written (a full disk).
 */
int output_finish(struct cli *cli);

/** The format called NAME; -1 when there is none. */
int output_format_parse(const char *name);
const char *output_format_name(enum output_format format);

#endif
