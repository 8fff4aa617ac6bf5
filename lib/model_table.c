/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The tables of the model: finding, adding and removing objects, each in the same time however many
 * there are.
 */
#include "model_table.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BUCKETS 64

static uint64_t hash_bytes(uint64_t hash, const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)p[i]) * 0x100000001B3u;
	return hash;
}

static uint64_t hash_id(enum ari_object_kind kind, const char *p, size_t len)
{
	uint64_t hash = hash_bytes(0xCBF29CE484222325u + (uint64_t)kind, p, len);

	hash ^= hash >> 32;
	return hash ? hash : 1;
}

void arip_id_text(struct arip_id *id, enum ari_object_kind kind, const char *text, size_t len)
{
	id->p = text;
	id->len = len;
	id->hash = hash_id(kind, text, len);
}

bool arip_id_json(struct arip_id *id, enum ari_object_kind kind, struct ari_span value)
{
	long len;

	if (ari_json_type(value) != ARI_JSON_STRING || value.len < 3 || value.len > sizeof(id->buf))
		return false;
	if (!memchr(value.p, '\\', value.len)) {
		arip_id_text(id, kind, value.p + 1, value.len - 2);
		return true;
	}
	len = ari_json_text(value, id->buf, sizeof(id->buf));
	if (len <= 0)
		return false;
	arip_id_text(id, kind, id->buf, (size_t)len);
	return true;
}

/* An endpoint has no id of its own: it is "TECH/RESOURCE". */
static bool endpoint_id(struct arip_id *id, struct ari_span json)
{
	long tech = ari_json_text(ari_json_get(json, "technology"), id->buf, sizeof(id->buf));
	long resource;

	if (tech <= 0 || (size_t)tech + 2 >= sizeof(id->buf))
		return false;
	id->buf[tech++] = '/';
	resource = ari_json_text(ari_json_get(json, "resource"), id->buf + tech,
				 sizeof(id->buf) - (size_t)tech);
	if (resource <= 0 || (size_t)(tech + resource) >= sizeof(id->buf))
		return false;
	arip_id_text(id, ARI_OBJECT_ENDPOINT, id->buf, (size_t)(tech + resource));
	return true;
}

bool arip_id_of(struct arip_id *id, enum ari_object_kind kind, struct ari_span json)
{
	if (kind == ARI_OBJECT_ENDPOINT)
		return endpoint_id(id, json);
	return arip_id_json(id, kind,
			    ari_json_get(json, kind == ARI_OBJECT_RECORDING ? "name" : "id"));
}

/* --- the hash table --- */

static struct arip_node **bucket(const struct arip_table *table, uint64_t hash)
{
	return &table->buckets[hash & (table->n_buckets - 1)];
}

struct arip_node *arip_node_find(const struct ari_model *model, enum ari_object_kind kind,
				 const struct arip_id *id)
{
	const struct arip_table *table = &model->tables[kind];
	struct arip_node *node = table->n_buckets ? *bucket(table, id->hash) : NULL;

	while (node && (node->hash != id->hash || strncmp(node->pub->id, id->p, id->len) ||
			node->pub->id[id->len]))
		node = node->chain;
	return node;
}

static bool grow(struct arip_table *table)
{
	size_t n = table->n_buckets ? table->n_buckets * 2 : FIRST_BUCKETS;
	struct arip_node **buckets = calloc(n, sizeof(*buckets));

	if (!buckets)
		return false;
	free(table->buckets);
	table->buckets = buckets;
	table->n_buckets = n;
	for (struct arip_node *node = table->first; node; node = node->next) {
		struct arip_node **head = bucket(table, node->hash);

		node->chain = *head;
		*head = node;
	}
	return true;
}

static void link_node(struct arip_table *table, struct arip_node *node)
{
	struct arip_node **head = bucket(table, node->hash);

	node->chain = *head;
	*head = node;
	node->prev = table->last;
	if (table->last)
		table->last->next = node;
	else
		table->first = node;
	table->last = node;
	table->count++;
}

