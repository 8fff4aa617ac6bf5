/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * JSON as XML, and back, without loss:
 *
 *   {"id": "1", "up": true, "list": [1, null], "a b": "x"}
 *
 *   <stasis type="object"><id>1</id><up type="boolean">true</up><list type="array">
 *   <item type="number">1</item><item type="null"/></list><member name="a b">x</member></stasis>
 *
 * A member is an element of its name, or <member name="..."> where the name is none for an
 * element; what has no type is a string. Strings with characters that XML cannot hold are
 * written as in JSON, with escaped="json". Documents with a DTD are refused.
 */
#ifndef CORE_XML_H
#define CORE_XML_H

#include "buf.h"

/** The XML document of a JSON text that was checked. 0, or -1 when memory is short. */
int xml_from_json(const char *json, size_t len, struct buf *out);
/** The JSON text of an XML document. 0, or -1 with a constant *why. */
int xml_to_json(const char *xml, size_t len, struct buf *out, const char **why);

#endif
