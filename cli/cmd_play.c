/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * play: media on a channel or a bridge. Without --wait one request with all of them. With --wait
 * each is a playback of its own, one after the other, because in a list Asterisk hides the failure
 * of all but the last; and behind what can be stopped comes a sentinel (ARI_WATCH_SENTINEL),
 * because "stopped" and "heard" look the same without. The sentinel hides the failure of a sound
 * that cannot be opened, so it is only used where we know that there is such a sound or recording.
 * A sound may exist outside the index: then it is just tried.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "target.h"
#include "wait.h"

struct play {
	struct cli *cli;
	struct input *input;
	struct target target;
	struct wait wait;
	const char *op;
	const char *media; /* the one that plays now */
	const char *id;	   /* its playback */
	char made_id[ARI_ID_SIZE];
	bool sentinel;
	json_t *rows; /* what was played */
	size_t count; /* media so far */
	size_t total;
};

static const struct field fields[] = {
	{.name = "id", .title = "ID", .path = "id"},
	{.name = "outcome", .title = "OUTCOME", .path = "outcome"},
	{.name = "media", .title = "MEDIA", .path = "media"},
	{.name = "target", .title = "TARGET", .path = "target"},
	{.name = "played", .title = "PLAYED", .path = "played"},
	{.name = "reason", .title = "REASON", .path = "reason"},
	{0},
};

static bool is_scheme(const char *media, const char *scheme)
{
	return strncmp(media, scheme, strlen(scheme)) == 0;
}

/* A scheme is left to the server, which may know more of them; what has none at all is a slip. */
static int check_media(struct cli *cli, const char *media)
{
	const char *colon = strchr(media, ':');

	if (colon && colon > media && colon[1])
		return CLI_OK;
	if (!colon && *media)
		return cli_fail(cli, CLI_USAGE,
				"'%s' is no media; did you mean 'sound:%s'? Expected sound:NAME, "
				"recording:NAME, number:N, digits:N, characters:TEXT or tone:NAME",
				media, media);
	return cli_fail(cli, CLI_USAGE,
			"'%s' is no media; expected sound:NAME, recording:NAME, number:N, "
			"digits:N, characters:TEXT or tone:NAME",
			media);
}

static int check_all(struct play *play)
{
	for (size_t i = 0; i < play->input->n_args; i++) {
		const struct ari_arg *arg = &play->input->args[i];
		int status = strcmp(arg->name, "media") == 0 ? check_media(play->cli, arg->value)
							     : CLI_OK;

		if (status != CLI_OK)
			return status;
		for (const char *p = arg->value; p && strcmp(arg->name, "media") == 0;
		     p = strchr(p, ',')) {
			play->total++;
			p += *p == ',';
		}
	}
	return CLI_OK;
}

/* ---- without --wait ---- */

static int play_now(struct play *play)
{
	struct input request = {0};
	struct ari_client *client;
	struct ari_reply reply = {0};
	struct ari_error err = {0};
	int status = CLI_OK;

	if (target_args(&play->target, play->input, &request) < 0)
		status = cli_fail(play->cli, CLI_FAILURE, "out of memory");
	else if (play->cli->dry_run)
		status = cli_dry_run(play->cli, play->op, request.args, request.n_args);
	else
		status = cli_client(play->cli, &client);
	if (status == CLI_OK && !play->cli->dry_run) {
		if (ari_client_call(client, play->op, request.args, request.n_args, &reply, &err) <
		    0)
			status = wait_fail(play->cli, play->target.id, &err);
		else
			status = output_object(play->cli, field_playback, reply.body, reply.len);
	}
	ari_reply_release(&reply);
	input_release(&request);
	return status;
}

/* ---- with --wait ---- */

/* Does the server know it? 1 yes, 0 no, -1 cannot say. */
static int known(struct play *play, const char *op, const char *param, const char *name)
{
	struct ari_arg arg = {param, name};
	struct ari_error err;

	if (wait_call(&play->wait, op, &arg, 1, NULL, &err) == 0)
		return 1;
	return err.http_status == 404 ? 0 : -1;
}

