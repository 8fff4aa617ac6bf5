/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The event stream: one topic of our own, to which everything is forwarded, and one listener on
 * it for the module's whole life. It takes a reference and posts it; what the messages mean is
 * worked out in the core's thread, so no queue of ours ever stands in a taskprocessor, where it
 * would keep SIP from being answered.
 *
 * The listener runs in the publisher's thread. A subscription would be handed each message
 * through a thread of its own, which costs a call a quarter of its time; the one thing that
 * Stasis lets others have without one is a cached topic. So the listeners are caches that never
 * find anything to keep: all they do is to ask their key function about each message.
 *
 * A marker published on the topic comes out behind all that was published before: that is a
 * sync, and also the moment at which the objects that exist already are taken over.
 */
#include "asterisk.h"

#include "asterisk/astobj2.h"
#include "asterisk/devicestate.h"
#include "asterisk/json.h"
#include "asterisk/stasis.h"
#include "asterisk/stasis_app.h"
#include "asterisk/stasis_endpoints.h"
#include "asterisk/utils.h"
#include "asterisk_host.h"
#include "compat.h"
#include "encode.h"

#define TOPICS 10

struct stream {
	struct asterisk_host *host;
	struct stasis_topic *topic;
	struct stasis_cache *cache, *endpoint_cache;
	struct stasis_caching_topic *listener, *endpoints;
	struct stasis_forward *forward[TOPICS];
};

enum item_kind {
	ITEM_MESSAGE,
	ITEM_OBJECT,		/*!< one that exists */
	ITEM_TOLD,		/*!< those were all */
	ITEM_VOICES,		/*!< who spoke, from talk.c */
	ITEM_TEXT,		/*!< a text message, from texts.c */
};

struct item {
	enum item_kind kind;
	enum object_class class;
	void *ref;
};

struct marker {
	uint64_t ticket;	/*!< 0: take over what exists */
};

STASIS_MESSAGE_TYPE_DEFN_LOCAL(marker_type);

/* Whom the key functions post for: they are not told. Set while there are listeners. */
static struct stream *listening;

static void post(struct asterisk_host *host, enum item_kind kind, enum object_class class,
	void *ref)
{
	struct item *item = ast_malloc(sizeof(*item));

	if (!item) {
		ao2_cleanup(ref);
		return;
	}
	item->kind = kind;
	item->class = class;
	item->ref = ref;
	/* What the core asked for is not refused. */
	if (kind == ITEM_OBJECT || kind == ITEM_TOLD) {
		server_post_state(host->server, item);
	} else {
		server_post_item(host->server, item);
	}
}

void stream_post_voices(struct asterisk_host *host, void *voices)
{
	post(host, ITEM_VOICES, OBJECT_CLASSES, voices);
}

void stream_post_text(struct asterisk_host *host, void *message)
{
	post(host, ITEM_TEXT, OBJECT_CLASSES, message);
}

static void post_channel(void *arg, struct ast_channel_snapshot *snapshot)
{
	post(((struct stream *) arg)->host, ITEM_OBJECT, OBJECT_CHANNEL, snapshot);
}

static void post_bridge(void *arg, struct ast_bridge_snapshot *snapshot)
{
	post(((struct stream *) arg)->host, ITEM_OBJECT, OBJECT_BRIDGE, snapshot);
}

static void post_endpoints(struct stream *stream)
{
	struct ao2_container *messages;
	struct stasis_message *msg;
	struct ao2_iterator iter;

	messages = stasis_cache_dump(ast_endpoint_cache(), ast_endpoint_snapshot_type());
	if (!messages) {
		return;
	}
	iter = ao2_iterator_init(messages, 0);
	while ((msg = ao2_iterator_next(&iter))) {
		post(stream->host, ITEM_OBJECT, OBJECT_ENDPOINT, ao2_bump(stasis_message_data(msg)));
		ao2_ref(msg, -1);
	}
	ao2_iterator_destroy(&iter);
	ao2_ref(messages, -1);
}

