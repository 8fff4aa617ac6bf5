/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Two tenants and a wallboard that try what they must not, in the spellings that Asterisk reads
 * in another way than they look. What the host gets must be what was judged.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ari/operation.h"
#include "bench_host.h"

static const char conf[] =
	"max_connections_per_address=1000\nmax_connections_per_user=1000\nmax_connections=1000\n"
	"request_rate=0\n"
	"[admin]\npassword=x\n"
	"[acme]\npassword=x\nfollow=context:acme-*, channel:own*, bridge:own*, application:acme-*, "
	"recording:acme-*\n"
	"manipulate=context:acme-*, channel:own*, bridge:own*, application:acme-*, recording:acme-*\n"
	"originate_rate=0\n"
	"originate=endpoint:Local/*@acme-in, endpoint:PJSIP/acme-*, endpoint:PJSIP/*@acmetrunk, "
	"endpoint:PJSIP/acmeout/sip:*@carrier, endpoint:SIP/acme-*, endpoint:SIP/trunk/*, "
	"endpoint:SIP/*@trunk, endpoint:IAX2/trunk/*, endpoint:DAHDI/g1/*, endpoint:DAHDI/i?-g2/0*, "
	"endpoint:AudioSocket/10.0.0.1:9092/*, endpoint:UnicastRTP/10.0.*.1:5000, "
	"endpoint:WebSocket/media?, endpoint:Motif/acme-*, endpoint:Console/dsp, "
	"endpoint:ExternalMedia/10.0.0.*:*, endpoint:ExternalMedia/media-in, "
	"context:acme-*, application:acme-*\n"
	"[reader]\npassword=x\nread_only=yes\n";

static int bench_ask(struct bench *bench, const char *user, const char *method, const char *target,
		     const char *body)
{
	struct buf full = {0};
	struct wire wire;
	int status;

	buf_addf(&full, "/stasis/%s", target);
	wire_open(bench, &wire, "192.0.2.3");
	status = wire_request(bench, &wire, user, method, full.data, body);
	wire_close(&wire);
	buf_free(&full);
	return status;
}

/* Over REST and over a WebSocket alike. */
static void expect(struct bench *bench, const char *user, const char *method, const char *target,
		   const char *body, int status)
{
	struct buf text = {0};
	struct wire wire;
	const char *at;
	int got = bench_ask(bench, user, method, target, body);

	if (got != status)
		fail_msg("%s %s %s %s: %d instead of %d", user, method, target, body ? body : "", got,
			 status);
	wire_open(bench, &wire, "192.0.2.4");
	assert_int_equal(wire_socket(bench, &wire, user, "/stasis/events"), 101);
	buf_addf(&text, "{\"type\":\"RESTRequest\",\"method\":\"%s\",\"uri\":", method);
	buf_add_json(&text, target, strlen(target));
	if (body) {
		buf_adds(&text, ",\"content_type\":\"application/json\",\"message_body\":");
		buf_add_json(&text, body, strlen(body));
	}
	buf_addc(&text, '}');
	wire_text(&wire, text.data);
	assert_true(wire_wait(bench, &wire, "\"status_code\":"));
	at = memmem(wire.out.data, wire.out.len, "\"status_code\":", 14);
	if (strtol(at + 14, NULL, 10) != status)
		fail_msg("%s %s %s: %ld over a WebSocket instead of %d", user, method, target,
			 strtol(at + 14, NULL, 10), status);
	wire_close(&wire);
	buf_free(&text);
}

static void start(struct bench *bench)
{
	bench_open(bench, conf);
	bench_object(bench, OBJECT_CHANNEL, "own", "own", "acme-in", NULL);
	bench_object(bench, OBJECT_CHANNEL, "own2", "own2", "default", NULL);
	bench_object(bench, OBJECT_CHANNEL, "foreign", "Local/zeta", "zeta-in", NULL);
	bench_object(bench, OBJECT_BRIDGE, "own", "own", NULL, NULL);
	bench_object(bench, OBJECT_BRIDGE, "foreign", "zeta", NULL, "foreign");
}

