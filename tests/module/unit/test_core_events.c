/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Whose an event is: of objects that have just gone, of applications, of bridges that are empty;
 * what filters let through, and that nothing is encoded that nobody wants.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../../module/core/core.h"
#include "bench_host.h"

/* By what the event's text does not tell: the endpoint, the application, the members. */
static const char users[] =
	"[admin]\npassword=x\n"
	"[own]\npassword=x\nfollow=endpoint:own*\n"
	"[app]\npassword=x\nfollow=application:own\n";

#define CHANNEL(id, name) "\"channel\":{\"id\":\"" id "\",\"name\":\"" name "\",\"dialplan\":{}}"
#define BRIDGE(id) "\"bridge\":{\"id\":\"" id "\",\"name\":\"\",\"bridge_type\":\"mixing\"}"
#define EVENT(type, rest) "{\"type\":\"" type "\"," rest "}"

static const char *find(const struct wire *wire, const char *text)
{
	return wire->out.len ? memmem(wire->out.data, wire->out.len, text, strlen(text)) : NULL;
}

static void listen_as(struct bench *bench, struct wire *wire, const char *user, const char *query)
{
	char target[200];

	snprintf(target, sizeof(target), "/stasis/events?%s", query);
	wire_open(bench, wire, "a");
	assert_int_equal(wire_socket(bench, wire, user, target), 101);
	assert_true(wire_wait(bench, wire, "StreamStarted"));
}

/* The last event of a test is one that all see. */
static void finish(struct bench *bench, struct wire *wire)
{
	bench_object(bench, OBJECT_CHANNEL, "last", "own-last", NULL, NULL);
	bench_event(bench, EVENT("Last", CHANNEL("last", "own-last")));
	assert_true(wire_wait(bench, wire, "\"Last\""));
}

static void test_gone(void **state)
{
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, users);
	listen_as(&bench, &wire, "own:x", "");
	bench_object(&bench, OBJECT_CHANNEL, "c", "own-1", NULL, NULL);
	bench_object(&bench, OBJECT_CHANNEL, "f", "foreign-1", NULL, NULL);
	bench_gone(&bench, OBJECT_CHANNEL, "c");
	bench_gone(&bench, OBJECT_CHANNEL, "f");
	bench_event(&bench, EVENT("ChannelLeftBridge", CHANNEL("c", "own-1") "," BRIDGE("b")));
	bench_event(&bench, EVENT("ChannelLeftBridge", CHANNEL("f", "foreign-1") "," BRIDGE("b")));
	bench_event(&bench, EVENT("PlaybackFinished", "\"playback\":{\"target_uri\":\"channel:c\"}"));
	bench_event(&bench, EVENT("RecordingFinished", "\"recording\":{\"target_uri\":\"channel:f\"}"));
	/* The id again, of something that has another name, or is somebody else's. */
	bench_event(&bench, EVENT("OtherName", CHANNEL("c", "foreign-2")));
	bench_object(&bench, OBJECT_CHANNEL, "c", "foreign-2", NULL, NULL);
	bench_event(&bench, EVENT("OtherOwner", CHANNEL("c", "own-1")));
	bench_event(&bench, EVENT("OtherMedia", "\"playback\":{\"target_uri\":\"channel:c\"}"));
	bench_gone(&bench, OBJECT_CHANNEL, "c");
	bench_event(&bench, EVENT("OtherGone", CHANNEL("c", "own-1")));
	finish(&bench, &wire);
	assert_non_null(find(&wire, "\"ChannelLeftBridge\"," CHANNEL("c", "own-1")));
	assert_non_null(find(&wire, "PlaybackFinished"));
	assert_null(find(&wire, "foreign"));
	assert_null(find(&wire, "RecordingFinished"));
	assert_null(find(&wire, "Other"));
	wire_close(&wire);
	bench_close(&bench);
}

