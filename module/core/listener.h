/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* The network: the core's thread, its sockets, TLS and timers. */
#ifndef CORE_LISTENER_H
#define CORE_LISTENER_H

#include "server.h"

struct listener;

/** Bind as CONFIG says and start the core's thread. NULL with ERROR filled when that fails. */
struct listener *listener_start(struct server *server, struct config *config, char *error,
				size_t size);
/** Another configuration: listen where it says, with the certificate that is there now. Only what
 * differs is touched; connections that are there stay, whatever they came in by. Any other thread,
 * one at a time. 0, or -1 with ERROR filled. */
int listener_change(struct listener *listener, struct config *config, char *error, size_t size);
/** The port that is listened on, which the configuration may have left open. */
int listener_port(const struct listener *listener);
/** Say goodbye, close all, end the thread. */
void listener_stop(struct listener *listener);

#endif
