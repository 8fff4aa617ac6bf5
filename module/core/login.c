/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See login.h. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hash.h"
#include "login.h"

static void unauthorised(struct request *req)
{
	auth_challenge(req->server->auth, req->config, req->stale, req->server->now,
		       &req->reply.headers);
	request_fail(req, 401, "Authentication required");
}

static void log_failure(struct request *req)
{
	char name[64];
	size_t i;

	/* What a stranger sent goes to the log without anything that could forge a line. */
	for (i = 0; i + 1 < sizeof(name) && req->try.name[i]; i++)
		name[i] = req->try.name[i] < 0x20 || req->try.name[i] == 0x7f ? '?'
									       : req->try.name[i];
	name[i] = '\0';
	server_log(req->server, HOST_NOTICE, "refused login of '%s' from %s", name, req->peer);
}

/* A whole number of steps after it came: when looking at it took longer than one, the time says
 * how many, and no more. */
static void refuse(struct request *req)
{
	struct server *server = req->server;
	int64_t step = req->config->refusal_ms;

	server->stats.refused_logins++;
	log_failure(req);
	req->due = req->arrived + step * ((server->now - req->arrived) / step + 1);
	req->next = server->refused;
	server->refused = req;
}

void login_tick(struct server *server, int64_t now)
{
	struct request **at = &server->refused, *req, *due = NULL;

	while ((req = *at)) {
		if (req->conn && req->due > now) {
			at = &req->next;
			continue;
		}
		*at = req->next;
		req->next = due;
		due = req;
	}
	/* An answer may bring the next login of its connection into the list. */
	while ((req = due)) {
		due = req->next;
		unauthorised(req);
	}
}

void login_end(struct server *server)
{
	login_tick(server, INT64_MAX);
}

static void remember_proof(struct request *req)
{
	const char *value = http_header(&req->http, "authorization");
	struct conn *conn = req->conn;

	/* A key may expire, and a digest is for one request only. */
	if (!conn || req->proven || !value || !*req->try.name || strncasecmp(value, "basic ", 6))
		return;
	conn_forget_proof(conn);
	conn->proof = strdup(value);
	conn->proof_len = strlen(value);
	conn->proof_user = req->user;
	conn->proof_config = config_ref(req->config);
}

static void hash(struct request *req);

static void take_result(struct request *req, enum auth_result result)
{
	switch (result) {
	case AUTH_OK:
		req->user = req->try.user;
		remember_proof(req);
		request_admitted(req);
		return;
	case AUTH_SLOW:
		hash(req);
		return;
	case AUTH_LIMITED:
		buf_addf(&req->reply.headers, "Retry-After: %d\r\n",
			 auth_wait(req->server->auth, req->config, req->peer));
		request_fail(req, 429, "too many failed logins");
		return;
	case AUTH_DENIED:
		refuse(req);
		return;
	case AUTH_STALE:
		req->stale = http_header(&req->http, "authorization") != NULL;
		unauthorised(req);
		return;
	}
}

static void hash_run(struct job *job)
{
	auth_hash(&((struct request *)job)->try);
}

static void leave_hashing(struct request *req)
{
	struct request **at = &req->server->hashing;

	while (*at != req)
		at = &(*at)->next;
	*at = req->next;
	req->next = NULL;
}

static void finish(struct request *req, bool late, enum auth_result result,
		   const struct user *user)
{
	req->try.user = user;
	if (req->server->ending)
		request_fail(req, 503, "the server ends");
	else if (late)
		request_busy(req);
	else
		take_result(req, result);
}

static void hash_done(struct job *job)
{
	struct request *req = (struct request *)job, *next;
	struct server *server = req->server;
	enum auth_result result = AUTH_DENIED;
	bool late = job->late;
	const struct user *user;

	leave_hashing(req);
	if (late)
		auth_give(server->auth, req->config, req->peer);
	else
		result = auth_hashed(server->auth, req->config, req->peer, &req->try);
	user = req->try.user;
	for (; req; req = next) {
		next = req->followers;
		req->followers = NULL;
		finish(req, late, result, user);
	}
}

/* The request that says the same words from the same place, and is being hashed already. */
static struct request *find_leader(const struct request *req)
{
	struct request *other = req->server->hashing;

	while (other && (other->config != req->config || strcmp(other->peer, req->peer) ||
			 !bytes_equal(other->try.mark, req->try.mark, HASH_MAX)))
		other = other->next;
	return other;
}

static void hash(struct request *req)
{
	struct server *server = req->server;
	struct request *leader = find_leader(req);

	if (leader) {
		explicit_bzero(req->try.secret, sizeof(req->try.secret));
		req->followers = leader->followers;
		leader->followers = req;
		return;
	}
	if (!auth_take(server->auth, req->config, req->peer, server->now)) {
		take_result(req, AUTH_LIMITED);
		return;
	}
	req->job.run = hash_run;
	req->job.done = hash_done;
	req->next = server->hashing;
	server->hashing = req;
	if (pool_add(server->hashes, req->peer, &req->job)) {
		leave_hashing(req);
		auth_give(server->auth, req->config, req->peer);
		request_busy(req);
	}
}

/* The same words as with the request before, on the same connection. */
static bool is_proven(struct request *req)
{
	const struct conn *conn = req->conn;
	const char *value;

	if (!conn->proof || conn->proof_config != req->config)
		return false;
	value = http_header(&req->http, "authorization");
	if (!value || http_header(&req->http, "x-api-key") || strlen(value) != conn->proof_len ||
	    !bytes_equal(value, conn->proof, conn->proof_len))
		return false;
	req->try.user = conn->proof_user;
	req->proven = true;
	return true;
}

void login_check(struct request *req)
{
	char target[8300];
	int n;

	if (is_proven(req)) {
		take_result(req, AUTH_OK);
		return;
	}
	n = snprintf(target, sizeof(target), "%s%s%s", req->http.path, *req->http.query ? "?" : "",
		     req->http.query);
	if (n < 0 || (size_t)n >= sizeof(target)) {
		request_fail(req, 414, "the request line is too long");
		return;
	}
	take_result(req, auth_check(req->server->auth, req->config, &req->http, target,
				    uri_param(&req->params, "api_key"), req->peer,
				    req->server->now, &req->try));
}
