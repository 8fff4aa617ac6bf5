/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Every limit, one below it, at it and one above it, and the answer that this brings. A row makes
 * a request, or as many as the number says, in a server of its own.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_host.h"

/* "admin:x" */
#define LOGIN "Authorization: Basic YWRtaW46eA==\r\n"
#define HEAD "Host: a\r\n" LOGIN
#define MANY 130

/* What a server is asked with: up to MANY connections of different peers. */
struct attempt {
	struct bench bench;
	struct wire wire[MANY];
	int open;
};

static void repeat(struct buf *out, const char *text, int n)
{
	while (n-- > 0)
		buf_adds(out, text);
}

static struct wire *open_wire(struct attempt *attempt, const char *peer)
{
	struct wire *wire = &attempt->wire[attempt->open++];

	wire_open(&attempt->bench, wire, peer);
	return wire;
}

/* The status of the last answer to TEXT. */
static int ask(struct attempt *attempt, const char *peer, const struct buf *text)
{
	struct wire *wire = open_wire(attempt, peer);
	int status = -1;

	assert_false(text->failed);
	wire_send(wire, text->data, text->len);
	if (wire_wait(&attempt->bench, wire, "\r\n\r\n"))
		sscanf(wire->out.data, "HTTP/1.1 %d", &status);
	return status;
}

static int ask_free(struct attempt *attempt, struct buf *text)
{
	int status = ask(attempt, "a", text);

	buf_free(text);
	return status;
}

static int request_line(struct attempt *attempt, int n)
{
	struct buf text = {0};

	buf_adds(&text, "GET /stasis/asterisk/ping?");
	repeat(&text, "a", n - 26 - 9);
	buf_adds(&text, " HTTP/1.1\r\n" HEAD "\r\n");
	return ask_free(attempt, &text);
}

static int header_line(struct attempt *attempt, int n)
{
	struct buf text = {0};

	buf_adds(&text, "GET /stasis/asterisk/ping HTTP/1.1\r\n" HEAD "X-A: ");
	repeat(&text, "a", n - 5);
	buf_adds(&text, "\r\n\r\n");
	return ask_free(attempt, &text);
}

static int header_count(struct attempt *attempt, int n)
{
	struct buf text = {0};

	buf_adds(&text, "GET /stasis/asterisk/ping HTTP/1.1\r\n" HEAD);
	repeat(&text, "X-A: a\r\n", n - 2);
	buf_adds(&text, "\r\n");
	return ask_free(attempt, &text);
}

/* All header lines with their ends. */
static int header_bytes(struct attempt *attempt, int n)
{
	int left = n - (int)strlen(HEAD), line;
	struct buf text = {0};

	buf_adds(&text, "GET /stasis/asterisk/ping HTTP/1.1\r\n" HEAD);
	for (; left > 0; left -= line) {
		line = left > 3000 ? 2000 : left;
		buf_adds(&text, "X-A: ");
		repeat(&text, "a", line - 7);
		buf_adds(&text, "\r\n");
	}
	buf_adds(&text, "\r\n");
	return ask_free(attempt, &text);
}

static int post(struct attempt *attempt, const char *type, struct buf *body)
{
	struct buf text = {0};

	buf_addf(&text, "POST /stasis/channels/own/answer HTTP/1.1\r\n" HEAD "Content-Type: %s\r\n"
			"Content-Length: %zu\r\n\r\n", type, body->len);
	buf_add(&text, body->data, body->len);
	buf_free(body);
	return ask_free(attempt, &text);
}

static int body_size(struct attempt *attempt, int n)
{
	struct buf body = {0};

	buf_adds(&body, "a=");
	repeat(&body, "b", n - 2);
	return post(attempt, "application/x-www-form-urlencoded", &body);
}

static int chunked_size(struct attempt *attempt, int n)
{
	struct buf text = {0};

	buf_addf(&text, "POST /stasis/channels/own/answer HTTP/1.1\r\n" HEAD
			"Content-Type: application/x-www-form-urlencoded\r\n"
			"Transfer-Encoding: chunked\r\n\r\n2\r\na=\r\n%x\r\n", n - 2);
	repeat(&text, "b", n - 2);
	buf_adds(&text, "\r\n0\r\n\r\n");
	return ask_free(attempt, &text);
}

