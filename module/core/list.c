/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Lists. Channels, bridges and endpoints come from the store's texts, behind a sync, so that
 * whoever lists after a change sees the change; who may see all shares one cached text, and
 * its ETag is the store's version. The host's own lists are cut down to what may be seen.
 */
#include <stdio.h>
#include <string.h>

#include "ari/json.h"
#include "authorise.h"
#include "cut.h"
#include "fanout.h"
#include "hash.h"
#include "list.h"
#include "request.h"

static bool find_class(const struct request *req, enum object_class *class)
{
	static const char *const ops[OBJECT_CLASSES] = {
		[OBJECT_CHANNEL] = "channels.list",
		[OBJECT_BRIDGE] = "bridges.list",
		[OBJECT_ENDPOINT] = "endpoints.list",
	};
	int c;

	for (c = 0; req->route.op && c < OBJECT_CLASSES; c++) {
		if (!strcmp(ops[c], req->route.op->name)) {
			*class = (enum object_class)c;
			return true;
		}
	}
	return false;
}

static struct bytes *build(struct request *req, enum object_class class)
{
	struct store *store = req->server->store;
	struct object *object;
	struct bytes *bytes = NULL;
	struct buf out = {0}, own = {0};
	const char *json;
	size_t len;

	buf_addc(&out, '[');
	for (object = store_first(store, class); object; object = object->newer) {
		if (object->hidden || !may_follow(req->user, store, object))
			continue;
		json = store_json(store, object, &len);
		if (!json)
			continue;
		if (out.len > 1)
			buf_addc(&out, ',');
		if (class == OBJECT_BRIDGE && cut_bridge(req->user, store, json, len, &own)) {
			buf_add(&out, own.data, own.len);
			out.failed |= own.failed;
			buf_free(&own);
		} else {
			buf_add(&out, json, len);
		}
	}
	buf_addc(&out, ']');
	if (!out.failed)
		bytes = bytes_new(out.data, out.len);
	buf_free(&out);
	return bytes;
}

/* The list of who may see everything, made once for each version. */
static struct bytes *build_all(struct request *req, enum object_class class)
{
	struct list_cache *cache = &req->server->lists[class];
	unsigned long long version = store_version(req->server->store, class);

	if (!cache->bytes || cache->version != version) {
		bytes_unref(cache->bytes);
		cache->bytes = build(req, class);
		cache->version = version;
	}
	return cache->bytes ? bytes_ref(cache->bytes) : NULL;
}

/* Is TAG, which is strong, one of an If-None-Match? Weak ones are the same there. */
static bool is_known(const struct request *req, const char *tag)
{
	const char *given = http_header(&req->http, "if-none-match"), *end;
	size_t len = strlen(tag);

	while (given && *(given += strspn(given, " \t,"))) {
		if (*given == '*')
			return true;
		given += given[0] == 'W' && given[1] == '/' ? 2 : 0;
		end = *given == '"' ? strchr(given + 1, '"') : NULL;
		if (!end)
			return false;
		if ((size_t)(end + 1 - given) == len && !memcmp(given, tag, len))
			return true;
		given = end + 1;
	}
	return false;
}

/* Before the body is made: what is known needs none. */
static bool answer_unchanged(struct request *req, const char *tag)
{
	buf_addf(&req->reply.headers, "ETag: %s\r\nCache-Control: no-cache, private\r\n"
		 "Vary: Accept, Authorization, Origin, X-API-Key\r\n", tag);
	if (!is_known(req, tag))
		return false;
	req->reply.status = 304;
	request_done(req);
	return true;
}

/* The same list in another form is another text. */
static const char *form_of(const struct request *req)
{
	bool xml = req->session ? req->xml : reply_wants_xml(&req->http);

	if (req->config->pretty)
		return xml ? "-xml-pretty" : "-pretty";
	return xml ? "-xml" : "";
}

/* Of a list that one user sees: nobody else's, even where the text is the same. */
static int make_own_tag(const struct request *req, char *tag, size_t size)
{
	char hex[2 * HASH_MAX + 1];
	struct buf text = {0};
	int res = -1;

	buf_addf(&text, "%s %s ", req->server->fanout->epoch, req->user->name);
	buf_add(&text, req->body->data, req->body->len);
	if (!text.failed && !hash_hex(HASH_SHA256, text.data, text.len, hex)) {
		snprintf(tag, size, "\"%.32s%s\"", hex, form_of(req));
		res = 0;
	}
	buf_free(&text);
	return res;
}

