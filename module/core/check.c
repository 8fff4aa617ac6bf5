/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See check.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ari/json.h"
#include "check.h"

/* What the visitors of the values share. */
struct checking {
	struct request *req;
	const struct user *user;
	struct store *store;
	bool synced;
	struct decision decision;
};

static int refuse(struct checking *c, int status, const char *why)
{
	c->decision = (struct decision){.verdict = VERDICT_DENY, .status = status, .why = why};
	return 1;
}

bool is_plain(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f || strchr("\\\"'()[]", *text))
			return false;
	}
	return true;
}

bool is_downward(const char *text)
{
	for (;;) {
		size_t len = strcspn(text, "/");

		if (!len || (text[0] == '.' && (len == 1 || (len == 2 && text[1] == '.'))))
			return false;
		if (!text[len])
			return true;
		text += len + 1;
	}
}

/* The name of a recording is a file's: below the directory of recordings, whoever asks. */
static bool is_file_name(const char *text)
{
	const char *p;

	for (p = text; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f || *p == '\\')
			return false;
	}
	return is_downward(text);
}

/* FN for each part of a list, which request_settle() has cleaned. */
static int each_part(struct checking *c, const char *value,
		     int (*fn)(struct checking *c, const char *part))
{
	char *copy = strdup(value), *rest = copy, *part;
	int res = copy ? 0 : refuse(c, 500, "out of memory");

	while (!res && *value && (part = strsep(&rest, ",")))
		res = is_plain(part) ? fn(c, part)
				     : refuse(c, 400, "a list holds a character that it must not");
	free(copy);
	return res;
}

static int media_part(struct checking *c, const char *uri)
{
	static const char *const harmless[] = {"number:", "digits:", "characters:", "tone:"};
	size_t i;

	for (i = 0; i < 4; i++) {
		if (!strncmp(uri, harmless[i], strlen(harmless[i])))
			return 0;
	}
	if (!strncmp(uri, "recording:", 10)) {
		if (!is_file_name(uri + 10))
			return refuse(c, 400, "that is no name of a recording");
		if (scope_match(&c->user->follow, SCOPE_RECORDING, uri + 10) ||
		    scope_match(&c->user->manipulate, SCOPE_RECORDING, uri + 10))
			return 0;
		return refuse(c, 403, "this user may not play that recording");
	}
	/* A sound is a name below the sound directory, not a path out of it and not a URL. */
	if (!strncmp(uri, "sound:", 6) && !strstr(uri, "://") && is_file_name(uri + 6))
		return 0;
	return refuse(c, 403, "this user may not play that");
}

static int check_media(void *arg, const char *value)
{
	struct checking *c = arg;

	if (c->user->manipulate.all)
		return 0;
	return each_part(c, value, media_part);
}

/* Asterisk looks for a sound in the directory of that name first. */
static int check_language(void *arg, const char *value)
{
	struct checking *c = arg;

	return c->user->manipulate.all || (is_plain(value) && *value != '.' && !strchr(value, '/'))
		? 0 : refuse(c, 400, "'lang' holds a character that it must not");
}

/* Asterisk takes an id for a channel's name first, and all names have a slash: who could choose
 * such an id for a channel of his own would touch the channel of that name with it. */
static int check_new_id(void *arg, const char *value)
{
	return strchr(value, '/') ? refuse(arg, 400, "the id of a channel must hold no slash") : 0;
}

static int check_name(void *arg, const char *value)
{
	struct checking *c = arg;

	return scope_match(&c->user->manipulate, SCOPE_RECORDING, value)
		? 0 : refuse(c, 403, "this user may not use that name for a recording");
}

static const struct object *find(struct checking *c, enum object_class class, const char *id)
{
	const struct object *object = store_find(c->store, class, id);

	/* What is foreign takes as long as what is not there. */
	if (!c->synced && (!object || !may_follow(c->user, c->store, object)))
		c->decision = (struct decision){.verdict = VERDICT_WAIT};
	return object;
}

/* A channel that is not there is a 400 of the host's; a foreign one is not there. */
static int channel_part(struct checking *c, const char *id)
{
	const struct object *object = find(c, OBJECT_CHANNEL, id);

	if (c->decision.verdict == VERDICT_WAIT)
		return 1;
	if (!object || !may_follow(c->user, c->store, object))
		return refuse(c, 400, "Channel not found");
	return may_manipulate(c->user, c->store, object)
		? 0 : refuse(c, 403, "this user may only look at that");
}

static int check_channels(void *arg, const char *value)
{
	return each_part(arg, value, channel_part);
}

