/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * options PORT RATE MILLISECONDS: send SIP OPTIONS requests by UDP, RATE a second, each once and
 * from a dialog of its own; prints how many were sent and how many were answered.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"

struct options {
	struct source source;
	unsigned long sent, answered;
};

static void options_ready(struct source *source, uint32_t events)
{
	struct options *options = (struct options *)source;
	char data[4096];

	(void)events;
	while (recv(source->fd, data, sizeof(data), MSG_DONTWAIT) > 0)
		options->answered += !strncmp(data, "SIP/2.0 ", 8);
}

static void ask(struct options *options, int from, int to)
{
	char text[1024];
	int n;

	n = snprintf(text, sizeof(text),
		     "OPTIONS sip:127.0.0.1:%d SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;"
		     "branch=z9hG4bK-%d-%lu\r\nMax-Forwards: 70\r\nFrom: <sip:o@127.0.0.1>;tag=%lu\r\n"
		     "To: <sip:127.0.0.1:%d>\r\nCall-ID: %d-%lu@bench\r\nCSeq: 1 OPTIONS\r\n"
		     "Contact: <sip:o@127.0.0.1:%d>\r\nContent-Length: 0\r\n\r\n", to, from, from,
		     options->sent, options->sent, to, from, options->sent, from);
	if (send(options->source.fd, text, (size_t)n, 0) == n)
		options->sent++;
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	struct options options = {.source = {.ready = options_ready}};
	socklen_t len = sizeof(at);
	struct loop loop;
	double start, seconds, rate;
	int port;

	if (argc != 4)
		return 2;
	port = (int)number(argv[1]);
	rate = (double)number(argv[2]);
	seconds = (double)number(argv[3]) / 1e3;
	options.source.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	at.sin_port = htons((unsigned short)port);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (options.source.fd < 0 || connect(options.source.fd, (struct sockaddr *)&at, len) ||
	    getsockname(options.source.fd, (struct sockaddr *)&at, &len))
		die("socket");
	loop_open(&loop);
	loop_add(&loop, &options.source, 1);
	start = now();
	/* What is asked last has a second to be answered. */
	while (now() - start < seconds + 1) {
		while (now() - start < seconds && (double)options.sent < (now() - start) * rate)
			ask(&options, ntohs(at.sin_port), port);
		loop_step(&loop, now() + 0.5 / rate);
	}
	printf("sent=%lu answered=%lu\n", options.sent, options.answered);
	close(options.source.fd);
	return 0;
}
