/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * One tenant takes what is another's for his own: by ids that are names, by ids that somebody else
 * had before, by the paths of sounds; or learns by the clock what there is.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../../module/core/core.h"
#include "../../../module/core/fanout.h"
#include "../../../module/core/media.h"
#include "../../../module/core/store.h"
#include "bench_host.h"

static const char conf[] =
	"max_connections_per_address=1000\nmax_connections_per_user=1000\nmax_connections=1000\n"
	"request_rate=0\n[acme]\npassword=x\n"
	"follow=context:acme-*, channel:own*, bridge:own*, application:acme-*\n"
	"manipulate=context:acme-*, channel:own*, bridge:own*, application:acme-*\n"
	"originate=endpoint:Local/*@acme-in, endpoint:ExternalMedia/10.0.0.*:*, context:acme-*, "
	"application:acme-*\noriginate_rate=0\n"
	"[ivr]\npassword=x\nfollow=application:ivr\nmanipulate=application:ivr\n"
	"[zeta]\npassword=x\nfollow=channel:zeta*, bridge:zeta*\n";

static int ask(struct bench *bench, const char *method, const char *target, const char *body)
{
	struct buf full = {0};
	struct wire wire;
	int status;

	buf_addf(&full, "/stasis/%s", target);
	wire_open(bench, &wire, "192.0.2.3");
	status = wire_request(bench, &wire, "acme:x", method, full.data, body);
	wire_close(&wire);
	buf_free(&full);
	return status;
}

static void expect(struct bench *bench, const char *method, const char *target, const char *body,
		   int status)
{
	int got = ask(bench, method, target, body);

	if (got != status)
		fail_msg("%s %s: %d instead of %d", method, target, got, status);
}

static void start(struct bench *bench)
{
	bench_open(bench, conf);
	bench_object(bench, OBJECT_CHANNEL, "own1", "own1", "acme-in", NULL);
	bench_object(bench, OBJECT_CHANNEL, "zeta1", "zeta1", "zeta-in", NULL);
	bench_object(bench, OBJECT_BRIDGE, "own1", "own1", NULL, NULL);
	bench_object(bench, OBJECT_BRIDGE, "zeta1", "zeta1", NULL, NULL);
	bench_run(bench);
}

/* An id that could be a channel's name would be taken for it. */
static void test_ids_are_no_names(void **state)
{
	static const char *const targets[] = {
		"channels?endpoint=Local/1@acme-in&app=acme-app&channelId=PJSIP/zeta-1",
		"channels?endpoint=Local/1@acme-in&app=acme-app&otherChannelId=PJSIP/zeta-1",
		"channels/PJSIP%2Fzeta-1?endpoint=Local/1@acme-in&app=acme-app",
		"channels/create?endpoint=Local/1@acme-in&app=acme-app&channelId=PJSIP/zeta-1",
		"channels/externalMedia?external_host=10.0.0.1:1&format=ulaw&app=acme-app&channelId=x/y",
		"channels/own1/snoop?app=acme-app&spy=in&snoopId=PJSIP/zeta-1",
		"channels/own1/snoop/PJSIP%2fzeta-1?app=acme-app&spy=in",
	};
	struct bench bench;
	size_t i;

	(void)state;
	start(&bench);
	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		expect(&bench, "POST", targets[i], NULL, 400);
	expect(&bench, "POST", "channels/create?endpoint=Local/1@acme-in&app=acme-app",
	       "{\"channelId\":\"PJSIP/zeta-1\"}", 400);
	expect(&bench, "POST", "channels/own1/snoop/own1s?app=acme-app&spy=in", NULL, 200);
	bench_close(&bench);
}

static void test_language(void **state)
{
	struct bench bench;

	(void)state;
	start(&bench);
	expect(&bench, "POST", "channels/own1/play?media=sound:x&lang=/spool", NULL, 400);
	expect(&bench, "POST", "channels/own1/play/p?media=sound:x&lang=../s", NULL, 400);
	expect(&bench, "POST", "bridges/own1/play?media=sound:x", "{\"lang\":\"..\"}", 400);
	expect(&bench, "POST", "bridges/own1/play/p?media=sound:x&lang=a%2fb", NULL, 400);
	expect(&bench, "POST", "channels/own1/play?media=sound:x&lang=pt_BR", NULL, 200);
	bench_close(&bench);
}

/* Whoever measures must not learn whether there is a foreign object of that id: both are looked
 * for, and not found, behind a sync. */
