/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See auth.h. */
#include <arpa/inet.h>
#include <crypt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth.h"
#include "digest.h"
#include "hash.h"

#define ACCEPTED 256
#define ADDRESSES 1024
#define WAYS 8

/* Failures of one address or network: a bucket that refills over a minute. */
struct failures {
	char peer[64];
	int64_t when;
	double left;
};

struct auth {
	unsigned char key[32];
	unsigned char accepted[ACCEPTED][HASH_MAX];
	unsigned int next_accepted;
	struct failures failures[ADDRESSES];
	struct digest digest;
};

struct auth *auth_new(void)
{
	struct auth *auth = calloc(1, sizeof(*auth));

	if (!auth)
		return NULL;
	if (!random_bytes(auth->key, sizeof(auth->key)) &&
	    !random_bytes(auth->digest.key, sizeof(auth->digest.key))) {
		/* An empty place must not equal any digest. */
		auth_reset(auth);
		return auth;
	}
	free(auth);
	return NULL;
}

void auth_free(struct auth *auth)
{
	if (!auth)
		return;
	explicit_bzero(auth, sizeof(*auth));
	free(auth);
}

void auth_reset(struct auth *auth)
{
	if (random_bytes(auth->accepted, sizeof(auth->accepted)))
		memset(auth->accepted, 0xa5, sizeof(auth->accepted));
}

/* Whose failures are counted together: an IPv4 address, or the network that one IPv6 customer has
 * all addresses of. */
static void network_of(const char *peer, char out[64])
{
	struct in6_addr addr;

	if (inet_pton(AF_INET6, peer, &addr) == 1) {
		memset(addr.s6_addr + 8, 0, 8);
		inet_ntop(AF_INET6, &addr, out, 64);
	} else {
		snprintf(out, 64, "%s", peer);
	}
}

/* The place of PEER among those that its hash leads to: its own, else with MAKE the one that was
 * quiet for longest, else NULL. */
static struct failures *failures_of(struct auth *auth, const char *peer, bool make)
{
	struct failures *set, *oldest;
	unsigned int hash = 5381;
	char network[64];
	const char *p;
	int i;