/* Asterisk's handlers follow a NULL where something is missing: they are not called. */
static void test_missing_parameters(void **state)
{
	static const char *const targets[] = {
		"bridges/own/variable", "bridges/own/record", "channels/own/record",
		"channels/own/move", "channels/own/snoop", "channels/own/play",
	};
	struct bench bench;
	size_t i;
	int calls;

	(void)state;
	start(&bench);
	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		calls = bench.calls;
		expect(&bench, "acme:x", "POST", targets[i], NULL, 400);
		expect(&bench, "admin:x", "POST", targets[i], NULL, 400);
		assert_int_equal(bench.calls, calls);
	}
	expect(&bench, "admin:x", "POST", "bridges/own/variable", "{\"variable\":null}", 400);
	expect(&bench, "admin:x", "POST", "bridges/own/variable", "{\"variable\":5}", 400);
	expect(&bench, "admin:x", "POST", "channels/own/play", "{\"media\":[\"sound:a\",null]}", 400);
	/* And what is merely odd goes on for those who may do everything. */
	expect(&bench, "admin:x", "POST", "channels?endpoint=PJSIP/a&app=b", "{\"context\":null}", 200);
	bench_close(&bench);
}

/* Whoever may only look never gets to a handler that changes something. */
static void test_reader_reaches_no_change(void **state)
{
	const struct ari_operation *ops;
	struct bench bench;
	size_t n, i;

	(void)state;
	start(&bench);
	ops = ari_operations(&n);
	for (i = 0; i < n; i++) {
		struct buf target = {0};
		const char *p;

		if (!strcmp(ops[i].method, "GET"))
			continue;
		for (p = ops[i].path + 1; *p; p++) {
			if (*p == '{')
				buf_adds(&target, "nothere");
			p += *p == '{' ? strcspn(p, "}") : 0;
			if (*p != '}')
				buf_addc(&target, *p);
		}
		assert_int_equal(bench_ask(&bench, "reader:x", ops[i].method, target.data, NULL), 403);
		buf_free(&target);
	}
	assert_int_equal(bench.calls, 0);
	bench_close(&bench);
}

static void test_recording_names(void **state)
{
	struct bench bench;

	(void)state;
	start(&bench);
	expect(&bench, "acme:x", "GET", "recordings/stored/acme-d%2ff/file", NULL, 404);
	assert_string_equal(bench.last_call, "GET recordings/stored/acme-d%2Ff/file");
	expect(&bench, "acme:x", "GET", "recordings/stored/acme-d%2f..%2fzeta-s/file", NULL, 400);
	expect(&bench, "acme:x", "DELETE", "recordings/stored/acme-d%2f..%2fzeta-s", NULL, 400);
	expect(&bench, "admin:x", "DELETE", "recordings/stored/a%2f..%2fzeta-s", NULL, 400);
	expect(&bench, "acme:x", "POST", "channels/own/record?name=acme-d/../zeta&format=wav", NULL,
	       400);
	expect(&bench, "acme:x", "POST", "channels/own/record?format=wav",
	       "{\"name\":\"acme-d/./x\"}", 400);
	expect(&bench, "acme:x", "POST",
	       "recordings/stored/acme-a/copy?destinationRecordingName=acme-d//x", NULL, 400);
	expect(&bench, "acme:x", "POST", "channels/own/play?media=recording:acme-d/../zeta", NULL, 400);
	expect(&bench, "acme:x", "POST", "channels/own/play?media=recording:acme-d/x", NULL, 200);
	bench_close(&bench);
}

/* Asterisk takes these out of lists, so that another name is left. */
static void test_lists(void **state)
{
	struct bench bench;

	(void)state;
	start(&bench);
	expect(&bench, "acme:x", "POST", "channels?endpoint=PJSIP/acme-1&app=acme-a&channelId=z%5c1",
	       NULL, 400);
	expect(&bench, "acme:x", "POST", "channels/z%5c1?endpoint=PJSIP/acme-1&app=acme-a", NULL, 400);
	expect(&bench, "acme:x", "POST", "bridges/own/addChannel?channel=forei%5cgn", NULL, 400);
	expect(&bench, "acme:x", "POST", "bridges/own/addChannel?channel=%22own%22", NULL, 400);
	expect(&bench, "acme:x", "POST", "bridges/own/addChannel?channel=own[", NULL, 400);
	expect(&bench, "acme:x", "POST", "bridges/own/addChannel", "{\"channel\":[\"own,own2\"]}", 400);
	expect(&bench, "acme:x", "POST", "bridges/own/addChannel?channel=+own,,%20own2,", NULL, 200);
	assert_string_equal(bench.last_params, "channel=own,own2;");
	expect(&bench, "acme:x", "POST", "bridges/own/addChannel?channel=foreign",
	       "{\"channel\":[\"own\",\"own2\"]}", 200);
	assert_string_equal(bench.last_params, "channel=own,own2;{}");
	expect(&bench, "acme:x", "POST",
	       "applications/acme-a/subscription?eventSource=channel:forei%5cgn", NULL, 400);
	expect(&bench, "acme:x", "POST", "channels/own/play?media=sound:.%5c./.%5c./x", NULL, 400);
	expect(&bench, "acme:x", "POST", "channels/own/play?media=sound:a/../x", NULL, 403);
	bench_close(&bench);
}

