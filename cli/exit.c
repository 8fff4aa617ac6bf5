/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Exit statuses: what they mean, and which one a library error ends with.
 */
#include "exit.h"

static const struct exit_row rows[] = {
	{ CLI_OK, "ok", "success" },
	{ CLI_FAILURE, "failure", "any other failure" },
	{ CLI_USAGE, "usage", "the command line or the configuration is wrong; nothing was sent" },
	{ CLI_CANCELLED, "cancelled", "cancelled, declined or busy" },
	{ CLI_REFUSED, "refused", "the server refused the credentials (401, 403)" },
	{ CLI_NOT_FOUND, "not-found", "there is no such thing (404)" },
	{ CLI_CONFLICT, "conflict", "not possible in this state (409, 412, 422)" },
	{ CLI_CONNECT, "connect", "no connection to the server, or TLS failed" },
	{ CLI_TIMEOUT, "timeout", "timed out" },
	{ CLI_SERVER, "server", "server error (5xx), or the protocol was broken" },
	{ CLI_BATCH, "batch", "some lines of a batch failed" },
	{ CLI_GAP, "gap", "events were lost (with --strict)" },
	{ CLI_INTERRUPTED, "interrupted", "ended by SIGINT (Ctrl-C)" },
	{ CLI_PIPE, "pipe", "the reader of the output went away; nothing is said" },
	{ CLI_TERMINATED, "terminated", "ended by SIGTERM" },
};

static const enum exit_status of_code[] = {
	[ARI_OK] = CLI_OK,
	[ARI_EARGUMENT] = CLI_USAGE,
	[ARI_ECONFIG] = CLI_USAGE,
	[ARI_EREJECTED] = CLI_FAILURE,
	[ARI_EREFUSED] = CLI_REFUSED,
	[ARI_ENOTFOUND] = CLI_NOT_FOUND,
	[ARI_ECONFLICT] = CLI_CONFLICT,
	[ARI_ECONNECT] = CLI_CONNECT,
	[ARI_ETIMEOUT] = CLI_TIMEOUT,
	[ARI_ESERVER] = CLI_SERVER,
	[ARI_EPROTOCOL] = CLI_SERVER,
	[ARI_ECANCELLED] = CLI_CANCELLED,
	[ARI_EGAP] = CLI_GAP,
	[ARI_ESYSTEM] = CLI_FAILURE,
};

const struct exit_row *exit_rows(size_t *count)
{
	*count = sizeof(rows) / sizeof(rows[0]);
	return rows;
}

const struct exit_row *exit_row(int status)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].status == status)
			return &rows[i];
	return &rows[1];
}

enum exit_status exit_of_code(enum ari_code code)
{
	return (size_t)code < sizeof(of_code) / sizeof(of_code[0]) ? of_code[code] : CLI_FAILURE;
}
