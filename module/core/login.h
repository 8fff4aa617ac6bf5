/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * From a request's words to its user: auth.c checks them, this carries requests through it.
 *
 * A refused login is told so at a fixed time after it came, however long it was looked at, so that
 * the time says nothing about the name. Whoever is let in goes on at once. Requests that say the
 * same words while these are being hashed wait for that one hash.
 */
#ifndef CORE_LOGIN_H
#define CORE_LOGIN_H

#include "request.h"

/** Find out who asks. request_admitted() or an answer follows, now or later. */
void login_check(struct request *req);
/** Answer the refused logins whose time has come. */
void login_tick(struct server *server, int64_t now);
/** The server ends: nobody waits any longer. */
void login_end(struct server *server);

#endif