static int json_depth(struct attempt *attempt, int n)
{
	struct buf body = {0};

	repeat(&body, "{\"a\":", n - 1);
	buf_adds(&body, "[]");
	repeat(&body, "}", n - 1);
	return post(attempt, "application/json", &body);
}

static int json_members(struct attempt *attempt, int n)
{
	struct buf body = {0};

	buf_adds(&body, "{\"m\":{");
	repeat(&body, "\"a:\\\"\":1,", n - 2);
	buf_adds(&body, "\"z\":[\":\"]}}");
	return post(attempt, "application/json", &body);
}

static int json_string(struct attempt *attempt, int n)
{
	struct buf body = {0};

	buf_adds(&body, "{\"a\":\"\\\"");
	repeat(&body, "b", n - 2);
	buf_adds(&body, "\"}");
	return post(attempt, "application/json", &body);
}

static int xml_depth(struct attempt *attempt, int n)
{
	struct buf body = {0};

	repeat(&body, "<a>", n);
	repeat(&body, "</a>", n);
	return post(attempt, "application/xml", &body);
}

static int params(struct attempt *attempt, int n)
{
	struct buf text = {0};

	buf_adds(&text, "GET /stasis/asterisk/ping?");
	repeat(&text, "a&", n);
	buf_adds(&text, " HTTP/1.1\r\n" HEAD "\r\n");
	return ask_free(attempt, &text);
}

static int segments(struct attempt *attempt, int n)
{
	struct buf text = {0};

	buf_adds(&text, "GET /stasis");
	repeat(&text, "/a", n);
	buf_adds(&text, " HTTP/1.1\r\n" HEAD "\r\n");
	return ask_free(attempt, &text);
}

/* The status of an upgrade with BEFORE, then ONE n times, then AFTER in its query. */
static int upgrade(struct attempt *attempt, const char *before, const char *one, int n,
		   const char *after)
{
	struct buf target = {0};
	int status;

	buf_addf(&target, "/stasis/events?%s", before);
	repeat(&target, one, n);
	buf_adds(&target, after);
	status = wire_socket(&attempt->bench, open_wire(attempt, "a"), "admin:x", target.data);
	buf_free(&target);
	return status;
}

static int applications(struct attempt *attempt, int n)
{
	return upgrade(attempt, "app=", "a,", n - 1, "a");
}

static int filter_bytes(struct attempt *attempt, int n)
{
	return upgrade(attempt, "filter=channel:", "a", n - 8, "");
}

static int filter_words(struct attempt *attempt, int n)
{
	return upgrade(attempt, "filter=", "type:a,", n, "");
}

/* N requests, each from another place if PLACES; the status of the last. */
static int row_of(struct attempt *attempt, const char *start, int n, bool places)
{
	char peer[16] = "a";
	struct buf text = {0};
	int i, status = -1;

	buf_adds(&text, start);
	for (i = 0; i < n; i++) {
		if (places)
			snprintf(peer, sizeof(peer), "p%d", i);
		status = ask(attempt, peer, &text);
	}
	buf_free(&text);
	return status;
}

static int connections(struct attempt *attempt, int n)
{
	return row_of(attempt, "GET /stasis/asterisk/ping HTTP/1.1\r\n" HEAD "\r\n", n, true);
}

static int connections_of_one(struct attempt *attempt, int n)
{
	return row_of(attempt, "GET /stasis/asterisk/ping HTTP/1.1\r\n" HEAD "\r\n", n, false);
}

static int failures(struct attempt *attempt, int n)
{
	return row_of(attempt, "GET /stasis/asterisk/ping HTTP/1.1\r\nHost: a\r\n"
			       "Authorization: Basic YWRtaW46eQ==\r\n\r\n", n, false);
}

static int sockets(struct attempt *attempt, int n)
{
	int status = -1;

	while (n-- > 0)
		status = upgrade(attempt, "", "", 0, "");
	return status;
}

static int calls(struct attempt *attempt, int n)
{
	return row_of(attempt, "POST /stasis/channels?endpoint=Local/a&app=a HTTP/1.1\r\n" HEAD "\r\n",
		      n, false);
}

