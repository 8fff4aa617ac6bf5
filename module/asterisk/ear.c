/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See ear.h. */
#include "asterisk.h"

#include "asterisk/astobj2.h"
#include "asterisk/audiohook.h"
#include "asterisk/channel.h"
#include "asterisk/format.h"
#include "asterisk/utils.h"
#include "ear.h"

struct ear {
	struct ast_audiohook hook;	/*!< the first: its callback gets a pointer to it */
	const int *threshold;
	int heard;			/*!< ms; atomic */
	char source[48];		/*!< no other hook has this name: it tells where this one is */
	char id[];
};

static int is_loud(const struct ast_frame *frame, int threshold)
{
	const short *sample = frame->data.ptr;
	int64_t sum = 0;
	int i;

	for (i = 0; i < frame->samples; i++) {
		sum += abs(sample[i]);
	}
	return frame->samples > 0 && sum / frame->samples >= threshold;
}

/* In the channel's thread, with the channel locked. What a muted channel says never comes here. */
static int listen_to(struct ast_audiohook *hook, struct ast_channel *chan, struct ast_frame *frame,
	enum ast_audiohook_direction direction)
{
	struct ear *ear = (struct ear *) hook;
	int rate;

	if (!frame) {
		/* The hook is off its list. Nothing of ours may come behind this. */
		return ao2_ref(ear, -1);
	}
	if (direction != AST_AUDIOHOOK_DIRECTION_READ || frame->frametype != AST_FRAME_VOICE ||
		!frame->data.ptr || !is_loud(frame, __atomic_load_n(ear->threshold, __ATOMIC_RELAXED))) {
		return 1;
	}
	/* Hooks move from channel to channel in masquerades. */
	if (strcmp(ast_channel_uniqueid(chan), ear->id)) {
		return 1;
	}
	rate = ast_format_get_sample_rate(frame->subclass.format);
	__atomic_fetch_add(&ear->heard, frame->samples * 1000 / (rate ? rate : 8000), __ATOMIC_RELAXED);
	return 1;
}

struct ear *ear_attach(struct ast_channel *chan, const char *id, const int *threshold)
{
	struct ear *ear = ao2_alloc_options(sizeof(*ear) + strlen(id) + 1, NULL,
		AO2_ALLOC_OPT_LOCK_NOLOCK);

	if (!ear) {
		return NULL;
	}
	memcpy(ear->id, id, strlen(id) + 1);
	ear->threshold = threshold;
	snprintf(ear->source, sizeof(ear->source), "stasis_http %p", (void *) ear);
	ast_audiohook_init(&ear->hook, AST_AUDIOHOOK_TYPE_MANIPULATE, ear->source,
		AST_AUDIOHOOK_MANIPULATE_ALL_RATES);
	ear->hook.manipulate_callback = listen_to;
	ao2_ref(ear, +1);
	if (ast_audiohook_attach(chan, &ear->hook)) {
		ao2_ref(ear, -1);
		ear_free(ear);
		return NULL;
	}
	return ear;
}

int ear_heard(struct ear *ear)
{
	return __atomic_exchange_n(&ear->heard, 0, __ATOMIC_RELAXED);
}

int ear_detach(struct ear *ear, struct ast_channel *chan)
{
	int there;

	ast_channel_lock(chan);
	/* ast_audiohook_remove() says yes to hooks of other channels, and then they are lost. */
	there = ast_channel_audiohook_count_by_source(chan, ear->source,
		AST_AUDIOHOOK_TYPE_MANIPULATE) == 1;
	if (there) {
		ast_audiohook_remove(chan, &ear->hook);
	}
	ast_channel_unlock(chan);
	if (there) {
		ao2_ref(ear, -1);
	}
	return there ? 0 : -1;
}

int ear_is_free(struct ear *ear)
{
	return ao2_ref(ear, 0) == 1;
}

void ear_free(struct ear *ear)
{
	ast_audiohook_destroy(&ear->hook);
	ao2_ref(ear, -1);
}
