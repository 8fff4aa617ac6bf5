/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The core as a whole, between the tests' own host and network: requests in pieces and in
 * rows, refusals, limits, logins; sessions with events, numbers, resuming, filters, requests,
 * slow readers, reloads. Memory and references must balance in each test.
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

static const char users[] =
	"[admin]\npassword=x\n"
	"[c]\npassword=$5$saltsalt$0IyaXrmV7.sGNS6tirgqHLqX/G.FBvgkYA.lpPdS5sA\n"
	"password_format=crypt\n"
	"[robot]\nkey=sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683\n"
	"[scoped]\npassword=x\nfollow=channel:own*,application:own*\nmanipulate=application:own*\n";

#define GET "GET /stasis/asterisk/ping HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YWRtaW46eA==\r\n"

/* Frames have NULs in their headers: no string functions here. */
static const char *find(const struct buf *out, const char *text)
{
	return out->len ? memmem(out->data, out->len, text, strlen(text)) : NULL;
}

static int count(const struct buf *out, const char *text)
{
	const char *p = out->data, *end = p + out->len;
	int n = 0;

	while (p && (p = memmem(p, (size_t)(end - p), text, strlen(text)))) {
		p += strlen(text);
		n++;
	}
	return n;
}

static void test_pieces(void **state)
{
	const char *text = GET "\r\n";
	struct bench bench;
	struct wire wire;
	size_t i;

	(void)state;
	bench_open(&bench, users);
	wire_open(&bench, &wire, "a");
	for (i = 0; i < strlen(text); i++) {
		assert_int_equal(count(&wire.out, "HTTP/1.1"), 0);
		assert_int_equal(wire_send(&wire, text + i, 1), 0);
	}
	assert_int_equal(count(&wire.out, "HTTP/1.1 200 OK"), 1);
	wire_close(&wire);
	bench_close(&bench);
}

static void test_rows(void **state)
{
	struct buf text = {0};
	struct bench bench;
	struct wire wire;
	int i;

	(void)state;
	bench_open(&bench, users);
	wire_open(&bench, &wire, "a");
	for (i = 0; i < 100; i++)
		buf_adds(&text, GET "\r\n");
	buf_adds(&text, GET "Connection: close\r\n\r\n" GET "\r\n");
	wire_send(&wire, text.data, text.len);
	assert_int_equal(count(&wire.out, "HTTP/1.1 200 OK"), 101);
	assert_int_equal(count(&wire.out, "Connection: close"), 1);
	assert_true(wire.finished);
	buf_free(&text);
	wire_close(&wire);
	bench_close(&bench);
}

static void refused(const char *conf, const char *text, const char *status)
{
	struct bench bench;
	struct wire wire;

	bench_open(&bench, conf);
	wire_open(&bench, &wire, "a");
	wire_send(&wire, text, strlen(text));
	if (!wire_wait(&bench, &wire, "\r\n\r\n") || strncmp(wire.out.data + 9, status, 3))
		fail_msg("%s instead of %s for %s", wire.out.data, status, text);
	assert_null(strstr(bench.last_call, "x"));
	wire_close(&wire);
	bench_close(&bench);
}

