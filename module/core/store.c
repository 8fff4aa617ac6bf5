/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See store.h. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"

struct table {
	struct object **bucket;
	size_t n_buckets;	/* a power of two */
	size_t count;
	struct object *first, *last;
	unsigned long long version;
};

/* Who made an object that is not known yet. */
struct expected {
	struct expected *next;
	enum object_class class;
	char *id, *name, *owner;
};

#define EXPECTED_MAX 1024

/* How many objects that are gone are remembered, and for how long. */
#define GONE_MAX 4096
#define GONE_MS 30000

struct store {
	const struct host_ops *ops;
	struct table gone[OBJECT_CLASSES];
	unsigned int round;	/* of telling */
	int64_t now;
	struct expected *expected;
	size_t n_expected;
	void *host;
	struct table table[OBJECT_CLASSES];
};

static size_t hash(const char *id)
{
	uint64_t h = 1469598103934665603u;

	for (; *id; id++)
		h = (h ^ (unsigned char)*id) * 1099511628211u;
	return (size_t)(h ^ h >> 29);
}

static int table_open(struct table *table)
{
	table->n_buckets = 256;
	table->bucket = calloc(256, sizeof(struct object *));
	return table->bucket ? 0 : -1;
}

struct store *store_new(const struct host_ops *ops, void *host)
{
	struct store *store = calloc(1, sizeof(*store));
	int i;

	if (!store)
		return NULL;
	store->ops = ops;
	store->host = host;
	for (i = 0; i < OBJECT_CLASSES; i++) {
		if (table_open(&store->table[i]) || table_open(&store->gone[i])) {
			store_free(store);
			return NULL;
		}
	}
	return store;
}

static struct object **place(const struct table *table, const char *id)
{
	struct object **at = &table->bucket[hash(id) & (table->n_buckets - 1)];

	while (*at && strcmp((*at)->id, id))
		at = &(*at)->next;
	return at;
}

static void members_free(char **members)
{
	size_t i;

	for (i = 0; members && members[i]; i++)
		free(members[i]);
	free(members);
}

/* What costs memory for as long as the object lives: its text and its snapshot. */
static void object_drop_text(struct store *store, struct object *object)
{
	free(object->json);
	if (object->ref)
		store->ops->object_release(store->host, object->class, object->ref);
	object->json = NULL;
	object->ref = NULL;
}

/* A bridge that is empty belongs to who was in it last. */
static void object_drop_members(struct object *object)
{
	if (object->members && *object->members) {
		members_free(object->last_members);
		object->last_members = object->members;
	} else {
		members_free(object->members);
	}
	object->members = NULL;
}

static void object_clear(struct store *store, struct object *object)
{
	free(object->name);
	free(object->context);
	free(object->tenant);
	free(object->endpoint);
	free(object->technology);
	object_drop_text(store, object);
	object_drop_members(object);
	object->name = object->context = object->tenant = object->endpoint = NULL;
	object->technology = NULL;
}

static void object_free(struct store *store, struct object *object)
{
	object_clear(store, object);
	members_free(object->last_members);
	free(object->application);
	free(object->left);
	free(object->dialplan);
	free(object->owner);
	free(object->id);
	free(object);
}

/* Buckets stay short; when memory is short they just get longer. */
static void grow(struct table *table)
{
	size_t n = table->n_buckets * 4, i;
	struct object **bucket, *object, *next;

	if (table->count < table->n_buckets)
		return;
	bucket = calloc(n, sizeof(*bucket));
	if (!bucket)
		return;
	for (i = 0; i < table->n_buckets; i++) {
		for (object = table->bucket[i]; object; object = next) {
			next = object->next;
			object->next = bucket[hash(object->id) & (n - 1)];
			bucket[hash(object->id) & (n - 1)] = object;
		}
	}
	free(table->bucket);
	table->bucket = bucket;
	table->n_buckets = n;
}

