/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Columns: choosing them, finding their values, and the text of a value.
 */
#include "column.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "json_scan.h"

static size_t head_length(const char *path)
{
	return path ? strcspn(path, ".") : 0;
}

static void columns_add(struct columns *columns, const struct field *field)
{
	if (columns->count < COLUMNS_MAX)
		columns->column[columns->count++] = (struct column){
			.field = *field,
			.head = head_length(field->path),
			.also_head = head_length(field->also),
		};
}

static const struct field *field_find(const struct field *fields, const char *name)
{
	for (; fields && fields->name; fields++) {
		if (strcmp(fields->name, name) == 0)
			return fields;
	}
	return NULL;
}

/* Without a table: the scalars of the first object. */
static int columns_of_sample(struct columns *columns, struct ari_span sample)
{
	struct ari_json_iter iter;
	struct ari_span key, value;
	size_t used = 0;

	columns->text = malloc(sample.len + 1);
	if (!columns->text)
		return -1;
	ari_json_iter_init(&iter, sample);
	while (ari_json_next(&iter, &key, &value)) {
		char *name = columns->text + used;

		if (ari_json_type(value) >= ARI_JSON_ARRAY || memchr(key.p, '\\', key.len))
			continue;
		memcpy(name, key.p, key.len);
		name[key.len] = '\0';
		used += key.len + 1;
		columns_add(columns, &(struct field){ .name = name, .title = name, .path = name });
	}
	return 0;
}

static int columns_of_list(struct columns *columns, const struct field *fields, const char *list,
			   struct ari_span sample, const char **wrong)
{
	char *rest;

	columns->text = strdup(list);
	if (!columns->text)
		return -1;
	rest = columns->text;
	for (char *name = strsep(&rest, ","); name; name = strsep(&rest, ",")) {
		const struct field *field = field_find(fields, name);

		if (!field && (!*name || (sample.p && !ari_json_get(sample, name).p))) {
			*wrong = name;
			return -1;
		}
		if (field)
			columns_add(columns, field);
		else
			columns_add(columns,
				    &(struct field){ .name = name, .title = name, .path = name });
	}
	return 0;
}

int columns_choose(struct columns *columns, const struct field *fields, const char *list,
		   struct ari_span sample, const char **wrong)
{
	*columns = (struct columns){ 0 };
	*wrong = NULL;
	if (list)
		return columns_of_list(columns, fields, list, sample, wrong);
	if (!fields)
		return columns_of_sample(columns, sample);
	for (; fields->name; fields++)
		columns_add(columns, fields);
	return 0;
}

void columns_release(struct columns *columns)
{
	free(columns->text);
	*columns = (struct columns){ 0 };
}

/* The value of PATH when KEY is its first name. */
static inline void find_path(const char *path, size_t head, struct ari_span key,
			     struct ari_span value, struct ari_span *out)
{
	if (key.len != head || !path || memcmp(key.p, path, head) != 0)
		return;
	*out = path[head] ? ari_json_get(value, path + head + 1) : value;
}

/* Walk the object at P; returns the byte after it, or NULL when it is none. */
static const char *walk_object(const struct columns *columns, const char *p, const char *end,
			       struct cell *cells)
{
	struct arip_json_walk walk;
	struct ari_span key, value;
	int more;

	arip_json_walk_init(&walk, p, end, 1);
	while ((more = arip_json_walk_next(&walk, &key, &value)) > 0) {
		for (size_t i = 0; i < columns->count; i++) {
			const struct column *column = &columns->column[i];

			find_path(column->field.path, column->head, key, value, &cells[i].value);
			find_path(column->field.also, column->also_head, key, value, &cells[i].also);
		}
	}
	return more == 0 ? walk.p : NULL;
}

void columns_find(const struct columns *columns, struct ari_span object, struct cell *cells)
{
	memset(cells, 0, columns->count * sizeof(*cells));
	if (ari_json_type(object) == ARI_JSON_OBJECT)
		walk_object(columns, object.p, object.p + object.len, cells);
}

bool columns_next(const struct columns *columns, struct column_rows *rows, struct cell *cells)
{
	struct arip_json_fail fail;
	const char *p = arip_json_space(rows->p, rows->end);

	memset(cells, 0, columns->count * sizeof(*cells));
	if (p == rows->end || *p != (rows->started ? ',' : '['))
		return false;
	rows->started = true;
	p = arip_json_space(p + 1, rows->end);
	if (p == rows->end || *p == ']')
		return false;
	if (*p == '{')
		p = walk_object(columns, p, rows->end, cells);
	else
		p = arip_json_scan_value(p, rows->end, 1, &fail);
	if (!p)
		return false;
	rows->p = p;
	return true;
}

