/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See fanout.h: what comes, whom it is for, what was lost; who is there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authorise.h"
#include "fanout_private.h"
#include "hash.h"
#include "media.h"
#include "session.h"
#include "speaking.h"
#include "user_event.h"

struct fanout *fanout_new(struct server *server)
{
	struct fanout *fanout = calloc(1, sizeof(*fanout));
	unsigned char raw[8];

	if (!fanout)
		return NULL;
	fanout->server = server;
	if (random_bytes(raw, sizeof(raw))) {
		free(fanout);
		return NULL;
	}
	hex_encode(raw, sizeof(raw), fanout->epoch);
	fanout_resize(fanout, server->config->history);
	return fanout;
}

void fanout_resize(struct fanout *fanout, int history)
{
	ring_resize(&fanout->ring, (size_t)history);
}

void fanout_free(struct fanout *fanout)
{
	if (!fanout)
		return;
	ring_free(&fanout->ring);
	viewers_free(&fanout->viewers);
	free(fanout);
}

/* Is anybody there for events, or about to come back? */
static bool is_wanted(const struct fanout *fanout)
{
	return fanout->viewers.used || fanout->n_single;
}

/* The member that follows the opening brace; NULL for what is no object with members. */
static const char *behind_brace(const char *json, size_t len)
{
	return len > 2 && json[0] == '{' && json[1] != '}' ? json + 1 : NULL;
}

/* The sink of one item, and what is known of the event that comes next. */
struct item_sink {
	struct host_sink sink;
	struct fanout *fanout;
	struct event_keys keys;
	bool have_keys;
	uint64_t verdict;
};

/* The application that one of the channels is in. */
static void add_application(const struct store *store, struct event_keys *keys)
{
	const struct object *channel;
	size_t i;

	for (i = 0; i < keys->n_channels && !*keys->application; i++) {
		channel = store_find(store, OBJECT_CHANNEL, keys->channel[i].id);
		if (channel && channel->application)
			snprintf(keys->application, sizeof(keys->application), "%s",
				 channel->application);
	}
}

static void judge(struct item_sink *sink)
{
	struct fanout *fanout = sink->fanout;

	add_application(fanout->server->store, &sink->keys);
	sink->have_keys = true;
	sink->verdict = viewers_judge(&fanout->viewers, fanout->server->store, &sink->keys);
}

static bool is_for(const struct item_sink *sink, const struct session *session)
{
	if (session->viewer >= 0)
		return sink->verdict >> session->viewer & 1;
	return (!session->filter.n || filter_pass(&session->filter, &sink->keys)) &&
	       may_see_event(session->user, sink->fanout->server->store, &sink->keys);
}

static void offer(struct item_sink *sink, struct bytes *tail, const char *json, size_t len)
{
	struct fanout *fanout = sink->fanout;
	uint64_t print = user_event_print(json, len);
	struct session *session;

	ring_keep(&fanout->ring, fanout->seq, tail, sink->verdict);
	for (session = fanout->sessions; session; session = session->next) {
		if (!session->all || !session->begun || !is_for(sink, session))
			continue;
		user_event_note(session, print);
		fanout_tell(fanout, session, tail, fanout->seq, json, len);
	}
}

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

static bool take_keys(struct host_sink *arg, const struct event_keys *keys)
{
	struct item_sink *sink = (struct item_sink *)arg;
	struct fanout *fanout = sink->fanout;

	if (fanout->viewers.plain == fanout->viewers.used && !fanout->n_single)
		return true;
	sink->keys = *keys;
	judge(sink);
	if (sink->verdict || fanout->n_single)
		return true;
	sink->have_keys = false;
	fanout->seq++;
	fanout->server->stats.events++;
	ring_keep(&fanout->ring, fanout->seq, NULL, 0);
	return false;
}

static void take_event(struct host_sink *arg, const char *json, size_t len)
{
	struct item_sink *sink = (struct item_sink *)arg;
	struct fanout *fanout = sink->fanout;
	const char *tail = behind_brace(json, len);
	struct bytes *bytes = tail ? bytes_new(tail, len - 1) : NULL;

	sink->verdict = sink->have_keys ? sink->verdict : fanout->viewers.used;
	if (!sink->have_keys &&
	    (fanout->viewers.plain != fanout->viewers.used || fanout->n_single)) {
		event_keys_read(&sink->keys, json, len);
		judge(sink);
	}
	sink->have_keys = false;
	fanout->seq++;
	fanout->server->stats.events++;
	if (bytes)
		offer(sink, bytes, json, len);
	else
		fanout_lost(fanout, 1);
	bytes_unref(bytes);
}

void fanout_event(struct fanout *fanout, const char *json, size_t len)
{
	struct item_sink sink;

	sink.fanout = fanout;
	sink.have_keys = false;
	if (is_wanted(fanout)) {
		take_event(&sink.sink, json, len);
	} else {
		fanout->seq++;
		ring_empty(&fanout->ring);
	}
}