static int prepare(struct play *play)
{
	const char *name = strchr(play->media, ':') + 1;

	play->sentinel = false;
	if (is_scheme(play->media, "sound:") && !strstr(name, "://")) {
		play->sentinel = known(play, "sounds.get", "soundId", name) == 1;
	} else if (is_scheme(play->media, "recording:")) {
		int there = known(play, "recordings.getStored", "recordingName", name);

		if (there == 0)
			return cli_fail(play->cli, CLI_NOT_FOUND,
					"%s: there is no such stored recording; 'astctl recording "
					"list' shows those that exist",
					play->media);
		play->sentinel = there == 1;
	}
	return CLI_OK;
}

static int request_one(struct play *play, struct input *request)
{
	int bad =
		input_add(request, play->target.bridge ? "bridgeId" : "channelId", play->target.id);

	for (size_t i = 0; i < play->input->n_args; i++) {
		const struct ari_arg *arg = &play->input->args[i];

		if (strcmp(arg->name, "media") == 0 || strcmp(arg->name, "channelId") == 0 ||
		    strcmp(arg->name, "playbackId") == 0)
			continue;
		if (strcmp(arg->name, "offsetms") == 0 && play->count > 0)
			continue;
		bad |= input_add(request, arg->name, arg->value);
	}
	bad |= input_add(request, "playbackId", play->id);
	bad |= input_add(request, "media", play->media);
	if (play->sentinel)
		bad |= input_add(request, "media", ARI_WATCH_SENTINEL);
	return bad ? cli_fail(play->cli, CLI_FAILURE, "out of memory") : CLI_OK;
}

static void stop(struct play *play)
{
	struct ari_arg arg = {"playbackId", play->id};
	struct ari_error err;

	wait_call(&play->wait, "playbacks.stop", &arg, 1, NULL, &err);
}

/* One more row of what was played: they are written together in the end. */
static int note(struct play *play, const struct ari_outcome *outcome)
{
	json_t *object = wait_object(outcome);

	if (object) {
		json_object_set_new(object, "id", json_string(play->id));
		json_object_set_new(object, "media", json_string(play->media));
		json_object_set_new(object, "target", json_string(play->target.source));
		if (outcome->duration_ms >= 0)
			json_object_set_new(object, "played",
					    json_real((double)outcome->duration_ms / 1000));
	}
	if (!play->rows || !object || json_array_append_new(play->rows, object) < 0)
		return cli_fail(play->cli, CLI_FAILURE, "out of memory");
	return CLI_OK;
}

static int follow(struct play *play, struct ari_watch *watch, const struct input *request)
{
	const struct ari_outcome *outcome = ari_watch_outcome(watch);
	struct ari_error err;
	int status;

	play->wait.watch = watch;
	if (wait_call(&play->wait, play->op, request->args, request->n_args, NULL, &err) < 0)
		return wait_refused(&play->wait, play->target.id, &err);
	ari_watch_started(watch, ari_loop_now(play->wait.loop));
	status = wait_run(&play->wait, watch);
	if (status != CLI_OK) {
		stop(play);
		wait_cancelled(&play->wait, watch);
		return status;
	}
	status = wait_report(play->cli, play->media, outcome);
	if (status != CLI_OK)
		note(play, outcome);
	else
		status = note(play, outcome);
	return status;
}

static int play_one(struct play *play)
{
	struct ari_watch_options options = {.kind = ARI_WATCH_PLAY, .target = play->target.source};
	const char *given = input_arg(play->input, "playbackId");
	struct input request = {0};
	struct ari_watch *watch = NULL;
	int status;

	ari_id_new(play->made_id);
	play->id = given && play->count == 0 ? given : play->made_id;
	status = prepare(play);
	if (status == CLI_OK)
		status = request_one(play, &request);
	if (status == CLI_OK) {
		options.id = play->id;
		options.media = play->media;
		options.sentinel = play->sentinel;
		watch = ari_watch_new(&options, NULL);
		status = watch ? follow(play, watch, &request)
			       : cli_fail(play->cli, CLI_FAILURE, "out of memory");
	}
	play->wait.watch = NULL;
	ari_watch_free(watch);
	input_release(&request);
	return status;
}

