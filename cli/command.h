/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * A command is a row: its words, and what the API description cannot know (positionals, options
 * of its own, columns, examples). Everything else - the --options of the operation, their types,
 * the help - comes from the operation's row in lib. Parsing turns argv into a struct input, which
 * the row's run function gets. Rows are static const; a command file defines its own row
 * (`const struct command command_originate`) and command_table.c lists it; rows that are nothing
 * but an operation are in command_{channel,media,server}.c.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "ari/operation.h"
#include "ari/request.h"
#include "field.h"

struct cli;
struct input;

/* An argument without a name. With a param its value becomes that operation argument; without
 * one, run asks for it: input_positional(input, "media"). */
struct command_positional {
	const char *name;	/* as in the synopsis, lower case: "channel"; NULL ends the list */
	const char *param;	/* "channelId", or NULL */
	const char *rest;	/* a second parameter, which gets what is after a '/', or NULL */
	const char *summary;	/* NULL: that of the parameter */
	bool optional;
	bool repeat; /* takes all that are left (at least one unless optional); last only */
};

/* An option that no operation parameter gives, or another name for one. */
struct command_option {
	const char *name;	/* "max-duration"; NULL ends the list */
	const char *metavar;	/* "SECONDS"; NULL: a flag, no value */
	const char *param;	/* operation parameter it sets, or NULL: run asks input_option() */
	const char *summary;	/* NULL: that of the parameter */
	bool repeat;
};

struct command_preset {
	const char *name;	/* operation parameter; NULL ends the list */
	const char *value;	/* used when the command line gives none */
};

struct command_example {
	const char *line;	/* "astctl channel list -o json"; NULL ends the list */
	const char *text;	/* what it does */
};

enum command_flags {
	COMMAND_CHANGES = 1 << 0,	/* changes something: --dry-run shows the request instead */
	COMMAND_CONFIRM = 1 << 1,	/* asks on a terminal, unless --yes */
	COMMAND_EACH = 1 << 3,		/* its one argument may be several: the operation is called
					 * for each of them */
	COMMAND_HELPS = 1 << 2,		/* run makes its own --help */
};

struct command {
	const char *words;	/* "channel list" */
	const char *summary;	/* a sentence without a full stop, imperative */
	const char *text;	/* more for --help, or NULL; lines are wrapped for you */
	const char *operation;	/* "channels.list": its parameters are options; NULL: none */
	const struct command_positional *positionals;	/* NULL: the path parameters, in order */
	const struct command_option *options;		/* NULL: none of its own */
	const struct command_preset *presets;
	const struct command_example *examples;
	const struct field *fields;	/* what a reply has; NULL: shown as name and value */
	const char *columns;		/* shown unless --columns: "id,state"; NULL: all fields */
	const char *related;		/* "channel show, channel hangup", or NULL */
	const char *done; /* said on stderr after a success without a body: "hung up %s", %s being
			   * the first positional; NULL: silence */
	unsigned flags;
	int (*run)(struct cli *cli, struct input *input); /* an exit status; NULL: invoke_run */
};

/* The parts of the table, each ended by a row without words. */
extern const struct command command_rows_call[];
extern const struct command command_rows_channel[];
extern const struct command command_rows_media[];
extern const struct command command_rows_server[];

/** The row number INDEX of the whole table, in the order of help; NULL after the last. */
const struct command *command_at(size_t index);

/** The row whose words are exactly WORDS, or NULL. */
const struct command *command_find(const char *words);

/** Find the longest row that the first of N words name, and how many of them it takes. When there
 * is none but they name an object ("channel"), that is copied to GROUP. */
#define COMMAND_WORDS_SIZE 64
const struct command *command_match(char *const *words, size_t n, size_t *taken,
				    char group[COMMAND_WORDS_SIZE]);

/** Say which words could have been meant after the words of GROUP (NULL: at the start): " did you
 * mean 'channel'?", or a list. Returns BUF. */
char *command_suggest(const char *group, const char *typed, char *buf, size_t size);

/* The parsed command line. Strings are argv's; what parsing made (file contents) is owned here. */
struct input_value {
	const char *name;	/* of an option ("wait") or a positional ("channel") */
	const char *value;	/* "" for a flag */
	bool positional;
};

struct input {
	const struct command *command;	/* NULL: no words, or only those of a group (for help) */
	char group[COMMAND_WORDS_SIZE];	/* "channel", "channel variable", or "" */
	const struct ari_operation *op;	/* of the command, or NULL */
	struct ari_arg *args;		/* operation arguments: pass them on as they are */
	size_t n_args;
	struct input_value *values;	/* options of the command's own, and all positionals */
	size_t n_values;
	char **owned;
	size_t n_owned;
};

/** True when the option NAME was given. */
bool input_flag(const struct input *input, const char *name);

/** The value of the option NAME (the last one given), or NULL. */
const char *input_option(const struct input *input, const char *name);

/** The value of the positional NAME; the one after PREVIOUS when that is not NULL (a repeatable
 * one: call until NULL). */
const char *input_positional(const struct input *input, const char *name, const char *previous);

/** The (last) value that the operation argument NAME got, or NULL. */
const char *input_arg(const struct input *input, const char *name);

/** Parse ARGV (without the program's name): global options go to CLI, the rest to INPUT, which
 * starts zeroed. An exit status, already reported. Release INPUT in any case. */
int input_parse(struct cli *cli, struct input *input, int argc, char **argv);

/** Note an option of the command's own or a positional. -1 when memory is short. */
int input_note(struct input *input, const char *name, const char *value, bool positional);

/** Keep TEXT (malloc'd, may be NULL) until input_release; returns it, NULL when memory is short. */
const char *input_own(struct input *input, char *text);

/** Add an operation argument. Both strings are borrowed. -1 when memory is short. */
int input_add(struct input *input, const char *name, const char *value);

void input_release(struct input *input);

/** The option that sets PARAM: "callerId" is "caller-id", the object "variables" is "variable". */
#define OPTION_NAME_SIZE 48
const char *option_name(char buf[OPTION_NAME_SIZE], const struct ari_param *param);

/** The positional number INDEX of COMMAND; false after the last. NAME_BUF holds a name made from a
 * parameter ("channelId" is "channel"). */
bool command_positional(const struct command *command, size_t index,
			struct command_positional *out, char name_buf[OPTION_NAME_SIZE]);

/** True when an argument without a name gives the operation's parameter PARAM. */
bool command_takes(const struct command *command, const char *param);

/** The parameter of COMMAND's operation that POSITIONAL or an option sets, or NULL. */
const struct ari_param *command_param(const struct command *command, const char *param);

#endif
