/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Configuration files: "key = value" lines, '#' comments, nothing else. Reading is strict: an unknown key
 * is an error with its line and column, not something that is ignored and missed later.
 */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

enum config_key {
	CONFIG_CONTEXT = 0,	/* in the main file only */
	CONFIG_URL,
	CONFIG_USER,
	CONFIG_PASSWORD_COMMAND,
	CONFIG_PASSWORD_FILE,
	CONFIG_NETRC_FILE,
	CONFIG_CA_FILE,
	CONFIG_INSECURE,
	CONFIG_TIMEOUT,
	CONFIG_KEYS,
};

/* What one file says; absent keys are NULL. */
struct config_values {
	char *value[CONFIG_KEYS];
};

struct config_row {
	const char *name;
	const char *expected;	/* "yes or no", for messages and help */
	const char *summary;
	bool main_only;
};

const struct config_row *config_row(enum config_key key);

/** Parse LEN bytes of the file called FILE (for messages). MAIN: the main file, not a context. 0, or
 * -1 with WHY: "FILE:3:7: what is wrong". VALUES starts zeroed; release it in any case. Pure. */
int config_parse(struct config_values *values, bool main_file, const char *file, const char *text,
		 size_t len, char *why, size_t why_size);
void config_values_release(struct config_values *values);

/** Cut a command line into words: blanks separate, '...' and "..." keep them; no other character is
 * special. A NULL-terminated array in one allocation, you free it; NULL with *WHY. Pure. */
char **config_words(const char *line, const char **why);

/** True for a name that a context may have. */
bool config_context_name(const char *name);

#endif
