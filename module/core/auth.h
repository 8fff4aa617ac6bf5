/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Who is asking: Basic, API key or Digest (RFC 7616), with one answer for every failure.
 *
 * Whatever fails looks the same. When it is told is login.c's matter, at a time that depends on
 * nothing that was looked at; so that the load says nothing either, every failure also runs the
 * costliest crypt(3) that the configuration has, in a worker. What crypt(3) accepted is remembered
 * as a keyed digest until the configuration changes.
 *
 * Failures are counted for each address, a hash from its beginning on; who has used up his share
 * is not even looked at.
 */
#ifndef CORE_AUTH_H
#define CORE_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "config.h"
#include "hash.h"
#include "http_request.h"

struct auth;

enum auth_result {
	AUTH_OK,
	AUTH_DENIED,
	AUTH_STALE,	/* a digest with a nonce that is too old: ask again, no failure */
	AUTH_SLOW,	/* auth_take, then auth_hash in a worker, then auth_hashed */
	AUTH_LIMITED,	/* too many failures from there */
};

struct auth_try {
	const struct user *user;	/* set with AUTH_OK; belongs to the configuration */
	char name[128];			/* as given, for the log; "" for a key */
	char secret[256];		/* for auth_hash; wiped by auth_hashed */
	char setting[256];		/* the stored hash; "" none: it fails whatever comes out */
	char filler[256];		/* the costliest hash, for what fails */
	unsigned char mark[HASH_MAX];	/* with AUTH_SLOW: equal for equal words */
	time_t expires;			/* of the key that was used; 0 never */
	bool matched;
};

/* NULL when there is no memory or no randomness. */
struct auth *auth_new(void);
void auth_free(struct auth *auth);
/** The configuration changed: forget what was accepted. */
void auth_reset(struct auth *auth);

/** Check REQ, whose raw target is TARGET. API_KEY is the query's, decoded, or NULL. */
enum auth_result auth_check(struct auth *auth, const struct config *config,
			    const struct http_request *req, const char *target,
			    const char *api_key, const char *peer, int64_t now,
			    struct auth_try *try);
/** Count a failure in advance, which auth_hashed() takes back when it was none; false when there
 * were too many. */
bool auth_take(struct auth *auth, const struct config *config, const char *peer, int64_t now);
void auth_give(struct auth *auth, const struct config *config, const char *peer);
/** Seconds until the next try is looked at. */
int auth_wait(struct auth *auth, const struct config *config, const char *peer);
/** The slow part: any thread, touches TRY only. */
void auth_hash(struct auth_try *try);
/** Its end: AUTH_OK or AUTH_DENIED. */
enum auth_result auth_hashed(struct auth *auth, const struct config *config, const char *peer,
			     struct auth_try *try);
/** The WWW-Authenticate lines of a 401. */
void auth_challenge(struct auth *auth, const struct config *config, bool stale, int64_t now,
		    struct buf *headers);

#endif
