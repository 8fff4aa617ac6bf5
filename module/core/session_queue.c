/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * See session.h: a session's queue and its frames. The queue counts all the memory that its events
 * take, though they may be shared: a session is then never worth more than its limit.
 */
#include <stdlib.h>
#include <string.h>

#include "session_private.h"
#include "xml.h"

/* Places that an empty queue may keep. */
#define KEPT 1024

/* Doubled in place, so that it is never there twice. What had wrapped round goes behind it. */
static int grow(struct session *session)
{
	size_t size = session->size ? session->size * 2 : 64;
	struct queued *queue = realloc(session->queue, size * sizeof(*queue));

	if (!queue)
		return -1;
	memcpy(queue + session->size, queue, session->head * sizeof(*queue));
	session->queue = queue;
	session->size = size;
	return 0;
}

static struct queued *room(struct session *session)
{
	if (session->count == session->size && grow(session))
		return NULL;
	return &session->queue[(session->head + session->count++) % session->size];
}

/* What an entry takes: its place is one of up to twice as many as are used. */
static size_t cost(const struct bytes *event)
{
	return bytes_cost(event) + 2 * sizeof(struct queued);
}

void session_drop_first(struct session *session)
{
	struct queued *entry = &session->queue[session->head];

	if (entry->counted)
		session->bytes -= cost(entry->event);
	bytes_unref(entry->event);
	session->head = (session->head + 1) % session->size;
	session->count--;
}

/* A queue that was long once is not kept for ever. */
static void shrink(struct session *session)
{
	if (session->count || session->size <= KEPT)
		return;
	free(session->queue);
	session->queue = NULL;
	session->size = session->head = 0;
}

void session_overflow(struct session *session)
{
	struct server *server = session->server;

	session->lost += session->count + 1;
	server->stats.dropped += session->count + 1;
	while (session->count)
		session_drop_first(session);
	shrink(session);
	if (session->closing)
		return;
	session->closing = true;
	server->stats.slow_closed++;
	server_log(server, HOST_NOTICE, "session %llu of '%s' from %s does not read its events: "
		   "closed", (unsigned long long)session->id, session->user->name, session->peer);
	if (session->conn)
		conn_close_socket(session->conn, WS_CLOSE_LATER, "slow-consumer");
}

void session_enqueue(struct session *session, const struct queued *from)
{
	const struct bytes *event = from->event;
	const struct config *config = session->server->config;
	struct queued *entry;

	if (session->closing)
		return;
	/* How much it is told in the beginning is not for the client to say. */
	if (!session->beginning && session->bytes + cost(event) > (size_t)config->queue_hard * 1024) {
		session_overflow(session);
		return;
	}
	entry = room(session);
	if (!entry) {
		session_overflow(session);
		return;
	}
	*entry = *from;
	bytes_ref(entry->event);
	entry->counted = !session->beginning;
	if (entry->counted)
		session->bytes += cost(event);
	if (session->bytes <= (size_t)config->queue_soft * 1024)
		session->over_since = 0;
	else if (!session->over_since)
		session->over_since = session->server->now;
}

void session_queue(struct session *session, struct bytes *tail, int app, unsigned long long seq)
{
	session_enqueue(session, &(struct queued){.event = tail, .app = (short)app,
					  .seq = session->numbered ? seq : 0});
}

static void queue_text(struct session *session, const char *json, size_t len, struct queued entry)
{
	entry.event = len > 1 ? bytes_new(json + 1, len - 1) : NULL;
	entry.app = -1;
	if (!entry.event) {
		/* Somebody waits for it. */
		session->closing = true;
		if (session->conn)
			conn_close_socket(session->conn, WS_CLOSE_ERROR, "out of memory");
		return;
	}
	session_enqueue(session, &entry);
	bytes_unref(entry.event);
}

void session_queue_text(struct session *session, const char *json, size_t len)
{
	queue_text(session, json, len, (struct queued){.seq = 0});
}

void session_queue_mark(struct session *session, const char *json, size_t len,
			unsigned long long seq)
{
	queue_text(session, json, len, (struct queued){.seq = seq, .mark = true});
}

static void write_xml(struct buf *own, const struct bytes *tail, struct buf *out)
{
	struct buf xml = {0};
	struct xml_names names;
	struct xml_error err;

	buf_add(own, tail->data, tail->len);
	xml_names_of_model(&names, "Event");
	if (!own->failed && !xml_write(&xml, own->data, own->len, &names, 0, &err))
		ws_add_frame(out, WS_TEXT, xml.data, xml.len);
	buf_free(&xml);
}

/* One queued event as a frame: the shared text behind what is this session's own. */
static void write_event(struct session *session, struct buf *out, const struct queued *entry)
{
	unsigned char head[WS_HEADER_MAX];
	struct buf *own = &session->server->scratch;

	buf_clear(own);
	buf_addc(own, '{');
	if (entry->app >= 0) {
		buf_adds(own, "\"application\":");
		buf_add_json(own, session->app[entry->app].name,
			     strlen(session->app[entry->app].name));
		buf_addc(own, ',');
	}
	if (entry->seq && !entry->mark)
		buf_addf(own, "\"seq\":%llu,\"prev\":%llu,", entry->seq, session->last_seq);
	if (entry->seq || entry->mark)
		session->last_seq = entry->seq;
	if (session->xml) {
		write_xml(own, entry->event, out);
	} else {
		buf_add(out, head, ws_header(head, WS_TEXT, own->len + entry->event->len));
		buf_add(out, own->data, own->len);
		buf_add(out, entry->event->data, entry->event->len);
	}
	session->sent++;
	session->server->stats.delivered++;
}

void session_fill(struct session *session)
{
	struct buf *out = conn_out(session->conn);

	while (session->count && out->len < SESSION_BATCH && !out->failed) {
		write_event(session, out, &session->queue[session->head]);
		session_drop_first(session);
	}
	shrink(session);
	if (session->bytes <= (size_t)session->server->config->queue_soft * 1024)
		session->over_since = 0;
}

void session_push(struct session *session)
{
	struct conn *conn = session->conn;

	while (session->ready && conn && session->count && !conn->blocked && !conn->close_after) {
		session_fill(session);
		if (conn_flush(conn)) {
			conn_kill(conn);
			return;
		}
	}
}
