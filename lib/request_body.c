/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The JSON body of a request. Members come from body parameters (objects as "variables={json}" or
 * "variables.NAME=value", lists of attribute and value pairs likewise), and from query parameters
 * that are too long for the request line, in the JSON types that Asterisk's *_parse_body functions
 * expect.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "request.h"

#define JSON_DEPTH_MAX 64

static bool too_deep(const json_t *json, unsigned depth)
{
	const char *key;
	json_t *item;
	size_t i;

	if (!depth)
		return true;
	json_object_foreach((json_t *)json, key, item)
	{
		if (too_deep(item, depth - 1))
			return true;
	}
	json_array_foreach((json_t *)json, i, item)
	{
		if (too_deep(item, depth - 1))
			return true;
	}
	return false;
}

/* The value of an object or list parameter, given as JSON text. */
static json_t *parse(const struct arip_arg *arg, struct ari_error *err)
{
	bool list = arg->param->type == ARI_TYPE_LIST;
	json_error_t why;
	json_t *json = json_loads(arg->value, JSON_REJECT_DUPLICATES, &why);

	if (!json) {
		arip_error_set(err, ARI_EARGUMENT, "%s is no JSON %s: %s at byte %d",
			       arg->param->name, list ? "array" : "object", why.text, why.position);
		return NULL;
	}
	if ((list ? !json_is_array(json) : !json_is_object(json)) ||
	    too_deep(json, JSON_DEPTH_MAX)) {
		arip_error_set(err, ARI_EARGUMENT, "%s must be a JSON %s, at most %d deep",
			       arg->param->name, list ? "array" : "object", JSON_DEPTH_MAX);
		json_decref(json);
		return NULL;
	}
	return json;
}

/* Channel variables are strings, on newer servers also {"value": ..., "report_events": ...}; a
 * number would be refused by the server with a message that does not name it. A user event may
 * carry anything. */
static int add_members(const struct ari_operation *op, const struct arip_arg *arg,
		       json_t *container, const json_t *more, struct ari_error *err)
{
	bool any = !strcmp(op->name, "events.userEvent");
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)more, key, value)
	{
		if (!any && !json_is_string(value) && !json_is_object(value))
			return arip_error_set(err, ARI_EARGUMENT, "%s.%.40s must be a string",
					      arg->param->name, key);
		if (json_object_get(container, key))
			return arip_error_set(err, ARI_EARGUMENT, "%s.%.40s is given twice",
					      arg->param->name, key);
		if (json_object_set(container, key, value))
			return arip_error_memory(err);
	}
	return 0;
}

/* {"attribute": NAME, "value": VALUE}: what the list of config tuples is made of. */
static int add_tuple(json_t *list, const struct arip_arg *arg)
{
	return json_array_append_new(
		list, json_pack("{s:s, s:s}", "attribute", arg->member, "value", arg->value));
}

static int add_member(const struct ari_operation *op, json_t *body, const struct arip_arg *arg,
		      struct ari_error *err)
{
	bool list = arg->param->type == ARI_TYPE_LIST;
	json_t *container = json_object_get(body, arg->param->name);
	json_t *more;
	int rc;

	if (!container) {
		container = list ? json_array() : json_object();
		if (json_object_set_new(body, arg->param->name, container))
			return arip_error_memory(err);
	}
	if (arg->member && list)
		return add_tuple(container, arg) ? arip_error_memory(err) : 0;
	if (arg->member) {
		if (json_object_get(container, arg->member))
			return arip_error_set(err, ARI_EARGUMENT, "%s.%.40s is given twice",
					      arg->param->name, arg->member);
		rc = json_object_set_new(container, arg->member, json_string(arg->value));
		return rc ? arip_error_memory(err) : 0;
	}
	more = parse(arg, err);
	if (!more)
		return -1;
	if (list)
		rc = json_array_extend(container, more) ? arip_error_memory(err) : 0;
	else
		rc = add_members(op, arg, container, more, err);
	json_decref(more);
	return rc;
}

static json_t *scalar(const struct arip_arg *arg)
{
	switch (arg->param->type) {
	case ARI_TYPE_INT:
	case ARI_TYPE_LONG:
		return json_integer(strtoimax(arg->value, NULL, 10));
	case ARI_TYPE_DOUBLE:
		return json_loads(arg->value, JSON_DECODE_ANY, NULL);
	case ARI_TYPE_BOOL:
		return json_boolean(!strcmp(arg->value, "true"));
	case ARI_TYPE_STRING:
	case ARI_TYPE_OBJECT:
	case ARI_TYPE_LIST:
		break;
	}
	return json_string(arg->value);
}

/* In the query a comma separates items; in a body each item is an element of an array. */
static int add_items(json_t *body, const struct arip_arg *arg)
{
	json_t *list = json_object_get(body, arg->param->name);
	const char *item = arg->value;

	if (!list) {
		list = json_array();
		if (json_object_set_new(body, arg->param->name, list))
			return -1;
	}
	for (;;) {
		size_t len = strcspn(item, ",");

		if (json_array_append_new(list, json_stringn(item, len)))
			return -1;
		if (!item[len])
			return 0;
		item += len + 1;
	}
}

static int add(const struct ari_operation *op, json_t *body, const struct arip_arg *arg,
	       struct ari_error *err)
{
	int rc;

	if (arg->param->type == ARI_TYPE_OBJECT || arg->param->type == ARI_TYPE_LIST)
		return add_member(op, body, arg, err);
	if (arg->param->multiple)
		rc = add_items(body, arg);
	else
		rc = json_object_set_new(body, arg->param->name, scalar(arg));
	return rc ? arip_error_memory(err) : 0;
}

static json_t *build(const struct ari_operation *op, const struct arip_arg *args, size_t n_args,
		     bool with_query, struct ari_error *err)
{
	json_t *body = json_object();

	if (!body) {
		arip_error_memory(err);
		return NULL;
	}
	for (size_t i = 0; i < n_args; i++) {
		if (args[i].param->in == ARI_IN_PATH ||
		    (args[i].param->in == ARI_IN_QUERY && !with_query))
			continue;
		if (add(op, body, &args[i], err)) {
			json_decref(body);
			return NULL;
		}
	}
	return body;
}

static const struct arip_arg *find_whole(const struct arip_arg *args, size_t n_args)
{
	for (size_t i = 0; i < n_args; i++) {
		if (args[i].param->whole_body)
			return &args[i];
	}
	return NULL;
}

int arip_body_build(const struct ari_operation *op, const struct arip_arg *args, size_t n_args,
		    bool with_query, char **body, size_t *len, struct ari_error *err)
{
	const struct arip_arg *whole = find_whole(args, n_args);
	json_t *json;
	int rc = 0;

	*body = NULL;
	*len = 0;
	if (whole && with_query)
		return arip_error_set(err, ARI_EARGUMENT,
				      "the arguments are too long for a request line");
	json = whole ? parse(whole, err) : build(op, args, n_args, with_query, err);
	if (!json)
		return -1;
	if (whole || json_object_size(json)) {
		*body = json_dumps(json, JSON_COMPACT);
		if (*body)
			*len = strlen(*body);
		else
			rc = arip_error_memory(err);
	}
	json_decref(json);
	return rc;
}
