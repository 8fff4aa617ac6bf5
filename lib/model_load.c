/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Lists to the model: what GET /channels and its like reply becomes the truth, except where an
 * event that came after the list was asked for knows better. Each difference is told as the event
 * that was missed.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ari/snapshot.h"
#include "error.h"
#include "json_put.h"
#include "model_table.h"

/* The ids of load->only, by hash. */
struct set {
	uint64_t *slots;
	size_t size; /* a power of two; 0: everything is allowed */
};

struct loading {
	struct ari_model *model;
	const struct ari_model_load *load;
	enum ari_object_kind kind;
	uint64_t stamp;
	struct set only;
};

static const char *const kind_names[ARI_OBJECT_KINDS] = {
	[ARI_OBJECT_CHANNEL] = "channel",     [ARI_OBJECT_BRIDGE] = "bridge",
	[ARI_OBJECT_ENDPOINT] = "endpoint",   [ARI_OBJECT_PLAYBACK] = "playback",
	[ARI_OBJECT_RECORDING] = "recording",
};

/* --- synthetic events --- */

/* Members that only this type has, from FMT, then the snapshots. */
struct news {
	const char *type;
	struct ari_span channel;
	struct ari_span bridge;
	struct ari_span endpoint;
	struct ari_span app_name; /* ChannelDialplan */
	struct ari_span app_data;
};

static void put_member(FILE *out, const char *name, struct ari_span value)
{
	if (value.p)
		fprintf(out, ",\"%s\":%.*s", name, (int)value.len, value.p);
}

static void tell(const struct loading *loading, const struct news *news)
{
	const struct ari_model_load *load = loading->load;
	struct ari_event event;
	char *text = NULL;
	size_t len = 0;
	FILE *out;

	if (!load->fn)
		return;
	out = open_memstream(&text, &len);
	if (!out)
		return;
	fprintf(out, "{\"type\":\"%s\",\"x-synthetic\":true", news->type);
	if (load->timestamp) {
		fputs(",\"timestamp\":", out);
		arip_json_put_text(out, load->timestamp);
	}
	put_member(out, "dialplan_app", news->app_name);
	put_member(out, "dialplan_app_data", news->app_data);
	put_member(out, "bridge", news->bridge);
	put_member(out, "channel", news->channel);
	put_member(out, "endpoint", news->endpoint);
	if (load->application) {
		fputs(",\"application\":", out);
		arip_json_put_text(out, load->application);
	}
	fputc('}', out);
	if (!fclose(out) && !ari_event_parse(&event, text, len, NULL))
		load->fn(&event, load->data);
	free(text);
}

static bool same(struct ari_span a, struct ari_span b)
{
	return a.len == b.len && (!a.len || !memcmp(a.p, b.p, a.len));
}

/* --- channels --- */

static void tell_channel(const struct loading *loading, const char *type, struct ari_span json)
{
	const struct news news = {.type = type, .channel = json};

	tell(loading, &news);
}

static void tell_channel_changes(const struct loading *loading, const struct ari_channel *before,
				 struct ari_span json)
{
	struct ari_channel now;

	if (ari_channel_parse(&now, json, NULL))
		return;
	if (!same(before->state_text, now.state_text))
		tell_channel(loading, "ChannelStateChange", json);
	if (!same(before->caller, now.caller))
		tell_channel(loading, "ChannelCallerId", json);
	if (!same(before->connected, now.connected))
		tell_channel(loading, "ChannelConnectedLine", json);
	if (!same(before->dialplan, now.dialplan)) {
		const struct news news = {
			.type = "ChannelDialplan",
			.channel = json,
			.app_name = now.app_name,
			.app_data = now.app_data,
		};

		tell(loading, &news);
	}
}

static void update_channel(const struct loading *loading, struct arip_node *node,
			   struct ari_span json)
{
	struct ari_channel before;
	char *copy = malloc(node->pub->json.len + 1);

	/* The old text is overwritten below; the differences are told after that. */
	if (!copy)
		return;
	memcpy(copy, node->json, node->pub->json.len);
	if (ari_channel_parse(&before, (struct ari_span){copy, node->pub->json.len}, NULL))
		memset(&before, 0, sizeof(before));
	if (arip_node_store(node, json, loading->load->now_ms)) {
		arip_channel_entry(node)->pub.in_stasis = arip_says_stasis(json);
		tell_channel_changes(loading, &before, node->pub->json);
	}
	free(copy);
}