static void test_gone_is_bounded(void **state)
{
	struct bench bench;
	struct wire wire;
	char id[16];
	int i;

	(void)state;
	bench_open(&bench, users);
	listen_as(&bench, &wire, "own:x", "");
	for (i = 0; i < 4200; i++) {
		snprintf(id, sizeof(id), "%d", i);
		bench_object(&bench, OBJECT_CHANNEL, id, "own-1", NULL, NULL);
		bench_gone(&bench, OBJECT_CHANNEL, id);
	}
	bench_event(&bench, EVENT("First", CHANNEL("0", "own-1")));
	bench_event(&bench, EVENT("Late", CHANNEL("4199", "own-1")));
	finish(&bench, &wire);
	assert_null(find(&wire, "First"));
	assert_non_null(find(&wire, "Late"));
	/* And not for ever. */
	store_tick(bench.server->store, clock_ms());
	bench_object(&bench, OBJECT_CHANNEL, "old", "own-1", NULL, NULL);
	bench_gone(&bench, OBJECT_CHANNEL, "old");
	server_wake(bench.server);
	store_tick(bench.server->store, clock_ms() + 20000);
	assert_non_null(store_find_gone(bench.server->store, OBJECT_CHANNEL, "old", "own-1"));
	store_tick(bench.server->store, clock_ms() + 31000);
	assert_null(store_find_gone(bench.server->store, OBJECT_CHANNEL, "old", "own-1"));
	wire_close(&wire);
	bench_close(&bench);
}

static void test_empty_bridge(void **state)
{
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, users);
	listen_as(&bench, &wire, "own:x", "");
	bench_object(&bench, OBJECT_CHANNEL, "c", "own-1", NULL, NULL);
	bench_object(&bench, OBJECT_CHANNEL, "f", "foreign-1", NULL, NULL);
	bench_object(&bench, OBJECT_BRIDGE, "b", NULL, NULL, "c");
	bench_object(&bench, OBJECT_BRIDGE, "b2", NULL, NULL, "c");
	bench_object(&bench, OBJECT_BRIDGE, "b2", NULL, NULL, "f");
	bench_gone(&bench, OBJECT_CHANNEL, "c");
	bench_object(&bench, OBJECT_BRIDGE, "b", NULL, NULL, NULL);
	bench_object(&bench, OBJECT_BRIDGE, "b2", NULL, NULL, NULL);
	bench_event(&bench, EVENT("BridgeEmpty", BRIDGE("b")));
	bench_event(&bench, EVENT("Other", BRIDGE("b2")));
	bench_gone(&bench, OBJECT_BRIDGE, "b");
	bench_gone(&bench, OBJECT_BRIDGE, "b2");
	bench_event(&bench, EVENT("BridgeDestroyed", BRIDGE("b")));
	bench_event(&bench, EVENT("Other", BRIDGE("b2")));
	finish(&bench, &wire);
	assert_non_null(find(&wire, "BridgeEmpty"));
	assert_non_null(find(&wire, "BridgeDestroyed"));
	assert_null(find(&wire, "Other"));
	wire_close(&wire);
	bench_close(&bench);
}

static void tell(struct bench *bench, const char *id, const char *application, bool gone)
{
	bench_change(bench, 0, &(struct host_object){.class = OBJECT_CHANNEL, .id = id, .name = id,
						     .context = "", .gone = gone,
						     .application = application}, NULL,
		     EVENT("Change", "\"n\":0"));
}

static void test_application(void **state)
{
	struct wire wire, filtered;
	struct bench bench;

	(void)state;
	bench_open(&bench, users);
	listen_as(&bench, &wire, "app:x", "");
	listen_as(&bench, &filtered, "admin:x", "filter=application:own");
	tell(&bench, "c", "", false);
	bench_event(&bench, EVENT("Before", CHANNEL("c", "c")));
	tell(&bench, "c", "own", false);
	bench_event(&bench, EVENT("Within", CHANNEL("c", "c")));
	tell(&bench, "c", "", false);
	bench_event(&bench, EVENT("Behind", CHANNEL("c", "c")));
	tell(&bench, "c", "", true);
	bench_event(&bench, EVENT("ChannelDestroyed", CHANNEL("c", "c")));
	tell(&bench, "d", "own", false);
	bench_event(&bench, EVENT("Last", CHANNEL("d", "d")));
	assert_true(wire_wait(&bench, &wire, "Last"));
	assert_true(wire_wait(&bench, &filtered, "Last"));
	assert_non_null(find(&wire, "Within"));
	assert_non_null(find(&filtered, "Within"));
	assert_null(find(&wire, "Before"));
	assert_null(find(&wire, "Behind"));
	assert_null(find(&filtered, "Behind"));
	assert_non_null(find(&wire, "ChannelDestroyed"));
	wire_close(&wire);
	wire_close(&filtered);
	bench_close(&bench);
}

