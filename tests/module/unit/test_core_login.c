/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Logins: what a refusal may not tell, how many are looked at, Digest letter by letter, keys
 * that end.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../../module/core/cost.h"
#include "../../../module/core/hash.h"
#include "../../../module/core/login.h"
#include "bench_host.h"

#define REALM "Asterisk REST Interface"
#define PING "/stasis/asterisk/ping"

/* Everybody's password is "secret". */
#define CHEAP "[cheap]\npassword_format=crypt\n" \
	"password=$5$salt$kpa26zwgX83BPSR8d7w93OIXbFt/d3UOTZaAu5vsTM6\n"
#define DEAR "[dear]\npassword_format=crypt\npassword=$6$rounds=100000$salt$" \
	"w7KyVDyVQ1Ki.i9lRcLj.Nm7FbZD0fiAEzSBdZi97dTM7OQulYlxEavyNLmiD7RwPspmny4OUAUbY5MwoyL5h1\n"
#define YES "[yes]\npassword_format=crypt\n" \
	"password=$y$j9T$abcdefgh$IUWJt2doU4Kf6E/JP1UkAT3S5O3Q7SSA8SJirXIlEu9\n"

static const char users[] =
	"max_connections=400\nmax_connections_per_address=400\nmax_connections_per_user=400\n"
	"request_rate=0\n"
	"[plain]\npassword=secret\n" CHEAP DEAR YES
	"[six]\npassword_format=crypt\npassword=$6$salt$"
	"egUxKNxDs8kPfh8iPMNcosMhb2eWah6d3R44JDm5Rj/j/XWR5E33QPd0YmHXoDHOIDR6kL5D3JcQcz0O8FHE00\n";

static void send_login(struct wire *wire, const char *user)
{
	char text[512], basic[256];

	base64_encode(user, strlen(user), basic);
	snprintf(text, sizeof(text), "GET " PING " HTTP/1.1\r\nHost: a\r\n"
		 "Authorization: Basic %s\r\n\r\n", basic);
	wire_send(wire, text, strlen(text));
}

static int status_of(const struct wire *wire)
{
	int status = 0;

	if (wire->out.len)
		sscanf(wire->out.data, "HTTP/1.1 %d", &status);
	return status;
}

/* Run the core until COND, or fail. */
#define UNTIL(bench, cond) \
	do { \
		time_t end_ = time(NULL) + 30; \
		while (!(cond)) { \
			assert_true(time(NULL) < end_); \
			bench_run(bench); \
		} \
	} while (0)

/* A refusal is told a fixed time after the request came, whoever was named. */
static void test_refusals_take_the_same_time(void **state)
{
	static const char *const tries[] = {
		"nobody:x", "plain:x", "cheap:x", "six:x", "dear:x", "yes:x", "no-key:", "????",
	};
	struct bench bench;
	struct wire wire;
	struct request *req;
	int64_t step;
	size_t i;

	(void)state;
	bench_open(&bench, users);
	bench.on_time = true;
	step = bench.server->config->refusal_ms;
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		wire_open(&bench, &wire, "192.0.2.1");
		send_login(&wire, tries[i]);
		UNTIL(&bench, bench.server->refused);
		req = bench.server->refused;
		assert_int_equal(req->due - req->arrived, step);
		login_tick(bench.server, req->due - 1);
		assert_int_equal(wire.out.len, 0);
		login_tick(bench.server, req->due);
		assert_int_equal(status_of(&wire), 401);
		wire_close(&wire);
	}
	/* Who is let in does not wait, and who has gone is forgotten. */
	wire_open(&bench, &wire, "192.0.2.2");
	send_login(&wire, "dear:secret");
	UNTIL(&bench, wire.out.len);
	assert_int_equal(status_of(&wire), 200);
	wire_close(&wire);
	wire_open(&bench, &wire, "192.0.2.2");
	send_login(&wire, "nobody:x");
	wire_close(&wire);
	UNTIL(&bench, bench.server->refused);
	login_tick(bench.server, 0);
	assert_null(bench.server->refused);
	bench_close(&bench);
}

