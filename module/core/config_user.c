/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * [alice] is a user, [acme] with "type = group" a group, whose scopes and rights its users get
 * in addition to their own. Without any of follow, manipulate and originate, in the user and in
 * its group, a user may do everything (as a user of ari.conf); with one of them, what is not
 * given is denied.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config_user.h"

/* Of users with scopes: calls a second. */
#define CALL_RATE 10

static int user_type(const struct ini_place *at, struct user *user, const char *value)
{
	user->is_group = !strcmp(value, "group");
	if (!user->is_group && strcmp(value, "user"))
		return ini_fail(at, "type = '%.40s': expected user or group", value);
	return 0;
}

static int set_text(const struct ini_place *at, char **to, const char *value)
{
	free(*to);
	*to = strdup(value);
	return *to ? 0 : ini_fail(at, "out of memory");
}

static int user_password(const struct ini_place *at, struct user *user, const char *value)
{
	if (!*value)
		return ini_fail(at, "password is empty: leave the key out for a user with API keys");
	if (strlen(value) > 250)
		return ini_fail(at, "password is longer than 250 bytes");
	return set_text(at, &user->password, value);
}

static int user_format(const struct ini_place *at, struct user *user, const char *value)
{
	static const char *const names[] = {
		[PASSWORD_PLAIN] = "plain",
		[PASSWORD_CRYPT] = "crypt",
		[PASSWORD_DIGEST] = "digest",
	};
	int i;

	for (i = 0; i < 3; i++) {
		if (!strcasecmp(value, names[i])) {
			user->format = (enum password_format)i;
			return 0;
		}
	}
	return ini_fail(at, "password_format = '%.40s': expected plain, crypt or digest", value);
}

static int user_group(const struct ini_place *at, struct user *user, const char *value)
{
	return set_text(at, &user->group, value);
}

static int user_read_only(const struct ini_place *at, struct user *user, const char *value)
{
	return config_bool(at, "read_only", value, &user->read_only);
}

static int user_speakers(const struct ini_place *at, struct user *user, const char *value)
{
	bool yes;

	if (config_bool(at, "speakers", value, &yes))
		return -1;
	user->no_speakers = !yes;
	return 0;
}

/* "2027-01-31", the last day, or "2027-01-31T12:00:00Z", the first second that it is not good. */
static int key_end(const struct ini_place *at, const char *text, time_t *out)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%d", &tm);

	if (rest && !*rest) {
		*out = timegm(&tm) + 86400;
		return 0;
	}
	rest = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (!rest || *rest)
		return ini_fail(at, "key: expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ behind the comma");
	*out = timegm(&tm);
	return 0;
}

/* "sha256:HEX" or "sha256:HEX, END": the hash of the key, and how long it is good. */
static int user_call_rate(const struct ini_place *at, struct user *user, const char *value)
{
	char *end;
	long number = strtol(value, &end, 10);

	if (end == value || *end || number < 0 || number > 100000)
		return ini_fail(at, "originate_rate = '%.40s': expected a number from 0 to 100000",
				value);
	user->call_rate = (int)number;
	user->call_rate_given = true;
	return 0;
}

static int user_key(const struct ini_place *at, struct user *user, const char *value)
{
	struct api_key key = {.expires = 0}, *grown;
	const char *rest;
	size_t i;

	if (strncasecmp(value, "sha256:", 7) || strspn(value + 7, "0123456789abcdefABCDEF") != 64)
		return ini_fail(at, "key: expected 'sha256:' and 64 hex digits "
				    "(the output of: printf %%s KEY | sha256sum)");
	for (i = 0; i < 64; i++)
		key.hash[i] = (char)(value[7 + i] | (value[7 + i] >= 'A' ? 0x20 : 0));
	rest = value + 71 + strspn(value + 71, " \t");
	if (*rest == ',') {
		if (key_end(at, rest + 1 + strspn(rest + 1, " \t"), &key.expires))
			return -1;
	} else if (*rest) {
		return ini_fail(at, "key: unexpected '%.20s' behind the hash", rest);
	}
	grown = realloc(user->key, (user->n_keys + 1) * sizeof(*grown));
	if (!grown)
		return ini_fail(at, "out of memory");
	user->key = grown;
	grown[user->n_keys++] = key;
	return 0;
}

static int add_scope(const struct ini_place *at, struct user *user, struct scope *scope,
		     const char *name, const char *value)
{
	char bad[64];

	user->scoped = true;
	if (scope_add(scope, value, bad, sizeof(bad)))
		return ini_fail(at, "%s: '%s' is no scope: expected all, none or KIND:PATTERN with "
				    "application, channel, context, endpoint, tenant, recording, "
				    "bridge, device or mailbox", name, bad);
	return 0;
}

static int user_follow(const struct ini_place *at, struct user *user, const char *value)
{
	return add_scope(at, user, &user->follow, "follow", value);
}

static int user_manipulate(const struct ini_place *at, struct user *user, const char *value)
{
	return add_scope(at, user, &user->manipulate, "manipulate", value);
}

static int user_originate(const struct ini_place *at, struct user *user, const char *value)
{
	return add_scope(at, user, &user->originate, "originate", value);
}

static int user_rights(const struct ini_place *at, struct user *user, const char *value)
{
	static const struct {
		const char *name;
		unsigned int right;
	} rights[] = {
		{"functions", RIGHT_FUNCTIONS},
		{"config", RIGHT_CONFIG},
		{"system", RIGHT_SYSTEM},
		{"none", 0},
	};
	size_t i, len;

	user->rights_given = true;
	for (; *value; value += len) {
		value += strspn(value, " \t,");
		len = strcspn(value, " \t,");
		for (i = 0; len && i < 4; i++) {
			if (strlen(rights[i].name) == len && !memcmp(rights[i].name, value, len))
				break;
		}
		if (i == 4)
			return ini_fail(at, "rights: '%.*s' is none of functions, config, system",
					(int)(len < 40 ? len : 40), value);
		if (len)
			user->rights |= rights[i].right;
	}
	return 0;
}

