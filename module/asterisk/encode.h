/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* Asterisk's things as JSON text, without a tree in between: what is written thousands of times. */
#ifndef HOST_ENCODE_H
#define HOST_ENCODE_H

#include "../core/buf.h"

struct ast_channel_snapshot;
struct ast_json;
struct host_sink;
struct stasis_message;
struct timeval;

/*! A time as ast_json_timeval() has it, with its quotes. */
void encode_time(struct buf *out, const struct timeval *when);
/*! A text as a JSON string; "" for NULL. */
void encode_string(struct buf *out, const char *text);
/*! Is it a channel that the API does not show, such as an announcer's? */
int encode_hides(const struct ast_channel_snapshot *snapshot);
/*! As ast_channel_snapshot_to_json() has it: the same members, in its order. Where a sample shows
 * that the running Asterisk has others, by that function from then on. From any thread. */
void encode_channel(struct buf *out, const struct ast_channel_snapshot *snapshot);

/*! Hand an event over, and the tree back; for NULL nothing. */
void encode_tree(struct host_sink *sink, struct ast_json *event);

/* keys.c: whether anybody wants these, asked before they are encoded. */
int keys_want_channel(struct host_sink *sink, const char *type,
	const struct ast_channel_snapshot *snapshot);
int keys_want_message(struct host_sink *sink, struct stasis_message *msg);

#endif