/* Tell the numbered sessions how many events they will never see. */
static void tell_gap(struct fanout *fanout)
{
	struct session *session;
	struct buf text = {0};

	fanout->seq++;
	ring_empty(&fanout->ring);
	buf_addf(&text, "{\"type\":\"StreamGap\",\"reason\":\"overrun\",\"lost\":%llu,"
			"\"epoch\":\"%s\",\"seq\":%llu}", fanout->missed, fanout->epoch, fanout->seq);
	fanout->missed = 0;
	for (session = fanout->sessions; session && !text.failed; session = session->next) {
		if (session->numbered && session->begun)
			session_queue_mark(session, text.data, text.len, fanout->seq);
	}
	buf_free(&text);
}

static void retell(struct fanout *fanout)
{
	struct server *server = fanout->server;

	if (fanout->retelling) {
		fanout->again = true;
		return;
	}
	store_retell(server->store);
	fanout->retelling = !server->ops->retell(server->host);
	if (!fanout->retelling)
		tell_gap(fanout);
}

static void end_of_speaker(void *arg, const struct object *object)
{
	speaking_object(arg, &(struct host_object){.class = object->class, .id = object->id,
						   .name = object->name, .gone = true});
}

static void take_told(struct host_sink *sink)
{
	struct fanout *fanout = ((struct item_sink *)sink)->fanout;

	if (!fanout->retelling)
		return;
	fanout->retelling = false;
	if (fanout->again) {
		fanout->again = false;
		retell(fanout);
		return;
	}
	store_retold(fanout->server->store, end_of_speaker, fanout->server->speaking);
	fanout->server->changes++;
	tell_gap(fanout);
}

void fanout_item(struct fanout *fanout, void *item)
{
	struct server *server = fanout->server;
	struct item_sink sink;

	sink.sink = (struct host_sink){
		.want_events = is_wanted(fanout),
		.object = take_object,
		.media = take_media,
		.want = take_keys,
		.voice = take_voice,
		.hold = take_hold,
		.event = take_event,
		.told = take_told,
	};
	sink.fanout = fanout;
	sink.have_keys = false;
	/* Nobody can resume across events that were never made. */
	if (!sink.sink.want_events) {
		ring_empty(&fanout->ring);
		fanout->seq++;
	}
	server->ops->read(server->host, item, &sink.sink);
	speaking_flush(server->speaking);
	server->ops->item_release(server->host, item);
}

void fanout_lost(struct fanout *fanout, unsigned long long n)
{
	server_log(fanout->server, HOST_WARNING, "%llu events were lost: the core cannot follow", n);
	fanout->missed += n;
	ring_empty(&fanout->ring);
	fanout->seq++;
	retell(fanout);
}

/* One whose peer takes nothing now costs nothing: the transport says when there is room. */
static bool is_sendable(const struct session *session)
{
	return session->count && session->conn && !session->conn->blocked;
}

static void push_all(struct fanout *fanout)
{
	struct session *session, *next;

	for (session = fanout->sessions; session; session = next) {
		next = session->next;
		if (is_sendable(session))
			session_push(session);
	}
}

static bool is_queued(const struct fanout *fanout)
{
	const struct session *session = fanout->sessions;

	while (session && !is_sendable(session))
		session = session->next;
	return session != NULL;
}

void fanout_push(struct fanout *fanout)
{
	struct server *server = fanout->server;
	int64_t since;

	if (!fanout->pausing && !is_queued(fanout))
		return;
	since = clock_us();
	if (!pace_may(&fanout->pace, since))
		return;
	push_all(fanout);
	if (server->io_ops->wake_later && pace_took(&fanout->pace, since, clock_us())) {
		fanout->pausing = true;
		inbox_hurry(server, false);
		server->io_ops->wake_later(server->transport, PACE_PAUSE_US);
	} else if (fanout->pausing) {
		fanout->pausing = false;
		inbox_hurry(server, fanout->n_all > 0);
	}
}

void fanout_tick(struct fanout *fanout)
{
	viewers_expire(&fanout->viewers, fanout->server->now);
}

static void join(struct fanout *fanout, struct session *session)
{
	session->viewer = viewers_join(&fanout->viewers, session->config, session->user,
				       session->filter_text, fanout->seq);
	fanout->n_single += session->viewer < 0;
	if (!fanout->n_all++)
		inbox_hurry(fanout->server, true);
}

static void leave(struct fanout *fanout, const struct session *session)
{
	if (session->viewer >= 0)
		viewers_leave(&fanout->viewers, session->viewer, fanout->server->now);
	else
		fanout->n_single--;
	if (!--fanout->n_all)
		inbox_hurry(fanout->server, false);
}

void fanout_add(struct fanout *fanout, struct session *session)
{
	session->next = fanout->sessions;
	session->link = &fanout->sessions;
	if (session->next)
		session->next->link = &session->next;
	fanout->sessions = session;
	fanout->n_sessions++;
	if (session->all)
		join(fanout, session);
}

void fanout_remove(struct fanout *fanout, struct session *session)
{
	*session->link = session->next;
	if (session->next)
		session->next->link = session->link;
	fanout->n_sessions--;
	if (session->all)
		leave(fanout, session);
}

void fanout_rejoin(struct fanout *fanout, struct session *session)
{
	if (!session->all)
		return;
	leave(fanout, session);
	join(fanout, session);
}
