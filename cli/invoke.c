/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The run function of every row that is an operation and no more: show the request, or send it
 * and write the reply.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "term.h"

/* Who read our output has gone: astctl recording fetch note | head -c 44 */
static bool reader_gone(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	return poll(&out, 1, 0) > 0 && (out.revents & POLLERR);
}

/* A recording goes to stdout as it comes, and never onto a terminal. */
static int invoke_download(struct cli *cli, const char *op, const struct ari_arg *args,
			   size_t n_args)
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
		return err.code == ARI_ESYSTEM && reader_gone() ? CLI_PIPE :
								   cli_fail_error(cli, &err);
	cli_note(cli, "%zu bytes", bytes);
	return CLI_OK;
}

/* "hung up %s"; the row's text, not a format of printf. */
static void say_done(struct cli *cli, const char *done, const char *what)
{
	const char *mark = strstr(done, "%s");

	if (mark)
		cli_note(cli, "%.*s%s%s", (int)(mark - done), done, what, mark + 2);
	else
		cli_note(cli, "%s", done);
}

static int confirm(struct cli *cli, const struct input *input)
{
	char question[256];
	size_t used;

	if (!(input->command->flags & COMMAND_CONFIRM))
		return CLI_OK;
	used = (size_t)snprintf(question, sizeof(question), "%s", input->command->words);
	for (size_t i = 0; i < input->n_values && used < sizeof(question); i++) {
		if (input->values[i].positional)
			used += (size_t)snprintf(question + used, sizeof(question) - used, " %s",
						 input->values[i].value);
		if (!(input->command->flags & COMMAND_EACH))
			break;
	}
	if (used + 1 < sizeof(question))
		memcpy(question + used, "?", 2);
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
		status =
			output_reply(cli, fields, columns ? columns : usual, reply.body, reply.len);
	ari_reply_release(&reply);
	return status;
}

/* One call; WHAT it is about is for people. */
static int run_once(struct cli *cli, const struct input *input, const struct ari_arg *args,
		    size_t n_args, const char *what)
{
	const struct command *command = input->command;
	bool empty;
	int status = invoke_operation(cli, input->op, args, n_args, command->fields,
				      command->columns, &empty);

	if (status == CLI_OK && empty && command->done)
		say_done(cli, command->done, what);
	return status;
}

/* ---- the same for several things ---- */

/* The arguments for the thing number INDEX: those that are not named PARAM, and that one. Their
 * count, 0 when there are not so many things. */
static size_t args_of(const struct input *input, const char *param, size_t index,
		      struct ari_arg *args)
{
	size_t n = 1;

	args[0].name = NULL;
	for (size_t i = 0; i < input->n_args; i++) {
		if (strcmp(input->args[i].name, param) != 0)
			args[n++] = input->args[i];
		else if (index-- == 0)
			args[0] = input->args[i];
	}
	return args[0].name ? n : 0;
}

/* What is wrong with one of them is said before anything is done to the others. */
static int check_each(struct cli *cli, const struct input *input, const char *param,
		      struct ari_arg *args)
{
	struct ari_request request;
	struct ari_error err = { 0 };
	size_t n;

	for (size_t i = 0; (n = args_of(input, param, i, args)); i++) {
		if (ari_request_build(&request, input->op, args, n, &err) < 0)
			return cli_fail_error(cli, &err);
		ari_request_release(&request);
	}
	return CLI_OK;
}

/* Not the fault of the one thing: the next would end alike, perhaps after as long. */
static bool is_hopeless(int status)
{
	return status == CLI_CONNECT || status == CLI_TIMEOUT || status == CLI_REFUSED ||
	       status == CLI_PIPE;
}

/* All are tried; the status is that of the first that failed. */
static int run_each(struct cli *cli, const struct input *input, const char *param)
{
	struct ari_arg *args = calloc(input->n_args + 1, sizeof(*args));
	int first = args ? check_each(cli, input, param, args) :
			   cli_fail(cli, CLI_FAILURE, "out of memory");
	size_t n;

	for (size_t i = 0; first != CLI_USAGE && args && (n = args_of(input, param, i, args)); i++) {
		int status = run_once(cli, input, args, n, args[0].value);

		if (first == CLI_OK)
			first = status;
		if (is_hopeless(status))
			break;
	}
	free(args);
	return first;
}

int invoke_run(struct cli *cli, struct input *input)
{
	struct command_positional positional = { 0 };
	char buf[OPTION_NAME_SIZE];
	const char *what = "";
	int status = cli->dry_run ? CLI_OK : confirm(cli, input);

	if (status != CLI_OK)
		return status;
	command_positional(input->command, 0, &positional, buf);
	if (input->command->flags & COMMAND_EACH)
		return run_each(cli, input, positional.param);
	for (size_t i = 0; i < input->n_values && !*what; i++) {
		if (input->values[i].positional)
			what = input->values[i].value;
	}
	return run_once(cli, input, input->args, input->n_args, what);
}
