/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The border between the core and whoever hosts it. The core knows no Asterisk: it gets
 * these operations from a host (module/asterisk, or the tests' own) and hands bytes over,
 * never anybody's JSON objects.
 *
 * Threads: the core runs everything of its own in one thread, "the core's thread". Each
 * operation below says where it is called. A host may call server_post_*() (server.h)
 * from any thread at any time; those only queue and never block.
 */
#ifndef CORE_HOST_H
#define CORE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "filter.h"
#include "http_request.h"
#include "uri.h"

enum host_level {
	HOST_DEBUG,
	HOST_NOTICE,
	HOST_WARNING,
	HOST_ERROR,
};

/* One operation of the API to carry out. Borrowed for the time of the call. */
struct host_call {
	enum http_method method;
	const char *path;			/* encoded, relative: "channels/123.4/play" */
	const struct uri_params *params;	/* decoded; of the query and of a form */
	const char *body;			/* JSON text, or NULL */
	size_t body_len;
	bool form;				/* a form was the body; its fields are in params */
	const char *host;			/* what the client called us, or NULL */
};

/* What came of it. The core gives a zeroed one with fd -1; it frees what the host put in. */
struct host_reply {
	int status;
	char reason[48];
	const char *content_type;		/* static text, or NULL for JSON */
	struct buf body;
	struct buf headers;			/* whole lines, each ending in CRLF */
	int fd;					/* a file to send as the body, or -1 */
};

enum object_class {
	OBJECT_CHANNEL,
	OBJECT_BRIDGE,
	OBJECT_ENDPOINT,
	OBJECT_CLASSES,
};

/* An object came, changed or went. Borrowed, except ref. */
struct host_object {
	enum object_class class;
	const char *id;
	bool gone;
	bool hidden;		/* the API does not show it (announcers, recorders) */
	const char *name;	/* of a channel, a bridge; "" where there is none */
	const char *context;
	const char *tenant;
	const char *endpoint;	/* technology/resource of a channel */
	const char *application; /* whose application it is in; NULL unknown, keep what was known */
	const char *const *members; /* of a bridge: channel ids; NULL-terminated, or NULL */
	const char *technology;	/* of a bridge, as Asterisk calls it; or NULL */
	void *ref;		/* the core's from now on: it calls object_release once */
};

enum media_class {
	MEDIA_PLAYBACK,
	MEDIA_RECORDING,
	MEDIA_CLASSES,
};

/* Where the host puts what it found in one item of its event stream. */
struct host_sink {
	bool want_events;	/* else object() only: encoding can be spared */
	void (*object)(struct host_sink *sink, const struct host_object *object);
	/* A playback or a live recording is there, or is over; told even when no events are. */
	void (*media)(struct host_sink *sink, enum media_class class, const char *id, bool over);
	/* A channel that is listened to was heard to speak for MS ms since this was told
	 * last. */
	void (*voice)(struct host_sink *sink, const char *channel, int ms);
	/* A channel put the others on hold, or took them off. */
	void (*hold)(struct host_sink *sink, const char *channel, bool held);
	/* Does anybody want an event with these keys? If so its event() follows, or it is not one
	 * after all. A host that cannot tell before it has encoded an event need not ask. */
	bool (*want)(struct host_sink *sink, const struct event_keys *keys);
	/* One event as JSON text, an object without "application". Borrowed. */
	void (*event)(struct host_sink *sink, const char *json, size_t len);
	/* All that retell() asked for has been told. */
	void (*told)(struct host_sink *sink);
};

struct host_ops {
	/* Any thread. */
	void (*log)(void *host, enum host_level level, const char *text);
	/* A worker's thread, or the core's for operations that never wait. */
	void (*invoke)(void *host, const struct host_call *call, struct host_reply *reply);
	/* One thread that does only this, so in order. SESSION comes back with each event of
	 * the application (server_post_app). Non-zero when it cannot be registered. */
	int (*app_register)(void *host, const char *app, uint64_t session);
	void (*app_unregister)(void *host, const char *app, uint64_t session);
	/* The core's thread: have server_post_sync(ticket) called behind all that was
	 * published until now. Non-zero when that is not possible. */
	int (*sync)(void *host, uint64_t ticket);
	/* The core's thread: listen whether a channel speaks, and tell voice(), or do not any more.
	 * NAME is what it was called last, or NULL. May be NULL: a host that has no audio. */
	void (*listen)(void *host, const char *channel, const char *name, bool on);
	/* The core's thread: the mean of the samples' magnitudes from which on audio is speech. */
	void (*listen_level)(void *host, int threshold);
	/* The core's thread: what events call this server; may be NULL. */
	const char *(*identity)(void *host);
	/* The core's thread: items were lost. Have every object that exists posted again, as
	 * items like others, and behind them an item that is told(). Non-zero when that is not
	 * possible. */
	int (*retell)(void *host);
	/* The core's thread: say what ITEM, from server_post_item, holds. */
	void (*read)(void *host, void *item, struct host_sink *sink);
	/* The JSON text of an application's event, from server_post_app. 0 or -1. */
	int (*app_json)(void *host, void *event, struct buf *out);
	/* Any thread. */
	void (*item_release)(void *host, void *item);
	void (*app_event_release)(void *host, void *event);
	/* The core's thread: what ran at the last server_resume() has ended. */
	void (*idle)(void *host);
	/* The core's thread: an object's JSON text. 0 or -1. */
	int (*object_json)(void *host, enum object_class class, void *ref, struct buf *out);
	/* The core's thread, never waits: is REF still how the object is now? */
	bool (*object_is_current)(void *host, enum object_class class, void *ref);
	void (*object_release)(void *host, enum object_class class, void *ref);
};

#endif
