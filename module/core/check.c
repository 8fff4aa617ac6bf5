/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See check.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ari/json.h"
#include "check.h"

/* What the visitors of the values share. */
struct checking {
	struct request *req;
	const struct user *user;
	struct store *store;
	bool synced;
	int seen;
	struct decision decision;
};

static int refuse(struct checking *c, int status, const char *why)
{
	c->decision = (struct decision){.verdict = VERDICT_DENY, .status = status, .why = why};
	return 1;
}

/* FN for each comma separated part of VALUE. */
static int each_part(struct checking *c, const char *value,
		     int (*fn)(struct checking *c, const char *part))
{
	char *copy = strdup(value), *rest = copy, *part;
	int res = copy ? 0 : refuse(c, 500, "out of memory");

	while (!res && (part = strsep(&rest, ","))) {
		size_t len;

		part += strspn(part, " \t");
		for (len = strlen(part); len && strchr(" \t", part[len - 1]); len--)
			part[len - 1] = '\0';
		if (*part)
			res = fn(c, part);
	}
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
		if (scope_match(&c->user->follow, SCOPE_RECORDING, uri + 10) ||
		    scope_match(&c->user->manipulate, SCOPE_RECORDING, uri + 10))
			return 0;
		return refuse(c, 403, "this user may not play that recording");
	}
	/* A sound is a name below the sound directory, not a path out of it and not a URL. */
	if (!strncmp(uri, "sound:", 6) && uri[6] != '/' && !strstr(uri, "..") && !strstr(uri, "://"))
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

static int check_name(void *arg, const char *value)
{
	struct checking *c = arg;

	return scope_match(&c->user->manipulate, SCOPE_RECORDING, value)
		? 0 : refuse(c, 403, "this user may not use that name for a recording");
}

static const struct object *find(struct checking *c, enum object_class class, const char *id)
{
	const struct object *object = store_find(c->store, class, id);

	if (!object && !c->synced)
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

static int check_variable(void *arg, const char *value)
{
	return strchr(value, '(')
		? refuse(arg, 403, "this user may not use dialplan functions") : 0;
}

/* Names of variables: the keys of the object "variables", and of the whole body where the body
 * is that object. */
static int check_keys(struct checking *c, struct ari_span object, int depth)
{
	struct ari_json_iter iter;
	struct ari_span key, value;
	int res = 0;

	if (ari_json_type(object) != ARI_JSON_OBJECT)
		return 0;
	ari_json_iter_init(&iter, object);
	while (!res && ari_json_next(&iter, &key, &value)) {
		/* An escape can spell a parenthesis too. */
		if (memchr(key.p, '(', key.len) || memchr(key.p, '\\', key.len))
			res = refuse(c, 403, "this user may not use dialplan functions");
		else if (depth)
			res = check_keys(c, value, depth - 1);
	}
	return res;
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

static int place_app(void *arg, const char *value)
{
	struct checking *c = arg;

	c->seen++;
	return scope_match(&c->user->originate, SCOPE_APPLICATION, value)
		? 0 : refuse(c, 403, "this user may not call into that application");
}

static int place_context(void *arg, const char *value)
{
	struct checking *c = arg;

	c->seen++;
	return scope_match(&c->user->originate, SCOPE_CONTEXT, value)
		? 0 : refuse(c, 403, "this user may not call into that context");
}

static int check_place(struct checking *c)
{
	int res;

	c->seen = 0;
	res = request_each_value(c->req, "app", place_app, c);
	if (!res)
		res = request_each_value(c->req, "context", place_context, c);
	if (!res && !c->seen)
		res = place_context(c, "default");
	return res;
}

/* "Local/200@sales/n" dials into a context, so the context must be allowed as well. */
static int check_local(struct checking *c, const char *endpoint)
{
	const char *at = strchr(endpoint, '@');
	char context[96];

	if (strncasecmp(endpoint, "Local/", 6))
		return 0;
	snprintf(context, sizeof(context), "%.*s", at ? (int)strcspn(at + 1, "/") : 7,
		 at ? at + 1 : "default");
	return place_context(c, context);
}

static int check_endpoint(void *arg, const char *value)
{
	struct checking *c = arg;

	if (!scope_match(&c->user->originate, SCOPE_ENDPOINT, value))
		return refuse(c, 403, "this user may not call that endpoint");
	return check_local(c, value);
}

static int check_host(void *arg, const char *value)
{
	struct checking *c = arg;
	char name[300];

	snprintf(name, sizeof(name), "ExternalMedia/%s", value);
	return scope_match(&c->user->originate, SCOPE_ENDPOINT, name)
		? 0 : refuse(c, 403, "this user may not send media there");
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

static const struct {
	unsigned int check;
	const char *param;
	int (*fn)(void *arg, const char *value);
} words[] = {
	{CHECK_MEDIA, "media", check_media},
	{CHECK_NAME, "name", check_name},
	{CHECK_NAME, "destinationRecordingName", check_name},
	{CHECK_CHANNELS, "channel", check_channels},
	{CHECK_CONTEXT, "context", check_context},
	{CHECK_APP, "app", check_app},
	{CHECK_ENDPOINT, "endpoint", check_endpoint},
	{CHECK_HOST, "external_host", check_host},
	{CHECK_SOURCES, "eventSource", check_sources},
	{CHECK_SOURCES, "source", check_sources},
	{CHECK_OTHER, "originator", check_other},
	{CHECK_OTHER, "caller", check_other},
	{CHECK_OWNER, "application", check_owner},
};

static int check_variables(struct checking *c)
{
	struct request *req = c->req;
	int res;

	if (c->user->rights & RIGHT_FUNCTIONS)
		return 0;
	res = request_each_value(req, "variable", check_variable, c);
	if (!res)
		res = request_each_value(req, "variables", check_variable, c);
	if (!res && req->call.body)
		res = check_keys(c, (struct ari_span){req->call.body, req->call.body_len}, 1);
	return res;
}

struct decision check_words(struct request *req, const struct rule *rule, bool synced)
{
	struct checking c = {
		.req = req,
		.user = req->user,
		.store = req->server->store,
		.synced = synced,
	};
	int res = 0;
	size_t i;

	for (i = 0; !res && i < sizeof(words) / sizeof(words[0]); i++) {
		if (rule->checks & words[i].check)
			res = request_each_value(req, words[i].param, words[i].fn, &c);
	}
	if (!res && rule->checks & CHECK_PLACE)
		res = check_place(&c);
	if (!res && rule->checks & CHECK_VARIABLES)
		res = check_variables(&c);
	if (res < 0)
		refuse(&c, 500, "out of memory");
	return c.decision;
}
