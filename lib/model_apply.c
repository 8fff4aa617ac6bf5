/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Events to the model. First every snapshot that an event carries is taken over (whatever the event
 * is about, it is the newest that is known), then the kind says what else happened. Each step is
 * idempotent.
 */
#include <string.h>

#include "ari/snapshot.h"
#include "model_table.h"

struct step {
	struct ari_model *model;
	const struct ari_event *event;
	uint64_t now_ms;
	unsigned flags;
	struct arip_channel_entry *channel; /* of the event, if it is known and alive */
	struct arip_bridge_entry *bridge;
};

static const unsigned changed[ARI_OBJECT_KINDS] = {
	[ARI_OBJECT_CHANNEL] = ARI_CHANGED_CHANNEL,
	[ARI_OBJECT_BRIDGE] = ARI_CHANGED_BRIDGE,
	[ARI_OBJECT_ENDPOINT] = ARI_CHANGED_ENDPOINT,
	[ARI_OBJECT_PLAYBACK] = ARI_CHANGED_PLAYBACK,
	[ARI_OBJECT_RECORDING] = ARI_CHANGED_RECORDING,
};

/* --- snapshots --- */

/* Whether this event may bring back what is gone: only a new beginning does. */
static bool is_buried(const struct step *step, enum ari_object_kind kind, const struct arip_id *id,
		      struct ari_span json)
{
	const struct arip_tomb *tomb;

	if (kind != ARI_OBJECT_CHANNEL && kind != ARI_OBJECT_BRIDGE)
		return false;
	if (step->event->kind == ARI_EVENT_CHANNEL_CREATED ||
	    step->event->kind == ARI_EVENT_BRIDGE_CREATED)
		return false;
	tomb = arip_tomb_find(step->model, id, json);
	return tomb && (tomb->destroyed || step->event->kind != ARI_EVENT_STASIS_START);
}

static struct arip_node *take(struct step *step, enum ari_object_kind kind, struct ari_span json)
{
	struct arip_node *node;
	struct arip_id id;

	if (ari_json_type(json) != ARI_JSON_OBJECT || !arip_id_of(&id, kind, json))
		return NULL;
	node = arip_node_find(step->model, kind, &id);
	if (!node) {
		if (is_buried(step, kind, &id, json))
			return NULL;
		node = arip_node_add(step->model, kind, &id, step->now_ms);
		if (!node)
			return NULL;
		step->flags |= ARI_CHANGED_ADDED;
		if (kind == ARI_OBJECT_CHANNEL)
			arip_channel_entry(node)->pub.in_stasis = arip_says_stasis(json);
	}
	node->seq = step->model->seq;
	if (arip_node_store(node, json, step->now_ms))
		step->flags |= changed[kind];
	return node;
}

/* A channel that an event names beside its own. Where we only hear of our applications' channels we
 * would not hear of its end: then it is brought up to date, but not added. */
static void take_other(struct step *step, struct ari_span json)
{
	struct arip_id id;

	if (!json.p || (step->model->options.partial &&
			(!arip_id_of(&id, ARI_OBJECT_CHANNEL, json) ||
			 !arip_node_find(step->model, ARI_OBJECT_CHANNEL, &id))))
		return;
	take(step, ARI_OBJECT_CHANNEL, json);
}

static struct arip_node *find(const struct step *step, enum ari_object_kind kind,
			      struct ari_span json)
{
	struct arip_id id;

	if (!json.p || !arip_id_of(&id, kind, json))
		return NULL;
	return arip_node_find(step->model, kind, &id);
}

/* Gone, also if it was never known: what comes late must not make it. */
static void drop(struct step *step, enum ari_object_kind kind, struct ari_span json, bool destroyed)
{
	struct arip_node *node;
	struct arip_id id;

	if (!json.p || !arip_id_of(&id, kind, json))
		return;
	node = arip_node_find(step->model, kind, &id);
	if (!node) {
		if (kind == ARI_OBJECT_CHANNEL || kind == ARI_OBJECT_BRIDGE)
			arip_tomb_add(step->model, &id, json, destroyed);
		return;
	}
	if (kind == ARI_OBJECT_CHANNEL) {
		if (arip_channel_entry(node)->pub.talk == ARI_TALK_TALKING)
			step->flags |= ARI_CHANGED_TALK;
		if (arip_channel_entry(node)->bridge)
			step->flags |= ARI_CHANGED_MEMBERS;
	}
	if (kind == ARI_OBJECT_BRIDGE && arip_bridge_entry(node)->first)
		step->flags |= ARI_CHANGED_MEMBERS;
	arip_node_remove(step->model, node, destroyed, step->now_ms);
	step->flags |= changed[kind] | ARI_CHANGED_REMOVED;
}

