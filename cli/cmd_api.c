/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * astctl api: any operation by its name, with its parameters as name=value. What has no command
 * of its own is reached here, and what a script wants to say exactly as the API does.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "cmd.h"
#include "help.h"
#include "nearest.h"
#include "term.h"

#define VALUE_MAX (1u << 20)

/* ARI's operations, and those of the module. */
static const struct ari_operation *table(int i, size_t *count)
{
	return i ? ari_module_operations(count) : ari_operations(count);
}

static void list_table(struct cli *cli, int which, size_t width)
{
	size_t count;
	const struct ari_operation *ops = table(which, &count);

	for (size_t i = 0; i < count; i++) {
		if (cli->format == OUTPUT_NAME)
			fprintf(cli->out, "%s\n", ops[i].name);
		else if (cli->format == OUTPUT_TSV)
			fprintf(cli->out, "%s\t%s\t%s\t%s\n", ops[i].name, ops[i].method,
				ops[i].path, ops[i].summary);
		else
			fprintf(cli->out, "%-*s  %s%s\n", (int)width, ops[i].name, ops[i].summary,
				ops[i].module ? " (With the module.)" : "");
	}
}

static int list_operations(struct cli *cli)
{
	size_t count, width = 0;

	for (int which = 0; which < 2; which++) {
		const struct ari_operation *ops = table(which, &count);

		for (size_t i = 0; i < count; i++) {
			if (strlen(ops[i].name) > width)
				width = strlen(ops[i].name);
		}
	}
	for (int which = 0; which < 2; which++)
		list_table(cli, which, width);
	return output_finish(cli);
}

static int find(struct cli *cli, const char *name, const struct ari_operation **op)
{
	struct arip_nearest nearest = { .word = name };
	const struct ari_operation *ops;
	size_t count;

	*op = ari_operation_find(name);
	if (*op)
		return CLI_OK;
	for (int which = 0; which < 2; which++) {
		ops = table(which, &count);
		for (size_t i = 0; i < count; i++)
			arip_nearest_add(&nearest, ops[i].name);
	}
	ops = ari_operations(&count);
	for (size_t i = 0; !nearest.best && i < count; i++) {
		if (strcmp(ops[i].nickname, name) == 0)	/* "originate" for "channels.originate" */
			nearest.best = ops[i].name;
	}
	if (nearest.best)
		return cli_fail(cli, CLI_USAGE, "unknown operation '%s'; did you mean '%s'?", name,
				nearest.best);
	return cli_fail(cli, CLI_USAGE,
			"unknown operation '%s'; 'astctl api --list' shows them all", name);
}

/* All of FD, without a last line end: what an editor or echo has put there. */
static char *read_text(int fd, size_t *len)
{
	char *text = malloc(VALUE_MAX + 1);
	ssize_t n = 1;

	*len = 0;
	while (text && *len < VALUE_MAX && n > 0) {
		n = read(fd, text + *len, VALUE_MAX - *len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			*len += (size_t)n;
	}
	if (!text || n < 0) {
		free(text);
		return NULL;
	}
	if (*len && text[*len - 1] == '\n')
		(*len)--;
	text[*len] = '\0';
	return text;
}

static int value_of_file(struct cli *cli, struct input *input, const char *path, const char **value)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char *text;
	size_t len;

	if (fd < 0)
		return cli_fail(cli, CLI_USAGE, "cannot read %s: %s", path, strerror(errno));
	errno = 0;
	text = read_text(fd, &len);
	if (!standard)
		close(fd);
	if (!text)
		return cli_fail(cli, CLI_USAGE, "cannot read %s: %s", path,
				strerror(errno ? errno : ENOMEM));
	if (len == VALUE_MAX || strlen(text) != len) {
		free(text);
		return cli_fail(cli, CLI_USAGE, "%s cannot be a value: it %s", path,
				len == VALUE_MAX ? "is longer than 1 MiB" : "contains a NUL byte");
	}
	*value = input_own(input, text);
	return *value ? CLI_OK : cli_fail(cli, CLI_FAILURE, "out of memory");
}

/* "name=value", "name=@file", "name=@-", "name=@@text". */
static int take(struct cli *cli, struct input *input, const char *arg)
{
	const char *equals = strchr(arg, '=');
	const char *name, *value;
	int status = CLI_OK;

	if (!equals || equals == arg)
		return cli_fail(
			cli, CLI_USAGE,
			"'%s' is no parameter; expected name=value, see 'astctl api %s --help'",
			arg, input->op->name);
	name = input_own(input, strndup(arg, (size_t)(equals - arg)));
	value = equals + 1;
	if (value[0] == '@' && value[1] == '@')
		value++;
	else if (value[0] == '@')
		status = value_of_file(cli, input, value + 1, &value);
	if (status == CLI_OK && (!name || input_add(input, name, value) < 0))
		status = cli_fail(cli, CLI_FAILURE, "out of memory");
	return status;
}

static int api(struct cli *cli, struct input *input)
{
	const char *name = input_positional(input, "operation", NULL);
	const char *arg = NULL;
	bool empty;
	int status;

	if (input_flag(input, "list"))
		return list_operations(cli);
	if (!name && cli->help) {
		help_command(cli, input->command);
		return output_finish(cli);
	}
	if (!name)
		return cli_fail(cli, CLI_USAGE,
				"api: OPERATION is missing; 'astctl api --list' shows them all");
	status = find(cli, name, &input->op);
	if (status != CLI_OK)
		return status;
	if (cli->help) {
		help_operation(cli, input->op);
		return output_finish(cli);
	}
	if (input->op->websocket)
		return cli_fail(cli, CLI_USAGE, "%s is the event stream; use 'astctl events'",
				name);
	while (status == CLI_OK && (arg = input_positional(input, "name=value", arg)))
		status = take(cli, input, arg);
	if (status != CLI_OK)
		return status;
	return invoke_operation(cli, input->op, input->args, input->n_args, NULL, NULL, &empty);
}

const struct command command_api = {
	.words = "api",
	.summary = "Call any operation of the API by its name",
	.text = "Names are those of the API: a resource and a nickname, as in channels.originate. "
		"A value "
		"@FILE is what FILE contains (without a last line end), @- is standard input, @@x "
		"is '@x'. An object "
		"is given as JSON (variables={\"A\":\"1\"}) or member by member (variables.A=1).",
	.positionals =
		(const struct command_positional[]){
			{.name = "operation",
			 .summary = "Such as channels.list.",
			 .optional = true},
			{.name = "name=value",
			 .summary = "A parameter of the operation.",
			 .optional = true,
			 .repeat = true},
			{0},
		},
	.options =
		(const struct command_option[]){
			{.name = "list", .summary = "List all operations."},
			{0},
		},
	.examples =
		(const struct command_example[]){
			{"astctl api --list", "All operations"},
			{"astctl api channels.originate --help", "The parameters of one"},
			{"astctl api channels.originate endpoint=Local/echo@test app=astctl",
			 "Call it"},
			{"astctl api channels.setChannelVars channelId=1700000000.12 "
			 "variables=@vars.json",
			 "Take a value from a file"},
			{0},
		},
	.related = "events, channel list",
	.flags = COMMAND_HELPS,
	.run = api,
};
