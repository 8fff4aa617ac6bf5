/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The columns of an output and what stands in them: pieces of the reply's bytes, found in one
 * walk over each object.
 */
#ifndef CLI_COLUMN_H
#define CLI_COLUMN_H

#include <stdbool.h>
#include <stddef.h>

#include "ari/json.h"
#include "field.h"

#define COLUMNS_MAX 32

struct column {
	struct field field;	/* a copy: of a field table's, or made of a JSON path */
	size_t head;		/* length of the first name of the path */
	size_t also_head;
};

struct columns {
	struct column column[COLUMNS_MAX];
	size_t count;
	char *text;		/* the list that was given, cut into names; owned */
};

struct cell {
	struct ari_span value;
	struct ari_span also;
};

/* A text that grows; reused from cell to cell. */
struct scratch {
	char *text;
	size_t len;
	size_t size;
};

/** Choose columns: LIST ("id,caller.name"; NULL: all of FIELDS) are names of FIELDS or JSON paths. SAMPLE is an
 * object like those to come: without FIELDS and LIST its scalar members are the columns, and a path
 * that is neither a field nor in the sample is refused. 0, or -1 with *WRONG, the bad name. */
int columns_choose(struct columns *columns, const struct field *fields, const char *list,
		   struct ari_span sample, const char **wrong);
void columns_release(struct columns *columns);

/** Find the cells of OBJECT, one a column. */
void columns_find(const struct columns *columns, struct ari_span object, struct cell *cells);

/* The objects of an array, one after the other, each walked only once. Starts with .p and .end at the
 * bytes of the array. */
struct column_rows {
	const char *p;
	const char *end;
	bool started;
};

/** The cells of the next object (all absent for an item that is none); false after the last. */
bool columns_next(const struct columns *columns, struct column_rows *rows, struct cell *cells);

/** The text of CELL, raw (not yet safe); "" when absent. LOCAL_TIME: time stamps as the time here. */
void cell_text(const struct column *column, const struct cell *cell, bool local_time,
	       struct scratch *scratch);

#endif
