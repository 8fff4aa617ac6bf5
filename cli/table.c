/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Aligned and tab separated tables. The cells of all rows are found in one walk and kept as
 * spans of the reply, 32 bytes a cell, so that a thousand rows cost kilobytes.
 */
#include "table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "column.h"
#include "term.h"

#define GAP 2
#define NAME_MAX_CELLS 36
#define SHORT_CELLS 10	/* what a column is cut to at most for all to fit on the terminal */

struct matrix {
	struct cell *cells;	/* row by row */
	unsigned short *widths;	/* of each cell, for the padding */
	size_t rows;
	size_t room;
	size_t wide[COLUMNS_MAX];
	size_t shown;	/* of the columns; the others do not fit on the terminal */
};

static bool matrix_grow(struct matrix *matrix, size_t columns)
{
	size_t room = matrix->room ? matrix->room * 2 : 64;
	struct cell *cells = reallocarray(matrix->cells, room * columns, sizeof(*cells));
	unsigned short *widths;

	if (!cells)
		return false;
	matrix->cells = cells;
	widths = reallocarray(matrix->widths, room * columns, sizeof(*widths));
	if (!widths)
		return false;
	matrix->widths = widths;
	matrix->room = room;
	return true;
}

static void matrix_release(struct matrix *matrix)
{
	free(matrix->cells);
	free(matrix->widths);
}

/* How many cells a column may have on this output. */
static size_t cell_limit(const struct cli *cli, const struct column *column)
{
	return cli->out_tty && column->field.width ? column->field.width : TERM_NO_LIMIT;
}

static void measure_row(struct cli *cli, const struct columns *columns, struct matrix *matrix,
			struct scratch *scratch)
{
	const struct cell *cells = matrix->cells + matrix->rows * columns->count;
	unsigned short *widths = matrix->widths + matrix->rows * columns->count;

	for (size_t i = 0; i < columns->count; i++) {
		size_t limit = cell_limit(cli, &columns->column[i]);
		struct ari_span text =
			cell_text(&columns->column[i], &cells[i], cli->out_tty, scratch);
		size_t width = term_width(text.p, text.len);

		if (width > limit)
			width = limit;
		widths[i] = width > 0xffff ? 0xffff : (unsigned short)width;
		if (widths[i] > matrix->wide[i])
			matrix->wide[i] = widths[i];
	}
}

static bool matrix_fill(struct cli *cli, const struct columns *columns, struct ari_span list,
			struct matrix *matrix, struct scratch *scratch)
{
	struct arip_json_walk rows;

	columns_rows(&rows, list);
	for (;;) {
		if (matrix->rows == matrix->room && !matrix_grow(matrix, columns->count))
			return false;
		if (!columns_next(columns, &rows, matrix->cells + matrix->rows * columns->count))
			return true;
		measure_row(cli, columns, matrix, scratch);
		matrix->rows++;
	}
}

static size_t total_width(const struct matrix *matrix)
{
	size_t total = 0;

	for (size_t i = 0; i < matrix->shown; i++)
		total += matrix->wide[i] + (i ? GAP : 0);
	return total;
}

/* The widest column that may be cut further, or the number of columns. */
static size_t widest(const struct columns *columns, const struct matrix *matrix)
{
	size_t best = columns->count;

	for (size_t i = 0; i < columns->count; i++) {
		const struct field *field = &columns->column[i].field;

		if (field->width && matrix->wide[i] > SHORT_CELLS &&
		    matrix->wide[i] > term_width(field->title, strlen(field->title)) &&
		    (best == columns->count || matrix->wide[i] > matrix->wide[best]))
			best = i;
	}
	return best;
}

/* Lines that a terminal breaks are no table: a time at the end is left away (unless it was asked
 * for), and what may be cut is cut. Ids stay whole: they are to be copied. */
