/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* The listening sockets that libwebsockets' loop watches for the listener. */
#ifndef CORE_LISTENER_DOOR_H
#define CORE_LISTENER_DOOR_H

#include <stdbool.h>

struct lws;
struct lws_vhost;
struct plain;

struct door {
	struct lws *wsi;	/* NULL: closed */
	int fd;
	bool shut;		/* nobody can be let in for now */
};

/** Have the loop watch a listening socket; it is the door's from now on. 0 or -1. */
int door_open(struct door *door, struct lws_vhost *vhost, int fd);
/** Nobody comes in any more, at once; who is in stays. */
void door_close(struct door *door);
/** Let in who waits: to PLAIN, or, with NULL, to libwebsockets for TLS and "stasis". */
void door_admit(struct door *door, struct plain *plain);
/** Some time later: whoever could not be let in is looked after again. */
void door_retry(struct door *door);

#endif