static void test_body_and_query(void **state)
{
	const char *place = "channels?endpoint=PJSIP/acme-1&context=acme-in&extension=1";
	struct bench bench;

	(void)state;
	start(&bench);
	expect(&bench, "acme:x", "POST", place, NULL, 200);
	expect(&bench, "acme:x", "POST", place, "{\"context\":null}", 400);
	expect(&bench, "acme:x", "POST", place, "{\"context\":7}", 400);
	expect(&bench, "acme:x", "POST", place, "{\"context\":\"zeta-in\"}", 403);
	expect(&bench, "acme:x", "POST", place, "{\"conte\\u0078t\":\"zeta-in\"}", 403);
	expect(&bench, "acme:x", "POST", place, "[1]", 400);
	expect(&bench, "acme:x", "POST", "channels?endpoint=PJSIP/acme-1&context=&extension=1", NULL,
	       403);
	expect(&bench, "acme:x", "POST",
	       "channels?endpoint=PJSIP/acme-1&app=acme-a&extension=1&bogus=1", "{\"app\":5}", 400);
	/* What has no meaning, and what was overridden, does not get to the host. */
	expect(&bench, "acme:x", "POST",
	       "channels?endpoint=PJSIP/zeta&endpoint=PJSIP/acme-1&context=zeta-in&extension=1&x=y",
	       "{\"context\":\"acme-in\",\"timeout\":7,\"variables\":{\"A\":\"b\"},\"odd\":1}", 200);
	assert_string_equal(bench.last_params, "endpoint=PJSIP/acme-1;context=acme-in;extension=1;"
					       "timeout=7;{\"variables\":{\"A\":\"b\"}}");
	bench_close(&bench);
}

