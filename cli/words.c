/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The words of commands: which row is meant, and what may have been meant when none is. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "nearest.h"

#define MOST_WORDS 3
#define MOST_LISTED 24

/* Join N words with spaces; false when they cannot be those of a command. */
static bool join(char buf[COMMAND_WORDS_SIZE], char *const *words, size_t n)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(words[i]);

		if (!len || strchr(words[i], ' ') || used + len + 2 > COMMAND_WORDS_SIZE)
			return false;
		if (i > 0)
			buf[used++] = ' ';
		memcpy(buf + used, words[i], len);
		used += len;
	}
	buf[used] = '\0';
	return n > 0;
}

/* The words of ROW after those of GROUP, or NULL when it is not in there. */
static const char *words_after(const struct command *row, const char *group)
{
	size_t len = group ? strlen(group) : 0;

	if (len == 0)
		return row->words;
	if (strncmp(row->words, group, len) != 0 || row->words[len] != ' ')
		return NULL;
	return row->words + len + 1;
}

static bool is_group(const char *words)
{
	const struct command *row;

	for (size_t i = 0; (row = command_at(i)); i++) {
		if (words_after(row, words))
			return true;
	}
	return false;
}

const struct command *command_match(char *const *words, size_t n, size_t *taken,
				    char group[COMMAND_WORDS_SIZE])
{
	char buf[COMMAND_WORDS_SIZE];

	group[0] = '\0';
	for (size_t count = n < MOST_WORDS ? n : MOST_WORDS; count > 0; count--) {
		const struct command *row;

		if (!join(buf, words, count))
			continue;
		row = command_find(buf);
		if (row) {
			*taken = count;
			return row;
		}
		if (!group[0] && is_group(buf)) {
			memcpy(group, buf, sizeof(buf));
			*taken = count;
		}
	}
	if (!group[0])
		*taken = 0;
	return NULL;
}

/* Did a row before INDEX have WORD after GROUP as well? */
static bool met_before(size_t index, const char *group, const char *word, size_t len)
{
	for (size_t i = 0; i < index; i++) {
		const char *next = words_after(command_at(i), group);

		if (next && strncmp(next, word, len) == 0 && (next[len] == ' ' || !next[len]))
			return true;
	}
	return false;
}

/* Call FN for each different next word after GROUP. */
static void each_next(const char *group, void (*fn)(const char *word, void *data), void *data)
{
	const struct command *row;

	for (size_t i = 0; (row = command_at(i)); i++) {
		const char *next = words_after(row, group);
		size_t len = next ? strcspn(next, " ") : 0;
		char word[COMMAND_WORDS_SIZE];

		if (!next || met_before(i, group, next, len))
			continue;
		memcpy(word, next, len);
		word[len] = '\0';
		fn(word, data);
	}
}

struct suggestion {
	struct arip_nearest nearest;
	char best[COMMAND_WORDS_SIZE];
	char list[512];
	size_t used;
	size_t prefix_len;	/* of the typed word; list holds the words that begin with it */
	unsigned count;
};

static void consider(const char *word, void *data)
{
	struct suggestion *s = data;
	const char *before = s->nearest.best;

	arip_nearest_add(&s->nearest, word);
	if (s->nearest.best != before) {
		memcpy(s->best, word, strlen(word) + 1);
		s->nearest.best = s->best;
	}
	if (strncmp(word, s->nearest.word, s->prefix_len) != 0 || s->count >= MOST_LISTED ||
	    s->used + strlen(word) + 3 > sizeof(s->list))
		return;
	s->used += (size_t)snprintf(s->list + s->used, sizeof(s->list) - s->used, "%s%s",
				    s->count ? ", " : "", word);
	s->count++;
}

char *command_suggest(const char *group, const char *typed, char *buf, size_t size)
{
	struct suggestion s = { .nearest.word = typed, .prefix_len = strlen(typed) };
	const char *sep = group && *group ? " " : "";

	if (!group)
		group = "";
	each_next(group, consider, &s);
	if (s.count == 1 && s.prefix_len) {
		snprintf(buf, size, "; did you mean '%s%s%s'?", group, sep, s.list);
	} else if (s.nearest.best) {
		snprintf(buf, size, "; did you mean '%s%s%s'?", group, sep, s.best);
	} else if (s.count > 1 && s.prefix_len) {
		snprintf(buf, size, "; it could be %s", s.list);
	} else if (*group) {
		s = (struct suggestion){ .nearest.word = "" };
		each_next(group, consider, &s);
		snprintf(buf, size, "; expected one of: %s", s.list);
	} else {
		snprintf(buf, size, "; 'astctl --help' lists the commands");
	}
	return buf;
}
