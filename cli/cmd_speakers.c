/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * bridge speakers: who speaks in a bridge, now or as it changes. A server with the module says so
 * for every bridge. Stock ARI only tells when a channel with talk detection begins and stops; it is
 * set only where that is asked for (--detect), as it may be somebody's application that has it set
 * in its own way. The stream's model knows who is in the bridge and who speaks, from either.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "ari/model.h"
#include "ari/stream.h"
#include "cli.h"
#include "client.h"
#include "cmd.h"
#include "stream_out.h"
#include "term.h"
#include "timestamp.h"

#define LISTEN_MS 1500 /* one who speaks is noticed by then */
#define DETECT	  "800,256" /* ms of silence, level: as func_talkdetect.c has it, but quicker */

struct speakers;

/* Who is, or was, in the bridge. */
struct member {
	struct member *next;
	struct speakers *speakers;
	char *id;
	char *name;
	bool speaks;
	bool here;
	bool detecting; /* the second request is under way, or was */
};

struct speakers {
	struct cli *cli;
	const struct input *input;
	const char *id;
	struct ari_client *client;
	struct ari_model *model;
	struct ari_stream *stream;
	struct member *members;
	struct stream_out out;
	bool follow;
	bool detect;
	bool open; /* it was, at least once */
	bool done;
	int status; /* with done */
};

static const struct field fields[] = {
	{.name = "id", .title = "ID", .path = "id"},
	{.name = "name", .title = "NAME", .path = "name"},
	{.name = "since", .title = "SINCE", .path = "since"},
	{0},
};

static void finish(struct speakers *speakers, int status)
{
	if (speakers->done)
		return;
	speakers->done = true;
	speakers->status = status;
	ari_loop_stop(cli_loop(speakers->cli));
}

/* ---- a change ---- */

struct change {
	const struct member *member;
	char at[ARIP_TIMESTAMP_SIZE];
};

/* "07:21:13.042  speaks      PJSIP/alice-00000001 (1700000000.1)" */
static void write_line(FILE *file, const void *data)
{
	const struct change *change = data;
	const struct member *member = change->member;

	fprintf(file, "%.12s  %-10s  ", change->at + 11, member->speaks ? "speaks" : "is silent");
	term_write(file, member->name, strlen(member->name), TERM_NO_LIMIT);
	fputs(" (", file);
	term_write(file, member->id, strlen(member->id), TERM_NO_LIMIT);
	putc(')', file);
}

static void tell(struct speakers *speakers, struct member *member, bool speaks)
{
	struct change change = {.member = member};
	json_t *object;
	char *text;
	int status;

	if (member->speaks == speaks)
		return;
	member->speaks = speaks;
	if (!speakers->follow || speakers->done)
		return;
	arip_timestamp(change.at);
	object = json_pack("{s:s, s:s, s:s, s:s, s:s}", "timestamp", change.at, "change",
			   speaks ? "speaks" : "silent", "bridge", speakers->id, "id", member->id,
			   "name", member->name);
	text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	status = text ? stream_out_write(&speakers->out, (struct ari_span){text, strlen(text)},
					 write_line, &change)
		      : cli_fail(speakers->cli, CLI_FAILURE, "out of memory");
	free(text);
	json_decref(object);
	if (status != CLI_OK)
		finish(speakers, status);
}

/* ---- talk detection, on stock ARI ---- */

static void on_detect(struct ari_client *client, struct ari_reply *reply,
		      const struct ari_error *err, void *data);

static void set_detection(struct member *member, const char *variable, const char *value)
{
	const struct ari_arg args[] = {
		{"channelId", member->id},
		{"variable", variable},
		{"value", value},
	};

	ari_client_start(member->speakers->client, "channels.setChannelVar", args, 3, on_detect,
			 member, NULL);
}

