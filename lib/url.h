/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The address of a server's API root, taken apart, and percent-encoding. Pure.
 */
#ifndef ARIP_URL_H
#define ARIP_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "ari/error.h"

struct arip_endpoint {
	bool tls;
	char *host; /* lower case, without the brackets of IPv6 */
	unsigned port;
	char *base;	/* path of the root without a final slash: "/ari", or "" */
	char *hostport; /* "pbx:8088", "[::1]:8088": Host header and messages */
	char *url;	/* "http://pbx:8088/ari" */
};

/** Take URL apart: "http://pbx:8088/ari", "https://pbx/stasis/", "pbx", "pbx:8088", "[::1]".
 * Without a scheme it is http, without a port 8088 (https: 8089), without a path "/ari".
 * Credentials, a query or a fragment in it are refused. Release after 0. */
int arip_endpoint_parse(struct arip_endpoint *endpoint, const char *url, struct ari_error *err);
void arip_endpoint_release(struct arip_endpoint *endpoint);

/** Bytes that LEN bytes of TEXT take percent-encoded (RFC 3986 unreserved kept), without the NUL.
 */
size_t arip_percent_size(const char *text, size_t len);

/** Write them and a NUL to OUT; returns the end. */
char *arip_percent_encode(char *out, const char *text, size_t len);

#endif
