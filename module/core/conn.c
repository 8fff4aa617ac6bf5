/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * A connection: bytes in, requests out; answers in, bytes out. One request at a time:
 * while it is carried out reading is paused, so a client that pipelines waits in its own
 * socket. Deadlines are absolute, not for each byte.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "request.h"
#include "session.h"

#define CHUNK 262144
#define LINGER_MS 1000
/* Connections above the limit are told so with a 503; so many at a time, more just end. */
#define REFUSED_MAX 64
#define INPUT_MAX (1 << 20)

static int peers(const struct server *server, const char *peer)
{
	const struct conn *conn;
	int n = 0;

	for (conn = server->conns; conn; conn = conn->next)
		n += !strcmp(conn->peer, peer);
	return n;
}

struct conn *server_open(struct server *server, const struct io_ops *ops, void *io,
			 const char *peer, bool tls)
{
	struct conn *conn;

	server->now = clock_ms();
	if (server->ending || server->n_conns >= server->config->max_connections + REFUSED_MAX)
		return NULL;
	conn = calloc(1, sizeof(*conn));
	if (!conn)
		return NULL;
	conn->server = server;
	conn->ops = ops;
	conn->io = io;
	conn->tls = tls;
	conn->out_fd = -1;
	/* An IPv4 address that came through an IPv6 socket is still one. */
	if (!strncmp(peer, "::ffff:", 7) && strchr(peer, '.'))
		peer += 7;
	snprintf(conn->peer, sizeof(conn->peer), "%s", peer);
	conn->deadline = server->now + server->config->header_timeout * 1000;
	if (server->n_conns >= server->config->max_connections ||
	    peers(server, conn->peer) >= server->config->max_per_address) {
		/* Known to be too many: told so with the first bytes that come. */
		conn->close_after = true;
	}
	conn->next = server->conns;
	conn->link = &server->conns;
	if (conn->next)
		conn->next->link = &conn->next;
	server->conns = conn;
	server->n_conns++;
	return conn;
}

static void forget_output(struct conn *conn)
{
	bytes_unref(conn->out_body);
	conn->out_body = NULL;
	conn->out_sent = 0;
	if (conn->out_fd >= 0)
		close(conn->out_fd);
	conn->out_fd = -1;
	buf_clear(&conn->out);
}

void conn_forget_proof(struct conn *conn)
{
	if (conn->proof) {
		explicit_bzero(conn->proof, conn->proof_len);
		free(conn->proof);
	}
	conn->proof = NULL;
	config_unref(conn->proof_config);
	conn->proof_config = NULL;
}

void server_closed(struct conn *conn)
{
	struct server *server = conn->server;

	conn->state = CONN_DEAD;
	conn->io = NULL;
	if (conn->request)
		conn->request->conn = NULL;
	if (conn->session)
		session_gone(conn->session);
	forget_output(conn);
	conn_forget_proof(conn);
	buf_free(&conn->out);
	buf_free(&conn->in);
	*conn->link = conn->next;
	if (conn->next)
		conn->next->link = conn->link;
	server->n_conns--;
	free(conn);
}

void conn_kill(struct conn *conn)
{
	conn->state = CONN_DEAD;
	forget_output(conn);
	if (conn->io)
		conn->ops->close(conn->io);
}

/* A body that is shared, or a file, goes out in pieces, one whenever there is room. */
static int send_rest(struct conn *conn)
{
	const struct io_ops *io = conn->ops;
	char piece[65536];
	size_t len;
	ssize_t n;
	int res = 0;

	while (!res && conn->out_body) {
		len = conn->out_body->len - conn->out_sent;
		len = len < CHUNK ? len : CHUNK;
		res = io->write(conn->io, conn->out_body->data + conn->out_sent, len);
		conn->out_sent += len;
		if (conn->out_sent == conn->out_body->len) {
			bytes_unref(conn->out_body);
			conn->out_body = NULL;
			conn->out_sent = 0;
		}
	}
	while (!res && conn->out_fd >= 0) {
		do {
			n = read(conn->out_fd, piece, sizeof(piece));
		} while (n < 0 && errno == EINTR);
		if (n < 0)
			return -1;
		if (n == 0) {
			close(conn->out_fd);
			conn->out_fd = -1;
		} else {
			res = io->write(conn->io, piece, (size_t)n);
		}
	}
	return res;
}

struct buf *conn_out(struct conn *conn)
{
	struct buf *spare = &conn->server->spare;

	if (!conn->out.data && !conn->out.failed) {
		conn->out = *spare;
		*spare = (struct buf){0};
	}
	return &conn->out;
}

/* The output is empty: the larger one is kept for the next who writes. */
static void spare_output(struct conn *conn)
{
	struct buf *spare = &conn->server->spare, smaller = *spare;

	buf_clear(&conn->out);
	if (conn->out.size > spare->size && conn->out.size <= CHUNK) {
		*spare = conn->out;
		conn->out = smaller;
	}
	buf_free(&conn->out);
}

int conn_flush(struct conn *conn)
{
	const struct io_ops *io = conn->ops;
	int res = 0;

	if (conn->state == CONN_DEAD)
		return -1;
	if (conn->blocked)
		return 0;
	if (conn->out.failed)
		return -1;
	if (conn->out.len) {
		res = io->write(conn->io, conn->out.data, conn->out.len);
		spare_output(conn);
	}
	if (!res)
		res = send_rest(conn);
	if (res < 0)
		return -1;
	conn->blocked = res > 0;
	if (conn->blocked) {
		io->want_write(conn->io);
		/* A WebSocket has its pings and its queue's limits instead. */
		if (conn->state == CONN_BUSY)
			conn->deadline = conn->server->now +
					 conn->server->config->write_timeout * 1000;
	}
	return 0;
}

