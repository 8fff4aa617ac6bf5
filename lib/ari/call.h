/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What a program about calls does all day, typed. Each function is one blocking ari_client_call:
 * see client.h for what waiting means. Everything else is ari_client_call with the operation's
 * name.
 *
 * ARI says yes when it has *queued* the work (a 204 in most cases), not when it is done: whether a
 * channel was answered, heard a prompt or left the application is told by events.
 *
 * All functions: 0, or -1 with ERR. Strings are borrowed for the call; NULL leaves a value to the
 * server, where nothing else is said. An ID buffer takes ARI_OBJECT_ID_SIZE bytes and may be NULL.
 */
#ifndef ARI_CALL_H
#define ARI_CALL_H

#include <stdbool.h>

#include "client.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

/* Asterisk takes channel ids of up to 149 bytes (AST_MAX_PUBLIC_UNIQUEID). */
#define ARI_OBJECT_ID_SIZE 256

struct ari_originate {
	const char *endpoint; /* "PJSIP/alice", "Local/100@default"; required */
	const char *app; /* the application that gets the channel once it has answered, or ... */
	const char *app_args;
	const char *context; /* ... the place in the dialplan */
	const char *extension;
	const char *label;	      /* beats the priority */
	unsigned priority;	      /* 0: 1 */
	const char *caller_id;	      /* "Name <number>" */
	int timeout_s;		      /* 0: the server's 30 s; -1: as long as it takes */
	const char *id;		      /* NULL: a new one of our own */
	const char *originator;	      /* a channel whose call this belongs to */
	const char *formats;	      /* "ulaw,alaw"; not together with originator */
	const char *const *variables; /* NAME, VALUE, NAME, VALUE, NULL */
};

/** Place a call; ID gets the new channel's. Success means that it is being placed: the answer is a
 * StasisStart (with an application), the failure a ChannelDestroyed with the cause. */
int ari_channel_originate(struct ari_client *client, const struct ari_originate *originate,
			  char *id, struct ari_error *err);

/** Answer a channel that is in an application. */
int ari_channel_answer(struct ari_client *client, const char *channel, struct ari_error *err);

/** Hang up. REASON is one of ARI's words ("busy", "congestion", "normal", ...); NULL: normal. */
int ari_channel_hangup(struct ari_client *client, const char *channel, const char *reason,
		       struct ari_error *err);

struct ari_place {
	const char *context;
	const char *extension;
	const char *label;
	unsigned priority; /* 0: not given */
};

/** Send a channel back to the dialplan; PLACE NULL or all empty: to the priority after the one that
 * it left. Only an extension: its priority 1 in the same context; only a context: "s". The server
 * does not check that the place exists: where it does not, the channel is hung up. */
int ari_channel_continue(struct ari_client *client, const char *channel,
			 const struct ari_place *place, struct ari_error *err);

/** Play MEDIA ("sound:hello-world", "tone:ring", several with commas) to a channel or into a
 * bridge; ID gets the playback's. The end is a PlaybackFinished, except that none comes when the
 * last item has an unknown scheme, or is a missing recording. */
int ari_channel_play(struct ari_client *client, const char *channel, const char *media, char *id,
		     struct ari_error *err);
int ari_bridge_play(struct ari_client *client, const char *bridge, const char *media, char *id,
		    struct ari_error *err);

struct ari_record {
	const char *name;	  /* required; also the id of the recording, and its file's name */
	const char *format;	  /* NULL: "wav" */
	unsigned max_duration_s;  /* 0: no limit */
	unsigned max_silence_s;	  /* 0: silence does not end it */
	const char *if_exists;	  /* "fail" (default), "overwrite", "append" */
	const char *terminate_on; /* DTMF that ends it: "none" (default), "any", "*", "#" */
	bool beep;
};

/** Record what comes from a channel (which may not be in a bridge), or what is heard in a bridge.
 * The end is a RecordingFinished or RecordingFailed with that name. */
int ari_channel_record(struct ari_client *client, const char *channel,
		       const struct ari_record *record, struct ari_error *err);
int ari_bridge_record(struct ari_client *client, const char *bridge,
		      const struct ari_record *record, struct ari_error *err);

/** A new bridge; TYPE NULL: "mixing". ID gets the new bridge's. NAME may be NULL. */
int ari_bridge_create(struct ari_client *client, const char *type, const char *name, char *id,
		      struct ari_error *err);

/** Destroy a bridge. Its channels leave it and live on. */
int ari_bridge_destroy(struct ari_client *client, const char *bridge, struct ari_error *err);

/** Put a channel into a bridge, or take it out. The channel must be in an application: a missing
 * one is a 400, one elsewhere a 422 (ARI_ECONFLICT). */
int ari_bridge_add_channel(struct ari_client *client, const char *bridge, const char *channel,
			   struct ari_error *err);
int ari_bridge_remove_channel(struct ari_client *client, const char *bridge, const char *channel,
			      struct ari_error *err);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
