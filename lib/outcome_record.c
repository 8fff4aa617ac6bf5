/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Whether a recording was made and kept. RecordingFinished says "done" for one that was discarded too,
 * so the stored recording is asked for before it counts. Where the file cannot be made (a directory in the name
 * that does not exist) RecordingStarted is all that ever comes: the live recording is asked for, with growing
 * pauses, and what is neither live nor stored has failed.
 */
#include <stdio.h>
#include <string.h>

#include "outcome.h"

#define GRACE_MS 250

static void read_seconds(struct ari_span recording, const char *path, long *out)
{
	long long number;

	if (ari_json_int(ari_json_get(recording, path), &number) && number >= 0 && number < 1000000000)
		*out = (long)number;
}

/* Why it ended, as far as the events tell: a hang-up, the digit, the limit; NULL: stopped, or silence. */
static const char *reason(const struct ari_watch *watch, uint64_t now)
{
	if (watch->hangup || watch->target_gone)
		return "ended by the hang-up";
	if (watch->empty)
		return "ended when the last channel left";
	if (watch->digit && (watch->terminate_on == 'a' || watch->terminate_on == watch->digit))
		return "ended by a digit";
	if (watch->max_ms && watch->begun && watch->outcome.duration_ms >= 0 &&
	    now + 100 >= watch->started + watch->max_ms)
		return "ended at the limit";
	return NULL;
}

static void finished(struct ari_watch *watch, const struct ari_event *event, uint64_t now)
{
	long seconds = -1;

	int64_t stamp = arip_stamp(event->timestamp);
	long elapsed;

	read_seconds(event->recording, "duration", &seconds);
	read_seconds(event->recording, "talking_duration", &watch->outcome.talking_s);
	read_seconds(event->recording, "silence_duration", &watch->outcome.silence_s);
	elapsed = watch->begun_stamp && stamp >= watch->begun_stamp ? (long)(stamp - watch->begun_stamp) : 0;
	/* Whole seconds, cut; the time between the events is finer, where it was not paused. */
	if (seconds >= 0)
		watch->outcome.duration_ms = elapsed >= seconds * 1000 && elapsed < (seconds + 2) * 1000 ?
					     elapsed : seconds * 1000;
	arip_watch_was_left(watch, event);
	watch->ended = true;
	watch->asked = 0;
	watch->ask_at = now;
}

static void failed(struct ari_watch *watch, const struct ari_event *event)
{
	char text[sizeof(watch->outcome.reason)];

	if (ari_json_text(ari_json_get(event->recording, "cause"), text, sizeof(text)) <= 0)
		snprintf(text, sizeof(text), "Asterisk does not say why");
	arip_watch_end(watch, ARI_OUTCOME_FAILED, text);
}

static void record_event(struct ari_watch *watch, const struct ari_event *event, uint64_t now)
{
	char digit[8];

	if (event->kind == ARI_EVENT_CHANNEL_DTMF_RECEIVED && !watch->ended) {
		if (ari_json_text(event->digit, digit, sizeof(digit)) == 1)
			watch->digit = digit[0];
		return;
	}
	if (!ari_json_equal(ari_json_get(event->recording, "name"), watch->id)) {
		arip_watch_target_event(watch, event, now);
		return;
	}
	switch (event->kind) {
	case ARI_EVENT_RECORDING_STARTED:
		watch->begun = true;
		watch->too_late = watch->hangup;
		watch->begun_stamp = arip_stamp(event->timestamp);
		watch->started = now;	/* it may have waited for a playback */
		watch->asked = 0;
		arip_watch_ask_later(watch, now);
		break;
	case ARI_EVENT_RECORDING_FINISHED:
		finished(watch, event, now);
		break;
	case ARI_EVENT_RECORDING_FAILED:
		failed(watch, event);
		break;
	default:
		break;
	}
}

static void record_tick(struct ari_watch *watch, uint64_t now)
{
	if (now >= watch->deadline) {
		watch->deadline = ARIP_NEVER;
		watch->ended = true;
		watch->ask_at = now;
	}
	if (now < watch->ask_at)
		return;
	watch->question = watch->ended ? ARI_ASK_STORED : ARI_ASK_LIVE;
	arip_watch_ask_later(watch, now);
}

static void stored(struct ari_watch *watch, int status, uint64_t now)
{
	if (status == 200 && watch->too_late) {
		arip_watch_end(watch, ARI_OUTCOME_HUNG_UP, "the hang-up came before it began");
		return;
	}
	if (status == 200) {
		arip_watch_end(watch, ARI_OUTCOME_FINISHED, reason(watch, now));
		return;
	}
	if (status != 404)
		return;		/* ask again */
	if (watch->outcome.duration_ms >= 0)
		arip_watch_end(watch, ARI_OUTCOME_STOPPED, "it was discarded");
	else if (watch->hangup || watch->target_gone)
		arip_watch_end(watch, ARI_OUTCOME_HUNG_UP, "the hang-up came before it began");
	else
		arip_watch_end(watch, ARI_OUTCOME_FAILED,
			       "Asterisk wrote no file: is there such a directory, may it write there?");
}

static void record_answer(struct ari_watch *watch, enum ari_question question, int status,
			  uint64_t now)
{
	if (question == ARI_ASK_STORED)
		stored(watch, status, now);
	else if (question == ARI_ASK_LIVE && status == 404)
		arip_watch_within(watch, now, GRACE_MS);
}

const struct arip_watch_ops arip_watch_record = {
	.event = record_event,
	.tick = record_tick,
	.answer = record_answer,
};
