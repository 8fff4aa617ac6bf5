/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Configuration files (cli/config.c): any bytes are either read or refused with one line that names
 * a place; what was read can be read again from what it says; a command line's words hold no more
 * than it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../cli/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

/* Write what was read as a file, read that, and compare. */
static void read_again(const struct config_values *values, bool main_file)
{
	struct config_values again = { { NULL } };
	char *text = NULL, why[512];
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
		if (values->value[key])
			fprintf(out, "%s = %s\n", config_row(key)->name, values->value[key]);
	}
	fclose(out);
	must(config_parse(&again, main_file, "f", text, len, why, sizeof(why)) == 0);
	for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
		must(!values->value[key] == !again.value[key]);
		must(!values->value[key] || strcmp(values->value[key], again.value[key]) == 0);
	}
	config_values_release(&again);
	free(text);
}

static void try_words(const char *line)
{
	const char *why = NULL;
	char **words = config_words(line, &why);
	size_t total = 0;

	must(words || why);
	for (size_t i = 0; words && words[i]; i++)
		total += strlen(words[i]);
	must(total <= strlen(line));
	free(words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool main_file = size && data[0] == '#';
	struct config_values values = { { NULL } };
	char why[512] = "";
	char *line = strndup((const char *)data, size);

	if (config_parse(&values, main_file, "f", (const char *)data, size, why, sizeof(why)) == 0)
		read_again(&values, main_file);
	else
		must(strncmp(why, "f:", 2) == 0 && !strchr(why, '\n'));
	config_values_release(&values);
	if (line)
		try_words(line);
	free(line);
	return 0;
}
