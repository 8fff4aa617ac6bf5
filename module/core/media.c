/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See media.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ari/json.h"
#include "authorise.h"
#include "media.h"

/* More than that are not kept apart from each other anyway. */
#define IDS_MAX 4096

struct id {
	struct id *next;
	char text[];
};

struct media {
	struct id *first[MEDIA_CLASSES];
	size_t n[MEDIA_CLASSES];
};

struct media *media_new(void)
{
	return calloc(1, sizeof(struct media));
}

void media_free(struct media *media)
{
	struct id *id;
	int c;

	for (c = 0; media && c < MEDIA_CLASSES; c++) {
		while ((id = media->first[c])) {
			media->first[c] = id->next;
			free(id);
		}
	}
	free(media);
}

static struct id **place(struct media *media, enum media_class class, const char *text)
{
	struct id **at = &media->first[class];

	while (*at && strcmp((*at)->text, text))
		at = &(*at)->next;
	return at;
}

static void forget(struct media *media, enum media_class class, struct id **at)
{
	struct id *id = *at;

	*at = id->next;
	media->n[class]--;
	free(id);
}

void media_note(struct media *media, enum media_class class, const char *text, bool over)
{
	struct id **at = place(media, class, text), *id;
	size_t len = strlen(text) + 1;

	if (over && *at)
		forget(media, class, at);
	if (over || *at || media->n[class] == IDS_MAX)
		return;
	id = malloc(sizeof(*id) + len);
	if (!id)
		return;
	memcpy(id->text, text, len);
	id->next = NULL;
	*at = id;
	media->n[class]++;
}

void media_begun(struct request *req)
{
	const char *op = req->route.op ? req->route.op->nickname : "";
	bool play = !strcmp(op, "play") || !strcmp(op, "playWithId");
	struct ari_span body = {req->reply.body.data, req->reply.body.len};
	char id[300];

	if (req->reply.status != 201 || (!play && strcmp(op, "record")))
		return;
	if (ari_json_text(ari_json_get(body, play ? "id" : "name"), id, sizeof(id)) > 0)
		media_note(req->server->media, play ? MEDIA_PLAYBACK : MEDIA_RECORDING, id, false);
}

/* The host's description of one, into REPLY; false when it is over. */
static bool look_up(struct server *server, enum media_class class, const char *id,
		    struct host_reply *reply)
{
	struct uri_path path = {.segment = {(char *)"playbacks", (char *)id}, .n = 2};
	struct uri_params none = {.n = 0};
	struct host_call call = {.method = HTTP_GET, .params = &none};
	char *text;

	if (class == MEDIA_RECORDING)
		path = (struct uri_path){
			.segment = {(char *)"recordings", (char *)"live", (char *)id}, .n = 3,
		};
	text = uri_path_encode(&path, -1, "");
	call.path = text;
	if (text)
		server->ops->invoke(server->host, &call, reply);
	free(text);
	return reply->status == 200;
}

/* What it plays to, or records, decides who may see it. */
static bool may_see(const struct request *req, const struct buf *body)
{
	const struct store *store = req->server->store;
	const struct object *object = NULL;
	char target[200] = "";

	if (req->user->follow.all)
		return true;
	ari_json_text(ari_json_get((struct ari_span){body->data, body->len}, "target_uri"), target,
		      sizeof(target));
	if (!strncmp(target, "channel:", 8))
		object = store_find(store, OBJECT_CHANNEL, target + 8);
	else if (!strncmp(target, "bridge:", 7))
		object = store_find(store, OBJECT_BRIDGE, target + 7);
	return object && may_follow(req->user, store, object);
}

/* The look-ups of a list, which a worker makes: there may be thousands. */
struct look {
	enum media_class class;
	size_t n;
	struct {
		char *id;
		struct host_reply reply;
		bool there;
	} item[];
};

static void look_free(struct look *look)
{
	size_t i;

	for (i = 0; look && i < look->n; i++) {
		free(look->item[i].id);
		buf_free(&look->item[i].reply.body);
		buf_free(&look->item[i].reply.headers);
	}
	free(look);
}

static struct look *look_new(struct request *req, enum media_class class)
{
	const struct media *media = req->server->media;
	struct look *look = calloc(1, sizeof(*look) + media->n[class] * sizeof(look->item[0]));
	const struct id *id;

	if (!look)
		return NULL;
	look->class = class;
	for (id = media->first[class]; id; id = id->next) {
		look->item[look->n].id = strdup(id->text);
		if (!look->item[look->n].id) {
			look_free(look);
			return NULL;
		}
		look->item[look->n++].reply.fd = -1;
	}
	return look;
}

static void look_run(struct job *job)
{
	struct request *req = (struct request *)job;
	struct look *look = req->look;
	size_t i;

	for (i = 0; i < look->n; i++)
		look->item[i].there = look_up(req->server, look->class, look->item[i].id,
					      &look->item[i].reply);
}

static void answer(struct request *req, const struct look *look)
{
	struct media *media = req->server->media;
	struct buf *out = &req->reply.body;
	struct id **at;
	size_t i;

	buf_addc(out, '[');
	for (i = 0; i < look->n; i++) {
		const struct buf *body = &look->item[i].reply.body;

		if (!look->item[i].there) {
			at = place(media, look->class, look->item[i].id);
			if (*at)
				forget(media, look->class, at);
		} else if (may_see(req, body)) {
			if (out->len > 1)
				buf_addc(out, ',');
			buf_add(out, body->data, body->len);
		}
	}
	buf_addc(out, ']');
	req->reply.status = 200;
	request_done(req);
}

static void look_done(struct job *job)
{
	struct request *req = (struct request *)job;
	struct look *look = req->look;

	if (job->late)
		request_busy(req);
	else
		answer(req, look);
	look_free(look);
}

static void list(struct request *req, enum media_class class)
{
	const char *owner = req->user->group ? req->user->group : req->user->name;
	struct look *look = look_new(req, class);

	if (!look) {
		request_fail(req, 500, "Allocation failed");
		return;
	}
	if (!look->n) {
		answer(req, look);
		look_free(look);
		return;
	}
	req->look = look;
	req->job.run = look_run;
	req->job.done = look_done;
	if (req->server->ending || pool_add(req->server->pool, owner, &req->job)) {
		request_busy(req);
		look_free(look);
	}
}

static void list_playbacks(struct request *req)
{
	list(req, MEDIA_PLAYBACK);
}

static void list_recordings(struct request *req)
{
	list(req, MEDIA_RECORDING);
}

bool media_answer(struct request *req)
{
	char *const *segment = req->segments.segment;
	bool playbacks = req->segments.n == 1 && !strcmp(segment[0], "playbacks");
	bool live = req->segments.n == 2 && !strcmp(segment[0], "recordings") &&
		    !strcmp(segment[1], "live");

	if (!playbacks && !live)
		return false;
	if (req->http.method != HTTP_GET) {
		buf_adds(&req->reply.headers, "Allow: GET\r\n");
		request_fail(req, 405, "Invalid method");
		return true;
	}
	request_sync(req, playbacks ? list_playbacks : list_recordings);
	return true;
}
