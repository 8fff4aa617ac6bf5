/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Variables: who has no right to dialplan functions names none of them, in any place where a name
 * of a variable may stand, and reads no global variables through a channel, where Asterisk looks
 * for what the channel itself does not have.
 */
#include <stdlib.h>
#include <string.h>

#include "ari/json.h"
#include "check.h"

static struct decision refuse(int status, const char *why)
{
	return (struct decision){
		.verdict = status == 404 ? VERDICT_HIDE : VERDICT_DENY,
		.status = status,
		.why = why,
	};
}

static bool is_allowed(const struct decision *decision)
{
	return decision->verdict == VERDICT_ALLOW;
}

static struct decision check_variable(const char *value)
{
	return strpbrk(value, "(\\\"") ? refuse(403, "this user may not use dialplan functions")
				       : (struct decision){.verdict = VERDICT_ALLOW};
}

/* Names of variables: the keys of the object "variables", and of the whole body where the body
 * is that object. */
static struct decision check_keys(struct ari_span object, int depth)
{
	struct decision decision = {.verdict = VERDICT_ALLOW};
	struct ari_json_iter iter;
	struct ari_span key, value;

	if (ari_json_type(object) != ARI_JSON_OBJECT)
		return decision;
	ari_json_iter_init(&iter, object);
	while (is_allowed(&decision) && ari_json_next(&iter, &key, &value)) {
		/* An escape can spell a parenthesis too. */
		if (memchr(key.p, '(', key.len) || memchr(key.p, '\\', key.len))
			decision = refuse(403, "this user may not use dialplan functions");
		else if (depth)
			decision = check_keys(value, depth - 1);
	}
	return decision;
}

/* What the host says the variable NAME holds below PATH: to be freed, or NULL for nothing. */
static char *read_variable(struct request *req, const struct uri_path *path, const char *name)
{
	struct uri_params params = {.n = 1};
	struct host_reply reply = {.fd = -1};
	struct host_call call = {.method = HTTP_GET, .params = &params};
	char *text = uri_path_encode(path, -1, ""), *value = NULL;

	params.param[0] = (struct uri_param){.name = "variable", .value = name};
	call.path = text;
	if (text)
		req->server->ops->invoke(req->server->host, &call, &reply);
	if (reply.status == 200)
		value = ari_json_text_dup(ari_json_get((struct ari_span){reply.body.data,
									 reply.body.len}, "value"));
	free(text);
	buf_free(&reply.body);
	buf_free(&reply.headers);
	return value;
}

/* Is what the channel is said to have only what all have? */
static bool is_global(struct request *req, const char *name)
{
	const char *id = route_id(&req->route, &req->segments, "channelId");
	struct uri_path everywhere = {.segment = {(char *)"asterisk", (char *)"variable"}, .n = 2};
	struct uri_path here = {
		.segment = {(char *)"channels", (char *)id, (char *)"variable"}, .n = 3,
	};
	char *global = read_variable(req, &everywhere, name), *own = NULL;
	bool same = false;

	if (global && *global) {
		own = read_variable(req, &here, name);
		same = own && !strcmp(own, global);
	}
	free(global);
	free(own);
	return same;
}

/* Asterisk takes blanks off a name, and ":OFFSET:LENGTH" behind it for a part of the value. */
static struct decision check_globals(struct request *req, const char *names)
{
	struct decision decision = {.verdict = VERDICT_ALLOW};
	char *copy = strdup(names), *rest = copy, *name;

	if (!copy)
		return refuse(500, "out of memory");
	while (is_allowed(&decision) && (name = strsep(&rest, ","))) {
		while (*name && (unsigned char)*name <= ' ')
			name++;
		name[strcspn(name, ":")] = '\0';
		while (*name && (unsigned char)name[strlen(name) - 1] <= ' ')
			name[strlen(name) - 1] = '\0';
		if (*name && is_global(req, name))
			decision = refuse(404, "Provided variable was not found");
	}
	free(copy);
	return decision;
}

/* Of "variables" in a query and of the object of that name in a body. */
struct decision check_variables(struct request *req)
{
	static const char *const names[] = {"variable", "variables"};
	struct decision decision = {.verdict = VERDICT_ALLOW};
	bool reads = !strncmp(req->route.op->name, "channels.getChannelVar", 22);
	const char *value;
	size_t i;

	if (req->user->rights & RIGHT_FUNCTIONS)
		return decision;
	for (i = 0; is_allowed(&decision) && i < 2; i++) {
		value = uri_param(&req->given, names[i]);
		if (value)
			decision = check_variable(value);
		if (value && reads && is_allowed(&decision))
			decision = check_globals(req, value);
	}
	if (is_allowed(&decision) && req->given_body)
		decision = check_keys((struct ari_span){req->given_body, req->given_body_len}, 1);
	return decision;
}