/* Removed and set: one that is there and knows of a talker already does not tell of it again. */
static void on_detect(struct ari_client *client, struct ari_reply *reply,
		      const struct ari_error *err, void *data)
{
	struct member *member = data;

	(void)client;
	if (reply && !member->detecting) {
		member->detecting = true;
		set_detection(member, "TALK_DETECT(set)", DETECT);
	}
	if (reply || member->speakers->done || err->http_status == 404)
		return;
	cli_warn(member->speakers->cli, "whether %s speaks cannot be known: %s", member->name,
		 err->http_status == 409 ? "it is in no Stasis application" : err->text);
}

static void detect(struct member *member)
{
	struct speakers *speakers = member->speakers;

	if (speakers->detect && ari_stream_mode(speakers->stream) != ARI_STREAM_MODE_OBSERVER)
		set_detection(member, "TALK_DETECT(remove)", "");
}

/* ---- members ---- */

static void member_free(struct member *member)
{
	arip_client_cancel(member->speakers->client, member);
	free(member->id);
	free(member->name);
	free(member);
}

static struct member *add_member(struct speakers *speakers, const struct ari_model_channel *channel)
{
	struct member *member = calloc(1, sizeof(*member));

	if (!member)
		return NULL;
	member->speakers = speakers;
	member->id = strdup(channel->obj.id);
	member->name = ari_json_text_dup(ari_json_get(channel->obj.json, "name"));
	if (!member->name)
		member->name = strdup("");
	if (!member->id || !member->name) {
		member_free(member);
		return NULL;
	}
	member->next = speakers->members;
	speakers->members = member;
	detect(member);
	return member;
}

static struct member *find_member(struct speakers *speakers,
				  const struct ari_model_channel *channel)
{
	struct member *member = speakers->members;

	while (member && strcmp(member->id, channel->obj.id) != 0)
		member = member->next;
	return member ? member : add_member(speakers, channel);
}

static void remove_absent(struct speakers *speakers)
{
	struct member **link = &speakers->members, *member;

	while ((member = *link)) {
		if (member->here) {
			link = &member->next;
			continue;
		}
		tell(speakers, member, false);
		*link = member->next;
		member_free(member);
	}
}

/* Compare with the model, and tell the differences: who fell silent first. */
static void compare(struct speakers *speakers)
{
	const struct ari_model_bridge *bridge = ari_model_bridge(speakers->model, speakers->id);
	const struct ari_model_channel *channel = NULL;

	for (struct member *member = speakers->members; member; member = member->next)
		member->here = false;
	while (bridge && (channel = ari_model_next_member(bridge, channel))) {
		struct member *member = find_member(speakers, channel);

		if (!member)
			continue;
		member->here = true;
		if (channel->talk != ARI_TALK_TALKING)
			tell(speakers, member, false);
	}
	remove_absent(speakers);
	while (bridge && (channel = ari_model_next_member(bridge, channel))) {
		struct member *member = find_member(speakers, channel);

		if (member && channel->talk == ARI_TALK_TALKING)
			tell(speakers, member, true);
	}
}

/* ---- the stream ---- */

static void on_event(struct ari_stream *stream, const struct ari_event *event, void *data)
{
	struct speakers *speakers = data;

	(void)stream;
	if (speakers->done)
		return;
	if (event->gap)
		cli_warn(speakers->cli, "GAP: events were lost; who spoke meanwhile is not known");
	if (!speakers->open)
		return;
	compare(speakers);
	if (event->kind == ARI_EVENT_BRIDGE_DESTROYED &&
	    ari_json_equal(ari_json_get(event->bridge, "id"), speakers->id)) {
		cli_note(speakers->cli, "the bridge '%s' is gone", speakers->id);
		finish(speakers, CLI_OK);
	}
}