static void answer(struct request *req)
{
	enum object_class class = OBJECT_CHANNEL;
	bool all = req->user->follow.all;
	char tag[80];

	find_class(req, &class);
	req->reply.status = 200;
	if (all) {
		snprintf(tag, sizeof(tag), "\"%s-%d-%llx%s\"", req->server->fanout->epoch,
			 (int)class, store_version(req->server->store, class), form_of(req));
		if (answer_unchanged(req, tag))
			return;
		req->body = build_all(req, class);
	} else {
		req->body = build(req, class);
		if (req->body && !make_own_tag(req, tag, sizeof(tag)) && answer_unchanged(req, tag))
			return;
	}
	if (req->body)
		request_done(req);
	else
		request_fail(req, 500, "Allocation failed");
}

/* One channel: our text of it, if that is of the channel as it is now; the host knows better. */
static bool answer_one(struct request *req)
{
	struct server *server = req->server;
	const char *id = route_id(&req->route, &req->segments, "channelId"), *json;
	struct object *object = id ? store_find(server->store, OBJECT_CHANNEL, id) : NULL;
	size_t len;

	if (!object || !object->ref ||
	    !server->ops->object_is_current(server->host, OBJECT_CHANNEL, object->ref))
		return false;
	json = store_json(server->store, object, &len);
	if (!json)
		return false;
	buf_add(&req->reply.body, json, len);
	req->reply.status = 200;
	request_done(req);
	return true;
}

bool list_answer(struct request *req)
{
	enum object_class class;

	if (req->route.op && !strcmp(req->route.op->name, "channels.get"))
		return answer_one(req);
	if (!find_class(req, &class))
		return false;
	request_sync(req, answer);
	return true;
}

/* Which of the host's lists are of names that scopes know. */
static bool name_kind(const char *op, enum scope_kind *kind)
{
	static const struct {
		const char *op;
		enum scope_kind kind;
	} lists[] = {
		{"applications.list", SCOPE_APPLICATION}, {"deviceStates.list", SCOPE_DEVICE},
		{"mailboxes.list", SCOPE_MAILBOX}, {"recordings.listStored", SCOPE_RECORDING},
		{"endpoints.listByTech", SCOPE_ENDPOINT},
	};
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		*kind = lists[i].kind;
		if (!strcmp(lists[i].op, op))
			return true;
	}
	return false;
}

static bool may_list(const struct user *user, enum scope_kind kind, struct ari_span item)
{
	char name[300] = "", tech[64] = "", resource[200] = "";

	if (kind == SCOPE_ENDPOINT) {
		ari_json_text(ari_json_get(item, "technology"), tech, sizeof(tech));
		ari_json_text(ari_json_get(item, "resource"), resource, sizeof(resource));
		snprintf(name, sizeof(name), "%s/%s", tech, resource);
	} else if (ari_json_text(ari_json_get(item, "name"), name, sizeof(name)) >=
		   (long)sizeof(name)) {
		return false;
	}
	return scope_match(&user->follow, kind, name) || scope_match(&user->manipulate, kind, name);
}

static void cut_list(struct buf *body, const struct user *user, enum scope_kind kind)
{
	struct ari_json_iter iter;
	struct ari_span key, item;
	struct buf out = {0};

	buf_addc(&out, '[');
	ari_json_iter_init(&iter, (struct ari_span){body->data, body->len});
	while (ari_json_next(&iter, &key, &item)) {
		if (!may_list(user, kind, item))
			continue;
		if (out.len > 1)
			buf_addc(&out, ',');
		buf_add(&out, item.p, item.len);
	}
	buf_addc(&out, ']');
	buf_free(body);
	*body = out;
}

void list_cut(struct request *req)
{
	struct buf *body = &req->reply.body, own = {0};
	enum scope_kind kind;

	if (!req->user || req->user->follow.all || req->reply.status != 200 || !req->route.op ||
	    !body->len)
		return;
	if (name_kind(req->route.op->name, &kind)) {
		cut_list(body, req->user, kind);
	} else if (!strncmp(req->route.op->name, "bridges.", 8) &&
		   cut_bridge(req->user, req->server->store, body->data, body->len, &own)) {
		buf_free(body);
		*body = own;
	}
}

/* What a scoped user's request brought into being is his. */
void list_claim(struct request *req)
{
	const char *op = req->route.op ? req->route.op->name : "";
	enum object_class class = OBJECT_CHANNEL;
	struct ari_span body = {req->reply.body.data, req->reply.body.len};
	char id[200], name[300] = "";

	if (!req->user || req->user->manipulate.all || req->reply.status != 200)
		return;
	if (!strcmp(op, "bridges.create") || !strcmp(op, "bridges.createWithId"))
		class = OBJECT_BRIDGE;
	else if (strncmp(op, "channels.originate", 18) && strcmp(op, "channels.create") &&
		 strcmp(op, "channels.externalMedia") && strncmp(op, "channels.snoop", 14))
		return;
	ari_json_text(ari_json_get(body, "name"), name, sizeof(name));
	if (ari_json_text(ari_json_get(body, "id"), id, sizeof(id)) > 0)
		store_set_owner(req->server->store, class, id, name,
				req->user->group ? req->user->group : req->user->name);
}