static void take_marker(struct stream *stream, const struct marker *marker)
{
	if (marker->ticket) {
		server_post_sync(stream->host->server, marker->ticket);
		return;
	}
	compat_each_channel(post_channel, stream);
	compat_each_bridge(post_bridge, stream);
	post_endpoints(stream);
	post(stream->host, ITEM_TOLD, OBJECT_CLASSES, NULL);
}

/* What ARI tells of, what the core has to know, and nothing else. */
static int is_ours(const struct stasis_message_type *type)
{
	return type == marker_type() || type == stasis_cache_update_type() ||
		type == ast_device_state_message_type() || type == ast_channel_snapshot_type() ||
		type == ast_bridge_snapshot_type() ||
		stasis_message_type_available_formatters(type) & STASIS_SUBSCRIPTION_FORMATTER_JSON;
}

static const char *hear(struct stasis_message *msg)
{
	const struct stasis_message_type *type = stasis_message_type(msg);

	if (type == marker_type()) {
		take_marker(listening, stasis_message_data(msg));
	} else if (is_ours(type)) {
		post(listening->host, ITEM_MESSAGE, OBJECT_CLASSES, ao2_bump(msg));
	}
	return NULL;
}

/* The endpoints' topic carries their channels' messages too, which come to us already. */
static const char *hear_endpoint(struct stasis_message *msg)
{
	struct stasis_message_type *type = stasis_message_type(msg);
	struct stasis_cache_update *update;

	if (type == stasis_cache_update_type()) {
		update = stasis_message_data(msg);
		if (update->type == ast_endpoint_snapshot_type()) {
			post(listening->host, ITEM_MESSAGE, OBJECT_CLASSES, ao2_bump(msg));
		}
	} else if (type == ast_endpoint_state_type() || type == ast_endpoint_contact_state_type()) {
		post(listening->host, ITEM_MESSAGE, OBJECT_CLASSES, ao2_bump(msg));
	}
	return NULL;
}

static int publish_marker(struct stream *stream, uint64_t ticket)
{
	struct marker *marker = ao2_alloc_options(sizeof(*marker), NULL, AO2_ALLOC_OPT_LOCK_NOLOCK);
	struct stasis_message *msg;

	if (!marker) {
		return -1;
	}
	marker->ticket = ticket;
	msg = stasis_message_create(marker_type(), marker);
	ao2_ref(marker, -1);
	if (!msg) {
		return -1;
	}
	stasis_publish(stream->topic, msg);
	ao2_ref(msg, -1);
	return 0;
}

int stream_sync(void *arg, uint64_t ticket)
{
	struct asterisk_host *host = arg;

	return host->stream ? publish_marker(host->stream, ticket) : -1;
}

int stream_retell(void *arg)
{
	struct asterisk_host *host = arg;

	return host->stream ? publish_marker(host->stream, 0) : -1;
}

static int listen_to_all(struct stream *stream)
{
	listening = stream;
	stream->cache = stasis_cache_create(hear);
	stream->endpoint_cache = stasis_cache_create(hear_endpoint);
	if (!stream->cache || !stream->endpoint_cache) {
		return -1;
	}
	stream->listener = stasis_caching_topic_create(stream->topic, stream->cache);
	stream->endpoints = stasis_caching_topic_create(ast_endpoint_topic_all_cached(),
		stream->endpoint_cache);
	return stream->listener && stream->endpoints ? 0 : -1;
}

static int forward(struct stream *stream)
{
	struct stasis_topic *topics[8];
	int i;

	compat_topics(topics);
	for (i = 0; topics[i]; i++) {
		stream->forward[i] = stasis_forward_all(topics[i], stream->topic);
		if (!stream->forward[i]) {
			return -1;
		}
	}
	stream->forward[i] = stasis_forward_all(ast_device_state_topic_all(), stream->topic);
	return stream->forward[i] ? 0 : -1;
}

struct stream *stream_start(struct asterisk_host *host)
{
	struct stream *stream = ast_calloc(1, sizeof(*stream));

	if (!stream) {
		return NULL;
	}
	stream->host = host;
	if (!STASIS_MESSAGE_TYPE_INIT(marker_type)) {
		stream->topic = stasis_topic_create("stasis-http:stream");
	}
	if (stream->topic && !listen_to_all(stream) && !forward(stream) && !publish_marker(stream, 0)) {
		return stream;
	}
	stream_stop(stream);
	return NULL;
}

