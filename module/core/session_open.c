/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * How a session begins and ends. Applications are registered and given back by one thread
 * that does nothing else, so in order, with no lock of the core held: stock ARI wedges where
 * it unregisters under a lock that its own event handler takes.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "authorise.h"
#include "cut.h"
#include "fanout.h"
#include "request.h"
#include "session_private.h"
#include "speaking.h"

struct app_job {
	struct job job;
	struct server *server;
	struct request *req;		/* to answer when registering */
	uint64_t session;
	size_t n;
	int result;
	char *name[];
};

static void app_job_free(struct app_job *job)
{
	size_t i;

	for (i = 0; i < job->n; i++)
		free(job->name[i]);
	free(job);
}

static struct app_job *app_job_new(struct session *session)
{
	struct app_job *job = calloc(1, sizeof(*job) + session->n_apps * sizeof(*job->name));

	if (!job)
		return NULL;
	job->server = session->server;
	job->session = session->id;
	for (job->n = 0; job->n < session->n_apps; job->n++) {
		job->name[job->n] = strdup(session->app[job->n].name);
		if (!job->name[job->n]) {
			app_job_free(job);
			return NULL;
		}
	}
	return job;
}

static void register_run(struct job *arg)
{
	struct app_job *job = (struct app_job *)arg;
	const struct host_ops *ops = job->server->ops;
	size_t i;

	for (i = 0; i < job->n && !job->result; i++)
		job->result = ops->app_register(job->server->host, job->name[i], job->session);
	while (job->result && i-- > 0)
		ops->app_unregister(job->server->host, job->name[i], job->session);
}

static void unregister_run(struct job *arg)
{
	struct app_job *job = (struct app_job *)arg;
	size_t i;

	for (i = 0; i < job->n; i++)
		job->server->ops->app_unregister(job->server->host, job->name[i], job->session);
}

static void unregister_done(struct job *arg)
{
	app_job_free((struct app_job *)arg);
}

void session_leave(struct session *session)
{
	struct app_job *job = session->farewell;

	session->farewell = NULL;
	if (job && !session->registered) {
		app_job_free(job);
	} else if (job) {
		job->job.run = unregister_run;
		job->job.done = unregister_done;
		pool_add(session->server->apps, NULL, &job->job);
	}
	session_free(session);
}

bool user_same(const struct user *a, const struct user *b)
{
	size_t i;

	if (!a->password != !b->password || (a->password && strcmp(a->password, b->password)) ||
	    a->format != b->format || a->n_keys != b->n_keys)
		return false;
	for (i = 0; i < a->n_keys; i++) {
		if (strcmp(a->key[i].hash, b->key[i].hash) ||
		    a->key[i].expires != b->key[i].expires)
			return false;
	}
	return true;
}

/* Where the session stands: events behind SEQ follow. */
static void queue_mark(struct session *session, const char *type, unsigned long long seq)
{
	const struct fanout *fanout = session->server->fanout;
	struct buf text = {0};

	buf_addf(&text, "{\"type\":\"%s\",\"epoch\":\"%s\",\"seq\":%llu,\"session\":\"%llu\"}", type,
		 fanout->epoch, seq, (unsigned long long)session->id);
	if (!text.failed)
		session_queue_mark(session, text.data, text.len, seq);
	buf_free(&text);
}

static void queue_snapshot(struct session *session)
{
	static const char *const classes[OBJECT_CLASSES] = {
		[OBJECT_CHANNEL] = "channel",
		[OBJECT_BRIDGE] = "bridge",
		[OBJECT_ENDPOINT] = "endpoint",
	};
	struct store *store = session->server->store;
	struct object *object;
	struct buf text = {0}, own = {0};
	const char *json;
	size_t len;
	int c;

	queue_mark(session, "SnapshotStarted", session->server->fanout->seq);
	for (c = 0; c < OBJECT_CLASSES; c++) {
		for (object = store_first(store, (enum object_class)c); object;
		     object = object->newer) {
			if (object->hidden || !may_follow(session->user, store, object))
				continue;
			json = store_json(store, object, &len);
			if (!json)
				continue;
			buf_clear(&text);
			buf_addf(&text, "{\"type\":\"SnapshotObject\",\"%s\":", classes[c]);
			if (c == OBJECT_BRIDGE && cut_bridge(session->user, store, json, len, &own)) {
				buf_add(&text, own.data, own.len);
				text.failed |= own.failed;
				buf_free(&own);
			} else {
				buf_add(&text, json, len);
			}
			buf_addc(&text, '}');
			if (!text.failed)
				session_queue_text(session, text.data, text.len);
		}
	}
	buf_free(&text);
	speaking_snapshot(session);
	queue_mark(session, "SnapshotFinished", session->server->fanout->seq);
}

