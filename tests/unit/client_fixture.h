/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * A client and a server of ours on one loop, the answers by a script; what the tests of the client
 * share. The including file has cmocka and its headers.
 */
#ifndef CLIENT_FIXTURE_H
#define CLIENT_FIXTURE_H

#include "ari/call.h"
#include "client.h"
#include "loop_server.h"

#define OK_LIST \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"
#define NO_CONTENT "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"
#define OK_CHANNEL                                                                                 \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "                    \
	"10\r\n\r\n{\"id\":\"c\"}"
#define REFUSE(status)                                                                             \
	"HTTP/1.1 " status "\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n"      \
	"{\"message\":\"no.\"}"

#define ANSWER(text)                                                                               \
	{                                                                                          \
		.bytes = text                                                                      \
	}
#define LAST(text)                                                                                 \
	{                                                                                          \
		.bytes = text, .close = true                                                       \
	}

struct fixture {
	struct ari_loop *loop;
	struct server server;
	struct ari_client *client;
	struct ari_error err;
	struct ari_reply reply;
	char trace[8192];
};

static inline void on_trace(const char *line, void *data)
{
	struct fixture *f = data;
	size_t len = strlen(f->trace);

	snprintf(f->trace + len, sizeof(f->trace) - len, "%s\n", line);
}

static inline void start(struct fixture *f, const struct server_answer *script, size_t n,
			 struct ari_options options)
{
	memset(f, 0, sizeof(*f));
	f->loop = ari_loop_new(NULL);
	assert_non_null(f->loop);
	server_open(&f->server, f->loop, script, n);
	options.url = f->server.url;
	if (!options.user) {
		options.user = "bob";
		options.password = "s3cret";
	}
	if (!options.timeout_ms)
		options.timeout_ms = 20000;
	options.trace = on_trace;
	options.trace_data = f;
	f->client = ari_client_new(f->loop, &options, &f->err);
	if (!f->client)
		fail_msg("%s", f->err.text);
}

#define START(f, ...)                                                                              \
	const struct server_answer script[] = {__VA_ARGS__};                                       \
	start(f, script, sizeof(script) / sizeof(script[0]), (struct ari_options){.user = NULL})

static inline void stop(struct fixture *f)
{
	ari_reply_release(&f->reply);
	ari_client_free(f->client);
	server_close(&f->server);
	ari_loop_free(f->loop);
}

static inline int call(struct fixture *f, const char *op, const char *name, const char *value)
{
	struct ari_arg arg = {.name = name, .value = value};

	ari_reply_release(&f->reply);
	ari_error_clear(&f->err);
	return ari_client_call(f->client, op, &arg, name ? 1 : 0, &f->reply, &f->err);
}

static inline void assert_line(const struct fixture *f, unsigned i, const char *line)
{
	assert_true(i < f->server.requests);
	if (strncmp(f->server.request[i], line, strlen(line)))
		fail_msg("request %u is '%.200s'", i, f->server.request[i]);
}

#endif