/* ---- text ---- */

static void scratch_add(struct scratch *scratch, const char *text, size_t len)
{
	if (scratch->len + len + 1 > scratch->size) {
		size_t size = (scratch->len + len + 1) * 2;
		char *bigger = realloc(scratch->text, size);

		if (!bigger)
			return;	/* a cell too long for memory is cut, the next one is whole again */
		scratch->text = bigger;
		scratch->size = size;
	}
	memcpy(scratch->text + scratch->len, text, len);
	scratch->len += len;
	scratch->text[scratch->len] = '\0';
}

static void add_list(struct scratch *scratch, struct ari_span value);

static void add_value(struct scratch *scratch, struct ari_span value)
{
	switch (ari_json_type(value)) {
	case ARI_JSON_NONE:
	case ARI_JSON_NULL:
		return;
	case ARI_JSON_STRING:
		if (memchr(value.p, '\\', value.len)) {
			char *text = ari_json_text_dup(value);

			if (text)
				scratch_add(scratch, text, strlen(text));
			free(text);
			return;
		}
		scratch_add(scratch, value.p + 1, value.len - 2);
		return;
	case ARI_JSON_ARRAY:
		add_list(scratch, value);
		return;
	default:
		scratch_add(scratch, value.p, value.len);
	}
}

static void add_list(struct scratch *scratch, struct ari_span value)
{
	struct ari_json_iter iter;
	struct ari_span key, item;
	size_t start = scratch->len;

	ari_json_iter_init(&iter, value);
	while (ari_json_next(&iter, &key, &item)) {
		if (scratch->len > start)
			scratch_add(scratch, ",", 1);
		if (ari_json_type(item) == ARI_JSON_ARRAY)	/* one level is readable, more is JSON */
			scratch_add(scratch, item.p, item.len);
		else
			add_value(scratch, item);
	}
}

static void add_count(struct scratch *scratch, struct ari_span value)
{
	struct ari_json_iter iter;
	struct ari_span key, item;
	char number[24];
	size_t count = 0;

	if (ari_json_type(value) < ARI_JSON_ARRAY)
		return;
	ari_json_iter_init(&iter, value);
	while (ari_json_next(&iter, &key, &item))
		count++;
	scratch_add(scratch, number, (size_t)snprintf(number, sizeof(number), "%zu", count));
}

/* "2026-11-23T02:56:15.123+0000" as the local time: of today the time, else day and time. */
static bool add_local_time(struct scratch *scratch, const char *text)
{
	struct tm when = { 0 }, here, today;
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &when);
	time_t now = time(NULL);
	char buf[32];
	long offset;
	time_t at;

	if (!rest)
		return false;
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (!strptime(rest, "%z", &when))
		return false;
	offset = when.tm_gmtoff;
	at = timegm(&when) - offset;
	if (!localtime_r(&at, &here) || !localtime_r(&now, &today))
		return false;
	strftime(buf, sizeof(buf),
		 here.tm_yday == today.tm_yday && here.tm_year == today.tm_year ? "%H:%M:%S" :
		 "%Y-%m-%d %H:%M", &here);
	scratch_add(scratch, buf, strlen(buf));
	return true;
}

static void add_time(struct scratch *scratch, struct ari_span value, bool local_time)
{
	char text[64];

	if (local_time && ari_json_text(value, text, sizeof(text)) > 0 && add_local_time(scratch, text))
		return;
	add_value(scratch, value);
}

void cell_text(const struct column *column, const struct cell *cell, bool local_time,
	       struct scratch *scratch)
{
	size_t start;

	scratch->len = 0;
	scratch_add(scratch, "", 0);
	if (column->field.kind == FIELD_COUNT)
		add_count(scratch, cell->value);
	else if (column->field.kind == FIELD_TIME)
		add_time(scratch, cell->value, local_time);
	else
		add_value(scratch, cell->value);
	if (ari_json_type(cell->also) != ARI_JSON_STRING || cell->also.len <= 2)
		return;
	start = scratch->len;
	scratch_add(scratch, start ? " <" : "<", start ? 2 : 1);
	add_value(scratch, cell->also);
	scratch_add(scratch, ">", 1);
}