static void test_endpoints(void **state)
{
	static const struct {
		const char *endpoint;
		int status;
		const char *canonical;
	} cases[] = {
		{"Local/100@acme-in", 200, "Local/100@acme-in"},
		{"local/100@acme-in/n", 200, "Local/100@acme-in/n"},
		{"Local/100/@acme-in", 403, NULL},
		{"Local/100@zeta-in/@acme-in", 403, NULL},
		{"Local/100@zeta-in@acme-in", 403, NULL},
		{"Local/100", 403, NULL},
		{"Local/100@", 403, NULL},
		{"Local/100@acme-in/x", 403, NULL},
		{"Local/1%262@acme-in", 403, NULL},
		{"PJSIP/acme-1", 200, "PJSIP/acme-1"},
		{"pjsip/acme-1", 200, "PJSIP/acme-1"},
		{"PJSIP/x@acme-1", 200, "PJSIP/x@acme-1"},
		{"PJSIP/acme-1@bob", 403, NULL},
		{"PJSIP/acme-1@bob@acmetrunk", 403, NULL},
		{"PJSIP/100@acmetrunk", 200, "PJSIP/100@acmetrunk"},
		{"PJSIP/acme-1/sip:x@evil", 403, NULL},
		{"PJSIP/acmeout/sip:1@carrier", 200, "PJSIP/acmeout/sip:1@carrier"},
		{"PJSIP/acmeout/sip:1@evil", 403, NULL},
		{"PJSIP/acme-1%26PJSIP/bob", 403, NULL},
		{"PJSIP/acme-%5c1", 403, NULL},
		/* Peer or host, number, proxy; user:secret:md5:name:transport before the at-sign. */
		{"SIP/acme-1", 200, "SIP/acme-1"},
		{"sip/acme-22", 200, "SIP/acme-22"},
		{"SIP/acme-1@evil", 403, NULL},
		{"SIP/acme-1:5070", 403, NULL},
		{"SIP/acme-1.evil", 403, NULL},
		{"SIP/acme-1/555", 403, NULL},
		{"SIP/acme-1!evil@evil", 403, NULL},
		{"SIP/trunk/555", 200, "SIP/trunk/555"},
		{"SIP/trunk/*72%2315", 200, "SIP/trunk/*72#15"},
		{"SIP/trunk/", 200, "SIP/trunk/"},
		{"SIP/trunk/555/evil", 403, NULL},
		{"SIP/trunk/555//evil", 403, NULL},
		{"SIP/trunk", 403, NULL},
		{"SIP/trunk@evil/555", 403, NULL},
		{"SIP//trunk/555", 403, NULL},
		{"SIP/555@trunk", 200, "SIP/555@trunk"},
		{"SIP/555:x@trunk", 403, NULL},
		{"SIP/555@trunk/1", 403, NULL},
		{"SIP/555@evil@trunk", 403, NULL},
		{"SIPX/trunk/555", 403, NULL},
		/* [user[:secret]@]peer[:port][/number[@context]][/options] */
		{"IAX2/trunk/555", 200, "IAX2/trunk/555"},
		{"iax2/trunk/555", 200, "IAX2/trunk/555"},
		{"IAX2/trunk/555@ctx", 403, NULL},
		{"IAX2/trunk/555/a", 403, NULL},
		{"IAX2/u:p@trunk/555", 403, NULL},
		{"IAX2/trunk:99/555", 403, NULL},
		{"IAX2/trunk", 403, NULL},
		/* [i<span>-]<group>[letters][/number[/options]], or subdir!channel */
		{"DAHDI/g1/555", 200, "DAHDI/g1/555"},
		{"DAHDI/G1/555", 403, NULL},
		{"DAHDI/g11/555", 403, NULL},
		{"DAHDI/g1c/555", 403, NULL},
		{"DAHDI/g1/555/K", 403, NULL},
		{"DAHDI/dir!g1/555", 403, NULL},
		{"DAHDI/i3-g2/0555", 200, "DAHDI/i3-g2/0555"},
		{"DAHDI/i3-g2/1555", 403, NULL},
		/* host:port/uuid[/options] */
		{"AudioSocket/10.0.0.1:9092/40325ec2-5efd-4bd3-805f-53576e581d13", 200,
		 "AudioSocket/10.0.0.1:9092/40325ec2-5efd-4bd3-805f-53576e581d13"},
		{"AudioSocket/10.0.0.2:9092/40325ec2", 403, NULL},
		{"AudioSocket/10.0.0.1:9092/4/c", 403, NULL},
		{"UnicastRTP/10.0.7.1:5000", 200, "UnicastRTP/10.0.7.1:5000"},
		{"UnicastRTP/10.0.7.8.1:5000", 403, NULL},
		{"UnicastRTP/10.0.7.1:5000/c", 403, NULL},
		{"UnicastRTP/10.0.7:5000@10.0.1.1:5000", 403, NULL},
		{"WebSocket/media1", 200, "WebSocket/media1"},
		{"WebSocket/media1/n", 403, NULL},
		{"WebSocket/media/", 403, NULL},
		{"WebSocket/media1/v(x=y)", 403, NULL},
		{"WebSocket/INCOMING", 403, NULL},
		/* Of what is not known here a wildcard is no wildcard. */
		{"Motif/acme-1", 403, NULL},
		{"Motif/acme-*", 200, "Motif/acme-*"},
		{"Console/dsp", 200, "Console/dsp"},
		{"Console/dsp2", 403, NULL},
		{"console/dsp", 403, NULL},
		{"Message/x", 403, NULL},
		{"Surrogate/x", 403, NULL},
		{"ExternalMedia/10.0.0.1:1", 403, NULL},
		{"SIP", 403, NULL},
		{"/trunk", 403, NULL},
	};
	struct bench bench;
	char text[128];
	size_t i;

	(void)state;
	start(&bench);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "channels?app=acme-a&endpoint=%s", cases[i].endpoint);
		expect(&bench, "acme:x", "POST", text, NULL, cases[i].status);
		if (!cases[i].canonical)
			continue;
		snprintf(text, sizeof(text), "app=acme-a;endpoint=%s;", cases[i].canonical);
		assert_string_equal(bench.last_params, text);
	}
	bench_close(&bench);
}

static void test_external_media(void **state)
{
	static const struct {
		const char *params;
		int status;
	} cases[] = {
		{"external_host=10.0.0.7:4000", 200},
		{"external_host=10.0.0.7.evil:4000", 403},
		{"external_host=10.0.0.7", 403},
		{"external_host=10.0.0.7:4000:5", 403},
		{"external_host=10.0.0.7@evil:4000", 403},
		{"external_host=10.0.0.7:4000/x", 400},
		{"external_host=evil:4000", 403},
		{"external_host=media-in&transport=websocket&encapsulation=none", 200},
		{"external_host=media-out&transport=websocket&encapsulation=none", 403},
		{"transport=websocket&encapsulation=none&connection_type=server", 403},
		{"external_host=&transport=websocket&encapsulation=none&connection_type=server", 403},
	};
	struct bench bench;
	char text[160];
	size_t i;

	(void)state;
	start(&bench);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "channels/externalMedia?app=acme-a&format=ulaw&%s",
			 cases[i].params);
		expect(&bench, "acme:x", "POST", text, NULL, cases[i].status);
	}
	bench_close(&bench);
}

