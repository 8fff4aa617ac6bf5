/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See listening.h. */
#include "asterisk.h"

#include "asterisk/astobj2.h"
#include "asterisk/channel.h"
#include "asterisk/core_unreal.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"
#include "ear.h"
#include "listening.h"

#define SETTLE_MS 2000
#define RETRY_MS 1000
#define BUCKETS 563

/* An ear; when it is to go and is still somewhere, in the list of those. */
struct held_ear {
	struct held_ear *next;
	struct ear *ear;
};

/* A channel to listen to; the thread's own. */
struct listened {
	struct listened *next;		/*!< in its bucket */
	char *id;			/*!< a string that is an ao2 object: rounds refer to it */
	char *name;
	struct held_ear *held;
	int never;			/*!< it gets no ear */
	int may_vanish;			/*!< a Local channel that can be optimized away */
	int64_t due;			/*!< when to attach its ear; 0: not at all */
};

struct listening {
	int threshold;			/*!< atomic */
	int n_ears, n_due;
	int64_t searched;		/*!< when all channels were looked at for lost ears */
	struct held_ear *lost;
	struct listened *bucket[BUCKETS];
};

static struct listened **place(struct listening *listening, const char *id)
{
	struct listened **at = &listening->bucket[(unsigned int) ast_str_hash(id) % BUCKETS];

	while (*at && strcmp((*at)->id, id)) {
		at = &(*at)->next;
	}
	return at;
}

/* The channel ID, with a reference; it was called NAME last. */
static struct ast_channel *find_channel(const char *id, const char *name)
{
	struct ast_channel *chan = name ? ast_channel_get_by_name(name) : NULL;
	int other;

	if (!chan) {
		return ast_channel_get_by_name(id);
	}
	ast_channel_lock(chan);
	other = strcmp(ast_channel_uniqueid(chan), id);
	ast_channel_unlock(chan);
	if (!other) {
		return chan;
	}
	ast_channel_unref(chan);
	return ast_channel_get_by_name(id);
}

static int is_silent_kind(struct ast_channel *chan)
{
	const struct ast_channel_tech *tech = ast_channel_tech(chan);

	return (tech->properties & AST_CHAN_TP_INTERNAL) || !strcmp(tech->type, "Snoop");
}

static int can_vanish(struct ast_channel *chan)
{
	const struct ast_unreal_pvt *pvt = ast_channel_tech_pvt(chan);

	return !strcmp(ast_channel_tech(chan)->type, "Local") && pvt &&
		!ast_test_flag(pvt, AST_UNREAL_NO_OPTIMIZATION);
}

/* The other half of a Local pair, when that is in a bridge too. */
static struct listened *find_half(struct listening *listening, const struct listened *one)
{
	size_t len = one->name ? strlen(one->name) : 0;
	struct listened *other;
	int i;

	if (len < 2 || one->name[len - 2] != ';') {
		return NULL;
	}
	for (i = 0; i < BUCKETS; i++) {
		for (other = listening->bucket[i]; other; other = other->next) {
			if (other != one && other->name && strlen(other->name) == len &&
				!strncmp(other->name, one->name, len - 1)) {
				return other;
			}
		}
	}
	return NULL;
}

static void set_due(struct listening *listening, struct listened *one, int64_t due)
{
	listening->n_due += !!due - !!one->due;
	one->due = due;
}

/* Off the channel, or to those that still have to be found. */
static void drop_ear(struct listening *listening, struct listened *one)
{
	struct held_ear *held = one->held;
	struct ast_channel *chan;

	if (!held) {
		return;
	}
	one->held = NULL;
	listening->n_ears--;
	held->next = listening->lost;
	listening->lost = held;
	chan = find_channel(one->id, one->name);
	if ((chan && !ear_detach(held->ear, chan)) || ear_is_free(held->ear)) {
		listening->lost = held->next;
		ear_free(held->ear);
		ast_free(held);
	}
	ast_channel_cleanup(chan);
}

static int find_ear(struct ear *ear)
{
	struct ast_channel_iterator *iter = ast_channel_iterator_all_new();
	struct ast_channel *chan;
	int found = 0;

	while (iter && !found && (chan = ast_channel_iterator_next(iter))) {
		found = !ear_detach(ear, chan);
		ast_channel_unref(chan);
	}
	if (iter) {
		ast_channel_iterator_destroy(iter);
	}
	return found;
}