static void test_refusals(void **state)
{
	(void)state;
	refused(users, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "404");
	refused(users, "GET /stasisx/y HTTP/1.1\r\nHost: a\r\n\r\n", "404");
	refused(users, "GET /stasis/asterisk/ping HTTP/1.1\r\nHost: a\r\n\r\n", "401");
	refused(users, "GET /stasis/asterisk/ping HTTP/1.1\r\nHost: a\r\n"
		       "Authorization: Basic ????\r\n\r\n", "401");
	refused(users, "GET /stasis/asterisk/ping HTTP/1.1\r\nHost: a\r\n"
		       "Authorization: Negotiate abc\r\n\r\n", "401");
	refused(users, GET "Origin: http://evil.example\r\n\r\n", "403");
	refused(users, "OPTIONS /stasis/x HTTP/1.1\r\nHost: a\r\nOrigin: null\r\n\r\n", "403");
	refused(users, "GET /stasis/events HTTP/1.1\r\nHost: a\r\n"
		       "Authorization: Basic YWRtaW46eA==\r\n\r\n", "426");
	refused(users, "POST /stasis/channels/a/play HTTP/1.1\r\nHost: a\r\n"
		       "Authorization: Basic YWRtaW46eA==\r\nContent-Type: application/json\r\n"
		       "Content-Length: 1\r\n\r\n{", "400");
	refused(users, "GET /stasis/channels/%00 HTTP/1.1\r\nHost: a\r\n"
		       "Authorization: Basic YWRtaW46eA==\r\n\r\n", "400");
	refused(users, "GET /stasis/channels/..%2f HTTP/1.1\n\n", "400");
	refused("max_connections=1\n[admin]\npassword=x\n", GET "\r\n", "200");
}

static void test_origins(void **state)
{
	const char *good = GET "Origin: http://ui.example\r\n\r\n";
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, "allowed_origins = http://ui.example, http://other\n[admin]\npassword=x\n");
	wire_open(&bench, &wire, "a");
	wire_send(&wire, good, strlen(good));
	assert_non_null(find(&wire.out, "200 OK"));
	assert_non_null(find(&wire.out, "Access-Control-Allow-Origin: http://ui.example\r\n"));
	wire_close(&wire);
	bench_close(&bench);
	refused(users, GET "Origin: http://a\r\n\r\n", "200");	/* our own pages */
	refused(users, GET "Origin: http://a:1\r\n\r\n", "403");
	refused(users, GET "Origin: ftp://a\r\n\r\n", "403");
	refused("allowed_origins = http://ui.example\n[admin]\npassword=x\n",
		GET "Origin: http://ui.example.evil\r\n\r\n", "403");
	refused("allowed_origins = http://ui.example\n[admin]\npassword=x\n",
		GET "Origin: http://ui.exampl\r\n\r\n", "403");
	refused("allowed_origins = http://ui.example\n[admin]\npassword=x\n",
		GET "Origin: HTTP://UI.EXAMPLE\r\n\r\n", "403");
}

static void test_connection_limits(void **state)
{
	struct wire wire[4];
	struct bench bench;
	int i;

	(void)state;
	bench_open(&bench, "max_connections=3\nmax_connections_per_address=2\n[admin]\npassword=x\n");
	for (i = 0; i < 3; i++)
		wire_open(&bench, &wire[i], i < 2 ? "a" : "b");
	wire_open(&bench, &wire[3], "c");
	for (i = 0; i < 4; i++) {
		wire_send(&wire[i], GET "\r\n", strlen(GET "\r\n"));
		assert_non_null(find(&wire[i].out, i < 3 ? " 200 " : " 503 "));
	}
	wire_close(&wire[2]);
	wire_open(&bench, &wire[2], "a");
	wire_send(&wire[2], GET "\r\n", strlen(GET "\r\n"));
	assert_non_null(find(&wire[2].out, " 503 "));
	for (i = 0; i < 4; i++)
		wire_close(&wire[i]);
	bench_close(&bench);
}

static int ask(struct bench *bench, const char *peer, const char *user)
{
	struct wire wire;
	int status;

	wire_open(bench, &wire, peer);
	status = wire_request(bench, &wire, user, "GET", "/stasis/asterisk/ping", NULL);
	wire_close(&wire);
	return status;
}

