/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* Between session.c, session_open.c and session_request.c. */
#ifndef CORE_SESSION_PRIVATE_H
#define CORE_SESSION_PRIVATE_H

#include "ari/json.h"
#include "session.h"

void session_free(struct session *session);
/** Give back the applications, then free it: the session is out of all lists. */
void session_leave(struct session *session);
void session_drop_first(struct session *session);
/** A text message came. */
void session_message(struct session *session, const char *text, size_t len);
void session_forget_requests(struct session *session);
/** Are these the same person with the same secrets and rights? */
bool user_same(const struct user *a, const struct user *b);

#endif
