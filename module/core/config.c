/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See config.h. The keys are a table: name, kind, place in the struct, allowed range. */
#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ari/json.h"
#include "config.h"
#include "config_user.h"

#ifndef DOCS_DIRECTORY
#define DOCS_DIRECTORY "/usr/local/share/astctl/docs"
#endif

enum key_kind {
	KEY_BOOL,
	KEY_INT,
	KEY_SIZE,	/* a size_t */
	KEY_SPEAKERS,
	KEY_TEXT,	/* a char *, as those behind it */
	KEY_ADDRESS,
	KEY_ORIGINS,
};

struct key {
	const char *name;
	enum key_kind kind;
	size_t offset;
	long min, max;
};

#define AT(member) offsetof(struct config, member)

static const struct key general_keys[] = {
	{"enabled", KEY_BOOL, AT(enabled), 0, 0},
	{"pretty", KEY_BOOL, AT(pretty), 0, 0},
	{"bindaddr", KEY_ADDRESS, AT(bindaddr), 0, 0},
	{"bindport", KEY_INT, AT(port), 0, 65535},
	{"tlsbindport", KEY_INT, AT(tls_port), 0, 65535},
	{"tlscertfile", KEY_TEXT, AT(tls_certificate), 0, 0},
	{"tlsprivatekey", KEY_TEXT, AT(tls_key), 0, 0},
	{"allowed_origins", KEY_ORIGINS, AT(allowed_origins), 0, 0},
	{"auth_realm", KEY_TEXT, AT(realm), 0, 0},
	{"auth_basic", KEY_BOOL, AT(auth_basic), 0, 0},
	{"auth_digest", KEY_BOOL, AT(auth_digest), 0, 0},
	{"api_key_in_query", KEY_BOOL, AT(key_in_query), 0, 0},
	{"inner_user", KEY_TEXT, AT(inner_user), 0, 0},
	{"inner_password", KEY_TEXT, AT(inner_password), 0, 0},
	{"docs_directory", KEY_TEXT, AT(docs_dir), 0, 0},
	{"max_line", KEY_SIZE, AT(http.line), 512, 65536},
	{"max_headers", KEY_SIZE, AT(http.headers), 8, HTTP_HEADERS_MAX},
	{"max_header_bytes", KEY_SIZE, AT(http.header_bytes), 1024, 262144},
	{"max_body", KEY_SIZE, AT(http.body), 1024, 16777216},
	{"max_connections", KEY_INT, AT(max_connections), 1, 100000},
	{"max_connections_per_address", KEY_INT, AT(max_per_address), 1, 100000},
	{"max_connections_per_user", KEY_INT, AT(max_per_user), 1, 100000},
	{"header_timeout", KEY_INT, AT(header_timeout), 1, 600},
	{"idle_timeout", KEY_INT, AT(idle_timeout), 1, 3600},
	{"write_timeout", KEY_INT, AT(write_timeout), 1, 3600},
	{"max_json_depth", KEY_INT, AT(json_depth), 1, ARI_JSON_MAX_DEPTH},
	{"max_json_members", KEY_INT, AT(json_members), 1, 1000000},
	{"max_json_string", KEY_INT, AT(json_string), 1, 16777216},
	{"max_auth_failures", KEY_INT, AT(max_failures), 1, 100000},
	{"request_rate", KEY_INT, AT(request_rate), 0, 1000000},
	{"request_burst", KEY_INT, AT(request_burst), 1, 1000000},
	{"max_message", KEY_INT, AT(max_message), 1024, 16777216},
	{"max_fragments", KEY_INT, AT(max_fragments), 1, 10000},
	{"ping_interval", KEY_INT, AT(ping_interval), 1, 3600},
	{"ping_timeout", KEY_INT, AT(ping_timeout), 2, 7200},
	{"queue_hard", KEY_INT, AT(queue_hard), 64, 1048576},
	{"queue_soft", KEY_INT, AT(queue_soft), 64, 1048576},
	{"queue_seconds", KEY_INT, AT(queue_seconds), 1, 3600},
	{"event_history", KEY_INT, AT(history), 0, 1000000},
	{"event_inbox", KEY_INT, AT(inbox), 1000, 10000000},
	{"speakers", KEY_SPEAKERS, AT(speakers), 0, 0},
	{"speakers_silence", KEY_INT, AT(speakers_silence), 100, 60000},
	{"speakers_debounce", KEY_INT, AT(speakers_debounce), 0, 10000},
	{"speakers_threshold", KEY_INT, AT(speakers_threshold), 1, 32767},
};

