/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See bench_host.h: the network. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../../../module/core/hash.h"
#include "../../../module/core/login.h"
#include "bench_host.h"

static int wire_write(void *io, const char *data, size_t len)
{
	struct wire *wire = io;

	if (!wire->out.len)
		wire->began = wire->bench->read;
	buf_add(&wire->out, data, len);
	return wire->stalled ? 1 : 0;
}

static void wire_want_write(void *io)
{
	(void)io;
}

static void wire_pause(void *io, bool pause)
{
	((struct wire *)io)->paused = pause;
}

static void wire_finish(void *io)
{
	((struct wire *)io)->finished = true;
}

static void wire_kill(void *io)
{
	((struct wire *)io)->closed = true;
}

static void wake(void *transport)
{
	((struct bench *)transport)->wakes++;
}

const struct transport_ops wire_transport = {
	.wake = wake,
};

static const struct io_ops wire_ops = {
	.write = wire_write,
	.want_write = wire_want_write,
	.pause_reading = wire_pause,
	.finish_writing = wire_finish,
	.close = wire_kill,
};

void wire_open(struct bench *bench, struct wire *wire, const char *peer)
{
	memset(wire, 0, sizeof(*wire));
	wire->bench = bench;
	wire->conn = server_open(bench->server, &wire_ops, wire, peer, false);
	assert_non_null(wire->conn);
}

void wire_close(struct wire *wire)
{
	server_closed(wire->conn);
	buf_free(&wire->out);
}

int wire_send(struct wire *wire, const void *data, size_t len)
{
	return server_input(wire->conn, data, len);
}

bool bench_run(struct bench *bench)
{
	nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
	server_wake(bench->server);
	return true;
}

bool wire_wait(struct bench *bench, struct wire *wire, const char *text)
{
	time_t end = time(NULL) + 30; /* for a busy machine; nobody waits it out but a failure */

	do {
		server_wake(bench->server);
		if (!bench->on_time)
			login_tick(bench->server, INT64_MAX);
		if (wire->out.len && memmem(wire->out.data, wire->out.len, text, strlen(text)))
			return true;
		bench_run(bench);
	} while (time(NULL) < end);
	return false;
}

static void add_authorization(struct buf *out, const char *user)
{
	char text[256];

	if (!user)
		return;
	base64_encode(user, strlen(user), text);
	buf_addf(out, "Authorization: Basic %s\r\n", text);
}

int wire_request(struct bench *bench, struct wire *wire, const char *user, const char *method,
		 const char *target, const char *body)
{
	struct buf out = {0};
	int status = -1;

	buf_addf(&out, "%s %s HTTP/1.1\r\nHost: test\r\n", method, target);
	add_authorization(&out, user);
	if (body)
		buf_addf(&out, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
			 strlen(body));
	buf_addf(&out, "\r\n%s", body ? body : "");
	buf_clear(&wire->out);
	wire_send(wire, out.data, out.len);
	buf_free(&out);
	if (wire_wait(bench, wire, "\r\n\r\n"))
		sscanf(wire->out.data, "HTTP/1.1 %d", &status);
	return status;
}

int wire_socket(struct bench *bench, struct wire *wire, const char *user, const char *target)
{
	struct buf out = {0};
	int status = -1;

	buf_addf(&out, "GET %s HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\n"
		       "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", target);
	add_authorization(&out, user);
	buf_adds(&out, "\r\n");
	buf_clear(&wire->out);
	wire_send(wire, out.data, out.len);
	buf_free(&out);
	if (wire_wait(bench, wire, "\r\n\r\n"))
		sscanf(wire->out.data, "HTTP/1.1 %d", &status);
	return status;
}

void wire_text(struct wire *wire, const char *text)
{
	unsigned char head[8] = {0x81};
	size_t len = strlen(text), n = 2;
	struct buf out = {0};

	assert_true(len < 65536);
	head[1] = (unsigned char)(0x80 | (len < 126 ? len : 126));
	if (len >= 126) {
		head[2] = (unsigned char)(len >> 8);
		head[3] = (unsigned char)len;
		n = 4;
	}
	buf_add(&out, head, n + 4);	/* a mask of zeros */
	buf_add(&out, text, len);
	wire_send(wire, out.data, out.len);
	buf_free(&out);
}
