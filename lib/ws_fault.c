/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Texts and codes for what can go wrong before events flow. The first reason in an error counts, so
 * what is known better (a certificate, a status) is not overwritten here.
 */
#include "ws_fault.h"

#include <netdb.h>
#include <sys/socket.h>

#include "error.h"

void arip_wire_refused(struct ari_error *err, const struct arip_endpoint *endpoint, int status)
{
	const char *where = endpoint->url;

	err->http_status = status;
	if (status == 401)
		arip_error_set(err, ARI_EREFUSED,
			       "%s refused the event stream (401): wrong user or password", where);
	else if (status == 403)
		arip_error_set(err, ARI_EREFUSED,
			       "%s refused the event stream (403): this user may not own the "
			       "application (read_only, or by its scopes)",
			       where);
	else if (status == 404)
		arip_error_set(err, ARI_ENOTFOUND,
			       "there is no ARI at %s (404): is it enabled in ari.conf and "
			       "http.conf, and res_ari_events.so loaded?",
			       where);
	else if (status >= 300 && status < 400)
		arip_error_set(err, ARI_EPROTOCOL,
			       "%s redirects the event stream (%d), which is not followed", where,
			       status);
	else if (status >= 400)
		arip_error_set(err, arip_code_of_status(status),
			       "%s refused the event stream with status %d", where, status);
	else
		arip_error_set(err, ARI_EPROTOCOL,
			       "%s answered %d where a WebSocket was asked for: not an ARI server",
			       where, status);
}

void arip_wire_unconnected(struct ari_error *err, const struct arip_endpoint *endpoint,
			   bool connected, const char *text, size_t len)
{
	int n = text ? (int)len : 0;

	if (!connected)
		arip_error_set(err, ARI_ECONNECT,
			       "cannot connect to %s: refused or unreachable (%.*s)",
			       endpoint->hostport, n, text);
	else if (endpoint->tls)
		arip_error_set(err, ARI_ECONNECT,
			       "no TLS connection with %s: is it an https port? (%.*s)",
			       endpoint->hostport, n, text);
	else
		arip_error_set(err, ARI_EPROTOCOL,
			       "%s gave no proper HTTP answer (%.*s): not an ARI server",
			       endpoint->hostport, n, text);
}

void arip_wire_not_started(struct ari_error *err, const struct arip_endpoint *endpoint)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
	int rc = getaddrinfo(endpoint->host, NULL, &hints, &found);

	if (rc)
		arip_error_set(err, ARI_ECONNECT, "cannot find the host %s: %s", endpoint->host,
			       gai_strerror(rc));
	else
		arip_error_set(err, ARI_ECONNECT, "cannot connect to %s", endpoint->hostport);
	if (found)
		freeaddrinfo(found);
}
