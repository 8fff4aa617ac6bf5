/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See fanout.h. */
#include <stdlib.h>
#include <string.h>

#include "authorise.h"
#include "cut.h"
#include "fanout.h"
#include "hash.h"
#include "media.h"
#include "session.h"
#include "speaking.h"

#define RING_BYTES_MAX (32u << 20)
#define IDLE_MS 60000

struct fanout *fanout_new(struct server *server)
{
	struct fanout *fanout = calloc(1, sizeof(*fanout));
	unsigned char raw[8];

	if (!fanout)
		return NULL;
	fanout->server = server;
	fanout->idle_since = 1;
	if (random_bytes(raw, sizeof(raw))) {
		free(fanout);
		return NULL;
	}
	hex_encode(raw, sizeof(raw), fanout->epoch);
	fanout_resize(fanout, server->config->history);
	return fanout;
}

static void drop_oldest(struct fanout *fanout)
{
	struct fanout_event *event = &fanout->ring[fanout->head];

	fanout->bytes -= event->tail->len;
	bytes_unref(event->tail);
	fanout->head = (fanout->head + 1) % fanout->size;
	fanout->count--;
}

static void empty(struct fanout *fanout)
{
	while (fanout->count)
		drop_oldest(fanout);
}

void fanout_resize(struct fanout *fanout, int history)
{
	struct fanout_event *ring;

	if ((size_t)history == fanout->size)
		return;
	ring = history ? calloc((size_t)history, sizeof(*ring)) : NULL;
	if (history && !ring)
		return;
	empty(fanout);
	free(fanout->ring);
	fanout->ring = ring;
	fanout->size = (size_t)history;
	fanout->head = 0;
}

void fanout_free(struct fanout *fanout)
{
	if (!fanout)
		return;
	empty(fanout);
	free(fanout->ring);
	free(fanout);
}

static void keep(struct fanout *fanout, struct bytes *tail)
{
	size_t at;

	if (!fanout->size)
		return;
	while (fanout->count == fanout->size ||
	       (fanout->count && fanout->bytes + tail->len > RING_BYTES_MAX))
		drop_oldest(fanout);
	at = (fanout->head + fanout->count++) % fanout->size;
	fanout->ring[at].seq = fanout->seq;
	fanout->ring[at].tail = bytes_ref(tail);
	fanout->bytes += tail->len;
}

/* Is anybody there for events, or about to come back? */
static bool is_wanted(const struct fanout *fanout)
{
	return !fanout->idle_since || fanout->server->now - fanout->idle_since < IDLE_MS;
}

static bool passes(const struct fanout *fanout, const struct session *session,
		   struct event_keys *keys, bool *have_keys, const char *json, size_t len)
{
	if (!session->filter.n && session->user->follow.all)
		return true;
	if (!*have_keys)
		event_keys_read(keys, json, len);
	*have_keys = true;
	return (!session->filter.n || filter_pass(&session->filter, keys)) &&
	       may_see_event(session->user, fanout->server->store, keys);
}

/* The member that follows the opening brace; NULL for what is no object with members. */
static const char *behind_brace(const char *json, size_t len)
{
	return len > 2 && json[0] == '{' && json[1] != '}' ? json + 1 : NULL;
}

/* The event's tail as SESSION's user may have it; a reference. */
static struct bytes *tail_for(const struct fanout *fanout, const struct session *session,
			      struct bytes *tail, const char *json, size_t len)
{
	struct bytes *own;
	struct buf text = {0};

	if (!cut_event(session->user, fanout->server->store, json, len, &text))
		return bytes_ref(tail);
	own = text.failed ? NULL : bytes_new(text.data + 1, text.len - 1);
	buf_free(&text);
	return own;
}

static void queue_for(const struct fanout *fanout, struct session *session, struct bytes *tail,
		      unsigned long long seq, const char *json, size_t len)
{
	struct bytes *own = tail_for(fanout, session, tail, json, len);

	if (own && speaking_is_event(own))
		speaking_queue(session, own, seq);
	else if (own)
		session_queue(session, own, session->n_apps ? 0 : -1, seq);
	bytes_unref(own);
}

static void offer(struct fanout *fanout, const char *json, size_t len)
{
	const char *tail = behind_brace(json, len);
	struct event_keys keys;
	struct session *session, *next;
	bool have_keys = false;
	struct bytes *bytes;

	bytes = tail ? bytes_new(tail, len - 1) : NULL;
	if (!bytes)
		return;
	keep(fanout, bytes);
	for (session = fanout->sessions; session; session = next) {
		next = session->next;
		if (session->all && passes(fanout, session, &keys, &have_keys, json, len))
			queue_for(fanout, session, bytes, fanout->seq, json, len);
	}
	bytes_unref(bytes);
}

/* The sink of one item. */
struct item_sink {
	struct host_sink sink;
	struct fanout *fanout;
};

