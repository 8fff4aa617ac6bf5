/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The live model of one server: channels, bridges with their members, endpoints, playbacks and live
 * recordings, and per channel whether it talks. Pure: events and lists come in, time is passed in,
 * nothing is sent. An event costs the same however many objects there are. Events may come twice,
 * late, or in another order than things happened: what is gone stays gone, and nobody is left
 * talking who left, was put on hold or hung up.
 *
 * Everything returned is owned by the model and valid until the next call that changes it
 * (apply, load, mute, gap, tick, free). The JSON of an object is a copy of the newest that the
 * server said about it.
 */
#ifndef ARI_MODEL_H
#define ARI_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "event.h"
#include "json.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

struct ari_model;

enum ari_object_kind {
	ARI_OBJECT_CHANNEL,
	ARI_OBJECT_BRIDGE,
	ARI_OBJECT_ENDPOINT, /* the id is "TECH/RESOURCE" */
	ARI_OBJECT_PLAYBACK,
	ARI_OBJECT_RECORDING, /* live; the id is the name */
	ARI_OBJECT_KINDS,
};

/* What every object of the model has. */
struct ari_object {
	enum ari_object_kind kind;
	const char *id;
	struct ari_span json; /* newest snapshot: ari_channel_parse() and friends read it */
	uint64_t seen_ms;     /* when the model first heard of it */
	uint64_t changed_ms;  /* when its snapshot last changed */
};

enum ari_talk {
	ARI_TALK_UNKNOWN, /* nothing detects talk on it, or events were lost */
	ARI_TALK_SILENT,
	ARI_TALK_TALKING,
};

#define ARI_TIME_SIZE 40 /* of an event's timestamp as text, with its NUL */

struct ari_model_channel {
	struct ari_object obj;
	const struct ari_model_bridge *bridge; /* that it is in, or NULL */
	uint64_t joined_ms;		       /* the bridge */
	bool in_stasis; /* between StasisStart and StasisEnd, or says its dialplan */
	bool held;
	bool muted; /* as told by ari_model_mute: ARI has no event for it */
	enum ari_talk talk;
	uint64_t talk_since_ms;	     /* since when it is as TALK says; 0 if unknown */
	char talk_at[ARI_TIME_SIZE]; /* the server's time of that, or "" */
	uint64_t talk_ms;	     /* of finished spurts: see ari_model_talk_ms */
};

struct ari_model_bridge {
	struct ari_object obj;
	size_t n_members; /* that the model knows as channels */
	size_t n_talking;
	uint64_t talk_ms; /* of finished spurts in this bridge, also of members that left */
};

/* What an event changed. Which object: the event itself says, see ari_event_id(). */
enum ari_model_change {
	ARI_CHANGED_CHANNEL = 1 << 0,
	ARI_CHANGED_BRIDGE = 1 << 1,
	ARI_CHANGED_MEMBERS = 1 << 2, /* a channel joined or left a bridge */
	ARI_CHANGED_TALK = 1 << 3,
	ARI_CHANGED_ENDPOINT = 1 << 4,
	ARI_CHANGED_PLAYBACK = 1 << 5,
	ARI_CHANGED_RECORDING = 1 << 6,
	ARI_CHANGED_ADDED = 1 << 7, /* with one of the above: an object is new */
	ARI_CHANGED_REMOVED = 1 << 8,
};

/* Zero means the default. */
struct ari_model_options {
	size_t max_objects[ARI_OBJECT_KINDS]; /* 100,000 each; more are counted and not kept */
	uint64_t max_talk_ms; /* 600,000: a talker nobody heard of for so long is unknown */
	bool partial;	      /* we hear only of what is in our applications: StasisEnd removes */
};

struct ari_model *ari_model_new(const struct ari_model_options *options, struct ari_error *err);
void ari_model_free(struct ari_model *model);

/** Forget every object. */
void ari_model_clear(struct ari_model *model);

/** See ari_model_options. A stream sets it from what it subscribed to. */
void ari_model_set_partial(struct ari_model *model, bool partial);

/** Bring the model up to date with EVENT at NOW_MS (any monotonic clock). Returns ari_model_change
 * flags. */
unsigned ari_model_apply(struct ari_model *model, const struct ari_event *event, uint64_t now_ms);

/** Tell the model of a mute (true) or unmute of channel ID: the server sends no event for it. */
unsigned ari_model_mute(struct ari_model *model, const char *id, bool muted, uint64_t now_ms);

/** Events were lost: who talks is not known any more. */
void ari_model_gap(struct ari_model *model, uint64_t now_ms);

/** Let talkers age (see max_talk_ms), as each event does; for where no events come. Returns
 * ari_model_change flags. */
unsigned ari_model_tick(struct ari_model *model, uint64_t now_ms);

/** Where the model is now: to be taken before a list is asked for. An event applied after it is
 * newer than that list. */
uint64_t ari_model_mark(const struct ari_model *model);

/* A difference between the model and a list, as the event that ARI would have sent
 * ("x-synthetic":true). */
typedef void ari_difference_fn(const struct ari_event *event, void *data);

struct ari_model_load {
	uint64_t mark; /* ari_model_mark() from before the request */
	uint64_t now_ms;
	const char *timestamp;	 /* for the synthetic events; NULL: they have none */
	const char *application; /* likewise */
	const struct ari_span
		*only; /* JSON arrays of ids: take no other items of the list; NULL: all */
	size_t n_only;
	ari_difference_fn *fn; /* NULL: apply in silence */
	void *data;
};

/** Make the objects of KIND what LIST (a JSON array of them, as GET /channels replies) says, except
 * where an event after the mark knows better. FN sees each difference after it was applied. Load
 * channels before bridges. 0, or -1 with ERR when LIST is no such array; the model is then
 * unchanged. */
int ari_model_load(struct ari_model *model, enum ari_object_kind kind, struct ari_span list,
		   const struct ari_model_load *load, struct ari_error *err);

/** The object with this id, or NULL. */
const struct ari_object *ari_model_find(const struct ari_model *model, enum ari_object_kind kind,
					const char *id);
const struct ari_model_channel *ari_model_channel(const struct ari_model *model, const char *id);
const struct ari_model_bridge *ari_model_bridge(const struct ari_model *model, const char *id);

/** Iterate in the order in which the model heard of them: pass NULL first, then what was returned.
 */
const struct ari_object *ari_model_next(const struct ari_model *model, enum ari_object_kind kind,
					const struct ari_object *previous);
const struct ari_model_channel *ari_model_next_channel(const struct ari_model *model,
						       const struct ari_model_channel *previous);
const struct ari_model_bridge *ari_model_next_bridge(const struct ari_model *model,
						     const struct ari_model_bridge *previous);
/** The members of BRIDGE, in the order in which they joined. */
const struct ari_model_channel *ari_model_next_member(const struct ari_model_bridge *bridge,
						      const struct ari_model_channel *previous);
/** The channels that talk now, longest first. */
const struct ari_model_channel *ari_model_next_talker(const struct ari_model *model,
						      const struct ari_model_channel *previous);

size_t ari_model_count(const struct ari_model *model, enum ari_object_kind kind);

/** Objects that were not kept because of a limit. */
unsigned long long ari_model_dropped(const struct ari_model *model);

/** How long CHANNEL has talked in all, the spurt that goes on now included. */
uint64_t ari_model_talk_ms(const struct ari_model_channel *channel, uint64_t now_ms);

/** Copy the name of the Stasis application that CHANNEL is in to BUF ("" when in none or not
 * known). Returns whether there is one. */
bool ari_model_channel_app(const struct ari_model_channel *channel, char *buf, size_t size);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
