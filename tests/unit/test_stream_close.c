/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * How a stream on stock ARI subscribes, and how it closes: what was subscribed to for all, and
 * all that a throw-away application has, is taken back first; what belongs to others stays;
 * whatever the moment, and though the server does not answer.
 */
#include "stream_fixture.h"

/* Closing tells the server to forget what was subscribed to, before it lets go of the connection.
 */
static void close_stream(struct fixture *f)
{
	f->server.log[0] = f->got[0] = '\0';
	ari_stream_close(f->stream);
	f->stream = NULL;
	UNTIL(f, !f->server.ws);
	assert_string_equal(f->server.in, "8 1000\n");
	assert_string_equal(f->got, "");
}

/* The requests, with the name of the application written as APP. */
static void assert_log(const struct fixture *f, const char *app, const char *want)
{
	const char *p = f->server.log, *next;
	char *got = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&got, &len);

	assert_non_null(out);
	for (; (next = strstr(p, app)); p = next + strlen(app))
		fprintf(out, "%.*sAPP", (int)(next - p), p);
	fputs(p, out);
	fclose(out);
	assert_string_equal(got, want);
	free(got);
}

static void test_close_takes_back(void **state)
{
	struct fixture *f = *state;
	char app[64];

	open_stream(f, (struct ari_stream_options){.subscribe_all = true});
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, NULL), 0);
	snprintf(app, sizeof(app), "%s", ari_stream_app(f->stream));
	close_stream(f);
	assert_log(f, app,
		   "DELETE /ari/applications/APP/subscription?"
		   "eventSource=deviceState%3A__AST_DEVICE_STATE_ALL_TOPIC\n"
		   "DELETE /ari/applications/APP/subscription?"
		   "eventSource=channel%3A__AST_CHANNEL_ALL_TOPIC"
		   ",bridge%3A__AST_BRIDGE_ALL_TOPIC"
		   ",endpoint%3A__AST_ENDPOINT_ALL_TOPIC\n");
}

/* Also in the middle of an event, and before it is open. */
static void on_event_close(struct ari_stream *stream, const struct ari_event *event, void *data)
{
	struct fixture *f = data;

	(void)event;
	ari_stream_close(stream);
	f->stream = NULL;
}

static void test_close_inside(void **state)
{
	struct fixture *f = *state;
	const struct ari_stream_options options = {
		.subscribe_all = true, .event = on_event_close, .data = f};

	f->stream = ari_stream_open(f->client, &options, NULL);
	assert_non_null(f->stream);
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, NULL), 0);
	server_text(&f->server, "{\"type\":\"StasisEnd\"}");
	server_text(&f->server, "{\"type\":\"StasisEnd\"}");
	UNTIL(f, !f->server.ws);
	assert_non_null(strstr(f->server.log, "deviceState%3A__AST_DEVICE_STATE_ALL_TOPIC"));
}

static void test_close_before_open(void **state)
{
	struct fixture *f = *state;

	open_stream(f, (struct ari_stream_options){.subscribe_all = true});
	UNTIL(f, f->server.upgrades);
	close_stream(f);
	assert_non_null(strstr(f->server.log, "deviceState%3A__AST_DEVICE_STATE_ALL_TOPIC"));
}

/* A server that does not answer keeps nobody. */
static void test_close_mute(void **state)
{
	struct fixture *f = *state;
	uint64_t start = ari_loop_now(f->loop);

	f->server.status = 0;
	open_stream(f, (struct ari_stream_options){.subscribe_all = true});
	UNTIL(f, f->server.upgrades);
	ari_stream_close(f->stream);
	f->stream = NULL;
	assert_in_range(ari_loop_now(f->loop) - start, 300, 1500);
	assert_string_equal(f->server.log, "");
}

/* A throw-away application gets what it asks for, no more. */
static void test_own_app_subscribes(void **state)
{
	static const char *const sources[] = {"channel:x", "bridge:", NULL};
	struct fixture *f = *state;
	char app[64];

	open_stream(f, (struct ari_stream_options){.subscribe = sources});
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, NULL), 0);
	assert_null(strstr(f->server.request, "subscribeAll"));
	snprintf(app, sizeof(app), "%s", ari_stream_app(f->stream));
	assert_log(f, app,
		   "POST /ari/applications/APP/subscription?eventSource=channel%3Ax\n"
		   "POST /ari/applications/APP/subscription?eventSource=bridge%3A\n");
	close_stream(f);
	assert_log(f, app,
		   "DELETE /ari/applications/APP/subscription?eventSource=channel%3Ax\n"
		   "DELETE /ari/applications/APP/subscription?"
		   "eventSource=bridge%3A__AST_BRIDGE_ALL_TOPIC\n");
}

static void test_without_device_states(void **state)
{
	struct fixture *f = *state;
	char app[64];

	f->server.channels = "[" CHANNEL("a", "Up") "]";
	open_stream(f, (struct ari_stream_options){
			       .subscribe_all = true, .no_device_states = true, .model = f->model});
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, NULL), 0);
	assert_null(strstr(f->server.request, "subscribeAll"));
	assert_null(strstr(f->server.log, "deviceState"));
	assert_non_null(ari_model_channel(f->model, "a"));
	snprintf(app, sizeof(app), "%s", ari_stream_app(f->stream));
	close_stream(f);
	assert_log(f, app,
		   "DELETE /ari/applications/APP/subscription?"
		   "eventSource=channel%3A__AST_CHANNEL_ALL_TOPIC"
		   ",bridge%3A__AST_BRIDGE_ALL_TOPIC"
		   ",endpoint%3A__AST_ENDPOINT_ALL_TOPIC\n");
}

/* What belongs to others stays: subscriptions of a name that is not ours. */
static void test_close_named(void **state)
{
	static const char *const sources[] = {"channel:x", NULL};
	struct fixture *f = *state;

	open_stream(f, (struct ari_stream_options){.app = "one", .subscribe = sources});
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, NULL), 0);
	close_stream(f);
	assert_string_equal(f->server.log, "");
}

static void test_subscription_refused(void **state)
{
	static const char *const sources[] = {"channel:x", NULL};
	struct fixture *f = *state;

	f->server.subscription_status = 422;
	open_stream(f, (struct ari_stream_options){.app = "one", .subscribe = sources});
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, NULL), -1);
	assert_int_equal(f->err.code, ARI_ECONFLICT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_close_takes_back),
		TEST(test_close_inside),
		TEST(test_close_before_open),
		TEST(test_close_mute),
		TEST(test_own_app_subscribes),
		TEST(test_without_device_states),
		TEST(test_close_named),
		TEST(test_subscription_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
