/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The event stream against a server of which the test decides every byte:
 * - it opens, asks for the lists, delivers events, applies them to the model first;
 * - a loss is told before anything else, and the differences follow as synthetic events; the model
 * is right then;
 * - a silent peer is found dead by pings; a mute one by the deadline; both with a text;
 * - refusals, redirects, HTML and liars end it at once at first, credentials after three tries
 * later;
 * - messages in pieces, with the 101 in one segment, bad ones, too long ones, pings;
 * - callbacks may close the stream, and may run the loop without being nested.
 */
#include "stream_fixture.h"

static void test_open(void **state)
{
	struct fixture *f = *state;

	f->server.channels = "[" CHANNEL("a", "Up") "]";
	open_stream(f, (struct ari_stream_options){.subscribe_all = true, .model = f->model});
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, NULL), 0);
	assert_string_equal(f->got, "= syncing\n= open\n");
	assert_non_null(strstr(f->server.request, "GET /ari/events?app=astctl-observer-"));
	assert_non_null(strstr(f->server.request, "&subscribeAll=true&observer=true"));
	assert_non_null(strstr(f->server.request, "\r\nAuthorization: Basic dTpzZWNyZXQ=\r\n"));
	assert_non_null(strstr(f->server.request, "\r\nSec-WebSocket-Protocol: ari, stasis\r\n"));
	assert_int_equal(ari_stream_mode(f->stream), ARI_STREAM_MODE_ARI);
	assert_null(strstr(f->server.request, "Sec-WebSocket-Extensions"));
	assert_string_equal(f->server.log,
			    "GET /ari/channels\nGET /ari/bridges\nGET /ari/endpoints\n");
	assert_non_null(ari_model_channel(f->model, "a"));
	server_text(&f->server,
		    "{\"type\":\"ChannelCreated\",\"channel\":" CHANNEL("b", "Down") "}");
	UNTIL(f, has(f, "ChannelCreated"));
	assert_non_null(ari_model_channel(f->model, "b"));
}

static void test_gap(void **state)
{
	struct fixture *f = *state;
	struct ari_stream_stats stats;
	char app[64], stale[128];

	f->server.channels = "[" CHANNEL("a", "Down") "," CHANNEL("gone", "Up") "]";
	open_stream(f, (struct ari_stream_options){.subscribe_all = true, .model = f->model});
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, NULL), 0);
	server_text(&f->server, "{\"type\":\"PlaybackStarted\",\"playback\":{\"id\":\"p\",\"target_"
				"uri\":\"channel:a\"}}");
	UNTIL(f, has(f, "PlaybackStarted"));
	snprintf(app, sizeof(app), "%s", ari_stream_app(f->stream));
	f->got[0] = '\0';
	f->server.channels = "[" CHANNEL("a", "Up") "," CHANNEL("new", "Up") "]";
	peer_close(f->server.ws);
	UNTIL(f, has(f, "= open"));
	assert_string_equal(f->got,
			    "= lost\n+x-gap\n= syncing\n+ChannelStateChange\n+ChannelCreated\n"
			    "+ChannelDestroyed\n= open\n");
	assert_int_equal(f->err.code, ARI_EGAP);
	assert_string_not_equal(app, ari_stream_app(f->stream));
	assert_null(ari_model_channel(f->model, "gone"));
	assert_int_equal(ari_model_count(f->model, ARI_OBJECT_PLAYBACK), 0);
	assert_non_null(strstr(f->server.log, "GET /ari/playbacks/p\n"));
	snprintf(stale, sizeof(stale), "DELETE /ari/applications/%s/subscription", app);
	assert_non_null(strstr(f->server.log, stale));
	ari_stream_stats(f->stream, &stats);
	assert_true(stats.gaps == 1 && stats.reconnects == 1 && stats.events == 5);
}

static void test_setup_repeated(void **state)
{
	static const char *const sources[] = {"channel:x", NULL}, *const types[] = {"StasisStart",
										    NULL};
	struct fixture *f = *state;
	const char *second;

	open_stream(f, (struct ari_stream_options){
			       .app = "one,two", .subscribe = sources, .allowed = types});
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, NULL), 0);
	assert_non_null(strstr(f->server.request, "GET /ari/events?app=one%2Ctwo HTTP/1.1\r\n"));
	assert_string_equal(
		f->server.log,
		"PUT /ari/applications/one/eventFilter\nPUT /ari/applications/two/eventFilter\n"
		"POST /ari/applications/one/subscription?eventSource=channel%3Ax\n");
	second = f->server.log + strlen(f->server.log);
	f->got[0] = '\0';
	f->server.subscription_status = 404; /* gone meanwhile: not worth the stream */
	peer_close(f->server.ws);
	UNTIL(f, has(f, "= open"));
	assert_memory_equal(second, f->server.log, (size_t)(second - f->server.log));
}

static void test_partial(void **state)
{
	struct fixture *f = *state;

	f->server.channels = "[" CHANNEL("mine", "Up") "," CHANNEL("foreign", "Up") "]";
	open_stream(f, (struct ari_stream_options){.app = "one", .model = f->model});
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, NULL), 0);
	assert_non_null(ari_model_channel(f->model, "mine"));
	assert_null(ari_model_channel(f->model, "foreign"));
}

