/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Connections without TLS. They are watched by an epoll of their own, which the loop watches as
 * one descriptor: the loop's poll() looks at each descriptor each time, so that a hundred idle
 * connections would cost every request of the others more than all the rest of it. All of this
 * is called in the core's thread.
 */
#ifndef CORE_PLAIN_H
#define CORE_PLAIN_H

#include "server.h"

struct plain;

struct plain *plain_new(struct server *server);
/** Ends all connections that are left. */
void plain_free(struct plain *plain);
/** Readable whenever there is something for plain_serve. */
int plain_fd(const struct plain *plain);
/** Take an accepted, non-blocking socket. */
void plain_take(struct plain *plain, int fd);
void plain_serve(struct plain *plain);
/** Close what came to its end: not while the core is in the midst of something. */
void plain_reap(struct plain *plain);

#endif
