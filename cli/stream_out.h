/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Objects on stdout, one after the other as they come, in the format that was asked for.
 */
#ifndef CLI_STREAM_OUT_H
#define CLI_STREAM_OUT_H

#include <stdbool.h>
#include <stdio.h>

#include "cli.h"

struct stream_out {
	struct cli *cli;
	const char *columns; /* the usual ones, JSON paths: "timestamp,type" */
	const char *name;    /* the path of what -o name prints */
	bool titled;	     /* the line of titles was written */
};

/** Write OBJECT, now; for people LINE writes it, without a newline, from DATA. An exit status. */
int stream_out_write(struct stream_out *out, struct ari_span object,
		     void (*line)(FILE *file, const void *data), const void *data);

#endif
