/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The exit statuses of astctl: one table, printed by --help and compared with the manual page.
 */
#ifndef CLI_EXIT_H
#define CLI_EXIT_H

#include <stddef.h>

#include "ari/error.h"

enum exit_status {
	CLI_OK = 0,
	CLI_FAILURE = 1,   /* anything that has no status of its own */
	CLI_USAGE = 2,	   /* the command line or the configuration is wrong; nothing was sent */
	CLI_CANCELLED = 3, /* cancelled, declined, busy: the other side did not want it */
	CLI_REFUSED = 4,   /* 401, 403 */
	CLI_NOT_FOUND = 5, /* 404 */
	CLI_CONFLICT = 6,  /* 409, 412, 422 */
	CLI_CONNECT = 7,   /* no connection, or TLS */
	CLI_TIMEOUT = 8,
	CLI_SERVER = 9,	       /* 5xx, or a reply that breaks the protocol */
	CLI_BATCH = 10,	       /* some lines of a batch failed */
	CLI_GAP = 11,	       /* events were lost, and --strict was given */
	CLI_INTERRUPTED = 130, /* SIGINT */
	CLI_TERMINATED = 143,  /* SIGTERM */
	CLI_PIPE = 141,	       /* the reader of our output went away: said to nobody */
};

struct exit_row {
	int status;
	const char *name;	/* "not-found": the code of an error object */
	const char *text;	/* for help */
};

/** All statuses, in order; *count gets their number. */
const struct exit_row *exit_rows(size_t *count);

/** The row of STATUS; that of CLI_FAILURE for a number that has none. */
const struct exit_row *exit_row(int status);

/** The status that a library error ends the program with. */
enum exit_status exit_of_code(enum ari_code code);

#endif