/* A whole step more when the first was not enough: nothing in between. */
static void test_a_late_refusal_waits_for_the_next_step(void **state)
{
	struct bench bench;
	struct wire wire;
	int64_t step;

	(void)state;
	bench_open(&bench, users);
	bench.on_time = true;
	wire_open(&bench, &wire, "192.0.2.1");
	send_login(&wire, "dear:x");
	assert_non_null(bench.server->hashing);
	step = bench.server->config->refusal_ms;
	bench.server->hashing->arrived -= step;
	UNTIL(&bench, bench.server->refused);
	assert_int_equal(bench.server->refused->due - bench.server->refused->arrived, 2 * step);
	wire_close(&wire);
	bench_close(&bench);
}

/* Every failure runs the costliest hash, also that of somebody whose own is cheap. */
static void test_work_is_alike(void **state)
{
	static const char *const tries[] = {"nobody:x", "plain:x", "cheap:x", "no-key:"};
	const char *costliest;
	struct bench bench;
	struct wire wire;
	size_t i;

	(void)state;
	bench_open(&bench, "[plain]\npassword=secret\n" CHEAP DEAR);
	costliest = bench.server->config->costliest;
	assert_int_equal(strncmp(costliest, "$6$rounds=100000$", 17), 0);
	assert_true(bench.server->config->refusal_ms >= REFUSAL_MS_MIN);
	for (i = 0; i < 4; i++) {
		wire_open(&bench, &wire, "192.0.2.1");
		send_login(&wire, tries[i]);
		assert_non_null(bench.server->hashing);
		assert_string_equal(bench.server->hashing->try.filler, costliest);
		assert_true(wire_wait(&bench, &wire, " 401 "));
		wire_close(&wire);
	}
	bench_close(&bench);
}

static void test_cost_classes(void **state)
{
	struct config *config = config_new();
	const char *text = "[general]\ninner_user=i\ninner_password=p\n[good]\npassword=x\n"
			   "[bad]\npassword=$9$salt$hash\npassword_format=crypt\n";
	struct ini_error err = {""};

	(void)state;
	assert_int_equal(cost_class("$6$salt$hash"), 2);
	assert_int_equal(cost_class("$6$rounds=1000$salt$hash"), 14);
	assert_int_equal(cost_class("$y$j9T$salt$hash"), 6);
	assert_int_equal(cost_class("$2b$12$salthash"), 6);
	assert_int_equal(cost_class("$"), 1);
	assert_int_equal(config_read_http(config, "f", text, strlen(text), &err), 0);
	assert_int_equal(config_finish(config, "f", &err), 0);
	assert_int_equal(cost_measure(config, "f", &err), -1);
	assert_non_null(strstr(err.text, "f:6: [bad]: the password is no hash"));
	config_unref(config);
}

/* 200 at once: ten are looked at, the others are told so, and nobody is deep in debt after it. */
static void test_parallel_failures(void **state)
{
	struct wire wire[200], other;
	struct bench bench;
	int i, n[600] = {0};
	char user[40];

	(void)state;
	bench_open(&bench, users);
	for (i = 0; i < 200; i++) {
		wire_open(&bench, &wire[i], "192.0.2.1");
		snprintf(user, sizeof(user), "%s:wrong%d", i % 2 ? "dear" : "nobody", i);
		send_login(&wire[i], user);
	}
	wire_open(&bench, &other, "192.0.2.2");
	send_login(&other, "cheap:secret");
	assert_true(wire_wait(&bench, &other, " 200 "));
	wire_close(&other);
	for (i = 0; i < 200; i++) {
		assert_true(wire_wait(&bench, &wire[i], "\r\n\r\n"));
		n[status_of(&wire[i])]++;
		if (status_of(&wire[i]) == 429)
			assert_non_null(strstr(wire[i].out.data, "\r\nRetry-After: "));
		wire_close(&wire[i]);
	}
	assert_int_equal(n[401], 10);
	assert_int_equal(n[429], 190);
	assert_in_range(auth_wait(bench.server->auth, bench.server->config, "192.0.2.1"), 1, 7);
	bench_close(&bench);
}

/* Who has one IPv6 address has the 2^64 beside it as well. */
static void test_networks(void **state)
{
	static const struct {
		const char *peer;
		int status;
	} cases[] = {
		{"2001:db8:1:2::1", 401}, {"2001:db8:1:2::2", 401}, {"2001:db8:1:2:9:8:7:6", 429},
		{"2001:db8:1:3::1", 401}, {"192.0.2.1", 401}, {"192.0.2.2", 401}, {"192.0.2.1", 401},
		{"192.0.2.1", 429}, {"2001:db8:1:2::", 429}, {"fe80::1%eth0", 401},
	};
	struct bench bench;
	struct wire wire;
	size_t i;

	(void)state;
	bench_open(&bench, "max_auth_failures=2\n[plain]\npassword=secret\n");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		wire_open(&bench, &wire, cases[i].peer);
		assert_int_equal(wire_request(&bench, &wire, "plain:x", "GET", PING, NULL),
				 cases[i].status);
		wire_close(&wire);
	}
	bench_close(&bench);
}

