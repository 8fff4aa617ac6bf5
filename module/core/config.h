/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The configuration: stasis-http.conf (listener, limits, users) and stasis-core.conf (worker
 * threads), read into one immutable object. A reload reads a new one whole and swaps it in,
 * or keeps the old one and says which line of which file was wrong. Objects are counted:
 * a session keeps the one that it was admitted with until it is admitted again.
 */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "http_request.h"
#include "ini.h"
#include "scope.h"

enum password_format {
	PASSWORD_PLAIN,
	PASSWORD_CRYPT,
	PASSWORD_DIGEST,	/* "SHA-256:hex" or "MD5:hex" of user:realm:password */
};

/* Rights that a scope cannot express. */
enum right {
	RIGHT_FUNCTIONS = 1 << 0,	/* variables with dialplan functions in their names */
	RIGHT_CONFIG = 1 << 1,		/* asterisk/config/dynamic, which shows secrets */
	RIGHT_SYSTEM = 1 << 2,		/* modules, logging, global variables */
};

/* In which bridges the server listens who speaks. */
enum speakers_mode {
	SPEAKERS_NO,
	SPEAKERS_RELAYED,	/* where the audio passes through Asterisk anyway */
	SPEAKERS_YES,
};

struct api_key {
	char hash[65];		/* SHA-256 of the key, hex */
	time_t expires;		/* 0 never */
};

struct user {
	char *name;
	char *password;		/* NULL: none, only keys */
	enum password_format format;
	struct api_key *key;
	size_t n_keys;
	char *group;
	bool is_group;
	bool read_only;
	int call_rate;		/* calls a second; 0 no limit */
	bool call_rate_given;
	bool no_speakers;	/* "speakers = no" */
	bool scoped;		/* one of the three scopes was given, so the others default to none */
	struct scope follow, manipulate, originate;
	unsigned int rights;
	bool rights_given;
	int line;
};

struct config {
	unsigned int refs;
	bool enabled;
	bool pretty;
	char *bindaddr;
	int port;
	int tls_port;		/* 0: none */
	char *tls_certificate;
	char *tls_key;
	char *allowed_origins;
	char *realm;
	bool auth_basic, auth_digest, key_in_query;
	char *inner_user;
	char *inner_password;
	char *docs_dir;
	struct http_limits http;
	int max_connections, max_per_address, max_per_user;
	int header_timeout, idle_timeout, write_timeout; /* seconds */
	int json_depth, json_members, json_string;	/* of a body */
	int max_failures;				/* failed logins a minute and address */
	const char *costliest;		/* the crypt(3) password that takes longest; NULL none */
	int refusal_ms;			/* when a refused login is told so: cost.c */
	int request_rate, request_burst;		/* a user's requests */
	int max_message, max_fragments;			/* of a WebSocket, inwards */
	int ping_interval, ping_timeout;
	int queue_hard, queue_soft, queue_seconds;	/* of a session, outwards; KiB, KiB, s */
	int history;					/* events kept for "since" */
	int inbox;					/* events that may wait for the core */
	enum speakers_mode speakers;
	int speakers_silence, speakers_debounce;	/* ms */
	int speakers_threshold;				/* mean magnitude of a sample */
	int threads_initial, threads_idle, threads_max;
	struct user *user;
	size_t n_users;
};

/** The defaults, with no user. NULL when memory is short. */
struct config *config_new(void);
struct config *config_ref(struct config *config);
void config_unref(struct config *config);

/** Read one file's text into CONFIG; FILE is for messages. 0, or -1 with err filled. */
int config_read_http(struct config *config, const char *file, const char *text, size_t len,
		     struct ini_error *err);
int config_read_core(struct config *config, const char *file, const char *text, size_t len,
		     struct ini_error *err);
/** After the files: resolve groups, check what belongs together. 0, or -1 with err filled. */
int config_finish(struct config *config, const char *file, struct ini_error *err);

/** The user (never a group) called NAME, or NULL. */
const struct user *config_user(const struct config *config, const char *name);

#endif
