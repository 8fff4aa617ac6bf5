/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What a client tells the rest of the library: where the server is, how we prove who we are, the
 * limits, and the trace. Everything returned is owned by the client and constant for its life.
 */
#ifndef ARIP_CLIENT_H
#define ARIP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ari/client.h"
#include "url.h"

/* The options with the defaults filled in. */
struct arip_settings {
	unsigned connect_timeout_ms;
	unsigned timeout_ms;
	size_t max_reply;
	const char *ca_file; /* NULL: the system's authorities */
	bool insecure;
};

const struct arip_endpoint *arip_client_endpoint(const struct ari_client *client);
const struct arip_settings *arip_client_settings(const struct ari_client *client);

/** Another deadline for a while; returns the one before. */
uint64_t arip_client_swap_deadline(struct ari_client *client, uint64_t at_ms);

/** LIMIT_MS, or what is left until the client's deadline where that is less; 0: nothing. */
unsigned arip_client_left(const struct ari_client *client, unsigned limit_ms);

/** The value for an Authorization header ("Basic ..."), or NULL without credentials. A secret. */
const char *arip_client_authorization(const struct ari_client *client);

/** From now on requests go by CARRIER where it takes them; NULL: by HTTP. */
struct arip_carrier;
void arip_client_set_carrier(struct ari_client *client, struct arip_carrier *carrier);

/** The same, if it is CARRIER that they go by. */
void arip_client_drop_carrier(struct ari_client *client, const struct arip_carrier *carrier);

/** One line to the caller's trace; nothing when there is none. Never pass a secret. */
void arip_client_trace(const struct ari_client *client, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** Forget every started request whose DATA is this one, without calling back. For an owner that
 * goes away while requests are under way; the server may still carry them out. */
void arip_client_cancel(struct ari_client *client, const void *data);

#endif