static void test_logins(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, users);
	assert_int_equal(ask(&bench, "a", "admin:x"), 200);
	assert_int_equal(ask(&bench, "a", "admin:y"), 401);
	assert_int_equal(ask(&bench, "a", "admin:xx"), 401);
	assert_int_equal(ask(&bench, "a", "nobody:x"), 401);
	assert_int_equal(ask(&bench, "a", "c:secret"), 200);
	assert_int_equal(ask(&bench, "a", "c:secret"), 200);
	assert_int_equal(ask(&bench, "a", "c:secreT"), 401);
	assert_int_equal(ask(&bench, "a", "key:"), 200);
	assert_int_equal(ask(&bench, "a", "the-key:"), 401);
	assert_int_equal(ask(&bench, "a", "key"), 401);
	bench_close(&bench);
}

static void test_login_limit(void **state)
{
	struct bench bench;
	int i;

	(void)state;
	bench_open(&bench, "max_auth_failures=3\n[admin]\npassword=x\n");
	for (i = 0; i < 3; i++)
		assert_int_equal(ask(&bench, "a", "admin:y"), 401);
	assert_int_equal(ask(&bench, "a", "admin:y"), 429);
	assert_int_equal(ask(&bench, "a", "admin:x"), 429);
	assert_int_equal(ask(&bench, "b", "admin:x"), 200);
	bench_close(&bench);
}

static void test_rate(void **state)
{
	struct bench bench;
	int i;

	(void)state;
	bench_open(&bench, "request_rate=1\nrequest_burst=3\n[admin]\npassword=x\n");
	for (i = 0; i < 3; i++)
		assert_int_equal(ask(&bench, "a", "admin:x"), 200);
	assert_int_equal(ask(&bench, "b", "admin:x"), 429);
	bench_close(&bench);
}

static void test_etag(void **state)
{
	struct bench bench;
	struct wire wire;
	char text[400], tag[100];
	const char *at;

	(void)state;
	bench_open(&bench, users);
	bench_object(&bench, OBJECT_CHANNEL, "one", "one", NULL, NULL);
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_request(&bench, &wire, "admin:x", "GET", "/stasis/channels", NULL), 200);
	at = find(&wire.out, "ETag: ");
	assert_non_null(at);
	snprintf(tag, sizeof(tag), "%.*s", (int)strcspn(at + 6, "\r"), at + 6);
	snprintf(text, sizeof(text), "GET /ari/channels HTTP/1.1\r\nHost: a\r\nIf-None-Match: %s\r\n"
		 "Authorization: Basic YWRtaW46eA==\r\n\r\n", tag);
	buf_clear(&wire.out);
	wire_send(&wire, text, strlen(text));
	assert_true(wire_wait(&bench, &wire, "HTTP/1.1 304"));
	bench_object(&bench, OBJECT_CHANNEL, "two", "two", NULL, NULL);
	buf_clear(&wire.out);
	wire_send(&wire, text, strlen(text));
	assert_true(wire_wait(&bench, &wire, "HTTP/1.1 200"));
	assert_non_null(find(&wire.out, "\"two\""));
	wire_close(&wire);
	bench_close(&bench);
}

#define EVENT(id) "{\"type\":\"ChannelVarset\",\"channel\":{\"id\":\"" id "\",\"name\":\"" id \
		  "\",\"dialplan\":{\"context\":\"x\"}}}"