/* A frame with a masked payload of "x"; the mask is 0. */
static void add_frame(struct buf *out, int first, int n)
{
	buf_addc(out, (char)first);
	if (n < 126) {
		buf_addc(out, (char)(0x80 | n));
	} else if (n > 65535) {
		buf_addc(out, (char)(0x80 | 127));
		buf_add(out, "\0\0\0\0\0", 5);
		buf_addc(out, (char)(n >> 16));
		buf_addc(out, (char)(n >> 8));
		buf_addc(out, (char)n);
	} else {
		buf_addc(out, (char)(0x80 | 126));
		buf_addc(out, (char)(n >> 8));
		buf_addc(out, (char)n);
	}
	buf_add(out, "\0\0\0\0", 4);
	repeat(out, "x", n);
}

/* The code that a socket is closed with after FRAMES; 200 when it goes on. */
static int close_code(struct attempt *attempt, struct buf *frames)
{
	struct wire *wire = open_wire(attempt, "a");
	const char *at;
	int code = -1;

	assert_int_equal(wire_socket(&attempt->bench, wire, "admin:x", "/stasis/events"), 101);
	assert_true(wire_wait(&attempt->bench, wire, "StreamStarted"));
	wire_send(wire, frames->data, frames->len);
	buf_clear(frames);
	add_frame(frames, 0x89, 7);
	if (!wire->finished)
		wire_send(wire, frames->data, frames->len);
	buf_free(frames);
	at = memmem(wire->out.data, wire->out.len, "\x8a\x07xxxxxxx", 9);
	if (at)
		code = 200;
	else if (wire->finished)
		for (at = wire->out.data + wire->out.len - 1; at > wire->out.data; at--) {
			if ((unsigned char)at[0] == 0x88) {
				code = (unsigned char)at[2] << 8 | (unsigned char)at[3];
				break;
			}
		}
	return code;
}

static int message(struct attempt *attempt, int n)
{
	struct buf frames = {0};

	add_frame(&frames, 0x81, n);
	return close_code(attempt, &frames);
}

static int fragmented(struct attempt *attempt, int n)
{
	struct buf frames = {0};

	add_frame(&frames, 0x01, 1000);
	add_frame(&frames, 0x80, n - 1000);
	return close_code(attempt, &frames);
}

static int fragments(struct attempt *attempt, int n)
{
	struct buf frames = {0};
	int i;

	for (i = 0; i < n; i++)
		add_frame(&frames, (i ? 0 : 1) | (i == n - 1 ? 0x80 : 0), 1);
	return close_code(attempt, &frames);
}

/* One that is under way, and N that wait behind it. */
static int waiting(struct attempt *attempt, int n)
{
	static const char hold[] = "{\"type\":\"RESTRequest\",\"method\":\"POST\","
				   "\"uri\":\"channels/own/hold\"}";
	struct buf frames = {0};
	int i, code;

	attempt->bench.blocked = true;
	for (i = 0; i <= n; i++) {
		buf_addc(&frames, (char)0x81);
		buf_addc(&frames, (char)(0x80 | strlen(hold)));
		buf_add(&frames, "\0\0\0\0", 4);
		buf_adds(&frames, hold);
	}
	code = close_code(attempt, &frames);
	bench_unblock(&attempt->bench);
	return code;
}

