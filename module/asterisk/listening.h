/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The channels that are listened to, each with its ear (ear.h). Used by one thread; nothing of
 * Asterisk's is locked here but one channel at a time.
 *
 * Channels that nobody hears as themselves have no ear: Asterisk's own (announcers, recorders),
 * and Snoop channels, which repeat what others say.
 *
 * A pair of Local channels between two bridges is taken out of the way by Asterisk, unless a
 * hook is on them. So such a pair is left alone for a while, and listened to only if it is still
 * there then.
 */
#ifndef HOST_LISTENING_H
#define HOST_LISTENING_H

#include <stdint.h>

struct listening;

/*! What was heard, an ao2 object: N channels, each for so many ms. */
struct round {
	int n;
	struct heard {
		char *id;		/*!< an ao2 object */
		int ms;
	} heard[];
};

struct listening *listening_new(void);
/*! Non-zero when there are ears left on channels: then nothing was freed. */
int listening_free(struct listening *listening);
/*! How loud speech is; any thread. */
void listening_set_level(struct listening *listening, int threshold);
/*! Listen to channel ID, which was called NAME last (or NULL). NOW is in ms. */
void listening_begin(struct listening *listening, const char *id, const char *name, int64_t now);
void listening_end(struct listening *listening, const char *id);
void listening_end_all(struct listening *listening);
/*! Ask every ear, and attach and collect those whose time has come. NULL: nobody speaks. */
struct round *listening_round(struct listening *listening, int64_t now);
/*! Is there anything to be done in a round? */
int listening_has_work(const struct listening *listening);

#endif
