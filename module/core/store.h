/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The objects that exist, as the event stream told: what authorisation asks about them, and
 * their JSON text, made when first asked for and kept until the object changes. Lists are
 * copied together from these texts. Each class counts its changes; the count is the ETag.
 *
 * What is gone is remembered for a while, without its text, for the events that come behind
 * its end: whose they are is asked of what it was. A new object with the same id ends that.
 */
#ifndef CORE_STORE_H
#define CORE_STORE_H

#include "host.h"

struct store;

struct object {
	struct object *next;		/* in its bucket */
	struct object *older, *newer;	/* in order of appearance */
	enum object_class class;
	bool hidden;
	char *id, *name, *context, *tenant, *endpoint, *application, *owner;
	char *technology;		/* of a bridge */
	char **members;			/* NULL-terminated, or NULL */
	char **last_members;		/* of a bridge that is empty now: who was in it last */
	char *left;			/* the application that a channel was in last */
	char *dialplan;			/* ... that the host said it is in */
	unsigned int told;		/* in which round of telling */
	int64_t gone;			/* when, of one that is remembered */
	void *ref;
	char *json;
	size_t json_len;
};

struct store *store_new(const struct host_ops *ops, void *host);
void store_free(struct store *store);
/** Take over what the host says of an object, its ref included. */
void store_update(struct store *store, const struct host_object *object);
struct object *store_find(const struct store *store, enum object_class class, const char *id);
/** One that is gone; NAME, unless it is "", must have been its name. */
const struct object *store_find_gone(const struct store *store, enum object_class class,
				     const char *id, const char *name);
/** Objects may have been missed: the host tells of all again... */
void store_retell(struct store *store);
/** ... and what it did not tell of, and FN is told of now, does not exist any more. */
void store_retold(struct store *store, void (*fn)(void *arg, const struct object *object),
		  void *arg);
/** Forget what has been gone for long. */
void store_tick(struct store *store, int64_t now);
/** Remember whose application a channel is in ("" for none). */
void store_set_application(struct store *store, const char *channel, const char *application);
/** Remember who made an object; another one of that id, but not of that name, is not meant. */
void store_set_owner(struct store *store, enum object_class class, const char *id,
		     const char *name, const char *owner);
/** The object's JSON text, or NULL when it cannot be made. */
const char *store_json(struct store *store, struct object *object, size_t *len);
/** The first object of a class, in order of appearance; then ->newer. */
struct object *store_first(const struct store *store, enum object_class class);
size_t store_count(const struct store *store, enum object_class class);
unsigned long long store_version(const struct store *store, enum object_class class);

#endif