static const struct key pool_keys[] = {
	{"initial_size", KEY_INT, AT(threads_initial), 0, 256},
	{"idle_timeout_sec", KEY_INT, AT(threads_idle), 0, 86400},
	{"max_size", KEY_INT, AT(threads_max), 1, 256},
};

int config_bool(const struct ini_place *at, const char *key, const char *value, bool *out)
{
	static const char *const yes[] = {"yes", "true", "on", "1"};
	static const char *const no[] = {"no", "false", "off", "0"};
	size_t i;

	for (i = 0; i < 4; i++) {
		if (!strcasecmp(value, yes[i]) || !strcasecmp(value, no[i])) {
			*out = !strcasecmp(value, yes[i]);
			return 0;
		}
	}
	return ini_fail(at, "%s = '%.40s': expected yes or no", key, value);
}

static int parse_speakers(const struct ini_place *at, const char *value, enum speakers_mode *out)
{
	bool yes;

	if (!strcasecmp(value, "relayed")) {
		*out = SPEAKERS_RELAYED;
		return 0;
	}
	if (config_bool(at, "speakers", value, &yes))
		return ini_fail(at, "speakers = '%.40s': expected yes, relayed or no", value);
	*out = yes ? SPEAKERS_YES : SPEAKERS_NO;
	return 0;
}

static int parse_number(const struct ini_place *at, const struct key *key, const char *value,
			long *out)
{
	char *end;

	errno = 0;
	*out = strtol(value, &end, 10);
	if (errno || end == value || *end || *out < key->min || *out > key->max)
		return ini_fail(at, "%s = '%.40s': expected a number from %ld to %ld", key->name,
				value, key->min, key->max);
	return 0;
}

static int set_text(const struct ini_place *at, char **to, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return ini_fail(at, "out of memory");
	free(*to);
	*to = copy;
	return 0;
}

/* A name could be that of many addresses; nothing is resolved here. */
static int set_address(const struct ini_place *at, char **to, const char *value)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *found = NULL;

	if (*value && getaddrinfo(value, NULL, &hints, &found))
		return ini_fail(at, "bindaddr = '%.60s': expected an IPv4 or IPv6 address", value);
	if (found)
		freeaddrinfo(found);
	return set_text(at, to, value);
}

/* As browsers say it: with the scheme, without a path. Anything else would never match. */
static bool is_origin(const char *text, size_t len)
{
	const char *host = memmem(text, len, "://", 3);

	if (!host)
		return (len == 1 && *text == '*') || (len == 4 && !memcmp(text, "null", 4));
	host += 3;
	return host < text + len && !memchr(host, '/', len - (size_t)(host - text));
}

static int set_origins(const struct ini_place *at, char **to, const char *value)
{
	const char *word = value;
	size_t len;

	for (word += strspn(word, ", \t"); *word; word += strspn(word, ", \t")) {
		len = strcspn(word, ", \t");
		if (!is_origin(word, len))
			return ini_fail(at, "allowed_origins: '%.*s' is no origin: expected "
					    "SCHEME://HOST[:PORT] or *",
					(int)(len < 60 ? len : 60), word);
		word += len;
	}
	return set_text(at, to, value);
}

static int set_key(const struct ini_place *at, struct config *config, const struct key *key,
		   const char *value)
{
	void *to = (char *)config + key->offset;
	long number = 0;

	switch (key->kind) {
	case KEY_BOOL:
		return config_bool(at, key->name, value, to);
	case KEY_TEXT:
		return set_text(at, to, value);
	case KEY_ADDRESS:
		return set_address(at, to, value);
	case KEY_ORIGINS:
		return set_origins(at, to, value);
	case KEY_SPEAKERS:
		return parse_speakers(at, value, to);
	case KEY_INT:
	case KEY_SIZE:
		if (parse_number(at, key, value, &number))
			return -1;
		if (key->kind == KEY_INT)
			*(int *)to = (int)number;
		else
			*(size_t *)to = (size_t)number;
		return 0;
	}
	return -1;
}

static int find_key(const struct ini_place *at, struct config *config, const struct key *keys,
		    size_t n, const char *section, const char *name, const char *value)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!strcmp(keys[i].name, name))
			return set_key(at, config, &keys[i], value);
	}
	return ini_fail(at, "unknown key '%.40s' in [%.40s]", name, section);
}