static const struct {
	const char *name, *conf;
	int (*ask)(struct attempt *attempt, int n);
	int limit, within, beyond;
} rows[] = {
	{"request line", "", request_line, 4096, 200, 414},
	{"max_line", "max_line=600\n", request_line, 600, 200, 414},
	{"header line", "", header_line, 4096, 200, 431},
	{"headers", "", header_count, 64, 200, 431},
	{"max_headers", "max_headers=10\n", header_count, 10, 200, 431},
	{"header bytes", "", header_bytes, 16384, 200, 431},
	{"max_header_bytes", "max_header_bytes=2000\n", header_bytes, 2000, 200, 431},
	{"body", "", body_size, 65536, 200, 413},
	{"max_body", "max_body=1024\n", body_size, 1024, 200, 413},
	{"chunked body", "", chunked_size, 65536, 200, 413},
	{"JSON depth", "", json_depth, 32, 200, 400},
	{"max_json_depth", "max_json_depth=64\n", json_depth, 64, 200, 400},
	{"JSON members", "", json_members, 1024, 200, 400},
	{"max_json_members", "max_json_members=9\n", json_members, 9, 200, 400},
	{"JSON string", "", json_string, 16384, 200, 400},
	{"max_json_string", "max_json_string=99\n", json_string, 99, 200, 400},
	{"XML depth", "", xml_depth, 32, 200, 400},
	{"parameters", "", params, 128, 200, 400},
	{"segments", "", segments, 16, 404, 400},
	{"applications", "", applications, 64, 101, 400},
	{"filter bytes", "", filter_bytes, 1024, 101, 400},
	{"filter words", "max_line=8192\n", filter_words, 128, 101, 400},
	{"connections", "max_connections=20\nmax_connections_per_user=99\n", connections, 20, 200, 503},
	{"connections of an address", "max_connections_per_user=99\n", connections_of_one, 32, 200, 503},
	{"connections of a user", "", connections, 16, 200, 429},
	{"sockets of a user", "", sockets, 16, 101, 429},
	{"requests", "request_rate=1\nrequest_burst=20\nmax_connections_per_user=99\n",
	 connections_of_one, 20, 200, 429},
	{"failed logins", "", failures, 10, 401, 429},
	{"message", "", message, 65536, 200, 1009},
	{"max_message", "max_message=2000\n", message, 2000, 200, 1009},
	{"message in pieces", "max_message=2000\n", fragmented, 2000, 200, 1009},
	{"fragments", "", fragments, 64, 200, 1009},
	{"requests that wait", "", waiting, 64, 200, 1008},
};

static int try(size_t row, int n, const char *user)
{
	static struct attempt attempt;
	struct buf conf = {0};
	int status, i;

	attempt = (struct attempt){.open = 0};
	buf_addf(&conf, "%s%s", rows[row].conf, user);
	bench_open(&attempt.bench, conf.data);
	buf_free(&conf);
	status = rows[row].ask(&attempt, n);
	for (i = 0; i < attempt.open; i++)
		wire_close(&attempt.wire[i]);
	bench_close(&attempt.bench);
	return status;
}

static void test_limits(void **state)
{
	size_t i;
	int d, status;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (d = -1; d <= 1; d++) {
			status = try(i, rows[i].limit + d, "[admin]\npassword=x\n");
			if (status != (d > 0 ? rows[i].beyond : rows[i].within))
				fail_msg("%s: %d brings %d", rows[i].name, rows[i].limit + d, status);
		}
	}
}

/* How many of N calls are refused: of a user as CONF says. */
static int refused_call(const char *conf, int n)
{
	static struct attempt attempt;
	int status, i;

	attempt = (struct attempt){.open = 0};
	bench_open(&attempt.bench, conf);
	status = calls(&attempt, n);
	for (i = 0; i < attempt.open; i++)
		wire_close(&attempt.wire[i]);
	bench_close(&attempt.bench);
	return status;
}

static void test_calls(void **state)
{
#define WIDE "max_connections_per_user=99\n"
#define SCOPED "[admin]\npassword=x\noriginate=all\nmanipulate=all\n"
	static const struct {
		const char *conf;
		int limit;	/* 0: none */
	} users_of[] = {
		{WIDE "[admin]\npassword=x\n", 0},
		{WIDE "[admin]\npassword=x\noriginate_rate=3\n", 3},
		{WIDE SCOPED, 10},
		{WIDE SCOPED "originate_rate=0\n", 0},
		{WIDE SCOPED "group=g\n[g]\ntype=group\noriginate_rate=4\n", 4},
		{WIDE SCOPED "group=g\noriginate_rate=5\n[g]\ntype=group\noriginate_rate=4\n", 5},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(users_of) / sizeof(users_of[0]); i++) {
		const char *conf = users_of[i].conf;
		int limit = users_of[i].limit;

		if (!limit) {
			assert_int_equal(refused_call(conf, 25), 200);
			continue;
		}
		assert_int_equal(refused_call(conf, limit - 1), 200);
		assert_int_equal(refused_call(conf, limit), 200);
		assert_int_equal(refused_call(conf, limit + 1), 429);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_calls),
	};

	return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
