/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What a session wants to see: words "field:pattern" to allow and "-field:pattern" to deny,
 * with the fields type, channel, bridge, application, endpoint and tenant. Words of one field
 * are alternatives, fields come on top of each other, and a denial always wins. Evaluated on
 * an event's keys, which are read from its text once.
 */
#ifndef CORE_FILTER_H
#define CORE_FILTER_H

#include <stdbool.h>
#include <stddef.h>

enum filter_field {
	FILTER_TYPE,
	FILTER_CHANNEL,		/* id or name of one of the channels */
	FILTER_BRIDGE,		/* id or name */
	FILTER_APPLICATION,
	FILTER_ENDPOINT,	/* technology/resource */
	FILTER_TENANT,
	FILTER_FIELDS,
};

#define FILTER_WORDS_MAX 128
#define FILTER_TEXT_MAX 1024
#define EVENT_CHANNELS_MAX 4

struct event_channel {
	char id[160], name[128], tenant[128], context[96];
};

/* The keys of one event; "" where there is none. */
struct event_keys {
	char type[64], application[128], endpoint[160];
	char bridge[160], bridge_name[128], device[160];
	char other_bridge[160];	/* a second one: of two that became one */
	struct event_channel channel[EVENT_CHANNELS_MAX];
	size_t n_channels;
	bool crowded;		/* more channels than fit */
};

struct filter_word {
	enum filter_field field;
	bool deny;
	const char *pattern;	/* in text */
};

struct filter {
	char *text;
	struct filter_word *word;
	size_t n;
	unsigned int allows;	/* bit FIELD: there are words that allow */
};

/** Parse TEXT into FILTER, which is empty or holds an older one that is kept on failure. 0, or
 * -1 with a constant *why. */
int filter_parse(struct filter *filter, const char *text, const char **why);
void filter_free(struct filter *filter);
bool filter_pass(const struct filter *filter, const struct event_keys *keys);
/** Read the keys of an event's JSON text. */
void event_keys_read(struct event_keys *keys, const char *json, size_t len);

#endif