static void test_nothing_for_nobody(void **state)
{
	struct wire wire, all;
	struct bench bench;
	int i;

	(void)state;
	bench_open(&bench, users);
	listen_as(&bench, &wire, "admin:x", "filter=type:Wanted");
	for (i = 0; i < 100; i++)
		bench_event(&bench, EVENT("Unwanted", CHANNEL("c", "c")));
	bench_event(&bench, EVENT("Wanted", CHANNEL("c", "c")));
	assert_true(wire_wait(&bench, &wire, "{\"seq\":101,\"prev\":0,\"type\":\"Wanted\""));
	assert_int_equal(bench.encoded, 1);
	/* Somebody wants all: what was never encoded is told him as a gap. */
	listen_as(&bench, &all, "admin:x", "");
	bench_event(&bench, EVENT("Unwanted", CHANNEL("c", "c")));
	assert_true(wire_wait(&bench, &all, "Unwanted"));
	assert_int_equal(bench.encoded, 2);
	assert_null(find(&wire, "Unwanted"));
	wire_close(&all);
	wire_close(&wire);
	bench_close(&bench);
}

static void resume(struct bench *bench, const char *user, const char *query, const char *since,
		   const char *expected)
{
	char target[200];
	struct wire wire;

	snprintf(target, sizeof(target), "/stasis/events?%s&since=%s", query, since);
	wire_open(bench, &wire, "a");
	assert_int_equal(wire_socket(bench, &wire, user, target), 101);
	assert_true(wire_wait(bench, &wire, expected));
	wire_close(&wire);
}

static void test_resume_with_filter(void **state)
{
	char start[40], bad[48];
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, users);
	listen_as(&bench, &wire, "admin:x", "filter=type:Wanted");
	memcpy(start, find(&wire, "\"epoch\":\"") + 9, 16);
	memcpy(start + 16, ":0", 3);
	bench_event(&bench, EVENT("Unwanted", CHANNEL("c", "c")));
	bench_event(&bench, EVENT("Wanted", CHANNEL("c", "c")));
	assert_true(wire_wait(&bench, &wire, "\"Wanted\""));
	wire_text(&wire, "{\"type\":\"SetFilter\",\"filter\":\"type:*\"}");
	assert_true(wire_wait(&bench, &wire, "{\"type\":\"FilterSet\",\"ok\":true,\"seq\":2}"));
	bench_event(&bench, EVENT("Other", CHANNEL("c", "c")));
	assert_true(wire_wait(&bench, &wire, "{\"seq\":3,\"prev\":2,\"type\":\"Other\""));
	wire_close(&wire);
	resume(&bench, "admin:x", "filter=type:Wanted", start, "\"prev\":0,\"type\":\"Wanted\"");
	resume(&bench, "admin:x", "filter=type:*", start, "StreamGap");
	/* Whoever was not there, and may not see all, cannot be told what he would have seen. */
	resume(&bench, "own:x", "", start, "StreamGap");
	start[17] = '2';
	resume(&bench, "admin:x", "filter=type:*", start, "\"prev\":2,\"type\":\"Other\"");
	resume(&bench, "admin:x", "filter=-type:W*", start, "\"prev\":2,\"type\":\"Other\"");
	snprintf(bad, sizeof(bad), "%sx", start);
	resume(&bench, "admin:x", "", bad, "StreamGap");
	resume(&bench, "admin:x", "", "2", "StreamGap");
	bench_close(&bench);
}

