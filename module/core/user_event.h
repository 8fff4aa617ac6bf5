/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * A user event of the dialplan is on the common stream, and comes to the channel's application as
 * well; one that was made through the API comes to the application alone. A session that has
 * the application and wants everything is to hear each once: it remembers the last few that
 * the common stream brought, which is the quicker way.
 */
#ifndef CORE_USER_EVENT_H
#define CORE_USER_EVENT_H

#include "session.h"

/** What makes an event of the common stream this user event; 0: it is none. */
uint64_t user_event_print(const char *json, size_t len);
/** The event with this print goes to SESSION from the common stream. */
void user_event_note(struct session *session, uint64_t print);
/** Did the common stream bring this event of an application's already? */
bool user_event_was_told(const struct session *session, const char *json, size_t len);

#endif
