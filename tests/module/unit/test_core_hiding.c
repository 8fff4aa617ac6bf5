/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What a user with limits sees of things that are his only in part: bridges with foreign members,
 * in answers, lists, snapshots and events; and channels told apart by their tenant ids.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../../module/core/cut.h"
#include "../../../module/core/fanout.h"
#include "bench_host.h"

static const char conf[] =
	"request_rate=0\n[admin]\npassword=x\n"
	"[scoped]\npassword=x\nfollow=channel:own*,bridge:own*,application:own\n"
	"manipulate=channel:own*,bridge:own*,application:own\n"
	"[acme]\npassword=x\nfollow=tenant:acme\nmanipulate=tenant:acme\n"
	"[zeta]\npassword=x\nfollow=tenant:z*\n";

#define BRIDGE(more) "{\"id\":\"ownmix\",\"bridge_type\":\"mixing\"," more "\"name\":\"b\"}"
#define MIXED BRIDGE("\"channels\":[\"foreign\",\"own1\",\"unknown\",\"own2\"],")
#define CUT BRIDGE("\"channels\":[\"own1\",\"own2\"],")

static void add_world(struct bench *bench)
{
	bench_open(bench, conf);
	bench_object(bench, OBJECT_CHANNEL, "own1", "own1", NULL, NULL);
	bench_object(bench, OBJECT_CHANNEL, "own2", "own2", NULL, NULL);
	bench_object(bench, OBJECT_CHANNEL, "foreign", "foreign", NULL, NULL);
	bench_object(bench, OBJECT_BRIDGE, "ownmix", "ownmix", NULL, "foreign");
}

static bool has(const struct wire *wire, const char *text)
{
	return wire->out.len && memmem(wire->out.data, wire->out.len, text, strlen(text));
}

/* The cut of TEXT for the user, or TEXT; each is compared with what must come out. */
static void check_cut(struct bench *bench, const char *user, const char *text, const char *expected)
{
	const struct user *who = config_user(bench->server->config, user);
	struct buf out = {0};

	if (!cut_event(who, bench->server->store, text, strlen(text), &out)) {
		assert_int_equal(out.len, 0);
		buf_adds(&out, text);
	}
	assert_string_equal(out.data, expected);
	buf_free(&out);
}

static void test_texts(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"{\"type\":\"E\",\"bridge\":" MIXED ",\"n\":1}",
		 "{\"type\":\"E\",\"bridge\":" CUT ",\"n\":1}"},
		{"{\"bridge\":" CUT ",\"bridge_from\":" MIXED "}",
		 "{\"bridge\":" CUT ",\"bridge_from\":" CUT "}"},
		{"{\"b\":" BRIDGE("\"channels\":[\"own1\"],\"video_source_id\":\"foreign\",") "}",
		 "{\"b\":" BRIDGE("\"channels\":[\"own1\"],") "}"},
		{"{\"b\":" BRIDGE("\"channels\":[\"foreign\"],\"video_source_id\":\"own1\",") "}",
		 "{\"b\":" BRIDGE("\"channels\":[],\"video_source_id\":\"own1\",") "}"},
		{"{\"b\":" BRIDGE("\"channels\":[\"own\\u0031\",\"f\\u006freign\"],") "}",
		 "{\"b\":" BRIDGE("\"channels\":[\"own\\u0031\"],") "}"},
		/* Nothing to hide; no bridge; what a user event says of itself. */
		{"{\"bridge\":" CUT "}", "{\"bridge\":" CUT "}"},
		{"{\"bridge\":" BRIDGE("\"channels\":[],") "}", "{\"bridge\":" BRIDGE("\"channels\":[],") "}"},
		{"{\"type\":\"E\"}", "{\"type\":\"E\"}"},
		{"{\"userevent\":{\"channels\":[\"foreign\"]}}", "{\"userevent\":{\"channels\":[\"foreign\"]}}"},
	};
	struct bench bench;
	size_t i;

	(void)state;
	add_world(&bench);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_cut(&bench, "scoped", cases[i].text, cases[i].expected);
		check_cut(&bench, "admin", cases[i].text, cases[i].text);
	}
	bench_close(&bench);
}