#define USER_EVENT(time) EVENT("ChannelUserevent", "\"timestamp\":\"" time "\",\"eventname\":" \
			       "\"e\",\"userevent\":{\"eventname\":\"e\"}," CHANNEL("c", "c"))

/* One of the dialplan comes both ways, one of the API's only to its application. */
static void test_user_events(void **state)
{
	struct bench bench;
	struct wire wire;
	int n = 0;
	const char *at;

	(void)state;
	bench_open(&bench, users);
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "admin:x",
				     "/ari/events?app=own&subscribeAll=true"), 101);
	bench_event(&bench, USER_EVENT("1"));
	bench_app_event(&bench, 1, "own", USER_EVENT("1"));
	bench_app_event(&bench, 1, "own", USER_EVENT("2"));
	bench_event(&bench, EVENT("Last", CHANNEL("c", "c")));
	assert_true(wire_wait(&bench, &wire, "Last"));
	for (at = wire.out.data; (at = memmem(at, (size_t)(wire.out.data + wire.out.len - at),
					      "ChannelUserevent", 16)); at++)
		n++;
	assert_int_equal(n, 2);
	wire_close(&wire);
	bench_close(&bench);
}

/* What waits for a reader comes as soon as he reads, with no event to push it. */
static void test_long_queue(void **state)
{
	struct bench bench;
	struct buf event = {0};
	struct wire wire;
	int i;

	(void)state;
	bench_open(&bench, users);
	listen_as(&bench, &wire, "admin:x", "");
	wire.stalled = true;
	buf_addf(&event, "{\"type\":\"X\",\"pad\":\"%01000d\"}", 0);
	for (i = 0; i < 500; i++)
		bench_event(&bench, event.data);
	server_wake(bench.server);
	wire.stalled = false;
	assert_int_equal(server_writable(wire.conn), 0);
	assert_non_null(find(&wire, "\"seq\":500,"));
	buf_free(&event);
	wire_close(&wire);
	bench_close(&bench);
}

/* Nobody makes the server keep answers that he does not read. */
static void test_ping_flood(void **state)
{
	char ping[2 + 4 + 125] = {(char)0x89, (char)(0x80 | 125)};
	struct bench bench;
	struct wire wire;
	int i;

	(void)state;
	bench_open(&bench, users);
	listen_as(&bench, &wire, "admin:x", "");
	wire.stalled = true;
	for (i = 0; i < 20000; i++)
		assert_int_equal(wire_send(&wire, ping, sizeof(ping)), 0);
	assert_true(wire.conn->blocked && wire.conn->out.len < 200000);
	wire.stalled = false;
	assert_int_equal(server_writable(wire.conn), 0);
	finish(&bench, &wire);
	wire_close(&wire);
	bench_close(&bench);
}

static void test_bad_filters(void **state)
{
	static const struct {
		const char *filter, *why;
	} bad[] = {
		{"colour:red", "no such field"}, {"type", "FIELD:PATTERN"}, {"type:", "FIELD:PATTERN"},
		{"-", "FIELD:PATTERN"}, {"type:a,-:b", "no such field"},
	};
	struct bench bench;
	struct wire wire;
	char target[100];
	size_t i;

	(void)state;
	bench_open(&bench, users);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(target, sizeof(target), "/stasis/events?filter=%s", bad[i].filter);
		wire_open(&bench, &wire, "a");
		assert_int_equal(wire_socket(&bench, &wire, "admin:x", target), 400);
		assert_true(wire_wait(&bench, &wire, bad[i].why));
		wire_close(&wire);
	}
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_gone_is_bounded),
		cmocka_unit_test(test_empty_bridge),
		cmocka_unit_test(test_application),
		cmocka_unit_test(test_nothing_for_nobody),
		cmocka_unit_test(test_resume_with_filter),
		cmocka_unit_test(test_user_events),
		cmocka_unit_test(test_long_queue),
		cmocka_unit_test(test_ping_flood),
		cmocka_unit_test(test_bad_filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
