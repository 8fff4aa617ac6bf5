/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See cut.h. */
#include <string.h>

#include "ari/json.h"
#include "authorise.h"
#include "cut.h"

struct cutting {
	const struct user *user;
	const struct store *store;
	struct buf *out;
	bool cut;
};

static bool is_key(struct ari_span key, const char *name)
{
	return key.len == strlen(name) && !memcmp(key.p, name, key.len);
}

/* What is not known may not be told either. */
static bool may_tell(const struct cutting *c, struct ari_span id)
{
	const struct object *channel;
	char text[200];
	long len = ari_json_text(id, text, sizeof(text));

	if (len == 0)
		return true;	/* "": none */
	channel = len < 0 || len >= (long)sizeof(text) ? NULL
						       : store_find(c->store, OBJECT_CHANNEL, text);
	return channel && may_follow(c->user, c->store, channel);
}

static void add_key(struct cutting *c, struct ari_span key, size_t start)
{
	if (c->out->len > start)
		buf_addc(c->out, ',');
	buf_addc(c->out, '"');
	buf_add(c->out, key.p, key.len);
	buf_adds(c->out, "\":");
}

static void add_channels(struct cutting *c, struct ari_span channels)
{
	struct ari_json_iter iter;
	struct ari_span key, id;
	size_t start;

	buf_addc(c->out, '[');
	start = c->out->len;
	ari_json_iter_init(&iter, channels);
	while (ari_json_next(&iter, &key, &id)) {
		if (!may_tell(c, id)) {
			c->cut = true;
			continue;
		}
		if (c->out->len > start)
			buf_addc(c->out, ',');
		buf_add(c->out, id.p, id.len);
	}
	buf_addc(c->out, ']');
}

static void add_bridge(struct cutting *c, struct ari_span bridge)
{
	struct ari_json_iter iter;
	struct ari_span key, value;
	size_t start;

	buf_addc(c->out, '{');
	start = c->out->len;
	ari_json_iter_init(&iter, bridge);
	while (ari_json_next(&iter, &key, &value)) {
		if (is_key(key, "video_source_id") && !may_tell(c, value)) {
			c->cut = true;
			continue;
		}
		add_key(c, key, start);
		if (is_key(key, "channels"))
			add_channels(c, value);
		else
			buf_add(c->out, value.p, value.len);
	}
	buf_addc(c->out, '}');
}

static void add_event(struct cutting *c, struct ari_span event)
{
	struct ari_json_iter iter;
	struct ari_span key, value;
	size_t start;

	buf_addc(c->out, '{');
	start = c->out->len;
	ari_json_iter_init(&iter, event);
	while (ari_json_next(&iter, &key, &value)) {
		add_key(c, key, start);
		if (ari_json_type(value) == ARI_JSON_OBJECT && ari_json_get(value, "bridge_type").p)
			add_bridge(c, value);
		else
			buf_add(c->out, value.p, value.len);
	}
	buf_addc(c->out, '}');
}

/* Most texts have no bridge, or an empty one. */
static bool has_members(const char *json, size_t len)
{
	static const char members[] = "\"channels\":[\"";

	return memmem(json, len, members, sizeof(members) - 1);
}

static bool cut(void (*add)(struct cutting *c, struct ari_span object), const struct user *user,
		const struct store *store, const char *json, size_t len, struct buf *out)
{
	struct cutting c = {.user = user, .store = store, .out = out};

	if (user->follow.all || !has_members(json, len))
		return false;
	add(&c, (struct ari_span){json, len});
	if (!c.cut)
		buf_free(out);
	return c.cut;
}

bool cut_bridge(const struct user *user, const struct store *store, const char *json, size_t len,
		struct buf *out)
{
	return cut(add_bridge, user, store, json, len, out);
}

bool cut_event(const struct user *user, const struct store *store, const char *json, size_t len,
	       struct buf *out)
{
	return cut(add_event, user, store, json, len, out);
}
