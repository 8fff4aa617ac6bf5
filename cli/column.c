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

static void want(struct columns *columns, const char *path, size_t offset)
{
	size_t len = head_length(path);

	if (path)
		columns->wanted[columns->n_wanted++] = (struct wanted){
			.name = path,
			.len = len,
			.rest = path[len] ? path + len + 1 : NULL,
			.offset = columns->count * sizeof(struct cell) + offset,
		};
}

static void columns_add(struct columns *columns, const struct field *field)
{
	if (columns->count == COLUMNS_MAX)
		return;
	want(columns, field->path, offsetof(struct cell, value));
	want(columns, field->also, offsetof(struct cell, also));
	columns->column[columns->count++] = (struct column){ .field = *field };
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

/* The next object of VALUE, which is one or an array: the first one when ITER is zeroed. */
static bool next_object(struct ari_span value, struct ari_json_iter *iter, struct ari_span *object)
{
	bool first = !iter->p;
	struct ari_span key;

	if (ari_json_type(value) == ARI_JSON_OBJECT) {
		iter->p = value.p;
		*object = value;
		return first;
	}
	if (ari_json_type(value) != ARI_JSON_ARRAY)
		return false;
	if (first)
		ari_json_iter_init(iter, value);
	while (ari_json_next(iter, &key, object)) {
		if (ari_json_type(*object) == ARI_JSON_OBJECT)
			return true;
	}
	return false;
}

/* Does PATH begin as one of FIELDS does? */
static bool same_head(const struct field *fields, const char *path, bool members)
{
	size_t len = head_length(path);

	for (; fields && fields->name; fields++) {
		if (head_length(fields->path) == len && strncmp(fields->path, path, len) == 0 &&
		    (!members || fields->kind == FIELD_MEMBERS))
			return true;
	}
	return false;
}

static bool path_exists(const struct field *fields, const char *path, struct ari_span value)
{
	struct ari_json_iter iter = { 0 };
	struct ari_span object;
	bool any = false;

	if (!*path)
		return false;
	if (same_head(fields, path, true))
		return true;
	while (next_object(value, &iter, &object)) {
		if (ari_json_get(object, path).p)
			return true;
		any = true;
	}
	return !any && (!fields || same_head(fields, path, false));
}

static int columns_of_list(struct columns *columns, const struct field *fields, const char *list,
			   struct ari_span value, const char **wrong)
{
	char *rest;

	columns->text = strdup(list);
	if (!columns->text)
		return -1;
	rest = columns->text;
	for (char *name = strsep(&rest, ","); name; name = strsep(&rest, ",")) {
		const struct field *field = field_find(fields, name);

		if (!field && !path_exists(fields, name, value)) {
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
		   struct ari_span value, const char **wrong)
{
	struct ari_json_iter iter = { 0 };
	struct ari_span sample = { 0 };

	*columns = (struct columns){ 0 };
	*wrong = NULL;
	if (list)
		return columns_of_list(columns, fields, list, value, wrong);
	if (!fields) {
		next_object(value, &iter, &sample);
		return columns_of_sample(columns, sample);
	}
	for (; fields->name; fields++)
		columns_add(columns, fields);
	return 0;
}

void columns_release(struct columns *columns)
{
	free(columns->text);
	*columns = (struct columns){ 0 };
}

static struct ari_span *cell_span(struct cell *cells, size_t offset)
{
	return (struct ari_span *)(void *)((char *)cells + offset);
}

/* Walk the object at P; returns the byte after it. */
static const char *walk_object(const struct columns *columns, const char *p, const char *end,
			       struct cell *cells)
{
	struct arip_json_walk walk;
	struct ari_span key, value;

	arip_json_walk_init(&walk, p, end, 1);
	while (arip_json_walk_known(&walk, &key, &value)) {
		for (size_t i = 0; i < columns->n_wanted; i++) {
			const struct wanted *wanted = &columns->wanted[i];

			if (wanted->len != key.len || memcmp(wanted->name, key.p, key.len) != 0)
				continue;
			*cell_span(cells, wanted->offset) =
				wanted->rest ? arip_json_get_known(value, wanted->rest) : value;
		}
	}
	return walk.p;
}

void columns_find(const struct columns *columns, struct ari_span object, struct cell *cells)
{
	memset(cells, 0, columns->count * sizeof(*cells));
	if (ari_json_type(object) == ARI_JSON_OBJECT)
		walk_object(columns, object.p, object.p + object.len, cells);
}

void columns_rows(struct arip_json_walk *rows, struct ari_span list)
{
	arip_json_walk_init(rows, list.p, list.p + list.len, 0);
}

bool columns_next(const struct columns *columns, struct arip_json_walk *rows, struct cell *cells)
{
	const char *p = arip_json_space(rows->p, rows->end);
	struct ari_span key, value;

	memset(cells, 0, columns->count * sizeof(*cells));
	if (p < rows->end && *p == ',')
		p = arip_json_space(p + 1, rows->end);
	if (p == rows->end || *p != '{') {
		rows->p = p;
		return arip_json_walk_known(rows, &key, &value);
	}
	rows->p = walk_object(columns, p, rows->end, cells);
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
		if (ari_json_type(item) == ARI_JSON_ARRAY) /* one level is readable, more is JSON */
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

	if (local_time && ari_json_text(value, text, sizeof(text)) > 0 &&
	    add_local_time(scratch, text))
		return;
	add_value(scratch, value);
}

static void add_endpoint(struct scratch *scratch, const struct cell *cell)
{
	add_value(scratch, cell->value);
	if (cell->value.p && cell->also.p)
		scratch_add(scratch, "/", 1);
	add_value(scratch, cell->also);
}

static bool is_stasis(struct ari_span value)
{
	static const char name[] = "\"Stasis\"";

	return value.len == sizeof(name) - 1 && memcmp(value.p, name, value.len) == 0;
}

/* "queue,1,2" is the application queue and its arguments. */
static void add_application(struct scratch *scratch, const struct cell *cell)
{
	size_t own = strlen(FIELD_OWN_APPLICATION), len;
	char *text;
	const char *name;

	add_value(scratch, cell->value);
	if (!is_stasis(cell->value))
		return;
	text = ari_json_text_dup(cell->also);
	name = text ? text : "";
	if (strncmp(name, FIELD_OWN_APPLICATION, own) == 0) {
		name += strcspn(name, ",");
		name += *name == ',';
	}
	len = strcspn(name, ",");
	if (len) {
		scratch_add(scratch, "(", 1);
		scratch_add(scratch, name, len);
		scratch_add(scratch, ")", 1);
	}
	free(text);
}

/* "1000 <Alice>" */
static void add_also(struct scratch *scratch, struct ari_span also)
{
	if (ari_json_type(also) != ARI_JSON_STRING || also.len <= 2)
		return;
	scratch_add(scratch, scratch->len ? " <" : "<", scratch->len ? 2 : 1);
	add_value(scratch, also);
	scratch_add(scratch, ">", 1);
}

/* Most cells are a text without escapes, which needs no copy. */
static bool is_plain(const struct column *column, const struct cell *cell)
{
	bool alone = column->field.kind == FIELD_TEXT ? cell->also.len <= 2 :
		     column->field.kind == FIELD_APPLICATION && !is_stasis(cell->value);

	return alone && cell->value.len > 2 && *cell->value.p == '"' &&
	       !memchr(cell->value.p, '\\', cell->value.len);
}

struct ari_span cell_text(const struct column *column, const struct cell *cell, bool local_time,
			  struct scratch *scratch)
{
	if (is_plain(column, cell))
		return (struct ari_span){cell->value.p + 1, cell->value.len - 2};
	scratch->len = 0;
	switch (column->field.kind) {
	case FIELD_ENDPOINT:
		add_endpoint(scratch, cell);
		break;
	case FIELD_APPLICATION:
		add_application(scratch, cell);
		break;
	case FIELD_COUNT:
		add_count(scratch, cell->value);
		break;
	case FIELD_TIME:
		add_time(scratch, cell->value, local_time);
		break;
	default:
		add_value(scratch, cell->value);
		add_also(scratch, cell->also);
	}
	return (struct ari_span){scratch->len ? scratch->text : "", scratch->len};
}