static int http_line(void *arg, const struct ini_place *at, const char *section, const char *key,
		     const char *value)
{
	struct config *config = arg;

	if (strcmp(section, "general"))
		return config_user_line(config, at, section, key, value);
	if (!key)
		return 0;
	return find_key(at, config, general_keys, sizeof(general_keys) / sizeof(general_keys[0]),
			section, key, value);
}

static int core_line(void *arg, const struct ini_place *at, const char *section, const char *key,
		     const char *value)
{
	if (strcmp(section, "threadpool"))
		return ini_fail(at, "unknown section [%.40s]: expected [threadpool]", section);
	if (!key)
		return 0;
	return find_key(at, arg, pool_keys, sizeof(pool_keys) / sizeof(pool_keys[0]), section, key,
			value);
}

int config_read_http(struct config *config, const char *file, const char *text, size_t len,
		     struct ini_error *err)
{
	return ini_parse(file, text, len, http_line, config, err);
}

int config_read_core(struct config *config, const char *file, const char *text, size_t len,
		     struct ini_error *err)
{
	return ini_parse(file, text, len, core_line, config, err);
}

static const struct config defaults = {
	.refs = 1,
	.enabled = true,
	.port = 8098,
	.auth_basic = true,
	.auth_digest = true,
	.http = {.line = 4096, .headers = HTTP_HEADERS_MAX, .header_bytes = 16384, .body = 65536},
	.max_connections = 256,
	.max_per_address = 32,
	.max_per_user = 16,
	.header_timeout = 10,
	.idle_timeout = 15,
	.write_timeout = 10,
	.json_depth = 32,
	.json_members = 1024,
	.json_string = 16384,
	.max_failures = 10,
	.refusal_ms = 200,
	.request_rate = 100,
	.request_burst = 200,
	.max_message = 65536,
	.max_fragments = 64,
	.ping_interval = 20,
	.ping_timeout = 30,
	.queue_hard = 32768,
	.queue_soft = 8192,
	.queue_seconds = 60,
	.history = 10000,
	.inbox = 100000,
	.speakers = SPEAKERS_YES,
	.speakers_silence = 1000,
	.speakers_debounce = 200,
	.speakers_threshold = 256,
	.threads_initial = 2,
	.threads_idle = 30,
	.threads_max = 16,
};

struct config *config_new(void)
{
	struct config *config = malloc(sizeof(*config));

	if (!config)
		return NULL;
	*config = defaults;
	config->bindaddr = strdup("127.0.0.1");
	config->realm = strdup("Asterisk REST Interface");
	config->allowed_origins = strdup("");
	config->docs_dir = strdup(DOCS_DIRECTORY);
	if (!config->bindaddr || !config->realm || !config->allowed_origins || !config->docs_dir) {
		config_unref(config);
		return NULL;
	}
	return config;
}

struct config *config_ref(struct config *config)
{
	__atomic_add_fetch(&config->refs, 1, __ATOMIC_RELAXED);
	return config;
}

void config_unref(struct config *config)
{
	size_t i;

	if (!config || __atomic_sub_fetch(&config->refs, 1, __ATOMIC_ACQ_REL))
		return;
	for (i = 0; i < sizeof(general_keys) / sizeof(general_keys[0]); i++) {
		if (general_keys[i].kind >= KEY_TEXT)
			free(*(char **)((char *)config + general_keys[i].offset));
	}
	config_users_free(config);
	free(config);
}

static int check(const struct config *config, const struct ini_place *at)
{
	if (!config->enabled)
		return 0;
	if (!config->inner_user || !config->inner_password || !*config->inner_user ||
	    !*config->inner_password)
		return ini_fail(at, "[general] needs inner_user and inner_password: a user of "
				    "ari.conf with a plain password");
	if (config->tls_port && (!config->tls_certificate || !config->tls_key))
		return ini_fail(at, "tlsbindport needs tlscertfile and tlsprivatekey");
	if (config->ping_timeout <= config->ping_interval)
		return ini_fail(at, "ping_timeout must be greater than ping_interval");
	if (config->queue_soft > config->queue_hard)
		return ini_fail(at, "queue_soft must not be greater than queue_hard");
	if (!config->auth_basic && !config->auth_digest)
		return ini_fail(at, "auth_basic and auth_digest are both off");
	if (strpbrk(config->realm, "\"\\"))
		return ini_fail(at, "auth_realm must not contain quotes or backslashes");
	return 0;
}

int config_finish(struct config *config, const char *file, struct ini_error *err)
{
	struct ini_place at = {.file = file, .err = err};

	return check(config, &at) || config_users_finish(config, &at) ? -1 : 0;
}
