/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * See stream_filter.h. The module's filter is words separated by commas, with patterns: a value
 * that has one of these characters is said with '?' there, which lets it through, and little
 * else.
 */
#include "stream_filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LENGTH 1024 /* of the module's filters; */
#define MAX_WORDS  128

struct words {
	FILE *out;
	size_t n;
};

static void put_word(struct words *words, const char *word)
{
	if (words->n++)
		fputc(',', words->out);
	for (; *word; word++)
		fputc(strchr(",*", *word) ? '?' : *word, words->out);
}

static void put_type(struct words *words, const char *type)
{
	char word[160];
	int n = snprintf(word, sizeof(word), "type:%s", type);

	if (n > 0 && (size_t)n < sizeof(word))
		put_word(words, word);
	else
		words->n = MAX_WORDS + 1; /* it cannot be said */
}

static bool same_field(const char *source, const char *other)
{
	size_t len = strcspn(source, ":");

	return !strncmp(source, other, len + 1);
}

bool arip_filter_sources(const char *const *subscribe)
{
	static const char *const fields[] = {"channel:", "bridge:", "endpoint:"};
	size_t i = 0;

	if (!subscribe || !subscribe[0])
		return false;
	while (i < sizeof(fields) / sizeof(*fields) && !same_field(fields[i], subscribe[0]))
		i++;
	if (i == sizeof(fields) / sizeof(*fields))
		return false;
	for (i = 0; subscribe[i]; i++) {
		if (!same_field(subscribe[0], subscribe[i]) || !strchr(subscribe[i], ':')[1])
			return false;
	}
	return true;
}

static void put_all(struct words *words, const struct arip_interest *interest)
{
	const char *base = interest->base ? interest->base : "";

	fputs(base, words->out);
	for (words->n = *base != '\0'; *base; base++)
		words->n += *base == ',';
	for (size_t i = 0; interest->filter && interest->filter[i]; i++)
		put_word(words, interest->filter[i]);
	for (size_t i = 0; interest->subscribe && interest->subscribe[i]; i++)
		put_word(words, interest->subscribe[i]);
	for (size_t i = 0; interest->allowed && interest->allowed[i]; i++)
		put_type(words, interest->allowed[i]);
	if (interest->no_device_states)
		put_word(words, "-type:DeviceStateChanged");
}

char *arip_filter_text(const struct arip_interest *interest)
{
	char *text = NULL;
	size_t len = 0;
	struct words words = {.out = open_memstream(&text, &len)};

	if (!words.out)
		return NULL;
	put_all(&words, interest);
	if (fclose(words.out)) {
		free(text);
		return NULL;
	}
	/* More than a filter can say is not left out: then nothing is. */
	if (len > MAX_LENGTH || words.n > MAX_WORDS)
		text[0] = '\0';
	return text;
}