/* The channel that an operation is about besides its target. */
static int check_channel(void *arg, const char *id)
{
	struct checking *c = arg;
	const struct object *object = find(c, OBJECT_CHANNEL, id);
	bool claim = !strcmp(c->req->route.op->nickname, "claimChannel");

	if (c->decision.verdict == VERDICT_WAIT)
		return 1;
	if (object && may_manipulate(c->user, c->store, object))
		return 0;
	if (object && may_follow(c->user, c->store, object))
		return refuse(c, 403, "this user may only look at that");
	c->decision = (struct decision){
		.verdict = VERDICT_HIDE,
		.why = claim ? "Channel not found or not in broadcast state" : "Channel not found",
	};
	return 1;
}

static int check_context(void *arg, const char *value)
{
	struct checking *c = arg;

	return scope_match(&c->user->manipulate, SCOPE_CONTEXT, value)
		? 0 : refuse(c, 403, "this user may not send channels to that context");
}

static int check_app(void *arg, const char *value)
{
	struct checking *c = arg;

	return scope_match(&c->user->manipulate, SCOPE_APPLICATION, value)
		? 0 : refuse(c, 403, "this user may not send channels to that application");
}

static int place_app(struct checking *c, const char *value)
{
	return scope_match(&c->user->originate, SCOPE_APPLICATION, value)
		? 0 : refuse(c, 403, "this user may not call into that application");
}

static int place_context(struct checking *c, const char *value)
{
	return scope_match(&c->user->originate, SCOPE_CONTEXT, value)
		? 0 : refuse(c, 403, "this user may not call into that context");
}

/* The host takes an empty one for none, and "default" where there is none at all. */
static int check_place(struct checking *c)
{
	const char *app = uri_param(&c->req->given, "app");
	const char *context = uri_param(&c->req->given, "context");
	int res = 0;

	if (app && *app)
		res = place_app(c, app);
	if (!res && context && *context)
		res = place_context(c, context);
	if (!res && !(app && *app) && !(context && *context))
		res = place_context(c, "default");
	return res;
}

/* Where "continue" leads without a context: on in the one where the channel is now. */
static int check_present(struct checking *c)
{
	const char *context = uri_param(&c->req->given, "context");
	const struct object *object;

	if (context && *context)
		return check_context(c, context);
	if (c->user->manipulate.all)
		return 0;
	if (!c->synced) {
		c->decision = (struct decision){.verdict = VERDICT_WAIT};
		return 1;
	}
	object = store_find(c->store, OBJECT_CHANNEL,
			    route_id(&c->req->route, &c->req->segments, "channelId"));
	return check_context(c, object ? object->context : "");
}

static int check_endpoint(void *arg, const char *value)
{
	struct checking *c = arg;
	char *canonical = NULL, context[96] = "";
	enum call_verdict verdict = check_call(c->user, value, &canonical, context, sizeof(context));

	if (verdict == CALL_NO) {
		free(canonical);
		return refuse(c, 403, "this user may not call that endpoint");
	}
	/* VALUE is gone behind this. */
	if (request_give(c->req, "endpoint", canonical))
		return refuse(c, 500, "out of memory");
	return verdict == CALL_LOCAL ? place_context(c, context) : 0;
}

static int check_host(void *arg, const char *value)
{
	struct checking *c = arg;

	if (!c->user->originate.all && value[strcspn(value, "/&,\\\"")])
		return refuse(c, 400, "'external_host' holds a character that it must not");
	return check_external_media(c->user, value)
		? 0 : refuse(c, 403, "this user may not send media there");
}

/* Without a host Asterisk waits for one that comes by WebSocket. */
static int check_no_host(struct checking *c)
{
	const char *host = uri_param(&c->req->given, "external_host");

	return host && *host ? 0 : check_host(c, "INCOMING");
}

static int source_part(struct checking *c, const char *uri)
{
	const struct object *object = NULL;
	const struct user *user = c->user;
	bool good = false;

	if (!strncmp(uri, "channel:", 8))
		object = find(c, OBJECT_CHANNEL, uri + 8);
	else if (!strncmp(uri, "bridge:", 7))
		object = find(c, OBJECT_BRIDGE, uri + 7);
	else if (!strncmp(uri, "endpoint:", 9))
		good = scope_match(&user->follow, SCOPE_ENDPOINT, uri + 9) ||
		       scope_match(&user->manipulate, SCOPE_ENDPOINT, uri + 9);
	else if (!strncmp(uri, "deviceState:", 12))
		good = scope_match(&user->follow, SCOPE_DEVICE, uri + 12) ||
		       scope_match(&user->manipulate, SCOPE_DEVICE, uri + 12);
	if (c->decision.verdict == VERDICT_WAIT)
		return 1;
	if (good || (object && may_follow(user, c->store, object)))
		return 0;
	return refuse(c, 422, "Event source does not exist");
}

static int check_sources(void *arg, const char *value)
{
	struct checking *c = arg;

	return c->user->follow.all ? 0 : each_part(c, value, source_part);
}

