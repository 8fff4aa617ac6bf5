/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The authorisation matrix: every operation of the description, for ten roles, on an object of
 * one's own, a foreign and an absent one, over REST and over a WebSocket; and every kind of event,
 * told to observers and to owners of applications. The decisions are compared with
 * tests/module/matrix.txt, which is reviewed by hand; a new operation has no line there, so this
 * fails until somebody has thought about it. Run with WRITE_MATRIX=1 to print what is decided now.
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
#include "operation_table.h"
#include "../../../module/core/core.h"
#include "../../../module/core/rule.h"
#include "bench_host.h"

#define OWN "channel:own*,bridge:own*,application:own*,endpoint:PJSIP/own*,recording:own*," \
	    "device:own*,mailbox:own*,context:own*"

static const char conf[] =
	"max_connections_per_address=1000\nmax_connections_per_user=1000\nmax_connections=1000\n"
	"request_rate=0\nmax_auth_failures=100000\n"
	"[admin]\npassword=x\n"
	"[operator]\npassword=x\nfollow=all\nmanipulate=all\noriginate=all\n"
	"originate_rate=0\nrights=none\n"
	"[scoped]\npassword=x\nfollow=" OWN "\nmanipulate=" OWN
	"\noriginate=endpoint:PJSIP/own*,endpoint:ExternalMedia/own:*,application:own*,context:own*"
	"\noriginate_rate=0\n[dialler]\npassword=x\noriginate_rate=0\nmanipulate=application:own\n"
	"originate=endpoint:PJSIP/own,application:own,context:own\n"
	"[ivr]\npassword=x\nfollow=application:own\nmanipulate=application:own\n"
	"[tenant]\npassword=x\nfollow=tenant:own\nmanipulate=tenant:own\n"
	"[watcher]\npassword=x\nfollow=" OWN "\n"
	"[reader]\npassword=x\nread_only=yes\n";

static const char *const roles[] = {NULL,	"admin:wrong", "reader:x", "watcher:x",
				    "scoped:x", "dialler:x",   "ivr:x",	   "tenant:x",
				    "operator:x", "admin:x"};
static const char *const objects[] = {"own", "foreign", "absent"};
#define ROLES (sizeof(roles) / sizeof(roles[0]))

/* Parameters that name something, so that the decision can depend on what. */
static void add_params(struct buf *out, const struct ari_operation *op, const char *object)
{
	static const struct {
		const char *name, *value;
	} values[] = {
		{"endpoint", "PJSIP/%s"}, {"app", "%s"}, {"context", "%s"},
		{"media", "recording:%s"}, {"name", "%s"}, {"channel", "%s"},
		{"eventSource", "channel:%s"}, {"source", "channel:%s"}, {"application", "%s"},
		{"destinationRecordingName", "%s"}, {"external_host", "%s:4000"},
		{"variable", "PLAIN"}, {"format", "wav"}, {"configuration", "all"},
		{"operation", "pause"}, {"deviceState", "BUSY"}, {"from", "me"}, {"refer_to", "you"},
	};
	const struct ari_param *param;
	const char *sign = "?";
	size_t i, v;

	for (i = 0; i < op->n_params; i++) {
		param = &op->params[i];
		if (param->in != ARI_IN_QUERY && param->in != ARI_IN_BODY)
			continue;
		for (v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
			const char *at = strstr(values[v].value, "%s");

			if (strcmp(values[v].name, param->name))
				continue;
			buf_addf(out, "%s%s=%.*s%s%s", sign, param->name,
				 at ? (int)(at - values[v].value) : (int)strlen(values[v].value), values[v].value,
				 at ? object : "", at ? at + 2 : "");
			sign = "&";
		}
	}
}

static void build_target(struct buf *out, const struct ari_operation *op, const char *object)
{
	const char *p = op->path + 1, *end;

	buf_clear(out);
	while (*p) {
		if (*p != '{') {
			buf_addc(out, *p++);
			continue;
		}
		end = strchr(p, '}');
		if (!strncmp(p, "{tech", 5))
			buf_adds(out, "PJSIP");
		else if (!strncmp(p, "{playbackId", 11) && strstr(op->path, "/play/"))
			buf_adds(out, "fresh");
		else if (!strncmp(p, "{snoopId", 8) || !strncmp(p, "{eventName", 10) ||
			 (!strcmp(op->name, "channels.originateWithId")))
			buf_adds(out, "new");
		else
			buf_adds(out, object);
		p = end + 1;
	}
	add_params(out, op, object);
}

