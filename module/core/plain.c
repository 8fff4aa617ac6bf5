/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See plain.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"
#include "plain.h"

/* Connections served before the loop has its turn again; bytes read from one at once. */
#define AT_ONCE 64
#define CHUNK 65536

struct peer {
	struct peer *next, **link;	/* of all */
	struct peer *next_dying;
	struct plain *plain;
	struct conn *conn;
	int fd;
	struct buf out;			/* what the network did not take */
	uint32_t events;		/* that epoll is asked for */
	bool paused, wants_write, dying;
};

struct plain {
	struct server *server;
	int epoll;
	struct peer *peers, *dying;
	char data[CHUNK];
};

static void end(struct peer *peer)
{
	if (peer->dying)
		return;
	peer->dying = true;
	peer->next_dying = peer->plain->dying;
	peer->plain->dying = peer;
}

static void watch(struct peer *peer, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = peer};

	if (events == peer->events)
		return;
	peer->events = events;
	if (epoll_ctl(peer->plain->epoll, EPOLL_CTL_MOD, peer->fd, &ev))
		end(peer);
}

/* The bytes that went, which may be none; -1: the connection is dead. */
static ssize_t send_some(const struct peer *peer, const char *data, size_t len)
{
	ssize_t n;

	do {
		n = send(peer->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : n;
}

static int peer_write(void *io, const char *data, size_t len)
{
	struct peer *peer = io;
	ssize_t n = 0;

	if (peer->dying)
		return -1;
	if (!peer->out.len)
		n = send_some(peer, data, len);
	if (n < 0)
		return -1;
	if ((size_t)n == len)
		return 0;
	buf_add(&peer->out, data + n, len - (size_t)n);
	watch(peer, peer->events | EPOLLOUT);
	return peer->out.failed ? -1 : 1;
}

static void peer_want_write(void *io)
{
	struct peer *peer = io;

	peer->wants_write = true;
	watch(peer, peer->events | EPOLLOUT);
}

/* Most pauses are over before anything comes: epoll is told only when something did. */
static void peer_pause(void *io, bool pause)
{
	struct peer *peer = io;

	peer->paused = pause;
	if (!pause)
		watch(peer, peer->events | EPOLLIN);
}

static void peer_finish(void *io)
{
	shutdown(((struct peer *)io)->fd, SHUT_WR);
}

static void peer_close(void *io)
{
	end(io);
}

static const struct io_ops ops = {
	.write = peer_write,
	.want_write = peer_want_write,
	.pause_reading = peer_pause,
	.finish_writing = peer_finish,
	.close = peer_close,
};

struct plain *plain_new(struct server *server)
{
	struct plain *plain = calloc(1, sizeof(*plain));

	if (!plain)
		return NULL;
	plain->server = server;
	plain->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (plain->epoll >= 0)
		return plain;
	free(plain);
	return NULL;
}

int plain_fd(const struct plain *plain)
{
	return plain->epoll;
}

static void address_of(int fd, char *text, size_t size)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	if (getpeername(fd, (struct sockaddr *)&address, &len) ||
	    getnameinfo((struct sockaddr *)&address, len, text, (socklen_t)size, NULL, 0,
			NI_NUMERICHOST))
		*text = '\0';
}

static int welcome(struct plain *plain, struct peer *peer)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = peer};
	char address[64];

	if (epoll_ctl(plain->epoll, EPOLL_CTL_ADD, peer->fd, &ev))
		return -1;
	peer->events = EPOLLIN;
	address_of(peer->fd, address, sizeof(address));
	peer->conn = server_open(plain->server, &ops, peer, address, false);
	return peer->conn ? 0 : -1;
}

void plain_take(struct plain *plain, int fd)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	if (peer) {
		peer->plain = plain;
		peer->fd = fd;
	}
	if (!peer || welcome(plain, peer)) {
		close(fd);
		free(peer);
		return;
	}
	peer->next = plain->peers;
	peer->link = &plain->peers;
	if (peer->next)
		peer->next->link = &peer->next;
	plain->peers = peer;
}

static void goodbye(struct peer *peer)
{
	server_closed(peer->conn);
	*peer->link = peer->next;
	if (peer->next)
		peer->next->link = peer->link;
	close(peer->fd);
	buf_free(&peer->out);
	free(peer);
}

static int write_ready(struct peer *peer)
{
	ssize_t n = peer->out.len ? send_some(peer, peer->out.data, peer->out.len) : 0;

	if (n < 0)
		return -1;
	buf_consume(&peer->out, (size_t)n);
	if (peer->out.len)
		return 0;
	buf_free(&peer->out);
	watch(peer, peer->events & ~(uint32_t)EPOLLOUT);
	if (!peer->wants_write)
		return 0;
	peer->wants_write = false;
	return server_writable(peer->conn);
}

static int read_ready(struct peer *peer)
{
	ssize_t n;

	if (peer->paused) {
		watch(peer, peer->events & ~(uint32_t)EPOLLIN);
		return 0;
	}
	n = recv(peer->fd, peer->plain->data, CHUNK, MSG_DONTWAIT);
	if (n > 0)
		return server_input(peer->conn, peer->plain->data, (size_t)n);
	return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? 0 : -1;
}

static void ready(struct peer *peer, uint32_t events)
{
	int res = 0;

	if (peer->dying)
		return;
	if (events & EPOLLOUT)
		res = write_ready(peer);
	if (!res && !peer->dying && events & EPOLLIN)
		res = read_ready(peer);
	/* What has come is read first, even from one who is gone; nobody waits for an answer. */
	else if (events & (EPOLLERR | EPOLLHUP))
		res = -1;
	if (res < 0)
		end(peer);
}

void plain_serve(struct plain *plain)
{
	struct epoll_event events[AT_ONCE];
	int n = epoll_wait(plain->epoll, events, AT_ONCE, 0), i;

	for (i = 0; i < n; i++)
		ready(events[i].data.ptr, events[i].events);
}

void plain_reap(struct plain *plain)
{
	struct peer *peer;

	while ((peer = plain->dying)) {
		plain->dying = peer->next_dying;
		goodbye(peer);
	}
}

void plain_free(struct plain *plain)
{
	if (!plain)
		return;
	while (plain->peers)
		goodbye(plain->peers);
	close(plain->epoll);
	free(plain);
}