static void test_foreign_takes_as_long_as_absent(void **state)
{
	static const char *const targets[] = {
		"GET channels/", "DELETE channels/", "GET bridges/",
		"POST bridges/own1/addChannel?channel=",
		"POST applications/acme-app/subscription?eventSource=channel:",
		"POST channels?endpoint=Local/1@acme-in&app=acme-app&originator=",
	};
	struct bench bench;
	char target[200], *at;
	uint64_t syncs;
	size_t i, k;

	(void)state;
	start(&bench);
	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		for (k = 0; k < 2; k++) {
			snprintf(target, sizeof(target), "%s%s", targets[i],
				 k ? "absent" : "zeta1");
			at = strchr(target, ' ');
			*at++ = '\0';
			bench.server->synced_us = 0;
			syncs = bench.server->next_ticket;
			assert_true(ask(&bench, target, at, NULL) >= 400);
			if (bench.server->next_ticket == syncs)
				fail_msg("%s %s: no sync", target, at);
		}
	}
	bench_close(&bench);
}

/* The owner of what has come and gone before its maker had the answer is not the owner of what
 * has the id next. */
static void test_owner_of_the_dead(void **state)
{
	struct bench bench;
	struct store *store;

	(void)state;
	start(&bench);
	store = bench.server->store;
	bench_object(&bench, OBJECT_CHANNEL, "id1", "Local/1@acme-in-00000001;1", "x", NULL);
	bench_gone(&bench, OBJECT_CHANNEL, "id1");
	bench_run(&bench);
	store_set_owner(store, OBJECT_CHANNEL, "id1", "Local/1@acme-in-00000001;1", "acme");
	assert_string_equal(store_find_gone(store, OBJECT_CHANNEL, "id1", "")->owner, "acme");
	bench_object(&bench, OBJECT_CHANNEL, "id1", "Local/1@zeta-in-00000002;1", "zeta-in", NULL);
	bench_run(&bench);
	assert_null(store_find(store, OBJECT_CHANNEL, "id1")->owner);
	expect(&bench, "GET", "channels/id1", NULL, 404);
	/* Nor is he where another one is already there, or comes in place of his. */
	store_set_owner(store, OBJECT_CHANNEL, "id1", "Local/1@acme-in-00000003;1", "acme");
	assert_null(store_find(store, OBJECT_CHANNEL, "id1")->owner);
	store_set_owner(store, OBJECT_CHANNEL, "id2", "Local/1@acme-in-00000004;1", "acme");
	bench_object(&bench, OBJECT_CHANNEL, "id2", "Local/1@zeta-in-00000005;1", "zeta-in", NULL);
	bench_run(&bench);
	assert_null(store_find(store, OBJECT_CHANNEL, "id2")->owner);
	bench_gone(&bench, OBJECT_CHANNEL, "id2");
	bench_object(&bench, OBJECT_CHANNEL, "id2", "Local/1@acme-in-00000004;1", "zeta-in", NULL);
	bench_run(&bench);
	assert_string_equal(store_find(store, OBJECT_CHANNEL, "id2")->owner, "acme");
	bench_close(&bench);
}

static void set_filters(struct bench *bench, struct wire *wire, int n)
{
	char text[100];
	int i;

	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "{\"type\":\"SetFilter\",\"filter\":\"type:F%d\"}", i);
		buf_clear(&wire->out);
		wire_text(wire, text);
		assert_true(wire_wait(bench, wire, "FilterSet"));
	}
}

/* Who tries one filter after the other takes the places of no others. */
static void test_others_come_back(void **state)
{
	struct bench bench;
	struct wire zeta, acme;
	char target[80];

	(void)state;
	start(&bench);
	wire_open(&bench, &zeta, "192.0.2.4");
	assert_int_equal(wire_socket(&bench, &zeta, "zeta:x", "/stasis/events"), 101);
	assert_true(wire_wait(&bench, &zeta, "StreamStarted"));
	snprintf(target, sizeof(target), "/stasis/events?since=%s:%llu", bench.server->fanout->epoch,
		 bench.server->fanout->seq);
	wire_close(&zeta);
	wire_open(&bench, &acme, "192.0.2.3");
	assert_int_equal(wire_socket(&bench, &acme, "acme:x", "/stasis/events"), 101);
	set_filters(&bench, &acme, 3 * VIEWERS_MAX);
	bench_event(&bench, "{\"type\":\"BridgeCreated\",\"bridge\":{\"id\":\"zeta1\","
			    "\"bridge_type\":\"mixing\",\"name\":\"zeta1\",\"channels\":[]}}");
	wire_open(&bench, &zeta, "192.0.2.4");
	assert_int_equal(wire_socket(&bench, &zeta, "zeta:x", target), 101);
	assert_true(wire_wait(&bench, &zeta, "StreamResumed"));
	assert_true(wire_wait(&bench, &zeta, "BridgeCreated"));
	wire_close(&zeta);
	wire_close(&acme);
	bench_close(&bench);
}

