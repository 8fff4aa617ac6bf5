/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Typed helpers: each turns its struct into named arguments, calls, and reads the id out of the
 * reply.
 */
#include "ari/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ari/json.h"
#include "error.h"

#define ARGS_MAX    16
#define NUMBERS_MAX 3

/* Arguments being gathered. What is NULL or 0 is left out. */
struct gather {
	struct ari_arg args[ARGS_MAX];
	size_t n;
	char numbers[NUMBERS_MAX][16];
	size_t n_numbers;
};

static void add(struct gather *gather, const char *name, const char *value)
{
	if (value)
		gather->args[gather->n++] = (struct ari_arg){.name = name, .value = value};
}

static void add_number(struct gather *gather, const char *name, long long value)
{
	char *text = gather->numbers[gather->n_numbers];

	if (!value)
		return;
	gather->n_numbers++;
	snprintf(text, sizeof(gather->numbers[0]), "%lld", value);
	add(gather, name, text);
}

static int call(struct ari_client *client, const char *op, const struct gather *gather,
		struct ari_error *err)
{
	return ari_client_call(client, op, gather->args, gather->n, NULL, err);
}

static int read_id(const struct ari_reply *reply, const char *op, char *id, struct ari_error *err)
{
	struct ari_span body = {.p = reply->body, .len = reply->len};
	long len = ari_json_text(ari_json_get(body, "id"), id, ARI_OBJECT_ID_SIZE);

	if (len > 0 && len < ARI_OBJECT_ID_SIZE)
		return 0;
	if (err && !err->code)
		snprintf(err->operation, sizeof(err->operation), "%s", op);
	return arip_error_set(err, ARI_EPROTOCOL, "the reply names no usable id");
}

/* For what creates: ID gets the id of the new object. */
static int create(struct ari_client *client, const char *op, const struct ari_arg *args, size_t n,
		  char *id, struct ari_error *err)
{
	struct ari_reply reply;
	int rc = 0;

	if (ari_client_call(client, op, args, n, &reply, err))
		return -1;
	if (id)
		rc = read_id(&reply, op, id, err);
	ari_reply_release(&reply);
	return rc;
}

static size_t count_variables(const char *const *variables)
{
	size_t n = 0;

	while (variables && variables[2 * n] && variables[2 * n + 1])
		n++;
	return n;
}

/* The fixed arguments and the variables; NAMES keeps the "variables.NAME" strings alive. */
static struct ari_arg *join_variables(const struct gather *gather, const char *const *variables,
				      size_t count, char **names)
{
	struct ari_arg *args = calloc(gather->n + count, sizeof(*args));
	size_t size = 1;
	char *p;

	for (size_t i = 0; i < count; i++)
		size += sizeof("variables.") + strlen(variables[2 * i]);
	p = *names = malloc(size);
	if (!args || !p) {
		free(args);
		return NULL;
	}
	memcpy(args, gather->args, gather->n * sizeof(*args));
	for (size_t i = 0; i < count; i++) {
		args[gather->n + i] = (struct ari_arg){.name = p, .value = variables[2 * i + 1]};
		p = stpcpy(stpcpy(p, "variables."), variables[2 * i]) + 1;
	}
	return args;
}

int ari_channel_originate(struct ari_client *client, const struct ari_originate *originate,
			  char *id, struct ari_error *err)
{
	struct gather gather = {.n = 0};
	size_t count = count_variables(originate->variables);
	char *names = NULL;
	struct ari_arg *args;
	int rc;

	add(&gather, "endpoint", originate->endpoint);
	add(&gather, "app", originate->app);
	add(&gather, "appArgs", originate->app_args);
	add(&gather, "context", originate->context);
	add(&gather, "extension", originate->extension);
	add(&gather, "label", originate->label);
	add_number(&gather, "priority", originate->priority);
	add(&gather, "callerId", originate->caller_id);
	add_number(&gather, "timeout", originate->timeout_s);
	add(&gather, "channelId", originate->id);
	add(&gather, "originator", originate->originator);
	add(&gather, "formats", originate->formats);
	args = join_variables(&gather, originate->variables, count, &names);
	if (args)
		rc = create(client, "channels.originate", args, gather.n + count, id, err);
	else
		rc = arip_error_memory(err);
	free(names);
	free(args);
	return rc;
}

