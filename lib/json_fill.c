/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Filing the members of an object by a table; see the header for how it is quick.
 */
#include "json_fill.h"

#include <string.h>

static const struct arip_field *find(const struct arip_field *fields, size_t n, size_t *cursor,
				     struct ari_span key)
{
	size_t i = *cursor;

	for (size_t tried = 0; tried < n; tried++) {
		const struct arip_field *field = &fields[i];

		i = i + 1 < n ? i + 1 : 0;
		if (field->len == key.len && !memcmp(field->name, key.p, key.len)) {
			*cursor = i;
			return field;
		}
	}
	return NULL;
}

const char *arip_json_fill(const char *p, const char *end, unsigned depth,
			   const struct arip_field *fields, size_t n_fields, void *base,
			   struct arip_json_fail *fail)
{
	struct arip_json_walk walk;
	struct ari_span key, value;
	size_t cursor = 0;
	int more;

	if (p == end || *p != '{') {
		*fail = (struct arip_json_fail){ p, "expected an object" };
		return NULL;
	}
	arip_json_walk_init(&walk, p, end, depth);
	while ((more = arip_json_walk_next(&walk, &key, &value)) > 0) {
		const struct arip_field *field = find(fields, n_fields, &cursor, key);
		struct ari_span *span;

		if (!field)
			continue;
		span = (struct ari_span *)(void *)((char *)base + field->offset);
		if (!span->p)
			*span = value;
	}
	if (more < 0) {
		*fail = walk.fail;
		return NULL;
	}
	return walk.p;
}
