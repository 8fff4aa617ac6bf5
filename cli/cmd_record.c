/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * record: a channel or a bridge into a stored recording, waited for and fetched on request.
 *
 * A channel that was created and dialled (originate without --wait, channel dial) sits in a bridge
 * that Asterisk does not show, and "cannot be recorded while in bridge" (main:
 * res_stasis_recording). It leaves that bridge for good when it is put into a visible one and taken
 * out again once answered: unpark() does so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "fetch.h"
#include "target.h"
#include "wait.h"

struct record {
	struct cli *cli;
	struct input *input;
	struct target target;
	struct input request;
	struct wait wait;
	struct fetch fetch;
	const char *op;
	const char *name;
	const char *format;
	const char *file; /* --fetch, or NULL */
	long max_ms;
	char max[24];
	char silence[24];
};

static const struct field fields[] = {
	{.name = "name", .title = "NAME", .path = "name"},
	{.name = "outcome", .title = "OUTCOME", .path = "outcome"},
	{.name = "format", .title = "FORMAT", .path = "format"},
	{.name = "duration", .title = "DURATION", .path = "duration"},
	{.name = "file", .title = "FILE", .path = "file"},
	{.name = "bytes", .title = "BYTES", .path = "bytes"},
	{.name = "target", .title = "TARGET", .path = "target"},
	{.name = "reason", .title = "REASON", .path = "reason"},
	{.name = "talking", .title = "TALKING", .path = "talking"},
	{.name = "silence", .title = "SILENCE", .path = "silence"},
	{0},
};

/* ---- what the command line says ---- */

/* Whole seconds are all that ARI takes: less than one is one. */
static int read_seconds(struct record *record, const char *option, long *ms, char *text,
			size_t size)
{
	int status = wait_duration(record->cli, record->input, option, 0, ms);

	if (status == CLI_OK && input_option(record->input, option) && *ms == 0)
		return cli_fail(record->cli, CLI_USAGE, "--%s must be more than 0", option);
	snprintf(text, size, "%ld", (*ms + 999) / 1000);
	return status;
}

static int read_input(struct record *record)
{
	const struct input *input = record->input;
	long silence_ms;
	int status = read_seconds(record, "max-duration", &record->max_ms, record->max,
				  sizeof(record->max));

	if (status == CLI_OK)
		status = read_seconds(record, "max-silence", &silence_ms, record->silence,
				      sizeof(record->silence));
	if (status == CLI_OK)
		status = target_find(record->cli, input_arg(input, "channelId"), &record->target);
	if (status != CLI_OK)
		return status;
	record->op = target_op(&record->target, "channels.record", "bridges.record");
	record->name = input_arg(input, "name");
	record->format = input_arg(input, "format");
	record->file = input_option(input, "fetch");
	if (target_args(&record->target, input, &record->request) < 0 ||
	    (record->max_ms &&
	     input_add(&record->request, "maxDurationSeconds", record->max) < 0) ||
	    (silence_ms && input_add(&record->request, "maxSilenceSeconds", record->silence) < 0))
		return cli_fail(record->cli, CLI_FAILURE, "out of memory");
	return CLI_OK;
}

/* ---- the invisible bridge ---- */

/* True when CHANNEL is in a bridge that can be seen; its id goes into BUF. */
static bool visible_bridge(struct record *record, char *buf, size_t size)
{
	struct ari_reply reply = {0};
	struct ari_json_iter bridges, members;
	struct ari_span key, bridge, member;
	struct ari_error err;
	bool found = false;

	if (wait_call(&record->wait, "bridges.list", NULL, 0, &reply, &err) < 0)
		return false;
	ari_json_iter_init(&bridges, (struct ari_span){reply.body, reply.len});
	while (!found && ari_json_next(&bridges, &key, &bridge)) {
		ari_json_iter_init(&members, ari_json_get(bridge, "channels"));
		while (!found && ari_json_next(&members, &key, &member))
			found = ari_json_equal(member, record->target.id);
		if (found)
			ari_json_text(ari_json_get(bridge, "id"), buf, size);
	}
	ari_reply_release(&reply);
	return found;
}

/* Into a bridge of ours and out again. True when that was done. */
static bool unpark(struct record *record)
{
	char id[ARI_ID_SIZE];
	struct ari_arg args[] = {{"bridgeId", id}, {"channel", record->target.id}};
	struct ari_error err;
	bool done;

	ari_id_new(id);
	if (wait_call(&record->wait, "bridges.createWithId", args, 1, NULL, &err) < 0)
		return false;
	done = wait_call(&record->wait, "bridges.addChannel", args, 2, NULL, &err) == 0 &&
	       wait_call(&record->wait, "bridges.removeChannel", args, 2, NULL, &err) == 0;
	wait_call(&record->wait, "bridges.destroy", args, 1, NULL, &err);
	return done;
}

