/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Points of view: a user's scope with a filter. Sessions that look alike share one, so what an
 * event is to them is decided once, when it happens, and the verdict is kept with the event,
 * one bit for each viewer. Somebody who comes back is told exactly what he would have been
 * told, whatever has become of the objects since; and what is nothing to any viewer need not
 * even be encoded.
 */
#ifndef CORE_VIEWER_H
#define CORE_VIEWER_H

#include <stdint.h>

#include "config.h"
#include "filter.h"
#include "store.h"

#define VIEWERS_MAX 64

struct viewer;

struct viewers {
	struct viewer *viewer[VIEWERS_MAX];
	uint64_t used;		/* bit I: there is a viewer I */
	uint64_t plain;		/* of these, the ones to whom everything is told */
};

/** The viewer with this scope and filter, made when there is none; SEQ is the newest event. Its
 * index, or -1 when there are too many. FILTER NULL: none. */
int viewers_join(struct viewers *viewers, struct config *config, const struct user *user,
		 const char *filter, unsigned long long seq);
void viewers_leave(struct viewers *viewers, int index, int64_t now);
/** Forget those to whom nobody came back. */
void viewers_expire(struct viewers *viewers, int64_t now);
/** Whose event is this? Bit I: viewer I's. */
uint64_t viewers_judge(const struct viewers *viewers, const struct store *store,
		       const struct event_keys *keys);
/** Has this viewer judged every event behind SEQ? */
bool viewers_know(const struct viewers *viewers, int index, unsigned long long seq);
void viewers_free(struct viewers *viewers);

#endif
