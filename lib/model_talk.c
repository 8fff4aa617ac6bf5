/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Who is in which bridge and who talks. Asterisk says that somebody stopped only while voice frames
 * come (func_talkdetect.c), so leaving, hold, mute and hangup end a spurt here: never a stuck
 * talker.
 */
#include <string.h>

#include "model_table.h"

static void talkers_remove(struct ari_model *model, struct arip_channel_entry *channel)
{
	*(channel->talk_prev ? &channel->talk_prev->talk_next : &model->talk_first) =
		channel->talk_next;
	*(channel->talk_next ? &channel->talk_next->talk_prev : &model->talk_last) =
		channel->talk_prev;
	channel->talk_prev = channel->talk_next = NULL;
	if (channel->bridge)
		channel->bridge->pub.n_talking--;
}

static void talkers_add(struct ari_model *model, struct arip_channel_entry *channel)
{
	channel->talk_prev = model->talk_last;
	channel->talk_next = NULL;
	*(model->talk_last ? &model->talk_last->talk_next : &model->talk_first) = channel;
	model->talk_last = channel;
	if (channel->bridge)
		channel->bridge->pub.n_talking++;
}

/* The server's measure is better than ours, which includes the silence it waited for; but it can be
 * negative (asterisk#80). */
static void account(struct arip_channel_entry *channel, const struct arip_talk_change *change)
{
	uint64_t spurt = change->now_ms > channel->pub.talk_since_ms
				 ? change->now_ms - channel->pub.talk_since_ms
				 : 0;

	if (change->duration_ms >= 0 && (uint64_t)change->duration_ms <= spurt + 10000)
		spurt = (uint64_t)change->duration_ms;
	channel->pub.talk_ms += spurt;
	if (channel->bridge)
		channel->bridge->pub.talk_ms += spurt;
}

bool arip_talk_set(struct ari_model *model, struct arip_channel_entry *channel,
		   const struct arip_talk_change *change)
{
	enum ari_talk before = channel->pub.talk;

	if (before == change->talk)
		return false;
	if (before == ARI_TALK_TALKING) {
		account(channel, change);
		talkers_remove(model, channel);
	}
	channel->pub.talk = change->talk;
	channel->pub.talk_since_ms = change->now_ms;
	channel->pub.talk_at[0] = '\0';
	ari_json_text(change->timestamp, channel->pub.talk_at, sizeof(channel->pub.talk_at));
	if (change->talk == ARI_TALK_TALKING)
		talkers_add(model, channel);
	return true;
}

bool arip_talk_stop(struct ari_model *model, struct arip_channel_entry *channel, uint64_t now_ms)
{
	const struct arip_talk_change silent = {
		.talk = ARI_TALK_SILENT,
		.now_ms = now_ms,
		.duration_ms = -1,
	};

	return channel->pub.talk == ARI_TALK_TALKING && arip_talk_set(model, channel, &silent);
}

bool arip_bridge_leave(struct ari_model *model, struct arip_channel_entry *channel, uint64_t now_ms)
{
	struct arip_bridge_entry *bridge = channel->bridge;

	if (!bridge)
		return false;
	arip_talk_stop(model, channel, now_ms);
	*(channel->member_prev ? &channel->member_prev->member_next : &bridge->first) =
		channel->member_next;
	*(channel->member_next ? &channel->member_next->member_prev : &bridge->last) =
		channel->member_prev;
	channel->member_prev = channel->member_next = NULL;
	channel->bridge = NULL;
	channel->pub.bridge = NULL;
	channel->pub.joined_ms = 0;
	channel->moved_seq = model->seq;
	bridge->pub.n_members--;
	return true;
}

bool arip_bridge_join(struct ari_model *model, struct arip_bridge_entry *bridge,
		      struct arip_channel_entry *channel, uint64_t now_ms)
{
	channel->moved_seq = model->seq;
	if (channel->bridge == bridge)
		return false;
	arip_bridge_leave(model, channel, now_ms);
	channel->member_prev = bridge->last;
	*(bridge->last ? &bridge->last->member_next : &bridge->first) = channel;
	bridge->last = channel;
	channel->bridge = bridge;
	channel->pub.bridge = &bridge->pub;
	channel->pub.joined_ms = now_ms;
	bridge->pub.n_members++;
	bridge->pub.n_talking += channel->pub.talk == ARI_TALK_TALKING;
	return true;
}

unsigned ari_model_mute(struct ari_model *model, const char *id, bool muted, uint64_t now_ms)
{
	struct arip_channel_entry *channel;
	struct arip_node *node;
	struct arip_id key;

	arip_id_text(&key, ARI_OBJECT_CHANNEL, id, strlen(id));
	node = arip_node_find(model, ARI_OBJECT_CHANNEL, &key);
	if (!node)
		return 0;
	channel = arip_channel_entry(node);
	if (channel->pub.muted == muted)
		return 0;
	channel->pub.muted = muted;
	if (muted && arip_talk_stop(model, channel, now_ms))
		return ARI_CHANGED_CHANNEL | ARI_CHANGED_TALK;
	return ARI_CHANGED_CHANNEL;
}

void ari_model_gap(struct ari_model *model, uint64_t now_ms)
{
	const struct arip_talk_change unknown = {
		.talk = ARI_TALK_UNKNOWN,
		.now_ms = now_ms,
		.duration_ms = -1,
	};

	model->tells_speakers = false;
	for (struct arip_node *node = model->tables[ARI_OBJECT_CHANNEL].first; node;
	     node = node->next)
		arip_talk_set(model, arip_channel_entry(node), &unknown);
}

unsigned ari_model_tick(struct ari_model *model, uint64_t now_ms)
{
	const uint64_t most = model->options.max_talk_ms;
	const struct arip_talk_change unknown = {
		.talk = ARI_TALK_UNKNOWN,
		.now_ms = now_ms,
		.duration_ms = -1,
	};
	unsigned flags = 0;

	/* The longest talker is the first. */
	while (model->talk_first && model->talk_first->pub.talk_since_ms + most < now_ms) {
		arip_talk_set(model, model->talk_first, &unknown);
		flags = ARI_CHANGED_TALK;
	}
	return flags;
}

uint64_t ari_model_talk_ms(const struct ari_model_channel *channel, uint64_t now_ms)
{
	if (channel->talk != ARI_TALK_TALKING || now_ms < channel->talk_since_ms)
		return channel->talk_ms;
	return channel->talk_ms + (now_ms - channel->talk_since_ms);
}