static bool is_yes(const char *value)
{
	return value && (!strcasecmp(value, "true") || !strcasecmp(value, "yes") ||
			 !strcmp(value, "1"));
}

/* The place EPOCH:SEQ that a client knew last, if all behind it can still be told. */
static bool read_since(const struct session *session, const char *since, unsigned long long *seq)
{
	const struct fanout *fanout = session->server->fanout;
	size_t len = strlen(fanout->epoch);
	char *end;

	if (strncmp(since, fanout->epoch, len) || since[len] != ':' ||
	    !isdigit((unsigned char)since[len + 1]))
		return false;
	*seq = strtoull(since + len + 1, &end, 10);
	return !*end && fanout_can_replay(fanout, session, *seq);
}

/* What a numbered session is told first: where it stands. */
static void queue_beginning(struct session *session, const struct request *req)
{
	struct fanout *fanout = session->server->fanout;
	const char *since = uri_param(&req->params, "since");
	bool snapshot = is_yes(uri_param(&req->params, "snapshot"));
	unsigned long long seq;

	session->begun = true;
	if (!session->numbered)
		return;
	if (since && read_since(session, since, &seq)) {
		queue_mark(session, "StreamResumed", seq);
		fanout_replay(fanout, session, seq);
		return;
	}
	if (since)
		queue_mark(session, "StreamGap", fanout->seq);
	else if (!snapshot)
		queue_mark(session, "StreamStarted", fanout->seq);
	if (snapshot)
		queue_snapshot(session);
}

/* Is WORD one of the comma separated words of a header? */
static bool header_has(const struct http_request *http, const char *header, const char *word)
{
	const char *p = http_header(http, header);
	size_t len, n = strlen(word);

	for (; p && *p; p += len) {
		p += strspn(p, " \t,");
		len = strcspn(p, " \t,");
		if (len == n && !strncasecmp(p, word, n))
			return true;
	}
	return false;
}

static void accept_socket(struct session *session, struct request *req)
{
	struct conn *conn = req->conn;
	struct buf *out = conn_out(conn);
	char accept[29];

	if (ws_accept(http_header(&req->http, "sec-websocket-key"), accept)) {
		fanout_remove(session->server->fanout, session);
		session_leave(session);
		request_fail(req, 400, "Sec-WebSocket-Key is no key");
		return;
	}
	buf_addf(out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
			     "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n", accept);
	/* Taking this one up is how a client learns that all of this is there; stock ARI takes "ari". */
	if (header_has(&req->http, "sec-websocket-protocol", "stasis"))
		buf_adds(out, "Sec-WebSocket-Protocol: stasis\r\n");
	else if (header_has(&req->http, "sec-websocket-protocol", "ari"))
		buf_adds(out, "Sec-WebSocket-Protocol: ari\r\n");
	buf_adds(out, "\r\n");
	session->conn = conn;
	session->ready = true;
	session->heard = session->pinged = session->server->now;
	req->finished = true;
	conn_upgraded(conn, session);
	request_free(req);
	/* What the client sent behind its request is frames already. */
	if (conn_flush(conn) || (conn->in.len && session_input(session, &conn->in)))
		conn_kill(conn);
	else
		session_push(session);
}

static void opened(struct session *session, struct request *req)
{
	if (!req->conn || session->closing) {
		fanout_remove(session->server->fanout, session);
		session_leave(session);
		if (req->conn)
			request_fail(req, 403, "access was withdrawn");
		else
			request_free(req);
		return;
	}
	session->beginning = true;
	queue_beginning(session, req);
	session->beginning = false;
	accept_socket(session, req);
}

static void synced(struct request *req)
{
	struct session *session = session_find(req->server, req->opening);

	if (session)
		opened(session, req);
	else
		request_fail(req, 500, "the session is gone");
}

static void register_done(struct job *arg)
{
	struct app_job *job = (struct app_job *)arg;
	struct session *session = session_find(job->server, job->session);
	struct request *req = job->req;
	int result = job->result;

	if (!session) {
		app_job_free(job);
		request_fail(req, 500, "the session is gone");
		return;
	}
	session->farewell = job;
	session->registered = !result;
	if (result) {
		fanout_remove(session->server->fanout, session);
		session_leave(session);
		request_fail(req, 500, "Could not register the application");
		return;
	}
	opened(session, req);
}

/* What the console shows must not move its cursor. */
static bool is_printable(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	for (; *p; p++) {
		if (*p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0))
			return false;
	}
	return true;
}

