/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * An ARI server for tests of the stream, in the same loop as the client: lists, and one WebSocket
 * whose every byte the test decides.
 */
#ifndef STREAM_SERVER_H
#define STREAM_SERVER_H

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ari/loop.h"

struct server {
	struct ari_loop *loop;
	int fd;
	struct ari_source *source;
	struct peer *peers;
	struct peer *ws; /* the WebSocket, when there is one */
	char url[64];

	/* how it behaves */
	int status;	     /* of the upgrade; 0: never answer */
	const char *headers; /* more of them */
	bool bad_accept;
	bool stasis; /* speaks as the module does */
	bool deaf;	   /* answers no pings */
	const char *first; /* bytes in one piece with the 101 */
	size_t first_len;
	const char *channels, *bridges; /* the lists */
	int subscription_status;

	/* what it saw */
	unsigned upgrades;
	char request[4096]; /* the last upgrade */
	char log[8192];	    /* method and target of the others, a line each */
	char in[4096];	    /* frames of the client: opcode and payload, a line each */
};

struct peer {
	struct server *server;
	struct peer *next;
	int fd;
	struct ari_source *source;
	char buf[4096];
	size_t len;
	bool ws;
};

static void peer_close(struct peer *peer)
{
	struct peer **at = &peer->server->peers;

	while (*at != peer)
		at = &(*at)->next;
	*at = peer->next;
	if (peer->server->ws == peer)
		peer->server->ws = NULL;
	ari_source_remove(peer->source);
	close(peer->fd);
	free(peer);
}

static inline void server_send(struct server *server, const char *p, size_t len)
{
	assert_non_null(server->ws);
	assert_int_equal(send(server->ws->fd, p, len, MSG_NOSIGNAL), len);
}

static inline void server_frame(struct server *server, unsigned char first, const char *payload,
			 size_t len)
{
	char head[10] = {(char)first, (char)len};
	size_t n = 2;

	if (len > 125) {
		head[1] = 127;
		for (n = 2; n < 10; n++)
			head[n] = (char)((uint64_t)len >> (8 * (9 - n)));
	}
	assert_int_equal(send(server->ws->fd, head, n, MSG_NOSIGNAL | MSG_MORE), n);
	server_send(server, payload, len);
}

static inline void server_text(struct server *server, const char *text)
{
	server_frame(server, 0x81, text, strlen(text));
}

static inline void proof_of(const char *request, char *out, int size)
{
	void *lws = dlopen("libwebsockets.so.17", RTLD_NOW);
	unsigned char *(*sha1)(const unsigned char *, size_t, unsigned char *);
	int (*base64)(const char *, int, char *, int);
	const char *key = strstr(request, "Sec-WebSocket-Key: ");
	unsigned char digest[20];
	char text[128];
	int n;

	assert_true(lws && key);
	*(void **)&sha1 = dlsym(lws, "lws_SHA1");
	*(void **)&base64 = dlsym(lws, "lws_b64_encode_string");
	key += strlen("Sec-WebSocket-Key: ");
	n = snprintf(text, sizeof(text), "%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
		     (int)strcspn(key, "\r"), key);
	sha1((unsigned char *)text, (size_t)n, digest);
	base64((char *)digest, sizeof(digest), out, size);
}

static void answer_upgrade(struct peer *peer)
{
	struct server *server = peer->server;
	char text[4096], proof[64] = "no";
	int n;

	server->upgrades++;
	snprintf(server->request, sizeof(server->request), "%s", peer->buf);
	if (!server->status)
		return;
	if (server->status != 101) {
		n = snprintf(text, sizeof(text), "HTTP/1.1 %d X\r\nContent-Length: 0\r\n%s\r\n",
			     server->status, server->headers ? server->headers : "");
		assert_int_equal(send(peer->fd, text, (size_t)n, MSG_NOSIGNAL), n);
		return;
	}
	if (!server->bad_accept)
		proof_of(peer->buf, proof, sizeof(proof));
	n = snprintf(text, sizeof(text),
		     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		     "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n",
		     proof, server->stasis ? "Sec-WebSocket-Protocol: stasis\r\n" : "");
	if (server->first_len)
		memcpy(text + n, server->first, server->first_len);
	n += (int)server->first_len;
	peer->ws = true;
	server->ws = peer;
	assert_int_equal(send(peer->fd, text, (size_t)n, MSG_NOSIGNAL), n);
}