void stream_stop(struct stream *stream)
{
	int i;

	for (i = 0; i < TOPICS; i++) {
		stasis_forward_cancel(stream->forward[i]);
	}
	stasis_caching_unsubscribe_and_join(stream->endpoints);
	stasis_caching_unsubscribe_and_join(stream->listener);
	listening = NULL;
	ao2_cleanup(stream->cache);
	ao2_cleanup(stream->endpoint_cache);
	ao2_cleanup(stream->topic);
	STASIS_MESSAGE_TYPE_CLEANUP(marker_type);
	ast_free(stream);
}

/* "PJSIP/alice-00000001" is a channel of the endpoint PJSIP/alice. */
static void endpoint_of(const char *name, char *out, size_t size)
{
	char *dash;

	ast_copy_string(out, name, size);
	dash = strrchr(out, '-');
	if (dash) {
		*dash = '\0';
	}
}

/* Stasis(APPLICATION,...), whoever owns it: ours or stock ARI's clients. */
static void application_of(const struct channel_facts *facts, char *out, size_t size)
{
	int in_stasis = !strcasecmp(facts->appl, "Stasis");

	ast_copy_string(out, in_stasis ? facts->data : "", size);
	out[strcspn(out, ",")] = '\0';
}

static void tell_channel(struct host_sink *sink, struct ast_channel_snapshot *snapshot, int gone)
{
	struct host_object object = { .class = OBJECT_CHANNEL, .gone = gone };
	struct channel_facts facts;
	char endpoint[AST_CHANNEL_NAME], application[AST_MAX_CONTEXT];

	compat_channel_facts(snapshot, &facts);
	endpoint_of(facts.name, endpoint, sizeof(endpoint));
	object.id = facts.id;
	object.name = facts.name;
	object.context = facts.context;
	object.tenant = facts.tenant;
	object.endpoint = endpoint;
	application_of(&facts, application, sizeof(application));
	object.application = application;
	object.hidden = encode_hides(snapshot);
	object.ref = gone ? NULL : ao2_bump(snapshot);
	sink->object(sink, &object);
}

static void tell_bridge(struct host_sink *sink, struct ast_bridge_snapshot *snapshot, int gone)
{
	struct host_object object = { .class = OBJECT_BRIDGE, .gone = gone };
	const char **members = NULL;
	struct ao2_iterator iter;
	char *id;
	int n = 0, size;

	object.id = snapshot->uniqueid;
	object.name = snapshot->name;
	object.technology = snapshot->technology;
	size = gone ? 0 : ao2_container_count(snapshot->channels) + 1;
	members = size ? ast_calloc(size, sizeof(*members)) : NULL;
	if (members) {
		iter = ao2_iterator_init(snapshot->channels, 0);
		while (n + 1 < size && (id = ao2_iterator_next(&iter))) {
			/* The container, which the snapshot holds, keeps the string. */
			members[n++] = id;
			ao2_ref(id, -1);
		}
		ao2_iterator_destroy(&iter);
	}
	object.members = members;
	object.ref = gone ? NULL : ao2_bump(snapshot);
	sink->object(sink, &object);
	ast_free(members);
}

static void tell_endpoint(struct host_sink *sink, struct ast_endpoint_snapshot *snapshot, int gone)
{
	struct host_object object = { .class = OBJECT_ENDPOINT, .gone = gone };

	object.id = snapshot->id;
	object.name = snapshot->resource;
	object.endpoint = snapshot->id;
	object.ref = gone ? NULL : ao2_bump(snapshot);
	sink->object(sink, &object);
}

static void tell_endpoint_change(struct host_sink *sink, struct stasis_message *msg)
{
	struct stasis_cache_update *update = stasis_message_data(msg);

	if (update->type != ast_endpoint_snapshot_type()) {
		return;
	}
	if (update->new_snapshot) {
		tell_endpoint(sink, stasis_message_data(update->new_snapshot), 0);
	} else if (update->old_snapshot) {
		tell_endpoint(sink, stasis_message_data(update->old_snapshot), 1);
	}
}

/* Playbacks and recordings are known by the names of their messages' types: the modules that
 * define these need not be there. */
