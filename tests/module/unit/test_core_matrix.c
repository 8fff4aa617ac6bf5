/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The authorisation matrix: every operation of the description, for six roles, on an object
 * of one's own, a foreign and an absent one, over REST and over a WebSocket. The decisions are
 * compared with tests/module/matrix.txt, which is reviewed by hand; a new operation has no
 * line there, so this fails until somebody has thought about it. Run with WRITE_MATRIX=1 to
 * print what is decided now.
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
	"\noriginate_rate=0\noriginate=endpoint:PJSIP/own*,application:own*,context:own*\n"
	"[watcher]\npassword=x\nfollow=" OWN "\n"
	"[reader]\npassword=x\nread_only=yes\n";

static const char *const roles[] = {NULL,	"admin:wrong", "reader:x", "watcher:x",
				    "scoped:x", "operator:x",  "admin:x"};
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
		bench_object(bench, OBJECT_CHANNEL, objects[i], objects[i], objects[i], NULL);
		bench_object(bench, OBJECT_BRIDGE, objects[i], objects[i], NULL, objects[i]);
	}
}

static void decide_all(struct bench *bench, struct buf *out)
{
	struct wire socket[ROLES];
	const struct ari_operation *ops;
	struct buf target = {0};
	size_t n, i, o, r;

	for (r = 2; r < ROLES; r++) {
		wire_open(bench, &socket[r], "192.0.2.2");
		assert_int_equal(wire_socket(bench, &socket[r], roles[r], "/stasis/events"), 101);
	}
	ops = ari_operations(&n);
	for (i = 0; i < n; i++) {
		for (o = 0; o < 3; o++) {
			build_target(&target, &ops[i], objects[o]);
			buf_addf(out, "%-34s %-8s", ops[i].name, objects[o]);
			for (r = 0; r < ROLES; r++) {
				int rest = over_rest(bench, roles[r], &ops[i], target.data), ws;

				buf_addf(out, " %3d", rest);
				if (r < 2 || ops[i].websocket)
					continue;
				ws = over_socket(bench, &socket[r], &ops[i], target.data);
				if (ws != rest)
					fail_msg("%s %s of %s: %d over REST, %d over a WebSocket",
						 ops[i].name, objects[o], roles[r], rest, ws);
			}
			buf_addc(out, '\n');
		}
	}
	for (r = 2; r < ROLES; r++)
		wire_close(&socket[r]);
	buf_free(&target);
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