static void test_answers(void **state)
{
	static const char *const asked[][2] = {
		{"GET", "/stasis/bridges/ownmix"}, {"POST", "/stasis/bridges/ownnew"},
		{"POST", "/stasis/bridges?name=own-x"},
	};
	struct bench bench;
	struct wire wire;
	size_t i;

	(void)state;
	add_world(&bench);
	bench.answer = MIXED;
	wire_open(&bench, &wire, "a");
	for (i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		assert_int_equal(wire_request(&bench, &wire, "scoped:x", asked[i][0], asked[i][1], NULL),
				 200);
		assert_true(has(&wire, "\r\n\r\n" CUT));
		assert_int_equal(wire_request(&bench, &wire, "admin:x", asked[i][0], asked[i][1], NULL),
				 200);
		assert_true(has(&wire, "\r\n\r\n" MIXED));
	}
	assert_int_equal(wire_request(&bench, &wire, "scoped:x", "GET", "/stasis/bridges", NULL), 200);
	assert_true(has(&wire, "\"id\":\"ownmix\""));
	assert_false(has(&wire, "foreign"));
	assert_int_equal(wire_request(&bench, &wire, "admin:x", "GET", "/stasis/bridges", NULL), 200);
	assert_true(has(&wire, "\"channels\":[\"foreign\"]"));
	wire_close(&wire);
	bench_close(&bench);
}

static void test_sockets(void **state)
{
	struct wire scoped, admin, app;
	struct bench bench;

	(void)state;
	add_world(&bench);
	bench.answer = MIXED;
	wire_open(&bench, &scoped, "a");
	wire_open(&bench, &admin, "a");
	wire_open(&bench, &app, "a");
	assert_int_equal(wire_socket(&bench, &admin, "admin:x", "/stasis/events?snapshot=true"), 101);
	assert_int_equal(wire_socket(&bench, &scoped, "scoped:x", "/stasis/events?snapshot=true"), 101);
	assert_int_equal(wire_socket(&bench, &app, "scoped:x", "/stasis/events?app=own"), 101);
	assert_true(wire_wait(&bench, &scoped, "SnapshotFinished"));
	assert_true(has(&scoped, "\"id\":\"ownmix\""));
	wire_text(&scoped, "{\"type\":\"RESTRequest\",\"method\":\"GET\",\"uri\":\"bridges/ownmix\"}");
	assert_true(wire_wait(&bench, &scoped, "\\\"channels\\\":[\\\"own1\\\",\\\"own2\\\"]"));
	bench_event(&bench, "{\"type\":\"BridgeCreated\",\"bridge\":" MIXED "}");
	assert_true(wire_wait(&bench, &scoped, "\"type\":\"BridgeCreated\",\"bridge\":" CUT));
	assert_true(wire_wait(&bench, &admin, "\"type\":\"BridgeCreated\",\"bridge\":" MIXED));
	assert_false(has(&scoped, "foreign"));
	bench_app_event(&bench, 3, "own", "{\"type\":\"BridgeDestroyed\",\"bridge\":" MIXED "}");
	assert_true(wire_wait(&bench, &app, "\"type\":\"BridgeDestroyed\",\"bridge\":" CUT));
	assert_false(has(&app, "foreign"));
	wire_close(&scoped);
	wire_close(&admin);
	wire_close(&app);
	bench_close(&bench);
}

/* Resumed, too. */
static void test_resumed(void **state)
{
	struct bench bench;
	struct wire wire;
	char target[80];
	const char *at;

	(void)state;
	add_world(&bench);
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "scoped:x", "/stasis/events"), 101);
	assert_true(wire_wait(&bench, &wire, "StreamStarted"));
	at = memmem(wire.out.data, wire.out.len, "\"epoch\":\"", 9);
	snprintf(target, sizeof(target), "/stasis/events?since=%.16s:%llu", at + 9,
		 bench.server->fanout->seq);
	bench_event(&bench, "{\"type\":\"BridgeCreated\",\"bridge\":" MIXED "}");
	assert_true(wire_wait(&bench, &wire, "BridgeCreated"));
	wire_close(&wire);
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "scoped:x", target), 101);
	assert_true(wire_wait(&bench, &wire, "\"type\":\"BridgeCreated\",\"bridge\":" CUT));
	wire_close(&wire);
	bench_close(&bench);
}

