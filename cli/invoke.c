/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The run function of every row that is an operation and no more: show the request, or send it
 * and write the reply.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "term.h"

/* A recording goes to stdout as it comes, and never onto a terminal. */
static int invoke_download(struct cli *cli, const char *op, const struct ari_arg *args, size_t n_args)
{
	struct ari_client *client;
	struct ari_error err = { 0 };
	size_t bytes = 0;
	int status;

	if (cli->out_tty)
		return cli_fail(cli, CLI_USAGE,
				"this writes sound, not text: send it to a file with >FILE");
	status = cli_client(cli, &client);
	if (status != CLI_OK)
		return status;
	fflush(cli->out);
	if (ari_client_download(client, op, args, n_args, STDOUT_FILENO, &bytes, &err) < 0)
		return cli_fail_error(cli, &err);
	cli_note(cli, "%zu bytes", bytes);
	return CLI_OK;
}

/* "hung up %s" and the first positional; the row's text, not a format of printf. */
static void say_done(struct cli *cli, const char *done, const struct input *input)
{
	const char *mark = strstr(done, "%s");
	const char *first = "";

	for (size_t i = 0; i < input->n_values && !*first; i++) {
		if (input->values[i].positional)
			first = input->values[i].value;
	}
	if (mark)
		cli_note(cli, "%.*s%s%s", (int)(mark - done), done, first, mark + 2);
	else
		cli_note(cli, "%s", done);
}

static int confirm(struct cli *cli, const struct input *input)
{
	char question[256];
	const char *first = "";

	if (!(input->command->flags & COMMAND_CONFIRM))
		return CLI_OK;
	for (size_t i = 0; i < input->n_values && !*first; i++) {
		if (input->values[i].positional)
			first = input->values[i].value;
	}
	snprintf(question, sizeof(question), "%s %s?", input->command->words, first);
	return cli_confirm(cli, question);
}

int invoke_operation(struct cli *cli, const struct ari_operation *op, const struct ari_arg *args,
		     size_t n_args, const struct field *fields, const char *columns, bool *empty)
{
	struct ari_reply reply = { 0 };
	const char *usual = NULL;
	int status;

	*empty = false;
	if (cli->dry_run)
		return cli_dry_run(cli, op->name, args, n_args);
	if (op->result && strcmp(op->result, "binary") == 0)
		return invoke_download(cli, op->name, args, n_args);
	status = cli_call(cli, op->name, args, n_args, &reply);
	if (status != CLI_OK)
		return status;
	if (!fields)
		fields = field_of_model(op->result, &usual);
	*empty = reply.len == 0;
	if (reply.len && !reply.json)
		status = cli_fail(cli, CLI_SERVER, "the reply to %s is no JSON", op->name);
	else if (reply.len)
		status = output_reply(cli, fields, columns ? columns : usual, reply.body, reply.len);
	ari_reply_release(&reply);
	return status;
}

int invoke_run(struct cli *cli, struct input *input)
{
	const struct command *command = input->command;
	bool empty;
	int status = cli->dry_run ? CLI_OK : confirm(cli, input);

	if (status != CLI_OK)
		return status;
	status = invoke_operation(cli, input->op, input->args, input->n_args, command->fields,
				  command->columns, &empty);
	if (status == CLI_OK && empty && command->done)
		say_done(cli, command->done, input);
	return status;
}
