/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See listen_socket.h. Sockets of our own: one can be given up while its connections stay. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "listen_socket.h"

/* Connections that the kernel holds until they are taken. */
#define BACKLOG 1024

static int open_at(const struct addrinfo *at)
{
	int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1, was;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (!bind(fd, at->ai_addr, at->ai_addrlen) && !listen(fd, BACKLOG))
		return fd;
	was = errno;
	close(fd);
	errno = was;
	return -1;
}

int listen_socket(const char *address, int port)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
	};
	struct addrinfo *found = NULL;
	char text[8];
	int fd;

	snprintf(text, sizeof(text), "%d", port);
	if (getaddrinfo(*address ? address : "0.0.0.0", text, &hints, &found)) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	fd = open_at(found);
	freeaddrinfo(found);
	return fd;
}

int listen_socket_port(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &len))
		return -1;
	if (address.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
	return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

int listen_socket_accept(int fd)
{
	int one = 1, peer;

	do {
		peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	} while (peer < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (peer >= 0)
		setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return peer;
}

int listen_check_certificate(const struct config *config, char *error, size_t size)
{
	SSL_CTX *ctx = config->tls_port ? SSL_CTX_new(TLS_server_method()) : NULL;
	int res = -1;

	if (!config->tls_port)
		return 0;
	if (!ctx || SSL_CTX_use_certificate_chain_file(ctx, config->tls_certificate) != 1)
		snprintf(error, size, "tlscertfile: no certificate in %s", config->tls_certificate);
	else if (SSL_CTX_use_PrivateKey_file(ctx, config->tls_key, SSL_FILETYPE_PEM) != 1)
		snprintf(error, size, "tlsprivatekey: no key in %s that fits the certificate",
			 config->tls_key);
	else
		res = 0;
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return res;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

bool listen_same_place(const struct config *a, const struct config *b, bool tls)
{
	return same_text(a->bindaddr, b->bindaddr) &&
	       (tls ? a->tls_port == b->tls_port : a->port == b->port);
}

bool listen_same_certificate(const struct config *a, const struct config *b)
{
	return same_text(a->tls_certificate, b->tls_certificate) &&
	       same_text(a->tls_key, b->tls_key);
}