static void test_filters_are_counted(void **state)
{
	struct bench bench;
	struct wire wire;
	int i;

	(void)state;
	bench_open(&bench, "request_rate=1\nrequest_burst=5\n[acme]\npassword=x\nfollow=all\n");
	wire_open(&bench, &wire, "192.0.2.3");
	assert_int_equal(wire_socket(&bench, &wire, "acme:x", "/stasis/events"), 101);
	for (i = 0; i < 6; i++)
		wire_text(&wire, "{\"type\":\"SetFilter\",\"filter\":\"type:A\"}");
	assert_true(wire_wait(&bench, &wire, "{\"type\":\"FilterSet\",\"ok\":false,\"message\":"
					    "\"too many requests of this user\"}"));
	wire_close(&wire);
	bench_close(&bench);
}

#define IN_STASIS(type) "{\"type\":\"" type "\",\"channel\":{\"id\":\"own1\",\"name\":\"own1\"," \
	"\"dialplan\":{\"context\":\"acme-in\"}}}"

/* Asterisk sends the two ends of a move by different ways. */
static void test_moved_channel(void **state)
{
	struct bench bench;
	struct wire acme, ivr;

	(void)state;
	start(&bench);
	wire_open(&bench, &acme, "192.0.2.3");
	assert_int_equal(wire_socket(&bench, &acme, "acme:x", "/stasis/events?app=acme-a"), 101);
	wire_open(&bench, &ivr, "192.0.2.4");
	assert_int_equal(wire_socket(&bench, &ivr, "ivr:x", "/stasis/events?app=ivr"), 101);
	bench_app_event(&bench, 1, "acme-a", IN_STASIS("StasisStart"));
	bench_app_event(&bench, 2, "ivr", IN_STASIS("StasisStart"));
	bench_app_event(&bench, 1, "acme-a", IN_STASIS("StasisEnd"));
	assert_true(wire_wait(&bench, &acme, "StasisEnd"));
	assert_string_equal(store_find(bench.server->store, OBJECT_CHANNEL, "own1")->application, "ivr");
	bench_app_event(&bench, 2, "ivr", IN_STASIS("StasisEnd"));
	assert_true(wire_wait(&bench, &ivr, "StasisEnd"));
	assert_string_equal(store_find(bench.server->store, OBJECT_CHANNEL, "own1")->application, "");
	wire_close(&acme);
	wire_close(&ivr);
	bench_close(&bench);
}

#define PARTY(id, context) \
	"{\"id\":\"" id "\",\"name\":\"" id "\",\"dialplan\":{\"context\":\"" context "\"}}"
#define TRANSFER(mark, other) \
	"{\"type\":\"ChannelTransfer\",\"timestamp\":\"" mark "\",\"refer_to\":{" \
	"\"requested_destination\":{},\"connected_channel\":" other "},\"referred_by\":{" \
	"\"source_channel\":" PARTY("own1", "acme-in") "}}"
#define USER_EVENT(mark) \
	"{\"type\":\"ChannelUserevent\",\"channel\":" PARTY("own1", "acme-in") "," \
	"\"eventname\":\"" mark "\"," \
	"\"userevent\":{\"id\":\"zeta1\",\"dialplan\":{\"context\":\"z\"}}}"

/* Who else is in a transfer is told to nobody who may not see him; what a sender put into his own
 * event is nobody. */
static void test_parties_inside(void **state)
{
	struct bench bench;
	struct wire wire;

	(void)state;
	start(&bench);
	wire_open(&bench, &wire, "192.0.2.3");
	assert_int_equal(wire_socket(&bench, &wire, "acme:x", "/stasis/events?app=acme-a"), 101);
	bench_app_event(&bench, 1, "acme-a", TRANSFER("foreign", PARTY("zeta1", "zeta-in")));
	bench_app_event(&bench, 1, "acme-a", TRANSFER("alone", "{}"));
	bench_app_event(&bench, 1, "acme-a", USER_EVENT("mine"));
	assert_true(wire_wait(&bench, &wire, "mine"));
	assert_non_null(memmem(wire.out.data, wire.out.len, "alone", 5));
	assert_null(memmem(wire.out.data, wire.out.len, "foreign", 7));
	wire_close(&wire);
	bench_close(&bench);
}