/* Channels that are being hung up come and give theirs back; hooks that moved are searched. */
static void collect_lost(struct listening *listening, int64_t now)
{
	int search = now - listening->searched >= RETRY_MS;
	struct held_ear **at = &listening->lost, *lost;

	if (search) {
		listening->searched = now;
	}
	while ((lost = *at)) {
		if (ear_is_free(lost->ear) || (search && find_ear(lost->ear))) {
			*at = lost->next;
			ear_free(lost->ear);
			ast_free(lost);
		} else {
			at = &lost->next;
		}
	}
}

/* A pair that may be optimized away gets its chance. */
static void settle(struct listening *listening, struct listened *one, int64_t now)
{
	struct listened *other = one->may_vanish ? find_half(listening, one) : NULL;

	if (!other) {
		return;
	}
	drop_ear(listening, other);
	set_due(listening, other, now + SETTLE_MS);
	set_due(listening, one, now + SETTLE_MS);
}

static void attach(struct listening *listening, struct listened *one, int64_t now)
{
	struct ast_channel *chan = find_channel(one->id, one->name);
	struct held_ear *held = ast_calloc(1, sizeof(*held));

	set_due(listening, one, 0);
	if (chan && held) {
		held->ear = ear_attach(chan, one->id, &listening->threshold);
	}
	ast_channel_cleanup(chan);
	if (held && held->ear) {
		one->held = held;
		listening->n_ears++;
	} else {
		ast_free(held);
		set_due(listening, one, now + RETRY_MS);
	}
}

void listening_begin(struct listening *listening, const char *id, const char *name, int64_t now)
{
	struct listened **at = place(listening, id), *one;
	struct ast_channel *chan;

	if (*at || !(one = ast_calloc(1, sizeof(*one)))) {
		return;
	}
	one->id = ao2_alloc_options(strlen(id) + 1, NULL, AO2_ALLOC_OPT_LOCK_NOLOCK);
	if (!one->id) {
		ast_free(one);
		return;
	}
	memcpy(one->id, id, strlen(id) + 1);
	chan = find_channel(id, name);
	if (chan) {
		ast_channel_lock(chan);
		one->name = ast_strdup(ast_channel_name(chan));
		one->never = is_silent_kind(chan);
		one->may_vanish = can_vanish(chan);
		ast_channel_unlock(chan);
		ast_channel_unref(chan);
	}
	*at = one;
	if (one->never) {
		return;
	}
	settle(listening, one, now);
	if (!one->due) {
		attach(listening, one, now);
	}
}

static void forget(struct listening *listening, struct listened **at)
{
	struct listened *one = *at;

	drop_ear(listening, one);
	set_due(listening, one, 0);
	*at = one->next;
	ao2_ref(one->id, -1);
	ast_free(one->name);
	ast_free(one);
}

void listening_end(struct listening *listening, const char *id)
{
	struct listened **at = place(listening, id);

	if (*at) {
		forget(listening, at);
	}
}

void listening_end_all(struct listening *listening)
{
	int i;

	for (i = 0; i < BUCKETS; i++) {
		while (listening->bucket[i]) {
			forget(listening, &listening->bucket[i]);
		}
	}
}

static void round_destroy(void *obj)
{
	struct round *round = obj;
	int i;

	for (i = 0; i < round->n; i++) {
		ao2_ref(round->heard[i].id, -1);
	}
}

static void note(struct round *round, const struct listened *one)
{
	int ms = ear_heard(one->held->ear);

	if (round && ms) {
		round->heard[round->n].id = ao2_bump(one->id);
		round->heard[round->n++].ms = ms;
	}
}

struct round *listening_round(struct listening *listening, int64_t now)
{
	struct listened *one;
	struct round *round;
	int i;

	round = ao2_alloc_options(sizeof(*round) + listening->n_ears * sizeof(round->heard[0]),
		round_destroy, AO2_ALLOC_OPT_LOCK_NOLOCK);
	for (i = 0; i < BUCKETS; i++) {
		for (one = listening->bucket[i]; one; one = one->next) {
			if (one->held) {
				note(round, one);
			} else if (one->due && one->due <= now) {
				attach(listening, one, now);
			}
		}
	}
	collect_lost(listening, now);
	if (round && !round->n) {
		ao2_ref(round, -1);
		round = NULL;
	}
	return round;
}

int listening_has_work(const struct listening *listening)
{
	return listening->n_ears || listening->n_due || listening->lost;
}

void listening_set_level(struct listening *listening, int threshold)
{
	__atomic_store_n(&listening->threshold, threshold, __ATOMIC_RELAXED);
}

struct listening *listening_new(void)
{
	return ast_calloc(1, sizeof(struct listening));
}

int listening_free(struct listening *listening)
{
	if (listening_has_work(listening)) {
		return -1;
	}
	ast_free(listening);
	return 0;
}