/* --- channels --- */

static void stop_talk(struct step *step)
{
	if (step->channel && arip_talk_stop(step->model, step->channel, step->now_ms))
		step->flags |= ARI_CHANGED_TALK;
}

static void on_channel_destroyed(struct step *step)
{
	drop(step, ARI_OBJECT_CHANNEL, step->event->channel, true);
}

/* The new channel goes on with what the old one was (a masquerade; StasisEnd of the old one
 * follows). */
static void on_replaced(struct step *step)
{
	struct arip_node *node = find(step, ARI_OBJECT_CHANNEL, step->event->replace_channel);
	struct arip_channel_entry *old = node ? arip_channel_entry(node) : NULL;

	if (!old || old == step->channel)
		return;
	if (arip_talk_stop(step->model, old, step->now_ms))
		step->flags |= ARI_CHANGED_TALK;
	step->channel->pub.talk_ms += old->pub.talk_ms;
	old->pub.talk_ms = 0;
	old->pub.in_stasis = false;
	step->flags |= ARI_CHANGED_CHANNEL;
}

static void on_stasis_start(struct step *step)
{
	if (!step->channel)
		return;
	if (!step->channel->pub.in_stasis)
		step->flags |= ARI_CHANGED_CHANNEL;
	step->channel->pub.in_stasis = true;
	on_replaced(step);
}

static void on_stasis_end(struct step *step)
{
	stop_talk(step);
	if (step->model->options.partial) {
		drop(step, ARI_OBJECT_CHANNEL, step->event->channel, false);
		return;
	}
	if (!step->channel)
		return;
	if (step->channel->pub.in_stasis)
		step->flags |= ARI_CHANGED_CHANNEL;
	step->channel->pub.in_stasis = false;
}

static void on_hold(struct step *step)
{
	if (!step->channel)
		return;
	stop_talk(step);
	step->flags |= ARI_CHANGED_CHANNEL;
	step->channel->pub.held = true;
}

static void on_unhold(struct step *step)
{
	if (!step->channel)
		return;
	step->flags |= ARI_CHANGED_CHANNEL;
	step->channel->pub.held = false;
}

static void on_talking(struct step *step, enum ari_talk talk)
{
	struct arip_talk_change change = {
		.talk = talk,
		.now_ms = step->now_ms,
		.duration_ms = -1,
		.timestamp = step->event->timestamp,
	};

	if (!step->channel)
		return;
	/* The server itself knows better, also of mutes. */
	if (step->model->tells_speakers && step->channel->bridge)
		return;
	/* Frames of a muted channel are dropped after the detector has seen them. */
	if (talk == ARI_TALK_TALKING && step->channel->pub.muted)
		return;
	ari_json_int(step->event->duration, &change.duration_ms);
	if (arip_talk_set(step->model, step->channel, &change))
		step->flags |= ARI_CHANGED_TALK;
}

static void on_talking_started(struct step *step)
{
	on_talking(step, ARI_TALK_TALKING);
}

static void on_talking_finished(struct step *step)
{
	on_talking(step, ARI_TALK_SILENT);
}

/* --- bridges --- */

/* Make the members what the bridge's snapshot says. A channel that is in another bridge by now
 * stays there: the topics of two bridges are not in order with each other. */
static void reconcile(struct step *step, struct arip_bridge_entry *bridge)
{
	struct arip_channel_entry *member = bridge->first, *channel, *next;
	struct arip_named named;

	arip_named_init(&named, step->model, bridge);
	while ((channel = arip_named_next(&named))) {
		if (!channel->bridge &&
		    arip_bridge_join(step->model, bridge, channel, step->now_ms))
			step->flags |= ARI_CHANGED_MEMBERS;
	}
	for (; member; member = next) {
		next = member->member_next;
		if (!arip_named_has(&named, member) &&
		    arip_bridge_leave(step->model, member, step->now_ms))
			step->flags |= ARI_CHANGED_MEMBERS;
	}
}

/* Cheap enough for each event of a bridge: the snapshot was just read through anyway. */
static bool members_differ(const struct arip_bridge_entry *bridge)
{
	struct ari_span key, value;
	struct ari_json_iter iter;
	size_t n = 0;

	ari_json_iter_init(&iter, ari_json_get(bridge->pub.obj.json, "channels"));
	while (ari_json_next(&iter, &key, &value))
		n++;
	return n != bridge->pub.n_members;
}

static void on_bridge_snapshot(struct step *step)
{
	if (step->bridge)
		reconcile(step, step->bridge);
}

static void on_entered(struct step *step)
{
	if (!step->bridge || !step->channel)
		return;
	if (arip_bridge_join(step->model, step->bridge, step->channel, step->now_ms))
		step->flags |= ARI_CHANGED_MEMBERS;
	if (members_differ(step->bridge))
		reconcile(step, step->bridge);
}

