/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The upgrade of a wire to a WebSocket (RFC 6455 4): the headers of the request, the proof in the
 * reply, and which of the protocols that we offered the server took up.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "error.h"
#include "ws_fault.h"
#include "ws_lws_private.h"

int arip_upgrade_key(struct arip_wire *wire)
{
	char nonce[16];

	if (getrandom(nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		return arip_error_set(&wire->err, ARI_ESYSTEM, "no random numbers: %s",
				      strerror(errno));
	arip_lws()->base64(nonce, sizeof(nonce), wire->key, sizeof(wire->key));
	return 0;
}

int arip_upgrade_headers(struct arip_wire *wire, char **p, size_t room)
{
	const char *auth = wire->options->authorization;
	int n = snprintf(*p, room,
			 "Connection: Upgrade\r\nUpgrade: websocket\r\n"
			 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n"
			 "Sec-WebSocket-Protocol: %s\r\n%s%s%s",
			 wire->key, wire->options->protocols, auth ? "Authorization: " : "", auth ? auth : "",
			 auth ? "\r\n" : "");

	if (n < 0 || (size_t)n >= room) {
		arip_error_set(&wire->err, ARI_EARGUMENT, "the request for events is too long");
		return -1;
	}
	*p += n;
	return 0;
}

/* RFC 6455 4.2.2: proof that the other end understood. */
static bool accepted(struct arip_wire *wire, struct lws *wsi)
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char text[sizeof(wire->key) + sizeof(guid)], want[32], got[64] = "";
	unsigned char digest[20];
	int n = snprintf(text, sizeof(text), "%s%s", wire->key, guid);

	arip_lws()->sha1((const unsigned char *)text, (size_t)n, digest);
	arip_lws()->base64((const char *)digest, sizeof(digest), want, sizeof(want));
	return arip_lws()->header(wsi, got, sizeof(got), WSI_TOKEN_ACCEPT) > 0 &&
	       !strcmp(got, want);
}

static void read_retry_after(struct arip_wire *wire, struct lws *wsi)
{
	char text[16];
	unsigned long seconds;

	if (arip_lws()->header(wsi, text, sizeof(text), WSI_TOKEN_HTTP_RETRY_AFTER) <= 0)
		return;
	seconds = strtoul(text, NULL, 10);
	wire->retry_ms = (unsigned)(seconds > 600 ? 600 : seconds) * 1000;
}

int arip_upgrade_reply(struct arip_wire *wire, struct lws *wsi)
{
	int status = (int)arip_lws()->status(wsi);

	if (status != 101) {
		read_retry_after(wire, wsi);
		arip_wire_refused(&wire->err, wire->options->endpoint, status);
		return -1;
	}
	if (!accepted(wire, wsi)) {
		arip_error_set(&wire->err, ARI_EPROTOCOL,
			       "%s did not prove that it speaks WebSocket: not an ARI server",
			       wire->options->endpoint->url);
		return -1;
	}
	if (arip_lws()->header(wsi, wire->protocol, sizeof(wire->protocol), WSI_TOKEN_PROTOCOL) < 0)
		wire->protocol[0] = '\0';
	wire->state = ARIP_WIRE_OPEN;
	return 0;
}