/* One media is an object, several are a list. */
static int written(struct play *play, int status)
{
	json_t *rows = play->rows;
	int out;

	if (json_array_size(rows) == 0) {
		json_decref(rows);
		return status;
	}
	if (play->total == 1) {
		rows = json_incref(json_array_get(play->rows, 0));
		json_decref(play->rows);
	}
	out = wait_output(play->cli, fields, "id,outcome,media,played", rows, status != CLI_OK);
	return status == CLI_OK ? out : status;
}

/* Commas separate media, for Asterisk as well. */
static int play_list(struct play *play, const char *list)
{
	char *copy = strdup(list);
	char *save = NULL;
	int status = copy ? CLI_OK : cli_fail(play->cli, CLI_FAILURE, "out of memory");

	for (char *media = copy ? strtok_r(copy, ",", &save) : NULL; media && status == CLI_OK;
	     media = strtok_r(NULL, ",", &save)) {
		status = check_media(play->cli, media);
		if (status != CLI_OK)
			break;
		play->media = media;
		status = play_one(play);
		play->count++;
	}
	free(copy);
	return status;
}

static int play_wait(struct play *play)
{
	const char *const sources[] = {play->target.source, NULL};
	int status;

	if (play->target.empty)
		return cli_fail(play->cli, CLI_CONFLICT,
				"%s: nobody is in the bridge to hear it; 'astctl bridge add' puts "
				"channels in",
				play->target.id);
	status = wait_open(&play->wait, play->cli, sources, play->target.id, "stopping it");
	play->count = 0;
	play->rows = json_array();
	for (size_t i = 0; status == CLI_OK && i < play->input->n_args; i++) {
		if (strcmp(play->input->args[i].name, "media") == 0)
			status = play_list(play, play->input->args[i].value);
	}
	wait_close(&play->wait);
	return written(play, status);
}

static int play(struct cli *cli, struct input *input)
{
	struct play play = {.cli = cli, .input = input};
	int status = check_all(&play);

	if (status == CLI_OK)
		status = target_find(cli, input_arg(input, "channelId"), &play.target);
	if (status != CLI_OK)
		return status;
	play.op = target_op(&play.target, "channels.play", "bridges.play");
	if (!input_flag(input, "wait") || cli->dry_run)
		return play_now(&play);
	return play_wait(&play);
}

const struct command command_play = {
	.words = "play",
	.summary = "Play media to a channel or a bridge",
	.text = "TARGET is the id of a channel or of a bridge; 'channel:ID' or 'bridge:ID' says "
		"which where both exist. MEDIA is sound:NAME, recording:NAME, number:N, digits:N, "
		"characters:TEXT or tone:NAME. Without --wait the command ends when Asterisk has "
		"taken the request, which says nothing about whether there is such a sound. With "
		"--wait several media are played one after the other, the first that cannot be "
		"heard to its end ends the command; exit status 1 when Asterisk could not play it, "
		"3 when somebody stopped it or hung up, 5 when there is no such channel, bridge or "
		"recording, 6 when nobody is in the bridge, 130 after Ctrl-C, which stops it. "
		"Pauses count as playing.",
	.operation = "channels.play",
	.positionals =
		(const struct command_positional[]){
			{.name = "target",
			 .param = "channelId",
			 .summary = "A channel or a bridge"},
			{.name = "media",
			 .param = "media",
			 .repeat = true,
			 .summary = "What to play, like sound:hello-world"},
			{0},
		},
	.options =
		(const struct command_option[]){
			{.name = "wait", .summary = "End when it has been heard, or why not"},
			{0},
		},
	.examples =
		(const struct command_example[]){
			{"astctl play 1700000000.12 sound:hello-world --wait",
			 "Play a prompt, and wait until it was heard"},
			{"astctl play conf1 sound:conf-onlyperson number:3",
			 "To all in a bridge, without waiting"},
			{"astctl play 1700000000.12 recording:note --wait",
			 "What was recorded before"},
			{0},
		},
	.fields = field_playback,
	.columns = "id,state,media,target",
	.related = "record, playback stop, sound list",
	.flags = COMMAND_CHANGES,
	.run = play,
};