static void test_continue(void **state)
{
	struct bench bench;

	(void)state;
	start(&bench);
	expect(&bench, "acme:x", "POST", "channels/own/continue", NULL, 200);
	expect(&bench, "acme:x", "POST", "channels/own2/continue?extension=100", NULL, 403);
	expect(&bench, "acme:x", "POST", "channels/own2/continue?label=a", NULL, 403);
	expect(&bench, "acme:x", "POST", "channels/own2/continue?priority=1", NULL, 403);
	expect(&bench, "acme:x", "POST", "channels/own2/continue?context=", NULL, 403);
	expect(&bench, "acme:x", "POST", "channels/own2/continue", NULL, 403);
	expect(&bench, "acme:x", "POST", "channels/own2/continue?context=acme-in", NULL, 200);
	expect(&bench, "acme:x", "POST", "channels/own2/continue?context=acme-in",
	       "{\"context\":null}", 400);
	bench_close(&bench);
}

/* Channels that an operation names besides the object that it is about. */
static void test_second_channel(void **state)
{
	struct bench bench;

	(void)state;
	start(&bench);
	expect(&bench, "acme:x", "POST", "bridges/own/videoSource/own", NULL, 200);
	expect(&bench, "acme:x", "POST", "bridges/own/videoSource/foreign", NULL, 404);
	expect(&bench, "acme:x", "POST", "bridges/own/videoSource/absent", NULL, 404);
	expect(&bench, "acme:x", "POST", "events/claim?application=acme-a&channelId=own", NULL, 200);
	expect(&bench, "acme:x", "POST", "events/claim?application=acme-a&channelId=foreign", NULL, 404);
	expect(&bench, "acme:x", "POST", "events/claim?application=acme-a&channelId=absent", NULL, 404);
	expect(&bench, "acme:x", "POST", "channels/own/play/own?media=sound:a", NULL, 409);
	bench_close(&bench);
}

/* An application hears of its bridge, but not of the foreign channel that somebody put in. */
static void test_application_events(void **state)
{
	struct bench bench;
	struct wire wire;

	(void)state;
	start(&bench);
	wire_open(&bench, &wire, "192.0.2.5");
	assert_int_equal(wire_socket(&bench, &wire, "acme:x", "/stasis/events?app=acme-a"), 101);
	buf_clear(&wire.out);
	bench_app_event(&bench, 1, "acme-a",
			"{\"type\":\"ChannelEnteredBridge\",\"bridge\":{\"id\":\"own\",\"bridge_type\":\"x\"},"
			"\"channel\":{\"id\":\"foreign\",\"name\":\"Local/zeta\",\"dialplan\":"
			"{\"context\":\"zeta-in\"}}}");
	bench_app_event(&bench, 1, "acme-a",
			"{\"type\":\"Dial\",\"caller\":{\"id\":\"own\",\"dialplan\":{\"context\":\"acme-in\"}},"
			"\"peer\":{\"id\":\"foreign\",\"dialplan\":{\"context\":\"zeta-in\"}}}");
	bench_app_event(&bench, 1, "acme-a",
			"{\"type\":\"StasisStart\",\"channel\":{\"id\":\"own2\",\"name\":\"x\",\"dialplan\":"
			"{\"context\":\"default\"}}}");
	bench_app_event(&bench, 1, "acme-a",
			"{\"type\":\"ChannelEnteredBridge\",\"bridge\":{\"id\":\"own\",\"bridge_type\":\"x\"},"
			"\"channel\":{\"id\":\"own\",\"dialplan\":{\"context\":\"acme-in\"}}}");
	assert_true(wire_wait(&bench, &wire, "ChannelEnteredBridge"));
	assert_null(memmem(wire.out.data, wire.out.len, "foreign", 7));
	assert_non_null(memmem(wire.out.data, wire.out.len, "StasisStart", 11));
	wire_close(&wire);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_missing_parameters),
		cmocka_unit_test(test_reader_reaches_no_change),
		cmocka_unit_test(test_recording_names),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_body_and_query),
		cmocka_unit_test(test_endpoints),
		cmocka_unit_test(test_external_media),
		cmocka_unit_test(test_continue),
		cmocka_unit_test(test_second_channel),
		cmocka_unit_test(test_application_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