static int over_rest(struct bench *bench, const char *user, const struct ari_operation *op,
		     const char *target)
{
	struct buf full = {0};
	struct wire wire;
	int status;

	buf_addf(&full, "/stasis/%s", target);
	wire_open(bench, &wire, "192.0.2.1");
	if (op->websocket)
		status = wire_socket(bench, &wire, user, full.data);
	else
		status = wire_request(bench, &wire, user, op->method, full.data, NULL);
	wire_close(&wire);
	buf_free(&full);
	return status;
}

static int over_socket(struct bench *bench, struct wire *wire, const struct ari_operation *op,
		       const char *target)
{
	struct buf text = {0};
	const char *at;
	int status = -1;

	buf_addf(&text, "{\"type\":\"RESTRequest\",\"method\":\"%s\",\"uri\":\"%s\"}", op->method,
		 target);
	buf_clear(&wire->out);
	wire_text(wire, text.data);
	buf_free(&text);
	if (wire_wait(bench, wire, "\"status_code\":")) {
		at = memmem(wire->out.data, wire->out.len, "\"status_code\":", 14);
		sscanf(at + 14, "%d", &status);
	}
	return status;
}

static void add_world(struct bench *bench)
{
	int i;

	for (i = 0; i < 2; i++) {
		bench_channel(bench, objects[i], objects[i], objects[i]);
		bench_object(bench, OBJECT_BRIDGE, objects[i], objects[i], NULL, objects[i]);
	}
}

static void decide(struct bench *bench, struct wire *socket, const struct ari_operation *op,
		   struct buf *out)
{
	struct buf target = {0};
	size_t o, r;

	for (o = 0; o < 3; o++) {
		build_target(&target, op, objects[o]);
		buf_addf(out, "%-34s %-8s", op->name, objects[o]);
		for (r = 0; r < ROLES; r++) {
			int rest = over_rest(bench, roles[r], op, target.data), ws;

			buf_addf(out, " %3d", rest);
			if (r < 2 || op->websocket)
				continue;
			ws = over_socket(bench, &socket[r], op, target.data);
			if (ws != rest)
				fail_msg("%s %s of %s: %d over REST, %d over a WebSocket", op->name,
					 objects[o], roles[r], rest, ws);
		}
		buf_addc(out, '\n');
	}
	buf_free(&target);
}

static void decide_all(struct bench *bench, struct buf *out)
{
	struct wire socket[ROLES];
	const struct ari_operation *ops;
	size_t n, i, r;

	for (r = 2; r < ROLES; r++) {
		wire_open(bench, &socket[r], "192.0.2.2");
		assert_int_equal(wire_socket(bench, &socket[r], roles[r], "/stasis/events"), 101);
	}
	ops = ari_operations(&n);
	for (i = 0; i < n; i++)
		decide(bench, socket, &ops[i], out);
	for (i = 0; i < arip_module_operation_count; i++)
		decide(bench, socket, &arip_module_operation_table[i], out);
	for (r = 2; r < ROLES; r++)
		wire_close(&socket[r]);
}

#define CHANNEL(n) "{\"id\":\"%" #n "$s\",\"name\":\"%" #n "$s\",\"tenantid\":\"%" #n "$s\"," \
		   "\"dialplan\":{\"context\":\"%" #n "$s\"}}"
#define BRIDGE(n) "{\"id\":\"%" #n "$s\",\"name\":\"%" #n "$s\",\"bridge_type\":\"mixing\"," \
		  "\"channels\":[]}"
#define ENDPOINT "{\"technology\":\"PJSIP\",\"resource\":\"%1$s\"}"

/* One of each shape that events have. %1$s is the first thing that they are about, %2$s the
 * second. */