static void on_left(struct step *step)
{
	bool here = step->channel && (!step->bridge || step->channel->bridge == step->bridge);

	if (here) {
		stop_talk(step);
		if (arip_bridge_leave(step->model, step->channel, step->now_ms))
			step->flags |= ARI_CHANGED_MEMBERS;
	}
	if (step->bridge && members_differ(step->bridge))
		reconcile(step, step->bridge);
	/* Somebody else's channel that was a guest in our bridge: we hear no more of it. */
	if (here && step->model->options.partial && !step->channel->pub.in_stasis)
		drop(step, ARI_OBJECT_CHANNEL, step->event->channel, false);
}

static void on_bridge_destroyed(struct step *step)
{
	drop(step, ARI_OBJECT_BRIDGE, step->event->bridge, true);
}

/* The channels of bridge_from are in bridge now; bridge_from is destroyed by an event of its own.
 */
static void on_bridge_merged(struct step *step)
{
	struct arip_node *node = find(step, ARI_OBJECT_BRIDGE, step->event->bridge_from);
	struct arip_bridge_entry *from = node ? arip_bridge_entry(node) : NULL;

	if (!step->bridge || from == step->bridge)
		return;
	while (from && from->first) {
		arip_bridge_join(step->model, step->bridge, from->first, step->now_ms);
		step->flags |= ARI_CHANGED_MEMBERS;
	}
	if (members_differ(step->bridge))
		reconcile(step, step->bridge);
}

/* Transfers carry many snapshots; who is where follows by events of its own. */
static void on_transfer(struct step *step)
{
	static const char *const channels[] = {
		"transferee",
		"transfer_target",
		"transferer_first_leg",
		"transferer_second_leg",
		"destination_link_first_leg",
		"destination_link_second_leg",
		"destination_threeway_channel",
	};
	static const char *const bridges[] = {
		"transferer_first_leg_bridge",
		"transferer_second_leg_bridge",
		"destination_threeway_bridge",
	};

	for (size_t i = 0; i < sizeof(channels) / sizeof(*channels); i++)
		take_other(step, ari_json_get(step->event->json, channels[i]));
	for (size_t i = 0; i < sizeof(bridges) / sizeof(*bridges); i++) {
		struct arip_node *node =
			take(step, ARI_OBJECT_BRIDGE, ari_json_get(step->event->json, bridges[i]));

		if (node)
			reconcile(step, arip_bridge_entry(node));
	}
	if (step->bridge)
		reconcile(step, step->bridge);
}

/* --- speakers --- */

static void set_talk(struct step *step, struct arip_channel_entry *channel, enum ari_talk talk,
		     struct ari_span since)
{
	const struct arip_talk_change change = {
		.talk = talk,
		.now_ms = step->now_ms,
		.duration_ms = -1,
		.timestamp = since,
	};

	if (arip_talk_set(step->model, channel, &change))
		step->flags |= ARI_CHANGED_TALK;
}

/* Who speaks in the bridge of the event, and nobody else does. */
static void on_speakers(struct step *step)
{
	struct arip_bridge_entry *bridge = step->bridge;
	struct ari_span key, speaker;
	struct ari_json_iter iter;
	uint64_t stamp = ++step->model->stamp;

	step->model->tells_speakers = true;
	if (!bridge)
		return;
	if (members_differ(bridge))
		reconcile(step, bridge);
	ari_json_iter_init(&iter, ari_json_get(step->event->json, "speakers"));
	while (ari_json_next(&iter, &key, &speaker)) {
		struct arip_node *node = find(step, ARI_OBJECT_CHANNEL, speaker);

		if (!node || arip_channel_entry(node)->bridge != bridge)
			continue;
		node->stamp = stamp;
		set_talk(step, arip_channel_entry(node), ARI_TALK_TALKING,
			 ari_json_get(speaker, "since"));
	}
	for (struct arip_channel_entry *member = bridge->first; member;
	     member = member->member_next) {
		if (member->node.stamp != stamp)
			set_talk(step, member, ARI_TALK_SILENT, step->event->timestamp);
	}
}

/* --- playbacks and recordings --- */