/* Right logins cost nothing of what failures may, and the same words are hashed once. */
static void test_parallel_logins(void **state)
{
	struct wire wire[32];
	struct bench bench;
	int i;

	(void)state;
	bench_open(&bench, users);
	for (i = 0; i < 32; i++) {
		wire_open(&bench, &wire[i], "192.0.2.1");
		send_login(&wire[i], i % 2 ? "dear:secret" : "yes:secret");
	}
	assert_non_null(bench.server->hashing->next);
	assert_null(bench.server->hashing->next->next);
	for (i = 0; i < 32; i++) {
		assert_true(wire_wait(&bench, &wire[i], "\r\n\r\n"));
		assert_int_equal(status_of(&wire[i]), 200);
	}
	/* Ten may still fail. */
	for (i = 0; i < 11; i++) {
		assert_int_equal(wire_request(&bench, &wire[0], "plain:x", "GET", PING, NULL),
				 i < 10 ? 401 : 429);
	}
	for (i = 0; i < 32; i++)
		wire_close(&wire[i]);
	bench_close(&bench);
}

/* What a Digest answer is made of. NULL members are left out. */
struct answer {
	const char *user, *password, *method, *uri, *algorithm, *qop, *nc, *cnonce, *realm;
	char nonce[96];
};

static const struct answer good = {
	.user = "plain", .password = "secret", .method = "GET", .uri = PING,
	.algorithm = "SHA-256", .qop = "auth", .nc = "00000001", .cnonce = "abc", .realm = REALM,
};

static void hex_of(enum hash_kind kind, char out[2 * HASH_MAX + 1], const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	assert_int_equal(hash_hex(kind, text, strlen(text), out), 0);
}

static void build_answer(struct buf *out, const struct answer *a)
{
	enum hash_kind kind = a->algorithm && strstr(a->algorithm, "256") ? HASH_SHA256 : HASH_MD5;
	char ha1[2 * HASH_MAX + 1], ha2[2 * HASH_MAX + 1], response[2 * HASH_MAX + 1];

	hex_of(kind, ha1, "%s:" REALM ":%s", a->user, a->password);
	hex_of(kind, ha2, "%s:%s", a->method, a->uri);
	if (a->qop)
		hex_of(kind, response, "%s:%s:%s:%s:%s:%s", ha1, a->nonce, a->nc, a->cnonce, a->qop, ha2);
	else
		hex_of(kind, response, "%s:%s:%s", ha1, a->nonce, ha2);
	buf_addf(out, "Authorization: Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", "
		 "response=\"%s\"", a->user, a->realm, a->nonce, a->uri, response);
	if (a->algorithm)
		buf_addf(out, ", algorithm=%s", a->algorithm);
	if (a->qop)
		buf_addf(out, ", qop=%s, nc=%s, cnonce=\"%s\"", a->qop, a->nc, a->cnonce);
	buf_adds(out, "\r\n");
}

static int send_answer(struct bench *bench, struct wire *wire, const struct answer *answer)
{
	struct buf out = {0};

	buf_adds(&out, "GET " PING " HTTP/1.1\r\nHost: a\r\n");
	build_answer(&out, answer);
	buf_adds(&out, "\r\n");
	buf_clear(&wire->out);
	wire_send(wire, out.data, out.len);
	buf_free(&out);
	assert_true(wire_wait(bench, wire, "\r\n\r\n"));
	return status_of(wire);
}

/* The nonce of the challenge that an unknown gets. */
static void fetch_nonce(struct bench *bench, struct wire *wire, char nonce[96])
{
	const char *at;

	assert_int_equal(wire_request(bench, wire, NULL, "GET", PING, NULL), 401);
	assert_non_null(strstr(wire->out.data, "algorithm=SHA-256"));
	assert_non_null(strstr(wire->out.data, "algorithm=MD5"));
	assert_null(strstr(wire->out.data, "stale=true"));
	at = strstr(wire->out.data, "nonce=\"");
	assert_non_null(at);
	snprintf(nonce, 96, "%.*s", (int)strcspn(at + 7, "\""), at + 7);
}