static void tell_media(struct host_sink *sink, struct stasis_message *msg)
{
	const char *type = stasis_message_type_name(stasis_message_type(msg));
	int playback = !strcmp(type, "stasis_app_playback_snapshot_type");
	struct ast_channel_blob *blob;
	const char *id, *state;

	if (!playback && strcmp(type, "stasis_app_recording_snapshot_type")) {
		return;
	}
	blob = stasis_message_data(msg);
	id = ast_json_string_get(ast_json_object_get(blob->blob, playback ? "id" : "name"));
	state = ast_json_string_get(ast_json_object_get(blob->blob, "state"));
	if (id && state) {
		sink->media(sink, playback ? MEDIA_PLAYBACK : MEDIA_RECORDING, id,
			!strcmp(state, "done") || !strcmp(state, "failed") || !strcmp(state, "canceled"));
	}
}

static void tell_hold(struct host_sink *sink, struct stasis_message *msg, int held)
{
	struct ast_channel_blob *blob = stasis_message_data(msg);
	struct channel_facts facts;

	if (blob->snapshot) {
		compat_channel_facts(blob->snapshot, &facts);
		sink->hold(sink, facts.id, held);
	}
}

static void tell_change(struct host_sink *sink, struct stasis_message *msg)
{
	struct ast_channel_snapshot *was_channel, *channel;
	struct ast_bridge_snapshot *was_bridge, *bridge;
	int gone;

	if (compat_channel_change(msg, &was_channel, &channel, &gone)) {
		tell_channel(sink, channel, gone);
	} else if (compat_bridge_change(msg, &was_bridge, &bridge, &gone)) {
		tell_bridge(sink, bridge, gone);
	} else if (stasis_message_type(msg) == stasis_cache_update_type()) {
		tell_endpoint_change(sink, msg);
	} else if (stasis_message_type(msg) == ast_channel_hold_type()) {
		tell_hold(sink, msg, 1);
	} else if (stasis_message_type(msg) == ast_channel_unhold_type()) {
		tell_hold(sink, msg, 0);
	} else {
		tell_media(sink, msg);
	}
}

/* One that was there when this was asked. What has changed meanwhile was published, and either
 * came in front of this or is still to come. */
static void tell_existing(struct host_sink *sink, const struct item *item)
{
	struct ast_endpoint_snapshot *endpoint = item->ref, *now;

	switch (item->class) {
	case OBJECT_CHANNEL:
		if (compat_channel_is_current(item->ref)) {
			tell_channel(sink, item->ref, 0);
		}
		break;
	case OBJECT_BRIDGE:
		if (compat_bridge_is_current(item->ref)) {
			tell_bridge(sink, item->ref, 0);
		}
		break;
	default:
		now = ast_endpoint_latest_snapshot(endpoint->tech, endpoint->resource);
		if (now == endpoint) {
			tell_endpoint(sink, endpoint, 0);
		}
		ao2_cleanup(now);
		break;
	}
}

void stream_read(void *host, void *arg, struct host_sink *sink)
{
	struct item *item = arg;

	switch (item->kind) {
	case ITEM_MESSAGE:
		tell_change(sink, item->ref);
		if (sink->want_events) {
			encode_message(item->ref, sink);
		}
		break;
	case ITEM_OBJECT:
		tell_existing(sink, item);
		break;
	case ITEM_VOICES:
		talk_tell(item->ref, sink);
		break;
	case ITEM_TEXT:
		if (sink->want_events) {
			texts_tell(item->ref, sink);
		}
		break;
	case ITEM_TOLD:
		sink->told(sink);
		break;
	}
}

void stream_item_release(void *host, void *arg)
{
	struct item *item = arg;

	ao2_cleanup(item->ref);
	ast_free(item);
}

int stream_object_json(void *host, enum object_class class, void *ref, struct buf *out)
{
	return encode_object(class, ref, out);
}

bool stream_object_is_current(void *host, enum object_class class, void *ref)
{
	return class == OBJECT_CHANNEL && compat_channel_is_current(ref);
}

void stream_object_release(void *host, enum object_class class, void *ref)
{
	ao2_cleanup(ref);
}
