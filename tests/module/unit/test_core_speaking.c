/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Who is told who speaks: the event and its place in the stream, the snapshot, the answer, JSON
 * and XML; filters, tenants, clients of plain ARI, and the switches.
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

#define USERS "[admin]\npassword=x\n[deaf]\npassword=x\nspeakers=no\n" \
	      "[quiet]\ntype=group\nspeakers=no\n[quieter]\npassword=x\ngroup=quiet\n" \
	      "[red]\npassword=x\nfollow=context:red\n" \
	      "[guest]\npassword=x\nfollow=context:red, bridge:shared\n"
#define QUICK "speakers_silence=100\nspeakers_debounce=100\n"
#define TYPE "\"type\":\"BridgeSpeakersChanged\""
#define WHO "/stasis/bridges/"

static const char *find(const struct wire *wire, const char *text)
{
	return wire->out.data ? memmem(wire->out.data, wire->out.len, text, strlen(text)) : NULL;
}

static void fill(struct bench *bench)
{
	bench_object(bench, OBJECT_CHANNEL, "r1", "PJSIP/r1", "red", NULL);
	bench_object(bench, OBJECT_CHANNEL, "r2", "PJSIP/r2", "red", NULL);
	bench_object(bench, OBJECT_CHANNEL, "b1", "PJSIP/b1", "blue", NULL);
	bench_object(bench, OBJECT_BRIDGE, "ours", "reds", NULL, "r1,r2");
	bench_object(bench, OBJECT_BRIDGE, "both", "shared", NULL, "b1");
}

static void watch(struct bench *bench, struct wire *wire, const char *user, const char *target)
{
	wire_open(bench, wire, user);
	assert_int_equal(wire_socket(bench, wire, user, target), 101);
	buf_clear(&wire->out);
}

/* Everything that was said until now has arrived. */
static void arrive(struct bench *bench, struct wire *wire)
{
	static const char mark[] = "{\"type\":\"ChannelDtmfReceived\",\"endpoint\":{}}";

	bench_event(bench, mark);
	assert_true(wire_wait(bench, wire, "ChannelDtmfReceived"));
}

static void test_event(void **state)
{
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, QUICK "speakers_threshold=300\n" USERS);
	fill(&bench);
	assert_int_equal(bench.listened, 3);
	assert_int_equal(bench.listen_level, 300);
	watch(&bench, &wire, "admin:x", "/stasis/events");
	bench_voice(&bench, "r1", 60);
	bench_voice(&bench, "r1", 60);
	assert_true(wire_wait(&bench, &wire, "\"joined\":[\"r1\"],\"left\":[],"
					     "\"asterisk_id\":\"the bench\"}"));
	assert_non_null(find(&wire, TYPE ",\"timestamp\":\"2"));
	assert_non_null(find(&wire, "\"bridge\":{\"id\":\"ours\",\"class\":1"));
	assert_non_null(find(&wire, "\"speakers\":[{\"id\":\"r1\",\"name\":\"PJSIP/r1\","
				    "\"since\":\"2"));
	buf_clear(&wire.out);
	/* Silence is told by time alone. */
	do
		server_tick(bench.server);
	while (!find(&wire, "\"speakers\":[],\"joined\":[],\"left\":[\"r1\"]") &&
	       bench_run(&bench));
	buf_clear(&wire.out);
	bench_voice(&bench, "r2", 200);
	bench_hold(&bench, "r2", true);
	assert_true(wire_wait(&bench, &wire, "\"speakers\":[],\"joined\":[],\"left\":[\"r2\"]"));
	bench_hold(&bench, "r2", false);
	bench_voice(&bench, "r2", 200);
	buf_clear(&wire.out);
	bench_gone(&bench, OBJECT_CHANNEL, "r2");
	assert_true(wire_wait(&bench, &wire, "\"left\":[\"r2\"]"));
	assert_int_equal(bench.listened, 2);
	bench_voice(&bench, "r1", 200);
	buf_clear(&wire.out);
	bench_gone(&bench, OBJECT_BRIDGE, "ours");
	assert_true(wire_wait(&bench, &wire, "\"left\":[\"r1\"]"));
	assert_int_equal(bench.listened, 1);
	wire_close(&wire);
	bench_close(&bench);
}

