/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * A stored recording on its way into a local file.
 */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include <limits.h>
#include <stddef.h>

#include "cli.h"

struct fetch {
	struct cli *cli;
	const char *file;
	char temp[PATH_MAX];	/* "" when writing to stdout */
	int fd;			/* -1: not open */
	size_t bytes;
	long duration_ms;	/* of a WAV file; -1 unknown */
};

/** Make sure, before anything is recorded, that FILE can be written: a new file beside it is opened. "-" is stdout,
 * unless that is a terminal. An exit status, reported. */
int fetch_open(struct fetch *fetch, struct cli *cli, const char *file);

/** Download the recording NAME, look at it, and put it in the place of FILE. An exit status, reported. */
int fetch_recording(struct fetch *fetch, struct ari_client *client, const char *name,
		    const char *format);

/** Close, and remove what is unfinished. */
void fetch_release(struct fetch *fetch);

#endif