static void unlink_node(struct arip_table *table, struct arip_node *node)
{
	struct arip_node **at = bucket(table, node->hash);

	while (*at != node)
		at = &(*at)->chain;
	*at = node->chain;
	*(node->prev ? &node->prev->next : &table->first) = node->next;
	*(node->next ? &node->next->prev : &table->last) = node->prev;
	table->count--;
}

/* --- objects --- */

struct arip_channel_entry *arip_channel_entry(struct arip_node *node)
{
	return (struct arip_channel_entry *)(void *)node;
}

struct arip_bridge_entry *arip_bridge_entry(struct arip_node *node)
{
	return (struct arip_bridge_entry *)(void *)node;
}

void arip_named_init(struct arip_named *named, struct ari_model *model,
		     const struct arip_bridge_entry *bridge)
{
	named->model = model;
	named->stamp = ++model->stamp;
	ari_json_iter_init(&named->iter, ari_json_get(bridge->pub.obj.json, "channels"));
}

struct arip_channel_entry *arip_named_next(struct arip_named *named)
{
	struct ari_span key, value;

	while (ari_json_next(&named->iter, &key, &value)) {
		struct arip_node *node = NULL;
		struct arip_id id;

		if (arip_id_json(&id, ARI_OBJECT_CHANNEL, value))
			node = arip_node_find(named->model, ARI_OBJECT_CHANNEL, &id);
		if (node) {
			node->stamp = named->stamp;
			return arip_channel_entry(node);
		}
	}
	return NULL;
}

bool arip_named_has(const struct arip_named *named, const struct arip_channel_entry *channel)
{
	return channel->node.stamp == named->stamp;
}

_Static_assert(offsetof(struct arip_channel_entry, node) == 0, "a node begins its entry");
_Static_assert(offsetof(struct arip_bridge_entry, node) == 0, "a node begins its entry");

static const struct {
	size_t size;
	size_t pub;
} layout[ARI_OBJECT_KINDS] = {
	[ARI_OBJECT_CHANNEL] = {sizeof(struct arip_channel_entry),
				offsetof(struct arip_channel_entry, pub)},
	[ARI_OBJECT_BRIDGE] = {sizeof(struct arip_bridge_entry),
			       offsetof(struct arip_bridge_entry, pub)},
	[ARI_OBJECT_ENDPOINT] = {sizeof(struct arip_other_entry),
				 offsetof(struct arip_other_entry, pub)},
	[ARI_OBJECT_PLAYBACK] = {sizeof(struct arip_other_entry),
				 offsetof(struct arip_other_entry, pub)},
	[ARI_OBJECT_RECORDING] = {sizeof(struct arip_other_entry),
				  offsetof(struct arip_other_entry, pub)},
};

/* The end of a playback or recording may never be told (an unknown scheme, events missed): old ones
 * make way. Other kinds have an end that is told. */
static bool make_way(struct ari_model *model, enum ari_object_kind kind)
{
	struct arip_table *table = &model->tables[kind];

	if (table->count < model->options.max_objects[kind])
		return true;
	model->dropped++;
	if (kind != ARI_OBJECT_PLAYBACK && kind != ARI_OBJECT_RECORDING)
		return false;
	arip_node_remove(model, table->first, false, 0);
	return true;
}

struct arip_node *arip_node_add(struct ari_model *model, enum ari_object_kind kind,
				const struct arip_id *id, uint64_t now_ms)
{
	struct arip_table *table = &model->tables[kind];
	struct arip_node *node;
	char *text;

	if (!make_way(model, kind))
		return NULL;
	if (table->count >= table->n_buckets && !grow(table) && !table->n_buckets)
		return NULL;
	node = calloc(1, layout[kind].size + id->len + 1);
	if (!node)
		return NULL;
	node->pub = (struct ari_object *)(void *)((char *)node + layout[kind].pub);
	text = (char *)node + layout[kind].size;
	memcpy(text, id->p, id->len);
	node->pub->kind = kind;
	node->pub->id = text;
	node->pub->seen_ms = node->pub->changed_ms = now_ms;
	node->hash = id->hash;
	node->seq = model->seq;
	link_node(table, node);
	return node;
}