/* What is in no visible bridge, and cannot be recorded: why, when unparking it does not help. */
static int fail_parked(struct record *record)
{
	struct ari_arg arg = {"channelId", record->target.id};
	struct ari_reply reply = {0};
	struct ari_error err;
	bool up = wait_call(&record->wait, "channels.get", &arg, 1, &reply, &err) < 0 ||
		  ari_json_equal(ari_json_get((struct ari_span){reply.body, reply.len}, "state"),
				 "Up");

	ari_reply_release(&reply);
	return cli_fail(
		record->cli, CLI_CONFLICT, "%s: %s", record->target.id,
		up ? "Asterisk does not record a channel in a bridge, and this one did not leave it"
		   : "not answered yet: there is nothing to record");
}

static int fail_bridged(struct record *record, const char *bridge)
{
	return cli_fail(record->cli, CLI_CONFLICT,
			"%s: a channel in a bridge cannot be recorded; record the bridge '%s', or "
			"take the channel out of it first",
			record->target.id, bridge);
}

/* ---- the request ---- */

static int request(struct record *record, struct ari_reply *reply)
{
	struct ari_error err;

	if (wait_call(&record->wait, record->op, record->request.args, record->request.n_args,
		      reply, &err) == 0)
		return CLI_OK;
	if (err.http_status == 409 && strstr(err.text, "exist"))
		return cli_fail(record->cli, CLI_CONFLICT,
				"there is a recording '%s' already; choose another name, or "
				"--if-exists overwrite or append",
				record->name);
	if (err.http_status == 422)
		return cli_fail(record->cli, CLI_CONFLICT,
				"the server cannot record the format '%s'", record->format);
	return wait_refused(&record->wait, record->target.id, &err);
}

/* Without --wait: is it recording, or did it fail at once? The live recording is there, or gone. */
static bool runs(struct record *record)
{
	struct ari_arg arg = {"recordingName", record->name};
	struct ari_reply reply = {0};
	struct ari_error err;
	bool good = true;

	for (int i = 0; i < 3 && good; i++) {
		bool nothing = false;
		struct ari_span state;

		good = wait_call(&record->wait, "recordings.getLive", &arg, 1, &reply, &err) == 0 ||
		       err.http_status != 404;
		state = ari_json_get((struct ari_span){reply.body, reply.len}, "state");
		good = good && !ari_json_equal(state, "failed");
		if (ari_json_equal(state, "recording")) {
			ari_reply_release(&reply);
			return true;
		}
		ari_reply_release(&reply);
		wait_until(&record->wait, &nothing, 20);
	}
	return good;
}

static int record_now(struct record *record)
{
	struct ari_reply reply = {0};
	char bridge[200] = "";
	int status = cli_client(record->cli, &record->wait.client);

	record->wait.cli = record->cli;
	record->wait.loop = cli_loop(record->cli);
	if (status == CLI_OK)
		status = request(record, &reply);
	if (status == CLI_OK && !record->target.bridge && !runs(record)) {
		ari_reply_release(&reply);
		if (visible_bridge(record, bridge, sizeof(bridge)))
			return fail_bridged(record, bridge);
		status = unpark(record) ? request(record, &reply) : CLI_OK;
		if (status == CLI_OK && !runs(record))
			status = fail_parked(record);
	}
	if (status == CLI_OK)
		status = output_object(record->cli, field_live_recording, reply.body, reply.len);
	ari_reply_release(&reply);
	return status;
}

/* ---- with --wait ---- */

static void stop(struct record *record, struct ari_watch *watch)
{
	struct ari_arg arg = {"recordingName", record->name};
	struct ari_error err;

	if (wait_call(&record->wait, "recordings.stop", &arg, 1, NULL, &err) == 0 &&
	    record->cli->signal)
		cli_note(record->cli, "%s: stopped, and kept", record->name);
	wait_cancelled(&record->wait, watch);
}

static int show(struct record *record, const struct ari_outcome *outcome, int failed)
{
	json_t *object = wait_object(outcome);
	long ms = record->fetch.duration_ms >= 0 ? record->fetch.duration_ms : outcome->duration_ms;

	if (object) {
		json_object_set_new(object, "name", json_string(record->name));
		json_object_set_new(object, "format", json_string(record->format));
		json_object_set_new(object, "target", json_string(record->target.source));
		if (ms >= 0)
			json_object_set_new(object, "duration", json_real((double)ms / 1000));
		if (outcome->talking_s >= 0)
			json_object_set_new(object, "talking", json_integer(outcome->talking_s));
		if (outcome->silence_s >= 0)
			json_object_set_new(object, "silence", json_integer(outcome->silence_s));
		if (record->file && !failed) {
			json_object_set_new(object, "file", json_string(record->file));
			json_object_set_new(object, "bytes",
					    json_integer((json_int_t)record->fetch.bytes));
		}
	}
	return wait_output(record->cli, fields,
			   record->file ? "name,outcome,format,duration,file"
					: "name,outcome,format,duration",
			   object, failed);
}

static int finish(struct record *record, const struct ari_outcome *outcome)
{
	int status = wait_report(record->cli, record->name, outcome);
	bool to_stdout = record->file && strcmp(record->file, "-") == 0;

	if (status == CLI_OK && record->file)
		status = fetch_recording(&record->fetch, record->wait.client, record->name,
					 record->format);
	if (to_stdout)
		return status;
	if (status == CLI_OK)
		return show(record, outcome, false);
	show(record, outcome, true);
	return status;
}

