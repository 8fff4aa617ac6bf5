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
#include "json_scan.h"

#define COLUMNS_MAX 32

struct column {
	struct field field;	/* a copy: of a field table's, or made of a JSON path */
};

/* A path that is looked for, cut behind its first name. */
struct wanted {
	const char *name;
	size_t len;
	const char *rest;	/* "app_name" of "dialplan.app_name", or NULL */
	size_t offset;		/* of its span in a row of cells */
};

struct columns {
	struct column column[COLUMNS_MAX];
	size_t count;
	struct wanted wanted[2 * COLUMNS_MAX];
	size_t n_wanted;
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

/** Choose columns: LIST ("id,caller.name"; NULL: all of FIELDS) are names of FIELDS or JSON paths.
 * VALUE is what will be shown, an object or an array of them: without FIELDS and LIST the scalar
 * members of the first are the columns, and a path is refused that is neither a field nor in any of
 * them (in none at all: when it does not begin like one of FIELDS). 0, or -1 with *WRONG, the bad
 * name. */
int columns_choose(struct columns *columns, const struct field *fields, const char *list,
		   struct ari_span value, const char **wrong);
void columns_release(struct columns *columns);

/** Find the cells of OBJECT, one a column. The text is one that was checked. */
void columns_find(const struct columns *columns, struct ari_span object, struct cell *cells);

/** The objects of an array, one after the other, each walked only once. */
void columns_rows(struct arip_json_walk *rows, struct ari_span list);

/** The cells of the next object (all absent for an item that is none); false after the last. */
bool columns_next(const struct columns *columns, struct arip_json_walk *rows, struct cell *cells);

/** The text of CELL, raw (not yet safe), empty when absent: a piece of the cell, or of SCRATCH
 * until its next use. LOCAL_TIME: time stamps as the time here. */
struct ari_span cell_text(const struct column *column, const struct cell *cell, bool local_time,
			  struct scratch *scratch);

#endif