static void on_state(struct ari_stream *stream, enum ari_stream_state state,
		     const struct ari_error *err, void *data)
{
	struct speakers *speakers = data;

	(void)stream;
	if (state == ARI_STREAM_OPEN && speakers->open)
		compare(speakers);
	else if (state == ARI_STREAM_LOST)
		cli_warn(speakers->cli, "connection lost: %s; connecting again",
			 err ? err->text : "");
	else if (state == ARI_STREAM_FAILED && speakers->open && err)
		finish(speakers, cli_fail_error(speakers->cli, err));
}

static int fail_absent(struct speakers *speakers)
{
	return cli_fail(speakers->cli, CLI_NOT_FOUND,
			"there is no bridge '%s'; 'astctl bridge list' shows those that exist",
			speakers->id);
}

/* Ask the module: CLI_OK and REPLY (may be NULL), or a status, reported. */
static int ask(struct speakers *speakers, struct ari_reply *reply, struct ari_error *err)
{
	const struct ari_arg arg = {"bridgeId", speakers->id};

	if (ari_client_call(speakers->client, "bridges.speakers", &arg, 1, reply, err) == 0)
		return CLI_OK;
	if (err->http_status == 404)
		return CLI_NOT_FOUND;
	return cli_fail_about(speakers->cli, speakers->id, err);
}

/* Whether there is anything to be heard: the bridge is there, and we may know. */
static int check(struct speakers *speakers)
{
	struct ari_error err = {0};
	int status;

	if (!ari_model_bridge(speakers->model, speakers->id))
		return fail_absent(speakers);
	if (ari_stream_mode(speakers->stream) == ARI_STREAM_MODE_OBSERVER) {
		status = ask(speakers, NULL, &err);
		return status == CLI_NOT_FOUND ? fail_absent(speakers) : status;
	}
	if (!speakers->detect)
		cli_note(speakers->cli, "stock ARI tells only of channels that have talk "
					"detection: --detect sets it on those of the bridge");
	return CLI_OK;
}

static int listen(struct speakers *speakers)
{
	struct cli *cli = speakers->cli;
	struct ari_error err = {0};
	int status, ms;

	if (cli_wait_open(cli, speakers->stream, &err) < 0)
		return cli->signal ? 128 + cli->signal : cli_fail_error(cli, &err);
	status = check(speakers);
	if (status != CLI_OK)
		return status;
	speakers->open = true;
	compare(speakers);
	ms = cli->timeout_ms ? (int)cli_left(cli, cli->timeout_ms) : -1;
	if (!speakers->follow)
		ms = (int)cli_left(cli, LISTEN_MS);
	if (!speakers->done && !cli->signal)
		ari_loop_run(cli_loop(cli), ms);
	if (cli->signal)
		return 128 + cli->signal;
	return speakers->done ? speakers->status : CLI_OK;
}

static int watch(struct speakers *speakers)
{
	char word[4200];
	const char *const words[] = {word, NULL};
	struct ari_stream_options options = {
		.subscribe_all = true,
		.no_device_states = true,
		.filter = words,
		.requests = true,
		.event = on_event,
		.state = on_state,
		.data = speakers,
	};
	struct ari_error err = {0};
	int status;

	snprintf(word, sizeof(word), "bridge:%s", speakers->id);
	speakers->model = options.model = ari_model_new(NULL, &err);
	if (speakers->model)
		speakers->stream = ari_stream_open(speakers->client, &options, &err);
	if (!speakers->stream)
		return cli_fail_error(speakers->cli, &err);
	status = listen(speakers);
	speakers->done = true;
	return status;
}

static void release(struct speakers *speakers)
{
	struct member *member;

	ari_stream_close(speakers->stream);
	ari_model_free(speakers->model);
	while ((member = speakers->members)) {
		speakers->members = member->next;
		member_free(member);
	}
}

/* ---- now ---- */

