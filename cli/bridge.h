/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * A bridge that a command changes: who is in it, whether those who were named are where they
 * belong, and which of them Asterisk did not want.
 */
#ifndef CLI_BRIDGE_H
#define CLI_BRIDGE_H

#include "wait.h"

#define IDS_SIZE 16384

struct bridge {
	struct wait wait;
	struct input *input;
	const char *id;
	char made_id[ARI_ID_SIZE];
	char channels[IDS_SIZE]; /* those named on the command line, comma separated */
	char before[IDS_SIZE];	 /* add: ",ID,ID," of those that were in it */
};

/** Read the bridge, REPLY may be NULL: 0, or -1 with ERR. */
int bridge_read(struct bridge *bridge, struct ari_reply *reply, struct ari_error *err);

/** Whether CHANNEL is in the bridge that was read. */
bool bridge_has(const struct ari_reply *reply, const char *channel);

/** The first named channel that is (WANTED false) or is not (true) in the bridge; NULL when there
 * is none. */
const char *bridge_misplaced(struct bridge *bridge, const struct ari_reply *reply, bool wanted);

/** Read the bridge until everybody is where they belong; REPLY is the last reading. An exit status,
 * reported. */
int bridge_settle(struct bridge *bridge, bool wanted, struct ari_reply *reply);

/** Say why channels could not be put in or taken out; returns the exit status. */
int bridge_refused(struct bridge *bridge, const struct ari_error *err);

#endif