static bool is_stale(const struct wire *wire)
{
	return strstr(wire->out.data, "stale=true");
}

static void test_digest(void **state)
{
	static const struct {
		const char *what;
		size_t member;
		const char *value;
		int status;
	} cases[] = {
		{"as it should be", offsetof(struct answer, user), "plain", 200},
		{"MD5", offsetof(struct answer, algorithm), "MD5", 200},
		{"none is MD5", offsetof(struct answer, algorithm), NULL, 200},
		{"in lower case", offsetof(struct answer, algorithm), "sha-256", 200},
		{"sess variants are not offered", offsetof(struct answer, algorithm), "SHA-256-sess", 401},
		{"nor is this one", offsetof(struct answer, algorithm), "SHA-512-256", 401},
		{"without qop, as RFC 2069", offsetof(struct answer, qop), NULL, 401},
		{"auth-int is not offered", offsetof(struct answer, qop), "auth-int", 401},
		{"of another request", offsetof(struct answer, uri), "/stasis/channels", 401},
		{"of another query", offsetof(struct answer, uri), PING "?x=1", 401},
		{"of another method", offsetof(struct answer, method), "POST", 401},
		{"of another realm", offsetof(struct answer, realm), "elsewhere", 401},
		{"a counter of nine", offsetof(struct answer, nc), "000000001", 401},
		{"a counter of letters", offsetof(struct answer, nc), "0000000g", 401},
		{"no cnonce", offsetof(struct answer, cnonce), "", 401},
		{"wrong password", offsetof(struct answer, password), "Secret", 401},
		{"nobody", offsetof(struct answer, user), "nobody", 401},
		{"who has a crypt password", offsetof(struct answer, user), "cheap", 401},
	};
	struct answer answer;
	struct bench bench;
	struct wire wire;
	char nonce[96];
	size_t i, refused = 0;
	int got;

	(void)state;
	bench_open(&bench, "max_auth_failures=1000\n[plain]\npassword=secret\n" CHEAP);
	wire_open(&bench, &wire, "a");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fetch_nonce(&bench, &wire, nonce);
		answer = good;
		memcpy(answer.nonce, nonce, sizeof(nonce));
		*(const char **)((char *)&answer + cases[i].member) = cases[i].value;
		got = send_answer(&bench, &wire, &answer);
		if (got != cases[i].status)
			fail_msg("%s: %d instead of %d", cases[i].what, got, cases[i].status);
		assert_false(is_stale(&wire));
		refused += got == 401;
	}
	/* To ask for a nonce is none. */
	assert_int_equal(bench.server->stats.refused_logins, refused);
	wire_close(&wire);
	bench_close(&bench);
}

static void test_digest_nonces(void **state)
{
	struct answer answer = good;
	struct bench bench;
	struct wire wire;

	(void)state;
	bench_open(&bench, "[plain]\npassword=secret\n");
	wire_open(&bench, &wire, "a");
	fetch_nonce(&bench, &wire, answer.nonce);
	assert_int_equal(send_answer(&bench, &wire, &answer), 200);
	/* Played again: no failure, but a new nonce is wanted. */
	assert_int_equal(send_answer(&bench, &wire, &answer), 401);
	assert_true(is_stale(&wire));
	answer.nc = "00000003";
	assert_int_equal(send_answer(&bench, &wire, &answer), 200);
	answer.nc = "00000002";
	assert_int_equal(send_answer(&bench, &wire, &answer), 200);
	assert_int_equal(send_answer(&bench, &wire, &answer), 401);
	assert_true(is_stale(&wire));
	/* One that was never given out. */
	answer.nonce[0] = answer.nonce[0] == '0' ? '1' : '0';
	assert_int_equal(send_answer(&bench, &wire, &answer), 401);
	assert_true(is_stale(&wire));
	wire_close(&wire);
	bench_close(&bench);
}