static void test_dead_peer(void **state)
{
	struct fixture *f = *state;
	uint64_t start;

	open_stream(f, (struct ari_stream_options){.ping_ms = 200});
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, NULL), 0);
	UNTIL(f, strstr(f->server.in, "9 astctl\n9 astctl\n"));
	assert_false(has(f, "= lost"));
	f->server.deaf = true;
	start = ari_loop_now(f->loop);
	UNTIL(f, has(f, "= lost"));
	assert_true(ari_loop_now(f->loop) - start < 1000);
	assert_non_null(strstr(f->err.text, "no sign of life"));
	f->server.deaf = false;
	UNTIL(f, has(f, "+x-gap\n= syncing\n= open\n"));
}

static void expect_failure(struct fixture *f, enum ari_code code, int status, const char *text)
{
	struct ari_error err = {0};

	open_stream(f, (struct ari_stream_options){.no_reconnect = false});
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, &err), -1);
	assert_int_equal(ari_stream_state(f->stream), ARI_STREAM_FAILED);
	assert_int_equal(err.code, code);
	assert_int_equal(err.http_status, status);
	if (!strstr(err.text, text) || strstr(err.text, "secret") ||
	    strstr(err.text, "dTpzZWNyZXQ"))
		fail_msg("%s", err.text);
	assert_int_equal(f->server.upgrades, 1);
	ari_stream_close(f->stream);
	f->stream = NULL;
	f->server.upgrades = 0;
}

static void test_refusals(void **state)
{
	struct fixture *f = *state;

	f->server.status = 401;
	expect_failure(f, ARI_EREFUSED, 401, "wrong user or password");
	f->server.status = 404;
	expect_failure(f, ARI_ENOTFOUND, 404, "there is no ARI at http://127.0.0.1");
	f->server.status = 500;
	expect_failure(f, ARI_ESERVER, 500, "status 500");
	f->server.status = 302;
	f->server.headers = "Location: http://127.0.0.1:1/other\r\n";
	expect_failure(f, ARI_EPROTOCOL, 302, "redirects");
	f->server.headers = NULL;
	f->server.status = 200;
	expect_failure(f, ARI_EPROTOCOL, 200, "not an ARI server");
	f->server.status = 101;
	f->server.bad_accept = true;
	expect_failure(f, ARI_EPROTOCOL, 0, "did not prove");
	f->server.bad_accept = false;
	f->server.status = 0;
	expect_failure(f, ARI_ETIMEOUT, 0, "no answer from 127.0.0.1");
}

static void test_no_server(void **state)
{
	struct fixture *f = *state;
	const struct ari_options options = {.url = "http://127.0.0.1:1"};
	struct ari_error err = {0};
	struct ari_client *client = ari_client_new(f->loop, &options, NULL);
	const struct ari_stream_options stream_options = {.app = "x"};
	struct ari_stream *stream = ari_stream_open(client, &stream_options, NULL);

	assert_int_equal(ari_stream_wait_open(stream, 3000, &err), -1);
	assert_int_equal(err.code, ARI_ECONNECT);
	assert_non_null(strstr(err.text, "cannot connect to 127.0.0.1:1"));
	ari_stream_close(stream);
	ari_client_free(client);
}

static void test_refused_later(void **state)
{
	struct fixture *f = *state;

	open_stream(f, (struct ari_stream_options){.app = "x"});
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, NULL), 0);
	f->server.status = 403;
	peer_close(f->server.ws);
	UNTIL(f, has(f, "= failed"));
	assert_string_equal(f->got, "= syncing\n= open\n= lost\n= lost\n= lost\n= failed\n");
	assert_int_equal(f->server.upgrades, 4);
}

static void test_messages(void **state)
{
	static const char first[] = "\x81\x0f{\"type\":\"Dial\"}\x89\x02hi";
	struct fixture *f = *state;
	struct ari_stream_stats stats;
	char *longer = malloc(200001);

	assert_non_null(longer);
	f->server.first = first;
	f->server.first_len = sizeof(first) - 1;
	open_stream(f, (struct ari_stream_options){.app = "x"});
	UNTIL(f, has(f, "Dial\n") && strstr(f->server.in, "a hi\n"));
	server_frame(&f->server, 0x01, "{\"type\":", 8);
	server_frame(&f->server, 0x89, "mid", 3);
	server_frame(&f->server, 0x00, "\"Stasis", 7);
	server_frame(&f->server, 0x80, "End\"}", 5);
	server_text(&f->server, "{\"type\":\"broken\"");
	server_text(&f->server, "[]");
	server_text(&f->server,
		    "{\"type\":\"x-gap\",\"x-synthetic\":true}"); /* not from a server */
	memset(longer, ' ', 200000);
	memcpy(longer, "{\"type\":\"StasisStart\"}", 22);
	longer[200000] = '\0';
	server_text(&f->server, longer);
	free(longer);
	UNTIL(f, has(f, "StasisStart\n"));
	assert_non_null(strstr(f->got, "StasisEnd\nx-gap\nStasisStart\n"));
	assert_non_null(strstr(f->server.in, "a mid\n"));
	ari_stream_stats(f->stream, &stats);
	assert_true(stats.bad == 2 && stats.events == 4 && stats.gaps == 0);
}