static const struct {
	const char *name, *json;
} events[] = {
	{"ChannelCreated", "\"channel\":" CHANNEL(1)},
	{"ChannelDestroyed", "\"channel\":" CHANNEL(1)},
	{"ChannelDtmfReceived", "\"digit\":\"1\",\"channel\":" CHANNEL(1)},
	{"ChannelVarset", "\"variable\":\"V\",\"value\":\"w\",\"channel\":" CHANNEL(1)},
	{"ChannelTransfer", "\"refer_to\":{},\"referred_by\":{},\"channel\":" CHANNEL(1)},
	{"Dial", "\"dialstatus\":\"\",\"caller\":" CHANNEL(1) ",\"peer\":" CHANNEL(2)},
	{"BridgeCreated", "\"bridge\":" BRIDGE(1)},
	{"BridgeDestroyed", "\"bridge\":" BRIDGE(1)},
	{"BridgeMerged", "\"bridge\":" BRIDGE(1) ",\"bridge_from\":" BRIDGE(2)},
	{"ChannelEnteredBridge", "\"bridge\":" BRIDGE(1) ",\"channel\":" CHANNEL(2)},
	{"BridgeBlindTransfer", "\"bridge\":" BRIDGE(1) ",\"channel\":" CHANNEL(1)
	 ",\"transferee\":" CHANNEL(2)},
	{"BridgeAttendedTransfer", "\"transferer_first_leg\":" CHANNEL(1)
	 ",\"transferer_second_leg\":" CHANNEL(2) ",\"transfer_target\":" CHANNEL(2)},
	{"PlaybackStarted", "\"playback\":{\"id\":\"p\",\"target_uri\":\"channel:%1$s\"}"},
	{"PlaybackFinished", "\"playback\":{\"id\":\"p\",\"target_uri\":\"bridge:%1$s\"}"},
	{"RecordingStarted", "\"recording\":{\"name\":\"r\",\"target_uri\":\"channel:%1$s\"}"},
	{"DeviceStateChanged", "\"device_state\":{\"name\":\"%1$s\",\"state\":\"BUSY\"}"},
	{"EndpointStateChange", "\"endpoint\":" ENDPOINT},
	{"PeerStatusChange", "\"endpoint\":" ENDPOINT ",\"peer\":{\"peer_status\":\"x\"}"},
	{"TextMessageReceived", "\"message\":{\"from\":\"%1$s\"},\"endpoint\":" ENDPOINT},
	{"ChannelUserevent", "\"eventname\":\"e\",\"userevent\":{},\"channel\":" CHANNEL(1)
	 ",\"bridge\":" BRIDGE(2)},
	{"ApplicationReplaced", "\"x\":1"},
	/* The last: from then on its first channel is the application's. */
	{"StasisStart", "\"args\":[],\"channel\":" CHANNEL(1) ",\"replace_channel\":" CHANNEL(2)},
};

/* What the two things are in turn. */
static const struct {
	const char *name, *first, *second;
} pairs[] = {
	{"own", "own", "own"}, {"mixed", "own", "foreign"}, {"mixed", "foreign", "own"},
	{"foreign", "foreign", "foreign"}, {"absent", "absent", "absent"},
};

/* Events with one thing in them are told once of an own and once of a foreign one. */
static bool is_pair(size_t event, size_t pair)
{
	return strstr(events[event].json, "%2$s") || strcmp(pairs[pair].name, "mixed");
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void build_event(struct buf *out, size_t event, size_t pair)
{
	char body[1024];

	snprintf(body, sizeof(body), events[event].json, pairs[pair].first, pairs[pair].second);
	buf_clear(out);
	buf_addf(out, "{\"type\":\"%s\",%s}", events[event].name, body);
}
#pragma GCC diagnostic pop

/* A socket for each role; 101, or why not. */
static void open_all(struct bench *bench, struct wire *wires, int *status, uint64_t *session,
		     const char *target)
{
	size_t r;

	for (r = 0; r < ROLES; r++) {
		wire_open(bench, &wires[r], "192.0.2.5");
		status[r] = wire_socket(bench, &wires[r], roles[r], target);
		session[r] = bench->server->next_session;
	}
}

static void tell(struct bench *bench, struct wire *wires, const int *status,
		 const uint64_t *session, const char *json, const char *app, struct buf *out)
{
	size_t r;

	for (r = 0; r < ROLES; r++) {
		buf_clear(&wires[r].out);
		if (app && status[r] == 101)
			bench_app_event(bench, session[r], app, json);
	}
	if (!app)
		bench_event(bench, json);
	server_wake(bench->server);
	for (r = 0; r < ROLES; r++) {
		if (status[r] == 101)
			buf_addf(out, " %3s", wires[r].out.len ? "yes" : "no");
		else
			buf_addf(out, " %3d", status[r]);
	}
}

static void tell_all(struct bench *bench, struct buf *out, const char *target, const char *app)
{
	struct wire wires[ROLES];
	uint64_t session[ROLES];
	struct buf json = {0};
	int status[ROLES];
	char line[64];
	size_t e, p, r;

	open_all(bench, wires, status, session, target);
	for (e = 0; e < sizeof(events) / sizeof(events[0]); e++) {
		/* It ends what the application hears. */
		if (app && !strcmp(events[e].name, "ApplicationReplaced"))
			continue;
		for (p = 0; p < sizeof(pairs) / sizeof(pairs[0]); p++) {
			if (!is_pair(e, p))
				continue;
			snprintf(line, sizeof(line), "%s %s", app ? "owner" : "observer", events[e].name);
			buf_addf(out, "%-34s %-8s", line, pairs[p].name);
			build_event(&json, e, p);
			tell(bench, wires, status, session, json.data, app, out);
			buf_addc(out, '\n');
		}
	}
	for (r = 0; r < ROLES; r++)
		wire_close(&wires[r]);
	buf_free(&json);
}

/* The reviewed file without its comments. */
static void read_expected(struct buf *out)
{
	FILE *file = fopen("tests/module/matrix.txt", "r");
	char line[256];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (*line != '#')
			buf_adds(out, line);
	}
	fclose(file);
}