static void fit(const struct cli *cli, const struct columns *columns, struct matrix *matrix)
{
	size_t limit = cli->out_tty ? term_columns(STDOUT_FILENO) : 0, column;

	while (limit && !cli->columns && matrix->shown > 0 && total_width(matrix) > limit &&
	       columns->column[matrix->shown - 1].field.kind == FIELD_TIME)
		matrix->shown--;
	while (limit && total_width(matrix) > limit &&
	       (column = widest(columns, matrix)) < columns->count)
		matrix->wide[column]--;
}

static void write_titles(struct cli *cli, const struct columns *columns,
			 const struct matrix *matrix)
{
	if (cli->styled)
		fputs("\033[1m", cli->out);
	for (size_t i = 0; i < matrix->shown; i++) {
		const char *title = columns->column[i].field.title;
		size_t width = term_write(cli->out, title, strlen(title), TERM_NO_LIMIT);

		if (i + 1 < matrix->shown)
			term_pad(cli->out, matrix->wide[i] - width + GAP);
	}
	fputs(cli->styled ? "\033[0m\n" : "\n", cli->out);
}

static void write_row(struct cli *cli, const struct columns *columns, const struct matrix *matrix,
		      size_t row, struct scratch *scratch)
{
	const struct cell *cells = matrix->cells + row * columns->count;
	const unsigned short *widths = matrix->widths + row * columns->count;
	size_t blanks = 0;	/* owed before the next text: none at the end of a line */

	for (size_t i = 0; i < matrix->shown; i++) {
		size_t width = widths[i] < matrix->wide[i] ? widths[i] : matrix->wide[i];

		if (width > 0) {
			struct ari_span text =
				cell_text(&columns->column[i], &cells[i], cli->out_tty, scratch);

			term_pad(cli->out, blanks);
			width = term_write(cli->out, text.p, text.len,
					   width < widths[i] ? width :
					   cell_limit(cli, &columns->column[i]));
			blanks = 0;
		}
		blanks += matrix->wide[i] - width + GAP;
	}
	putc('\n', cli->out);
}

/* A list of plain values ("[1,2]") has no columns: one a line. */
static void write_plain(struct cli *cli, struct ari_span list)
{
	static const struct column whole = { 0 };
	struct scratch scratch = { 0 };
	struct ari_json_iter iter;
	struct ari_span key, item;

	ari_json_iter_init(&iter, list);
	while (ari_json_next(&iter, &key, &item)) {
		struct cell cell = { .value = item };
		struct ari_span text = cell_text(&whole, &cell, false, &scratch);

		term_write(cli->out, text.p, text.len, TERM_NO_LIMIT);
		putc('\n', cli->out);
	}
	free(scratch.text);
}

int table_write(struct cli *cli, const struct columns *columns, struct ari_span list)
{
	struct scratch scratch = { 0 };
	struct matrix matrix = { .shown = columns->count };
	bool filled;

	if (columns->count == 0) {
		write_plain(cli, list);
		return CLI_OK;
	}
	for (size_t i = 0; cli->headers && i < columns->count; i++) {
		const char *title = columns->column[i].field.title;

		matrix.wide[i] = term_width(title, strlen(title));
	}
	filled = matrix_fill(cli, columns, list, &matrix, &scratch);
	if (filled)
		fit(cli, columns, &matrix);
	if (filled && cli->headers)
		write_titles(cli, columns, &matrix);
	for (size_t row = 0; filled && row < matrix.rows; row++)
		write_row(cli, columns, &matrix, row, &scratch);
	matrix_release(&matrix);
	free(scratch.text);
	return filled ? CLI_OK : cli_fail(cli, CLI_FAILURE, "out of memory");
}

/* ---- tab separated ---- */

static void tsv_row(struct cli *cli, const struct columns *columns, const struct cell *cells,
		    struct scratch *scratch)
{
	for (size_t i = 0; i < columns->count; i++) {
		struct ari_span text = cell_text(&columns->column[i], &cells[i], false, scratch);

		if (i > 0)
			putc('\t', cli->out);
		term_write(cli->out, text.p, text.len, TERM_NO_LIMIT);
	}
	putc('\n', cli->out);
}