	network_of(peer, network);
	for (p = network; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	set = &auth->failures[(hash ^ auth->key[0]) % (ADDRESSES / WAYS) * WAYS];
	oldest = set;
	for (i = 0; i < WAYS; i++) {
		if (!strcmp(set[i].peer, network))
			return &set[i];
		if (set[i].when < oldest->when)
			oldest = &set[i];
	}
	if (!make)
		return NULL;
	*oldest = (struct failures){.left = INT_MAX};
	memcpy(oldest->peer, network, sizeof(network));
	return oldest;
}

static double left_of(struct failures *f, const struct config *config, int64_t now)
{
	f->left += (double)(now - f->when) * config->max_failures / 60000.0;
	if (f->left > config->max_failures)
		f->left = config->max_failures;
	f->when = now;
	return f->left;
}

static bool is_limited(struct auth *auth, const struct config *config, const char *peer,
		       int64_t now)
{
	struct failures *f = failures_of(auth, peer, false);

	return f && left_of(f, config, now) < 1.0;
}

bool auth_take(struct auth *auth, const struct config *config, const char *peer, int64_t now)
{
	struct failures *f = failures_of(auth, peer, true);

	if (left_of(f, config, now) < 1.0)
		return false;
	f->left -= 1.0;
	return true;
}

void auth_give(struct auth *auth, const struct config *config, const char *peer)
{
	struct failures *f = failures_of(auth, peer, false);

	if (f && f->left < config->max_failures)
		f->left += 1.0;
}

int auth_wait(struct auth *auth, const struct config *config, const char *peer)
{
	const struct failures *f = failures_of(auth, peer, false);
	double missing = !f || f->left >= 1.0 ? 0.0 : 1.0 - f->left;

	return 1 + (int)(missing * 60.0 / config->max_failures);
}

static enum auth_result deny(struct auth *auth, const struct config *config, const char *peer,
			     int64_t now)
{
	return auth_take(auth, config, peer, now) ? AUTH_DENIED : AUTH_LIMITED;
}

/* What has the same words has the same mark. */
static int make_mark(struct auth *auth, const char *name, const char *setting, const char *secret,
		     unsigned char out[HASH_MAX])
{
	char text[1024];
	int n = snprintf(text, sizeof(text), "%s\n%s\n%s", name, setting, secret), res;

	res = n < 0 || (size_t)n >= sizeof(text) ? -1 : hash_keyed(auth->key, text, (size_t)n, out);
	explicit_bzero(text, sizeof(text));
	return res;
}

/* What fails takes as much work as the costliest password would. */
static enum auth_result fail(struct auth *auth, const struct config *config, const char *peer,
			     int64_t now, struct auth_try *try)
{
	if (!config->costliest || make_mark(auth, try->name, "", try->secret, try->mark))
		return deny(auth, config, peer, now);
	*try->setting = '\0';
	snprintf(try->filler, sizeof(try->filler), "%s", config->costliest);
	return AUTH_SLOW;
}

/* Both are shorter than a try's secret; the time depends on neither. */
static bool same_text(const char *a, const char *b)
{
	char x[sizeof(((struct auth_try *)0)->secret)] = "", y[sizeof(x)] = "";
	size_t len_a = strlen(a), len_b = strlen(b);
	bool same;

	memcpy(x, a, len_a < sizeof(x) ? len_a : sizeof(x));
	memcpy(y, b, len_b < sizeof(y) ? len_b : sizeof(y));
	same = bytes_equal(x, y, sizeof(x)) && len_a == len_b;
	explicit_bzero(x, sizeof(x));
	explicit_bzero(y, sizeof(y));
	return same;
}

static bool was_accepted(struct auth *auth, const unsigned char digest[HASH_MAX])
{
	bool found = false;
	int i;

	for (i = 0; i < ACCEPTED; i++)
		found |= bytes_equal(auth->accepted[i], digest, HASH_MAX);
	return found;
}

static bool digest_password(const struct config *config, const struct user *user,
			    const char *secret)
{
	enum hash_kind kind = strncasecmp(user->password, "MD5:", 4) ? HASH_SHA256 : HASH_MD5;
	const char *stored = strchr(user->password, ':') + 1;
	char text[1024], hex[2 * HASH_MAX + 1];
	int n = snprintf(text, sizeof(text), "%s:%s:%s", user->name, config->realm, secret);

	if (n < 0 || (size_t)n >= sizeof(text) || hash_hex(kind, text, (size_t)n, hex))
		return false;
	return bytes_equal(hex, stored, 2 * hash_size(kind));
}

static enum auth_result check_password(struct auth *auth, const struct config *config,
				       const char *peer, int64_t now, struct auth_try *try)
{
	const struct user *user = config_user(config, try->name);
	bool right = false;

	if (!user || !user->password) {
		same_text(try->secret, "no such user");
		return fail(auth, config, peer, now, try);
	}
	if (user->format == PASSWORD_CRYPT) {
		snprintf(try->setting, sizeof(try->setting), "%s", user->password);
		snprintf(try->filler, sizeof(try->filler), "%s",
			 config->costliest ? config->costliest : "");
		if (make_mark(auth, user->name, user->password, try->secret, try->mark))
			return fail(auth, config, peer, now, try);
		if (!was_accepted(auth, try->mark))
			return AUTH_SLOW;
		right = true;
	} else if (user->format == PASSWORD_DIGEST) {
		right = digest_password(config, user, try->secret);
	} else {
		right = same_text(user->password, try->secret);
	}
	if (!right)
		return fail(auth, config, peer, now, try);
	try->user = user;
	return AUTH_OK;
}

static enum auth_result check_key(struct auth *auth, const struct config *config, const char *key,
				  const char *peer, int64_t now, struct auth_try *try)
{
	char hex[2 * HASH_MAX + 1];
	time_t today = time(NULL);
	size_t i, k;

	if (hash_hex(HASH_SHA256, key, strlen(key), hex))
		return AUTH_DENIED;
	for (i = 0; i < config->n_users; i++) {
		const struct user *user = &config->user[i];

		for (k = 0; k < user->n_keys; k++) {
			bool good = !user->key[k].expires || today < user->key[k].expires;

			if (bytes_equal(user->key[k].hash, hex, 64) && good) {
				try->user = user;
				try->expires = user->key[k].expires;
			}
		}
	}
	return try->user ? AUTH_OK : fail(auth, config, peer, now, try);
}

static enum auth_result check_basic(struct auth *auth, const struct config *config,
				    const char *text, const char *peer, int64_t now,
				    struct auth_try *try)
{
	unsigned char raw[400];
	enum auth_result res = AUTH_DENIED;
	char *colon;
	long n;

