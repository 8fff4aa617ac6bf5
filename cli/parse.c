/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * From argv to a struct input. The words of a command are the longest match in the table; after
 * them an --option belongs to the command itself, else to its operation, else to every command.
 * Nothing is guessed: a word that is nearly right is an error that names the right one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nearest.h"
#include "parse.h"

static int fail_memory(struct parse *parse)
{
	return cli_fail(parse->cli, CLI_FAILURE, "out of memory");
}

/* ---- taking values ---- */

/* The value of an option: after "=", or the next argument. */
static int option_value(struct parse *parse, const char *name, const char *inline_value,
			const char *metavar, const char **value)
{
	if (inline_value) {
		*value = inline_value;
		return CLI_OK;
	}
	if (parse->at >= parse->argc)
		return cli_fail(parse->cli, CLI_USAGE, "%s needs a value: %s %s", name, name,
				metavar);
	*value = parse->argv[parse->at];
	if (strncmp(*value, "--", 2) == 0)
		return cli_fail(
			parse->cli, CLI_USAGE,
			"%s needs a value, '%s' looks like the next option; write %s=VALUE for a "
			"value that begins with --",
			name, *value, name);
	parse->at++;
	return CLI_OK;
}

static int add_arg(struct parse *parse, const char *name, const char *value)
{
	return input_add(parse->input, name, value) < 0 ? fail_memory(parse) : CLI_OK;
}

/* --variable NAME=VALUE sets the member NAME of the object. */
static int add_member(struct parse *parse, const char *arg, const struct ari_param *param,
		      const char *value)
{
	const char *equals = strchr(value, '=');
	const char *name;
	char *text;

	if (!equals || equals == value)
		return cli_fail(parse->cli, CLI_USAGE,
				"%s '%s' is incomplete; expected %s NAME=VALUE", arg, value, arg);
	if (asprintf(&text, "%s.%.*s", param->name, (int)(equals - value), value) < 0)
		text = NULL;
	name = input_own(parse->input, text);
	return name ? add_arg(parse, name, equals + 1) : fail_memory(parse);
}

static int take_param(struct parse *parse, const char *arg, const struct ari_param *param,
		      const char *inline_value)
{
	const char *value;
	int status;

	if (param->type == ARI_TYPE_BOOL)
		return add_arg(parse, param->name, inline_value ? inline_value : "true");
	status = option_value(parse, arg, inline_value,
			      param->type == ARI_TYPE_OBJECT && !param->whole_body ? "NAME=VALUE"
										   : "VALUE",
			      &value);
	if (status != CLI_OK)
		return status;
	if (param->type == ARI_TYPE_OBJECT && !param->whole_body)
		return add_member(parse, arg, param, value);
	if (!param->multiple && input_arg(parse->input, param->name))
		return cli_fail(parse->cli, CLI_USAGE, "%s was given twice", arg);
	return add_arg(parse, param->name, value);
}

static int take_own(struct parse *parse, const char *arg, const struct command_option *own,
		    const char *inline_value)
{
	const struct ari_param *param = command_param(parse->input->command, own->param);
	const char *value = "";
	int status;

	if (param)
		return take_param(parse, arg, param, inline_value);
	if (!own->metavar && inline_value)
		return cli_fail(parse->cli, CLI_USAGE, "%s takes no value", arg);
	if (own->metavar) {
		status = option_value(parse, arg, inline_value, own->metavar, &value);
		if (status != CLI_OK)
			return status;
	}
	if (!own->repeat && own->metavar && input_flag(parse->input, own->name))
		return cli_fail(parse->cli, CLI_USAGE, "%s was given twice", arg);
	return input_note(parse->input, own->name, value, false) < 0 ? fail_memory(parse) : CLI_OK;
}

static int take_global(struct parse *parse, const char *arg, const struct global_option *global,
		       const char *inline_value)
{
	const char *value = "";
	int status;

	if (!global->metavar && inline_value)
		return cli_fail(parse->cli, CLI_USAGE, "%s takes no value", arg);
	if (global->metavar) {
		status = option_value(parse, arg, inline_value, global->metavar, &value);
		if (status != CLI_OK)
			return status;
	}
	return global->set(parse->cli, value);
}

