/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The event stream: a WebSocket of a client's server that stays up. It connects, pings, notices a
 * dead peer, reconnects with backoff, and never hides a loss: after any interruption by which
 * events were lost it delivers a synthetic gap event, and (where a model is attached) the
 * differences as synthetic events, marked `synthetic` and of the types that ARI itself would have
 * sent.
 *
 * What the server can do it is asked in the one request that opens the stream, each time anew;
 * the versions of nothing count (ari_stream_mode tells the answer):
 *
 * - Stock ARI. A stream without an application of its own registers a throw-away one. After each
 *   connect filters and subscriptions are applied by requests, and the lists are read for the
 *   model. Every interruption is a gap.
 * - The module res_stasis_http. Such a stream is an observer and registers nothing. What it is
 *   not interested in is not sent. The model comes from a snapshot, events are numbered, and
 *   after an interruption the stream goes on behind the last event, without a gap, where the
 *   server still has what came meanwhile; a hole in the numbers is mended in the same way. Where
 *   it has not (it was restarted, the module was loaded anew) that is a gap. The JSON of events
 *   has `seq` and `prev`, and no `application`. Requests may go over the stream's own socket.
 *
 * The close of an application is polite, and that is no luxury. Asterisk (22, and 18 and 20 of
 * the same age) ends the session of a client that has gone with the session locked, and waits
 * there for a device state that is just being sent to that session, which waits for the lock:
 * with all device states subscribed to and calls going on, one of some ten to hundred closes
 * stops ARI and SIP for good (github.com/asterisk/asterisk, issue 2170). Asterisk 16 keeps such
 * an application for ever instead. So the close first takes back what the stream subscribed to,
 * by requests, which hold no such lock. A client that is killed with SIGKILL, or cut off, cannot:
 * one that must be safe even then says no_device_states.
 */
#ifndef ARI_STREAM_H
#define ARI_STREAM_H

#include <stdbool.h>

#include "client.h"
#include "event.h"
#include "model.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

struct ari_stream;

enum ari_stream_state {
	ARI_STREAM_CONNECTING,
	ARI_STREAM_OPEN,     /* events flow; the model, if any, is complete */
	ARI_STREAM_SYNCING,  /* connected, the lists are being read */
	ARI_STREAM_LOST,     /* was open; reconnecting; err says why */
	ARI_STREAM_REPLACED, /* another client took the application; no reconnect war */
	ARI_STREAM_FAILED,   /* gave up: refused credentials, not an ARI server; err says why */
};

/* Callbacks come from the loop, never from within a call of this header, and are never nested:
 * while one runs the loop (a blocking call of the client), further events wait. ERR is NULL where
 * nothing is wrong. */
typedef void ari_event_fn(struct ari_stream *stream, const struct ari_event *event, void *data);
typedef void ari_state_fn(struct ari_stream *stream, enum ari_stream_state state,
			  const struct ari_error *err, void *data);

/* What the open connection is. */
enum ari_stream_mode {
	ARI_STREAM_MODE_UNKNOWN,     /* not connected (yet, or any more) */
	ARI_STREAM_MODE_ARI,	     /* applications, as in stock ARI */
	ARI_STREAM_MODE_APPLICATION, /* the same on a server with the module */
	ARI_STREAM_MODE_OBSERVER,    /* no application: filtered, numbered, resumable */
};

struct ari_stream_options {
	/* Application(s) to own, comma separated; NULL: a throw-away name of our own. */
	const char *app;
	/* APP is only for a server that has no observers. */
	bool observe;
	/* Every event of the server. */
	bool subscribe_all;
	/* Every one but DeviceStateChanged: nothing to be polite about. */
	bool no_device_states;
	/* NULL-terminated event sources ("channel:ID", "bridge:ID"), applied after each connect. */
	const char *const *subscribe;
	/* NULL-terminated event types for the server's filter; NULL: all. */
	const char *const *allowed;
	/* NULL-terminated words "FIELD:VALUE", with the fields channel, bridge, endpoint and
	 * type: for each field that is named only events with one of its values matter. An
	 * observer's server leaves most others out, another server none: the caller still looks
	 * at what comes. */
	const char *const *filter;
	/* Requests of the client go over this stream's socket while it is open, where the server
	 * takes them there; with answers of 1 MiB at most. The last stream that says so has them. */
	bool requests;
	/* Kept up to date before the callback sees an event; borrowed until the close; or NULL. */
	struct ari_model *model;
	/* One connection: a loss is final (FAILED). */
	bool no_reconnect;
	/* Keep trying also where the first connection fails; else that is final. */
	bool retry_first;
	/* 0: 20,000. A peer silent for half as long again is dead. */
	unsigned ping_ms;
	ari_event_fn *event;
	ari_state_fn *state;
	void *data;
};

/** Open a stream on CLIENT (borrowed, its loop drives it). Returns at once; the state callback
 * tells the rest. Callbacks may close the stream. */
struct ari_stream *ari_stream_open(struct ari_client *client,
				   const struct ari_stream_options *options, struct ari_error *err);
/** Close and free. No callback of the stream comes after this begins. What was subscribed to for
 * all, and everything of a throw-away application, is unsubscribed from first (see above), so that
 * the server forgets the application: the loop runs meanwhile, for ARI_STREAM_CLOSE_MS at most;
 * usually it is 2 ms. */
#define ARI_STREAM_CLOSE_MS 1000
void ari_stream_close(struct ari_stream *stream);

enum ari_stream_state ari_stream_state(const struct ari_stream *stream);
enum ari_stream_mode ari_stream_mode(const struct ari_stream *stream);
/** Its application(s); NULL for an observer. */
const char *ari_stream_app(const struct ari_stream *stream);

/** Another FILTER (see the options; NULL: none) from now on, also on the open connection. Events
 * that the one before let through may still come. 0, or -1 with ERR when memory is short. */
int ari_stream_filter(struct ari_stream *stream, const char *const *filter, struct ari_error *err);

/** Run the loop until the stream is OPEN (0) or has failed, or TIMEOUT_MS passed (-1 with ERR). */
int ari_stream_wait_open(struct ari_stream *stream, int timeout_ms, struct ari_error *err);

struct ari_stream_stats {
	unsigned long long events; /* delivered */
	unsigned long long bytes;
	unsigned long long gaps;
	unsigned long long bad; /* messages that were no event: skipped, the first is traced */
	unsigned reconnects;
	unsigned resumed; /* of those, without a loss */
};
void ari_stream_stats(const struct ari_stream *stream, struct ari_stream_stats *stats);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
