/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * XML for those who ask for it: JSON text to XML text and back. Pure, bytes in, bytes out.
 *
 *	<?xml version="1.0" encoding="UTF-8"?>
 *	<channel><id>1.7</id><caller><name/><number>100</number></caller>
 *	<priority type="number">1</priority><talking type="boolean">false</talking>
 *	<channel_ids type="array"><channel_id>1.7</channel_id></channel_ids></channel>
 *
 * The mapping, the same in both directions and lossless, order included:
 *  - A member is an element of its name. Its value is named by the attribute "type": number,
 *    boolean, null, array, object, string, json-string. Without one it is an object when there
 *    are elements in it, else a string, so only the empty object is written with
 *    type="object" and no string is ever written with type="string".
 *  - An array always has its type; the names of its items say nothing and are written as the
 *    singular of the array's name ("channels": <channel>), else <item>.
 *  - A name that cannot name an element ("a b", "1x", "x:y", "", "xmlfoo", non-ASCII letters)
 *    stands in an attribute: <member name="a b">. When even that cannot carry it (a control
 *    character) the attribute is "json-name" and holds what JSON has between the quotes.
 *  - A string with characters that XML 1.0 has not (controls, U+FFFE, U+FFFF) has the type
 *    json-string, and its text is what JSON has between the quotes.
 *  - White space counts in a string and nowhere else. Comments and processing instructions
 *    are skipped, CDATA is text.
 *  - The root's name comes from the result's model and says nothing: see xml_names_of_model().
 *    An event is <event>, with its <type> as a member like any other.
 *
 * Reading is strict: UTF-8 only, no DOCTYPE (so no entities but the five of XML), no namespaces,
 * no attribute but the above, no member twice in one object, the caps below. What is wrong
 * is one line with line and column.
 */
#ifndef CORE_XML_H
#define CORE_XML_H

#include <stddef.h>

#include "ari/operation.h"
#include "buf.h"

#define XML_DEPTH_MAX	32		  /* elements in elements, the root is the first */
#define XML_TEXT_MAX	((size_t)1 << 20) /* bytes to read; the server's own limit is far below */
#define XML_MEMBERS_MAX 1024		  /* of one object, when reading */

enum xml_flags {
	XML_PRETTY = 1 << 0, /* one element a line, indented by tabs */
};

/* Zeroed: <value>, with items <item>. */
struct xml_names {
	char root[64];
	char item[64]; /* when the root is an array */
};

struct xml_error {
	unsigned long line, column; /* from 1; 0 when the fault has no place */
	char text[256];		    /* one line, place included, safe for a terminal */
};

/** The names for a result MODEL as in the operation table: "Channel" is <channel>, "List[Channel]"
 * <channels> of <channel>, "Error" <error>, "Event" <event>; NULL gives <value>. */
void xml_names_of_model(struct xml_names *names, const char *model);

/** Append the JSON text as an XML document to OUT. 0, or -1 with ERR filled and OUT as it was: no
 * valid JSON, or nested deeper than XML_DEPTH_MAX. NAMES may be NULL. */
int xml_write(struct buf *out, const char *json, size_t len, const struct xml_names *names,
	      unsigned int flags, struct xml_error *err);

/** Append the XML document as JSON text to OUT. 0, or -1 with ERR filled and OUT as it was.
 * With OP, the document is a request body of that operation: elements below the root that are
 * its parameters and have no type take the parameter's ("<timeout>30</timeout>" is a number,
 * "<fields><field>..." an array), and an empty root is an empty object. OP may be NULL. */
int xml_read(struct buf *out, const char *xml, size_t len, const struct ari_operation *op,
	     struct xml_error *err);

#endif
