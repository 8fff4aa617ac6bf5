/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The model's outside: making, freeing, looking up, iterating. What changes it is in model_apply.c
 * (events) and model_load.c (lists).
 */
#include "ari/model.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "ari/snapshot.h"
#include "error.h"
#include "model_table.h"

#define MAX_OBJECTS 100000
#define MAX_TALK_MS 600000

#define ENTRY_OF(type, pub_pointer)                                                                \
	((const struct type *)(const void *)((const char *)(pub_pointer)-offsetof(struct type,     \
										  pub)))

struct ari_model *ari_model_new(const struct ari_model_options *options, struct ari_error *err)
{
	struct ari_model *model = calloc(1, sizeof(*model));

	if (model)
		model->tombs = calloc(ARIP_TOMBS, sizeof(*model->tombs));
	if (!model || !model->tombs) {
		free(model);
		arip_error_memory(err);
		return NULL;
	}
	if (options)
		model->options = *options;
	for (int kind = 0; kind < ARI_OBJECT_KINDS; kind++) {
		if (!model->options.max_objects[kind])
			model->options.max_objects[kind] = MAX_OBJECTS;
	}
	if (!model->options.max_talk_ms)
		model->options.max_talk_ms = MAX_TALK_MS;
	return model;
}

void ari_model_clear(struct ari_model *model)
{
	for (int kind = 0; kind < ARI_OBJECT_KINDS; kind++) {
		while (model->tables[kind].first)
			arip_node_remove(model, model->tables[kind].first, false, 0);
	}
	model->tells_speakers = false;
	memset(model->tombs, 0, ARIP_TOMBS * sizeof(*model->tombs));
}

void ari_model_free(struct ari_model *model)
{
	if (!model)
		return;
	ari_model_clear(model);
	for (int kind = 0; kind < ARI_OBJECT_KINDS; kind++)
		free(model->tables[kind].buckets);
	free(model->tombs);
	free(model);
}

void ari_model_set_partial(struct ari_model *model, bool partial)
{
	model->options.partial = partial;
}

uint64_t ari_model_mark(const struct ari_model *model)
{
	return model->seq;
}

const struct ari_object *ari_model_find(const struct ari_model *model, enum ari_object_kind kind,
					const char *id)
{
	struct arip_node *node;
	struct arip_id key;

	arip_id_text(&key, kind, id, strlen(id));
	node = arip_node_find(model, kind, &key);
	return node ? node->pub : NULL;
}

const struct ari_model_channel *ari_model_channel(const struct ari_model *model, const char *id)
{
	return (const struct ari_model_channel *)(const void *)ari_model_find(
		model, ARI_OBJECT_CHANNEL, id);
}

const struct ari_model_bridge *ari_model_bridge(const struct ari_model *model, const char *id)
{
	return (const struct ari_model_bridge *)(const void *)ari_model_find(model,
									     ARI_OBJECT_BRIDGE, id);
}

_Static_assert(offsetof(struct ari_model_channel, obj) == 0, "the object begins the channel");
_Static_assert(offsetof(struct ari_model_bridge, obj) == 0, "the object begins the bridge");

static const struct arip_node *node_of(const struct ari_object *object)
{
	switch (object->kind) {
	case ARI_OBJECT_CHANNEL:
		return &ENTRY_OF(arip_channel_entry, object)->node;
	case ARI_OBJECT_BRIDGE:
		return &ENTRY_OF(arip_bridge_entry, object)->node;
	default:
		return &ENTRY_OF(arip_other_entry, object)->node;
	}
}

const struct ari_object *ari_model_next(const struct ari_model *model, enum ari_object_kind kind,
					const struct ari_object *previous)
{
	const struct arip_node *node =
		previous ? node_of(previous)->next : model->tables[kind].first;

	return node ? node->pub : NULL;
}

const struct ari_model_channel *ari_model_next_channel(const struct ari_model *model,
						       const struct ari_model_channel *previous)
{
	return (const struct ari_model_channel *)(const void *)ari_model_next(
		model, ARI_OBJECT_CHANNEL, previous ? &previous->obj : NULL);
}

const struct ari_model_bridge *ari_model_next_bridge(const struct ari_model *model,
						     const struct ari_model_bridge *previous)
{
	return (const struct ari_model_bridge *)(const void *)ari_model_next(
		model, ARI_OBJECT_BRIDGE, previous ? &previous->obj : NULL);
}

const struct ari_model_channel *ari_model_next_member(const struct ari_model_bridge *bridge,
						      const struct ari_model_channel *previous)
{
	const struct arip_channel_entry *next =
		previous ? ENTRY_OF(arip_channel_entry, previous)->member_next
			 : ENTRY_OF(arip_bridge_entry, bridge)->first;

	return next ? &next->pub : NULL;
}

const struct ari_model_channel *ari_model_next_talker(const struct ari_model *model,
						      const struct ari_model_channel *previous)
{
	const struct arip_channel_entry *next =
		previous ? ENTRY_OF(arip_channel_entry, previous)->talk_next : model->talk_first;

	return next ? &next->pub : NULL;
}

size_t ari_model_count(const struct ari_model *model, enum ari_object_kind kind)
{
	return model->tables[kind].count;
}

unsigned long long ari_model_dropped(const struct ari_model *model)
{
	return model->dropped;
}

bool arip_says_stasis(struct ari_span json)
{
	return ari_json_equal(ari_json_get(json, "dialplan.app_name"), "Stasis");
}

bool ari_model_channel_app(const struct ari_model_channel *channel, char *buf, size_t size)
{
	if (size)
		buf[0] = '\0';
	/* While it is in Stasis its dialplan reads Stasis(APP,ARGUMENTS). */
	if (!channel->in_stasis || !size || !arip_says_stasis(channel->obj.json))
		return false;
	ari_json_text(ari_json_get(channel->obj.json, "dialplan.app_data"), buf, size);
	buf[strcspn(buf, ",")] = '\0';
	return buf[0] != '\0';
}
