/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Inside the XML reader: xml_read.c follows expat's events, xml_scalar.c makes the JSON of what has
 * no elements in it.
 */
#ifndef CORE_XML_READER_H
#define CORE_XML_READER_H

#include <expat.h>
#include <stdbool.h>

#include "ari/json.h"
#include "xml.h"

enum xml_kind {
	XML_KIND_OPEN, /* no type given, no element seen: a string, or an object to be */
	XML_KIND_STRING,
	XML_KIND_RAW, /* json-string */
	XML_KIND_NUMBER,
	XML_KIND_BOOLEAN,
	XML_KIND_NULL,
	XML_KIND_ARRAY,
	XML_KIND_OBJECT,
};

struct xml_level {
	enum xml_kind kind;
	bool begun;		       /* a container whose bracket is written */
	const struct ari_param *param; /* what the element is to the operation, or NULL */
	size_t members_at;	       /* its members' names in reader.members, from here */
	size_t n_members;
};

struct xml_reader {
	XML_Parser parser;
	struct buf *out;
	struct buf text;    /* of the innermost element since its last tag */
	struct buf members; /* names of the open objects: length as size_t, bytes */
	const struct ari_operation *op;
	unsigned int depth;
	struct xml_level level[XML_DEPTH_MAX];
	bool failed;
	struct xml_error *err;
};

/** The document is refused: this, at the place that is being read. The first word counts. */
void xml_reader_fail(struct xml_reader *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** The text without white space around it. */
struct ari_span xml_trimmed(const struct buf *text);

/** "TEXT" into TO, which is empty; true when that is a JSON string. */
bool xml_quote(struct buf *to, const char *text, size_t len);

/** The innermost element, LEVEL, ends without having had elements: its JSON. */
void xml_put_scalar(struct xml_reader *r, const struct xml_level *level);

#endif
