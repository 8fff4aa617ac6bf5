/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* A socket that listens, and what comes in by it. */
#ifndef CORE_LISTEN_SOCKET_H
#define CORE_LISTEN_SOCKET_H

#include "config.h"

/** Listen on ADDRESS (numeric; "" is every one) and PORT (0: any). -1 with errno set. */
int listen_socket(const char *address, int port);
/** The port of a socket, or -1. */
int listen_socket_port(int fd);
/** The next connection, non-blocking, or -1 when there is none. */
int listen_socket_accept(int fd);
/** Do both configurations listen at the same place, plain or with TLS? */
bool listen_same_place(const struct config *a, const struct config *b, bool tls);
/** Do both name the same files? What is in them may differ. */
bool listen_same_certificate(const struct config *a, const struct config *b);
/** Certificate and key, where TLS is wanted, tried before anything is changed: a listener that has
 * taken one without the other would be no use to anybody. 0, or -1 with ERROR filled. */
int listen_check_certificate(const struct config *config, char *error, size_t size);

#endif
