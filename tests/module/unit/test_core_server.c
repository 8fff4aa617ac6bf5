/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The core as a whole, between the tests' own host and network: requests in pieces and in rows,
 * refusals, origins, logins, lists, reloads. Memory and references must balance in each test.
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

/* What a GET of the channels brings; the ETag goes to TAG where that is given. */
static int get_channels(struct bench *bench, struct wire *wire, const char *user,
			const char *headers, char tag[100])
{
	struct buf text = {0};
	const char *at;
	int status = -1;

	buf_addf(&text, "GET /stasis/channels HTTP/1.1\r\nHost: a\r\nAuthorization: Basic %s\r\n"
		 "%s\r\n", user, headers);
	buf_clear(&wire->out);
	wire_send(wire, text.data, text.len);
	buf_free(&text);
	if (wire_wait(bench, wire, "\r\n\r\n"))
		sscanf(wire->out.data, "HTTP/1.1 %d", &status);
	at = find(&wire->out, "ETag: ");
	assert_non_null(at);
	assert_non_null(find(&wire->out, "Vary: Accept, Authorization, Origin, X-API-Key\r\n"));
	assert_non_null(find(&wire->out, "Cache-Control: no-cache, private\r\n"));
	if (tag)
		snprintf(tag, 100, "%.*s", (int)strcspn(at + 6, "\r"), at + 6);
	return status;
}

#define ADMIN "YWRtaW46eA=="		/* admin:x */
#define SCOPED "c2NvcGVkOng="		/* scoped:x */
#define TWIN "dHdpbjp4"			/* twin:x */

static void test_etag(void **state)
{
	static const struct {
		const char *before, *after;
		int status;
	} forms[] = {
		{"", "", 304}, {"W/", "", 304}, {"\"a\", ", "", 304}, {"\"a\",W/\"b\"  ,\t", ", \"c\"", 304},
		{"\"a", "", 200}, {"", "x", 304}, {"w/", "", 200}, {"x", "", 200}, {"\"\"", "", 304},
	};
	char tag[100], own[100], other[100], headers[300];
	struct bench bench;
	struct wire wire;
	size_t i;

	(void)state;
	bench_open(&bench, "[admin]\npassword=x\n[scoped]\npassword=x\nfollow=channel:own*\n"
			   "[twin]\npassword=x\nfollow=channel:own*\n");
	bench_object(&bench, OBJECT_CHANNEL, "own1", "own1", NULL, NULL);
	wire_open(&bench, &wire, "a");
	assert_int_equal(get_channels(&bench, &wire, ADMIN, "", tag), 200);
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		snprintf(headers, sizeof(headers), "If-None-Match: %s%s%s\r\n", forms[i].before, tag,
			 forms[i].after);
		if (get_channels(&bench, &wire, ADMIN, headers, NULL) != forms[i].status)
			fail_msg("%s", headers);
	}
	assert_int_equal(get_channels(&bench, &wire, ADMIN, "If-None-Match: *\r\n", NULL), 304);
	assert_int_equal(get_channels(&bench, &wire, ADMIN, "If-None-Match: \r\n", NULL), 200);
	/* Another form is another text, and another user's list another list. */
	snprintf(headers, sizeof(headers), "If-None-Match: %s\r\nAccept: text/xml\r\n", tag);
	assert_int_equal(get_channels(&bench, &wire, ADMIN, headers, other), 200);
	assert_string_not_equal(tag, other);
	assert_int_equal(get_channels(&bench, &wire, SCOPED, "", own), 200);
	assert_int_equal(get_channels(&bench, &wire, TWIN, "", other), 200);
	assert_string_not_equal(own, other);
	snprintf(headers, sizeof(headers), "If-None-Match: %s, %s\r\n", tag, own);
	assert_int_equal(get_channels(&bench, &wire, SCOPED, headers, NULL), 304);
	assert_int_equal(get_channels(&bench, &wire, TWIN, headers, NULL), 200);
	/* What one may not see changes nothing for him. */
	bench_object(&bench, OBJECT_CHANNEL, "two", "two", NULL, NULL);
	assert_int_equal(get_channels(&bench, &wire, SCOPED, headers, NULL), 304);
	assert_int_equal(get_channels(&bench, &wire, ADMIN, headers, NULL), 200);
	assert_non_null(find(&wire.out, "\"two\""));
	bench_object(&bench, OBJECT_CHANNEL, "own2", "own2", NULL, NULL);
	assert_int_equal(get_channels(&bench, &wire, SCOPED, headers, NULL), 200);
	wire_close(&wire);
	bench_close(&bench);
}

/* Browsers ask without a login before they send one; everybody else logs in for that. */
static void test_options(void **state)
{
	static const struct {
		const char *text;
		int status;
		const char *has;
	} rows[] = {
		{"OPTIONS /stasis/channels/x/play HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\n"
		 "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: X-A\r\n\r\n",
		 204, "Access-Control-Allow-Methods: OPTIONS,POST\r\n"},
		{"OPTIONS /ari/sessions HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\n"
		 "Access-Control-Request-Method: GET\r\n\r\n", 204, "Allow: OPTIONS,GET\r\n"},
		{"OPTIONS /stasis/channels HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\n"
		 "Access-Control-Request-Method: GET\r\n\r\n", 403, "this Origin"},
		{"OPTIONS /stasis/channels HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\n\r\n", 401, ""},
		{"OPTIONS /stasis/channels HTTP/1.1\r\nHost: a\r\n\r\n", 401, ""},
		{"OPTIONS /stasis/sessions HTTP/1.1\r\nHost: a\r\nAuthorization: Basic " ADMIN "\r\n\r\n",
		 204, "Allow: OPTIONS,GET\r\n"},
		{"OPTIONS /stasis/recordings/live HTTP/1.1\r\nHost: a\r\n"
		 "Authorization: Basic " ADMIN "\r\n\r\n", 204, "Allow: OPTIONS,GET\r\n"},
	};
	struct bench bench;
	struct wire wire;
	size_t i;
	int status;

	(void)state;
	bench_open(&bench, users);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		wire_open(&bench, &wire, "a");
		wire_send(&wire, rows[i].text, strlen(rows[i].text));
		assert_true(wire_wait(&bench, &wire, "\r\n\r\n"));
		sscanf(wire.out.data, "HTTP/1.1 %d", &status);
		if (status != rows[i].status || !find(&wire.out, rows[i].has))
			fail_msg("%s%s", rows[i].text, wire.out.data);
		wire_close(&wire);
	}
	assert_int_equal(bench.calls, 0);
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_request(&bench, &wire, "admin:x", "OPTIONS", "/stasis/channels", NULL), 200);
	assert_string_equal(bench.last_call, "OPTIONS channels");
	assert_int_equal(wire_request(&bench, &wire, "admin:x", "PATCH", "/stasis/channels", NULL), 200);
	assert_string_equal(bench.last_call, "? channels");
	wire_close(&wire);
	bench_close(&bench);
}

#define EVENT(id) "{\"type\":\"ChannelVarset\",\"channel\":{\"id\":\"" id "\",\"name\":\"" id \
		  "\",\"dialplan\":{\"context\":\"x\"}}}"

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
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_reload),
		cmocka_unit_test(test_reload_on_open_connection),
		cmocka_unit_test(test_gone_in_the_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
