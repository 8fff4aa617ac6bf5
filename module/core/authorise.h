/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The one place that decides what a user may do, for REST, for requests over a WebSocket,
 * for lists and for events. Each operation has a row that says what it does to what; an
 * operation without a row is for users without scopes only.
 *
 * The effect decides, never the method's name. An object that the user may not follow is
 * treated as absent: both get the same "not found", in Asterisk's words, and the host is not
 * called. What is judged is what request_settle() made of the request, and that is all that the
 * host gets afterwards.
 */
#ifndef CORE_AUTHORISE_H
#define CORE_AUTHORISE_H

#include "filter.h"
#include "request.h"

enum verdict {
	VERDICT_ALLOW,
	VERDICT_DENY,		/* refused, with a status */
	VERDICT_HIDE,		/* as if it was not there: 404 */
	VERDICT_WAIT,		/* about an object that is not known yet: ask again after a sync */
};

/* The decision, and why when it is no. */
struct decision {
	enum verdict verdict;
	int status;			/* with DENY */
	const char *why;		/* constant text, or the request's */
};

struct decision authorise(struct request *req, bool synced);
/** Who may do everything needs no look at anything. */
bool is_unlimited(const struct user *user);

bool may_follow(const struct user *user, const struct store *store, const struct object *object);
bool may_manipulate(const struct user *user, const struct store *store,
		    const struct object *object);
bool may_follow_application(const struct user *user, const char *application);
bool may_own_application(const struct user *user, const char *application);

/** May the user see the event with these keys? */
bool may_see_event(const struct user *user, const struct store *store,
		   const struct event_keys *keys);

/** May the user hear the event with these keys as the owner of application APP? Every channel in
 * it must be the user's to see, or the application's. */
bool may_hear_event(const struct user *user, const struct store *store,
		    const struct event_keys *keys, const char *app);

#endif
