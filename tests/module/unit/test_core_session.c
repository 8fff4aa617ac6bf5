/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * WebSocket sessions of the whole core: events with numbers, applications, resuming, filters,
 * requests, slow readers, lost events.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <malloc.h>

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
	assert_int_equal(wire_socket(&bench, &wire, "admin:x", "/stasis/events?app="), 400);
	assert_int_equal(wire_socket(&bench, &wire, "admin:x", "/stasis/events?app=x,"), 400);
	assert_int_equal(wire_socket(&bench, &wire, "admin:x", "/stasis/events?app=x,,y"), 400);
	assert_string_equal(bench.apps, "");
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

	(void)state;
	bench_open(&bench, users);
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "admin:x", "/stasis/events?filter=channel:a*"),
			 101);
	bench_event(&bench, EVENT("b1"));
	bench_event(&bench, EVENT("a1"));
	assert_true(wire_wait(&bench, &wire, "\"a1\""));
	assert_null(find(&wire.out, "\"b1\""));
	wire_text(&wire, "{\"type\":\"SetFilter\",\"filter\":\"channel:b*\"}");
	assert_true(wire_wait(&bench, &wire, "\"FilterSet\",\"ok\":true"));
	bench_event(&bench, EVENT("a2"));
	bench_event(&bench, EVENT("b2"));
	assert_true(wire_wait(&bench, &wire, "\"b2\""));
	assert_null(find(&wire.out, "\"a2\""));
	wire_text(&wire, "{\"type\":\"SetFilter\",\"filter\":\"nonsense\"}");
	assert_true(wire_wait(&bench, &wire, "\"ok\":false"));
	bench_event(&bench, EVENT("b3"));
	assert_true(wire_wait(&bench, &wire, "\"b3\""));
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

/* XML in both directions: a session's own choice, or a request's. */
static void test_xml_over_socket(void **state)
{
	static const char json[] =
		"{\"type\":\"RESTRequest\",\"request_id\":\"1\",\"method\":\"POST\","
		"\"uri\":\"channels/own/play\",\"content_type\":\"application/xml\","
		"\"message_body\":\"<play><media><uri>a</uri></media><skipms>30</skipms></play>\"}";
	static const char xml[] =
		"<message><type>RESTRequest</type><request_id>2</request_id><method>GET</method>"
		"<uri>channels/own</uri><query_strings type=\"array\"><query_string><name>a</name>"
		"<value>b</value></query_string></query_strings></message>";
	static const char accept[] =
		"{\"type\":\"RESTRequest\",\"request_id\":\"3\",\"method\":\"GET\","
		"\"uri\":\"channels/own\",\"accept\":\"application/json;q=0.5, text/xml\"}";
	static const char bad[] =
		"{\"type\":\"RESTRequest\",\"request_id\":\"4\",\"method\":\"POST\","
		"\"uri\":\"channels/own/play\",\"content_type\":\"text/xml\","
		"\"message_body\":\"<!DOCTYPE a><a/>\"}";
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, users);
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "admin:x", "/stasis/events"), 101);
	wire_text(&wire, json);
	assert_true(wire_wait(&bench, &wire, "\"request_id\":\"1\",\"status_code\":200"));
	assert_string_equal(bench.last_params, "{\"media\":[\"a\"],\"skipms\":30}");
	wire_text(&wire, xml);
	assert_true(wire_wait(&bench, &wire, "\"request_id\":\"2\",\"status_code\":200"));
	assert_string_equal(bench.last_params, "a=b;");
	assert_null(find(&wire.out, "<channel>"));
	wire_text(&wire, accept);
	assert_true(wire_wait(&bench, &wire, "\"request_id\":\"3\",\"status_code\":200"));
	assert_non_null(find(&wire.out, "\"content_type\":\"application/xml; charset=utf-8\","
					"\"message_body\":\"<?xml"));
	assert_non_null(find(&wire.out, "<channel><id>made</id>"));
	wire_text(&wire, bad);
	assert_true(wire_wait(&bench, &wire, "\"request_id\":\"4\",\"status_code\":400"));
	wire_text(&wire, "<message>");
	assert_true(wire_wait(&bench, &wire, "\"request_id\":\"\",\"status_code\":400"));
	wire_close(&wire);
	bench_close(&bench);
}

/* A session that wants XML has all of it in XML, the answer's own body too. */
static void test_xml_session(void **state)
{
	static const char upgrade[] =
		"GET /stasis/events HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nAccept: application/xml\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		"Authorization: Basic YWRtaW46eA==\r\n\r\n";
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, users);
	wire_open(&bench, &wire, "a");
	wire_send(&wire, upgrade, strlen(upgrade));
	assert_true(wire_wait(&bench, &wire, "<type>StreamStarted</type>"));
	bench_event(&bench, EVENT("seen"));
	assert_true(wire_wait(&bench, &wire, "<channel><id>seen</id>"));
	wire_text(&wire, "<message><type>RESTRequest</type><method>GET</method>"
			 "<uri>channels/own</uri></message>");
	assert_true(wire_wait(&bench, &wire, "<type>RESTResponse</type>"));
	assert_true(wire_wait(&bench, &wire, "&lt;channel&gt;&lt;id&gt;made"));
	wire_text(&wire, "<message><type>SetFilter</type><filter>channel:b*</filter></message>");
	assert_true(wire_wait(&bench, &wire, "<type>FilterSet</type><ok type=\"boolean\">true"));
	assert_null(find(&wire.out, "{\""));
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

static size_t memory(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* Small events cost more than their text; the limit is of what they cost. */
static void test_queue_is_bounded(void **state)
{
	struct bench bench;
	struct wire slow;
	size_t before, most = 0;
	int i;

	(void)state;
	bench_open(&bench, "queue_hard=1024\nqueue_soft=1024\nevent_history=0\n"
			   "event_inbox=100000\n[admin]\npassword=x\n");
	wire_open(&bench, &slow, "a");
	assert_int_equal(wire_socket(&bench, &slow, "admin:x", "/stasis/events"), 101);
	slow.stalled = true;
	bench_event(&bench, "{\"type\":\"X\"}");
	server_wake(bench.server);
	before = memory();
	for (i = 0; i < 20000; i++) {
		bench_event(&bench, "{\"type\":\"X\"}");
		server_wake(bench.server);
		most = memory() > most ? memory() : most;
	}
	slow.stalled = false;
	server_writable(slow.conn);
	assert_true(wire_wait(&bench, &slow, "slow-consumer"));
	assert_true(most < before + (1024 + 16) * 1024);
	wire_close(&slow);
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
		cmocka_unit_test(test_observer),
		cmocka_unit_test(test_application),
		cmocka_unit_test(test_registration_fails),
		cmocka_unit_test(test_snapshot_and_resume),
		cmocka_unit_test(test_ring_is_bounded),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_foreign_events),
		cmocka_unit_test(test_requests_over_socket),
		cmocka_unit_test(test_xml_over_socket),
		cmocka_unit_test(test_xml_session),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_queue_is_bounded),
		cmocka_unit_test(test_lost_events),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
