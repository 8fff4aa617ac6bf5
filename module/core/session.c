/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See session.h: an application's events, what the client says, the session's end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authorise.h"
#include "cut.h"
#include "fanout.h"
#include "request.h"
#include "session.h"
#include "session_private.h"
#include "user_event.h"

struct session *session_find(struct server *server, uint64_t id)
{
	struct session *session = server->fanout->sessions;

	while (session && session->id != id)
		session = session->next;
	return session;
}

/* The types that only an application itself is told; the rest a session that gets everything
 * has from the common stream. */
static bool is_own_type(const char *type)
{
	static const char *const own[] = {
		"StasisStart", "StasisEnd", "ApplicationReplaced", "ApplicationMoveFailed",
		"ApplicationRegistered", "ApplicationUnregistered", "ChannelUserevent",
		"CallBroadcast", "CallClaimed", "MissingParams",
	};
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (!strcmp(own[i], type))
			return true;
	}
	return false;
}

static int find_app(const struct session *session, const char *name)
{
	size_t i;

	for (i = 0; i < session->n_apps; i++) {
		if (!strcmp(session->app[i].name, name))
			return (int)i;
	}
	return -1;
}

/* An application's channel is known by its start and end. */
static void note_channel(struct server *server, const struct event_keys *keys, const char *app)
{
	const struct object *channel;

	if (!keys->n_channels)
		return;
	if (!strcmp(keys->type, "StasisStart"))
		store_set_application(server->store, keys->channel[0].id, app);
	if (strcmp(keys->type, "StasisEnd"))
		return;
	/* One that moved begins in its new application, it may be, before it ends in the old one. */
	channel = store_find(server->store, OBJECT_CHANNEL, keys->channel[0].id);
	if (channel && channel->application && !strcmp(channel->application, app))
		store_set_application(server->store, keys->channel[0].id, "");
}

static void app_event(struct session *session, int app, const char *json, size_t len)
{
	struct event_keys keys;
	struct buf own = {0};
	struct bytes *bytes;

	event_keys_read(&keys, json, len);
	/* Whoever hears of this may ask at once. */
	session->server->changes++;
	note_channel(session->server, &keys, session->app[app].name);
	if (session->app[app].lost ||
	    !may_hear_event(session->user, session->server->store, &keys, session->app[app].name))
		return;
	if (!strcmp(keys.type, "ApplicationReplaced"))
		session->app[app].lost = true;
	if (session->all &&
	    (!is_own_type(keys.type) || user_event_was_told(session, json, len)))
		return;
	if (session->filter.n) {
		snprintf(keys.application, sizeof(keys.application), "%s", session->app[app].name);
		if (!filter_pass(&session->filter, &keys))
			return;
	}
	if (cut_event(session->user, session->server->store, json, len, &own)) {
		json = own.failed ? "" : own.data;
		len = own.failed ? 0 : own.len;
	}
	bytes = len < 3 ? NULL : bytes_new(json + 1, len - 1);
	/* Some events name their application themselves. */
	if (bytes && ari_json_get((struct ari_span){json, len}, "application").p)
		app = -1;
	if (bytes)
		session_enqueue(session, &(struct queued){.event = bytes, .app = (short)app});
	bytes_unref(bytes);
	buf_free(&own);
}

void session_app_event(struct server *server, uint64_t id, const char *app, void *event)
{
	struct session *session = session_find(server, id);
	int index = session ? find_app(session, app) : -1;
	struct buf json = {0};

	if (index >= 0 && !server->ops->app_json(server->host, event, &json) && !json.failed)
		app_event(session, index, json.data, json.len);
	buf_free(&json);
	server->ops->app_event_release(server->host, event);
}

void session_free(struct session *session)
{
	size_t i;

	while (session->count)
		session_drop_first(session);
	session_forget_requests(session);
	free(session->queue);
	for (i = 0; i < session->n_apps; i++)
		free(session->app[i].name);
	free(session->app);
	free(session->apps);
	filter_free(&session->filter);
	free(session->filter_text);
	ws_reader_free(&session->reader);
	config_unref(session->config);
	free(session);
}