static const struct {
	const char *name;
	int (*set)(const struct ini_place *at, struct user *user, const char *value);
} user_keys[] = {
	{"type", user_type},
	{"password", user_password},
	{"password_format", user_format},
	{"group", user_group},
	{"read_only", user_read_only},
	{"speakers", user_speakers},
	{"key", user_key},
	{"follow", user_follow},
	{"manipulate", user_manipulate},
	{"originate", user_originate},
	{"originate_rate", user_call_rate},
	{"rights", user_rights},
};

static struct user *find(const struct config *config, const char *name)
{
	size_t i;

	for (i = 0; i < config->n_users; i++) {
		if (!strcmp(config->user[i].name, name))
			return &config->user[i];
	}
	return NULL;
}

static int new_user(struct config *config, const struct ini_place *at, const char *name)
{
	struct user *grown;

	if (find(config, name))
		return ini_fail(at, "[%.60s] is there twice", name);
	if (strpbrk(name, ":\"\\"))
		return ini_fail(at, "[%.60s]: a user's name has no colon, quote or backslash", name);
	grown = realloc(config->user, (config->n_users + 1) * sizeof(*grown));
	if (!grown)
		return ini_fail(at, "out of memory");
	config->user = grown;
	grown[config->n_users] = (struct user){.name = strdup(name), .line = at->line};
	if (!grown[config->n_users].name)
		return ini_fail(at, "out of memory");
	config->n_users++;
	return 0;
}

int config_user_line(struct config *config, const struct ini_place *at, const char *section,
		     const char *key, const char *value)
{
	size_t i;

	if (!key)
		return new_user(config, at, section);
	for (i = 0; i < sizeof(user_keys) / sizeof(user_keys[0]); i++) {
		if (!strcmp(user_keys[i].name, key))
			return user_keys[i].set(at, &config->user[config->n_users - 1], value);
	}
	return ini_fail(at, "unknown key '%.40s' in [%.40s]", key, section);
}

static int join_group(const struct config *config, const struct ini_place *at, struct user *user)
{
	const struct user *group = find(config, user->group);

	if (!group || !group->is_group)
		return ini_fail(at, "[%.60s]: there is no group '%.60s'", user->name, user->group);
	user->scoped = user->scoped || group->scoped;
	user->read_only = user->read_only || group->read_only;
	user->no_speakers = user->no_speakers || group->no_speakers;
	if (group->call_rate_given && !user->call_rate_given) {
		user->call_rate = group->call_rate;
		user->call_rate_given = true;
	}
	user->rights |= group->rights;
	user->rights_given = user->rights_given || group->rights_given;
	if (scope_merge(&user->follow, &group->follow) ||
	    scope_merge(&user->manipulate, &group->manipulate) ||
	    scope_merge(&user->originate, &group->originate))
		return ini_fail(at, "out of memory");
	return 0;
}

static int check_password(const struct ini_place *at, const struct user *user)
{
	if (user->format == PASSWORD_CRYPT && user->password && user->password[0] != '$')
		return ini_fail(at, "[%.60s]: the password is no crypt(3) hash ($6$..., $y$...)",
				user->name);
	if (user->format == PASSWORD_DIGEST && user->password &&
	    !(strlen(user->password) == 72 && !strncasecmp(user->password, "SHA-256:", 8)) &&
	    !(strlen(user->password) == 36 && !strncasecmp(user->password, "MD5:", 4)))
		return ini_fail(at, "[%.60s]: expected SHA-256: or MD5: and the hex hash of "
				    "USER:REALM:PASSWORD", user->name);
	if (!user->password && !user->n_keys)
		return ini_fail(at, "[%.60s] has neither a password nor a key", user->name);
	return 0;
}

static int finish_user(const struct config *config, struct ini_place *at, struct user *user)
{
	at->line = user->line;
	if (user->is_group) {
		if (user->password || user->n_keys || user->group)
			return ini_fail(at, "[%.60s]: a group has no password, key or group",
					user->name);
		return 0;
	}
	if (user->group && join_group(config, at, user))
		return -1;
	if (!user->scoped) {
		user->follow.all = user->manipulate.all = user->originate.all = true;
		if (!user->rights_given)
			user->rights = RIGHT_FUNCTIONS | RIGHT_CONFIG | RIGHT_SYSTEM;
	}
	if (user->scoped && !user->call_rate_given)
		user->call_rate = CALL_RATE;
	if (user->read_only) {
		scope_free(&user->manipulate);
		scope_free(&user->originate);
		user->rights = 0;
	}
	return check_password(at, user);
}

int config_users_finish(struct config *config, struct ini_place *at)
{
	size_t i;

	for (i = 0; i < config->n_users; i++) {
		if (finish_user(config, at, &config->user[i]))
			return -1;
	}
	return 0;
}

void config_users_free(struct config *config)
{
	size_t i;

	for (i = 0; i < config->n_users; i++) {
		struct user *user = &config->user[i];

		free(user->name);
		free(user->password);
		free(user->key);
		free(user->group);
		scope_free(&user->follow);
		scope_free(&user->manipulate);
		scope_free(&user->originate);
	}
	free(config->user);
}

const struct user *config_user(const struct config *config, const char *name)
{
	const struct user *user = find(config, name);

	return user && !user->is_group ? user : NULL;
}
