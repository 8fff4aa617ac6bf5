/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See client.h: REST connections. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"

static size_t content_length(const char *head)
{
	const char *line;

	for (line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
		if (!strncasecmp(line + 2, "content-length:", 15))
			return strtoul(line + 17, NULL, 10);
	}
	return 0;
}

static int take_head(struct reply *reply, const char *data, size_t len)
{
	size_t n = sizeof(reply->head) - 1 - reply->have, over;
	char *end;

	n = n < len ? n : len;
	memcpy(reply->head + reply->have, data, n);
	reply->have += n;
	reply->head[reply->have] = '\0';
	end = strstr(reply->head, "\r\n\r\n");
	if (!end)
		return reply->have == sizeof(reply->head) - 1 ? -1 : 0;
	reply->whole_head = true;
	reply->status = reply->have > 12 ? (int)strtol(reply->head + 9, NULL, 10) : 0;
	over = reply->have - (size_t)(end + 4 - reply->head) + (len - n);
	end[2] = '\0';
	reply->left = reply->status == 304 || reply->status == 204 || reply->status == 101 ? 0 :
		content_length(reply->head);
	if (over > reply->left && reply->status != 101)
		return -1;
	reply->left -= reply->status == 101 ? 0 : over;
	return !reply->left;
}

int reply_take(struct reply *reply, const char *data, size_t len)
{
	if (!reply->whole_head)
		return take_head(reply, data, len);
	if (len > reply->left)
		return -1;
	reply->left -= len;
	return !reply->left;
}

static void begin(struct rest_conn *conn);

static void drop(struct rest_conn *conn)
{
	loop_close(conn->rest->loop, &conn->source);
	conn->connected = conn->busy = false;
}

static void fail(struct rest_conn *conn)
{
	conn->rest->errors++;
	conn->dead = true;
	drop(conn);
}

static void flush(struct rest_conn *conn)
{
	/* A request is small: it goes out whole, or the server is gone. */
	if (write(conn->source.fd, conn->out, conn->out_len) != (ssize_t)conn->out_len)
		fail(conn);
}

static void answered(struct rest_conn *conn)
{
	struct rest *rest = conn->rest;
	int status = conn->reply.status;

	samples_add(&rest->latency, now() - conn->since);
	rest->answers++;
	rest->errors += status < 200 || status >= 400;
	conn->busy = false;
	if (rest->one_each)
		drop(conn);
	if (rest->done)
		rest->done(rest, conn, status);
	begin(conn);
}

static void rest_ready(struct source *source, uint32_t events)
{
	struct rest_conn *conn = (struct rest_conn *)source;
	static char data[1 << 18];
	ssize_t n;
	int res;

	if (!conn->connected) {
		if (!(events & EPOLLOUT) || (events & (EPOLLERR | EPOLLHUP))) {
			fail(conn);
			return;
		}
		conn->connected = true;
		loop_change(conn->rest->loop, source, EPOLLIN);
		if (conn->busy)
			flush(conn);
		return;
	}
	n = read(source->fd, data, sizeof(data));
	if (n < 0 && errno == EAGAIN)
		return;
	res = n > 0 && conn->busy ? reply_take(&conn->reply, data, (size_t)n) : -1;
	if (res < 0)
		fail(conn);
	else if (res)
		answered(conn);
}

static void begin(struct rest_conn *conn)
{
	struct rest *rest = conn->rest;

	if (conn->dead || conn->busy)
		return;
	conn->out_len = rest->next(rest, conn, conn->out, sizeof(conn->out));
	if (!conn->out_len)
		return;
	conn->asked++;
	conn->busy = true;
	conn->reply.have = 0;
	conn->reply.whole_head = false;
	conn->since = now();
	if (conn->source.fd < 0) {
		conn->source.fd = dial(rest->port, 0);
		loop_add(rest->loop, &conn->source, EPOLLIN | EPOLLOUT);
	} else if (conn->connected) {
		flush(conn);
	}
}

void rest_open(struct rest *rest)
{
	int i;

	rest->conn = calloc((size_t)rest->n, sizeof(*rest->conn));
	if (!rest->conn)
		die("memory");
	for (i = 0; i < rest->n; i++) {
		rest->conn[i].source = (struct source){.ready = rest_ready, .fd = -1};
		rest->conn[i].rest = rest;
		rest->conn[i].index = i;
	}
	rest_kick(rest);
}

void rest_kick(struct rest *rest)
{
	int i;

	for (i = 0; i < rest->n; i++)
		begin(&rest->conn[i]);
}

int rest_busy(const struct rest *rest)
{
	int i, busy = 0;

	for (i = 0; i < rest->n; i++)
		busy += rest->conn[i].busy;
	return busy;
}

void rest_close(struct rest *rest)
{
	int i;

	for (i = 0; i < rest->n; i++)
		loop_close(rest->loop, &rest->conn[i].source);
	free(rest->conn);
	free(rest->latency.us);
}
