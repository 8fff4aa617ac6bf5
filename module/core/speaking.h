/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Who speaks, on this server: lets the rules of speakers.h meet the host's stream, tells what
 * comes of it as BridgeSpeakersChanged, answers who speaks now, and sees to it that everybody
 * is told only of channels that are his to follow.
 */
#ifndef CORE_SPEAKING_H
#define CORE_SPEAKING_H

#include "core.h"

struct session;
struct speaking;

struct speaking *speaking_new(struct server *server);
void speaking_free(struct speaking *speaking);
/** The configuration changed. */
void speaking_reconfigure(struct speaking *speaking);

/* From the stream; what changes by it is told by speaking_flush. */
void speaking_object(struct speaking *speaking, const struct host_object *object);
void speaking_voice(struct speaking *speaking, const char *channel, int ms);
void speaking_hold(struct speaking *speaking, const char *channel, bool held);
/** Tell the changes; time passed, too. */
void speaking_flush(struct speaking *speaking);

/** Is this event, without its opening brace, one of ours? */
bool speaking_is_event(const struct bytes *tail);
/** Queue one of ours for SESSION, cut to what it may see, if anything is left. */
void speaking_queue(struct session *session, struct bytes *tail, unsigned long long seq);
/** Queue who speaks now. */
void speaking_snapshot(struct session *session);
/** Answer GET /stasis/bridges/ID/speakers; false when this is something else. */
bool speaking_answer(struct request *req);

#endif
