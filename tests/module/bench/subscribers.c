/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * subscribers PORT PATH AUTHORIZATION COUNT SECONDS: open COUNT WebSockets (each %d in PATH is
 * the socket's number), say "ready", and count the frames that come in SECONDS. Prints
 * "frames N bytes N sockets N" (sockets: still open at the end).
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct subscriber {
	int fd;
	unsigned char head[10];	/* of a frame, so far */
	size_t have, left;	/* bytes of the head; of the payload yet to come */
	int closed;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void path_of(char *out, size_t size, const char *path, int number)
{
	const char *at = strstr(path, "%d");

	if (at)
		snprintf(out, size, "%.*s%d%s", (int)(at - path), path, number, at + 2);
	else
		snprintf(out, size, "%s", path);
}

static void open_one(struct subscriber *s, int port, const char *path, const char *auth, int number)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
	char text[2048], line[1024], c;
	int n, matched = 0;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (s->fd < 0 || connect(s->fd, (struct sockaddr *)&to, sizeof(to)))
		die("connect");
	path_of(line, sizeof(line), path, number);
	n = snprintf(text, sizeof(text),
		     "GET %s HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		     "Authorization: %s\r\n\r\n", line, auth);
	if (write(s->fd, text, (size_t)n) != n)
		die("write");
	for (n = 0; matched < 4; n++) {
		if (read(s->fd, &c, 1) != 1)
			die("upgrade");
		if (n == 9 && c != '1')
			die("refused");
		matched = c == "\r\n\r\n"[matched] ? matched + 1 : c == '\r';
	}
}

static size_t head_size(const unsigned char *head)
{
	return (head[1] & 127) < 126 ? 2 : (head[1] & 127) == 126 ? 4 : 10;
}

static size_t payload(const unsigned char *head)
{
	size_t n = 0, i, size = head_size(head);

	if (size == 2)
		return head[1] & 127;
	for (i = 2; i < size; i++)
		n = n << 8 | head[i];
	return n;
}

/* Count the frames that end in these bytes. */
static unsigned long take(struct subscriber *s, const unsigned char *p, size_t len)
{
	unsigned long frames = 0;

	while (len) {
		if (s->left) {
			size_t n = s->left < len ? s->left : len;

			s->left -= n;
			p += n;
			len -= n;
			frames += !s->left;
			continue;
		}
		s->head[s->have++] = *p++;
		len--;
		if (s->have >= 2 && s->have == head_size(s->head)) {
			s->left = payload(s->head);
			s->have = 0;
			frames += !s->left;
		}
	}
	return frames;
}

int main(int argc, char **argv)
{
	static unsigned char buf[1 << 18];
	struct subscriber *subs;
	struct epoll_event ev, events[64];
	unsigned long frames = 0, bytes = 0;
	int i, n, count, open = 0, ep = epoll_create1(0);
	double end;

	if (argc != 6)
		return 2;
	count = (int)strtol(argv[4], NULL, 10);
	subs = calloc((size_t)count, sizeof(*subs));
	if (!subs)
		return 1;
	for (i = 0; i < count; i++) {
		open_one(&subs[i], (int)strtol(argv[1], NULL, 10), argv[2], argv[3], i);
		ev = (struct epoll_event){.events = EPOLLIN, .data.ptr = &subs[i]};
		epoll_ctl(ep, EPOLL_CTL_ADD, subs[i].fd, &ev);
	}
	printf("ready\n");
	fflush(stdout);
	end = now() + strtod(argv[5], NULL);
	while (now() < end) {
		n = epoll_wait(ep, events, 64, 100);
		for (i = 0; i < n; i++) {
			struct subscriber *s = events[i].data.ptr;
			ssize_t got = read(s->fd, buf, sizeof(buf));

			if (got <= 0) {
				s->closed = 1;
				epoll_ctl(ep, EPOLL_CTL_DEL, s->fd, NULL);
				continue;
			}
			bytes += (unsigned long)got;
			frames += take(s, buf, (size_t)got);
		}
	}
	for (i = 0; i < count; i++)
		open += !subs[i].closed;
	printf("frames %lu bytes %lu sockets %d\n", frames, bytes, open);
	free(subs);
	return 0;
}
