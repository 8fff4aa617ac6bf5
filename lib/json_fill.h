/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * From the members of a JSON object to the spans of a struct, by a table: one walk that checks the
 * text and files each known member. Servers send members in nearly always the same order, so the
 * search for a name begins behind the last one found and mostly ends at once.
 */
#ifndef ARIP_JSON_FILL_H
#define ARIP_JSON_FILL_H

#include <stddef.h>

#include "json_scan.h"

struct arip_field {
	const char *name;
	size_t len;
	size_t offset;	/* of a struct ari_span in the struct */
};

#define ARIP_FIELD(type, member) { #member, sizeof(#member) - 1, offsetof(struct type, member) }
#define ARIP_FIELD_AS(type, member, name) { name, sizeof(name) - 1, offsetof(struct type, member) }

/** Walk the object at P below DEPTH containers and file its members in BASE, whose spans are empty before. The first
 * of two members with one name counts. Returns the byte past the object, or NULL with FAIL filled. */
const char *arip_json_fill(const char *p, const char *end, unsigned depth,
			   const struct arip_field *fields, size_t n_fields, void *base,
			   struct arip_json_fail *fail);

#endif
