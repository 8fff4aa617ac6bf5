/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Whether one media was heard to its end. What Asterisk says, on 16 and on 22 alike:
 *  - heard: PlaybackStarted, PlaybackFinished "done"; stopped by anybody: the same two events. With the
 *    sentinel after it, a media that was heard is followed by PlaybackContinuing, one that was stopped is not;
 *  - a sound that cannot be opened: Started, Finished "failed" (with the sentinel: Continuing within the
 *    same millisecond); hung up while it played: "failed" too, after ChannelHangupRequest;
 *  - unknown scheme, missing recording:, bad number:: Started and then nothing, the playback is 404;
 *  - stopped while it waited for others: Finished without Started.
 */
#include <stdio.h>
#include <string.h>

#include "outcome.h"

#define GRACE_MS 250
#define LATE_MS 150
#define FRAME_MS 15	/* the shortest sound is one frame of 20 ms */

static bool is_media(const struct ari_watch *watch, struct ari_span playback)
{
	return watch->media && ari_json_equal(ari_json_get(playback, "media_uri"), watch->media);
}

/* Played, then one frame or less: the file has no sound in it, or could not be opened. */
static void item_over(struct ari_watch *watch, const struct ari_event *event)
{
	int64_t stamp = arip_stamp(event->timestamp);

	if (watch->outcome.duration_ms >= 0 || !is_media(watch, event->playback))
		return;
	if (watch->begun_stamp && stamp >= watch->begun_stamp)
		watch->outcome.duration_ms = (long)(stamp - watch->begun_stamp);
}

static void cannot_play(struct ari_watch *watch)
{
	arip_watch_end(watch, ARI_OUTCOME_FAILED,
		       "Asterisk could not play it: no such sound, or none that it can decode");
}

static void finished_done(struct ari_watch *watch, const struct ari_event *event)
{
	if (!watch->begun) {
		arip_watch_end(watch, ARI_OUTCOME_STOPPED, "before it began");
		return;
	}
	if (watch->sentinel && is_media(watch, event->playback)) {
		arip_watch_end(watch, ARI_OUTCOME_STOPPED, "before its end");
		return;
	}
	if (watch->media && strncmp(watch->media, "tone:", 5) == 0) {
		arip_watch_end(watch, ARI_OUTCOME_STOPPED, "a tone has no other end");
		return;
	}
	if (watch->sentinel && watch->outcome.duration_ms < 0) {
		arip_watch_end(watch, ARI_OUTCOME_FAILED, "Asterisk skipped it: no such recording");
		return;
	}
	if (watch->sentinel && watch->outcome.duration_ms < FRAME_MS)
		cannot_play(watch);
	else
		arip_watch_end(watch, ARI_OUTCOME_FINISHED, NULL);
}

/* It failed, or was never heard of again, and the target may be why. False: it is not. */
static bool target_failed(struct ari_watch *watch)
{
	if (watch->target_gone && !watch->hangup)
		arip_watch_end(watch, ARI_OUTCOME_HUNG_UP, "the bridge was destroyed before its end");
	else if (watch->hangup)
		arip_watch_end(watch, ARI_OUTCOME_HUNG_UP, "before its end");
	else if (watch->empty)
		arip_watch_end(watch, ARI_OUTCOME_HUNG_UP, "everybody left the bridge before its end");
	else
		return false;
	return true;
}

/* What fails at once could not be opened. What fails later broke off, and the event that says why (a bridge
 * destroyed) may come after this one. */
static void finished_failed(struct ari_watch *watch, const struct ari_event *event, uint64_t now)
{
	arip_watch_was_left(watch, event);
	if (watch->hangup || watch->target_gone)
		target_failed(watch);
	else if (!watch->empty && watch->outcome.duration_ms < FRAME_MS)
		cannot_play(watch);
	else
		arip_watch_within(watch, now, LATE_MS);
}

static void finished(struct ari_watch *watch, const struct ari_event *event, uint64_t now)
{
	struct ari_span state = ari_json_get(event->playback, "state");

	watch->ended = true;
	item_over(watch, event);
	if (ari_json_equal(state, "failed"))
		finished_failed(watch, event, now);
	else
		finished_done(watch, event);
}

static void play_event(struct ari_watch *watch, const struct ari_event *event, uint64_t now)
{
	if (!arip_watch_is(event->playback, watch->id)) {
		arip_watch_target_event(watch, event, now);
		return;
	}
	switch (event->kind) {
	case ARI_EVENT_PLAYBACK_STARTED:
		if (!watch->begun) {
			watch->begun_stamp = arip_stamp(event->timestamp);
			watch->asked = 0;
			arip_watch_ask_later(watch, now);
		}
		watch->begun = true;
		break;
	case ARI_EVENT_PLAYBACK_CONTINUING:
		item_over(watch, event);
		break;
	case ARI_EVENT_PLAYBACK_FINISHED:
		finished(watch, event, now);
		break;
	default:
		break;
	}
}

/* No final event came, and the playback or its target is gone. */
static void vanished(struct ari_watch *watch)
{
	char reason[sizeof(watch->outcome.reason)];

	if (target_failed(watch))
		return;
	if (watch->ended) {
		arip_watch_end(watch, ARI_OUTCOME_FAILED, "it broke off");
		return;
	}
	if (!watch->begun) {
		arip_watch_end(watch, ARI_OUTCOME_FAILED, "the playback vanished before it began");
		return;
	}
	snprintf(reason, sizeof(reason),
		 "Asterisk skipped it: %s", !watch->media ? "nothing to play" :
		 strncmp(watch->media, "recording:", 10) == 0 ? "no such recording" :
		 strncmp(watch->media, "number:", 7) == 0 ? "not a number" : "unknown kind of media");
	arip_watch_end(watch, ARI_OUTCOME_FAILED, reason);
}

static void play_tick(struct ari_watch *watch, uint64_t now)
{
	if (now >= watch->deadline) {
		vanished(watch);
		return;
	}
	if (now < watch->ask_at)
		return;
	watch->question = ARI_ASK_PLAYBACK;
	arip_watch_ask_later(watch, now);
}

static void play_answer(struct ari_watch *watch, enum ari_question question, int status, uint64_t now)
{
	/* The event may be under way still. */
	if (question == ARI_ASK_PLAYBACK && status == 404)
		arip_watch_within(watch, now, GRACE_MS);
}

const struct arip_watch_ops arip_watch_play = {
	.event = play_event,
	.tick = play_tick,
	.answer = play_answer,
};