static int take_app(struct session *session, char *name)
{
	size_t len;

	name += strspn(name, " \t");
	for (len = strlen(name); len && strchr(" \t", name[len - 1]); len--)
		name[len - 1] = '\0';
	if (!*name || !is_printable(name))
		return -1;
	session->app[session->n_apps].name = strdup(name);
	return session->app[session->n_apps].name && ++session->n_apps ? 0 : -1;
}

static int take_apps(struct session *session, const char *apps)
{
	char *copy = strdup(apps), *rest = copy, *name;
	size_t n = 1;
	int res = 0;

	for (name = copy; name && *name; name++)
		n += *name == ',';
	session->apps = strdup(apps);
	session->app = n <= SESSION_APPS_MAX ? calloc(n, sizeof(*session->app)) : NULL;
	if (!copy || !session->apps || !session->app)
		res = -1;
	while (!res && (name = strsep(&rest, ",")))
		res = take_app(session, name);
	free(copy);
	return res;
}

static struct session *session_new(struct request *req)
{
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		return NULL;
	session->server = req->server;
	session->id = ++req->server->next_session;
	session->config = config_ref(req->config);
	session->user = req->user;
	session->expires = req->try.expires;
	memcpy(session->peer, req->peer, sizeof(session->peer));
	session->reader.max_message = (size_t)req->config->max_message;
	session->reader.max_fragments = (unsigned int)req->config->max_fragments;
	return session;
}

int session_set_filter(struct session *session, const char *text, const char **why)
{
	char *copy = strdup(text);

	*why = "out of memory";
	if (!copy || filter_parse(&session->filter, text, why)) {
		free(copy);
		return -1;
	}
	free(session->filter_text);
	session->filter_text = copy;
	if (session->begun)
		fanout_rejoin(session->server->fanout, session);
	return 0;
}

/* What the query asks for. 0, or a status with *why. */
static int take_query(struct session *session, const struct request *req, const char **why)
{
	const char *apps = uri_param(&req->params, "app");
	const char *filter = uri_param(&req->params, "filter");
	bool stasis = !strncmp(req->http.path, "/stasis", 7);
	bool observer = is_yes(uri_param(&req->params, "observer"));
	size_t i;

	/* The application is then for servers that have no observers. */
	if (observer)
		apps = NULL;
	*why = "HTTP request is missing param: [app]";
	if (!apps && !stasis && !observer)
		return 400;
	*why = "bad application name";
	if (apps && take_apps(session, apps))
		return 400;
	if (filter && session_set_filter(session, filter, why))
		return 400;
	session->xml = reply_wants_xml(&req->http);
	session->observer = !apps;
	session->all = !apps || is_yes(uri_param(&req->params, "subscribeAll"));
	session->speakers = stasis || session->observer;
	session->numbered = session->observer ||
			    (session->all && stasis && (uri_param(&req->params, "since") ||
							uri_param(&req->params, "snapshot")));
	*why = "this user may not own that application";
	for (i = 0; i < session->n_apps; i++) {
		if (!may_own_application(session->user, session->app[i].name))
			return 403;
	}
	return 0;
}

static bool wants_socket(const struct request *req)
{
	const char *upgrade = http_header(&req->http, "upgrade");
	const char *version = http_header(&req->http, "sec-websocket-version");

	return upgrade && !strcasecmp(upgrade, "websocket") &&
	       header_has(&req->http, "connection", "upgrade") && version && !strcmp(version, "13") &&
	       http_header(&req->http, "sec-websocket-key") && req->http.minor == 1;
}

void session_connect(struct request *req)
{
	struct session *session;
	struct app_job *job;
	const char *why;
	int status;

	if (req->session) {
		request_fail(req, 400, "Can't upgrade to websocket from a websocket");
		return;
	}
	if (!wants_socket(req)) {
		buf_adds(&req->reply.headers, "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n");
		request_fail(req, 426, "this needs a WebSocket upgrade, version 13");
		return;
	}
	session = session_new(req);
	status = session ? take_query(session, req, &why) : 500;
	if (status) {
		if (session)
			session_free(session);
		request_fail(req, status, "%s", session ? why : "out of memory");
		return;
	}
	fanout_add(req->server->fanout, session);
	if (!session->n_apps) {
		req->opening = session->id;
		request_sync(req, synced);
		return;
	}
	job = app_job_new(session);
	if (!job) {
		fanout_remove(req->server->fanout, session);
		session_free(session);
		request_fail(req, 500, "out of memory");
		return;
	}
	job->req = req;
	job->job.run = register_run;
	job->job.done = register_done;
	pool_add(req->server->apps, NULL, &job->job);
}