/* --- members of bridges --- */

static void leave(const struct loading *loading, struct arip_channel_entry *channel)
{
	const struct news news = {
		.type = "ChannelLeftBridge",
		.bridge = channel->bridge->pub.obj.json,
		.channel = channel->pub.obj.json,
	};

	arip_bridge_leave(loading->model, channel, loading->load->now_ms);
	channel->moved_seq = loading->load->mark;
	tell(loading, &news);
}

static void enter(const struct loading *loading, struct arip_bridge_entry *bridge,
		  struct arip_channel_entry *channel)
{
	const struct news news = {
		.type = "ChannelEnteredBridge",
		.bridge = bridge->pub.obj.json,
		.channel = channel->pub.obj.json,
	};

	if (channel->bridge == bridge)
		return;
	if (channel->bridge)
		leave(loading, channel);
	arip_bridge_join(loading->model, bridge, channel, loading->load->now_ms);
	channel->moved_seq = loading->load->mark;
	tell(loading, &news);
}

static void load_members(const struct loading *loading, struct arip_bridge_entry *bridge)
{
	struct arip_channel_entry *member = bridge->first, *channel, *next;
	struct arip_named named;

	arip_named_init(&named, loading->model, bridge);
	while ((channel = arip_named_next(&named))) {
		if (channel->moved_seq <= loading->load->mark)
			enter(loading, bridge, channel);
	}
	for (; member; member = next) {
		next = member->member_next;
		if (!arip_named_has(&named, member) && member->moved_seq <= loading->load->mark)
			leave(loading, member);
	}
}

/* --- any kind --- */

static void tell_new(const struct loading *loading, struct ari_span json)
{
	const struct news bridge = {.type = "BridgeCreated", .bridge = json};
	const struct news endpoint = {.type = "EndpointStateChange", .endpoint = json};

	if (loading->kind == ARI_OBJECT_CHANNEL)
		tell_channel(loading, "ChannelCreated", json);
	else if (loading->kind == ARI_OBJECT_BRIDGE)
		tell(loading, &bridge);
	else if (loading->kind == ARI_OBJECT_ENDPOINT)
		tell(loading, &endpoint);
}

static void add(const struct loading *loading, const struct arip_id *id, struct ari_span json)
{
	const struct arip_tomb *tomb = arip_tomb_find(loading->model, id, json);
	struct arip_node *node;

	/* It ended while the list was on its way. */
	if (tomb && tomb->seq > loading->load->mark)
		return;
	node = arip_node_add(loading->model, loading->kind, id, loading->load->now_ms);
	if (!node)
		return;
	node->stamp = loading->stamp;
	node->seq = loading->load->mark;
	arip_node_store(node, json, loading->load->now_ms);
	if (loading->kind == ARI_OBJECT_CHANNEL)
		arip_channel_entry(node)->pub.in_stasis = arip_says_stasis(json);
	tell_new(loading, node->pub->json);
}

static void update(const struct loading *loading, struct arip_node *node, struct ari_span json)
{
	bool changed;

	node->stamp = loading->stamp;
	if (node->seq > loading->load->mark)
		return;
	if (loading->kind == ARI_OBJECT_CHANNEL) {
		update_channel(loading, node, json);
		return;
	}
	changed = arip_node_store(node, json, loading->load->now_ms);
	if (changed && loading->kind == ARI_OBJECT_ENDPOINT)
		tell_new(loading, node->pub->json);
}

/* Where ID is or belongs in the set. */
static uint64_t *set_slot(const struct set *set, uint64_t hash)
{
	size_t i = hash & (set->size - 1);

	while (set->slots[i] && set->slots[i] != hash)
		i = (i + 1) & (set->size - 1);
	return &set->slots[i];
}

