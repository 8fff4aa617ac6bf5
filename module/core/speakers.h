/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Who speaks in which bridge. Pure: told who is in which bridge, how long each channel was heard
 * to speak, who is held or gone, and what time it is, it works out each bridge's speakers.
 *
 * A channel is a speaker when it was heard for .debounce ms, with no longer pause than that in
 * between, and is one until it was not heard for .silence ms, whether because it is silent or
 * because no audio comes from it any more; or until it leaves its bridge, is gone or puts the
 * others on hold, which count at once.
 *
 * Changes are collected until speakers_flush(), which tells one for each bridge whose
 * speakers are not those that were told last. Never an empty one, and replaying them (add joined,
 * remove left) always gives the present set.
 */
#ifndef CORE_SPEAKERS_H
#define CORE_SPEAKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct speakers;

struct speakers_times {
	int silence, debounce;	/* ms */
};

struct speaker {
	const char *id;
	int64_t since;		/* on the clock of WALL, see speakers_flush */
};

struct speakers_change {
	const char *bridge;
	const struct speaker *speaker;	/* all of them now, the longest first */
	size_t n;
	const char *const *joined;
	size_t n_joined;
	const char *const *left;
	size_t n_left;
};

struct speakers_ops {
	/* A channel came into a bridge, or is in none any more: listen to it, or do not. */
	void (*listen)(void *arg, const char *channel, bool on);
	void (*changed)(void *arg, const struct speakers_change *change);
};

struct speakers *speakers_new(const struct speakers_ops *ops, void *arg);
/** Tells nothing more. */
void speakers_free(struct speakers *speakers);
void speakers_set_times(struct speakers *speakers, const struct speakers_times *times);

/* All times NOW are in ms of one clock that never goes back. */

/** Those are in BRIDGE now, and nobody else; NULL-terminated, or NULL for none. */
void speakers_members(struct speakers *speakers, const char *bridge, const char *const *channels);
/** CHANNEL was heard to speak for MS ms since this was told last. */
void speakers_voice(struct speakers *speakers, const char *channel, int ms, int64_t now);
/** CHANNEL put the others on hold, or took them off: meanwhile it does not speak. */
void speakers_hold(struct speakers *speakers, const char *channel, bool held);
void speakers_channel_gone(struct speakers *speakers, const char *channel);
/** Time passed: who was not heard for so long does not speak. */
void speakers_age(struct speakers *speakers, int64_t now);
/** Tell what changed; WALL is what NOW is called outside (ms since 1970). */
void speakers_flush(struct speakers *speakers, int64_t now, int64_t wall);

/** Who speaks in BRIDGE, as was told last. The list is good until the next call; *n may be 0. */
const struct speaker *speakers_of(struct speakers *speakers, const char *bridge, size_t *n);
/** The bridges in which somebody speaks, as was told last; FN must not change anything. */
void speakers_each(struct speakers *speakers, void (*fn)(void *arg, const char *bridge), void *arg);
/** Does anybody speak, or may be about to? Then speakers_age() has something to do. */
bool speakers_any(const struct speakers *speakers);

#endif
