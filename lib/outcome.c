/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The frame of the outcome watches: their life, the clock, the questions. What each kind of thing makes of an
 * event is in outcome_call.c, _play.c, _record.c and _continue.c; the words are in outcome_text.c.
 */
#include "outcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "error.h"

static const struct arip_watch_ops *const kinds[] = {
	[ARI_WATCH_CALL] = &arip_watch_call,
	[ARI_WATCH_PLAY] = &arip_watch_play,
	[ARI_WATCH_RECORD] = &arip_watch_record,
	[ARI_WATCH_CONTINUE] = &arip_watch_continue,
};

/* After the target is gone the final event may still be under way. */
#define TARGET_GRACE_MS 250

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static char terminator(const char *text)
{
	if (!text || strcmp(text, "none") == 0)
		return '\0';
	return strcmp(text, "any") == 0 ? 'a' : text[0];
}

/* "ID;2": Asterisk's name for the far half when the near one was given an id. */
static char *peer_id(const char *id)
{
	size_t size = strlen(id) + sizeof(";2");
	char *peer = malloc(size);

	if (peer)
		snprintf(peer, size, "%s;2", id);
	return peer;
}

struct ari_watch *ari_watch_new(const struct ari_watch_options *options, struct ari_error *err)
{
	struct ari_watch *watch;

	if (!options->id || !options->id[0] || (unsigned)options->kind > ARI_WATCH_CONTINUE) {
		arip_error_set(err, ARI_EARGUMENT, "a watch needs a kind and an id");
		return NULL;
	}
	watch = calloc(1, sizeof(*watch));
	if (!watch) {
		arip_error_set(err, ARI_ESYSTEM, "out of memory");
		return NULL;
	}
	watch->ops = kinds[options->kind];
	watch->id = copy(options->id);
	watch->peer = options->peer ? copy(options->peer) : peer_id(options->id);
	watch->target = copy(options->target);
	watch->media = copy(options->media);
	watch->sentinel = options->sentinel;
	watch->ring_ms = options->ring_ms;
	watch->max_ms = options->max_ms;
	watch->terminate_on = terminator(options->terminate_on);
	watch->started = ARIP_NEVER;
	watch->deadline = ARIP_NEVER;
	watch->ask_at = ARIP_NEVER;
	watch->outcome.duration_ms = -1;
	watch->outcome.talking_s = -1;
	watch->outcome.silence_s = -1;
	if (!watch->id || !watch->peer || (options->target && !watch->target) ||
	    (options->media && !watch->media)) {
		arip_error_set(err, ARI_ESYSTEM, "out of memory");
		ari_watch_free(watch);
		return NULL;
	}
	return watch;
}

void ari_watch_free(struct ari_watch *watch)
{
	if (!watch)
		return;
	free(watch->id);
	free(watch->peer);
	free(watch->target);
	free(watch->media);
	free(watch);
}

void ari_watch_started(struct ari_watch *watch, uint64_t now)
{
	if (watch->started != ARIP_NEVER)
		return;
	watch->started = now;
	arip_watch_ask_later(watch, now);
}

void ari_watch_event(struct ari_watch *watch, const struct ari_event *event, uint64_t now)
{
	if (watch->outcome.state == ARI_OUTCOME_PENDING)
		watch->ops->event(watch, event, now);
}

void ari_watch_tick(struct ari_watch *watch, uint64_t now)
{
	if (watch->outcome.state != ARI_OUTCOME_PENDING)
		return;
	watch->ops->tick(watch, now);
}

uint64_t ari_watch_due(const struct ari_watch *watch)
{
	if (watch->outcome.state != ARI_OUTCOME_PENDING)
		return ARIP_NEVER;
	return watch->deadline < watch->ask_at ? watch->deadline : watch->ask_at;
}

enum ari_question ari_watch_question(struct ari_watch *watch)
{
	enum ari_question question = watch->question;

	watch->question = ARI_ASK_NOTHING;
	return watch->outcome.state == ARI_OUTCOME_PENDING ? question : ARI_ASK_NOTHING;
}

void ari_watch_answer(struct ari_watch *watch, enum ari_question question, int http_status,
		      uint64_t now)
{
	if (watch->outcome.state != ARI_OUTCOME_PENDING)
		return;
	watch->ops->answer(watch, question, http_status, now);
}

void ari_watch_cancel(struct ari_watch *watch, uint64_t now)
{
	if (watch->outcome.state != ARI_OUTCOME_PENDING)
		return;
	watch->cancelled = true;
	arip_watch_within(watch, now, 2000);
}

const char *ari_watch_id(const struct ari_watch *watch)
{
	return watch->id;
}