static bool all_sent(const struct conn *conn)
{
	return !conn->blocked && !conn->out.len && !conn->out_body && conn->out_fd < 0;
}

static void linger(struct conn *conn)
{
	conn->state = CONN_LINGER;
	conn->deadline = conn->server->now + LINGER_MS;
	conn->ops->finish_writing(conn->io);
	conn->ops->pause_reading(conn->io, false);
}

/* What follows when an answer is on its way: 1 when the next request may be read. */
static int go_on(struct conn *conn)
{
	if (conn_flush(conn))
		return -1;
	if (!all_sent(conn))
		return 0;
	if (conn->close_after) {
		linger(conn);
		return 0;
	}
	if (conn->state == CONN_BUSY && !conn->request) {
		conn->state = CONN_READING;
		conn->continued = false;
		conn->deadline = conn->server->now + conn->server->config->idle_timeout * 1000;
		conn->ops->pause_reading(conn->io, false);
		return 1;
	}
	return 0;
}

void conn_upgraded(struct conn *conn, struct session *session)
{
	conn->request = NULL;
	conn->session = session;
	conn->state = CONN_SOCKET;
	conn->deadline = 0;
	conn->ops->pause_reading(conn->io, false);
}

void conn_close_socket(struct conn *conn, unsigned int code, const char *reason)
{
	if (conn->close_after || conn->state != CONN_SOCKET)
		return;
	ws_add_close(conn_out(conn), code, reason);
	conn->close_after = true;
	conn->deadline = conn->server->now + 5 * LINGER_MS;
	if (go_on(conn) < 0)
		conn_kill(conn);
}

static int refuse(struct conn *conn, int status, const char *why)
{
	reply_refuse(conn, status, why);
	conn->state = CONN_BUSY;
	buf_free(&conn->in);
	return go_on(conn);
}

/* One request from the input; 1 when there was one, 0 when more is needed. */
static int read_request(struct conn *conn)
{
	struct http_request http;
	struct buf in = {0}, mine;
	const char *why = NULL;
	bool want = false;
	size_t used = 0;
	int res;

	res = http_parse(conn->in.data, conn->in.len, &conn->server->config->http, &http, &used,
			 &want, &why);
	if (res == HTTP_MORE) {
		if (want && !conn->continued) {
			conn->continued = true;
			buf_adds(conn_out(conn), "HTTP/1.1 100 Continue\r\n\r\n");
			return conn_flush(conn);
		}
		return 0;
	}
	if (res != HTTP_DONE)
		return refuse(conn, res, why);
	if (conn->in.len > used)
		buf_add(&in, conn->in.data + used, conn->in.len - used);
	conn->greeted = true;
	conn->state = CONN_BUSY;
	conn->deadline = 0;
	mine = conn->in;
	conn->in = in;
	/* An answer that comes at once must not read the next request below this one. */
	conn->nested = true;
	request_start(conn, &mine, &http);
	conn->nested = false;
	return conn->request ? 0 : go_on(conn);
}

static int read_requests(struct conn *conn)
{
	int res = 1;

	while (res == 1 && conn->state == CONN_READING && conn->in.len)
		res = read_request(conn);
	if (res < 0 || conn->state == CONN_DEAD)
		return -1;
	if (conn->state == CONN_BUSY && conn->request)
		conn->ops->pause_reading(conn->io, true);
	/* The header deadline starts with the first byte of a request, not with the next one. */
	if (conn->state == CONN_READING && conn->in.len && conn->greeted) {
		conn->greeted = false;
		conn->deadline = conn->server->now + conn->server->config->header_timeout * 1000;
	}
	return 0;
}

void conn_answered(struct conn *conn)
{
	int res;

	conn->request = NULL;
	if (conn->nested || conn->state == CONN_DEAD)
		return;
	res = go_on(conn);
	if (res == 1)
		res = read_requests(conn);
	if (res < 0)
		conn_kill(conn);
}

int server_input(struct conn *conn, const char *data, size_t len)
{
	server_catch_up(conn->server);
	conn->server->now = clock_ms();
	if (conn->state == CONN_LINGER)
		return 0;
	if (conn->state == CONN_DEAD || conn->in.len + len > INPUT_MAX)
		return -1;
	if (conn->close_after && conn->state == CONN_READING)
		return refuse(conn, 503, "too many connections");
	buf_add(&conn->in, data, len);
	if (conn->in.failed)
		return -1;
	if (conn->state == CONN_SOCKET)
		return session_input(conn->session, &conn->in);
	return read_requests(conn);
}

int server_writable(struct conn *conn)
{
	int res;

	conn->server->now = clock_ms();
	conn->blocked = false;
	if (conn->session && conn->state == CONN_SOCKET && !conn->close_after)
		session_fill(conn->session);
	res = go_on(conn);
	/* The network took it all: there may be more than one batch. */
	if (!res && conn->session && conn->state == CONN_SOCKET)
		session_push(conn->session);
	return res == 1 ? read_requests(conn) : res;
}