static void test_snapshot(void **state)
{
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, USERS);
	fill(&bench);
	bench_voice(&bench, "r1", 200);
	bench_voice(&bench, "b1", 200);
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "admin:x",
				     "/stasis/events?snapshot=true&filter=bridge:ours"), 101);
	assert_true(wire_wait(&bench, &wire, "SnapshotFinished"));
	assert_non_null(find(&wire, "{" TYPE));
	assert_non_null(find(&wire, "\"joined\":[\"r1\"],\"left\":[]"));
	assert_null(find(&wire, "\"joined\":[\"b1\"]"));
	wire_close(&wire);

	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_request(&bench, &wire, "admin:x", "GET", WHO "ours/speakers", NULL),
			 200);
	assert_non_null(find(&wire, "{\"bridge_id\":\"ours\",\"speakers\":[{\"id\":\"r1\","
				    "\"name\":\"PJSIP/r1\",\"since\":\"2"));
	assert_int_equal(wire_request(&bench, &wire, "admin:x", "GET", WHO "none/speakers", NULL),
			 404);
	assert_int_equal(wire_request(&bench, &wire, "admin:x", "POST", WHO "ours/speakers", NULL),
			 405);
	wire_close(&wire);
	bench_close(&bench);
}

static void test_xml(void **state)
{
	static const char ask[] = "GET " WHO "ours/speakers HTTP/1.1\r\nHost: t\r\n"
		"Authorization: Basic YWRtaW46eA==\r\nAccept: application/xml\r\n\r\n";
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, USERS);
	fill(&bench);
	bench_voice(&bench, "r1", 200);
	wire_open(&bench, &wire, "a");
	wire_send(&wire, ask, strlen(ask));
	assert_true(wire_wait(&bench, &wire, "</bridgeSpeakers>"));
	assert_non_null(find(&wire, "<bridge_id>ours</bridge_id>"));
	assert_non_null(find(&wire, "<id>r1</id><name>PJSIP/r1</name><since>2"));
	wire_close(&wire);
	bench_close(&bench);
}

/* Two tenants in one bridge, which a guest may follow by its name. */
static void test_tenants(void **state)
{
	struct bench bench;
	struct wire red, guest;

	(void)state;
	bench_open(&bench, USERS);
	fill(&bench);
	bench_object(&bench, OBJECT_CHANNEL, "r3", "PJSIP/r3", "red", NULL);
	bench_object(&bench, OBJECT_BRIDGE, "both", "shared", NULL, "b1,r3");
	watch(&bench, &red, "red:x", "/stasis/events");
	watch(&bench, &guest, "guest:x", "/stasis/events");
	bench_voice(&bench, "r1", 200);
	bench_voice(&bench, "b1", 200);
	bench_voice(&bench, "r3", 200);
	assert_true(wire_wait(&bench, &red, "\"joined\":[\"r1\"],\"left\":[]"));
	assert_true(wire_wait(&bench, &guest, "\"joined\":[\"r3\"],\"left\":[]"));
	assert_null(find(&red, "\"both\""));
	assert_null(find(&red, "r3"));
	assert_non_null(find(&guest, "\"id\":\"both\""));
	assert_null(find(&guest, "b1"));
	assert_null(find(&guest, "\"joined\":[],\"left\":[]"));
	wire_close(&red);
	wire_close(&guest);

	wire_open(&bench, &red, "a");
	assert_int_equal(wire_request(&bench, &red, "red:x", "GET", WHO "ours/speakers", NULL), 200);
	assert_int_equal(wire_request(&bench, &red, "red:x", "GET", WHO "both/speakers", NULL), 404);
	assert_int_equal(wire_request(&bench, &red, "guest:x", "GET", WHO "both/speakers", NULL),
			 200);
	assert_non_null(find(&red, "\"speakers\":[{\"id\":\"r3\""));
	assert_null(find(&red, "b1"));
	wire_close(&red);
	watch(&bench, &guest, "guest:x", "/stasis/events?snapshot=true");
	assert_null(find(&guest, "b1"));
	wire_close(&guest);
	bench_close(&bench);
}

/* Who comes back hears what he missed, of channels that are gone by then, too; and no more. */
static void test_resume(void **state)
{
	char target[80];
	struct bench bench;
	struct wire wire;
	const char *at;
	int seq;

	(void)state;
	bench_open(&bench, USERS);
	fill(&bench);
	bench_object(&bench, OBJECT_BRIDGE, "both", "shared", NULL, "b1,r2");
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "guest:x", "/stasis/events"), 101);
	assert_true(wire_wait(&bench, &wire, "StreamStarted"));
	at = find(&wire, "\"epoch\":\"");
	assert_int_equal(sscanf(find(&wire, "\"seq\":"), "\"seq\":%d", &seq), 1);
	snprintf(target, sizeof(target), "/stasis/events?since=%.16s:%d", at + 9, seq);
	wire_close(&wire);
	bench_voice(&bench, "b1", 300);
	bench_voice(&bench, "r2", 300);
	bench_gone(&bench, OBJECT_CHANNEL, "r2");
	bench_gone(&bench, OBJECT_CHANNEL, "b1");
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "guest:x", target), 101);
	assert_true(wire_wait(&bench, &wire, "StreamResumed"));
	assert_true(wire_wait(&bench, &wire, "\"joined\":[\"r2\"],\"left\":[]"));
	assert_true(wire_wait(&bench, &wire, "\"speakers\":[],\"joined\":[],\"left\":[\"r2\"]"));
	assert_null(find(&wire, "b1"));
	assert_null(find(&wire, "\"joined\":[],\"left\":[]"));
	wire_close(&wire);
	bench_close(&bench);
}

