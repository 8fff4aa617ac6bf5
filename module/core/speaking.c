/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * See speaking.h. An event is written once, with everything in it, and shared as every
 * other; for those who may not follow all channels it is cut when it is queued for them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ari/json.h"
#include "authorise.h"
#include "fanout.h"
#include "request.h"
#include "session.h"
#include "speakers.h"
#include "speaking.h"

#define EVENT_TYPE "BridgeSpeakersChanged"

struct speaking {
	struct server *server;
	struct speakers *speakers;
	enum speakers_mode mode;
	struct buf text;
};

static int64_t wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void listen_to(void *arg, const char *channel, bool on)
{
	struct server *server = ((struct speaking *)arg)->server;
	const struct object *object = store_find(server->store, OBJECT_CHANNEL, channel);

	if (server->ops->listen)
		server->ops->listen(server->host, channel, object ? object->name : NULL, on);
}

/* As Asterisk writes times. */
static void add_time(struct buf *out, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	char day[32], zone[8];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	buf_addf(out, "\"%s.%03d%s\"", day, (int)(ms % 1000), zone);
}

static void add_speakers(struct speaking *speaking, struct buf *out, const struct speaker *speaker,
			 size_t n, const struct user *user)
{
	const struct store *store = speaking->server->store;
	const struct object *channel;
	const char *name;
	size_t i, first = out->len + 1;

	buf_addc(out, '[');
	for (i = 0; i < n; i++) {
		channel = store_find(store, OBJECT_CHANNEL, speaker[i].id);
		if (user && !user->follow.all && !(channel && may_follow(user, store, channel)))
			continue;
		name = channel && channel->name ? channel->name : "";
		buf_adds(out, out->len > first ? ",{\"id\":" : "{\"id\":");
		buf_add_json(out, speaker[i].id, strlen(speaker[i].id));
		buf_adds(out, ",\"name\":");
		buf_add_json(out, name, strlen(name));
		buf_adds(out, ",\"since\":");
		add_time(out, speaker[i].since);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static void add_ids(struct buf *out, const char *name, const char *const *id, size_t n)
{
	size_t i;

	buf_addf(out, ",\"%s\":[", name);
	for (i = 0; i < n; i++) {
		if (i)
			buf_addc(out, ',');
		buf_add_json(out, id[i], strlen(id[i]));
	}
	buf_addc(out, ']');
}

/* The event of CHANGE; false when its bridge is not known (any more). */
static bool write_event(struct speaking *speaking, const struct speakers_change *change)
{
	struct server *server = speaking->server;
	struct object *bridge = store_find(server->store, OBJECT_BRIDGE, change->bridge);
	struct buf *out = &speaking->text;
	const char *json, *identity;
	size_t len;

	json = bridge ? store_json(server->store, bridge, &len) : NULL;
	if (!json)
		return false;
	buf_clear(out);
	buf_adds(out, "{\"type\":\"" EVENT_TYPE "\",\"timestamp\":");
	add_time(out, wall_ms());
	buf_adds(out, ",\"bridge\":");
	buf_add(out, json, len);
	buf_adds(out, ",\"speakers\":");
	add_speakers(speaking, out, change->speaker, change->n, NULL);
	add_ids(out, "joined", change->joined, change->n_joined);
	add_ids(out, "left", change->left, change->n_left);
	identity = server->ops->identity ? server->ops->identity(server->host) : NULL;
	if (identity) {
		buf_adds(out, ",\"asterisk_id\":");
		buf_add_json(out, identity, strlen(identity));
	}
	buf_addc(out, '}');
	return !out->failed;
}

static void changed(void *arg, const struct speakers_change *change)
{
	struct speaking *speaking = arg;

	if (write_event(speaking, change))
		fanout_event(speaking->server->fanout, speaking->text.data, speaking->text.len);
}

static const struct speakers_ops ops = {
	.listen = listen_to,
	.changed = changed,
};

/* Is anything said in this bridge that is to be heard? Nobody hears anybody in a holding
 * bridge; where the audio does not come through Asterisk, listening would change that. */
static bool is_listened_to(const struct speaking *speaking, const char *technology)
{
	if (speaking->mode == SPEAKERS_NO || (technology && !strcmp(technology, "holding_bridge")))
		return false;
	return speaking->mode == SPEAKERS_YES || !technology || strncmp(technology, "native_", 7);
}

static void set_up(struct speaking *speaking)
{
	const struct server *server = speaking->server;
	const struct config *config = server->config;
	const struct speakers_times times = {
		.silence = config->speakers_silence,
		.debounce = config->speakers_debounce,
	};

	speaking->mode = config->speakers;
	speakers_set_times(speaking->speakers, &times);
	if (server->ops->listen_level)
		server->ops->listen_level(server->host, config->speakers_threshold);
}

struct speaking *speaking_new(struct server *server)
{
	struct speaking *speaking = calloc(1, sizeof(*speaking));

	if (!speaking)
		return NULL;
	speaking->server = server;
	speaking->speakers = speakers_new(&ops, speaking);
	if (!speaking->speakers) {
		free(speaking);
		return NULL;
	}
	set_up(speaking);
	return speaking;
}

void speaking_free(struct speaking *speaking)
{
	if (!speaking)
		return;
	speakers_free(speaking->speakers);
	buf_free(&speaking->text);
	free(speaking);
}

static void see_bridge(struct speaking *speaking, const char *id, const char *technology,
		       const char *const *members)
{
	speakers_members(speaking->speakers, id,
			 is_listened_to(speaking, technology) ? members : NULL);
}

void speaking_reconfigure(struct speaking *speaking)
{
	const struct object *bridge;

	set_up(speaking);
	for (bridge = store_first(speaking->server->store, OBJECT_BRIDGE); bridge;
	     bridge = bridge->newer)
		see_bridge(speaking, bridge->id, bridge->technology,
			   (const char *const *)bridge->members);
	speaking_flush(speaking);
}

void speaking_object(struct speaking *speaking, const struct host_object *object)
{
	if (object->class == OBJECT_BRIDGE) {
		see_bridge(speaking, object->id, object->technology,
			   object->gone ? NULL : object->members);
		/* The last word on a bridge, while there is still something to say it about. */
		if (object->gone)
			speaking_flush(speaking);
	} else if (object->class == OBJECT_CHANNEL && object->gone) {
		speakers_channel_gone(speaking->speakers, object->id);
		speaking_flush(speaking);
	}
}

void speaking_voice(struct speaking *speaking, const char *channel, int ms)
{
	speakers_voice(speaking->speakers, channel, ms, speaking->server->now);
}

void speaking_hold(struct speaking *speaking, const char *channel, bool held)
{
	speakers_hold(speaking->speakers, channel, held);
}

void speaking_flush(struct speaking *speaking)
{
	int64_t now = speaking->server->now;

	if (!speakers_any(speaking->speakers))
		return;
	speakers_age(speaking->speakers, now);
	speakers_flush(speaking->speakers, now, wall_ms());
}

bool speaking_is_event(const struct bytes *tail)
{
	static const char start[] = "\"type\":\"" EVENT_TYPE "\",";

	return tail->len > sizeof(start) && !memcmp(tail->data, start, sizeof(start) - 1);
}

/* One of the lists, without what is foreign. The number of items that are left. */
static size_t add_visible(struct buf *out, const struct session *session, struct ari_span list)
{
	const struct store *store = session->server->store;
	const struct object *channel;
	struct ari_span key, item;
	struct ari_json_iter iter;
	size_t n = 0;
	char id[200];

	buf_addc(out, '[');
	ari_json_iter_init(&iter, list);
	while (ari_json_next(&iter, &key, &item)) {
		*id = '\0';
		ari_json_text(ari_json_type(item) == ARI_JSON_OBJECT ? ari_json_get(item, "id")
								     : item, id, sizeof(id));
		channel = store_find(store, OBJECT_CHANNEL, id);
		/* Who comes back is told of those that are gone by now, too. */
		if (!channel)
			channel = store_find_gone(store, OBJECT_CHANNEL, id, "");
		if (!channel || !may_follow(session->user, store, channel))
			continue;
		if (n++)
			buf_addc(out, ',');
		buf_add(out, item.p, item.len);
	}
	buf_addc(out, ']');
	return n;
}

static bool is_name(struct ari_span key, const char *name)
{
	return key.len == strlen(name) && !memcmp(key.p, name, key.len);
}

/* EVENT for SESSION's eyes; NULL when nothing changes in them. */
static struct bytes *cut(const struct session *session, const struct bytes *tail)
{
	struct buf whole = {0}, out = {0};
	struct bytes *bytes = NULL;
	struct ari_span key, value;
	struct ari_json_iter iter;
	size_t changes = 0, n;

	buf_addc(&whole, '{');
	buf_add(&whole, tail->data, tail->len);
	ari_json_iter_init(&iter, (struct ari_span){whole.data, whole.len});
	while (!whole.failed && ari_json_next(&iter, &key, &value)) {
		if (out.len)
			buf_addc(&out, ',');
		buf_addf(&out, "\"%.*s\":", (int)key.len, key.p);
		if (is_name(key, "speakers") || is_name(key, "joined") || is_name(key, "left")) {
			n = add_visible(&out, session, value);
			changes += is_name(key, "speakers") ? 0 : n;
		} else {
			buf_add(&out, value.p, value.len);
		}
	}
	buf_addc(&out, '}');
	if (changes && !out.failed)
		bytes = bytes_new(out.data, out.len);
	buf_free(&whole);
	buf_free(&out);
	return bytes;
}

void speaking_queue(struct session *session, struct bytes *tail, unsigned long long seq)
{
	struct bytes *own;

	if (!session->speakers || session->user->no_speakers)
		return;
	own = session->user->follow.all ? bytes_ref(tail) : cut(session, tail);
	if (!own)
		return;
	session_queue(session, own, session->n_apps ? 0 : -1, seq);
	bytes_unref(own);
}

struct snapshot {
	struct speaking *speaking;
	struct session *session;
};

static void snapshot_bridge(void *arg, const char *bridge)
{
	struct snapshot *snapshot = arg;
	struct speaking *speaking = snapshot->speaking;
	struct session *session = snapshot->session;
	struct speakers_change change = {.bridge = bridge};
	struct event_keys keys;
	struct bytes *bytes;
	const char **ids;
	size_t i;

	change.speaker = speakers_of(speaking->speakers, bridge, &change.n);
	ids = calloc(change.n + 1, sizeof(*ids));
	for (i = 0; ids && i < change.n; i++)
		ids[i] = change.speaker[i].id;
	change.joined = ids;
	change.n_joined = change.n;
	if (ids && write_event(speaking, &change)) {
		event_keys_read(&keys, speaking->text.data, speaking->text.len);
		bytes = bytes_new(speaking->text.data + 1, speaking->text.len - 1);
		if (bytes && (!session->filter.n || filter_pass(&session->filter, &keys)) &&
		    may_see_event(session->user, session->server->store, &keys))
			speaking_queue(session, bytes, 0);
		bytes_unref(bytes);
	}
	free(ids);
}

void speaking_snapshot(struct session *session)
{
	struct speaking *speaking = session->server->speaking;
	struct snapshot snapshot = {.speaking = speaking, .session = session};

	if (session->speakers && !session->user->no_speakers)
		speakers_each(speaking->speakers, snapshot_bridge, &snapshot);
}

static const char *bridge_of(const struct request *req)
{
	return req->segments.segment[1];
}

static void answer(struct request *req)
{
	struct server *server = req->server;
	struct speaking *speaking = server->speaking;
	const struct object *bridge = store_find(server->store, OBJECT_BRIDGE, bridge_of(req));
	struct buf *out = &req->reply.body;
	const struct speaker *speaker;
	size_t n;

	if (!bridge || !may_follow(req->user, server->store, bridge)) {
		req->reply.status = 404;
		buf_adds(out, "{\"message\":\"Bridge not found\"}");
		request_done(req);
		return;
	}
	speaker = speakers_of(speaking->speakers, bridge->id, &n);
	buf_adds(out, "{\"bridge_id\":");
	buf_add_json(out, bridge->id, strlen(bridge->id));
	buf_adds(out, ",\"speakers\":");
	add_speakers(speaking, out, speaker, n, req->user);
	buf_addc(out, '}');
	req->reply.status = 200;
	request_done(req);
}

bool speaking_answer(struct request *req)
{
	char *const *segment = req->segments.segment;

	if (req->segments.n != 3 || strcmp(segment[0], "bridges") || strcmp(segment[2], "speakers"))
		return false;
	if (req->http.method != HTTP_GET) {
		buf_adds(&req->reply.headers, "Allow: GET\r\n");
		request_fail(req, 405, "Invalid method");
	} else if (req->user->no_speakers) {
		request_fail(req, 403, "this user is not told who speaks");
	} else if (req->server->speaking->mode == SPEAKERS_NO) {
		request_fail(req, 409, "nobody listens who speaks: 'speakers = no' in "
				       "stasis-http.conf");
	} else {
		request_sync(req, answer);
	}
	return true;
}