	text += strspn(text, " ");
	n = base64_decode(text, strlen(text), raw, sizeof(raw) - 1);
	if (n < 0 || memchr(raw, '\0', (size_t)n))
		return deny(auth, config, peer, now);
	raw[n] = '\0';
	colon = strchr((char *)raw, ':');
	if (!colon || (size_t)(colon - (char *)raw) >= sizeof(try->name) ||
	    strlen(colon + 1) >= sizeof(try->secret))
		return deny(auth, config, peer, now);
	*colon = '\0';
	/* A name without a password is an API key, as the first plan of this API had it. */
	if (!colon[1]) {
		res = check_key(auth, config, (char *)raw, peer, now, try);
	} else {
		memcpy(try->name, raw, strlen((char *)raw) + 1);
		memcpy(try->secret, colon + 1, strlen(colon + 1) + 1);
		res = check_password(auth, config, peer, now, try);
	}
	explicit_bzero(raw, sizeof(raw));
	return res;
}

/* The user's HA1 for the header's algorithm; a stand-in where there is none, and false. */
static bool find_ha1(const struct config *config, const struct user *user,
		     const struct digest_header *header, char ha1[2 * HASH_MAX + 1])
{
	bool plain = user && user->password && user->format == PASSWORD_PLAIN, known = plain;
	char text[1024];
	int n;

	n = snprintf(text, sizeof(text), "%s:%s:%s", header->username, config->realm,
		     plain ? user->password : "");
	if (n < 0 || (size_t)n >= sizeof(text) || hash_hex(header->kind, text, (size_t)n, ha1))
		return false;
	if (user && user->password && user->format == PASSWORD_DIGEST) {
		bool md5 = !strncasecmp(user->password, "MD5:", 4);

		known = md5 == (header->kind == HASH_MD5);
		for (n = 0; known && n < (int)(2 * hash_size(header->kind)); n++) {
			char c = strchr(user->password, ':')[1 + n];

			ha1[n] = (char)(c | (c >= 'A' ? 0x20 : 0));
		}
	}
	return known;
}

static enum auth_result check_digest(struct auth *auth, const struct config *config,
				     const struct http_request *req, const char *target,
				     const char *text, const char *peer, int64_t now,
				     struct auth_try *try)
{
	struct digest_header header;
	const struct user *user;
	char ha1[2 * HASH_MAX + 1];
	bool known, right;

	if (digest_parse(text, &header) || strcmp(header.realm, config->realm) ||
	    strcmp(header.uri, target))
		return deny(auth, config, peer, now);
	memcpy(try->name, header.username, sizeof(try->name));
	if (!digest_fresh(&auth->digest, header.nonce, now))
		return AUTH_STALE;
	user = config_user(config, header.username);
	known = find_ha1(config, user, &header, ha1);
	right = digest_right(&header, ha1, http_method_name(req->method));
	if (!known || !right)
		return deny(auth, config, peer, now);
	if (!digest_use(&auth->digest, &header))
		return AUTH_STALE;
	try->user = user;
	return AUTH_OK;
}

/* ARI's own way, "user:password", and a plain key. */
static enum auth_result check_query(struct auth *auth, const struct config *config,
				    const char *key, const char *peer, int64_t now,
				    struct auth_try *try)
{
	const char *colon = strchr(key, ':');

