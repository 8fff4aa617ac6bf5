/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What the commands with --wait share: an event stream of their own, narrow and short-lived, the
 * library's outcome watches driven by it, and the exit status that an outcome ends with.
 */
#ifndef CLI_WAIT_H
#define CLI_WAIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "ari/outcome.h"
#include "ari/stream.h"
#include "cli.h"

/* Where a channel that was told to move to an application is. */
enum wait_move {
	WAIT_MOVE_NONE = 0,
	WAIT_MOVE_PENDING,
	WAIT_MOVE_DONE,	  /* it left our application */
	WAIT_MOVE_FAILED, /* nobody is connected to the other one */
	WAIT_MOVE_GONE,	  /* it hung up */
};

struct wait {
	struct cli *cli;
	struct ari_client *client;
	struct ari_loop *loop;
	struct ari_stream *stream;
	char app[ARI_ID_SIZE + 16]; /* its application */
	const char *const *sources; /* what it is subscribed to; borrowed until wait_close */
	struct ari_watch *watch;    /* fed while set; borrowed */
	const char *what;	    /* that is waited for, as messages name it */
	const char
		*undone;   /* what happens to it when the time is up: "hanging up"; NULL: nothing */
	bool over;	   /* what follows is tidying up, ... */
	uint64_t tidy_end; /* ... until then (0: not begun), and ... */
	bool mute;	   /* ... the server does not answer: not worth asking again */
	uint64_t deadline; /* of the command (--timeout), or UINT64_MAX */
	const char *entering; /* the channel whose StasisStart is awaited, or NULL */
	bool entered;
	const char *moving; /* the channel that is told to move, or NULL */
	enum wait_move move;
	uint64_t lost_since;   /* the stream is down; UINT64_MAX: it is not */
	struct ari_error lost; /* why the stream gave up; code ARI_OK: it did not */
};

/** Open a throw-away application that gets the events of SOURCES ("channel:ID", NULL-terminated;
 * NULL: only of the channels that it is given) and take over SIGINT and SIGTERM. WHAT and UNDONE
 * (NULL: nothing is) are for messages. An exit status, already reported. Close it in any case. */
int wait_open(struct wait *wait, struct cli *cli, const char *const *sources, const char *what,
	      const char *undone);
void wait_close(struct wait *wait);

/** Our application goes with us only when nothing is subscribed to it any more: take back a
 * subscription that came by itself ("channel:ID" of a channel that was made for it). */
void wait_unsubscribe(struct wait *wait, const char *source);

/** Drive WATCH until its thing has ended: CLI_OK, and the outcome is in the watch. Or a status: the
 * time is up (reported), a signal came (130, 143: not reported), the connection is lost for good
 * (reported). */
int wait_run(struct wait *wait, struct ari_watch *watch);

/** After a failed wait: a little longer, to see the end of what was just cancelled. Reports
 * nothing. */
void wait_cancelled(struct wait *wait, struct ari_watch *watch);

/** Run the loop until *DONE, for at most MS. */
void wait_until(struct wait *wait, const bool *done, unsigned ms);

/** Move CHANNEL from our application to APP. When nobody is connected to it and KEEP, we connect to
 * it for the moment of the move: from then on the channel is in it, whoever is connected. An exit
 * status, reported. */
int wait_move(struct wait *wait, const char *channel, const char *app, const char *app_args,
	      bool keep);

/** The exit status of an outcome, and its one line on stderr: "WHAT: busy (cause 17, User busy)".
 */
int wait_report(struct cli *cli, const char *what, const struct ari_outcome *outcome);
enum exit_status wait_status(enum ari_outcome_state state);

/** Call OP without reporting an error: 0, or -1 with ERR filled. REPLY may be NULL. */
int wait_call(struct wait *wait, const char *op, const struct ari_arg *args, size_t n_args,
	      struct ari_reply *reply, struct ari_error *err);

/** The outcome as an object: "outcome", and what is known of "cause", "cause_text", "sip_code",
 * "dialstatus", "reason". NULL when memory is short, which wait_output() reports. */
json_t *wait_object(const struct ari_outcome *outcome);

/** Write OBJECT (taken, freed): a row on a terminal, an object in JSON. FAILED: only for machines,
 * the line for people is on stderr. An exit status. */
int wait_output(struct cli *cli, const struct field *fields, const char *columns, json_t *object,
		bool failed);

/** A duration option in milliseconds, or DEF when it is not given. An exit status, reported. */
int wait_duration(struct cli *cli, const struct input *input, const char *option, long def,
		  long *ms);

/** Say why OP on TARGET was refused, in words that say what to do; returns the exit status. */
int wait_fail(struct cli *cli, const char *target, const struct ari_error *err);

/** The same of an operation on what WAIT was opened for, which may not be there at all. */
int wait_refused(struct wait *wait, const char *target, const struct ari_error *err);

#endif
