/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See own.h. */
#include <string.h>

#include "fanout.h"
#include "own.h"
#include "session.h"

static void add_text(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, "\"%s\":", name);
	buf_add_json(out, value, strlen(value));
	buf_addc(out, ',');
}

/* Who may follow everything sees all sessions, others those of their own. */
static bool may_see(const struct user *user, const struct session *session)
{
	const char *own = user->group ? user->group : user->name;

	return user->follow.all ||
	       !strcmp(own, session->user->group ? session->user->group : session->user->name);
}

static void add_session(struct buf *out, const struct session *session)
{
	size_t i;

	buf_addf(out, "%s{\"id\":\"%llu\",", out->len > 1 ? "," : "",
		 (unsigned long long)session->id);
	add_text(out, "user", session->user->name);
	add_text(out, "address", session->peer);
	buf_adds(out, "\"applications\":[");
	for (i = 0; i < session->n_apps; i++) {
		if (i)
			buf_addc(out, ',');
		buf_add_json(out, session->app[i].name, strlen(session->app[i].name));
	}
	buf_addf(out, "],\"subscribe_all\":%s,", session->all ? "true" : "false");
	add_text(out, "filter", session->filter_text ? session->filter_text : "");
	buf_addf(out, "\"sent\":%llu,\"queued\":%zu,\"queued_bytes\":%zu}", session->sent,
		 session->count, session->bytes);
}

unsigned int own_methods(const struct uri_path *path)
{
	bool one = path->n == 1 && (!strcmp(path->segment[0], "sessions") ||
				    !strcmp(path->segment[0], "playbacks"));
	bool live = path->n == 2 && !strcmp(path->segment[0], "recordings") &&
		    !strcmp(path->segment[1], "live");
	bool speakers = path->n == 3 && !strcmp(path->segment[0], "bridges") &&
			!strcmp(path->segment[2], "speakers");

	return one || live || speakers ? 1u << HTTP_GET : 0;
}

bool own_answer(struct request *req)
{
	const struct session *session;
	struct buf *out = &req->reply.body;

	if (req->segments.n != 1 || strcmp(req->segments.segment[0], "sessions"))
		return false;
	if (req->http.method != HTTP_GET) {
		buf_adds(&req->reply.headers, "Allow: GET\r\n");
		request_fail(req, 405, "Invalid method");
		return true;
	}
	buf_addc(out, '[');
	for (session = req->server->fanout->sessions; session; session = session->next) {
		if (session->ready && may_see(req->user, session))
			add_session(out, session);
	}
	buf_addc(out, ']');
	req->reply.status = 200;
	request_done(req);
	return true;
}
