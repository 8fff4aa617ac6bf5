/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * See parse.h: which option a word is, and what is said when it is none. Nothing is guessed.
 */
#include "parse.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "nearest.h"

const char *parse_upper(char buf[OPTION_NAME_SIZE], const char *text)
{
	size_t i;

	for (i = 0; text[i] && i + 1 < OPTION_NAME_SIZE; i++)
		buf[i] = (char)toupper((unsigned char)text[i]);
	buf[i] = '\0';
	return buf;
}

const char *parse_words(const struct parse *parse)
{
	return parse->input->command ? parse->input->command->words : "--help";
}

struct option parse_option(const struct parse *parse, const char *name)
{
	const struct command *command = parse->input->command;
	const struct ari_operation *op = parse->input->op;
	struct option option = { 0 };
	char buf[OPTION_NAME_SIZE];

	for (size_t i = 0; command && command->options && command->options[i].name; i++) {
		if (strcmp(command->options[i].name, name) == 0) {
			option.own = &command->options[i];
			return option;
		}
	}
	for (size_t i = 0; op && i < op->n_params; i++) {
		if (strcmp(option_name(buf, &op->params[i]), name) == 0 &&
		    !command_takes(command, op->params[i].name)) {
			option.param = &op->params[i];
			return option;
		}
	}
	option.global = global_find(name, 0);
	return option;
}

/* The option nearest to NAME in BUF, "" when none is near. */
static const char *option_nearest(const struct parse *parse, const char *name,
				  char buf[OPTION_NAME_SIZE])
{
	const struct command *command = parse->input->command;
	const struct ari_operation *op = parse->input->op;
	struct arip_nearest nearest = { .word = name };
	const struct global_option *globals;
	char candidate[OPTION_NAME_SIZE];
	size_t count;

	globals = global_options(&count);
	for (size_t i = 0; i < count; i++)
		arip_nearest_add(&nearest, globals[i].name);
	for (size_t i = 0; command && command->options && command->options[i].name; i++)
		arip_nearest_add(&nearest, command->options[i].name);
	for (size_t i = 0; op && i < op->n_params; i++) {
		if (command_takes(command, op->params[i].name))
			continue;
		arip_nearest_add(&nearest, option_name(candidate, &op->params[i]));
		if (nearest.best == candidate) {
			memcpy(buf, candidate, OPTION_NAME_SIZE);
			nearest.best = buf;
		}
	}
	if (nearest.best && nearest.best != buf)
		snprintf(buf, OPTION_NAME_SIZE, "%s", nearest.best);
	return nearest.best ? buf : "";
}

/* What is an option elsewhere can be an argument without a name here: --body, --channel. False when
 * it is none; else the line is said. */
static bool fail_positional(struct parse *parse, const char *arg, const char *name)
{
	const struct command *command = parse->input->command;
	struct command_positional positional;
	char buf[OPTION_NAME_SIZE], param_name[OPTION_NAME_SIZE], shown[OPTION_NAME_SIZE];

	for (size_t i = 0; command && command_positional(command, i, &positional, buf); i++) {
		const struct ari_param *param = command_param(command, positional.param);

		if (strcmp(positional.name, name) != 0 &&
		    (!param || strcmp(option_name(param_name, param), name) != 0))
			continue;
		cli_fail(parse->cli, CLI_USAGE,
			 "%s is no option here but an argument without a name (%s); see 'astctl %s "
			 "--help'",
			 arg, parse_upper(shown, positional.name), command->words);
		return true;
	}
	return false;
}

int parse_unknown(struct parse *parse, const char *arg, const char *name)
{
	static const char *const secrets[] = {"password", "pass",    "passwd",
					      "secret",	  "api-key", "token"};
	const char *words = parse_words(parse);
	const char *help = parse->input->command ? " --help" : "";
	char buf[OPTION_NAME_SIZE];

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		if (strcmp(secrets[i], name) == 0)
			return cli_fail(
				parse->cli, CLI_USAGE,
				"there is no --%s: others could read it in the list of processes; "
				"use password_command or password_file in a context, "
				"ASTCTL_PASSWORD_FILE, ASTCTL_PASSWORD or a netrc file",
				name);
	}
	if (fail_positional(parse, arg, name))
		return CLI_USAGE;
	if (*option_nearest(parse, name, buf))
		return cli_fail(parse->cli, CLI_USAGE, "unknown option '%s'; did you mean '--%s'?",
				arg, buf);
	if (parse->input->command && strcmp(words, "api") == 0)
		return cli_fail(
			parse->cli, CLI_USAGE,
			"unknown option '%s'; parameters of an operation are name=value here", arg);
	return cli_fail(parse->cli, CLI_USAGE,
			"unknown option '%s'; see 'astctl %s%s' (an id that begins with '-' goes "
			"after '--')",
			arg, words, help);
}
