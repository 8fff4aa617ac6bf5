/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * continue: send a channel back to the dialplan. Asterisk queues the request and does not look
 * whether there is such an extension; --wait sees the channel arrive, or being hung up because
 * there is none.
 */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "wait.h"

static const struct field fields[] = {
	{.name = "id", .title = "ID", .path = "id"},
	{.name = "outcome", .title = "OUTCOME", .path = "outcome"},
	{.name = "where", .title = "WHERE", .path = "reason"},
	{0},
};

static int send_it(struct wait *wait, const struct input *input, const char *id)
{
	struct ari_error err;

	if (wait_call(wait, "channels.continueInDialplan", input->args, input->n_args, NULL,
		      &err) == 0)
		return CLI_OK;
	if (err.http_status == 404 && strstr(err.text, "label"))
		return cli_fail(wait->cli, CLI_NOT_FOUND,
				"%s: the dialplan has no label '%s' there", id,
				input_arg(input, "label"));
	return wait_refused(wait, id, &err);
}

static int follow(struct wait *wait, const struct input *input, struct ari_watch *watch)
{
	const struct ari_outcome *outcome = ari_watch_outcome(watch);
	const char *id = ari_watch_id(watch);
	json_t *object;
	int status;

	wait->watch = watch;
	status = send_it(wait, input, id);
	if (status != CLI_OK)
		return status;
	ari_watch_started(watch, ari_loop_now(wait->loop));
	status = wait_run(wait, watch);
	if (status == CLI_OK)
		status = wait_report(wait->cli, id, outcome);
	if (ari_watch_outcome(watch)->state == ARI_OUTCOME_PENDING)
		return status;
	object = wait_object(outcome);
	if (object)
		json_object_set_new(object, "id", json_string(id));
	if (status == CLI_OK)
		return wait_output(wait->cli, fields, "id,outcome,where", object, false);
	wait_output(wait->cli, fields, NULL, object, true);
	return status;
}

static int continue_wait(struct cli *cli, const struct input *input, const char *id)
{
	struct ari_watch_options options = {.kind = ARI_WATCH_CONTINUE, .id = id};
	char source[4200];
	const char *const sources[] = {source, NULL};
	struct wait wait = {0};
	struct ari_error err = {0};
	struct ari_watch *watch = ari_watch_new(&options, &err);
	int status;

	if (!watch)
		return cli_fail_error(cli, &err);
	if ((size_t)snprintf(source, sizeof(source), "channel:%s", id) >= sizeof(source)) {
		ari_watch_free(watch);
		return cli_fail(cli, CLI_USAGE, "the channel's id is too long");
	}
	status = wait_open(&wait, cli, sources, id, NULL);
	if (status == CLI_OK)
		status = follow(&wait, input, watch);
	wait_close(&wait);
	ari_watch_free(watch);
	return status;
}

static int continue_run(struct cli *cli, struct input *input)
{
	const char *id = input_arg(input, "channelId");
	struct wait wait = {.cli = cli};
	int status;

	if (cli->dry_run)
		return cli_dry_run(cli, "channels.continueInDialplan", input->args, input->n_args);
	if (input_flag(input, "wait"))
		return continue_wait(cli, input, id);
	status = cli_client(cli, &wait.client);
	if (status == CLI_OK)
		status = send_it(&wait, input, id);
	if (status == CLI_OK)
		cli_note(cli, "%s goes on in the dialplan", id);
	return status;
}

const struct command command_continue = {
	.words = "continue",
	.summary = "Send a channel back to the dialplan",
	.text = "Without options it goes on at the next priority of where it came from. Asterisk "
		"does not check that the place exists: a channel sent nowhere is hung up. With "
		"--wait the command ends when the channel has arrived, with exit status 5 when "
		"there is no such extension and 3 when it hung up before it got there.",
	.operation = "channels.continueInDialplan",
	.positionals =
		(const struct command_positional[]){
			{.name = "channel", .param = "channelId"},
			{0},
		},
	.options =
		(const struct command_option[]){
			{.name = "wait", .summary = "End when the channel has arrived, or why not"},
			{0},
		},
	.examples =
		(const struct command_example[]){
			{"astctl continue 1700000000.12 --context default --extension 100",
			 "To an extension"},
			{"astctl continue 1700000000.12",
			 "To what comes after Stasis() in the dialplan"},
			{"astctl continue 1700000000.12 --extension 100 --label voicemail --wait",
			 "To a label, and see that it arrived"},
			{0},
		},
	.fields = fields,
	.related = "originate, channel move, hangup",
	.flags = COMMAND_CHANGES,
	.run = continue_run,
};
