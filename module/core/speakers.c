/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * See speakers.h. Talkers (channels that are in a bridge, or held) and bridges are in two hash
 * tables; a bridge has a list of its talkers, and of the ids that left it as speakers since
 * the last flush. Who was heard is in a list of its own, so that time costs nothing for
 * those that are silent.
 */
#include <stdlib.h>
#include <string.h>

#include "speakers.h"

#define BUCKETS 1024

struct room;

struct talker {
	struct talker *next;		/* in its bucket */
	struct talker *mate, **mate_link;	/* in its bridge */
	struct talker *heard, **heard_link;	/* of those that were heard; NULL link: is not */
	struct room *room;		/* NULL: in no bridge */
	bool held;
	bool speaking;			/* is a speaker */
	bool told;			/* was told as one, in its bridge */
	bool present;			/* while members are compared */
	int run;			/* ms that it was heard in this run */
	int64_t onset, last;		/* of this run: when it began, when it was heard */
	int64_t since;
	char id[];
};

/* A bridge, as far as speakers go. */
struct room {
	struct room *next;		/* in its bucket */
	struct talker *first, **last;
	struct room *changed;		/* in the list of those to look at */
	bool listed;
	size_t n_told;
	char **left;			/* speakers that left it since the last flush */
	size_t n_left;
	char id[];
};

struct speakers {
	const struct speakers_ops *ops;
	void *arg;
	struct speakers_times times;
	struct talker *talker[BUCKETS];
	struct room *room[BUCKETS];
	struct talker *heard;
	struct room *changed;
	struct speaker *list;		/* of the last speakers_of */
	const char **ids;
	size_t room_for;		/* of both */
};

static size_t hash(const char *id)
{
	uint64_t h = 1469598103934665603u;

	for (; *id; id++)
		h = (h ^ (unsigned char)*id) * 1099511628211u;
	return (size_t)(h ^ h >> 29) % BUCKETS;
}

struct speakers *speakers_new(const struct speakers_ops *ops, void *arg)
{
	struct speakers *speakers = calloc(1, sizeof(*speakers));

	if (!speakers)
		return NULL;
	speakers->ops = ops;
	speakers->arg = arg;
	speakers->times = (struct speakers_times){.silence = 1000, .debounce = 200};
	return speakers;
}

void speakers_set_times(struct speakers *speakers, const struct speakers_times *times)
{
	speakers->times = *times;
}

static struct talker **talker_place(struct speakers *speakers, const char *id)
{
	struct talker **at = &speakers->talker[hash(id)];

	while (*at && strcmp((*at)->id, id))
		at = &(*at)->next;
	return at;
}

static struct room **room_place(struct speakers *speakers, const char *id)
{
	struct room **at = &speakers->room[hash(id)];

	while (*at && strcmp((*at)->id, id))
		at = &(*at)->next;
	return at;
}

static struct talker *talker_get(struct speakers *speakers, const char *id)
{
	struct talker **at = talker_place(speakers, id);
	size_t len = strlen(id) + 1;

	if (!*at && (*at = calloc(1, sizeof(**at) + len)))
		memcpy((*at)->id, id, len);
	return *at;
}

static struct room *room_get(struct speakers *speakers, const char *id)
{
	struct room **at = room_place(speakers, id);
	size_t len = strlen(id) + 1;

	if (!*at && (*at = calloc(1, sizeof(**at) + len))) {
		memcpy((*at)->id, id, len);
		(*at)->last = &(*at)->first;
	}
	return *at;
}

static void room_changed(struct speakers *speakers, struct room *room)
{
	if (room->listed)
		return;
	room->listed = true;
	room->changed = speakers->changed;
	speakers->changed = room;
}

static void unhear(struct talker *talker)
{
	if (!talker->heard_link)
		return;
	*talker->heard_link = talker->heard;
	if (talker->heard)
		talker->heard->heard_link = talker->heard_link;
	talker->heard_link = NULL;
}

/* It speaks no more, and what it said before is forgotten. */
static void talker_quiet(struct speakers *speakers, struct talker *talker)
{
	unhear(talker);
	talker->run = 0;
	talker->speaking = false;
	if (talker->told)
		room_changed(speakers, talker->room);
}

static void room_add_left(struct room *room, const char *id)
{
	char **grown = realloc(room->left, (room->n_left + 1) * sizeof(*grown));
	char *copy = strdup(id);

	if (grown)
		room->left = grown;
	if (grown && copy)
		room->left[room->n_left++] = copy;
	else
		free(copy);
}