static void test_matrix(void **state)
{
	struct buf got = {0}, expected = {0};
	struct bench bench;
	char *a, *b, *rest_a, *rest_b;

	(void)state;
	bench_open(&bench, conf);
	add_world(&bench);
	decide_all(&bench, &got);
	tell_all(&bench, &got, "/stasis/events", NULL);
	tell_all(&bench, &got, "/stasis/events?app=own", "own");
	bench_close(&bench);
	if (getenv("WRITE_MATRIX"))
		fputs(got.data, stdout);
	read_expected(&expected);
	rest_a = got.data;
	rest_b = expected.data ? expected.data : (char *)"";
	while ((a = strsep(&rest_a, "\n"))) {
		b = rest_b ? strsep(&rest_b, "\n") : NULL;
		if (!b || strcmp(a, b))
			fail_msg("decided:  %s\nexpected: %s", a, b ? b : "(no line)");
	}
	buf_free(&got);
	buf_free(&expected);
}

static void test_each_operation_has_a_rule(void **state)
{
	const struct ari_operation *ops;
	const struct rule *rules;
	unsigned int n_rules;
	size_t n, i;

	(void)state;
	ops = ari_operations(&n);
	for (i = 0; i < n; i++) {
		if (!rule_find(ops[i].name))
			fail_msg("no rule for %s", ops[i].name);
	}
	rules = rules_all(&n_rules);
	for (i = 0; i < n_rules; i++) {
		if (!ari_operation_find(rules[i].op))
			fail_msg("a rule for %s, which is no operation", rules[i].op);
		if (i && strcmp(rules[i - 1].op, rules[i].op) >= 0)
			fail_msg("the rules are not sorted at %s", rules[i].op);
	}
}

/* One request that must be decided as given, for what a table cannot say. */
static void expect(struct bench *bench, const char *user, const char *method, const char *target,
		   const char *body, int status)
{
	struct wire wire;
	int got;

	wire_open(bench, &wire, "192.0.2.3");
	got = wire_request(bench, &wire, user, method, target, body);
	if (got != status)
		fail_msg("%s %s %s %s: %d instead of %d: %s", user, method, target,
			 body ? body : "", got, status, wire.out.data);
	wire_close(&wire);
}

