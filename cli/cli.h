/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The context that every command gets: the global options, where to write, and the client, which
 * is made when it is first asked for, so that help and --dry-run need neither a server nor a
 * password. A command returns an exit status; what goes wrong is said once, by cli_fail*, which
 * returns the status, so that commands end with `return cli_fail(...)`.
 *
 * A command of its own, in short:
 *
 *	static int play(struct cli *cli, struct input *input)
 *	{
 *		struct ari_reply reply = {0};
 *		int status;
 *
 *		if (cli->dry_run)
 *			return cli_dry_run(cli, "channels.play", input->args, input->n_args);
 *		status = cli_call(cli, "channels.play", input->args, input->n_args, &reply);
 *		if (status == CLI_OK)
 *			status = output_object(cli, field_playback, reply.body, reply.len);
 *		ari_reply_release(&reply);
 *		return status;
 *	}
 *
 *	const struct command command_play = { .words = "play", ..., .run = play };
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "ari/client.h"
#include "ari/error.h"
#include "ari/loop.h"
#include "ari/stream.h"
#include "command.h"
#include "exit.h"
#include "output.h"

enum cli_color {
	CLI_COLOR_AUTO = 0,
	CLI_COLOR_ALWAYS,
	CLI_COLOR_NEVER,
};

struct cli {
	FILE *out;			/* data */
	FILE *err;			/* everything else */

	/* the global options, as given; NULL or 0 where not */
	const char *config_dir;		/* --config */
	const char *context;
	const char *url;
	const char *user;
	const char *ca_file;
	const char *columns;
	unsigned timeout_ms; /* --timeout: of the whole command */
	enum output_format format;
	enum cli_color color;
	bool headers;
	bool insecure;
	bool trace;
	bool dry_run;
	bool quiet;
	bool yes;
	bool help;
	bool version;
	bool format_given;

	/* what the terminal is */
	bool in_tty;
	bool out_tty;
	bool err_tty;
	bool styled;			/* escapes may go to stdout */

	/* made on first use */
	struct ari_loop *loop;
	struct ari_client *client;
	uint64_t deadline;		/* of --timeout, by the loop's clock; 0: none */
	bool anonymous;			/* the client has no password */
	int signal_fd;			/* -1: signals are not watched */
	struct ari_source *signal_source;
	int signal;			/* that ended the loop, or 0 */
};

/** The client of the chosen server in *CLIENT, made on the first call. An exit status, already
 * reported. */
int cli_client(struct cli *cli, struct ari_client **client);

/** The client's loop; NULL before cli_client. */
struct ari_loop *cli_loop(struct cli *cli);

/** What is left of MS milliseconds, and of the command's time. */
unsigned cli_left(const struct cli *cli, unsigned ms);

/** Wait until STREAM is open, as long as the command's time allows and no signal comes: 0, or -1
 * with ERR. */
int cli_wait_open(struct cli *cli, struct ari_stream *stream, struct ari_error *err);

/** Call an operation and wait. CLI_OK and REPLY (may be NULL; release it), or a status, already
 * reported. */
int cli_call(struct cli *cli, const char *op, const struct ari_arg *args, size_t n_args,
	     struct ari_reply *reply);

/** Show the request that would be sent: method, URL and body. An exit status. */
int cli_dry_run(struct cli *cli, const char *op, const struct ari_arg *args, size_t n_args);

/** From now on SIGINT and SIGTERM do not kill: they stop the loop (ari_loop_stop) and are in
 * cli->signal; return 128 + cli->signal after closing what you opened. An exit status. */
int cli_watch_signals(struct cli *cli);

/** Say on stderr, as one line, why the command ends; returns STATUS. With -o json it is an object.
 * FMT's arguments may be untrusted: the line is made safe. End with what to do, if there is
 * something. */
int cli_fail(struct cli *cli, enum exit_status status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** The same from a library error, with its status, and a hint where there is one. */
int cli_fail_error(struct cli *cli, const struct ari_error *err);

/** The same, with WHAT (an id; NULL: nothing) before a refusal: a server's "Channel not found" does
 * not say which one. */
int cli_fail_about(struct cli *cli, const char *what, const struct ari_error *err);

/** A line for people on stderr, unless --quiet. Made safe. */
void cli_note(struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** A line on stderr that --quiet does not silence. Made safe. */
void cli_warn(struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Ask QUESTION on the terminal; CLI_OK for yes or with --yes, CLI_CANCELLED for no. Without a
 * terminal nothing is asked: that is a yes (scripts say what they mean). */
int cli_confirm(struct cli *cli, const char *question);

/** Leave the context as it was before the first command: client, loop and configuration freed. */
void cli_release(struct cli *cli);

/** "2s", "500ms", "1m", "1h", "1.5s", "3" (seconds) in milliseconds; -1 for anything else. */
long cli_duration(const char *text);

/** Send an operation (or show it, with --dry-run) and write its reply. FIELDS and COLUMNS NULL:
 * those of the reply's model. *EMPTY: it succeeded, and there was no body. An exit status. */
int invoke_operation(struct cli *cli, const struct ari_operation *op, const struct ari_arg *args,
		     size_t n_args, const struct field *fields, const char *columns, bool *empty);

/** The default run of a row with an operation: dry run, call, output. */
int invoke_run(struct cli *cli, struct input *input);

#endif
