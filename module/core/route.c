/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * See route.h. The table is a hundred rows and a comparison ends at the first letter that
 * differs, so a plain walk costs about a microsecond.
 */
#include <string.h>

#include "route.h"

/* Does the template "/channels/{channelId}/play" fit the path? */
static bool fits(const char *template, const struct uri_path *path, struct route *route)
{
	size_t i;

	route->n_variables = 0;
	for (i = 0; i < path->n; i++) {
		size_t len;

		/* Mostly the first letter tells. */
		if (*template++ != '/' ||
		    (*template != '{' && *template != path->segment[i][0]))
			return false;
		len = strcspn(template, "/");
		if (*template == '{')
			route->variable[route->n_variables++] = i;
		else if (strncmp(template, path->segment[i], len) || path->segment[i][len])
			return false;
		template += len;
	}
	return !*template;
}

static bool is_better(const struct route *one, const struct route *other)
{
	return !other->op || one->n_variables < other->n_variables;
}

void route_find(enum http_method method, const struct uri_path *path, struct route *route)
{
	const char *name = http_method_name(method);
	const struct ari_operation *ops;
	struct route try;
	size_t n, i;

	*route = (struct route){0};
	ops = ari_operations(&n);
	for (i = 0; i < n; i++) {
		/* "channels/create" fits "/channels/{channelId}" too: the plainest wins. */
		if (ops[i].method[0] != name[0] || ops[i].method[1] != name[1] ||
		    !fits(ops[i].path, path, &try) || strcmp(ops[i].method, name))
			continue;
		try.op = &ops[i];
		if (is_better(&try, route))
			*route = try;
	}
}

unsigned int route_methods(const struct uri_path *path)
{
	const struct ari_operation *ops;
	struct route try;
	unsigned int methods = 0;
	size_t n, i;

	ops = ari_operations(&n);
	for (i = 0; i < n; i++) {
		if (fits(ops[i].path, path, &try))
			methods |= 1u << http_method_find(ops[i].method, strlen(ops[i].method));
	}
	return methods;
}

/* Path parameters are not always the first of op->params, so take their names from the template. */
static bool variable_is(const char *template, size_t index, const char *name)
{
	size_t len = strlen(name);

	for (; (template = strchr(template, '{')); template++) {
		if (index--)
			continue;
		return !strncmp(template + 1, name, len) && template[1 + len] == '}';
	}
	return false;
}

int route_segment(const struct route *route, const char *name)
{
	size_t i;

	for (i = 0; route->op && i < route->n_variables; i++) {
		if (variable_is(route->op->path, i, name))
			return (int)route->variable[i];
	}
	return -1;
}

const char *route_id(const struct route *route, const struct uri_path *path, const char *name)
{
	int segment = route_segment(route, name);

	return segment < 0 ? NULL : path->segment[segment];
}