	if (!colon)
		return check_key(auth, config, key, peer, now, try);
	if ((size_t)(colon - key) >= sizeof(try->name) || strlen(colon + 1) >= sizeof(try->secret))
		return deny(auth, config, peer, now);
	memcpy(try->name, key, (size_t)(colon - key));
	memcpy(try->secret, colon + 1, strlen(colon + 1) + 1);
	return check_password(auth, config, peer, now, try);
}

enum auth_result auth_check(struct auth *auth, const struct config *config,
			    const struct http_request *req, const char *target,
			    const char *api_key, const char *peer, int64_t now,
			    struct auth_try *try)
{
	const char *value = http_header(req, "authorization"), *key;

	memset(try, 0, sizeof(*try));
	key = http_header(req, "x-api-key");
	if (!key && value && !strncasecmp(value, "bearer ", 7))
		key = value + 7 + strspn(value + 7, " ");
	if (!value && !key && !(api_key && config->key_in_query))
		return AUTH_STALE;	/* nothing was tried, so nothing failed */
	if (is_limited(auth, config, peer, now))
		return AUTH_LIMITED;
	if (key)
		return check_key(auth, config, key, peer, now, try);
	if (!value)
		return check_query(auth, config, api_key, peer, now, try);
	if (config->auth_basic && !strncasecmp(value, "basic ", 6))
		return check_basic(auth, config, value + 6, peer, now, try);
	if (config->auth_digest && !strncasecmp(value, "digest ", 7))
		return check_digest(auth, config, req, target, value + 7, peer, now, try);
	return deny(auth, config, peer, now);
}

static bool hash_once(const char *secret, const char *setting, struct crypt_data *data)
{
	const char *hash = crypt_r(secret, setting, data);
	size_t len = strlen(setting);

	return hash && strlen(hash) == len && bytes_equal(hash, setting, len);
}

void auth_hash(struct auth_try *try)
{
	struct crypt_data *data = calloc(1, sizeof(*data));

	if (!data)
		return;
	try->matched = *try->setting && hash_once(try->secret, try->setting, data);
	if (!try->matched && *try->filler && strcmp(try->filler, try->setting))
		hash_once(try->secret, try->filler, data);
	explicit_bzero(data, sizeof(*data));
	free(data);
}

enum auth_result auth_hashed(struct auth *auth, const struct config *config, const char *peer,
			     struct auth_try *try)
{
	const struct user *user = config_user(config, try->name);

	explicit_bzero(try->secret, sizeof(try->secret));
	if (!try->matched || !user)
		return AUTH_DENIED;
	memcpy(auth->accepted[auth->next_accepted], try->mark, HASH_MAX);
	auth->next_accepted = (auth->next_accepted + 1) % ACCEPTED;
	auth_give(auth, config, peer);
	try->user = user;
	return AUTH_OK;
}

void auth_challenge(struct auth *auth, const struct config *config, bool stale, int64_t now,
		    struct buf *headers)
{
	static const char *const kinds[] = {"SHA-256", "MD5"};
	char nonce[96];
	int i;

	digest_nonce(&auth->digest, now, nonce);
	for (i = 0; config->auth_digest && i < 2; i++)
		buf_addf(headers,
			 "WWW-Authenticate: Digest realm=\"%s\", qop=\"auth\", algorithm=%s, "
			 "nonce=\"%s\", charset=UTF-8, userhash=false%s\r\n",
			 config->realm, kinds[i], nonce, stale ? ", stale=true" : "");
	if (config->auth_basic)
		buf_addf(headers, "WWW-Authenticate: Basic realm=\"%s\", charset=\"UTF-8\"\r\n",
			 config->realm);
}