static void test_names_of_bridges(void **state)
{
	struct bench bench;

	(void)state;
	start(&bench);
	expect(&bench, "POST", "bridges?name=zeta-room", NULL, 403);
	expect(&bench, "POST", "bridges/newid?name=own-room", "{\"name\":\"zeta-room\"}", 403);
	expect(&bench, "POST", "bridges?bridgeId=own1&name=zeta-room", NULL, 403);
	expect(&bench, "POST", "bridges?name=own-room", NULL, 200);
	expect(&bench, "POST", "bridges", NULL, 200);
	bench_close(&bench);
}

/* There may be thousands, and one tenant can make them: they are not looked up in the thread that
 * serves all others. */
static void test_playbacks_in_a_worker(void **state)
{
	struct bench bench;
	struct wire wire;

	(void)state;
	start(&bench);
	bench_object(&bench, OBJECT_CHANNEL, "own", "own", "acme-in", NULL);
	bench_object(&bench, OBJECT_CHANNEL, "foreign", "foreign", "zeta-in", NULL);
	bench_run(&bench);
	media_note(bench.server->media, MEDIA_PLAYBACK, "own1", false);
	media_note(bench.server->media, MEDIA_PLAYBACK, "foreign1", false);
	media_note(bench.server->media, MEDIA_PLAYBACK, "absent", false);
	wire_open(&bench, &wire, "192.0.2.3");
	assert_int_equal(wire_request(&bench, &wire, "acme:x", "GET", "/stasis/playbacks", NULL), 200);
	assert_non_null(memmem(wire.out.data, wire.out.len, "channel:own", 11));
	assert_null(memmem(wire.out.data, wire.out.len, "foreign", 7));
	assert_int_equal(bench.calls, 3);
	assert_false(pthread_equal(bench.caller, bench.thread));
	/* What is over is not looked up again. */
	assert_int_equal(wire_request(&bench, &wire, "acme:x", "GET", "/stasis/playbacks", NULL), 200);
	assert_true(bench.calls < 6);
	wire_close(&wire);
	bench_close(&bench);
}

/* A bridge that somebody else made is not his who is alone in it. */
static void test_alone_in_a_bridge(void **state)
{
	struct bench bench;

	(void)state;
	start(&bench);
	bench_object(&bench, OBJECT_BRIDGE, "own-r", "", NULL, "own1");
	bench_run(&bench);
	expect(&bench, "POST", "bridges/own-r/moh", NULL, 200);
	store_set_owner(bench.server->store, OBJECT_BRIDGE, "own-r", "", "zeta");
	expect(&bench, "GET", "bridges/own-r", NULL, 200);
	expect(&bench, "POST", "bridges/own-r/moh", NULL, 403);
	expect(&bench, "DELETE", "bridges/own-r", NULL, 403);
	bench_object(&bench, OBJECT_BRIDGE, "own-b", "own-room", NULL, "own1");
	store_set_owner(bench.server->store, OBJECT_BRIDGE, "own-b", "own-room", "zeta");
	expect(&bench, "DELETE", "bridges/own-b", NULL, 200);
	bench_close(&bench);
}

static void test_names_on_the_console(void **state)
{
	static const struct {
		const char *target;
		int status;
	} rows[] = {
		{"/stasis/events?app=acme-%0aERROR", 400}, {"/stasis/events?app=acme-%1b%5b2J", 400},
		{"/stasis/events?app=acme-a,acme-%7f", 400}, {"/stasis/events?app=acme-%c2%9b2J", 400},
		{"/stasis/events?app=acme-%c2%a0%c3%bc", 101},
	};
	struct bench bench;
	struct wire wire;
	size_t i;

	(void)state;
	start(&bench);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		wire_open(&bench, &wire, "192.0.2.3");
		if (wire_socket(&bench, &wire, "acme:x", rows[i].target) != rows[i].status)
			fail_msg("%s: not %d", rows[i].target, rows[i].status);
		wire_close(&wire);
	}
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids_are_no_names),
		cmocka_unit_test(test_language),
		cmocka_unit_test(test_foreign_takes_as_long_as_absent),
		cmocka_unit_test(test_owner_of_the_dead),
		cmocka_unit_test(test_others_come_back),
		cmocka_unit_test(test_names_on_the_console),
		cmocka_unit_test(test_moved_channel),
		cmocka_unit_test(test_names_of_bridges),
		cmocka_unit_test(test_playbacks_in_a_worker),
		cmocka_unit_test(test_alone_in_a_bridge),
		cmocka_unit_test(test_parties_inside),
		cmocka_unit_test(test_filters_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
