/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The output formats. A list is walked twice at most: once to find the cells (pieces of the
 * reply's bytes) and measure them, once to write. Everything but JSON is made safe for a
 * terminal; JSON keeps its values, and on a terminal its dangerous characters are \u escapes.
 */
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "column.h"
#include "json_out.h"
#include "json_put.h"
#include "table.h"
#include "term.h"

static const char *const format_names[] = {
	[OUTPUT_TABLE] = "table", [OUTPUT_JSON] = "json", [OUTPUT_JSONL] = "jsonl",
	[OUTPUT_TSV] = "tsv", [OUTPUT_YAML] = "yaml", [OUTPUT_NAME] = "name",
};

int output_format_parse(const char *name)
{
	for (size_t i = 0; i < sizeof(format_names) / sizeof(format_names[0]); i++) {
		if (strcmp(format_names[i], name) == 0)
			return (int)i;
	}
	return -1;
}

const char *output_format_name(enum output_format format)
{
	return format_names[format];
}

int output_finish(struct cli *cli)
{
	errno = 0;
	if (fflush(cli->out) == 0 && !ferror(cli->out))
		return CLI_OK;
	if (errno == EPIPE)
		return CLI_PIPE;
	return cli_fail(cli, CLI_FAILURE, "cannot write the output: %s",
			errno ? strerror(errno) : "write error");
}

/* ---- columns ---- */

static int fail_column(struct cli *cli, const struct field *fields, const char *wrong)
{
	char known[512] = "";
	size_t used = 0;

	if (!wrong)
		return cli_fail(cli, CLI_FAILURE, "out of memory");
	for (; fields && fields->name && used < sizeof(known); fields++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
					 used ? ", " : "", fields->name);
	return cli_fail(cli, CLI_USAGE,
			"unknown column '%s'; expected %s%sa JSON path like caller.name", wrong,
			known, used ? ", or " : "");
}

/* ---- JSON ---- */

/* A column that is made of two values is what a table shows. */
static void write_text(FILE *out, const struct column *column, const struct cell *cell, bool safe)
{
	struct scratch scratch = { 0 };
	char *json = NULL;
	size_t len = 0;
	FILE *text = open_memstream(&json, &len);
	struct ari_span found = cell_text(column, cell, false, &scratch);
	char *copy = strndup(found.p, found.len);

	if (text) {
		arip_json_put_text(text, copy ? copy : "");
		fclose(text);
	}
	free(copy);
	if (json)
		json_write_compact(out, (struct ari_span){ json, len }, safe);
	free(json);
	free(scratch.text);
}

static void write_selected(FILE *out, const struct columns *columns, struct ari_span object,
			   bool safe)
{
	struct cell cells[COLUMNS_MAX];

	columns_find(columns, object, cells);
	putc('{', out);
	for (size_t i = 0; i < columns->count; i++) {
		fprintf(out, "%s\"%s\":", i ? "," : "", columns->column[i].field.name);
		if (!cells[i].value.p)
			fputs("null", out);
		else if (columns->column[i].field.kind >= FIELD_ENDPOINT)
			write_text(out, &columns->column[i], &cells[i], safe);
		else
			json_write_compact(out, cells[i].value, safe);
	}
	putc('}', out);
}

/* VALUE, and of each object in it only the chosen columns. */
static void write_chosen(FILE *out, const struct columns *columns, struct ari_span value, bool safe)
{
	struct ari_json_iter iter;
	struct ari_span key, item;
	const char *before = "[";

	if (ari_json_type(value) == ARI_JSON_OBJECT) {
		write_selected(out, columns, value, safe);
	} else if (ari_json_type(value) != ARI_JSON_ARRAY) {
		json_write_compact(out, value, safe);
	} else {
		ari_json_iter_init(&iter, value);
		while (ari_json_next(&iter, &key, &item)) {
			fputs(before, out);
			if (ari_json_type(item) == ARI_JSON_OBJECT)
				write_selected(out, columns, item, safe);
			else
				json_write_compact(out, item, safe);
			before = ",\n";
		}
		fputs(*before == '[' ? "[]" : "]", out);
	}
}

static void write_one(struct cli *cli, const struct columns *columns, struct ari_span value)
{
	if (cli->columns && ari_json_type(value) == ARI_JSON_OBJECT)
		write_selected(cli->out, columns, value, cli->out_tty);
	else
		json_write_compact(cli->out, value, cli->out_tty);
}

static void write_lines(struct cli *cli, const struct columns *columns, struct ari_span value)
{
	struct ari_json_iter iter;
	struct ari_span key, item;

	if (ari_json_type(value) != ARI_JSON_ARRAY) {
		write_one(cli, columns, value);
		putc('\n', cli->out);
		return;
	}
	ari_json_iter_init(&iter, value);
	while (ari_json_next(&iter, &key, &item)) {
		write_one(cli, columns, item);
		putc('\n', cli->out);
	}
}

static void write_json(struct cli *cli, const struct columns *columns, struct ari_span value)
{
	if (cli->columns)
		write_chosen(cli->out, columns, value, cli->out_tty);
	else if (cli->out_tty)
		json_write_pretty(cli->out, value, true);
	else
		fwrite(value.p, 1, value.len, cli->out);
	putc('\n', cli->out);
}

static int write_yaml(struct cli *cli, const struct columns *columns, struct ari_span value)
{
	char *json = NULL;
	size_t len = 0;
	FILE *chosen;

	if (!cli->columns) {
		json_write_yaml(cli->out, value, cli->out_tty);
		return CLI_OK;
	}
	chosen = open_memstream(&json, &len);
	if (chosen) {
		write_chosen(chosen, columns, value, false);
		fclose(chosen);
	}
	if (json)
		json_write_yaml(cli->out, (struct ari_span){ json, len }, cli->out_tty);
	free(json);
	return json ? CLI_OK : cli_fail(cli, CLI_FAILURE, "out of memory");
}

/* ---- names ---- */

/* An id goes into the next command: on a pipe it stays as it is, but for what would break the line.
 */
static void write_name(struct cli *cli, const char *text, size_t len)
{
	if (cli->out_tty || memchr(text, '\n', len))
		term_write(cli->out, text, len, TERM_NO_LIMIT);
	else
		fwrite(text, 1, len, cli->out);
	putc('\n', cli->out);
}

/* False when there is no name: an empty line would be taken for one. */
static bool write_name_of(struct cli *cli, const struct columns *columns, struct ari_span value,
			  struct scratch *scratch)
{
	static const struct column whole = { 0 };
	struct cell cells[COLUMNS_MAX] = { { .value = value } };
	const struct column *column = &whole;
	struct ari_span text;

	if (ari_json_type(value) == ARI_JSON_OBJECT && columns->count > 0) {
		columns_find(columns, value, cells);
		column = &columns->column[0];
		if (column->field.kind == FIELD_TEXT)
			cells[0].also = (struct ari_span){ 0 };
	}
	text = cell_text(column, &cells[0], false, scratch);
	if (!text.len && !cli->columns && columns->count > 1)
		return false;
	write_name(cli, text.p, text.len);
	return true;
}

static int write_names(struct cli *cli, const struct columns *columns, struct ari_span value)
{
	struct scratch scratch = { 0 };
	struct ari_json_iter iter;
	struct ari_span key, item;
	bool named = true;

	if (ari_json_type(value) == ARI_JSON_ARRAY) {
		ari_json_iter_init(&iter, value);
		while (ari_json_next(&iter, &key, &item))
			named &= write_name_of(cli, columns, item, &scratch);
	} else {
		named = write_name_of(cli, columns, value, &scratch);
	}
	free(scratch.text);
	return named ? CLI_OK : cli_fail(cli, CLI_SERVER,
					 "the reply of the server has something in it that has no %s",
					 columns->column[0].field.name);
}

/* ---- all of them ---- */

/* A variable has nothing but a value: it is shown as that. */
static bool is_single(const struct field *fields)
{
	return fields && fields[0].name && !fields[1].name;
}

static int write_format(struct cli *cli, const struct columns *columns, struct ari_span value,
			bool selected)
{
	switch (cli->format) {
	case OUTPUT_JSON:
		write_json(cli, columns, value);
		break;
	case OUTPUT_JSONL:
		write_lines(cli, columns, value);
		break;
	case OUTPUT_YAML:
		return write_yaml(cli, columns, value);
	case OUTPUT_NAME:
		return write_names(cli, columns, value);
	case OUTPUT_TSV:
		return table_write_tsv(cli, columns, value);
	case OUTPUT_TABLE:
		if (ari_json_type(value) == ARI_JSON_ARRAY)
			return table_write(cli, columns, value);
		table_write_object(cli, selected ? columns : NULL, value);
		break;
	}
	return CLI_OK;
}

int output_reply(struct cli *cli, const struct field *fields, const char *usual, const char *json,
		 size_t len)
{
	struct ari_span value = { .p = json, .len = len };
	struct columns columns;
	const char *wrong;
	const char *list = cli->columns;
	bool whole;
	int status;

	while (value.len && strchr(" \t\r\n", *value.p)) {
		value.p++;
		value.len--;
	}
	while (value.len && strchr(" \t\r\n", value.p[value.len - 1]))
		value.len--;
	if (!value.len)
		return CLI_OK;
	/* A list is shown in its usual columns, an object with all that it has; a name is the first
	 * field. */
	whole = ari_json_type(value) != ARI_JSON_ARRAY || cli->format == OUTPUT_NAME;
	if (!list && !whole)
		list = usual;
	if (columns_choose(&columns, fields, list, value, &wrong) < 0)
		status = fail_column(cli, fields, wrong);
	else
		status = write_format(cli, &columns, value, cli->columns || is_single(fields));
	columns_release(&columns);
	return status == CLI_OK ? output_finish(cli) : status;
}

int output_object(struct cli *cli, const struct field *fields, const char *json, size_t len)
{
	return output_reply(cli, fields, NULL, json, len);
}
