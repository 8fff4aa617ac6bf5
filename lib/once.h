/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Create once. libcurl repeats a request, a POST too, when a reused connection dies before the
 * first byte of the reply. So each operation either may be carried out twice without harm, or
 * carries an id which makes the server refuse the second (409), or must be sent on a connection of
 * its own, where nothing repeats.
 */
#ifndef ARIP_ONCE_H
#define ARIP_ONCE_H

#include <stdbool.h>
#include <stddef.h>

#include "ari/operation.h"
#include "ari/request.h"

struct arip_once {
	const char *operation;
	const char *id;	 /* the parameter that names what is created; we fill it in when absent */
	const char *get; /* the operation that reads it, by its only parameter `get_id` */
	const char *get_id;
	bool repeatable; /* a second one is refused for its id, or changes nothing */
};

/** What is known of OP beyond its method, or NULL. */
const struct arip_once *arip_once_find(const struct ari_operation *op);

/** True when OP may be sent again on a new connection. */
bool arip_once_repeatable(const struct ari_operation *op);

#endif
