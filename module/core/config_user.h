/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* The users' and groups' sections of stasis-http.conf. Private to config.c. */
#ifndef CORE_CONFIG_USER_H
#define CORE_CONFIG_USER_H

#include "config.h"

int config_bool(const struct ini_place *at, const char *key, const char *value, bool *out);
int config_user_line(struct config *config, const struct ini_place *at, const char *section,
		     const char *key, const char *value);
int config_users_finish(struct config *config, struct ini_place *at);
void config_users_free(struct config *config);

#endif
