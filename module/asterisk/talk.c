/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Which of the channels in bridges speak. The core says whom to listen to; a thread of our own does
 * so (listening.h), asks every ROUND_MS what was heard and posts that to the core in one item.
 * Nothing is done in the channels' threads but measuring.
 */
#include "asterisk.h"

#include <pthread.h>

#include "asterisk/astobj2.h"
#include "asterisk/lock.h"
#include "asterisk/logger.h"
#include "asterisk/time.h"
#include "asterisk/utils.h"
#include "asterisk_host.h"
#include "listening.h"

#define ROUND_MS 50
#define STOP_MS 5000

struct command {
	struct command *next;
	int on;
	char *name;			/*!< in id, behind it; or NULL */
	char id[];
};

struct talk {
	struct asterisk_host *host;
	struct listening *listening;
	pthread_t thread;
	ast_mutex_t lock;		/*!< guards command, last, stopping */
	ast_cond_t cond;
	struct command *command, **last;
	int stopping;
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void obey(struct talk *talk, struct command *command)
{
	struct command *next;

	for (; command; command = next) {
		next = command->next;
		if (command->on) {
			listening_begin(talk->listening, command->id, command->name, now_ms());
		} else {
			listening_end(talk->listening, command->id);
		}
		ast_free(command);
	}
}

static void go_round(struct talk *talk)
{
	struct round *round = listening_round(talk->listening, now_ms());

	if (round) {
		stream_post_voices(talk->host, round);
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
		if (!listening_has_work(talk->listening)) {
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

	listening_set_level(talk->listening, threshold);
}

void talk_tell(void *voices, struct host_sink *sink)
{
	const struct round *round = voices;
	int i;

	for (i = 0; i < round->n; i++) {
		sink->voice(sink, round->heard[i].id, round->heard[i].ms);
	}
}

struct talk *talk_start(struct asterisk_host *host)
{
	struct talk *talk = ast_calloc(1, sizeof(*talk));

	if (!talk || !(talk->listening = listening_new())) {
		ast_free(talk);
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
	int64_t end = now_ms() + STOP_MS;

	stop_thread(talk);
	while ((command = talk->command)) {
		talk->command = command->next;
		ast_free(command);
	}
	listening_end_all(talk->listening);
	/* Channels that are being hung up this moment still have theirs. */
	while (listening_has_work(talk->listening) && now_ms() < end) {
		ao2_cleanup(listening_round(talk->listening, now_ms()));
		usleep(10000);
	}
	if (listening_free(talk->listening)) {
		return -1;
	}
	ast_cond_destroy(&talk->cond);
	ast_mutex_destroy(&talk->lock);
	ast_free(talk);
	return 0;
}