/* What is on a channel or bridge goes with it: of some playbacks the end is never told. */
static void take_media(struct step *step, enum ari_object_kind kind, struct ari_span json)
{
	struct arip_node *node = take(step, kind, json);
	struct ari_span target = node ? ari_json_get(json, "target_uri") : json;
	enum ari_object_kind owner = ARI_OBJECT_CHANNEL;
	struct arip_id uri, id;
	size_t prefix;

	if (!node || !arip_id_json(&uri, kind, target))
		return;
	prefix = strcspn(uri.p, ":\"");
	if (prefix == 6 && !memcmp(uri.p, "bridge", 6))
		owner = ARI_OBJECT_BRIDGE;
	if (prefix + 1 >= uri.len)
		return;
	arip_id_text(&id, owner, uri.p + prefix + 1, uri.len - prefix - 1);
	arip_node_own(node, arip_node_find(step->model, owner, &id));
}

static void on_playback(struct step *step)
{
	take_media(step, ARI_OBJECT_PLAYBACK, step->event->playback);
}

static void on_playback_finished(struct step *step)
{
	drop(step, ARI_OBJECT_PLAYBACK, step->event->playback, true);
}

static void on_recording(struct step *step)
{
	take_media(step, ARI_OBJECT_RECORDING, step->event->recording);
}

static void on_recording_over(struct step *step)
{
	drop(step, ARI_OBJECT_RECORDING, step->event->recording, true);
}

static void (*const handlers[ARI_EVENT_KINDS])(struct step *step) = {
	[ARI_EVENT_CHANNEL_DESTROYED] = on_channel_destroyed,
	[ARI_EVENT_STASIS_START] = on_stasis_start,
	[ARI_EVENT_STASIS_END] = on_stasis_end,
	[ARI_EVENT_CHANNEL_HANGUP_REQUEST] = stop_talk,
	[ARI_EVENT_CHANNEL_HOLD] = on_hold,
	[ARI_EVENT_CHANNEL_UNHOLD] = on_unhold,
	[ARI_EVENT_CHANNEL_TALKING_STARTED] = on_talking_started,
	[ARI_EVENT_CHANNEL_TALKING_FINISHED] = on_talking_finished,
	[ARI_EVENT_BRIDGE_CREATED] = on_bridge_snapshot,
	[ARI_EVENT_BRIDGE_SPEAKERS_CHANGED] = on_speakers,
	[ARI_EVENT_BRIDGE_VIDEO_SOURCE_CHANGED] = on_bridge_snapshot,
	[ARI_EVENT_CHANNEL_ENTERED_BRIDGE] = on_entered,
	[ARI_EVENT_CHANNEL_LEFT_BRIDGE] = on_left,
	[ARI_EVENT_BRIDGE_DESTROYED] = on_bridge_destroyed,
	[ARI_EVENT_BRIDGE_MERGED] = on_bridge_merged,
	[ARI_EVENT_BRIDGE_BLIND_TRANSFER] = on_transfer,
	[ARI_EVENT_BRIDGE_ATTENDED_TRANSFER] = on_transfer,
	[ARI_EVENT_PLAYBACK_STARTED] = on_playback,
	[ARI_EVENT_PLAYBACK_CONTINUING] = on_playback,
	[ARI_EVENT_PLAYBACK_FINISHED] = on_playback_finished,
	[ARI_EVENT_RECORDING_STARTED] = on_recording,
	[ARI_EVENT_RECORDING_FINISHED] = on_recording_over,
	[ARI_EVENT_RECORDING_FAILED] = on_recording_over,
};

/* The snapshots that any kind of event may carry. */
static void take_all(struct step *step)
{
	const struct ari_event *event = step->event;
	struct arip_node *node;

	if (event->kind != ARI_EVENT_CHANNEL_DESTROYED && event->channel.p) {
		node = take(step, ARI_OBJECT_CHANNEL, event->channel);
		step->channel = node ? arip_channel_entry(node) : NULL;
	}
	take_other(step, event->replace_channel);
	if (event->kind == ARI_EVENT_DIAL) {
		take_other(step, event->caller);
		take_other(step, event->peer);
		take_other(step, event->forwarded);
	}
	if (event->kind != ARI_EVENT_BRIDGE_DESTROYED && event->bridge.p) {
		node = take(step, ARI_OBJECT_BRIDGE, event->bridge);
		step->bridge = node ? arip_bridge_entry(node) : NULL;
	}
	if (event->bridge_from.p)
		take(step, ARI_OBJECT_BRIDGE, event->bridge_from);
	if (event->endpoint.p)
		take(step, ARI_OBJECT_ENDPOINT, event->endpoint);
}

unsigned ari_model_apply(struct ari_model *model, const struct ari_event *event, uint64_t now_ms)
{
	struct step step = {.model = model, .event = event, .now_ms = now_ms};

	if (event->gap) {
		ari_model_gap(model, now_ms);
		return ARI_CHANGED_TALK;
	}
	model->seq++;
	step.flags = ari_model_tick(model, now_ms);
	take_all(&step);
	if (handlers[event->kind])
		handlers[event->kind](&step);
	return step.flags;
}
