/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Scopes: what a user may follow, manipulate and originate. A scope is a list of
 * "kind:pattern" words ('*' and '?' are wildcards), or "all". A word names one property
 * of an object; an object is within the scope when one of its properties matches one of
 * the words of that kind. An empty scope matches nothing.
 */
#ifndef CORE_SCOPE_H
#define CORE_SCOPE_H

#include <stdbool.h>
#include <stddef.h>

enum scope_kind {
	SCOPE_APPLICATION,
	SCOPE_CHANNEL,	/* the channel's name: PJSIP/acme-* */
	SCOPE_CONTEXT,
	SCOPE_ENDPOINT,	/* technology/resource */
	SCOPE_TENANT,
	SCOPE_RECORDING,
	SCOPE_BRIDGE,	/* the bridge's name */
	SCOPE_DEVICE,	/* a device state's name */
	SCOPE_MAILBOX,
	SCOPE_KINDS,
};

struct scope_word {
	enum scope_kind kind;
	char *pattern;
};

struct scope {
	bool all;
	struct scope_word *word;
	size_t n;
};

/** Add the words of the comma separated TEXT. 0, or -1 with the offending word in BAD (borrowed
 * from a static table or TEXT's copy is truncated into it). */
int scope_add(struct scope *scope, const char *text, char *bad, size_t size);
/** Add all words of FROM; -1 when memory is short. */
int scope_merge(struct scope *scope, const struct scope *from);
void scope_free(struct scope *scope);
/** Is VALUE, a property of this kind, within the scope? NULL and "" are only within "all". */
bool scope_match(const struct scope *scope, enum scope_kind kind, const char *value);
/** The same with FN in place of pattern_match, for values that are not read letter by letter. */
bool scope_match_by(const struct scope *scope, enum scope_kind kind, const char *value,
		    bool (*fn)(const char *pattern, const char *value));
/** Could anything of this kind be within the scope? */
bool scope_has(const struct scope *scope, enum scope_kind kind);

/** Does TEXT match PATTERN? Linear in the product of their lengths at worst. */
bool pattern_match(const char *pattern, const char *text);

#endif