bool arip_node_store(struct arip_node *node, struct ari_span json, uint64_t now_ms)
{
	if (node->pub->json.len == json.len && !memcmp(node->json, json.p, json.len))
		return false;
	if (json.len > node->json_room) {
		size_t room = (json.len + 63) & ~(size_t)63;
		char *p = realloc(node->json, room);

		if (!p)
			return false;
		node->json = p;
		node->json_room = room;
	}
	memcpy(node->json, json.p, json.len);
	node->pub->json = (struct ari_span){node->json, json.len};
	node->pub->changed_ms = now_ms;
	return true;
}

void arip_node_own(struct arip_node *node, struct arip_node *owner)
{
	if (node->owner == owner)
		return;
	if (node->owner) {
		*(node->media_prev ? &node->media_prev->media_next : &node->owner->media) =
			node->media_next;
		if (node->media_next)
			node->media_next->media_prev = node->media_prev;
	}
	node->owner = owner;
	node->media_prev = NULL;
	node->media_next = owner ? owner->media : NULL;
	if (!owner)
		return;
	if (owner->media)
		owner->media->media_prev = node;
	owner->media = node;
}

/* What a channel or bridge is tied to. */
static void untie(struct ari_model *model, struct arip_node *node, uint64_t now_ms)
{
	if (node->pub->kind == ARI_OBJECT_CHANNEL) {
		arip_talk_stop(model, arip_channel_entry(node), now_ms);
		arip_bridge_leave(model, arip_channel_entry(node), now_ms);
	}
	if (node->pub->kind == ARI_OBJECT_BRIDGE) {
		while (arip_bridge_entry(node)->first)
			arip_bridge_leave(model, arip_bridge_entry(node)->first, now_ms);
	}
	while (node->media)
		arip_node_remove(model, node->media, true, now_ms);
	arip_node_own(node, NULL);
}

void arip_node_remove(struct ari_model *model, struct arip_node *node, bool destroyed,
		      uint64_t now_ms)
{
	enum ari_object_kind kind = node->pub->kind;

	if (kind == ARI_OBJECT_CHANNEL || kind == ARI_OBJECT_BRIDGE) {
		const struct arip_id id = {.hash = node->hash};

		arip_tomb_add(model, &id, node->pub->json, destroyed);
	}
	untie(model, node, now_ms);
	unlink_node(&model->tables[kind], node);
	free(node->json);
	free(node);
}

/* --- tombs --- */

static uint64_t born(struct ari_span json)
{
	struct ari_span time = ari_json_get(json, "creationtime");

	return time.p ? hash_bytes(1, time.p, time.len) : 0;
}

static struct arip_tomb *tomb_slot(const struct ari_model *model, uint64_t hash)
{
	return &model->tombs[(hash >> 7) % ARIP_TOMBS];
}

struct arip_tomb *arip_tomb_find(const struct ari_model *model, const struct arip_id *id,
				 struct ari_span json)
{
	struct arip_tomb *tomb = tomb_slot(model, id->hash);
	uint64_t time;

	if (tomb->hash != id->hash)
		return NULL;
	time = born(json);
	return !time || !tomb->born || time == tomb->born ? tomb : NULL;
}

void arip_tomb_add(struct ari_model *model, const struct arip_id *id, struct ari_span json,
		   bool destroyed)
{
	*tomb_slot(model, id->hash) = (struct arip_tomb){
		.hash = id->hash,
		.born = born(json),
		.seq = model->seq,
		.destroyed = destroyed,
	};
}