static void test_filters(void **state)
{
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, USERS);
	fill(&bench);
	watch(&bench, &wire, "admin:x",
	      "/stasis/events?filter=type:ChannelDtmf*,type:BridgeSpeakersChanged,-channel:PJSIP/r1");
	bench_voice(&bench, "r1", 200);
	bench_voice(&bench, "b1", 200);
	arrive(&bench, &wire);
	assert_null(find(&wire, "\"joined\":[\"r1\"]"));
	assert_non_null(find(&wire, "\"joined\":[\"b1\"]"));
	wire_close(&wire);
	bench_close(&bench);
}

/* A client of plain ARI, and one that subscribed to nothing. */
static void test_ari(void **state)
{
	struct bench bench;
	struct wire ari, ours;

	(void)state;
	bench_open(&bench, USERS);
	fill(&bench);
	watch(&bench, &ari, "admin:x", "/ari/events?app=a&subscribeAll=true");
	watch(&bench, &ours, "admin:x", "/stasis/events?app=b&subscribeAll=true");
	bench_voice(&bench, "r1", 200);
	arrive(&bench, &ari);
	assert_null(find(&ari, TYPE));
	assert_true(wire_wait(&bench, &ours, "{\"application\":\"b\"," TYPE));
	wire_close(&ari);
	wire_close(&ours);
	bench_run(&bench);
	bench_close(&bench);
}

static void test_users(void **state)
{
	static const char *const deaf[] = {"deaf:x", "quieter:x"};
	struct bench bench;
	struct wire wire;
	size_t i;

	(void)state;
	bench_open(&bench, USERS);
	fill(&bench);
	for (i = 0; i < 2; i++) {
		wire_open(&bench, &wire, "a");
		assert_int_equal(wire_request(&bench, &wire, deaf[i], "GET", WHO "ours/speakers",
					      NULL), 403);
		wire_close(&wire);
		watch(&bench, &wire, deaf[i], "/stasis/events?snapshot=true");
		bench_voice(&bench, "r1", 200);
		arrive(&bench, &wire);
		assert_null(find(&wire, TYPE));
		wire_close(&wire);
	}
	bench_close(&bench);
}

/* Off, on and half on, by reloads while somebody speaks. */
static void test_switch(void **state)
{
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, USERS);
	fill(&bench);
	watch(&bench, &wire, "admin:x", "/stasis/events");
	bench_voice(&bench, "r1", 200);
	assert_true(wire_wait(&bench, &wire, "\"joined\":[\"r1\"]"));
	bench_reload(&bench, "speakers=no\n" USERS);
	assert_int_equal(bench.listened, 0);
	assert_true(wire_wait(&bench, &wire, "\"left\":[\"r1\"]"));
	wire_close(&wire);
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_request(&bench, &wire, "admin:x", "GET", WHO "ours/speakers", NULL),
			 409);
	wire_close(&wire);
	bench_object(&bench, OBJECT_BRIDGE, "both", "shared", NULL, "b1");
	assert_int_equal(bench.listened, 0);
	bench_technology(&bench, "both", "native_rtp", "b1");
	bench_reload(&bench, "speakers=relayed\n" USERS);
	assert_int_equal(bench.listened, 2);
	bench_technology(&bench, "both", "softmix", "b1");
	assert_int_equal(bench.listened, 3);
	bench_reload(&bench, "speakers=yes\n" USERS);
	bench_technology(&bench, "both", "native_rtp", "b1");
	assert_int_equal(bench.listened, 3);
	bench_technology(&bench, "both", "holding_bridge", "b1");
	assert_int_equal(bench.listened, 2);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_event),	cmocka_unit_test(test_snapshot),
		cmocka_unit_test(test_xml),	cmocka_unit_test(test_tenants),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_filters), cmocka_unit_test(test_ari),
		cmocka_unit_test(test_users),	cmocka_unit_test(test_switch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