static void test_digest_opens_a_socket(void **state)
{
	static const char upgrade[] = "GET /stasis/events?x=1 HTTP/1.1\r\nHost: a\r\n"
		"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
	struct answer answer = good;
	struct buf out = {0};
	struct bench bench;
	struct wire wire;
	int i;

	(void)state;
	bench_open(&bench, "[plain]\npassword=secret\n");
	wire_open(&bench, &wire, "a");
	assert_int_equal(wire_socket(&bench, &wire, NULL, "/stasis/events?x=1"), 401);
	assert_non_null(strstr(wire.out.data, "WWW-Authenticate: Digest"));
	fetch_nonce(&bench, &wire, answer.nonce);
	for (i = 0; i < 2; i++) {
		answer.uri = i ? "/stasis/events?x=1" : PING;
		buf_clear(&out);
		buf_clear(&wire.out);
		buf_adds(&out, upgrade);
		build_answer(&out, &answer);
		buf_adds(&out, "\r\n");
		wire_send(&wire, out.data, out.len);
		assert_true(wire_wait(&bench, &wire, "\r\n\r\n"));
		assert_int_equal(status_of(&wire), i ? 101 : 401);
	}
	buf_free(&out);
	wire_close(&wire);
	bench_close(&bench);
}

/* SHA-256 of "key". */
#define KEY "sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"

static void test_key_in_the_query(void **state)
{
	static const struct {
		const char *conf, *query;
		int status;
	} cases[] = {
		{"", "api_key=key", 401},
		{"", "api_key=plain:secret", 401},
		{"api_key_in_query=yes\n", "api_key=key", 200},
		{"api_key_in_query=yes\n", "api_key=plain:secret", 200},
		{"api_key_in_query=yes\n", "api_key=plain:wrong", 401},
		{"api_key_in_query=yes\n", "api_key=", 401},
		{"api_key_in_query=yes\n", "api_key=no", 401},
	};
	struct buf conf = {0};
	struct bench bench;
	struct wire wire;
	char target[80];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&conf);
		buf_addf(&conf, "%s[plain]\npassword=secret\n[robot]\nkey=" KEY "\n", cases[i].conf);
		bench_open(&bench, conf.data);
		wire_open(&bench, &wire, "a");
		snprintf(target, sizeof(target), PING "?%s", cases[i].query);
		assert_int_equal(wire_request(&bench, &wire, NULL, "GET", target, NULL),
				 cases[i].status);
		snprintf(target, sizeof(target), "/stasis/events?%s", cases[i].query);
		assert_int_equal(wire_socket(&bench, &wire, NULL, target),
				 cases[i].status == 200 ? 101 : 401);
		wire_close(&wire);
		bench_close(&bench);
	}
	buf_free(&conf);
}

/* A key that ends takes the sockets along that it opened; other ways in are other ways in. */
static void test_key_ends(void **state)
{
	time_t end = time(NULL) + 2;
	struct wire with_key, with_password;
	struct buf conf = {0};
	struct bench bench;
	char text[40];

	(void)state;
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime(&end));
	buf_addf(&conf, "[robot]\npassword=secret\nkey=" KEY ", %s\n", text);
	bench_open(&bench, conf.data);
	wire_open(&bench, &with_key, "a");
	wire_open(&bench, &with_password, "a");
	assert_int_equal(wire_socket(&bench, &with_key, "key:", "/stasis/events"), 101);
	assert_int_equal(wire_socket(&bench, &with_password, "robot:secret", "/stasis/events"), 101);
	if (time(NULL) < end) {
		server_tick(bench.server);
		assert_int_equal(bench.server->stats.refused_logins, 0);
	}
	while (time(NULL) < end)
		bench_run(&bench);
	server_tick(bench.server);
	assert_true(wire_wait(&bench, &with_key, "the key has expired"));
	assert_null(memmem(with_password.out.data, with_password.out.len, "expired", 7));
	wire_close(&with_key);
	wire_open(&bench, &with_key, "a");
	assert_int_equal(wire_request(&bench, &with_key, "key:", "GET", PING, NULL), 401);
	wire_close(&with_key);
	wire_close(&with_password);
	bench_close(&bench);
	buf_free(&conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals_take_the_same_time),
		cmocka_unit_test(test_a_late_refusal_waits_for_the_next_step),
		cmocka_unit_test(test_work_is_alike),
		cmocka_unit_test(test_cost_classes),
		cmocka_unit_test(test_parallel_failures),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_parallel_logins),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_digest_nonces),
		cmocka_unit_test(test_digest_opens_a_socket),
		cmocka_unit_test(test_key_in_the_query),
		cmocka_unit_test(test_key_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
