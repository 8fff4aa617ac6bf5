/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The one place that decides what a user may do, for REST, for requests over a WebSocket,
 * for lists and for events. Each operation has a row that says what it does to what; an
 * operation without a row is for users without scopes only.
 *
 * The effect decides, never the method's name. An object that the user may not follow is
 * treated as absent: the operation goes to the host with an id that nothing has, and the
 * host's own "not found" is the answer.
 */
#ifndef CORE_AUTHORISE_H
#define CORE_AUTHORISE_H

#include "filter.h"
#include "request.h"

enum verdict {
	VERDICT_ALLOW,
	VERDICT_DENY,		/* refused, with a status */
	VERDICT_HIDE,		/* as if it was not there */
	VERDICT_WAIT,		/* about an object that is not known yet: ask again after a sync */
};

/* The decision, and why when it is no. */
struct decision {
	enum verdict verdict;
	int status;			/* with DENY */
	const char *why;		/* constant text */
	const char *hide;		/* the path parameter to hide */
};

struct decision authorise(struct request *req, bool synced);

bool may_follow(const struct user *user, const struct store *store, const struct object *object);
bool may_manipulate(const struct user *user, const struct store *store,
		    const struct object *object);
bool may_follow_application(const struct user *user, const char *application);
bool may_own_application(const struct user *user, const char *application);

/** May the user see the event with these keys? */
bool may_see_event(const struct user *user, const struct store *store,
		   const struct event_keys *keys);

#endif