static int take_long(struct parse *parse, char *arg)
{
	char name[OPTION_NAME_SIZE];
	char shown[OPTION_NAME_SIZE + 2];
	const char *equals = strchr(arg, '=');
	size_t len = equals ? (size_t)(equals - arg) - 2 : strlen(arg) - 2;
	const char *value = equals ? equals + 1 : NULL;
	struct option option;

	if (len == 0 || len >= sizeof(name))
		return cli_fail(parse->cli, CLI_USAGE, "unknown option '%s'", arg);
	memcpy(name, arg + 2, len);
	name[len] = '\0';
	snprintf(shown, sizeof(shown), "--%s", name);
	option = parse_option(parse, name);
	if (!option.own && !option.param && !option.global && !value &&
	    strncmp(name, "no-", 3) == 0) {
		option = parse_option(parse, name + 3);
		if (option.param && option.param->type == ARI_TYPE_BOOL)
			return add_arg(parse, option.param->name, "false");
		option = (struct option){ 0 };
	}
	if (option.own)
		return take_own(parse, shown, option.own, value);
	if (option.param)
		return take_param(parse, shown, option.param, value);
	if (option.global)
		return take_global(parse, shown, option.global, value);
	return parse_unknown(parse, shown, name);
}

/* "-o json", "-ojson", "-qy". */
static int take_short(struct parse *parse, char *arg)
{
	for (const char *p = arg + 1; *p; p++) {
		const struct global_option *global = global_find(NULL, *p);
		char shown[3] = { '-', *p, '\0' };
		int status;

		if (!global)
			return parse_unknown(parse, arg, arg + 1);
		if (global->metavar)
			return take_global(parse, shown, global, p[1] ? p + 1 : NULL);
		status = take_global(parse, shown, global, NULL);
		if (status != CLI_OK)
			return status;
	}
	return CLI_OK;
}

/* ---- arguments without a name ---- */

/* "PJSIP/alice" is two parameters. */
static int add_pair(struct parse *parse, const struct command_positional *positional,
		    const char *arg)
{
	const char *slash = strchr(arg, '/');
	const char *first;
	int status;

	if (!slash || slash == arg || !slash[1])
		return cli_fail(parse->cli, CLI_USAGE,
				"'%s' is no %s; expected TECHNOLOGY/RESOURCE, like PJSIP/alice",
				arg, positional->name);
	first = input_own(parse->input, strndup(arg, (size_t)(slash - arg)));
	status = first ? add_arg(parse, positional->param, first) : fail_memory(parse);
	return status == CLI_OK ? add_arg(parse, positional->rest, slash + 1) : status;
}

static int take_positional(struct parse *parse, const char *arg)
{
	const struct command *command = parse->input->command;
	struct command_positional positional;
	const struct ari_param *param;
	char buf[OPTION_NAME_SIZE], shown[OPTION_NAME_SIZE];
	const char *name;
	size_t index = parse->positionals;

	if (!command_positional(command, index, &positional, buf)) {
		if (index == 0 || !command_positional(command, index - 1, &positional, buf) ||
		    !positional.repeat)
			return cli_fail(parse->cli, CLI_USAGE,
					"unexpected argument '%s'; see 'astctl %s --help'", arg,
					command->words);
		parse->positionals--;
	}
	parse->positionals++;
	name = positional.name == buf ? input_own(parse->input, strdup(buf)) : positional.name;
	if (!name || input_note(parse->input, name, arg, true) < 0)
		return fail_memory(parse);
	param = command_param(command, positional.param);
	if (param && param->in == ARI_IN_PATH && (!*arg || strcmp(arg, ".") == 0 ||
						  strcmp(arg, "..") == 0))
		return cli_fail(parse->cli, CLI_USAGE, *arg ? "%s: %s cannot be '%s'" :
			"%s: %s is empty", command->words, parse_upper(shown, name), arg);
	if (positional.rest)
		return add_pair(parse, &positional, arg);
	return positional.param ? add_arg(parse, positional.param, arg) : CLI_OK;
}

static int take_arg(struct parse *parse)
{
	char *arg = parse->argv[parse->at++];

	if (parse->only_positionals || arg[0] != '-' || arg[1] == '\0')
		return take_positional(parse, arg);
	if (strcmp(arg, "--") == 0) {
		parse->only_positionals = true;
		return CLI_OK;
	}
	return arg[1] == '-' ? take_long(parse, arg) : take_short(parse, arg);
}

/* ---- what is missing ---- */

static int check_positionals(struct parse *parse)
{
	const struct command *command = parse->input->command;
	struct command_positional positional;
	char buf[OPTION_NAME_SIZE], shown[OPTION_NAME_SIZE];

	for (size_t i = 0; command_positional(command, i, &positional, buf); i++) {
		if (i < parse->positionals || positional.optional)
			continue;
		return cli_fail(parse->cli, CLI_USAGE, "%s: %s is missing; see 'astctl %s --help'",
				command->words, parse_upper(shown, positional.name), command->words);
	}
	return CLI_OK;
}