int table_write_tsv(struct cli *cli, const struct columns *columns, struct ari_span value)
{
	bool list = ari_json_type(value) == ARI_JSON_ARRAY;
	struct scratch scratch = { 0 };
	struct arip_json_walk rows;
	struct cell cells[COLUMNS_MAX];

	if (columns->count == 0 && list) {
		write_plain(cli, value);
		return CLI_OK;
	}
	for (size_t i = 0; cli->headers && i < columns->count; i++) {
		const char *name = columns->column[i].field.name;

		if (i > 0)
			putc('\t', cli->out);
		term_write(cli->out, name, strlen(name), TERM_NO_LIMIT);
	}
	if (cli->headers)
		putc('\n', cli->out);
	if (list) {
		columns_rows(&rows, value);
		while (columns_next(columns, &rows, cells))
			tsv_row(cli, columns, cells, &scratch);
	} else {
		columns_find(columns, value, cells);
		tsv_row(cli, columns, cells, &scratch);
	}
	free(scratch.text);
	return CLI_OK;
}

/* ---- one object ---- */

struct pairs {
	struct cli *cli;
	struct scratch scratch;
	size_t width;		/* of the names */
	bool write;		/* the second walk; the first one measures */
};

static void pair(struct pairs *pairs, const char *name, const struct column *column,
		 const struct cell *cell)
{
	FILE *out = pairs->cli->out;
	size_t width = term_width(name, strlen(name));
	struct ari_span text;

	if (!pairs->write) {
		if (width > pairs->width && width <= NAME_MAX_CELLS)
			pairs->width = width;
		return;
	}
	text = cell_text(column, cell, pairs->cli->out_tty, &pairs->scratch);
	term_write(out, name, strlen(name), TERM_NO_LIMIT);
	if (text.len) {
		term_pad(out, (width < pairs->width ? pairs->width - width : 0) + GAP);
		term_write(out, text.p, text.len, TERM_NO_LIMIT);
	}
	putc('\n', out);
}

static void walk_columns(struct pairs *pairs, const struct columns *columns, struct ari_span object)
{
	struct cell cells[COLUMNS_MAX];

	columns_find(columns, object, cells);
	for (size_t i = 0; i < columns->count; i++) {
		if (cells[i].value.p || cells[i].also.p)
			pair(pairs, columns->column[i].field.title, &columns->column[i], &cells[i]);
	}
}

static void walk_members(struct pairs *pairs, const char *prefix, struct ari_span object)
{
	static const struct column whole = { 0 };
	struct ari_json_iter iter;
	struct ari_span key, value;

	ari_json_iter_init(&iter, object);
	while (ari_json_next(&iter, &key, &value)) {
		struct cell cell = { .value = value };
		char name[256];

		snprintf(name, sizeof(name), "%s%s%.*s", prefix, *prefix ? "." : "", (int)key.len,
			 key.p);
		if (ari_json_type(value) == ARI_JSON_OBJECT)
			walk_members(pairs, name, value);
		else
			pair(pairs, name, &whole, &cell);
	}
}

void table_write_object(struct cli *cli, const struct columns *columns, struct ari_span object)
{
	struct pairs pairs = { .cli = cli };

	/* A thing with one field is that field: a variable is its value. */
	if (ari_json_type(object) != ARI_JSON_OBJECT || (columns && columns->count == 1)) {
		struct cell cells[COLUMNS_MAX] = { { .value = object } };
		static const struct column whole = { 0 };
		struct ari_span text;

		if (ari_json_type(object) == ARI_JSON_OBJECT)
			columns_find(columns, object, cells);
		text = cell_text(columns && columns->count == 1 ? &columns->column[0] : &whole,
				 &cells[0], cli->out_tty, &pairs.scratch);
		term_write(cli->out, text.p, text.len, TERM_NO_LIMIT);
		putc('\n', cli->out);
		free(pairs.scratch.text);
		return;
	}
	for (int walk = 0; walk < 2; walk++) {
		pairs.write = walk == 1;
		if (columns)
			walk_columns(&pairs, columns, object);
		else
			walk_members(&pairs, "", object);
	}
	free(pairs.scratch.text);
}
