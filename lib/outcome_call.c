/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * How a call ended that was originated into an application of the watcher's: StasisStart with the channel up
 * is the answer. Everything else ends with ChannelDestroyed, whose cause is not always the whole truth:
 * of a busy Local channel only the far half has it (cause 0 on ours), Asterisk 16 gives 0 after ringing in
 * vain, and a Local channel into nowhere says nothing but that it is gone. So the last Dial status, the
 * hang-up request, the far half and the time that it rang are all looked at.
 */
#include <stdio.h>
#include <string.h>

#include "outcome.h"

/* How long the far half of a Local channel may keep us waiting for its cause, and how long a channel that was
 * told to be busy may take to go. */
#define PEER_GRACE_MS 250
#define DIAL_GRACE_MS 2000

struct verdict {
	const char *dialstatus;	/* NULL: any */
	int cause;		/* 0: any */
	enum ari_outcome_state state;
	const char *reason;
};

/* The first row that fits. The cause knows more than the status: "NOANSWER" is all that is not busy. */
static const struct verdict verdicts[] = {
	{ .cause = 17, .state = ARI_OUTCOME_BUSY },
	{ .cause = 34, .state = ARI_OUTCOME_CONGESTION },
	{ .cause = 42, .state = ARI_OUTCOME_CONGESTION },
	{ .cause = 21, .state = ARI_OUTCOME_REJECTED },
	{ .cause = 18, .state = ARI_OUTCOME_NO_ANSWER },
	{ .cause = 19, .state = ARI_OUTCOME_NO_ANSWER },
	{ .cause = 1, .state = ARI_OUTCOME_UNREACHABLE },
	{ .cause = 2, .state = ARI_OUTCOME_UNREACHABLE },
	{ .cause = 3, .state = ARI_OUTCOME_UNREACHABLE },
	{ .cause = 20, .state = ARI_OUTCOME_UNREACHABLE },
	{ .cause = 22, .state = ARI_OUTCOME_UNREACHABLE },
	{ .cause = 27, .state = ARI_OUTCOME_UNREACHABLE },
	{ .cause = 28, .state = ARI_OUTCOME_UNREACHABLE },
	{ .dialstatus = "BUSY", .state = ARI_OUTCOME_BUSY },
	{ .dialstatus = "CONGESTION", .state = ARI_OUTCOME_CONGESTION },
	{ .dialstatus = "CHANUNAVAIL", .state = ARI_OUTCOME_UNREACHABLE },
	{ .cause = 16, .state = ARI_OUTCOME_REJECTED,
	  .reason = "the far end hung up without answering" },
};

static bool rang_in_vain(const struct ari_watch *watch, uint64_t now)
{
	const struct ari_outcome *outcome = &watch->outcome;

	if (!watch->ring_ms || watch->started == ARIP_NEVER || watch->up)
		return false;
	if (outcome->cause != 0 && outcome->cause != 16 && outcome->cause != 19)
		return false;
	/* Terminal statuses come before the time is over, or never. */
	if (strcmp(outcome->dialstatus, "BUSY") == 0 || strcmp(outcome->dialstatus, "CONGESTION") == 0)
		return false;
	return now + 200 >= watch->started + watch->ring_ms;
}

static void no_answer(struct ari_watch *watch)
{
	char reason[64];

	if (watch->outcome.cause == 16) {
		watch->outcome.cause = 0;
		watch->outcome.cause_text[0] = '\0';
	}
	/* The 480 of newer servers is made of the cause: nobody sent it. */
	watch->outcome.sip_code = 0;
	snprintf(reason, sizeof(reason), "it rang for %.3g s", watch->ring_ms / 1000.0);
	arip_watch_end(watch, ARI_OUTCOME_NO_ANSWER, reason);
}

static void conclude(struct ari_watch *watch, uint64_t now)
{
	struct ari_outcome *outcome = &watch->outcome;

	if (!outcome->cause && watch->request_cause && !watch->hangup_soft)
		outcome->cause = watch->request_cause;
	if (watch->up) {
		arip_watch_end(watch, ARI_OUTCOME_HUNG_UP, "answered, and hung up at once");
		return;
	}
	if (watch->cancelled || watch->hangup_soft) {
		arip_watch_end(watch, ARI_OUTCOME_CANCELLED, watch->cancelled ? NULL :
			       "hung up by another client while it rang");
		return;
	}
	if (rang_in_vain(watch, now)) {
		no_answer(watch);
		return;
	}
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		const struct verdict *row = &verdicts[i];

		if ((row->cause && row->cause != outcome->cause) ||
		    (row->dialstatus && strcmp(row->dialstatus, outcome->dialstatus) != 0))
			continue;
		arip_watch_end(watch, row->state, row->reason);
		return;
	}
	if (!watch->begun)
		arip_watch_end(watch, ARI_OUTCOME_UNREACHABLE,
			       "nothing to dial there: no such extension or context");
	else
		arip_watch_end(watch, ARI_OUTCOME_FAILED, "the call ended without an answer");
}