static bool has_arg(const struct input *input, const struct ari_param *param)
{
	size_t len = strlen(param->name);

	for (size_t i = 0; i < input->n_args; i++) {
		const char *name = input->args[i].name;

		if (strncmp(name, param->name, len) == 0 && (name[len] == '\0' || name[len] == '.'))
			return true;
	}
	return false;
}

/* Said here in the words of the command line; the library would name the wire's. */
static int check_params(struct parse *parse)
{
	struct input *input = parse->input;
	const struct command_preset *preset = input->command->presets;
	char buf[OPTION_NAME_SIZE];

	for (; preset && preset->name; preset++) {
		if (!input_arg(input, preset->name) &&
		    input_add(input, preset->name, preset->value) < 0)
			return fail_memory(parse);
	}
	for (size_t i = 0; input->op && input->command->run == NULL && i < input->op->n_params;
	     i++) {
		const struct ari_param *param = &input->op->params[i];

		if (param->required && !has_arg(input, param))
			return cli_fail(parse->cli, CLI_USAGE,
					"%s: --%s is missing; see 'astctl %s --help'",
					input->command->words, option_name(buf, param),
					input->command->words);
	}
	return CLI_OK;
}

/* ---- the whole line ---- */

/* Options before the words can only be those of every command. */
static int parse_leading(struct parse *parse)
{
	int status = CLI_OK;

	while (status == CLI_OK && parse->at < parse->argc) {
		const char *arg = parse->argv[parse->at];

		if (arg[0] != '-' || arg[1] == '\0' || strcmp(arg, "--") == 0)
			break;
		status = take_arg(parse);
	}
	return status;
}

static int fail_words(struct parse *parse, size_t taken)
{
	struct input *input = parse->input;
	char *typed =
		parse->at + (int)taken < parse->argc ? parse->argv[parse->at + (int)taken] : NULL;
	char hint[640];

	if (typed && (typed[0] != '-' || typed[1] == '\0'))
		return cli_fail(parse->cli, CLI_USAGE, "unknown command '%s%s%s'%s", input->group,
				input->group[0] ? " " : "", typed,
				command_suggest(input->group, typed, hint, sizeof(hint)));
	if (!input->group[0])
		return cli_fail(parse->cli, CLI_USAGE,
				"COMMAND is missing; 'astctl --help' lists the commands");
	return cli_fail(parse->cli, CLI_USAGE, "'%s' is not a whole command%s", input->group,
			command_suggest(input->group, "\n", hint, sizeof(hint)));
}

/* Nothing but options may follow "astctl channel", and --help must be among them. */
static int parse_group(struct parse *parse, size_t taken)
{
	int first = parse->at;

	parse->at += (int)taken;
	for (int i = parse->at; i < parse->argc; i++) {
		if (strcmp(parse->argv[i], "--help") == 0 || strcmp(parse->argv[i], "-h") == 0)
			parse->cli->help = true;
	}
	if (parse->cli->help && taken > 0 &&
	    (parse->at >= parse->argc || parse->argv[parse->at][0] == '-'))
		return parse_leading(parse);
	parse->at = first;
	return fail_words(parse, taken);
}

/* "bridge A B" is a command and "bridge list" another: "bridge lst" is no channel. */
static int check_lost_verb(struct parse *parse)
{
	const char *typed = parse->at + 1 == parse->argc ? parse->argv[parse->at] : NULL;
	const char *words = parse->input->command->words;
	char hint[640];

	if (!typed || typed[0] == '-' || strchr(words, ' '))
		return CLI_OK;
	command_suggest(words, typed, hint, sizeof(hint));
	if (strncmp(hint, "; did you mean", 14) != 0)
		return CLI_OK;
	return cli_fail(parse->cli, CLI_USAGE, "unknown command '%s %s'%s", words, typed, hint);
}

int input_parse(struct cli *cli, struct input *input, int argc, char **argv)
{
	struct parse parse = { .cli = cli, .input = input, .argc = argc, .argv = argv };
	size_t taken;
	int status = parse_leading(&parse);

	if (status != CLI_OK || parse.at >= argc)
		return status;
	input->command =
		command_match(argv + parse.at, (size_t)(argc - parse.at), &taken, input->group);
	if (!input->command)
		return parse_group(&parse, taken);
	parse.at += (int)taken;
	status = check_lost_verb(&parse);
	if (input->command->operation)
		input->op = ari_operation_find(input->command->operation);
	while (status == CLI_OK && parse.at < argc)
		status = take_arg(&parse);
	if (status != CLI_OK || cli->help)
		return status;
	status = check_positionals(&parse);
	return status == CLI_OK ? check_params(&parse) : status;
}
