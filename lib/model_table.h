/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Inside the model: its objects, how they are found (a hash table a kind), kept in order (a list a
 * kind), linked to each other, and forgotten. model_apply.c and model_load.c change objects only
 * through this.
 */
#ifndef ARIP_MODEL_TABLE_H
#define ARIP_MODEL_TABLE_H

#include "ari/model.h"

/* The private part of every object. */
struct arip_node {
	struct arip_node *chain;       /* in its hash bucket */
	struct arip_node *prev, *next; /* in the order of first sight */
	struct ari_object *pub;	       /* the public part, in the same allocation */
	uint64_t hash;
	uint64_t seq;	/* the event that touched it last */
	uint64_t stamp; /* of the list or snapshot that named it last */
	char *json;	/* what pub->json points at */
	size_t json_room;
	struct arip_node *media; /* of a channel or bridge: playbacks and recordings on it */
	struct arip_node *owner; /* of a playback or recording: that channel or bridge */
	struct arip_node *media_prev, *media_next;
};

struct arip_bridge_entry;

struct arip_channel_entry {
	struct arip_node node;
	struct ari_model_channel pub;
	struct arip_bridge_entry *bridge;
	struct arip_channel_entry *member_prev, *member_next;
	struct arip_channel_entry *talk_prev, *talk_next;
	uint64_t moved_seq; /* the event that last put it into or out of a bridge */
};

struct arip_bridge_entry {
	struct arip_node node;
	struct ari_model_bridge pub;
	struct arip_channel_entry *first, *last;
};

struct arip_other_entry {
	struct arip_node node;
	struct ari_object pub;
};

struct arip_table {
	struct arip_node **buckets;
	size_t n_buckets; /* a power of two, or 0 */
	size_t count;
	struct arip_node *first, *last;
};

/* Who is gone, so that a late event does not bring it back. Direct-mapped: old ones make way. */
struct arip_tomb {
	uint64_t hash; /* of kind and id; 0: empty */
	uint64_t born; /* hash of its creationtime: another call may reuse the id */
	uint64_t seq;
	bool destroyed; /* else it only left our sight */
};

#define ARIP_TOMBS 4096

struct ari_model {
	struct ari_model_options options;
	struct arip_table tables[ARI_OBJECT_KINDS];
	struct arip_channel_entry *talk_first, *talk_last;
	struct arip_tomb *tombs;
	uint64_t seq;
	uint64_t stamp;
	unsigned long long dropped;
	bool tells_speakers; /* the server itself says who speaks in its bridges */
};

/* The text of an id: decoded, hashed. */
struct arip_id {
	const char *p;
	size_t len;
	uint64_t hash;
	char buf[1024]; /* where a text with escapes is decoded to */
};

/** The id of the snapshot JSON of KIND; false when it has none or it is too long. */
bool arip_id_of(struct arip_id *id, enum ari_object_kind kind, struct ari_span json);

/** An id given as a raw JSON string, or as text. */
bool arip_id_json(struct arip_id *id, enum ari_object_kind kind, struct ari_span value);
void arip_id_text(struct arip_id *id, enum ari_object_kind kind, const char *text, size_t len);

struct arip_node *arip_node_find(const struct ari_model *model, enum ari_object_kind kind,
				 const struct arip_id *id);

/** A new object, or NULL when there are too many or memory is short (counted). */
struct arip_node *arip_node_add(struct ari_model *model, enum ari_object_kind kind,
				const struct arip_id *id, uint64_t now_ms);

/** Keep a copy of JSON as its newest snapshot. True when that is a change. */
bool arip_node_store(struct arip_node *node, struct ari_span json, uint64_t now_ms);

/** Take it out of all lists, leave a tomb (of a channel or bridge), and free it, with the media on
 * it. */
void arip_node_remove(struct ari_model *model, struct arip_node *node, bool destroyed,
		      uint64_t now_ms);

/** Note OWNER (may be NULL) as what NODE plays on or records. */
void arip_node_own(struct arip_node *node, struct arip_node *owner);

/** Its tomb, or NULL. JSON is the snapshot that asks: another creationtime is another object. */
struct arip_tomb *arip_tomb_find(const struct ari_model *model, const struct arip_id *id,
				 struct ari_span json);
void arip_tomb_add(struct ari_model *model, const struct arip_id *id, struct ari_span json,
		   bool destroyed);

struct arip_channel_entry *arip_channel_entry(struct arip_node *node);
struct arip_bridge_entry *arip_bridge_entry(struct arip_node *node);

/* The members that a bridge's snapshot names, as far as the model knows them as channels. Each that
 * was passed is marked, so that the others can be told. Their membership may change meanwhile. */
struct arip_named {
	struct ari_model *model;
	struct ari_json_iter iter;
	uint64_t stamp;
};
void arip_named_init(struct arip_named *named, struct ari_model *model,
		     const struct arip_bridge_entry *bridge);
struct arip_channel_entry *arip_named_next(struct arip_named *named);
bool arip_named_has(const struct arip_named *named, const struct arip_channel_entry *channel);

/** Membership; both return whether anything changed. A channel is in one bridge at most. */
bool arip_bridge_join(struct ari_model *model, struct arip_bridge_entry *bridge,
		      struct arip_channel_entry *channel, uint64_t now_ms);
bool arip_bridge_leave(struct ari_model *model, struct arip_channel_entry *channel,
		       uint64_t now_ms);

/* A change of who talks. */
struct arip_talk_change {
	enum ari_talk talk;
	uint64_t now_ms;
	long long duration_ms; /* of the spurt that ends, as the server says; negative: not known */
	struct ari_span timestamp;
};

bool arip_talk_set(struct ari_model *model, struct arip_channel_entry *channel,
		   const struct arip_talk_change *change);

/** It cannot be talking any more: whatever was known becomes silent. */
bool arip_talk_stop(struct ari_model *model, struct arip_channel_entry *channel, uint64_t now_ms);

/** Whether its dialplan says that it is in Stasis. */
bool arip_says_stasis(struct ari_span json);

#endif