/* Two bridges that become one are told to who may see both. */
static void test_merged(void **state)
{
	struct bench bench;
	struct wire wire;

	(void)state;
	add_world(&bench);
	bench_object(&bench, OBJECT_BRIDGE, "alien", "alien", NULL, "foreign");
	bench_object(&bench, OBJECT_BRIDGE, "own2", "own2", NULL, NULL);
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, "scoped:x", "/stasis/events"), 101);
#define OF(id) "{\"id\":\"" id "\",\"bridge_type\":\"\",\"channels\":[]}"
	bench_event(&bench, "{\"type\":\"BridgeMerged\",\"n\":1,\"bridge\":" OF("ownmix")
			    ",\"bridge_from\":" OF("alien") "}");
	bench_event(&bench, "{\"type\":\"BridgeMerged\",\"n\":2,\"bridge\":" OF("alien")
			    ",\"bridge_from\":" OF("ownmix") "}");
	bench_event(&bench, "{\"type\":\"BridgeMerged\",\"n\":3,\"bridge\":" OF("ownmix")
			    ",\"bridge_from\":" OF("own2") "}");
	assert_true(wire_wait(&bench, &wire, "\"n\":3"));
	assert_false(has(&wire, "\"n\":1"));
	assert_false(has(&wire, "\"n\":2"));
	wire_close(&wire);
	bench_close(&bench);
}

#define SAYS(id, tenant) "{\"type\":\"ChannelVarset\",\"channel\":{\"id\":\"" id "\",\"name\":\"" \
	id "\",\"tenantid\":\"" tenant "\",\"dialplan\":{\"context\":\"x\"}}}"

static void test_tenants(void **state)
{
	static const struct {
		const char *user, *method, *id;
		int status;
	} cases[] = {
		{"acme:x", "GET", "own-a", 200},	{"acme:x", "GET", "own-z", 404},
		{"acme:x", "GET", "own-none", 404},	{"acme:x", "DELETE", "own-a", 200},
		{"acme:x", "DELETE", "own-z", 404},	{"zeta:x", "GET", "own-z", 200},
		{"zeta:x", "DELETE", "own-z", 403},	{"zeta:x", "GET", "own-a", 404},
		{"zeta:x", "GET", "own-x", 404},	{"admin:x", "GET", "own-a", 200},
	};
	struct wire wire, events;
	struct bench bench;
	char target[80];
	size_t i;

	(void)state;
	bench_open(&bench, conf);
	bench_channel(&bench, "own-a", "acme", NULL);
	bench_channel(&bench, "own-z", "zeta", NULL);
	bench_channel(&bench, "own-x", "acme2", NULL);
	bench_channel(&bench, "own-none", "", NULL);
	wire_open(&bench, &wire, "a");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(target, sizeof(target), "/stasis/channels/%s", cases[i].id);
		assert_int_equal(wire_request(&bench, &wire, cases[i].user, cases[i].method, target,
					      NULL), cases[i].status);
	}
	assert_int_equal(wire_request(&bench, &wire, "acme:x", "GET", "/stasis/channels", NULL), 200);
	assert_true(has(&wire, "[{\"id\":\"own-a\",\"class\":0}]"));
	wire_open(&bench, &events, "a");
	assert_int_equal(wire_socket(&bench, &events, "acme:x", "/stasis/events"), 101);
	bench_event(&bench, SAYS("own-z", "zeta"));
	bench_event(&bench, SAYS("own-none", ""));
	bench_event(&bench, SAYS("own-x", "acme2"));
	bench_event(&bench, SAYS("own-gone", "acme"));	/* known from the event alone */
	bench_event(&bench, SAYS("own-a", "acme"));
	assert_true(wire_wait(&bench, &events, "own-a"));
	assert_true(has(&events, "own-gone"));
	assert_false(has(&events, "own-z") || has(&events, "own-none") || has(&events, "own-x"));
	wire_close(&events);
	wire_close(&wire);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_sockets),
		cmocka_unit_test(test_resumed),
		cmocka_unit_test(test_merged),
		cmocka_unit_test(test_tenants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
