/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See scope.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scope.h"

static const char *const kind_names[SCOPE_KINDS] = {
	[SCOPE_APPLICATION] = "application", [SCOPE_CHANNEL] = "channel",
	[SCOPE_CONTEXT] = "context",	     [SCOPE_ENDPOINT] = "endpoint",
	[SCOPE_TENANT] = "tenant",	     [SCOPE_RECORDING] = "recording",
	[SCOPE_BRIDGE] = "bridge",	     [SCOPE_DEVICE] = "device",
	[SCOPE_MAILBOX] = "mailbox",
};

bool pattern_match(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			resume = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static int add_word(struct scope *scope, enum scope_kind kind, const char *pattern, size_t len)
{
	struct scope_word *grown = realloc(scope->word, (scope->n + 1) * sizeof(*grown));

	if (!grown)
		return -1;
	scope->word = grown;
	grown[scope->n].kind = kind;
	grown[scope->n].pattern = strndup(pattern, len);
	if (!grown[scope->n].pattern)
		return -1;
	scope->n++;
	return 0;
}

static int parse_word(struct scope *scope, const char *word, size_t len)
{
	int k;

	if (len == 3 && !memcmp(word, "all", 3)) {
		scope->all = true;
		return 0;
	}
	if (len == 4 && !memcmp(word, "none", 4))
		return 0;
	for (k = 0; k < SCOPE_KINDS; k++) {
		size_t n = strlen(kind_names[k]);

		if (len > n + 1 && !memcmp(word, kind_names[k], n) && word[n] == ':')
			return add_word(scope, (enum scope_kind)k, word + n + 1, len - n - 1);
	}
	return -1;
}

int scope_add(struct scope *scope, const char *text, char *bad, size_t size)
{
	while (*text) {
		size_t len, skip = strspn(text, " \t,");

		text += skip;
		len = strcspn(text, ",");
		skip = len;
		while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'))
			len--;
		if (len && parse_word(scope, text, len)) {
			snprintf(bad, size, "%.*s", (int)(len < 60 ? len : 60), text);
			return -1;
		}
		text += skip;
	}
	return 0;
}

int scope_merge(struct scope *scope, const struct scope *from)
{
	size_t i;

	scope->all = scope->all || from->all;
	for (i = 0; i < from->n; i++) {
		if (add_word(scope, from->word[i].kind, from->word[i].pattern,
			     strlen(from->word[i].pattern)))
			return -1;
	}
	return 0;
}

void scope_free(struct scope *scope)
{
	size_t i;

	for (i = 0; i < scope->n; i++)
		free(scope->word[i].pattern);
	free(scope->word);
	*scope = (struct scope){0};
}

bool scope_match(const struct scope *scope, enum scope_kind kind, const char *value)
{
	return scope_match_by(scope, kind, value, pattern_match);
}

bool scope_match_by(const struct scope *scope, enum scope_kind kind, const char *value,
		    bool (*fn)(const char *pattern, const char *value))
{
	size_t i;

	if (scope->all)
		return true;
	if (!value || !*value)
		return false;
	for (i = 0; i < scope->n; i++) {
		if (scope->word[i].kind == kind && fn(scope->word[i].pattern, value))
			return true;
	}
	return false;
}

bool scope_has(const struct scope *scope, enum scope_kind kind)
{
	size_t i;

	for (i = 0; !scope->all && i < scope->n; i++) {
		if (scope->word[i].kind == kind)
			return true;
	}
	return scope->all;
}
