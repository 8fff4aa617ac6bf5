/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See cost.h. */
#include <crypt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cost.h"

size_t cost_class(const char *setting)
{
	size_t id = 1 + strcspn(setting + 1, "$"), param;

	if (!setting[id])
		return id;
	param = strcspn(setting + id + 1, "$");
	/* With these the second part is the salt, unless it says what it is. */
	if (id == 2 && strchr("156", setting[1]) && strncmp(setting + id + 1, "rounds=", 7))
		return id;
	return id + 1 + param;
}

/* The first user whose password costs what this one's does. */
static bool is_first(const struct config *config, size_t user)
{
	const char *setting = config->user[user].password, *other;
	size_t len = cost_class(setting), i;

	for (i = 0; i < user; i++) {
		other = config->user[i].password;
		if (config->user[i].format == PASSWORD_CRYPT && other && cost_class(other) == len &&
		    !memcmp(other, setting, len))
			return false;
	}
	return true;
}

/* CPU time, so that a busy machine makes no difference. */
static int64_t cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int64_t measure(const char *setting, struct crypt_data *data)
{
	int64_t start = cpu_us();
	const char *hash = crypt_r("a password of common length", setting, data);

	return hash && strlen(hash) == strlen(setting) ? cpu_us() - start : -1;
}

static int measure_all(struct config *config, struct crypt_data *data, struct ini_place *at,
		       int64_t *highest)
{
	const struct user *user;
	int64_t us;
	size_t i;

	for (i = 0; i < config->n_users; i++) {
		user = &config->user[i];
		if (user->format != PASSWORD_CRYPT || !user->password || !is_first(config, i))
			continue;
		us = measure(user->password, data);
		at->line = user->line;
		if (us < 0)
			return ini_fail(at, "[%.60s]: the password is no hash that crypt(3) of this "
					    "system knows, or not a whole one", user->name);
		if (us >= *highest) {
			*highest = us;
			config->costliest = user->password;
		}
	}
	return 0;
}

int cost_measure(struct config *config, const char *file, struct ini_error *err)
{
	struct ini_place at = {.file = file, .err = err};
	struct crypt_data *data = calloc(1, sizeof(*data));
	int tries = config->max_failures < 10 ? config->max_failures : 10, res;
	int64_t us = 0, ms;

	if (!data)
		return ini_fail(&at, "out of memory");
	res = measure_all(config, data, &at, &us);
	free(data);
	/* One address is served by one thread; all that it may have there, twice: its own hash and
	 * the costliest. */
	ms = us * 2 * (tries + 1) / 1000;
	ms = ms < REFUSAL_MS_MIN ? REFUSAL_MS_MIN : ms > REFUSAL_MS_MAX ? REFUSAL_MS_MAX : ms;
	config->refusal_ms = (int)ms;
	return res;
}
