/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What the XML writer and the XML reader share: the characters of JSON strings, and which of
 * them XML can carry as text or in a name.
 */
#ifndef CORE_XML_TEXT_H
#define CORE_XML_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "ari/json.h"
#include "xml.h"

/** One character of a checked raw JSON string at *P, stepping over it (an escape as a whole).
 * Its bytes go to OUT, which has room for 4; returns their count. NUL is one byte of zero. */
size_t xml_json_char(const char **p, char *out);

/** True when XML 1.0 has a character for each of the raw JSON string's. */
bool xml_can_carry(struct ari_span raw);

/** True when the raw JSON string can name an element as it is. */
bool xml_is_name(struct ari_span raw);

/** The name of one of many: "channels" to "channel", else "item". OUT has SIZE bytes. */
void xml_singular(char *out, size_t size, const char *name, size_t len);

/** Fill ERR, put "line L, column C: " in front when LINE is not 0. Returns -1. */
int xml_fail(struct xml_error *err, unsigned long line, unsigned long column, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