static void test_observer(void **state)
{
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, users);
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "admin:x", "/stasis/events"), 101);
	assert_non_null(find(&wire.out, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
	assert_true(wire_wait(&bench, &wire, "StreamStarted"));
	bench_event(&bench, EVENT("one"));
	bench_event(&bench, EVENT("two"));
	assert_true(wire_wait(&bench, &wire, "\"seq\":2,\"prev\":1,"));
	assert_non_null(find(&wire.out, "{\"seq\":1,\"prev\":0,\"type\":\"ChannelVarset\""));
	assert_null(find(&wire.out, "application"));
	wire_close(&wire);
	bench_close(&bench);
}

static void test_application(void **state)
{
	struct bench bench;
	struct wire one, two;

	(void)state;
	bench_open(&bench, users);
	wire_open(&bench, &one, "a");
	assert_int_equal(wire_socket(&bench, &one, "admin:x", "/stasis/events?app=x,y"), 101);
	assert_string_equal(bench.apps, "x,y,");
	bench_event(&bench, EVENT("common"));
	bench_app_event(&bench, 1, "y", "{\"type\":\"StasisStart\"}");
	assert_true(wire_wait(&bench, &one, "{\"application\":\"y\",\"type\":\"StasisStart\"}"));
	assert_null(find(&one.out, "common"));
	assert_null(find(&one.out, "seq"));
	/* Somebody else takes y over: no more of it for the first. */
	wire_open(&bench, &two, "a");
	assert_int_equal(wire_socket(&bench, &two, "admin:x", "/ari/events?app=y&subscribeAll=true"),
			 101);
	bench_app_event(&bench, 1, "y", "{\"type\":\"ApplicationReplaced\",\"application\":\"y\"}");
	assert_true(wire_wait(&bench, &one, "{\"type\":\"ApplicationReplaced\",\"application\":\"y\"}"));
	bench_app_event(&bench, 1, "y", "{\"type\":\"StasisEnd\"}");
	bench_app_event(&bench, 1, "x", "{\"type\":\"StasisEnd\"}");
	assert_true(wire_wait(&bench, &one, "{\"application\":\"x\",\"type\":\"StasisEnd\"}"));
	assert_null(find(&one.out, "{\"application\":\"y\",\"type\":\"StasisEnd\"}"));
	/* Who gets everything gets the common events once. */
	bench_app_event(&bench, 2, "y", EVENT("once"));
	bench_event(&bench, EVENT("once"));
	bench_event(&bench, EVENT("last"));
	assert_true(wire_wait(&bench, &two, "last"));
	assert_int_equal(count(&two.out, "\"id\":\"once\""), 1);
	assert_non_null(find(&two.out, "{\"application\":\"y\",\"type\":\"ChannelVarset\""));
	wire_close(&one);
	wire_close(&two);
	bench_close(&bench);
}

static void test_registration_fails(void **state)
{
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, users);
	bench.fail_register = -1;
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "admin:x", "/ari/events?app=x"), 500);
	bench.apps[0] = '\0';
	assert_int_equal(wire_request(&bench, &wire, "admin:x", "GET", "/ari/events", NULL), 426);
	assert_int_equal(wire_socket(&bench, &wire, "admin:x", "/ari/events"), 400);
	assert_int_equal(wire_socket(&bench, &wire, "scoped:x", "/ari/events?app=foreign"), 403);
	wire_close(&wire);
	bench_close(&bench);
}

static void test_snapshot_and_resume(void **state)
{
	struct bench bench;
	struct wire wire;
	char target[100];
	const char *at;

	(void)state;
	bench_open(&bench, users);
	bench_object(&bench, OBJECT_CHANNEL, "one", "one", NULL, NULL);
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "admin:x", "/stasis/events?snapshot=true"), 101);
	assert_true(wire_wait(&bench, &wire, "SnapshotFinished"));
	assert_non_null(find(&wire.out, "{\"type\":\"SnapshotObject\",\"channel\":{\"id\":\"one\""));
	at = find(&wire.out, "\"epoch\":\"");
	snprintf(target, sizeof(target), "/stasis/events?since=%.16s:3", at + 9);
	bench_event(&bench, EVENT("e1"));
	bench_event(&bench, EVENT("e2"));
	bench_event(&bench, EVENT("e3"));
	assert_true(wire_wait(&bench, &wire, "e3"));
	wire_close(&wire);
	bench_event(&bench, EVENT("e4"));
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "admin:x", target), 101);
	assert_true(wire_wait(&bench, &wire, "\"e4\""));
	assert_non_null(find(&wire.out, "StreamResumed"));
	assert_null(find(&wire.out, "\"e2\""));
	assert_non_null(find(&wire.out, "{\"seq\":4,\"prev\":3,"));
	assert_non_null(find(&wire.out, "{\"seq\":5,\"prev\":4,"));
	wire_close(&wire);
	/* What is not there any more, or never was, is a gap, and said to be one. */
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "admin:x",
				     "/stasis/events?since=0123456789abcdef:1"), 101);
	assert_true(wire_wait(&bench, &wire, "StreamGap"));
	wire_close(&wire);
	target[strlen(target) - 1] = '9';
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "admin:x", target), 101);
	assert_true(wire_wait(&bench, &wire, "StreamGap"));
	wire_close(&wire);
	bench_close(&bench);
}