static void answered(struct ari_watch *watch, uint64_t now)
{
	watch->outcome.duration_ms = watch->started == ARIP_NEVER ? -1 : (long)(now - watch->started);
	watch->outcome.cause = 0;
	arip_watch_end(watch, ARI_OUTCOME_ANSWERED, NULL);
}

static void destroyed(struct ari_watch *watch, const struct ari_event *event, uint64_t now)
{
	watch->ended = true;
	arip_watch_cause(watch, event);
	if (watch->outcome.cause || watch->peer_gone || !watch->peer_known)
		conclude(watch, now);
	else
		arip_watch_within(watch, now, PEER_GRACE_MS);
}

static void own_event(struct ari_watch *watch, const struct ari_event *event, uint64_t now)
{
	long long cause;
	bool up = ari_json_equal(ari_json_get(event->channel, "state"), "Up");

	switch (event->kind) {
	case ARI_EVENT_CHANNEL_STATE_CHANGE:
		watch->up |= up;
		break;
	case ARI_EVENT_STASIS_START:
		if (up)
			answered(watch, now);
		break;
	case ARI_EVENT_CHANNEL_HANGUP_REQUEST:
		watch->hangup_soft |= ari_json_type(ari_json_get(event->json, "soft")) ==
				      ARI_JSON_BOOL;
		if (ari_json_int(event->cause, &cause) && cause > 0 && cause <= 127)
			watch->request_cause = (int)cause;
		break;
	case ARI_EVENT_CHANNEL_DESTROYED:
		destroyed(watch, event, now);
		break;
	default:
		break;
	}
}

static void peer_event(struct ari_watch *watch, const struct ari_event *event, uint64_t now)
{
	watch->peer_known = true;
	if (event->kind != ARI_EVENT_CHANNEL_DESTROYED)
		return;
	watch->peer_gone = true;
	if (!watch->outcome.cause)
		arip_watch_cause(watch, event);
	if (watch->ended)
		conclude(watch, now);
}

static void dial(struct ari_watch *watch, const struct ari_event *event, uint64_t now)
{
	static const char *const last[] = { "BUSY", "CONGESTION", "CHANUNAVAIL", "NOANSWER", "CANCEL" };
	char status[sizeof(watch->outcome.dialstatus)];

	watch->begun = true;
	if (ari_json_text(event->dialstatus, status, sizeof(status)) <= 0)
		return;
	snprintf(watch->outcome.dialstatus, sizeof(watch->outcome.dialstatus), "%s", status);
	for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
		if (strcmp(status, last[i]) == 0)
			arip_watch_within(watch, now, DIAL_GRACE_MS);
	}
}

static void call_event(struct ari_watch *watch, const struct ari_event *event, uint64_t now)
{
	if (event->kind == ARI_EVENT_DIAL && arip_watch_is(event->peer, watch->id))
		dial(watch, event, now);
	else if (arip_watch_is(event->channel, watch->id))
		own_event(watch, event, now);
	else if (arip_watch_is(event->channel, watch->peer))
		peer_event(watch, event, now);
}

static void call_tick(struct ari_watch *watch, uint64_t now)
{
	if (now >= watch->deadline) {
		conclude(watch, now);
		return;
	}
	if (now < watch->ask_at)
		return;
	watch->question = ARI_ASK_CHANNEL;
	arip_watch_ask_later(watch, now);
}

/* Events can be lost with the connection; a channel that is gone is gone. */
static void call_answer(struct ari_watch *watch, enum ari_question question, int status, uint64_t now)
{
	if (question == ARI_ASK_CHANNEL && status == 404)
		arip_watch_within(watch, now, PEER_GRACE_MS);
}

const struct arip_watch_ops arip_watch_call = {
	.event = call_event,
	.tick = call_tick,
	.answer = call_answer,
};
