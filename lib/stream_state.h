/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Inside the event stream: stream.c has the connection and its ups and downs, stream_sync.c what is to be
 * asked of the server after each connect.
 */
#ifndef ARIP_STREAM_STATE_H
#define ARIP_STREAM_STATE_H

#include "ari/stream.h"
#include "client.h"
#include "ws.h"

#define ARIP_TIMESTAMP_SIZE 40
#define ARIP_MAX_APPS 32

struct ari_stream {
	struct ari_client *client;
	struct ari_loop *loop;
	struct ari_stream_options options;
	char **subscribe;		/* copies, NULL-terminated */
	char *allowed;			/* the body of the filter, or NULL */
	char *app;			/* as it is now: one of our own is new at each connect */
	char *path;
	bool own_app;

	struct arip_ws *ws;
	struct ari_timer *timer;	/* to the next attempt, or the first */
	enum ari_stream_state state;
	struct ari_error err;		/* why it is LOST, REPLACED or FAILED */
	bool was_open;
	unsigned attempts;		/* since the last healthy connection */
	unsigned refusals;
	uint64_t opened_ms;
	uint64_t lost_ms;
	char last_event[ARIP_TIMESTAMP_SIZE];
	struct ari_stream_stats stats;

	unsigned depth;			/* callbacks on the stack */
	bool closed;			/* free when there are none */

	/* stream_sync.c */
	int step;
	size_t item;			/* of the step */
	uint64_t mark;			/* the model's, before the list that is under way */
	char *apps[2 * ARIP_MAX_APPS];	/* JSON arrays: the channels and bridges of each application */
	char *media;			/* a JSON array being put together */
};

/** Ask for everything that has to follow a connect; ends in arip_stream_synced or arip_stream_broken. */
void arip_stream_sync(struct ari_stream *stream);
/** Forget what is under way. */
void arip_stream_sync_stop(struct ari_stream *stream);

void arip_stream_synced(struct ari_stream *stream);
/** The connection is useless. */
void arip_stream_broken(struct ari_stream *stream, const struct ari_error *err);

/** Around whatever may call back: a stream closed in between is freed by the last leave. */
void arip_stream_enter(struct ari_stream *stream);
void arip_stream_leave(struct ari_stream *stream);

/** To the caller's callback. */
void arip_stream_deliver(struct ari_stream *stream, const struct ari_event *event);

/** Now, as Asterisk writes it: "2026-11-23T01:49:17.619+0000". BUF has ARIP_TIMESTAMP_SIZE bytes. */
const char *arip_timestamp(char *buf);

#endif