static void answer_get(struct peer *peer)
{
	struct server *server = peer->server;
	const char *body = strstr(peer->buf, "/channels ")  ? server->channels
			   : strstr(peer->buf, "/bridges ") ? server->bridges
							    : "[]";
	bool subscription = strstr(peer->buf, "/subscription") != NULL;
	size_t used = strlen(server->log);
	char text[4096];
	int n;

	snprintf(server->log + used, sizeof(server->log) - used, "%.*s\n",
		 (int)strcspn(peer->buf, "\r") - 9, peer->buf);
	if (strstr(peer->buf, " /ari/applications/"))
		body = "{\"name\":\"x\",\"channel_ids\":[\"mine\"],\"bridge_ids\":[]}";
	if (subscription && server->subscription_status)
		body = "{\"message\":\"no\"}";
	if (strstr(peer->buf, "/playbacks/") || strstr(peer->buf, "/recordings/"))
		n = snprintf(text, sizeof(text),
			     "HTTP/1.1 404 X\r\nContent-Type: application/json\r\n"
			     "Content-Length: 16\r\n\r\n{\"message\":\"no\"}");
	else
		n = snprintf(text, sizeof(text),
			     "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: "
			     "%zu\r\n\r\n%s",
			     subscription && server->subscription_status
				     ? server->subscription_status
				     : 200,
			     strlen(body ? body : "[]"), body ? body : "[]");
	assert_int_equal(send(peer->fd, text, (size_t)n, MSG_NOSIGNAL), n);
}

static void take_http(struct peer *peer)
{
	const char *end = strstr(peer->buf, "\r\n\r\n"),
		   *length = strstr(peer->buf, "Content-Length: ");
	size_t total;

	if (!end)
		return;
	total = (size_t)(end + 4 - peer->buf) +
		(length && length < end ? strtoul(length + 16, NULL, 10) : 0);
	if (peer->len < total)
		return;
	if (strstr(peer->buf, "Upgrade: websocket"))
		answer_upgrade(peer);
	else
		answer_get(peer);
	peer->len = 0;
	peer->buf[0] = '\0';
}

static size_t frame_length(const struct peer *peer)
{
	size_t len = peer->buf[1] & 0x7F;

	assert_int_not_equal(len, 127);
	return len < 126 ? len
			 : (size_t)(unsigned char)peer->buf[2] << 8 | (unsigned char)peer->buf[3];
}

static size_t frame_head(const struct peer *peer)
{
	return (peer->buf[1] & 0x7F) == 126 ? 8 : 6;
}

static void take_frame(struct peer *peer)
{
	struct server *server = peer->server;

	while (peer->len >= 6 && peer->len >= frame_head(peer) + frame_length(peer)) {
		size_t len = frame_length(peer), used = strlen(server->in), head = frame_head(peer);
		unsigned opcode = peer->buf[0] & 0x0F;
		char pong[2] = {(char)0x8A, 0};

		assert_true(peer->buf[1] & 0x80);
		for (size_t i = 0; i < len; i++)
			peer->buf[head + i] ^= peer->buf[head - 4 + (i & 3)];
		if (opcode == 8)
			snprintf(server->in + used, sizeof(server->in) - used, "8 %u\n",
				 (unsigned)((unsigned char)peer->buf[6] << 8 |
					    (unsigned char)peer->buf[7]));
		else
			snprintf(server->in + used, sizeof(server->in) - used, "%x %.*s\n", opcode,
				 (int)len, peer->buf + head);
		if (opcode == 9 && !server->deaf)
			server_send(server, pong, 2);
		peer->len -= head + len;
		memmove(peer->buf, peer->buf + head + len, peer->len);
	}
}

static void on_peer(struct ari_loop *loop, int fd, unsigned events, void *data)
{
	struct peer *peer = data;
	ssize_t n =
		recv(fd, peer->buf + peer->len, sizeof(peer->buf) - 1 - peer->len, MSG_DONTWAIT);

	(void)loop;
	(void)events;
	if (n <= 0) {
		peer_close(peer);
		return;
	}
	peer->len += (size_t)n;
	peer->buf[peer->len] = '\0';
	if (peer->ws)
		take_frame(peer);
	else
		take_http(peer);
}

static void on_connection(struct ari_loop *loop, int fd, unsigned events, void *data)
{
	struct server *server = data;
	struct peer *peer = calloc(1, sizeof(*peer));

	(void)events;
	assert_non_null(peer);
	peer->server = server;
	peer->fd = accept(fd, NULL, NULL);
	assert_true(peer->fd >= 0);
	peer->next = server->peers;
	server->peers = peer;
	peer->source = ari_loop_add_fd(loop, peer->fd, ARI_LOOP_READ, on_peer, peer, NULL);
	assert_non_null(peer->source);
}

static inline void server_start(struct server *server, struct ari_loop *loop)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(addr);

	*server = (struct server){.loop = loop, .status = 101};
	server->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(server->fd, (struct sockaddr *)&addr, size), 0);
	assert_int_equal(listen(server->fd, 16), 0);
	getsockname(server->fd, (struct sockaddr *)&addr, &size);
	snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%d/ari", ntohs(addr.sin_port));
	server->source =
		ari_loop_add_fd(loop, server->fd, ARI_LOOP_READ, on_connection, server, NULL);
	assert_non_null(server->source);
}

static inline void server_stop(struct server *server)
{
	while (server->peers)
		peer_close(server->peers);
	ari_source_remove(server->source);
	close(server->fd);
}

#endif