static void test_words(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, conf);
	add_world(&bench);
	/* A value counts wherever it stands, and as often as it stands. */
	expect(&bench, "scoped:x", "POST", "/stasis/channels?endpoint=PJSIP/own&app=own", NULL, 200);
	expect(&bench, "scoped:x", "POST",
	       "/stasis/channels?endpoint=PJSIP/own&app=own&endpoint=PJSIP/foreign", NULL, 403);
	expect(&bench, "scoped:x", "POST", "/stasis/channels?endpoint=PJSIP/own&app=own",
	       "{\"endpoint\":\"PJSIP/foreign\"}", 403);
	expect(&bench, "scoped:x", "POST", "/stasis/channels?app=own",
	       "{\"endpoint\":\"PJSIP/own\",\"endpoin\\u0074\":\"PJSIP/foreign\"}", 403);
	expect(&bench, "scoped:x", "POST", "/stasis/channels?endpoint=PJSIP/own", NULL, 403);
	expect(&bench, "scoped:x", "POST", "/stasis/channels?endpoint=PJSIP/own&context=foreign",
	       NULL, 403);
	expect(&bench, "operator:x", "POST",
	       "/stasis/channels?endpoint=Local/1@own&context=own", NULL, 200);
	expect(&bench, "scoped:x", "POST", "/stasis/channels?endpoint=Local/1@own&context=own", NULL,
	       403);
	/* Functions need their right, in names, in keys of bodies, however they are spelt. */
	expect(&bench, "operator:x", "GET", "/stasis/channels/own/variable?variable=SHELL(x)", NULL,
	       403);
	expect(&bench, "admin:x", "GET", "/stasis/channels/own/variable?variable=SHELL(x)", NULL, 200);
	expect(&bench, "reader:x", "GET", "/stasis/channels/own/variable?variable=PLAIN", NULL, 200);
	expect(&bench, "reader:x", "GET", "/stasis/channels/own/variable?variable=DB%28x)", NULL, 403);
	expect(&bench, "operator:x", "POST", "/stasis/channels?endpoint=PJSIP/own&app=own",
	       "{\"variables\":{\"SHELL(x)\":\"1\"}}", 403);
	expect(&bench, "operator:x", "POST", "/stasis/channels?endpoint=PJSIP/own&app=own",
	       "{\"variables\":{\"SHELL\\u0028x)\":\"1\"}}", 403);
	expect(&bench, "operator:x", "POST", "/stasis/channels?endpoint=PJSIP/own&app=own",
	       "{\"variables\":{\"PLAIN\":\"1\"}}", 200);
	/* Media: no way out of the sounds. */
	expect(&bench, "scoped:x", "POST", "/stasis/channels/own/play?media=sound:hello", NULL, 200);
	expect(&bench, "scoped:x", "POST", "/stasis/channels/own/play?media=sound:/etc/x", NULL, 403);
	expect(&bench, "scoped:x", "POST", "/stasis/channels/own/play?media=sound:../x", NULL, 403);
	expect(&bench, "scoped:x", "POST",
	       "/stasis/channels/own/play?media=sound:hello,recording:foreign", NULL, 403);
	expect(&bench, "scoped:x", "POST", "/stasis/channels/own/play?media=sound:http://a/b", NULL,
	       403);
	/* Several channels: all must be one's own. */
	expect(&bench, "scoped:x", "POST", "/stasis/bridges/own/addChannel?channel=own,foreign", NULL,
	       400);
	expect(&bench, "scoped:x", "POST", "/stasis/bridges/own/addChannel?channel=own,absent", NULL,
	       400);
	/* What an application is not subscribed to is answered as what is not there. */
	expect(&bench, "scoped:x", "DELETE",
	       "/stasis/applications/own/subscription?eventSource=channel:own", NULL, 200);
	expect(&bench, "scoped:x", "DELETE",
	       "/stasis/applications/own/subscription?eventSource=channel:foreign", NULL, 422);
	expect(&bench, "scoped:x", "DELETE",
	       "/stasis/applications/own/subscription?eventSource=channel:absent", NULL, 422);
	/* Paths that the host reads in another way than they look. */
	expect(&bench, "scoped:x", "GET", "/stasis/channels//foreign", NULL, 400);
	expect(&bench, "scoped:x", "POST", "/stasis/channels/create/foreign", NULL, 403);
	expect(&bench, "scoped:x", "GET", "/stasis/nosuch", NULL, 403);
	expect(&bench, "admin:x", "GET", "/stasis/channels/own/", NULL, 404);
	bench_close(&bench);
}

static void test_hidden_object_never_reaches_the_host(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, conf);
	add_world(&bench);
	expect(&bench, "scoped:x", "POST", "/stasis/channels/foreign/answer", NULL, 404);
	assert_int_equal(bench.calls, 0);
	expect(&bench, "scoped:x", "POST", "/stasis/channels/absent/answer", NULL, 404);
	assert_int_equal(bench.calls, 0);
	/* Whose playback it is only the host knows: it is asked, and not told to stop it. */
	expect(&bench, "scoped:x", "DELETE", "/stasis/playbacks/foreign", NULL, 404);
	assert_string_equal(bench.last_call, "GET playbacks/foreign");
	expect(&bench, "scoped:x", "DELETE", "/stasis/playbacks/own", NULL, 200);
	bench_close(&bench);
}

static void test_lists_hide(void **state)
{
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, conf);
	add_world(&bench);
	wire_open(&bench, &wire, "192.0.2.3");
	assert_int_equal(wire_request(&bench, &wire, "scoped:x", "GET", "/stasis/channels", NULL), 200);
	assert_non_null(strstr(wire.out.data, "[{\"id\":\"own\",\"class\":0}]"));
	assert_int_equal(wire_request(&bench, &wire, "reader:x", "GET", "/stasis/bridges", NULL), 200);
	assert_non_null(strstr(wire.out.data, "\"foreign\""));
	wire_close(&wire);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_operation_has_a_rule),
		cmocka_unit_test(test_matrix),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_hidden_object_never_reaches_the_host),
		cmocka_unit_test(test_lists_hide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
