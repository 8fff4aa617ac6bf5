/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* What one user may use up: connections, requests and calls a second. */
#ifndef CORE_LIMIT_H
#define CORE_LIMIT_H

#include "core.h"

/** How many connections the user has. */
int limit_connections(const struct server *server, const struct user *user);
/** Count a request; false when there were too many lately. */
bool limit_request(struct server *server, const struct user *user);
/** Count a call that is to be made; false when there were too many lately. */
bool limit_call(struct server *server, const struct user *user);
void limit_free(struct server *server);

#endif
