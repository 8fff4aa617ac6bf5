/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The fields of the things we list: what --columns may name, the title of a column and where its
 * value is in the JSON of an object.
 */
#ifndef CLI_FIELD_H
#define CLI_FIELD_H

#include <stdbool.h>
#include <stddef.h>

enum field_kind {
	FIELD_TEXT = 0,	/* a scalar as it is; an array as a comma separated list */
	FIELD_COUNT,	/* the number of members of an array or object */
	FIELD_TIME,	/* an ARI time stamp: the time of day on a terminal, as it is elsewhere */
	FIELD_MEMBERS,	/* an object whose members have any name: "variables" of a channel */
	FIELD_ENDPOINT,	/* path and also are technology and resource: "PJSIP/alice" */
	FIELD_APPLICATION, /* ... a dialplan application and its data: "Stasis(queue)", "Echo" */
};

struct field {
	const char *name;	/* "caller"; NULL ends the list */
	const char *title;	/* "CALLER" */
	const char *path;	/* "caller.number" */
	const char *also; /* a second path, put after the first as " <...>" when present; or NULL */
	enum field_kind kind;
	unsigned width; /* cut to so many cells on a terminal; 0: never (ids are to be copied) */
};

/* Stasis applications that last for one command begin so, and have as their first argument the
 * application that the channel was then given to: Asterisk goes on showing the first one. */
#define FIELD_OWN_APPLICATION "astctl-wait-"

/* The first field of each list is its identity: -o name prints it. */
extern const struct field field_channel[];
extern const struct field field_bridge[];
extern const struct field field_playback[];
extern const struct field field_live_recording[];
extern const struct field field_stored_recording[];
extern const struct field field_application[];
extern const struct field field_endpoint[];
extern const struct field field_device_state[];
extern const struct field field_mailbox[];
extern const struct field field_sound[];
extern const struct field field_module[];
extern const struct field field_log_channel[];
extern const struct field field_variable[];

/** The fields of a model ("Channel", "List[Channel]") and its usual columns (NULL: all); NULL when
 * it has none of its own. */
const struct field *field_of_model(const char *model, const char **columns);

#endif