static void talker_leave(struct speakers *speakers, struct talker *talker)
{
	struct room *room = talker->room;

	talker_quiet(speakers, talker);
	if (talker->told) {
		room_add_left(room, talker->id);
		room->n_told--;
	}
	talker->told = false;
	*talker->mate_link = talker->mate;
	if (talker->mate)
		talker->mate->mate_link = talker->mate_link;
	else
		room->last = talker->mate_link;
	talker->room = NULL;
	if (!room->first)
		room_changed(speakers, room);	/* flush forgets it */
}

static void talker_forget(struct speakers *speakers, struct talker *talker)
{
	struct talker **at = talker_place(speakers, talker->id);

	*at = talker->next;
	free(talker);
}

static void talker_enter(struct talker *talker, struct room *room)
{
	talker->room = room;
	talker->mate = NULL;
	talker->mate_link = room->last;
	*room->last = talker;
	room->last = &talker->mate;
}

/* It is in no bridge any more. */
static void talker_out(struct speakers *speakers, struct talker *talker)
{
	talker_leave(speakers, talker);
	speakers->ops->listen(speakers->arg, talker->id, false);
	if (!talker->held)
		talker_forget(speakers, talker);
}

void speakers_members(struct speakers *speakers, const char *bridge, const char *const *channels)
{
	struct room *room = channels && *channels ? room_get(speakers, bridge)
						  : *room_place(speakers, bridge);
	struct talker *talker, *next;

	if (!room)
		return;
	for (; channels && *channels; channels++) {
		talker = talker_get(speakers, *channels);
		if (!talker)
			continue;
		talker->present = true;
		if (talker->room == room)
			continue;
		if (talker->room)
			talker_leave(speakers, talker);
		else
			speakers->ops->listen(speakers->arg, talker->id, true);
		talker_enter(talker, room);
	}
	for (talker = room->first; talker; talker = next) {
		next = talker->mate;
		if (!talker->present)
			talker_out(speakers, talker);
		else
			talker->present = false;
	}
}

void speakers_voice(struct speakers *speakers, const char *channel, int ms, int64_t now)
{
	struct talker *talker = *talker_place(speakers, channel);
	int pause = talker && talker->speaking ? speakers->times.silence : speakers->times.debounce;

	if (!talker || !talker->room || talker->held || ms <= 0)
		return;
	if (!talker->heard_link) {
		talker->heard = speakers->heard;
		talker->heard_link = &speakers->heard;
		if (talker->heard)
			talker->heard->heard_link = &talker->heard;
		speakers->heard = talker;
	}
	/* What lies further back than a pause is another run. A report is as fine as the host's
	 * rounds are. */
	if (!talker->run || now - ms - talker->last > (pause > 100 ? pause : 100)) {
		talker->run = 0;
		talker->onset = now - ms;
	}
	talker->run += ms;
	talker->last = now;
	if (talker->run > speakers->times.debounce)
		talker->run = speakers->times.debounce + 1;
	if (talker->run < speakers->times.debounce || talker->speaking)
		return;
	talker->speaking = true;
	room_changed(speakers, talker->room);
}

void speakers_hold(struct speakers *speakers, const char *channel, bool held)
{
	struct talker *talker = held ? talker_get(speakers, channel)
				     : *talker_place(speakers, channel);

	if (!talker)
		return;
	talker->held = held;
	if (talker->room)
		talker_quiet(speakers, talker);
	else if (!held)
		talker_forget(speakers, talker);
}

void speakers_channel_gone(struct speakers *speakers, const char *channel)
{
	struct talker *talker = *talker_place(speakers, channel);

	if (!talker)
		return;
	talker->held = false;
	if (talker->room)
		talker_out(speakers, talker);
	else
		talker_forget(speakers, talker);
}

void speakers_age(struct speakers *speakers, int64_t now)
{
	struct talker *talker, *next;

	for (talker = speakers->heard; talker; talker = next) {
		next = talker->heard;
		if (now - talker->last > speakers->times.silence)
			talker_quiet(speakers, talker);
	}
}

bool speakers_any(const struct speakers *speakers)
{
	return speakers->heard || speakers->changed;
}

static int oldest_first(const void *a, const void *b)
{
	const struct speaker *x = a, *y = b;

	return x->since < y->since ? -1 : x->since > y->since;
}