static void take_object(struct host_sink *sink, const struct host_object *object)
{
	struct server *server = ((struct item_sink *)sink)->fanout->server;

	/* Who spoke until the end is asked of what was, else of what is. */
	if (object->gone)
		speaking_object(server->speaking, object);
	store_update(server->store, object);
	if (!object->gone)
		speaking_object(server->speaking, object);
}

static void take_voice(struct host_sink *sink, const char *channel, int ms)
{
	speaking_voice(((struct item_sink *)sink)->fanout->server->speaking, channel, ms);
}

static void take_hold(struct host_sink *sink, const char *channel, bool held)
{
	speaking_hold(((struct item_sink *)sink)->fanout->server->speaking, channel, held);
}

static void take_media(struct host_sink *sink, enum media_class class, const char *id, bool over)
{
	struct fanout *fanout = ((struct item_sink *)sink)->fanout;

	media_note(fanout->server->media, class, id, over);
}

void fanout_event(struct fanout *fanout, const char *json, size_t len)
{
	fanout->seq++;
	if (!is_wanted(fanout)) {
		empty(fanout);
		return;
	}
	fanout->server->stats.events++;
	offer(fanout, json, len);
}

static void take_event(struct host_sink *sink, const char *json, size_t len)
{
	fanout_event(((struct item_sink *)sink)->fanout, json, len);
}

void fanout_item(struct fanout *fanout, void *item)
{
	struct server *server = fanout->server;
	struct item_sink sink = {
		.sink = {
			.want_events = is_wanted(fanout),
			.object = take_object,
			.media = take_media,
			.voice = take_voice,
			.hold = take_hold,
			.event = take_event,
		},
		.fanout = fanout,
	};

	/* Nobody can resume across events that were never made. */
	if (!sink.sink.want_events) {
		empty(fanout);
		fanout->seq++;
	}
	server->ops->read(server->host, item, &sink.sink);
	speaking_flush(server->speaking);
	server->ops->item_release(server->host, item);
}

void fanout_lost(struct fanout *fanout, unsigned long long n)
{
	struct session *session, *next;
	struct buf text = {0};

	fanout->seq++;
	empty(fanout);
	server_log(fanout->server, HOST_WARNING, "%llu events were lost: the core cannot follow", n);
	buf_addf(&text, "{\"type\":\"StreamGap\",\"reason\":\"overrun\",\"lost\":%llu,"
			"\"epoch\":\"%s\",\"seq\":%llu}", n, fanout->epoch, fanout->seq);
	for (session = fanout->sessions; session && !text.failed; session = next) {
		next = session->next;
		if (!session->numbered)
			continue;
		session->last_seq = fanout->seq;
		session_queue_text(session, text.data, text.len);
	}
	buf_free(&text);
}

void fanout_push(struct fanout *fanout)
{
	struct session *session, *next;

	for (session = fanout->sessions; session; session = next) {
		next = session->next;
		if (session->count)
			session_push(session);
	}
}

void fanout_add(struct fanout *fanout, struct session *session)
{
	session->next = fanout->sessions;
	session->link = &fanout->sessions;
	if (session->next)
		session->next->link = &session->next;
	fanout->sessions = session;
	fanout->n_sessions++;
	if (session->all) {
		fanout->n_all++;
		fanout->idle_since = 0;
		inbox_hurry(&fanout->server->inbox, true);
	}
}

void fanout_remove(struct fanout *fanout, struct session *session)
{
	*session->link = session->next;
	if (session->next)
		session->next->link = session->link;
	fanout->n_sessions--;
	if (session->all && !--fanout->n_all) {
		fanout->idle_since = fanout->server->now;
		inbox_hurry(&fanout->server->inbox, false);
	}
}

static void replay_one(struct fanout *fanout, struct session *session,
		       const struct fanout_event *event)
{
	struct event_keys keys;
	struct buf json = {0};
	bool have_keys = false;

	buf_addc(&json, '{');
	buf_add(&json, event->tail->data, event->tail->len);
	if (!json.failed && passes(fanout, session, &keys, &have_keys, json.data, json.len))
		queue_for(fanout, session, event->tail, event->seq, json.data, json.len);
	buf_free(&json);
}

bool fanout_replay(struct fanout *fanout, struct session *session, unsigned long long seq)
{
	size_t i;

	if (seq > fanout->seq)
		return false;
	if (seq < fanout->seq &&
	    (!fanout->count || fanout->ring[fanout->head].seq > seq + 1 ||
	     fanout->ring[(fanout->head + fanout->count - 1) % fanout->size].seq != fanout->seq))
		return false;
	session->last_seq = seq;
	for (i = 0; i < fanout->count; i++) {
		const struct fanout_event *event =
			&fanout->ring[(fanout->head + i) % fanout->size];

		if (event->seq > seq)
			replay_one(fanout, session, event);
	}
	return true;
}
