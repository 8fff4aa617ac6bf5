/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What originate was asked for, and the request that comes of it; cmd_originate.c carries it out.
 */
#ifndef CLI_ORIGINATE_H
#define CLI_ORIGINATE_H

#include "wait.h"

#define ORIGINATE_APP "astctl" /* where a channel goes that is sent nowhere else */

struct call {
	struct cli *cli;
	const struct input *input;
	struct wait wait;
	struct input request; /* arguments being put together */
	const char *endpoint;
	const char *id;
	char made_id[ARI_ID_SIZE];
	char peer[ARI_ID_SIZE + 256]; /* the other half of a Local channel */
	const char *app;
	bool dialplan;
	bool made; /* the channel: our application is subscribed to it */
	unsigned ring_s;
	char ring[16];
};

/** Read the command line into CALL, whose cli and input are set. An exit status, reported. */
int originate_read(struct call *call);

/** Put together the arguments of the request that makes the channel, in the application APP;
 * CREATE: undialled. An exit status, reported. */
int originate_request(struct call *call, const char *app, bool create);

/** Say why that request was refused; returns the exit status. */
int originate_refused(struct call *call, const struct ari_error *err);

#endif