/* Lists for so many; false without memory. */
static bool reserve(struct speakers *speakers, size_t n)
{
	struct speaker *list;
	const char **ids;

	if (n <= speakers->room_for)
		return true;
	list = realloc(speakers->list, n * sizeof(*list));
	if (list)
		speakers->list = list;
	ids = realloc(speakers->ids, n * sizeof(*ids));
	if (ids)
		speakers->ids = ids;
	if (!list || !ids)
		return false;
	speakers->room_for = n;
	return true;
}

static size_t fill_list(struct speakers *speakers, const struct room *room)
{
	const struct talker *talker;
	size_t n = 0;

	for (talker = room->first; talker; talker = talker->mate) {
		if (talker->told)
			speakers->list[n++] = (struct speaker){talker->id, talker->since};
	}
	qsort(speakers->list, n, sizeof(*speakers->list), oldest_first);
	return n;
}

/* It left and came back before that was told. */
static bool take_back(struct room *room, const char *id)
{
	size_t i;

	for (i = 0; i < room->n_left; i++) {
		if (strcmp(room->left[i], id))
			continue;
		free(room->left[i]);
		room->left[i] = room->left[--room->n_left];
		return true;
	}
	return false;
}

/* Take over what is as told; the changes go into ids: those that joined, then those that left. */
static void settle(struct speakers *speakers, struct room *room, int64_t offset,
		   struct speakers_change *change)
{
	struct talker *talker;
	size_t i, n = 0;

	for (talker = room->first; talker; talker = talker->mate) {
		if (!talker->speaking || talker->told)
			continue;
		talker->told = true;
		talker->since = talker->onset + offset;
		room->n_told++;
		if (!take_back(room, talker->id))
			speakers->ids[n++] = talker->id;
	}
	change->n_joined = n;
	for (talker = room->first; talker; talker = talker->mate) {
		if (talker->speaking || !talker->told)
			continue;
		talker->told = false;
		room->n_told--;
		speakers->ids[n++] = talker->id;
	}
	for (i = 0; i < room->n_left; i++)
		speakers->ids[n++] = room->left[i];
	change->n_left = n - change->n_joined;
}

static void forget_left(struct room *room)
{
	while (room->n_left)
		free(room->left[--room->n_left]);
	free(room->left);
	room->left = NULL;
}

static void room_flush(struct speakers *speakers, struct room *room, int64_t offset)
{
	struct speakers_change change = {.bridge = room->id};
	struct talker *talker;
	size_t n = room->n_left;

	for (talker = room->first; talker; talker = talker->mate)
		n++;
	if (n && reserve(speakers, n)) {
		settle(speakers, room, offset, &change);
		change.joined = speakers->ids;
		change.left = speakers->ids + change.n_joined;
		change.n = fill_list(speakers, room);
		change.speaker = speakers->list;
		if (change.n_joined || change.n_left)
			speakers->ops->changed(speakers->arg, &change);
	}
	forget_left(room);
}

void speakers_flush(struct speakers *speakers, int64_t now, int64_t wall)
{
	struct room *room, **at;

	while ((room = speakers->changed)) {
		speakers->changed = room->changed;
		room->listed = false;
		room_flush(speakers, room, wall - now);
		if (room->first)
			continue;
		at = room_place(speakers, room->id);
		*at = room->next;
		free(room);
	}
}

const struct speaker *speakers_of(struct speakers *speakers, const char *bridge, size_t *n)
{
	struct room *room = *room_place(speakers, bridge);

	*n = 0;
	if (room && room->n_told && reserve(speakers, room->n_told))
		*n = fill_list(speakers, room);
	return speakers->list;
}

void speakers_each(struct speakers *speakers, void (*fn)(void *arg, const char *bridge), void *arg)
{
	struct room *room;
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		for (room = speakers->room[i]; room; room = room->next) {
			if (room->n_told)
				fn(arg, room->id);
		}
	}
}

void speakers_free(struct speakers *speakers)
{
	struct talker *talker;
	struct room *room;
	size_t i;

	if (!speakers)
		return;
	for (i = 0; i < BUCKETS; i++) {
		while ((talker = speakers->talker[i])) {
			speakers->talker[i] = talker->next;
			free(talker);
		}
		while ((room = speakers->room[i])) {
			speakers->room[i] = room->next;
			forget_left(room);
			free(room);
		}
	}
	free(speakers->list);
	free(speakers->ids);
	free(speakers);
}
