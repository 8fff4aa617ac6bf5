/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The client's own members, for client.c (what it is) and client_call.c (what it does).
 */
#ifndef ARIP_CLIENT_PRIVATE_H
#define ARIP_CLIENT_PRIVATE_H

#include "carrier.h"
#include "client.h"
#include "http.h"

struct arip_call;

struct ari_client {
	struct ari_loop *loop;
	bool own_loop;
	struct arip_endpoint endpoint;
	struct arip_settings settings;
	char *ca_file;
	char *user;
	char *password; /* secret, as is authorization */
	char *authorization;
	uint64_t deadline;    /* of the loop's clock; 0: none */
	unsigned deadline_ms; /* how far away it was when it was set */
	struct arip_http *http;
	struct arip_carrier *carrier; /* that requests go by where it takes them, or NULL */
	struct arip_call *calls; /* started and not yet answered */
	ari_trace_fn *trace;
	void *trace_data;
};

/** Forget every call without calling back. */
void arip_calls_free(struct ari_client *client);

#endif
