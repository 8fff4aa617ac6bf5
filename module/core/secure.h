/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* Connections with TLS, which are libwebsockets's; those without are plain.h's. */
#ifndef CORE_SECURE_H
#define CORE_SECURE_H

#include <libwebsockets.h>

#include "server.h"

/* What libwebsockets is to keep for each of them. */
#define SECURE_SIZE (4 * sizeof(void *))

/** What it has to say of one; PEER is what it keeps. */
int secure_event(struct server *server, struct lws *wsi, enum lws_callback_reasons reason,
		 void *peer, const void *data, size_t len);

#endif
