/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Which form a body has and which form an answer shall have: Content-Type and Accept
 * (RFC 9110 8.3 and 12.5.1), down to the few media types of this API. Nothing is kept.
 */
#ifndef CORE_MIME_H
#define CORE_MIME_H

enum mime {
	MIME_NONE, /* Accept: nothing that we have, so 406. Content-Type: no such header */
	MIME_JSON,
	MIME_XML,
	MIME_FORM,
	MIME_OTHER, /* Content-Type: nothing that we read, so 415 */
};

/** The form for an answer that can be JSON or XML; ACCEPT is the header's value or NULL.
 * The better q wins, JSON if they are equal. A browser's address line names text/html
 * before application/xml and gets JSON if it takes that at all. Members of the list that are
 * malformed do not count; a list of nothing else counts as none. Not for recordings' bytes. */
enum mime mime_accept(const char *accept);

/** The form of a body; CONTENT_TYPE is the header's value or NULL. A charset other than UTF-8 is
 * MIME_OTHER. *WHY, when MIME_OTHER, is a constant text. WHY may be NULL. */
enum mime mime_content(const char *content_type, const char **why);

/** The Content-Type of an answer, charset included for XML. MIME_JSON or MIME_XML. */
const char *mime_type(enum mime mime);

#endif
