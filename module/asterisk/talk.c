/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Which of the channels in bridges speak. The core says whom to listen to; a thread of our own
 * attaches an ear to each (ear.h), asks all of them every ROUND_MS what they heard and posts
 * that to the core in one item. Nothing is done in the channels' threads but measuring, and
 * nothing of Asterisk's is locked here but one channel at a time.
 *
 * Channels that nobody hears as themselves have no ear: Asterisk's own (announcers, recorders),
 * and Snoop channels, which repeat what others say.
 *
 * A pair of Local channels between two bridges is taken out of the way by Asterisk, unless a
 * hook is on them. So such a pair is left alone for SETTLE_MS, and listened to only if it is
 * still there then.
 */
#include "asterisk.h"

#include <pthread.h>

#include "asterisk/astobj2.h"
#include "asterisk/channel.h"
#include "asterisk/core_unreal.h"
#include "asterisk/lock.h"
#include "asterisk/logger.h"
#include "asterisk/strings.h"
#include "asterisk/time.h"
#include "asterisk/utils.h"
#include "asterisk_host.h"
#include "ear.h"

#define ROUND_MS 50
#define SETTLE_MS 2000
#define RETRY_MS 1000
#define STOP_MS 5000
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

struct command {
	struct command *next;
	int on;
	char *name;			/*!< in id, behind it; or NULL */
	char id[];
};

struct talk {
	struct asterisk_host *host;
	pthread_t thread;
	ast_mutex_t lock;		/*!< guards command, last, stopping */
	ast_cond_t cond;
	struct command *command, **last;
	int stopping;
	int threshold;			/*!< atomic */
	int n_ears, n_due;
	int64_t searched;		/*!< when all channels were looked at for lost ears */
	struct held_ear *lost;
	struct listened *bucket[BUCKETS];
};

/* What was heard in one round; the item that the core gets. */
struct heard {
	char *id;
	int ms;
};

struct round {
	size_t n;
	struct heard heard[];
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static struct listened **place(struct talk *talk, const char *id)
{
	struct listened **at = &talk->bucket[(unsigned int) ast_str_hash(id) % BUCKETS];

	while (*at && strcmp((*at)->id, id)) {
		at = &(*at)->next;
	}
	return at;
}

/* The channel ID, with a reference; it was called NAME last. */
static struct ast_channel *find_channel(const char *id, const char *name)
{
	struct ast_channel *chan = name ? ast_channel_get_by_name(name) : NULL;

	if (chan && strcmp(ast_channel_uniqueid(chan), id)) {
		chan = ast_channel_unref(chan);
	}
	return chan ? chan : ast_channel_get_by_name(id);
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
static struct listened *find_half(struct talk *talk, const struct listened *one)
{
	size_t len = one->name ? strlen(one->name) : 0;
	struct listened *other;
	int i;

