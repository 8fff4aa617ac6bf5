/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Asterisk as a host of the core: shared by the files of this directory.
 *
 * Nothing here keeps a lock of Asterisk's while it calls the core or waits, and nothing is
 * done in a Stasis callback but taking a reference and posting it.
 */
#ifndef ASTERISK_HOST_H
#define ASTERISK_HOST_H

#include "../core/server.h"

struct ast_json;
struct stream;
struct quick;
struct inner;
struct ast_ari_response;
struct talk;

struct asterisk_host {
	struct server *server;
	struct stream *stream;
	struct quick *quick;
	struct inner *inner;	/* the user that ast_ari_invoke() wants */
	int inner_refused;	/* it was not taken the last time */
	struct talk *talk;
	char identity[20];	/* asterisk_id, as events say it */
	int in_use;		/* unload.c's */
	void *pin;		/* unload.c's */
};

/* unload.c */
/*! Zero when no operation runs, and none starts any more; else all is as it was (but when Asterisk
 * itself ends), and the log says why. */
int unload_wait(struct asterisk_host *host);
/*! The code must stay in memory, whatever Asterisk does about it; or it need not any more. */
void unload_pin(struct asterisk_host *host);
void unload_unpin(struct asterisk_host *host);
/*! Asterisk, which had let go of it by force, has taken it up again. */
void unload_adopted(struct asterisk_host *host);
/*! What ran when an unload was refused has ended. */
void unload_idle(void *host);

/* invoke.c */
void invoke_call(void *host, const struct host_call *call, struct host_reply *reply);

/* inner.c */
/*! Make the inner user of CONFIG, and try it; NULL when it cannot be used, which the log tells. */
struct inner *inner_new(const struct config *config);
/*! From now on it is this one. */
void inner_take(struct asterisk_host *host, struct inner *inner);
/*! With all that were before it. */
void inner_free(struct inner *inner);
/*! The value of its Authorization header. */
const char *inner_header(const struct asterisk_host *host);
/*! Was it the user that was refused, and not the request? */
int inner_was_refused(struct asterisk_host *host, const struct ast_ari_response *response);

/* quick.c */
struct quick *quick_new(void);
void quick_free(struct quick *quick);
/*! invoke_call(), or a shorter way to the same answer. */
void quick_call(void *host, const struct host_call *call, struct host_reply *reply);

/* apps.c */
int apps_start(void);
/*! Zero when nothing of Asterisk's may call into this module any more. */
int apps_stop(void);
int apps_register(void *host, const char *app, uint64_t session);
void apps_unregister(void *host, const char *app, uint64_t session);
int apps_json(void *host, void *event, struct buf *out);
void apps_event_release(void *host, void *event);

/* stream.c */
struct stream *stream_start(struct asterisk_host *host);
void stream_stop(struct stream *stream);
int stream_sync(void *host, uint64_t ticket);
int stream_retell(void *host);
void stream_read(void *host, void *item, struct host_sink *sink);
/*! Any thread: what talk.c heard, an ao2 object, in line with all else that happens. */
void stream_post_voices(struct asterisk_host *host, void *voices);
/*! The same with a text message that texts.c was offered. */
void stream_post_text(struct asterisk_host *host, void *message);
void stream_item_release(void *host, void *item);
int stream_object_json(void *host, enum object_class class, void *ref, struct buf *out);
bool stream_object_is_current(void *host, enum object_class class, void *ref);
void stream_object_release(void *host, enum object_class class, void *ref);

/* talk.c */
struct talk *talk_start(struct asterisk_host *host);
/*! Zero when no channel has a hook of this module any more, and TALK is gone; else it may be
 * called again. */
int talk_stop(struct talk *talk);
void talk_listen(void *host, const char *channel, const char *name, bool on);
void talk_level(void *host, int threshold);
void talk_tell(void *voices, struct host_sink *sink);

/* texts.c */
void texts_start(struct asterisk_host *host);
/*! Zero when the message core does not call this module any more; else the dialplan of a message
 * runs, and all stays as it was. */
int texts_stop(void);
void texts_tell(void *message, struct host_sink *sink);

/* encode.c */
struct stasis_message;
struct ast_channel_snapshot;
struct ast_bridge_snapshot;
struct ast_endpoint_snapshot;
/*! The events that a message means, into SINK. */
void encode_message(struct stasis_message *msg, struct host_sink *sink);
int encode_object(enum object_class class, void *snapshot, struct buf *out);
/*! A JSON tree's text into OUT; 0 or -1. */
int encode_json(struct ast_json *json, struct buf *out);

/* console.c */
int console_start(struct asterisk_host *host);
void console_stop(void);

#endif
