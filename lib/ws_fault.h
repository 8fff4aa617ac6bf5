/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Why a WebSocket could not be opened, in words that help: libwebsockets has few.
 */
#ifndef ARIP_WS_FAULT_H
#define ARIP_WS_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "ari/error.h"
#include "url.h"

/** The server answered the upgrade with another status than 101. */
void arip_wire_refused(struct ari_error *err, const struct arip_endpoint *endpoint, int status);

/** It ended before there was an answer; TEXT (LEN bytes, may be NULL) is what libwebsockets says.
 */
void arip_wire_unconnected(struct ari_error *err, const struct arip_endpoint *endpoint,
			   bool connected, const char *text, size_t len);

/** Nothing was even tried: mostly the name of the host. */
void arip_wire_not_started(struct ari_error *err, const struct arip_endpoint *endpoint);

#endif
