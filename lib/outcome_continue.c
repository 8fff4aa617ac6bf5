/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Whether a channel arrived in the dialplan. The server's 204 only means that the request was queued, and the
 * target is not checked: a channel sent to an extension that does not exist is destroyed, without a hang-up
 * request and with whatever cause it had before. Arrival
 * is ChannelDialplan with an application of the target; the pseudo applications that Asterisk shows on
 * outgoing legs (AppDial, AppDial2) come again when such a channel goes, and are none.
 */
#include <stdio.h>
#include <string.h>

#include "outcome.h"

#define GRACE_MS 250

static void arrived(struct ari_watch *watch, const struct ari_event *event)
{
	struct ari_span dialplan = ari_json_get(event->channel, "dialplan");
	char context[60] = "";
	char exten[60] = "";
	char app[32] = "";
	char reason[sizeof(watch->outcome.reason)];
	long long priority = 0;

	ari_json_text(ari_json_get(event->json, "dialplan_app"), app, sizeof(app));
	if (!app[0] || strncmp(app, "AppDial", 7) == 0)
		return;
	ari_json_text(ari_json_get(dialplan, "context"), context, sizeof(context));
	ari_json_text(ari_json_get(dialplan, "exten"), exten, sizeof(exten));
	ari_json_int(ari_json_get(dialplan, "priority"), &priority);
	snprintf(reason, sizeof(reason), "%s,%s,%lld runs %s", context, exten, priority, app);
	arip_watch_end(watch, ARI_OUTCOME_FINISHED, reason);
}

static void gone(struct ari_watch *watch)
{
	if (watch->hangup) {
		arip_watch_end(watch, ARI_OUTCOME_HUNG_UP, "before it got there");
		return;
	}
	watch->outcome.cause = 0;
	watch->outcome.cause_text[0] = '\0';
	arip_watch_end(watch, ARI_OUTCOME_UNREACHABLE,
		       "no such extension: Asterisk hung the channel up");
}

static void continue_event(struct ari_watch *watch, const struct ari_event *event, uint64_t now)
{
	(void)now;
	if (!arip_watch_is(event->channel, watch->id))
		return;
	if (event->kind == ARI_EVENT_CHANNEL_DIALPLAN) {
		arrived(watch, event);
	} else if (event->kind == ARI_EVENT_CHANNEL_HANGUP_REQUEST) {
		watch->hangup = true;
	} else if (event->kind == ARI_EVENT_CHANNEL_DESTROYED) {
		arip_watch_cause(watch, event);
		gone(watch);
	}
}

static void continue_tick(struct ari_watch *watch, uint64_t now)
{
	if (now >= watch->deadline) {
		gone(watch);
		return;
	}
	if (now < watch->ask_at)
		return;
	watch->question = ARI_ASK_CHANNEL;
	arip_watch_ask_later(watch, now);
}

static void continue_answer(struct ari_watch *watch, enum ari_question question, int status,
			    uint64_t now)
{
	if (question == ARI_ASK_CHANNEL && status == 404)
		arip_watch_within(watch, now, GRACE_MS);
}

const struct arip_watch_ops arip_watch_continue = {
	.event = continue_event,
	.tick = continue_tick,
	.answer = continue_answer,
};