static void table_add(struct table *table, struct object *object)
{
	struct object **at;

	grow(table);
	at = place(table, object->id);
	object->next = *at;
	*at = object;
	object->older = table->last;
	object->newer = NULL;
	*(table->last ? &table->last->newer : &table->first) = object;
	table->last = object;
	table->count++;
}

static struct object *table_take(struct table *table, const char *id)
{
	struct object **at = place(table, id), *object = *at;

	if (!object)
		return NULL;
	*at = object->next;
	*(object->older ? &object->older->newer : &table->first) = object->newer;
	*(object->newer ? &object->newer->older : &table->last) = object->older;
	table->count--;
	return object;
}

static void forget_gone(struct store *store, enum object_class class, const char *id)
{
	struct object *object = table_take(&store->gone[class], id);

	if (object)
		object_free(store, object);
}

/* Nothing ever happens to an endpoint that is gone, or to what nobody sees. */
static void remove_object(struct store *store, enum object_class class, const char *id)
{
	struct object *object = table_take(&store->table[class], id);
	struct table *gone = &store->gone[class];

	if (!object)
		return;
	if (class == OBJECT_ENDPOINT || object->hidden) {
		object_free(store, object);
		return;
	}
	object_drop_text(store, object);
	object_drop_members(object);
	forget_gone(store, class, id);
	while (gone->count >= GONE_MAX)
		forget_gone(store, class, gone->first->id);
	object->gone = store->now ? store->now : 1;
	table_add(gone, object);
}

static void drop_expected(struct store *store, struct expected **at)
{
	struct expected *one = *at;

	*at = one->next;
	free(one->id);
	free(one->name);
	free(one->owner);
	free(one);
	store->n_expected--;
}

static void claim(struct store *store, struct object *object, const char *name)
{
	struct expected **at = &store->expected;

	while (*at && ((*at)->class != object->class || strcmp((*at)->id, object->id) ||
		       strcmp((*at)->name, name)))
		at = &(*at)->next;
	if (!*at)
		return;
	object->owner = (*at)->owner;
	(*at)->owner = NULL;
	drop_expected(store, at);
}

static void expect(struct store *store, enum object_class class, const char *id,
		   const char *name, const char *owner)
{
	struct expected *one = calloc(1, sizeof(*one)), **at;

	if (!one)
		return;
	one->class = class;
	one->id = strdup(id);
	one->name = strdup(name);
	one->owner = strdup(owner);
	one->next = store->expected;
	store->expected = one;
	if (++store->n_expected <= EXPECTED_MAX && one->id && one->name && one->owner)
		return;
	/* Too many never came: forget the oldest, or the one that has no memory. */
	at = &store->expected;
	while (one->id && one->name && one->owner && (*at)->next)
		at = &(*at)->next;
	drop_expected(store, at);
}

