/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Inside the event stream: stream.c has the connection and its ups and downs, stream_sync.c what is
 * to be asked of a stock server after each connect, stream_close.c what before the last close,
 * stream_observer.c what a server with the module tells instead.
 */
#ifndef ARIP_STREAM_STATE_H
#define ARIP_STREAM_STATE_H

#include <stdio.h>

#include "ari/stream.h"
#include "carrier.h"
#include "client.h"
#include "timestamp.h"
#include "ws.h"

#define ARIP_MAX_APPS	    32
#define ARIP_APP_SIZE	    256
#define ARIP_MAX_MEDIA	    256 /* more are forgotten after a gap */

/* A playback or live recording that was known before a gap: whether it goes on must be asked for
 * each. */
struct arip_media {
	enum ari_object_kind kind;
	char *id;
	char *json; /* as it is now, or NULL */
};

#define ARIP_EPOCH_SIZE	 64
#define ARIP_SNAP_KINDS 3 /* channels, bridges, endpoints: the first of the model's kinds */

/* Of a stream that is an observer where the server has such. */
struct arip_observer {
	char *fixed;	     /* what of the filter never changes, */
	char *filter;	     /* and all of it; "": none */
	bool filter_refused; /* the server does not understand it: do without */
	char epoch[ARIP_EPOCH_SIZE];
	unsigned long long place; /* in that epoch; everything up to there was heard */
	bool resuming;		  /* this connection asked to go on from there, */
	bool begun;		  /* and was told what comes of it */
	bool gap_due;		  /* until it turns out that nothing was lost */
	struct ari_timer *patience; /* for the server to say so */
	bool in_snapshot;
	FILE *snap[ARIP_SNAP_KINDS]; /* lists in the making; NULL: no snapshot is under way */
	char *snap_text[ARIP_SNAP_KINDS];
	size_t snap_len[ARIP_SNAP_KINDS];
};

struct ari_stream {
	struct ari_client *client;
	struct ari_loop *loop;
	struct ari_stream_options options;
	char **subscribe; /* copies, NULL-terminated */
	char *allowed;	  /* the body of the filter, or NULL */
	char *app;	  /* as it is now: one of our own is new at each connect */
	char *stale;	  /* the one of our own before, that was open; or NULL */
	char *path;
	bool own_app;
	bool observe; /* be an observer where the server has such */
	enum ari_stream_mode mode;
	struct arip_observer observer;
	struct arip_carrier *carrier; /* of the open connection, or NULL */

	struct arip_ws *ws;
	struct ari_timer *timer; /* to the next attempt, or the first */
	enum ari_stream_state state;
	struct ari_error err; /* why it is LOST, REPLACED or FAILED */
	struct ari_error why; /* it was lost last */
	bool was_open;
	unsigned attempts; /* since the last healthy connection */
	unsigned refusals;
	uint64_t started_ms; /* when the connection was begun */
	uint64_t opened_ms;  /* 0: it is not */
	uint64_t lost_ms;
	char last_event[ARIP_TIMESTAMP_SIZE];
	struct ari_stream_stats stats;

	unsigned depth; /* callbacks on the stack */
	bool closed;	/* free when there are none */

	/* stream_sync.c */
	bool asking; /* a request is under way */
	int step;
	size_t item;   /* of the step */
	uint64_t mark; /* the model's, before the list that is under way */
	char *apps[2 *
		   ARIP_MAX_APPS]; /* JSON arrays: the channels and bridges of each application */
	struct arip_media media[ARIP_MAX_MEDIA];
	size_t n_media;
	uint64_t media_mark;
};

/** Ask for everything that has to follow a connect; ends in arip_stream_synced or
 * arip_stream_broken. */
void arip_stream_sync(struct ari_stream *stream);
/** The same for what a snapshot does not have: whether playbacks and recordings go on. */
void arip_stream_sync_media(struct ari_stream *stream);
/** Make the objects of KIND in the model what LIST says; differences are told. */
int arip_stream_load(struct ari_stream *stream, enum ari_object_kind kind, struct ari_span list,
		     uint64_t mark, struct ari_error *err);
/** Forget what is under way. */
void arip_stream_sync_stop(struct ari_stream *stream);

void arip_stream_synced(struct ari_stream *stream);
/** The connection is useless. */
void arip_stream_broken(struct ari_stream *stream, const struct ari_error *err);

/** Around whatever may call back: a stream closed in between is freed by the last leave. */
void arip_stream_enter(struct ari_stream *stream);
void arip_stream_leave(struct ari_stream *stream);

/** Connected: take back what the one before was subscribed to, if the server has not noticed yet
 * that it is gone. */
void arip_stream_forget_stale(struct ari_stream *stream);

/** Tell the caller (and the model) that events were lost, for the reason in `why`. */
void arip_stream_gap(struct ari_stream *stream);

/** Read from the options whether and how it may be one. */
int arip_observer_init(struct ari_stream *stream, const struct ari_stream_options *options,
		       struct ari_error *err);
/** The connection of an observer is there. */
void arip_observer_opened(struct ari_stream *stream);
/** A message: false when it was for us alone, or is one too many; the stream may be broken then. */
bool arip_observer_takes(struct ari_stream *stream, const struct ari_event *event);
/** The server's ping may say how far everything was sent. */
void arip_observer_ping(struct ari_stream *stream, const char *p, size_t len);
/** Forget what belongs to the connection. */
void arip_observer_drop(struct ari_stream *stream);
/** Whether an upgrade that was refused with STATUS is to be tried again without the filter. */
bool arip_observer_unfilter(struct ari_stream *stream, int status);
void arip_observer_release(struct arip_observer *observer);

/** To the caller's callback. */
void arip_stream_deliver(struct ari_stream *stream, const struct ari_event *event);

/** A timer's function: open a connection now. */
void arip_stream_connect(struct ari_loop *loop, void *data);
/** Copy the application number I of the comma separated ones to BUF, which has ARIP_APP_SIZE bytes;
 * false after the last. */
bool arip_stream_app_name(const struct ari_stream *stream, size_t i, char *buf);

/** Let go of the connection and what is under way on it. */
void arip_stream_drop(struct ari_stream *stream);
void arip_stream_free(struct ari_stream *stream);

/** Give it a new name of its own. */
int arip_stream_new_app(struct ari_stream *stream, struct ari_error *err);
int arip_stream_make_path(struct ari_stream *stream, struct ari_error *err);

unsigned arip_random_below(unsigned limit);

#endif
