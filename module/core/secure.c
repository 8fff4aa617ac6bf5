/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See secure.h. */
#include <string.h>
#include <sys/socket.h>

#include "secure.h"

/* What libwebsockets keeps for each connection. */
struct peer {
	struct conn *conn;
	struct lws *wsi;
	bool paused, dying;
};

_Static_assert(sizeof(struct peer) <= SECURE_SIZE, "what is kept has room");

static int peer_write(void *io, const char *data, size_t len)
{
	struct peer *peer = io;
	int n;

	if (peer->dying)
		return -1;
	n = lws_write(peer->wsi, (unsigned char *)data, len, LWS_WRITE_RAW);
	if (n < 0)
		return -1;
	return lws_partial_buffered(peer->wsi) ? 1 : 0;
}

static void peer_want_write(void *io)
{
	struct peer *peer = io;

	lws_callback_on_writable(peer->wsi);
}

static void peer_pause(void *io, bool pause)
{
	struct peer *peer = io;

	if (peer->paused == pause)
		return;
	peer->paused = pause;
	lws_rx_flow_control(peer->wsi, !pause);
}

static void peer_finish(void *io)
{
	struct peer *peer = io;

	/* Without TLS's own goodbye the peer still sees the end of the stream. */
	shutdown(lws_get_socket_fd(peer->wsi), SHUT_WR);
}

static void peer_close(void *io)
{
	struct peer *peer = io;

	if (peer->dying)
		return;
	peer->dying = true;
	lws_set_timeout(peer->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
}

static const struct io_ops ops = {
	.write = peer_write,
	.want_write = peer_want_write,
	.pause_reading = peer_pause,
	.finish_writing = peer_finish,
	.close = peer_close,
};

static int adopt(struct server *server, struct lws *wsi, struct peer *peer)
{
	char address[64];

	memset(peer, 0, sizeof(*peer));
	peer->wsi = wsi;
	lws_get_peer_simple(wsi, address, sizeof(address));
	peer->conn = server_open(server, &ops, peer, address, true);
	return peer->conn ? 0 : -1;
}

static void closed(struct peer *peer)
{
	struct conn *conn = peer ? peer->conn : NULL;

	if (!conn)
		return;
	peer->conn = NULL;
	peer->dying = true;
	server_closed(conn);
}

int secure_event(struct server *server, struct lws *wsi, enum lws_callback_reasons reason,
		 void *user, const void *data, size_t len)
{
	struct peer *peer = user;

	switch (reason) {
	case LWS_CALLBACK_RAW_ADOPT:
		return adopt(server, wsi, peer);
	case LWS_CALLBACK_RAW_RX:
		if (!peer->conn || peer->dying)
			return -1;
		return server_input(peer->conn, data, len);
	case LWS_CALLBACK_RAW_WRITEABLE:
		if (!peer->conn || peer->dying)
			return -1;
		/* It tells even while it keeps bytes of ours. */
		return lws_partial_buffered(wsi) ? 0 : server_writable(peer->conn);
	case LWS_CALLBACK_RAW_CLOSE:
		closed(peer);
		return 0;
	default:
		return 0;
	}
}