void session_gone(struct session *session)
{
	session->conn = NULL;
	fanout_remove(session->server->fanout, session);
	server_log(session->server, HOST_DEBUG, "session %llu of '%s' ended",
		   (unsigned long long)session->id, session->user->name);
	session_leave(session);
}

/* A reader that everything was written to learns how far that is, and may resume from there: its
 * filter may let nothing through for longer than the history reaches back. */
static void ping(struct session *session)
{
	const struct fanout *fanout = session->server->fanout;
	char mark[64];
	int len = 0;

	if (session->numbered && !session->count)
		len = snprintf(mark, sizeof(mark), "%s:%llu", fanout->epoch, fanout->seq);
	ws_add_frame(conn_out(session->conn), WS_PING, mark, (size_t)len);
	if (conn_flush(session->conn))
		conn_kill(session->conn);
}

void session_tick(struct session *session)
{
	const struct config *config = session->server->config;
	int64_t now = session->server->now;
	struct conn *conn = session->conn;

	if (!session->ready || !conn || session->closing)
		return;
	if (session->expires && time(NULL) >= session->expires) {
		session->closing = true;
		conn_close_socket(conn, WS_CLOSE_POLICY, "the key has expired");
		return;
	}
	if (session->over_since && now - session->over_since > config->queue_seconds * 1000) {
		session_overflow(session);
		return;
	}
	if (now - session->heard > config->ping_timeout * 1000) {
		conn_kill(conn);
		return;
	}
	if (now - session->heard < config->ping_interval * 1000 ||
	    now - session->pinged < config->ping_interval * 1000)
		return;
	session->pinged = now;
	if (!conn->blocked)
		ping(session);
}

/* After a reload: the user may be gone, have other secrets, or see less. */
void session_reconfigure(struct session *session)
{
	struct server *server = session->server;
	const struct user *user = config_user(server->config, session->user->name);
	bool same = user && user_same(user, session->user);
	size_t i;

	for (i = 0; same && i < session->n_apps; i++)
		same = may_own_application(user, session->app[i].name);
	if (!same) {
		session->closing = true;
		if (session->conn && session->ready)
			conn_close_socket(session->conn, WS_CLOSE_POLICY, "access was withdrawn");
		return;
	}
	config_unref(session->config);
	session->config = config_ref(server->config);
	session->user = user;
	fanout_rejoin(server->fanout, session);
}

static int take_message(struct session *session, const struct ws_message *msg)
{
	struct conn *conn = session->conn;

	session->heard = session->server->now;
	switch (msg->opcode) {
	case WS_PING:
		/* Who asks and does not read is not kept answers for. */
		if (conn->blocked && conn->out.len > SESSION_BATCH)
			return 0;
		ws_add_frame(conn_out(conn), WS_PONG, msg->data, msg->len);
		return conn_flush(conn);
	case WS_PONG:
		return 0;
	case WS_CLOSE:
		session->closing = true;
		conn_close_socket(conn, WS_CLOSE_NORMAL, "");
		return 0;
	case WS_TEXT:
		session_message(session, msg->data, msg->len);
		return 0;
	case WS_BINARY:
	case WS_CONTINUATION:
		break;
	}
	session->closing = true;
	conn_close_socket(conn, WS_CLOSE_UNSUPPORTED, "text only");
	return 0;
}

int session_input(struct session *session, struct buf *in)
{
	struct conn *conn = session->conn;
	size_t at = 0, used = 0;
	struct ws_message msg;
	int res = 1;

	while (res && at < in->len && !conn->close_after) {
		res = ws_read(&session->reader, in->data + at, in->len - at, &used, &msg);
		if (res > 2) {
			session->closing = true;
			conn_close_socket(conn, (unsigned int)res, "");
			break;
		}
		if (!res)
			break;
		at += used;
		if (res == 1 && take_message(session, &msg))
			return -1;
	}
	buf_consume(in, conn->close_after ? in->len : at);
	return conn->state == CONN_DEAD ? -1 : 0;
}