static void test_too_long(void **state)
{
	static const char head[] = "\x81\x7f\0\0\0\0\0\x10\0\x01";
	struct fixture *f = *state;

	open_stream(f, (struct ari_stream_options){.app = "x", .no_reconnect = true});
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, NULL), 0);
	server_send(&f->server, head, sizeof(head) - 1);
	UNTIL(f, has(f, "= failed") && strstr(f->server.in, "8 "));
	assert_non_null(strstr(f->server.in, "8 1009\n"));
	assert_int_equal(f->err.code, ARI_EPROTOCOL);
	assert_non_null(strstr(f->err.text, "1048576"));
}

static void test_broken_frame(void **state)
{
	struct fixture *f = *state;

	open_stream(f, (struct ari_stream_options){.app = "x", .no_reconnect = true});
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, NULL), 0);
	server_send(&f->server, "\x83\x01x", 3);
	UNTIL(f, has(f, "= failed") && strstr(f->server.in, "8 "));
	assert_non_null(strstr(f->server.in, "8 1002\n"));
	assert_non_null(strstr(f->err.text, "unknown kind of frame"));
}

static void test_server_closes(void **state)
{
	struct fixture *f = *state;

	open_stream(f, (struct ari_stream_options){.app = "x", .no_reconnect = true});
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, NULL), 0);
	server_frame(&f->server, 0x88,
		     "\x03\xe9"
		     "shutting \x1b[31mdown",
		     20);
	UNTIL(f, has(f, "= failed") && strstr(f->server.in, "8 "));
	assert_non_null(strstr(f->server.in, "8 1001\n"));
	assert_non_null(strstr(f->err.text, "(1001, shutting ?[31mdown)"));
	assert_int_equal(f->err.code, ARI_EGAP);
}

static void test_replaced(void **state)
{
	struct fixture *f = *state;

	open_stream(f, (struct ari_stream_options){.app = "x"});
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, NULL), 0);
	server_text(&f->server, "{\"type\":\"ApplicationReplaced\",\"application\":\"x\"}");
	UNTIL(f, has(f, "= replaced"));
	assert_int_equal(f->err.code, ARI_ECONFLICT);
	ari_loop_run(f->loop, 1500); /* longer than the first backoff: no war */
	assert_int_equal(f->server.upgrades, 1);
	assert_int_equal(ari_stream_wait_open(f->stream, 0, NULL), -1);
}

static void test_close_in_callback(void **state)
{
	struct fixture *f = *state;

	f->close_on_event = true;
	open_stream(f, (struct ari_stream_options){.app = "x", .model = f->model});
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, NULL), 0);
	server_text(&f->server, "{\"type\":\"Dial\"}");
	server_text(&f->server, "{\"type\":\"Dial\"}");
	UNTIL(f, !f->server.ws);
	assert_string_equal(f->got, "= syncing\n= open\nDial\n");
	assert_non_null(strstr(f->server.in, "8 1000\n"));
}

/* The next event waits until the callback of the first is back from its request. */
static void test_call_in_callback(void **state)
{
	struct fixture *f = *state;

	f->call_on_event = true;
	open_stream(f, (struct ari_stream_options){.app = "x"});
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, NULL), 0);
	for (int i = 0; i < 5; i++)
		server_text(&f->server, "{\"type\":\"Dial\"}");
	UNTIL(f, has(f, "Dial\nDial\nDial\nDial\nDial\n"));
	f->call_on_event = false;
	server_text(&f->server, "{\"type\":\"StasisEnd\"}");
	UNTIL(f, has(f, "StasisEnd"));
}

static void test_bad_options(void **state)
{
	static const char *const sources[] = {"x", NULL};
	struct fixture *f = *state;
	struct ari_stream_options options = {.subscribe = sources};
	struct ari_error err = {0};
	char *app = malloc(3000);

	assert_non_null(app);
	assert_null(ari_stream_open(f->client, &options, &err));
	assert_int_equal(err.code, ARI_EARGUMENT);
	assert_non_null(strstr(err.text, "expected channel:ID"));
	memset(app, 'a', 2999);
	app[2999] = '\0';
	options = (struct ari_stream_options){.app = app};
	ari_error_clear(&err);
	assert_null(ari_stream_open(f->client, &options, &err));
	assert_int_equal(err.code, ARI_EARGUMENT);
	options.app = "";
	assert_null(ari_stream_open(f->client, &options, NULL));
	free(app);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_open),
		TEST(test_gap),
		TEST(test_setup_repeated),
		TEST(test_partial),
		TEST(test_dead_peer),
		TEST(test_refusals),
		TEST(test_no_server),
		TEST(test_refused_later),
		TEST(test_messages),
		TEST(test_too_long),
		TEST(test_broken_frame),
		TEST(test_server_closes),
		TEST(test_replaced),
		TEST(test_close_in_callback),
		TEST(test_call_in_callback),
		TEST(test_bad_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
