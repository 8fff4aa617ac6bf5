/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See fanout.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authorise.h"
#include "cut.h"
#include "fanout.h"
#include "hash.h"
#include "media.h"
#include "session.h"
#include "speaking.h"
#include "user_event.h"

#define RING_BYTES_MAX (32u << 20)

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

static struct fanout_event *ring_at(const struct fanout *fanout, size_t i)
{
	return &fanout->ring[(fanout->head + i) % fanout->size];
}

static void drop_oldest(struct fanout *fanout)
{
	struct fanout_event *event = ring_at(fanout, 0);

	fanout->bytes -= event->tail ? event->tail->len : 0;
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
	viewers_free(&fanout->viewers);
	free(fanout->ring);
	free(fanout);
}

static void keep(struct fanout *fanout, struct bytes *tail, uint64_t verdict)
{
	size_t len = tail ? tail->len : 0;

	if (!fanout->size)
		return;
	while (fanout->count == fanout->size ||
	       (fanout->count && fanout->bytes + len > RING_BYTES_MAX))
		drop_oldest(fanout);
	*ring_at(fanout, fanout->count++) = (struct fanout_event){
		.seq = fanout->seq,
		.tail = tail ? bytes_ref(tail) : NULL,
		.verdict = verdict,
	};
	fanout->bytes += len;
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
	struct session *session;

	keep(fanout, tail, sink->verdict);
	for (session = fanout->sessions; session; session = session->next) {
		if (!session->all || !session->begun || !is_for(sink, session))
			continue;
		user_event_note(session, json, len);
		queue_for(fanout, session, tail, fanout->seq, json, len);
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
	keep(fanout, NULL, 0);
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
		empty(fanout);
	}
}

/* Tell the numbered sessions how many events they will never see. */
static void tell_gap(struct fanout *fanout)
{
	struct session *session;
	struct buf text = {0};

	fanout->seq++;
	empty(fanout);
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
		empty(fanout);
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
	empty(fanout);
	fanout->seq++;
	retell(fanout);
}

static void push_all(struct fanout *fanout)
{
	struct session *session, *next;

	for (session = fanout->sessions; session; session = next) {
		next = session->next;
		if (session->count)
			session_push(session);
	}
}

static bool is_queued(const struct fanout *fanout)
{
	const struct session *session = fanout->sessions;

	while (session && !session->count)
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

/* What another viewer was told of, seen with today's eyes: enough for who may see all. */
static bool can_judge_again(const struct fanout *fanout, const struct session *session,
			    unsigned long long seq)
{
	size_t i;

	if (!session->user->follow.all || session->filter.allows & 1u << FILTER_APPLICATION)
		return false;
	for (i = 0; i < fanout->count; i++) {
		if (ring_at(fanout, i)->seq > seq && !ring_at(fanout, i)->tail)
			return false;
	}
	return true;
}

bool fanout_can_replay(const struct fanout *fanout, const struct session *session,
		       unsigned long long seq)
{
	if (seq >= fanout->seq)
		return seq == fanout->seq;
	return fanout->count && ring_at(fanout, 0)->seq <= seq + 1 &&
	       ring_at(fanout, fanout->count - 1)->seq == fanout->seq &&
	       (viewers_know(&fanout->viewers, session->viewer, seq) ||
		can_judge_again(fanout, session, seq));
}

static void replay_one(struct fanout *fanout, struct session *session,
		       const struct fanout_event *event, bool known)
{
	struct event_keys keys;
	struct buf json = {0};
	bool pass = true;

	if (known && session->user->follow.all && !speaking_is_event(event->tail)) {
		session_queue(session, event->tail, session->n_apps ? 0 : -1, event->seq);
		return;
	}
	buf_addc(&json, '{');
	buf_add(&json, event->tail->data, event->tail->len);
	if (!known && session->filter.n && !json.failed) {
		event_keys_read(&keys, json.data, json.len);
		pass = filter_pass(&session->filter, &keys);
	}
	if (pass && !json.failed)
		queue_for(fanout, session, event->tail, event->seq, json.data, json.len);
	buf_free(&json);
}

void fanout_replay(struct fanout *fanout, struct session *session, unsigned long long seq)
{
	bool known = viewers_know(&fanout->viewers, session->viewer, seq);
	size_t i;

	for (i = 0; i < fanout->count; i++) {
		const struct fanout_event *event = ring_at(fanout, i);

		if (event->seq > seq && (!known || event->verdict >> session->viewer & 1))
			replay_one(fanout, session, event, known);
	}
}