/* One attempt. *PARKED: the invisible bridge was in the way. */
static int follow(struct record *record, bool *parked)
{
	struct ari_watch_options options = {
		.kind = ARI_WATCH_RECORD,
		.id = record->name,
		.target = record->target.source,
		.max_ms = (unsigned)((record->max_ms + 999) / 1000 * 1000),
		.terminate_on = input_arg(record->input, "terminateOn"),
	};
	struct ari_watch *watch = ari_watch_new(&options, NULL);
	const struct ari_outcome *outcome;
	char bridge[200] = "";
	int status;

	if (!watch)
		return cli_fail(record->cli, CLI_FAILURE, "out of memory");
	outcome = ari_watch_outcome(watch);
	record->wait.watch = watch;
	status = request(record, NULL);
	if (status == CLI_OK) {
		ari_watch_started(watch, ari_loop_now(record->wait.loop));
		status = wait_run(&record->wait, watch);
		if (status != CLI_OK)
			stop(record, watch);
		else if (outcome->state == ARI_OUTCOME_FAILED && !record->target.bridge &&
			 strstr(outcome->reason, "while in bridge"))
			*parked = true;
		else
			status = finish(record, outcome);
	}
	record->wait.watch = NULL;
	ari_watch_free(watch);
	if (*parked && visible_bridge(record, bridge, sizeof(bridge))) {
		*parked = false;
		status = fail_bridged(record, bridge);
	}
	return status;
}

static int record_wait(struct record *record)
{
	const char *const sources[] = {record->target.source, NULL};
	bool parked = false;
	int status = record->file ? fetch_open(&record->fetch, record->cli, record->file) : CLI_OK;

	if (status == CLI_OK)
		status = wait_open(&record->wait, record->cli, sources, record->name,
				   "stopping it, it is kept");
	if (status == CLI_OK)
		status = follow(record, &parked);
	if (status == CLI_OK && parked) {
		parked = false;
		if (unpark(record))
			status = follow(record, &parked);
		if (status == CLI_OK && parked)
			status = fail_parked(record);
	}
	wait_close(&record->wait);
	fetch_release(&record->fetch);
	return status;
}

static int record(struct cli *cli, struct input *input)
{
	struct record record = {.cli = cli, .input = input, .fetch = {.fd = -1, .duration_ms = -1}};
	int status = read_input(&record);

	if (status == CLI_OK) {
		if (cli->dry_run)
			status = cli_dry_run(cli, record.op, record.request.args,
					     record.request.n_args);
		else if (input_flag(input, "wait") || record.file)
			status = record_wait(&record);
		else
			status = record_now(&record);
	}
	input_release(&record.request);
	return status;
}

const struct command command_record = {
	.words = "record",
	.summary = "Record a channel or a bridge",
	.text = "TARGET is the id of a channel or of a bridge; 'channel:ID' or 'bridge:ID' says "
		"which where both exist. A channel is answered first, and only what it says is "
		"recorded, not what it hears; of a bridge all that is heard in it. The recording "
		"is kept on the server under NAME. Without --wait the command ends when the "
		"recording has begun. With --wait it ends with the recording: exit status 1 when "
		"Asterisk could not record or wrote no file, 3 when somebody discarded it or hung "
		"up before it began, 5 when there is no such channel or bridge, 6 when the name is "
		"taken or the channel is in a bridge, 8 after --timeout and 130 after Ctrl-C: both "
		"stop the recording and keep it. --fetch (which waits too) replaces FILE only when "
		"all has arrived.",
	.operation = "channels.record",
	.positionals =
		(const struct command_positional[]){
			{.name = "target",
			 .param = "channelId",
			 .summary = "A channel or a bridge"},
			{.name = "name",
			 .param = "name",
			 .summary = "The recording's name on the server"},
			{0},
		},
	.options =
		(const struct command_option[]){
			{.name = "wait", .summary = "End when the recording has ended"},
			{.name = "fetch",
			 .metavar = "FILE",
			 .summary = "Wait, and download the recording; '-' is stdout"},
			{.name = "max-duration",
			 .metavar = "DURATION",
			 .summary = "End it after so long, like 3, 90s or 2m; whole seconds"},
			{.name = "max-silence",
			 .metavar = "DURATION",
			 .summary = "End it after so much silence; whole seconds"},
			{0},
		},
	.presets =
		(const struct command_preset[]){
			{"format", "wav"},
			{0},
		},
	.examples =
		(const struct command_example[]){
			{"astctl record conf1 meeting --max-duration 30m",
			 "Begin to record a bridge"},
			{"astctl record 1700000000.12 note --max-duration 3 --wait --fetch "
			 "note.wav",
			 "Three seconds, as a file here"},
			{"astctl record 1700000000.12 pin --beep --terminate-on '#' --max-silence "
			 "5 --wait",
			 "A message, ended by # or by silence"},
			{0},
		},
	.fields = field_live_recording,
	.related = "live-recording stop, recording list, recording fetch, play",
	.flags = COMMAND_CHANGES,
	.run = record,
};
