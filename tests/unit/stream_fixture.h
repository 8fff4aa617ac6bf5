/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What the tests of the stream share: a client and a stream of it in one loop with the server of
 * stream_server.h, and what the callbacks said.
 */
#ifndef STREAM_FIXTURE_H
#define STREAM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ari/stream.h"
#include "stream_server.h"

struct fixture {
	struct ari_loop *loop;
	struct server server;
	struct ari_client *client;
	struct ari_model *model;
	struct ari_stream *stream;
	char got[8192];	      /* types of events and names of states, a line each */
	struct ari_error err; /* of the last state that had one */
	bool close_on_event;
	bool call_on_event;
	unsigned depth;
};

static void note(struct fixture *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void note(struct fixture *f, const char *fmt, ...)
{
	size_t used = strlen(f->got);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->got + used, sizeof(f->got) - used, fmt, ap);
	va_end(ap);
}

static void on_event(struct ari_stream *stream, const struct ari_event *event, void *data)
{
	struct fixture *f = data;
	char type[64];

	assert_int_equal(f->depth++, 0);
	ari_json_text(event->type, type, sizeof(type));
	note(f, "%s%s\n", event->synthetic ? "+" : "", type);
	if (event->gap) {
		assert_true(event->synthetic);
		assert_int_equal(ari_json_type(ari_json_get(event->json, "since")),
				 ARI_JSON_STRING);
		assert_true(ari_json_get(event->json, "reason").len > 10);
	}
	if (f->call_on_event)
		assert_int_equal(ari_client_call(f->client, "channels.list", NULL, 0, NULL, NULL),
				 0);
	if (f->close_on_event) {
		ari_stream_close(stream);
		f->stream = NULL;
	}
	f->depth--;
}

static void on_state(struct ari_stream *stream, enum ari_stream_state state,
		     const struct ari_error *err, void *data)
{
	static const char *const names[] = {"connecting", "open",     "syncing",
					    "lost",	  "replaced", "failed"};
	struct fixture *f = data;

	(void)stream;
	note(f, "= %s\n", names[state]);
	if (err) {
		assert_int_not_equal(err->code, ARI_OK);
		assert_true(err->text[0]);
		f->err = *err;
	}
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct ari_options options = {.user = "u", .password = "secret", .connect_timeout_ms = 400};

	assert_non_null(f);
	f->loop = ari_loop_new(NULL);
	server_start(&f->server, f->loop);
	options.url = f->server.url;
	f->client = ari_client_new(f->loop, &options, NULL);
	f->model = ari_model_new(NULL, NULL);
	assert_true(f->client && f->model);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	ari_stream_close(f->stream);
	ari_client_free(f->client);
	server_stop(&f->server);
	ari_model_free(f->model);
	ari_loop_free(f->loop);
	free(f);
	return 0;
}

static void open_stream(struct fixture *f, struct ari_stream_options options)
{
	struct ari_error err = {0};

	options.event = on_event;
	options.state = on_state;
	options.data = f;
	f->stream = ari_stream_open(f->client, &options, &err);
	if (!f->stream)
		fail_msg("%s", err.text);
}

/* Run the loop until CONDITION, at most 5 s. */
#define UNTIL(f, condition)                                                                        \
	do {                                                                                       \
		uint64_t end_ = ari_loop_now((f)->loop) + 5000;                                    \
		while (!(condition)) {                                                             \
			if (ari_loop_now((f)->loop) > end_)                                        \
				fail_msg("never: %s; got:\n%s%s", #condition, (f)->got,            \
					 (f)->err.text);                                           \
			ari_loop_run_once((f)->loop, 50);                                          \
		}                                                                                  \
	} while (0)

static inline bool has(const struct fixture *f, const char *line)
{
	return strstr(f->got, line) != NULL;
}

#define CHANNEL(id, state) "{\"id\":\"" id "\",\"state\":\"" state "\",\"creationtime\":\"t\"}"

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
