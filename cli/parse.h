/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Inside the parser of command lines: parse.c goes through the words, parse_option.c knows the
 * options.
 */
#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include "cli.h"
#include "global.h"

struct parse {
	struct cli *cli;
	struct input *input;
	int argc;
	char **argv;
	int at;			/* the next argument */
	size_t positionals;	/* met so far */
	bool only_positionals;	/* after "--" */
};

/* What an --option turned out to be: one of them is set, or none. */
struct option {
	const struct command_option *own;
	const struct ari_param *param;
	const struct global_option *global;
};

/** What --NAME is: of the command itself, else of its operation, else of every command. */
struct option parse_option(const struct parse *parse, const char *name);

/** Say that ARG, whose option would be NAME, is none; returns the exit status. */
int parse_unknown(struct parse *parse, const char *arg, const char *name);

/** The words of the command, as messages name it. */
const char *parse_words(const struct parse *parse);

/** TEXT in upper case in BUF, as a synopsis shows an argument. */
const char *parse_upper(char buf[OPTION_NAME_SIZE], const char *text);

#endif