static struct object *add_object(struct store *store, enum object_class class, const char *id,
				 const char *name)
{
	struct object *object = calloc(1, sizeof(*object));

	if (!object)
		return NULL;
	object->id = strdup(id);
	if (!object->id) {
		free(object);
		return NULL;
	}
	object->class = class;
	table_add(&store->table[class], object);
	forget_gone(store, class, id);
	if (store->expected)
		claim(store, object, name ? name : "");
	return object;
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static void copy_members(struct object *object, const char *const *members)
{
	size_t n = 0, i;

	while (members && members[n])
		n++;
	if (!n)
		return;
	object->members = calloc(n + 1, sizeof(char *));
	for (i = 0; object->members && i < n; i++)
		object->members[i] = strdup(members[i]);
}

static void set_application(struct object *object, const char *application)
{
	if (object->application && *object->application) {
		free(object->left);
		object->left = object->application;
	} else {
		free(object->application);
	}
	object->application = copy(application);
}

void store_update(struct store *store, const struct host_object *from)
{
	struct table *table = &store->table[from->class];
	struct object *object = *place(table, from->id);

	table->version++;
	if (from->gone) {
		remove_object(store, from->class, from->id);
		object = NULL;
	} else if (!object) {
		object = add_object(store, from->class, from->id, from->name);
	}
	if (!object) {
		if (from->ref)
			store->ops->object_release(store->host, from->class, from->ref);
		return;
	}
	object_clear(store, object);
	object->hidden = from->hidden;
	object->name = copy(from->name);
	object->context = copy(from->context);
	object->tenant = copy(from->tenant);
	object->endpoint = copy(from->endpoint);
	object->technology = copy(from->technology);
	copy_members(object, from->members);
	object->ref = from->ref;
	object->told = store->round;
	if (from->application && strcmp(from->application, object->dialplan ? object->dialplan : "")) {
		free(object->dialplan);
		object->dialplan = copy(from->application);
		set_application(object, from->application);
	}
}

struct object *store_find(const struct store *store, enum object_class class, const char *id)
{
	return *place(&store->table[class], id);
}

void store_set_application(struct store *store, const char *channel, const char *application)
{
	struct object *object = store_find(store, OBJECT_CHANNEL, channel);

	if (object)
		set_application(object, application);
}

const struct object *store_find_gone(const struct store *store, enum object_class class,
				     const char *id, const char *name)
{
	const struct object *object = *place(&store->gone[class], id);

	return object && (!*name || (object->name && !strcmp(object->name, name))) ? object : NULL;
}

void store_retell(struct store *store)
{
	store->round++;
}

void store_retold(struct store *store, void (*fn)(void *arg, const struct object *object),
		  void *arg)
{
	struct object *object, *next;
	int c;

	for (c = 0; c < OBJECT_CLASSES; c++) {
		store->table[c].version++;
		for (object = store->table[c].first; object; object = next) {
			next = object->newer;
			if (object->told == store->round)
				continue;
			fn(arg, object);
			remove_object(store, object->class, object->id);
		}
	}
}

void store_tick(struct store *store, int64_t now)
{
	int c;

	store->now = now;
	for (c = 0; c < OBJECT_CLASSES; c++) {
		const struct table *gone = &store->gone[c];

		while (gone->first && now - gone->first->gone >= GONE_MS)
			forget_gone(store, (enum object_class)c, gone->first->id);
	}
}

static bool is_named(const struct object *object, const char *name)
{
	return object && !strcmp(object->name ? object->name : "", name);
}

void store_set_owner(struct store *store, enum object_class class, const char *id,
		     const char *name, const char *owner)
{
	struct object *object = store_find(store, class, id);
	struct object *gone = *place(&store->gone[class], id);

	/* What is over already must not leave its owner to who has the id next. */
	if (!is_named(object, name) && is_named(gone, name))
		object = gone;
	if (!object)
		expect(store, class, id, name, owner);
	else if (!object->owner && is_named(object, name))
		object->owner = copy(owner);
}

const char *store_json(struct store *store, struct object *object, size_t *len)
{
	struct buf buf = {0};

	if (!object->json) {
		if (store->ops->object_json(store->host, object->class, object->ref, &buf) ||
		    buf.failed) {
			buf_free(&buf);
			return NULL;
		}
		object->json = buf_take(&buf, &object->json_len);
	}
	*len = object->json_len;
	return object->json;
}

struct object *store_first(const struct store *store, enum object_class class)
{
	return store->table[class].first;
}

size_t store_count(const struct store *store, enum object_class class)
{
	return store->table[class].count;
}

unsigned long long store_version(const struct store *store, enum object_class class)
{
	return store->table[class].version;
}

static void table_close(struct store *store, struct table *table)
{
	struct object *object, *next;

	for (object = table->first; object; object = next) {
		next = object->newer;
		object_free(store, object);
	}
	free(table->bucket);
}

void store_free(struct store *store)
{
	int i;

	while (store->expected)
		drop_expected(store, &store->expected);
	for (i = 0; i < OBJECT_CLASSES; i++) {
		table_close(store, &store->table[i]);
		table_close(store, &store->gone[i]);
	}
	free(store);
}
