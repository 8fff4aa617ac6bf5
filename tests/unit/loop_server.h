/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * An HTTP server of a few lines, served by the very loop of the client under test: no threads, no
 * waiting, every byte in the order that the script says. Each complete request is kept and gets the
 * next answer of the script: octets, and then perhaps the end of the connection. A script that has
 * run out answers no more.
 */
#ifndef LOOP_SERVER_H
#define LOOP_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ari/loop.h"

#define SERVER_CONNECTIONS 64
#define SERVER_REQUESTS	   128
#define SERVER_ROOM	   16384

struct server_answer {
	const char *bytes; /* NULL: none */
	bool close;
};

struct server_connection {
	int fd;
	struct ari_source *source;
	char buf[SERVER_ROOM];
	size_t len;
};

struct server {
	struct ari_loop *loop;
	struct ari_source *source;
	int fd;
	unsigned port;
	char url[64];
	const struct server_answer *script;
	size_t n_script;
	struct server_connection connection[SERVER_CONNECTIONS];
	unsigned connections;		/* accepted so far */
	char *request[SERVER_REQUESTS]; /* as received, head and body */
	unsigned on[SERVER_REQUESTS];	/* the connection that each came on */
	unsigned requests;
};

static void server_drop(struct server_connection *connection)
{
	if (connection->fd < 0)
		return;
	ari_source_remove(connection->source);
	close(connection->fd);
	connection->fd = -1;
}

/* The length of the complete request at the front of the buffer, or 0. */
static size_t server_complete(const struct server_connection *connection)
{
	const char *end = strstr(connection->buf, "\r\n\r\n");
	const char *length = strcasestr(connection->buf, "\r\ncontent-length:");
	size_t head;
	size_t body;

	if (!end)
		return 0;
	head = (size_t)(end - connection->buf) + 4;
	body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
	return connection->len >= head + body ? head + body : 0;
}

static void server_answer(struct server *server, struct server_connection *connection, size_t len)
{
	const struct server_answer *answer = &server->script[server->requests];
	bool scripted = server->requests < server->n_script;

	if (server->requests == SERVER_REQUESTS)
		abort();
	server->request[server->requests] = strndup(connection->buf, len);
	server->on[server->requests++] = (unsigned)(connection - server->connection);
	memmove(connection->buf, connection->buf + len, connection->len - len + 1);
	connection->len -= len;
	if (!scripted)
		return;
	if (answer->bytes &&
	    send(connection->fd, answer->bytes, strlen(answer->bytes), MSG_NOSIGNAL) < 0)
		abort();
	if (answer->close)
		server_drop(connection);
}

static void server_on_read(struct ari_loop *loop, int fd, unsigned events, void *data)
{
	struct server *server = data;
	struct server_connection *connection = server->connection;
	ssize_t n;
	size_t len;

	(void)loop;
	(void)events;
	while (connection->fd != fd)
		connection++;
	n = recv(fd, connection->buf + connection->len, SERVER_ROOM - 1 - connection->len, 0);
	if (n <= 0) {
		server_drop(connection);
		return;
	}
	connection->len += (size_t)n;
	connection->buf[connection->len] = '\0';
	while (connection->fd >= 0 && (len = server_complete(connection)))
		server_answer(server, connection, len);
}

static void server_on_accept(struct ari_loop *loop, int fd, unsigned events, void *data)
{
	struct server *server = data;
	struct server_connection *connection = &server->connection[server->connections++];

	(void)events;
	if (server->connections > SERVER_CONNECTIONS)
		abort();
	connection->fd = accept(fd, NULL, NULL);
	connection->source =
		ari_loop_add_fd(loop, connection->fd, ARI_LOOP_READ, server_on_read, server, NULL);
	if (!connection->source)
		abort();
}

static void server_open(struct server *server, struct ari_loop *loop,
			const struct server_answer *script, size_t n_script)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	memset(server, 0, sizeof(*server));
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		server->connection[i].fd = -1;
	server->loop = loop;
	server->script = script;
	server->n_script = n_script;
	server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(server->fd, (struct sockaddr *)&address, len) || listen(server->fd, 64) ||
	    getsockname(server->fd, (struct sockaddr *)&address, &len))
		abort();
	server->port = ntohs(address.sin_port);
	snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%u/ari", server->port);
	server->source =
		ari_loop_add_fd(loop, server->fd, ARI_LOOP_READ, server_on_accept, server, NULL);
	if (!server->source)
		abort();
}

static void server_close(struct server *server)
{
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		server_drop(&server->connection[i]);
	for (size_t i = 0; i < server->requests; i++)
		free(server->request[i]);
	ari_source_remove(server->source);
	close(server->fd);
}

#endif
