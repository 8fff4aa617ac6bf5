/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * See fanout.h: how one session is told of an event, when it happens and when it is told again
 * out of the ring, to a session that comes back.
 */
#include <stdlib.h>

#include "cut.h"
#include "fanout_private.h"
#include "session.h"
#include "speaking.h"

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

void fanout_tell(const struct fanout *fanout, struct session *session, struct bytes *tail,
		 unsigned long long seq, const char *json, size_t len)
{
	struct bytes *own = tail_for(fanout, session, tail, json, len);

	if (own && speaking_is_event(own))
		speaking_queue(session, own, seq);
	else if (own)
		session_queue(session, own, session->n_apps ? 0 : -1, seq);
	bytes_unref(own);
}

/* What another viewer was told of, seen with today's eyes: enough for who may see all. */
static bool can_judge_again(const struct fanout *fanout, const struct session *session,
			    unsigned long long seq)
{
	const struct ring *ring = &fanout->ring;
	size_t i;

	if (!session->user->follow.all || session->filter.allows & 1u << FILTER_APPLICATION)
		return false;
	for (i = 0; i < ring->count; i++) {
		if (ring_at(ring, i)->seq > seq && !ring_at(ring, i)->tail)
			return false;
	}
	return true;
}

bool fanout_can_replay(const struct fanout *fanout, const struct session *session,
		       unsigned long long seq)
{
	const struct ring *ring = &fanout->ring;

	if (seq >= fanout->seq)
		return seq == fanout->seq;
	return ring->count && ring_at(ring, 0)->seq <= seq + 1 &&
	       ring_at(ring, ring->count - 1)->seq == fanout->seq &&
	       (viewers_know(&fanout->viewers, session->viewer, seq) ||
		can_judge_again(fanout, session, seq));
}

static void replay_one(struct fanout *fanout, struct session *session,
		       const struct ring_event *event, bool known)
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
		fanout_tell(fanout, session, event->tail, event->seq, json.data, json.len);
	buf_free(&json);
}

void fanout_replay(struct fanout *fanout, struct session *session, unsigned long long seq)
{
	bool known = viewers_know(&fanout->viewers, session->viewer, seq);
	const struct ring *ring = &fanout->ring;
	size_t i;

	for (i = 0; i < ring->count; i++) {
		const struct ring_event *event = ring_at(ring, i);

		if (event->seq > seq && (!known || event->verdict >> session->viewer & 1))
			replay_one(fanout, session, event, known);
	}
}