static void test_ring_is_bounded(void **state)
{
	struct bench bench;
	struct wire wire;
	char target[100];
	const char *at;
	int i;

	(void)state;
	bench_open(&bench, "event_history=2\n[admin]\npassword=x\n");
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "admin:x", "/stasis/events"), 101);
	assert_true(wire_wait(&bench, &wire, "StreamStarted"));
	at = find(&wire.out, "\"epoch\":\"");
	for (i = 0; i < 2; i++) {
		bench_event(&bench, EVENT("a"));
		bench_event(&bench, EVENT("b"));
	}
	snprintf(target, sizeof(target), "/stasis/events?since=%.16s:%d", at + 9, 2);
	assert_true(wire_wait(&bench, &wire, "\"seq\":4"));
	wire_close(&wire);
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "admin:x", target), 101);
	assert_true(wire_wait(&bench, &wire, "\"seq\":4,\"prev\":3"));
	assert_non_null(find(&wire.out, "StreamResumed"));
	wire_close(&wire);
	target[strlen(target) - 1] = '1';
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "admin:x", target), 101);
	assert_true(wire_wait(&bench, &wire, "StreamGap"));
	wire_close(&wire);
	bench_close(&bench);
}

static void test_filters(void **state)
{
	struct bench bench;
	struct wire wire;

	/* Names that are no hex digits, as the epoch is. */
	(void)state;
	bench_open(&bench, users);
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "admin:x", "/stasis/events?filter=channel:a*"),
			 101);
	bench_event(&bench, EVENT("bx1"));
	bench_event(&bench, EVENT("ax1"));
	assert_true(wire_wait(&bench, &wire, "ax1"));
	assert_null(find(&wire.out, "bx1"));
	wire_text(&wire, "{\"type\":\"SetFilter\",\"filter\":\"channel:b*\"}");
	assert_true(wire_wait(&bench, &wire, "\"FilterSet\",\"ok\":true"));
	bench_event(&bench, EVENT("ax2"));
	bench_event(&bench, EVENT("bx2"));
	assert_true(wire_wait(&bench, &wire, "bx2"));
	assert_null(find(&wire.out, "ax2"));
	wire_text(&wire, "{\"type\":\"SetFilter\",\"filter\":\"nonsense\"}");
	assert_true(wire_wait(&bench, &wire, "\"ok\":false"));
	bench_event(&bench, EVENT("bx3"));
	assert_true(wire_wait(&bench, &wire, "bx3"));
	wire_close(&wire);
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "admin:x", "/stasis/events?filter=x"), 400);
	wire_close(&wire);
	bench_close(&bench);
}

static void test_foreign_events(void **state)
{
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, users);
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "scoped:x", "/stasis/events"), 101);
	bench_event(&bench, EVENT("foreign"));
	bench_event(&bench, "{\"type\":\"Dial\",\"caller\":{\"id\":\"own1\",\"name\":\"own1\","
			    "\"dialplan\":{}},\"peer\":{\"id\":\"foreign\",\"name\":\"foreign\","
			    "\"dialplan\":{}}}");
	bench_event(&bench, "{\"type\":\"DeviceStateChanged\",\"device_state\":{\"name\":\"x\"}}");
	bench_event(&bench, "{\"type\":\"Unheard\"}");
	bench_event(&bench, EVENT("own"));
	assert_true(wire_wait(&bench, &wire, "\"own\""));
	assert_int_equal(count(&wire.out, "\"seq\":5"), 1);
	assert_null(find(&wire.out, "foreign"));
	assert_null(find(&wire.out, "Unheard"));
	assert_null(find(&wire.out, "DeviceState"));
	wire_close(&wire);
	bench_close(&bench);
}