	if (len < 2 || one->name[len - 2] != ';') {
		return NULL;
	}
	for (i = 0; i < BUCKETS; i++) {
		for (other = talk->bucket[i]; other; other = other->next) {
			if (other != one && other->name && strlen(other->name) == len &&
				!strncmp(other->name, one->name, len - 1)) {
				return other;
			}
		}
	}
	return NULL;
}

static void set_due(struct talk *talk, struct listened *one, int64_t due)
{
	talk->n_due += !!due - !!one->due;
	one->due = due;
}

/* Off the channel, or to those that still have to be found. */
static void drop_ear(struct talk *talk, struct listened *one)
{
	struct held_ear *held = one->held;
	struct ast_channel *chan;

	if (!held) {
		return;
	}
	one->held = NULL;
	talk->n_ears--;
	held->next = talk->lost;
	talk->lost = held;
	chan = find_channel(one->id, one->name);
	if ((chan && !ear_detach(held->ear, chan)) || ear_is_free(held->ear)) {
		talk->lost = held->next;
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
static void collect_lost(struct talk *talk, int64_t now)
{
	int search = now - talk->searched >= RETRY_MS;
	struct held_ear **at = &talk->lost, *lost;

	if (search) {
		talk->searched = now;
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
static void settle(struct talk *talk, struct listened *one, int64_t now)
{
	struct listened *other = one->may_vanish ? find_half(talk, one) : NULL;

	if (!other) {
		return;
	}
	drop_ear(talk, other);
	set_due(talk, other, now + SETTLE_MS);
	set_due(talk, one, now + SETTLE_MS);
}

static void attach(struct talk *talk, struct listened *one, int64_t now)
{
	struct ast_channel *chan = find_channel(one->id, one->name);

	struct held_ear *held = ast_calloc(1, sizeof(*held));

	set_due(talk, one, 0);
	if (chan && held) {
		held->ear = ear_attach(chan, one->id, &talk->threshold);
	}
	ast_channel_cleanup(chan);
	if (held && held->ear) {
		one->held = held;
		talk->n_ears++;
	} else {
		ast_free(held);
		set_due(talk, one, now + RETRY_MS);
	}
}

static void begin(struct talk *talk, const struct command *command, int64_t now)
{
	struct listened **at = place(talk, command->id), *one;
	struct ast_channel *chan;

	if (*at || !(one = ast_calloc(1, sizeof(*one)))) {
		return;
	}
	one->id = ao2_alloc_options(strlen(command->id) + 1, NULL, AO2_ALLOC_OPT_LOCK_NOLOCK);
	if (!one->id) {
		ast_free(one);
		return;
	}
	memcpy(one->id, command->id, strlen(command->id) + 1);
	chan = find_channel(command->id, command->name);
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
	settle(talk, one, now);
	if (!one->due) {
		attach(talk, one, now);
	}
}

static void forget(struct talk *talk, struct listened **at)
{
	struct listened *one = *at;

	drop_ear(talk, one);
	set_due(talk, one, 0);
	*at = one->next;
	ao2_ref(one->id, -1);
	ast_free(one->name);
	ast_free(one);
}

static void obey(struct talk *talk, struct command *command)
{
	int64_t now = now_ms();
	struct command *next;
	struct listened **at;

	for (; command; command = next) {
		next = command->next;
		if (command->on) {
			begin(talk, command, now);
		} else if (*(at = place(talk, command->id))) {
			forget(talk, at);
		}
		ast_free(command);
	}
}

static void round_destroy(void *obj)
{
	struct round *round = obj;
	size_t i;

	for (i = 0; i < round->n; i++) {
		ao2_ref(round->heard[i].id, -1);
	}
}

static void note(struct talk *talk, struct round *round, struct listened *one)
{
	int ms = ear_heard(one->held->ear);

	if (round && ms) {
		round->heard[round->n].id = ao2_bump(one->id);
		round->heard[round->n++].ms = ms;
	}
}

/* Ask every ear, attach those whose time has come. */
static void go_round(struct talk *talk)
{
	int64_t now = now_ms();
	struct listened *one;
	struct round *round;
	int i;

	round = ao2_alloc_options(sizeof(*round) + talk->n_ears * sizeof(round->heard[0]),
		round_destroy, AO2_ALLOC_OPT_LOCK_NOLOCK);
	for (i = 0; i < BUCKETS; i++) {
		for (one = talk->bucket[i]; one; one = one->next) {
			if (one->held) {
				note(talk, round, one);
			} else if (one->due && one->due <= now) {
				attach(talk, one, now);
			}
		}
	}
	collect_lost(talk, now);
	if (round && round->n) {
		stream_post_voices(talk->host, round);
	} else {
		ao2_cleanup(round);
	}
}

/* What is to be done, after at most one round; NULL when it ends or nothing is. */
static struct command *next_commands(struct talk *talk)
{
	struct timeval until = ast_tvadd(ast_tvnow(), ast_samp2tv(ROUND_MS, 1000));
	struct timespec ts = { .tv_sec = until.tv_sec, .tv_nsec = until.tv_usec * 1000 };
	struct command *command;

	ast_mutex_lock(&talk->lock);
	while (!talk->command && !talk->stopping) {
		if (!talk->n_ears && !talk->n_due && !talk->lost) {
			ast_cond_wait(&talk->cond, &talk->lock);
		} else if (ast_cond_timedwait(&talk->cond, &talk->lock, &ts)) {
			break;
		}
	}
	command = talk->command;
	talk->command = NULL;
	talk->last = &talk->command;
	ast_mutex_unlock(&talk->lock);
	return command;
}

static int is_stopping(struct talk *talk)
{
	int stopping;

	ast_mutex_lock(&talk->lock);
	stopping = talk->stopping;
	ast_mutex_unlock(&talk->lock);
	return stopping;
}

static void *run(void *arg)
{
	struct talk *talk = arg;
	int64_t last = now_ms();

	while (!is_stopping(talk)) {
		obey(talk, next_commands(talk));
		if (now_ms() - last >= ROUND_MS) {
			last = now_ms();
			go_round(talk);
		}
	}
	return NULL;
}

void talk_listen(void *arg, const char *channel, const char *name, bool on)
{
	struct talk *talk = ((struct asterisk_host *) arg)->talk;
	size_t id_len = strlen(channel) + 1, name_len = name ? strlen(name) + 1 : 0;
	struct command *command = ast_malloc(sizeof(*command) + id_len + name_len);

	if (!command) {
		return;
	}
	command->next = NULL;
	command->on = on;
	memcpy(command->id, channel, id_len);
	command->name = name ? memcpy(command->id + id_len, name, name_len) : NULL;
	ast_mutex_lock(&talk->lock);
	*talk->last = command;
	talk->last = &command->next;
	ast_cond_signal(&talk->cond);
	ast_mutex_unlock(&talk->lock);
}

void talk_level(void *arg, int threshold)
{
	struct talk *talk = ((struct asterisk_host *) arg)->talk;

	__atomic_store_n(&talk->threshold, threshold, __ATOMIC_RELAXED);
}

void talk_tell(void *voices, struct host_sink *sink)
{
	const struct round *round = voices;
	size_t i;

	for (i = 0; i < round->n; i++) {
		sink->voice(sink, round->heard[i].id, round->heard[i].ms);
	}
}

struct talk *talk_start(struct asterisk_host *host)
{
	struct talk *talk = ast_calloc(1, sizeof(*talk));

	if (!talk) {
		return NULL;
	}
	talk->host = host;
	talk->last = &talk->command;
	ast_mutex_init(&talk->lock);
	ast_cond_init(&talk->cond, NULL);
	talk->thread = AST_PTHREADT_NULL;
	if (ast_pthread_create_background(&talk->thread, NULL, run, talk)) {
		ast_log(LOG_ERROR, "no thread to listen to channels\n");
		talk->thread = AST_PTHREADT_NULL;
		talk_stop(talk);
		return NULL;
	}
	return talk;
}

static void stop_thread(struct talk *talk)
{
	if (talk->thread == AST_PTHREADT_NULL) {
		return;
	}
	ast_mutex_lock(&talk->lock);
	talk->stopping = 1;
	ast_cond_signal(&talk->cond);
	ast_mutex_unlock(&talk->lock);
	pthread_join(talk->thread, NULL);
	talk->thread = AST_PTHREADT_NULL;
}

int talk_stop(struct talk *talk)
{
	struct command *command;
	int64_t now, end;
	int i;

	stop_thread(talk);
	while ((command = talk->command)) {
		talk->command = command->next;
		ast_free(command);
	}
	for (i = 0; i < BUCKETS; i++) {
		while (talk->bucket[i]) {
			forget(talk, &talk->bucket[i]);
		}
	}
	now = now_ms();
	for (end = now + STOP_MS; talk->lost && now < end;) {
		collect_lost(talk, now);
		if (talk->lost) {
			usleep(10000);
		}
		now = now_ms();
	}
	if (talk->lost) {
		return -1;
	}
	ast_cond_destroy(&talk->cond);
	ast_mutex_destroy(&talk->lock);
	ast_free(talk);
	return 0;
}
