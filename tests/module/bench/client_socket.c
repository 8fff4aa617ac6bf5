/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See client.h: WebSockets. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"

#define SLOW_PIECE 8192

static void path_of(char *out, size_t size, const char *path, int number)
{
	const char *at = strstr(path, "%d");

	if (at)
		snprintf(out, size, "%.*s%d%s", (int)(at - path), path, number, at + 2);
	else
		snprintf(out, size, "%s", path);
}

size_t upgrade_request(char *out, size_t size, const char *path, int number, const char *auth)
{
	char line[1024];
	int n;

	path_of(line, sizeof(line), path, number);
	n = snprintf(out, size,
		     "GET %s HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		     "Authorization: %s\r\n\r\n", line, auth);
	return (size_t)n;
}

/* A variable that was set to the time. */
static void take_text(struct socket *socket, const char *text, size_t len)
{
	static const char key[] = "\"value\":\"@";
	const char *at = memmem(text, len, key, sizeof(key) - 1);

	if (at)
		samples_add(&socket->all->latency, now() - strtod(at + sizeof(key) - 1, NULL) / 1e6);
}

/* Some are enough to know how late events are. */
static bool is_timed(const struct socket *socket)
{
	long index = socket - socket->all->socket;

	return !socket->slow && (socket->all->n < 5 || index % 5 == 1);
}

/* The whole frames at the start of what has been read. */
static void take_frames(struct socket *socket)
{
	const unsigned char *p = (unsigned char *)socket->buf;
	size_t at = 0, head, len, i;

	while (socket->have - at >= 2) {
		len = p[at + 1] & 127;
		head = len < 126 ? 2 : len == 126 ? 4 : 10;
		if (socket->have - at < head)
			break;
		for (i = 2, len = head > 2 ? 0 : len; i < head; i++)
			len = len << 8 | p[at + i];
		if (len + head > SOCKET_BUF)
			die("a frame that is too long");
		if (socket->have - at < head + len)
			break;
		if ((p[at] & 15) == 1) {
			socket->frames++;
			if (is_timed(socket))
				take_text(socket, socket->buf + at + head, len);
		}
		at += head + len;
	}
	memmove(socket->buf, socket->buf + at, socket->have - at);
	socket->have -= at;
}

static void end(struct socket *socket)
{
	if (socket->open)
		socket->all->open--;
	socket->open = false;
	socket->closed = true;
	loop_close(socket->loop, &socket->source);
}

static ssize_t take(struct socket *socket, size_t most)
{
	size_t room = SOCKET_BUF - socket->have;
	unsigned long before = socket->frames;
	ssize_t n = read(socket->source.fd, socket->buf + socket->have, room < most ? room : most);

	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0) {
		end(socket);
		return -1;
	}
	socket->have += (size_t)n;
	socket->bytes += (unsigned long)n;
	take_frames(socket);
	if (!socket->slow) {
		socket->all->bytes += (unsigned long)n;
		socket->all->frames += socket->frames - before;
		if (socket->frames != before)
			socket->all->last = now();
	}
	return n;
}

static void upgrade(struct socket *socket)
{
	ssize_t n;
	char c;

	while ((n = read(socket->source.fd, &c, 1)) == 1) {
		if (reply_take(&socket->upgrade, &c, 1) != 1)
			continue;
		if (socket->upgrade.status != 101) {
			fprintf(stderr, "no WebSocket, but %s\n", socket->upgrade.head);
			exit(2);
		}
		socket->open = true;
		socket->all->open++;
		if (socket->slow)
			loop_change(socket->loop, &socket->source, 0);
		return;
	}
	if (!n || errno != EAGAIN)
		end(socket);
}

static void socket_ready(struct source *source, uint32_t events)
{
	struct socket *socket = (struct socket *)source;
	char out[2048];
	size_t len;

	if (events & EPOLLOUT) {
		len = upgrade_request(out, sizeof(out), socket->all->path,
				      (int)(socket - socket->all->socket), socket->all->auth);
		if (write(source->fd, out, len) != (ssize_t)len)
			die("upgrade");
		loop_change(socket->loop, source, EPOLLIN);
	} else if (!socket->open) {
		upgrade(socket);
	} else if (!socket->slow) {
		take(socket, SOCKET_BUF);
	} else {
		end(socket);
	}
}

bool sockets_open(struct sockets *sockets, double seconds)
{
	double until = now() + seconds;
	int i;

	sockets->socket = calloc((size_t)sockets->n + 1, sizeof(*sockets->socket));
	if (!sockets->socket)
		die("memory");
	/* One after the other: a short backlog is no part of what is measured here. */
	for (i = 0; i < sockets->n; i++) {
		struct socket *socket = &sockets->socket[i];

		socket->slow = i == 0 && sockets->slow_rate;
		socket->source = (struct source){.ready = socket_ready};
		socket->source.fd = dial(sockets->port, socket->slow ? 32768 : 0);
		socket->loop = sockets->loop;
		socket->all = sockets;
		socket->buf = malloc(SOCKET_BUF);
		if (!socket->buf)
			die("memory");
		loop_add(sockets->loop, &socket->source, EPOLLOUT);
		while (!socket->open && !socket->closed && now() < until)
			loop_step(sockets->loop, until);
	}
	return sockets->open == sockets->n;
}

/* In pieces, so that reading slowly is not what keeps this process from reading the others. */
void sockets_slow(struct sockets *sockets, double elapsed)
{
	struct socket *socket = sockets->socket;
	size_t allowed = (size_t)(elapsed * sockets->slow_rate);

	while (socket->open && socket->bytes + SLOW_PIECE <= allowed) {
		if (take(socket, allowed - socket->bytes) <= 0)
			return;
	}
}

void sockets_close(struct sockets *sockets, double seconds)
{
	static const unsigned char bye[] = {0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8};
	double until = now() + seconds;
	int i;

	for (i = 0; i < sockets->n; i++) {
		struct socket *socket = &sockets->socket[i];

		if (!socket->open || write(socket->source.fd, bye, sizeof(bye)) < 0)
			continue;
		socket->slow = false;
		loop_change(sockets->loop, &socket->source, EPOLLIN);
	}
	while (sockets->open && now() < until)
		loop_step(sockets->loop, until);
	for (i = 0; i < sockets->n; i++) {
		loop_close(sockets->loop, &sockets->socket[i].source);
		free(sockets->socket[i].buf);
	}
	free(sockets->socket);
	free(sockets->latency.us);
}
