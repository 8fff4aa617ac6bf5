/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* Between session.c, session_open.c, session_queue.c and session_request.c. */
#ifndef CORE_SESSION_PRIVATE_H
#define CORE_SESSION_PRIVATE_H

#include "ari/json.h"
#include "session.h"

/* How much one write should take. */
#define SESSION_BATCH 131072

void session_free(struct session *session);
/** Give back the applications, then free it: the session is out of all lists. */
void session_leave(struct session *session);
/** Replace the filter; 0, or -1 with a constant *why and the old one kept. */
int session_set_filter(struct session *session, const char *text, const char **why);
void session_drop_first(struct session *session);
/** Queue a copy of FROM, with a reference of its own to the event; if there is no room for it the
 * session ends. */
void session_enqueue(struct session *session, const struct queued *from);
/** What cannot be kept for a reader that does not keep up is not kept: the session ends, and
 * says why, instead of losing events in silence. */
void session_overflow(struct session *session);
/** A text message came. */
void session_message(struct session *session, const char *text, size_t len);
void session_forget_requests(struct session *session);
/** Are these the same person with the same secrets and rights? */
bool user_same(const struct user *a, const struct user *b);

#endif