static void test_requests_over_socket(void **state)
{
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, users);
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "admin:x", "/stasis/events"), 101);
	wire_text(&wire, "{\"type\":\"RESTRequest\",\"transaction_id\":\"t\\\"1\",\"request_id\":\"r\","
			 "\"method\":\"POST\",\"uri\":\"channels/own/play?media=a\"}");
	wire_text(&wire, "{\"type\":\"RESTRequest\",\"method\":\"DELETE\",\"uri\":\"channels/own\"}");
	assert_true(wire_wait(&bench, &wire, "\"uri\":\"channels/own\""));
	assert_non_null(find(&wire.out, "{\"type\":\"RESTResponse\",\"transaction_id\":\"t\\\"1\","
				"\"request_id\":\"r\",\"status_code\":200,\"reason_phrase\":\"OK\","
				"\"uri\":\"channels/own/play\",\"content_type\":\"application/json\","
				"\"message_body\":\"{\\\"id\\\":\\\"made\\\",\\\"calls\\\":1}\"}"));
	assert_string_equal(bench.last_call, "DELETE channels/own");
	wire_text(&wire, "not json");
	assert_true(wire_wait(&bench, &wire, "\"status_code\":400"));
	buf_clear(&wire.out);
	wire_text(&wire, "{\"type\":\"RESTRequest\",\"method\":\"GET\",\"uri\":\"events\"}");
	assert_true(wire_wait(&bench, &wire, "Can't upgrade to websocket"));
	wire_close(&wire);
	bench_close(&bench);
}

static void test_slow_reader(void **state)
{
	struct wire slow, quick;
	struct bench bench;
	struct buf event = {0};
	int i;

	(void)state;
	bench_open(&bench, "queue_hard=256\nqueue_soft=128\nevent_inbox=100000\n[admin]\npassword=x\n");
	wire_open(&bench, &slow, "a");
	wire_open(&bench, &quick, "a");
	assert_int_equal(wire_socket(&bench, &slow, "admin:x", "/stasis/events"), 101);
	assert_int_equal(wire_socket(&bench, &quick, "admin:x", "/stasis/events"), 101);
	slow.stalled = true;
	buf_addf(&event, "{\"type\":\"X\",\"pad\":\"%01000d\"}", 0);
	for (i = 0; i < 400; i++) {
		bench_event(&bench, event.data);
		server_wake(bench.server);
	}
	assert_true(wire_wait(&bench, &quick, "\"seq\":400,"));
	assert_int_equal(count(&quick.out, "\"type\":\"X\""), 400);
	slow.stalled = false;
	server_writable(slow.conn);
	assert_true(wire_wait(&bench, &slow, "slow-consumer"));
	assert_true(count(&slow.out, "\"type\":\"X\"") < 400);
	buf_free(&event);
	wire_close(&slow);
	wire_close(&quick);
	bench_close(&bench);
}

static void reload(struct bench *bench, const char *text)
{
	struct config *config = config_new();
	struct ini_error err = {""};
	struct buf conf = {0};

	buf_addf(&conf, "[general]\ninner_user=i\ninner_password=p\n%s", text);
	assert_int_equal(config_read_http(config, "f", conf.data, conf.len, &err), 0);
	assert_int_equal(config_finish(config, "f", &err), 0);
	buf_free(&conf);
	server_post_config(bench->server, config);
	server_wake(bench->server);
}

