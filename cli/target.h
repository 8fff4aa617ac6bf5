/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * A channel or a bridge, whichever an id on the command line names.
 */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include <stdbool.h>

#include "cli.h"

#define TARGET_SIZE 4200

struct target {
	bool bridge;
	bool empty;			/* a bridge without channels */
	const char *id;			/* borrowed from the command line */
	char source[TARGET_SIZE];	/* "channel:ID", as events and subscriptions name it */
};

/** Find out what TEXT is: "channel:ID" and "bridge:ID" say so, else the server is asked for a channel, then for a
 * bridge. With --dry-run nobody is asked, and it is a channel. An exit status, reported. */
int target_find(struct cli *cli, const char *text, struct target *target);

/** The arguments of INPUT into REQUEST (release it), the one that names the target replaced by the operation's.
 * -1 when memory is short. */
int target_args(const struct target *target, const struct input *input, struct input *request);

/** "channels.play" or "bridges.play". */
const char *target_op(const struct target *target, const char *channel_op, const char *bridge_op);

#endif
