/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What outcomes and refusals are called on the command line, and the exit statuses that they end
 * with.
 */
#include <stdlib.h>
#include <string.h>

#include "wait.h"

enum exit_status wait_status(enum ari_outcome_state state)
{
	static const enum exit_status statuses[] = {
		[ARI_OUTCOME_PENDING] = CLI_FAILURE,	   [ARI_OUTCOME_ANSWERED] = CLI_OK,
		[ARI_OUTCOME_BUSY] = CLI_CANCELLED,	   [ARI_OUTCOME_NO_ANSWER] = CLI_TIMEOUT,
		[ARI_OUTCOME_CONGESTION] = CLI_SERVER,	   [ARI_OUTCOME_REJECTED] = CLI_CANCELLED,
		[ARI_OUTCOME_UNREACHABLE] = CLI_NOT_FOUND, [ARI_OUTCOME_FINISHED] = CLI_OK,
		[ARI_OUTCOME_STOPPED] = CLI_CANCELLED,	   [ARI_OUTCOME_HUNG_UP] = CLI_CANCELLED,
		[ARI_OUTCOME_CANCELLED] = CLI_CANCELLED,   [ARI_OUTCOME_FAILED] = CLI_FAILURE,
	};

	return (unsigned)state < sizeof(statuses) / sizeof(statuses[0]) ? statuses[state]
									: CLI_FAILURE;
}

int wait_report(struct cli *cli, const char *what, const struct ari_outcome *outcome)
{
	enum exit_status status = wait_status(outcome->state);
	char text[512];

	if (status == CLI_OK)
		return CLI_OK;
	return cli_fail(cli, status, "%s: %s", what, ari_outcome_text(outcome, text, sizeof(text)));
}

/* What Asterisk's statuses mean on a channel or bridge; its own words do not say what to do. */
int wait_fail(struct cli *cli, const char *target, const struct ari_error *err)
{
	return cli_fail_about(cli, target, err);
}

static void add_text(json_t *object, const char *name, const char *text)
{
	if (text[0])
		json_object_set_new(object, name, json_string(text));
}

static void add_number(json_t *object, const char *name, long value)
{
	if (value > 0)
		json_object_set_new(object, name, json_integer(value));
}

json_t *wait_object(const struct ari_outcome *outcome)
{
	json_t *object = json_pack("{s:s}", "outcome", ari_outcome_name(outcome->state));
	const char *text = outcome->cause_text;

	if (!object)
		return NULL;
	if (!text[0] && ari_cause_text(outcome->cause))
		text = ari_cause_text(outcome->cause);
	add_number(object, "cause", outcome->cause);
	add_text(object, "cause_text", text);
	add_number(object, "sip_code", outcome->sip_code);
	add_text(object, "dialstatus", outcome->dialstatus);
	add_text(object, "reason", outcome->reason);
	return object;
}

int wait_output(struct cli *cli, const struct field *fields, const char *columns, json_t *object,
		bool failed)
{
	bool rows = cli->format == OUTPUT_TABLE || cli->format == OUTPUT_TSV;
	json_t *list =
		rows && json_is_object(object) ? json_pack("[O]", object) : json_incref(object);
	char *text = list ? json_dumps(list, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
	int status = CLI_OK;

	if (!text)
		status = cli_fail(cli, CLI_FAILURE, "out of memory");
	else if (!failed || !(rows || cli->format == OUTPUT_NAME))
		status = output_reply(cli, fields, columns, text, strlen(text));
	free(text);
	json_decref(list);
	json_decref(object);
	return status;
}

int wait_duration(struct cli *cli, const struct input *input, const char *option, long def,
		  long *ms)
{
	const char *text = input_option(input, option);

	*ms = text ? cli_duration(text) : def;
	if (*ms >= 0)
		return CLI_OK;
	return cli_fail(cli, CLI_USAGE,
			"--%s '%s' is no duration; expected one like 30s, 1.5s, 500ms, 2m", option,
			text);
}