/* Who was noticed while we listened. */
static int show_heard(struct speakers *speakers)
{
	json_t *list = json_array();
	char *text;
	int status;

	for (struct member *member = speakers->members; list && member; member = member->next) {
		const struct ari_model_channel *channel =
			ari_model_channel(speakers->model, member->id);

		if (member->speaks && channel)
			json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "id", member->id,
							      "name", member->name, "since",
							      channel->talk_at));
	}
	text = list ? json_dumps(list, JSON_COMPACT) : NULL;
	status = text ? output_reply(speakers->cli, fields, NULL, text, strlen(text))
		      : cli_fail(speakers->cli, CLI_FAILURE, "out of memory");
	free(text);
	json_decref(list);
	return status;
}

/* No such operation, or no such bridge? */
static int show_stock(struct speakers *speakers)
{
	const struct ari_arg arg = {"bridgeId", speakers->id};
	struct ari_error err = {0};
	int status;

	if (ari_client_call(speakers->client, "bridges.get", &arg, 1, NULL, &err) < 0)
		return err.http_status == 404 ? fail_absent(speakers)
					      : cli_fail_error(speakers->cli, &err);
	if (!speakers->detect)
		return cli_fail(speakers->cli, CLI_CONFLICT,
				"this server does not tell who speaks in a bridge (the module "
				"res_stasis_http does); --detect sets talk detection on the "
				"channels of '%s', and listens",
				speakers->id);
	status = watch(speakers);
	return status == CLI_OK ? show_heard(speakers) : status;
}

static int show_now(struct speakers *speakers)
{
	struct ari_reply reply = {0};
	struct ari_error err = {0};
	struct ari_span list;
	int status = ask(speakers, &reply, &err);

	if (status == CLI_NOT_FOUND)
		return show_stock(speakers);
	list = ari_json_get((struct ari_span){reply.body, reply.len}, "speakers");
	if (status == CLI_OK)
		status = list.p ? output_reply(speakers->cli, fields, NULL, list.p, list.len)
				: cli_fail(speakers->cli, CLI_SERVER,
					   "the reply of the server has no speakers");
	ari_reply_release(&reply);
	return status;
}

static int run(struct cli *cli, struct input *input)
{
	struct speakers speakers = {
		.cli = cli,
		.input = input,
		.id = input_arg(input, "bridgeId"),
		.out = {.cli = cli, .columns = "timestamp,change,id,name", .name = "id"},
		.follow = input_flag(input, "follow"),
		.detect = input_flag(input, "detect"),
	};
	int status;

	if (cli->dry_run && !speakers.follow)
		return cli_dry_run(cli, "bridges.speakers", input->args, input->n_args);
	status = cli_client(cli, &speakers.client);
	if (status == CLI_OK)
		status = cli_watch_signals(cli);
	if (status != CLI_OK)
		return status;
	status = speakers.follow ? watch(&speakers) : show_now(&speakers);
	release(&speakers);
	return status;
}

const struct command command_bridge_speakers = {
	.words = "bridge speakers",
	.summary = "Show who speaks in a bridge, now or as it changes",
	.text = "A server with the module res_stasis_http tells it of every bridge. Stock ARI does "
		"not: there --detect sets talk detection on the channels of the bridge, in place "
		"of what their application may have set; without it the command ends with "
		"status 6, and with --follow tells of those channels that have talk detection. "
		"With --follow it ends when the bridge is destroyed, at Ctrl-C, or after "
		"--timeout.",
	.operation = "bridges.speakers",
	.options =
		(const struct command_option[]){
			{.name = "follow", .summary = "Go on, and tell each change"},
			{.name = "detect",
			 .summary = "On stock ARI: set talk detection on the channels of the "
				    "bridge"},
			{0},
		},
	.examples =
		(const struct command_example[]){
			{"astctl bridge speakers conf1", "Who speaks now"},
			{"astctl bridge speakers conf1 --follow -o jsonl",
			 "Each change, one JSON object a line"},
			{0},
		},
	.fields = fields,
	.related = "bridge show, bridge list, events",
	.run = run,
};
