/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The second half of authorisation: what stands in a request's parameters, which are judged as
 * request_settle() left them and rewritten where Asterisk could read them in another way.
 */
#ifndef CORE_CHECK_H
#define CORE_CHECK_H

#include "authorise.h"
#include "rule.h"

/** Names that become paths, for everybody; ids that become parts of lists, for the limited. */
struct decision check_names(struct request *req, const struct rule *rule, bool unlimited);
struct decision check_words(struct request *req, const struct rule *rule, bool synced);

/** No control characters, and none of those that Asterisk takes out of lists. */
bool is_plain(const char *text);
/** Is TEXT a path that leads down from where it starts: no empty, "." or ".." part? */
bool is_downward(const char *text);

/* check_variable.c */
/** What the request says of variables, of a user who has not every right. */
struct decision check_variables(struct request *req);

/* check_endpoint.c */
enum call_verdict {
	CALL_NO,
	CALL_YES,
	CALL_LOCAL,	/* if CONTEXT may be entered */
};
/** May USER call ENDPOINT? *canonical gets the one spelling of it, which you free; CONTEXT where
 * a Local channel goes. */
enum call_verdict check_call(const struct user *user, const char *endpoint, char **canonical,
			     char *context, size_t size);
/** May USER send media to HOST, "NAME:PORT" or the id of a WebSocket connection? */
bool check_external_media(const struct user *user, const char *host);

#endif