int ari_channel_answer(struct ari_client *client, const char *channel, struct ari_error *err)
{
	struct gather gather = {.n = 0};

	add(&gather, "channelId", channel);
	return call(client, "channels.answer", &gather, err);
}

int ari_channel_hangup(struct ari_client *client, const char *channel, const char *reason,
		       struct ari_error *err)
{
	struct gather gather = {.n = 0};

	add(&gather, "channelId", channel);
	add(&gather, "reason", reason);
	return call(client, "channels.hangup", &gather, err);
}

int ari_channel_continue(struct ari_client *client, const char *channel,
			 const struct ari_place *place, struct ari_error *err)
{
	struct gather gather = {.n = 0};

	add(&gather, "channelId", channel);
	if (place) {
		add(&gather, "context", place->context);
		add(&gather, "extension", place->extension);
		add(&gather, "label", place->label);
		add_number(&gather, "priority", place->priority);
	}
	return call(client, "channels.continueInDialplan", &gather, err);
}

static int play(struct ari_client *client, const char *op, const char *param, const char *object,
		const char *media, char *id, struct ari_error *err)
{
	struct gather gather = {.n = 0};

	add(&gather, param, object);
	add(&gather, "media", media);
	return create(client, op, gather.args, gather.n, id, err);
}

int ari_channel_play(struct ari_client *client, const char *channel, const char *media, char *id,
		     struct ari_error *err)
{
	return play(client, "channels.play", "channelId", channel, media, id, err);
}

int ari_bridge_play(struct ari_client *client, const char *bridge, const char *media, char *id,
		    struct ari_error *err)
{
	return play(client, "bridges.play", "bridgeId", bridge, media, id, err);
}

static int record_on(struct ari_client *client, const char *op, const char *param,
		     const char *object, const struct ari_record *record, struct ari_error *err)
{
	struct gather gather = {.n = 0};

	add(&gather, param, object);
	add(&gather, "name", record->name);
	add(&gather, "format", record->format ? record->format : "wav");
	add_number(&gather, "maxDurationSeconds", record->max_duration_s);
	add_number(&gather, "maxSilenceSeconds", record->max_silence_s);
	add(&gather, "ifExists", record->if_exists);
	add(&gather, "terminateOn", record->terminate_on);
	add(&gather, "beep", record->beep ? "true" : NULL);
	return call(client, op, &gather, err);
}

int ari_channel_record(struct ari_client *client, const char *channel,
		       const struct ari_record *record, struct ari_error *err)
{
	return record_on(client, "channels.record", "channelId", channel, record, err);
}

int ari_bridge_record(struct ari_client *client, const char *bridge,
		      const struct ari_record *record, struct ari_error *err)
{
	return record_on(client, "bridges.record", "bridgeId", bridge, record, err);
}

int ari_bridge_create(struct ari_client *client, const char *type, const char *name, char *id,
		      struct ari_error *err)
{
	struct gather gather = {.n = 0};

	add(&gather, "type", type ? type : "mixing");
	add(&gather, "name", name);
	return create(client, "bridges.create", gather.args, gather.n, id, err);
}

int ari_bridge_destroy(struct ari_client *client, const char *bridge, struct ari_error *err)
{
	struct gather gather = {.n = 0};

	add(&gather, "bridgeId", bridge);
	return call(client, "bridges.destroy", &gather, err);
}

static int member(struct ari_client *client, const char *op, const char *bridge,
		  const char *channel, struct ari_error *err)
{
	struct gather gather = {.n = 0};

	add(&gather, "bridgeId", bridge);
	add(&gather, "channel", channel);
	return call(client, op, &gather, err);
}

int ari_bridge_add_channel(struct ari_client *client, const char *bridge, const char *channel,
			   struct ari_error *err)
{
	return member(client, "bridges.addChannel", bridge, channel, err);
}

int ari_bridge_remove_channel(struct ari_client *client, const char *bridge, const char *channel,
			      struct ari_error *err)
{
	return member(client, "bridges.removeChannel", bridge, channel, err);
}