static void test_reload(void **state)
{
	struct wire stays, goes;
	struct bench bench;

	(void)state;
	bench_open(&bench, "[admin]\npassword=x\n[b]\npassword=y\n");
	wire_open(&bench, &stays, "a");
	wire_open(&bench, &goes, "a");
	assert_int_equal(wire_socket(&bench, &stays, "admin:x", "/stasis/events"), 101);
	assert_int_equal(wire_socket(&bench, &goes, "b:y", "/stasis/events?app=z"), 101);
	reload(&bench, "[admin]\npassword=x\n[b]\npassword=new\n");
	assert_true(wire_wait(&bench, &goes, "access was withdrawn"));
	bench_event(&bench, EVENT("one"));
	assert_true(wire_wait(&bench, &stays, "one"));
	assert_int_equal(ask(&bench, "a", "b:y"), 401);
	assert_int_equal(ask(&bench, "a", "b:new"), 200);
	wire_close(&goes);
	wire_close(&stays);
	bench_close(&bench);
}

/* A connection that proved itself once must not outlive a change of its password. */
static void test_reload_on_open_connection(void **state)
{
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, "[admin]\npassword=x\n");
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_request(&bench, &wire, "admin:x", "GET", "/ari/asterisk/ping", NULL), 200);
	assert_int_equal(wire_request(&bench, &wire, "admin:y", "GET", "/ari/asterisk/ping", NULL), 401);
	assert_int_equal(wire_request(&bench, &wire, "admin:x", "GET", "/ari/asterisk/ping", NULL), 200);
	reload(&bench, "[admin]\npassword=new\n");
	assert_int_equal(wire_request(&bench, &wire, "admin:x", "GET", "/ari/asterisk/ping", NULL), 401);
	wire_close(&wire);
	bench_close(&bench);
}

static void test_gone_in_the_middle(void **state)
{
	struct bench bench;
	struct wire wire;
	int i;

	(void)state;
	bench_open(&bench, users);
	for (i = 0; i < 20; i++) {
		const char *play = "POST /ari/channels/own/play HTTP/1.1\r\nHost: a\r\n"
				   "Authorization: Basic YWRtaW46eA==\r\n\r\n";
		const char *upgrade = "GET /ari/events?app=q HTTP/1.1\r\nHost: a\r\n"
			"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
			"Authorization: Basic YWRtaW46eA==\r\n\r\n";

		wire_open(&bench, &wire, "a");
		wire_send(&wire, i % 2 ? play : upgrade, strlen(i % 2 ? play : upgrade));
		if (i % 3 == 0)
			bench_run(&bench);
		wire_close(&wire);
	}
	bench_close(&bench);
}

static void test_lost_events(void **state)
{
	struct bench bench;
	struct wire wire;
	int i;

	(void)state;
	bench_open(&bench, "event_inbox=1000\n[admin]\npassword=x\n");
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "admin:x", "/stasis/events"), 101);
	for (i = 0; i < 1005; i++)
		bench_event(&bench, EVENT("flood"));
	assert_true(wire_wait(&bench, &wire, "\"type\":\"StreamGap\",\"reason\":\"overrun\",\"lost\":5"));
	assert_int_equal(count(&wire.out, "\"flood\",\"name\""), 1000);
	wire_close(&wire);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_origins),
		cmocka_unit_test(test_connection_limits),
		cmocka_unit_test(test_logins),
		cmocka_unit_test(test_login_limit),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_etag),
		cmocka_unit_test(test_observer),
		cmocka_unit_test(test_application),
		cmocka_unit_test(test_registration_fails),
		cmocka_unit_test(test_snapshot_and_resume),
		cmocka_unit_test(test_ring_is_bounded),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_foreign_events),
		cmocka_unit_test(test_requests_over_socket),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_reload),
		cmocka_unit_test(test_reload_on_open_connection),
		cmocka_unit_test(test_gone_in_the_middle),
		cmocka_unit_test(test_lost_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
