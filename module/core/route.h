/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* Finds the operation of the API that a method and a path mean. */
#ifndef CORE_ROUTE_H
#define CORE_ROUTE_H

#include "ari/operation.h"
#include "http_request.h"
#include "uri.h"

struct route {
	const struct ari_operation *op;		/* NULL: none that the description knows */
	size_t variable[URI_SEGMENTS_MAX];	/* which path segments are ids, in order */
	size_t n_variables;
};

void route_find(enum http_method method, const struct uri_path *path, struct route *route);
/** A bit (1 << HTTP_...) for each method that the description has for the path. */
unsigned int route_methods(const struct uri_path *path);
/** The value of path parameter NAME ("channelId"), or NULL. */
const char *route_id(const struct route *route, const struct uri_path *path, const char *name);
/** The segment that holds it, or -1. */
int route_segment(const struct route *route, const char *name);

#endif