static bool fill_set(struct set *set, enum ari_object_kind kind, const struct ari_model_load *load)
{
	struct ari_span key, value;
	struct ari_json_iter iter;
	struct arip_id id;
	size_t n = 0;

	for (size_t i = 0; i < load->n_only; i++)
		n += load->only[i].len / 2 + 1; /* an id and its comma are at least that long */
	for (set->size = 64; set->size < 2 * n; set->size *= 2)
		;
	set->slots = calloc(set->size, sizeof(*set->slots));
	if (!set->slots)
		return false;
	for (size_t i = 0; i < load->n_only; i++) {
		ari_json_iter_init(&iter, load->only[i]);
		while (ari_json_next(&iter, &key, &value)) {
			if (arip_id_json(&id, kind, value))
				*set_slot(set, id.hash) = id.hash;
		}
	}
	return true;
}

static void load_item(const struct loading *loading, struct ari_span json)
{
	struct arip_node *node;
	struct arip_id id;

	if (!arip_id_of(&id, loading->kind, json))
		return;
	if (loading->only.size && !*set_slot(&loading->only, id.hash))
		return;
	node = arip_node_find(loading->model, loading->kind, &id);
	if (node)
		update(loading, node, json);
	else
		add(loading, &id, json);
}

static void remove_node(const struct loading *loading, struct arip_node *node)
{
	struct ari_span json = {node->json, node->pub->json.len};
	struct news news = {.type = NULL};

	if (loading->kind == ARI_OBJECT_CHANNEL) {
		if (arip_channel_entry(node)->bridge)
			leave(loading, arip_channel_entry(node));
		news = (struct news){.type = "ChannelDestroyed", .channel = json};
	} else if (loading->kind == ARI_OBJECT_BRIDGE) {
		while (arip_bridge_entry(node)->first)
			leave(loading, arip_bridge_entry(node)->first);
		news = (struct news){.type = "BridgeDestroyed", .bridge = json};
	}
	node->json = NULL; /* outlives the node, for the news */
	arip_node_remove(loading->model, node, true, loading->load->now_ms);
	if (news.type)
		tell(loading, &news);
	free((char *)json.p);
}

static void remove_others(const struct loading *loading)
{
	struct arip_node *node = loading->model->tables[loading->kind].first, *next;

	for (; node; node = next) {
		next = node->next;
		if (node->stamp != loading->stamp && node->seq <= loading->load->mark)
			remove_node(loading, node);
	}
}

/* All or nothing: a list with one bad item is refused as a whole. */
static int check_list(enum ari_object_kind kind, struct ari_span list, struct ari_error *err)
{
	struct ari_span key, item;
	struct ari_json_iter iter;
	struct arip_id id;
	size_t n = 0;

	if (!list.p || ari_json_check(list.p, list.len, err))
		return arip_error_set(err, ARI_EPROTOCOL, "no list of %ss", kind_names[kind]);
	ari_json_iter_init(&iter, list);
	if (!iter.p || iter.object)
		return arip_error_set(err, ARI_EPROTOCOL, "no list of %ss", kind_names[kind]);
	while (ari_json_next(&iter, &key, &item)) {
		n++;
		if (ari_json_type(item) != ARI_JSON_OBJECT || !arip_id_of(&id, kind, item))
			return arip_error_set(err, ARI_EPROTOCOL, "item %zu of the list is no %s",
					      n, kind_names[kind]);
	}
	return 0;
}

int ari_model_load(struct ari_model *model, enum ari_object_kind kind, struct ari_span list,
		   const struct ari_model_load *load, struct ari_error *err)
{
	struct loading loading = {.model = model, .load = load, .kind = kind};
	struct ari_span key, item;
	struct ari_json_iter iter;

	if (check_list(kind, list, err))
		return -1;
	if (load->only && !fill_set(&loading.only, kind, load))
		return arip_error_memory(err);
	loading.stamp = ++model->stamp;
	ari_json_iter_init(&iter, list);
	while (ari_json_next(&iter, &key, &item))
		load_item(&loading, item);
	remove_others(&loading);
	free(loading.only.slots);
	if (kind != ARI_OBJECT_BRIDGE)
		return 0;
	for (struct arip_node *node = model->tables[kind].first; node; node = node->next) {
		if (node->stamp == loading.stamp && node->seq <= load->mark)
			load_members(&loading, arip_bridge_entry(node));
	}
	return 0;
}