static int check_other(void *arg, const char *value)
{
	struct checking *c = arg;
	const struct object *object = find(c, OBJECT_CHANNEL, value);

	if (c->decision.verdict == VERDICT_WAIT)
		return 1;
	return object && may_follow(c->user, c->store, object)
		? 0 : refuse(c, 400, "Provided channel was not found");
}

static int check_owner(void *arg, const char *value)
{
	struct checking *c = arg;

	return may_own_application(c->user, value)
		? 0 : refuse(c, 404, "Application not found");
}

/* No other playback may have the id: whoever names it next would get either of them. */
static int check_playback(void *arg, const char *value)
{
	struct checking *c = arg;
	struct host_reply reply = {.fd = -1};
	struct uri_params none = {.n = 0};
	struct uri_path path = {.segment = {(char *)"playbacks", (char *)value}, .n = 2};
	struct host_call call = {.method = HTTP_GET, .params = &none};
	char *text = uri_path_encode(&path, -1, "");

	call.path = text;
	if (text && !c->user->manipulate.all)
		c->req->server->ops->invoke(c->req->server->host, &call, &reply);
	free(text);
	buf_free(&reply.body);
	buf_free(&reply.headers);
	return c->user->manipulate.all || reply.status == 404
		? 0 : refuse(c, 409, "Playback with id already exists");
}

static const struct {
	unsigned int check;
	const char *param;
	int (*fn)(void *arg, const char *value);
} words[] = {
	{CHECK_NEW_ID, "channelId", check_new_id},
	{CHECK_NEW_ID, "otherChannelId", check_new_id},
	{CHECK_NEW_ID, "snoopId", check_new_id},
	{CHECK_MEDIA, "media", check_media},
	{CHECK_MEDIA, "lang", check_language},
	{CHECK_NAME, "name", check_name},
	{CHECK_NAME, "destinationRecordingName", check_name},
	{CHECK_CHANNELS, "channel", check_channels},
	{CHECK_CHANNELS, "channelId", check_channel},
	{CHECK_APP, "app", check_app},
	{CHECK_ENDPOINT, "endpoint", check_endpoint},
	{CHECK_HOST, "external_host", check_host},
	{CHECK_SOURCES, "eventSource", check_sources},
	{CHECK_SOURCES, "source", check_sources},
	{CHECK_OTHER, "originator", check_other},
	{CHECK_OTHER, "caller", check_other},
	{CHECK_OWNER, "application", check_owner},
	{CHECK_MEDIA, "playbackId", check_playback},
};

/* The value of parameter NAME: in the path, or given. */
static const char *value_of(const struct request *req, const char *name)
{
	const char *value = route_id(&req->route, &req->segments, name);

	return value ? value : uri_param(&req->given, name);
}

static int recording_part(struct checking *c, const char *uri)
{
	return strncmp(uri, "recording:", 10) || is_file_name(uri + 10)
		? 0 : refuse(c, 400, "that is no name of a recording");
}

struct decision check_names(struct request *req, const struct rule *rule, bool unlimited)
{
	static const char *const files[] = {"recordingName", "name", "destinationRecordingName"};
	static const char *const ids[] = {
		"channelId", "otherChannelId", "bridgeId", "playbackId", "snoopId", "app",
		"application", "applicationName", "context", "originator", "caller",
	};
	struct checking c = {.req = req};
	const char *value;
	size_t i;

	for (i = 0; i < 3; i++) {
		value = !i || rule->checks & CHECK_NAME ? value_of(req, files[i]) : NULL;
		if (value && !is_file_name(value))
			refuse(&c, 400, "that is no name of a recording");
	}
	value = rule->checks & CHECK_MEDIA ? uri_param(&req->given, "media") : NULL;
	if (value)
		each_part(&c, value, recording_part);
	for (i = 0; !unlimited && i < sizeof(ids) / sizeof(ids[0]); i++) {
		value = value_of(req, ids[i]);
		if (value && (!is_plain(value) || strchr(value, ',')))
			refuse(&c, 400, "a name holds a character that it must not");
	}
	return c.decision;
}

struct decision check_words(struct request *req, const struct rule *rule, bool synced)
{
	struct checking c = {
		.req = req,
		.user = req->user,
		.store = req->server->store,
		.synced = synced,
	};
	const char *value;
	int res = 0;
	size_t i;

	for (i = 0; !res && i < sizeof(words) / sizeof(words[0]); i++) {
		value = rule->checks & words[i].check ? value_of(req, words[i].param) : NULL;
		if (value)
			res = words[i].fn(&c, value);
	}
	if (!res && rule->checks & CHECK_HOST)
		res = check_no_host(&c);
	if (!res && rule->checks & CHECK_CONTEXT)
		res = check_present(&c);
	if (!res && rule->checks & CHECK_PLACE)
		res = check_place(&c);
	return !res && rule->checks & CHECK_VARIABLES ? check_variables(req) : c.decision;
}