const struct ari_outcome *ari_watch_outcome(const struct ari_watch *watch)
{
	return &watch->outcome;
}

void arip_watch_end(struct ari_watch *watch, enum ari_outcome_state state, const char *reason)
{
	if (watch->outcome.state != ARI_OUTCOME_PENDING)
		return;
	if (watch->cancelled && state != ARI_OUTCOME_ANSWERED && state != ARI_OUTCOME_FINISHED)
		state = ARI_OUTCOME_CANCELLED;
	watch->outcome.state = state;
	watch->deadline = ARIP_NEVER;
	watch->ask_at = ARIP_NEVER;
	snprintf(watch->outcome.reason, sizeof(watch->outcome.reason), "%s", reason ? reason : "");
}

bool arip_watch_is(struct ari_span json, const char *text)
{
	return json.p && text && ari_json_equal(ari_json_get(json, "id"), text);
}

void arip_watch_within(struct ari_watch *watch, uint64_t now, unsigned ms)
{
	if (watch->deadline == ARIP_NEVER || watch->deadline > now + ms)
		watch->deadline = now + ms;
}

void arip_watch_ask_later(struct ari_watch *watch, uint64_t now)
{
	static const unsigned pauses[] = { 100, 200, 400, 800, 2000 };
	unsigned last = sizeof(pauses) / sizeof(pauses[0]) - 1;

	watch->ask_at = now + pauses[watch->asked < last ? watch->asked : last];
	watch->asked++;
}

/* "2026-11-23T02:53:46.123+0000"; the zone is the server's and the same in all, so only the offset between
 * two stamps means something: the zone is left aside. */
int64_t arip_stamp(struct ari_span timestamp)
{
	char text[40];
	struct tm tm = { 0 };
	int ms = 0;
	time_t seconds;

	if (ari_json_text(timestamp, text, sizeof(text)) < 0)
		return 0;
	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		   &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &ms) < 6)
		return 0;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	seconds = timegm(&tm);
	return seconds > 0 ? (int64_t)seconds * 1000 + ms : 0;
}

void arip_watch_cause(struct ari_watch *watch, const struct ari_event *event)
{
	struct ari_outcome *outcome = &watch->outcome;
	long long number;

	if (ari_json_int(event->tech_cause, &number) && number > 0 && number < 1000)
		outcome->sip_code = (int)number;
	if (!ari_json_int(event->cause, &number) || number <= 0 || number > 127)
		return;
	outcome->cause = (int)number;
	if (ari_json_text(event->cause_txt, outcome->cause_text, sizeof(outcome->cause_text)) < 0)
		outcome->cause_text[0] = '\0';
}

static unsigned count(struct ari_span array)
{
	struct ari_json_iter iter;
	struct ari_span key;
	struct ari_span value;
	unsigned n = 0;

	ari_json_iter_init(&iter, array);
	while (ari_json_next(&iter, &key, &value))
		n++;
	return n;
}

void arip_watch_was_left(struct ari_watch *watch, const struct ari_event *event)
{
	int64_t stamp = arip_stamp(event->timestamp);

	watch->empty = watch->left_stamp && stamp >= watch->left_stamp &&
		       stamp - watch->left_stamp <= 100;
}

static void target_gone(struct ari_watch *watch, uint64_t now)
{
	watch->target_gone = true;
	if (!watch->ended)
		arip_watch_within(watch, now, TARGET_GRACE_MS);
}

static void bridge_event(struct ari_watch *watch, const struct ari_event *event, uint64_t now)
{
	if (event->kind == ARI_EVENT_BRIDGE_DESTROYED)
		target_gone(watch, now);
	else if (event->kind == ARI_EVENT_CHANNEL_LEFT_BRIDGE &&
		 count(ari_json_get(event->bridge, "channels")) <= 1)
		watch->left_stamp = arip_stamp(event->timestamp);
	else if (event->kind == ARI_EVENT_CHANNEL_ENTERED_BRIDGE)
		watch->left_stamp = 0;
}

void arip_watch_target_event(struct ari_watch *watch, const struct ari_event *event, uint64_t now)
{
	const char *id = watch->target ? strchr(watch->target, ':') : NULL;

	if (!id)
		return;
	if (strncmp(watch->target, "bridge:", 7) == 0) {
		if (arip_watch_is(event->bridge, id + 1))
			bridge_event(watch, event, now);
	} else if (arip_watch_is(event->channel, id + 1)) {
		watch->hangup |= event->kind == ARI_EVENT_CHANNEL_HANGUP_REQUEST ||
				 event->kind == ARI_EVENT_CHANNEL_DESTROYED;
		if (event->kind == ARI_EVENT_CHANNEL_DESTROYED)
			target_gone(watch, now);
	}
}
