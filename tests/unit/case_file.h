/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * For tests that read a directory of cases: whole files, their names in order, their lines.
 */
#ifndef CASE_FILE_H
#define CASE_FILE_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline char *case_read(const char *path, size_t *len)
{
	FILE *in = fopen(path, "rb");
	char *text;
	long size;

	if (!in)
		fail_msg("cannot read %s", path);
	fseek(in, 0, SEEK_END);
	size = ftell(in);
	rewind(in);
	/* Exactly as long as the text, but for one byte: the sanitizer sees a read past the end. */
	text = malloc((size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)size, in), size);
	text[size] = '\0';
	fclose(in);
	*len = (size_t)size;
	return text;
}

static inline int case_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Calls FN for each entry of DIR, in order; returns how many there were. */
static inline size_t case_each(const char *dir, void (*fn)(const char *path, const char *name, void *data),
			       void *data)
{
	struct dirent **entries;
	int n = scandir(dir, &entries, case_visible, alphasort);

	if (n < 1)
		fail_msg("no cases in %s", dir);
	for (int i = 0; i < n; i++) {
		char path[512];

		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		fn(path, entries[i]->d_name, data);
		free(entries[i]);
	}
	free(entries);
	return (size_t)n;
}

#endif
