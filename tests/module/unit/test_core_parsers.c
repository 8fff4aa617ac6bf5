/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The core's parsers: HTTP requests (each verdict, and the same verdict however the bytes are
 * cut up), paths and queries, configuration files, scopes, filters, and
 * the Digest scheme against the examples of RFC 7616.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../module/core/config.h"
#include "../../../module/core/digest.h"
#include "../../../module/core/filter.h"
#include "../../../module/core/http_request.h"
#include "../../../module/core/uri.h"

static const struct http_limits limits = {
	.line = 100, .headers = 8, .header_bytes = 400, .body = 64,
};

static int parse(const char *text, size_t len, struct http_request *req, char **copy)
{
	bool want;
	size_t used = 0;
	const char *why = NULL;
	int res;

	*copy = malloc(len + 1);
	memcpy(*copy, text, len);
	res = http_parse(*copy, len, &limits, req, &used, &want, &why);
	if (res > HTTP_DONE)
		assert_non_null(why);
	return res;
}

#define H "Host: a\r\n"

static const struct {
	const char *text;
	int result;
} requests[] = {
	{"GET / HTTP/1.1\r\n" H "\r\n", HTTP_DONE},
	{"GET /a?b=c HTTP/1.0\r\n\r\n", HTTP_DONE},
	{"GET / HTTP/1.1\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\n" H H "\r\n", 400},
	{"GET / HTTP/1.1\n" H "\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
	{"GET  / HTTP/1.1\r\n" H "\r\n", 400},
	{"GET /\x01 HTTP/1.1\r\n" H "\r\n", 400},
	{"GET /#x HTTP/1.1\r\n" H "\r\n", 400},
	{"GET http://a/ HTTP/1.1\r\n" H "\r\n", HTTP_DONE},
	{"GET HTTPS://a:1/b?c=d HTTP/1.1\r\n" H "\r\n", HTTP_DONE},
	{"GET http://a HTTP/1.1\r\n" H "\r\n", 400},
	{"GET http:/a HTTP/1.1\r\n" H "\r\n", 400},
	{"GET ftp://a/ HTTP/1.1\r\n" H "\r\n", 400},
	{"GET * HTTP/1.1\r\n" H "\r\n", 400},
	{"GET / HTTP/2.0\r\n" H "\r\n", 505},
	{"GET / HTTP/1.2\r\n" H "\r\n", 505},
	{"GET / FTP/1.1\r\n" H "\r\n", 400},
	{"BREW / HTTP/1.1\r\n" H "\r\n", HTTP_DONE},
	{"BR/W / HTTP/1.1\r\n" H "\r\n", 400},
	{" / HTTP/1.1\r\n" H "\r\n", 400},
	{"\r\nGET / HTTP/1.1\r\n" H "\r\n", HTTP_DONE},
	{"\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n", HTTP_DONE},
	{"\r\n\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n", 400},
	{"\r\n\r", HTTP_MORE},
	{"\nGET / HTTP/1.1\r\n" H "\r\n", 400},
	{"\r\rGET / HTTP/1.1\r\n" H "\r\n", 400},
	{"GET / HTTP/1.1\r\n" H "A : b\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\n" H " folded\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\n" H ": b\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\n" H "A: b\rc\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\n" H "A: b\x7f\r\n\r\n", 400},
	{"POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc", HTTP_DONE},
	{"POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nab", HTTP_MORE},
	{"POST / HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
	{"POST / HTTP/1.1\r\n" H "Content-Length: +3\r\n\r\nabc", 400},
	{"POST / HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\n", 400},
	{"POST / HTTP/1.1\r\n" H "Content-Length: 0x3\r\n\r\nabc", 400},
	{"POST / HTTP/1.1\r\n" H "Content-Length: \r\n\r\n", 400},
	{"POST / HTTP/1.1\r\n" H "Content-Length: 99999999999999999999\r\n\r\n", 400},
	{"POST / HTTP/1.1\r\n" H "Content-Length: 64\r\n\r\n", HTTP_MORE},
	{"POST / HTTP/1.1\r\n" H "Content-Length: 65\r\n\r\n", 413},
	{"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", HTTP_DONE},
	{"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", HTTP_MORE},
	{"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", 400},
	{"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\n\r\n", 400},
	{"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n41\r\n", 413},
	{"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n", 413},
	{"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n", 400},
	{"POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip\r\n\r\n", 501},
	{"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, chunked\r\n\r\n", 501},
	{"POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	 400},
	{"GET / HTTP/1.1\r\n" H "A:1\r\nA:2\r\nA:3\r\nA:4\r\nA:5\r\nA:6\r\nA:7\r\n\r\n", HTTP_DONE},
	{"GET / HTTP/1.1\r\n" H "A:1\r\nA:2\r\nA:3\r\nA:4\r\nA:5\r\nA:6\r\nA:7\r\nA:8\r\n\r\n", 431},
};

static void test_requests(void **state)
{
	struct http_request req;
	char *copy;
	size_t i;
	int res;

	(void)state;
	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		res = parse(requests[i].text, strlen(requests[i].text), &req, &copy);
		if (res != requests[i].result)
			fail_msg("row %zu: %d instead of %d: %s", i, res, requests[i].result,
				 requests[i].text);
		free(copy);
	}
}

/* A shorter piece of a request may be "more" or its final verdict, never another one. */
static void test_requests_split(void **state)
{
	struct http_request req;
	size_t i, len;
	char *copy;
	int res;

	(void)state;
	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		for (len = 0; len < strlen(requests[i].text); len++) {
			res = parse(requests[i].text, len, &req, &copy);
			free(copy);
			if (res != HTTP_MORE && res != requests[i].result)
				fail_msg("row %zu cut at %zu: %d", i, len, res);
		}
	}
}

static int parse_line(size_t len)
{
	struct http_request req;
	char text[400], *copy;
	int n, res;

	n = snprintf(text, sizeof(text), "GET /%0*d HTTP/1.1\r\n" H "\r\n", (int)len - 14, 0);
	res = parse(text, (size_t)n, &req, &copy);
	free(copy);
	return res;
}

static void test_request_limits(void **state)
{
	(void)state;
	assert_int_equal(parse_line(99), HTTP_DONE);
	assert_int_equal(parse_line(100), HTTP_DONE);
	assert_int_equal(parse_line(101), 414);
}

static void test_request_parts(void **state)
{
	const char *text = "POST /a%20b?c=d HTTP/1.1\r\nHost: h\r\nX-One:  two words \t\r\n"
			   "Connection: foo, close\r\nContent-Length: 2\r\n\r\nhi";
	struct http_request req;
	char *copy;

	(void)state;
	assert_int_equal(parse(text, strlen(text), &req, &copy), HTTP_DONE);
	assert_int_equal(req.method, HTTP_POST);
	assert_string_equal(req.path, "/a%20b");
	assert_string_equal(req.query, "c=d");
	assert_string_equal(http_header(&req, "x-one"), "two words");
	assert_null(http_header(&req, "x-two"));
	assert_false(req.keep_alive);
	assert_int_equal(req.body_len, 2);
	assert_memory_equal(req.body, "hi", 2);
	free(copy);
}

static void test_paths(void **state)
{
	static const char *const bad[] = {"a//b", "a/%00", "a/..", "a/%2e%2e/b", ".", "a/%0a", "a/%zz",
					  "a/%ff", "a/%1", "/a"};
	struct uri_path path;
	const char *why;
	char *text;
	size_t i;

	(void)state;
	assert_int_equal(uri_path_parse(&path, "channels/a%2Fb+c/play", &why), 0);
	assert_int_equal(path.n, 3);
	assert_string_equal(path.segment[1], "a/b c");
	text = uri_path_encode(&path, -1, "");
	assert_string_equal(text, "channels/a%2Fb%20c/play");
	free(text);
	text = uri_path_encode(&path, 1, "x");
	assert_string_equal(text, "channels/x/play");
	free(text);
	uri_path_free(&path);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!uri_path_parse(&path, bad[i], &why))
			fail_msg("accepted: %s", bad[i]);
	}
}

/* What stands before and around a target does not get into it. */
static void test_targets(void **state)
{
	struct http_request req;
	char *copy;

	(void)state;
	assert_int_equal(parse("\r\nGET HTTP://b:1/c/d?e=f HTTP/1.1\r\n" H "\r\n", 47, &req, &copy),
			 HTTP_DONE);
	assert_string_equal(req.path, "/c/d");
	assert_string_equal(req.query, "e=f");
	free(copy);
	assert_int_equal(parse("BREW / HTTP/1.1\r\n" H "\r\n", 28, &req, &copy), HTTP_DONE);
	assert_int_equal(req.method, HTTP_UNKNOWN);
	free(copy);
}

static void test_params(void **state)
{
	struct uri_params params = {.n = 0};
	const char *why;

	(void)state;
	assert_int_equal(uri_params_add(&params, "a=b%26c&d&&e=f+g&=", 18, &why), 0);
	assert_int_equal(params.n, 4);
	assert_string_equal(uri_param(&params, "a"), "b&c");
	assert_string_equal(uri_param(&params, "d"), "");
	assert_string_equal(uri_param(&params, "e"), "f g");
	assert_null(uri_param(&params, "x"));
	uri_params_free(&params);
	/* A '%' that is no escape is one: Asterisk reads it so. No value has a NUL, or bad UTF-8. */
	params = (struct uri_params){.n = 0};
	assert_int_equal(uri_params_add(&params, "a=%0&b=%zz%2&c=100%", 19, &why), 0);
	assert_string_equal(uri_param(&params, "a"), "%0");
	assert_string_equal(uri_param(&params, "b"), "%zz%2");
	assert_string_equal(uri_param(&params, "c"), "100%");
	assert_int_equal(uri_params_add(&params, "a=%00", 5, &why), -1);
	uri_params_free(&params);
	params = (struct uri_params){.n = 0};
	assert_int_equal(uri_params_add(&params, "a=%ff", 5, &why), -1);
	uri_params_free(&params);
}

static void read_conf(const char *text, const char *wanted)
{
	struct config *config = config_new();
	struct ini_error err = {""};

	if (!config_read_http(config, "f", text, strlen(text), &err))
		config_finish(config, "f", &err);
	if (wanted ? !strstr(err.text, wanted) : *err.text)
		fail_msg("'%s' instead of '%s' for:\n%s", err.text, wanted ? wanted : "", text);
	config_unref(config);
}

#define G "[general]\ninner_user=i\ninner_password=p\n"

static void test_config(void **state)
{
	static const char *const rows[][2] = {
		{G "[a]\npassword=x ; comment\n", NULL},
		{G "[a]\npassword => x\n[g]\ntype=group\n[b]\npassword=y\ngroup=g\n", NULL},
		{"[general]\n", "f: [general] needs inner_user"},
		{"x=y\n", "f:1: 'x' stands before"},
		{"[general\n", "f:1: a section is written"},
		{"[general]\nfoo\n", "f:2: expected 'key = value'"},
		{"[general]\nfoo=1\n", "f:2: unknown key 'foo'"},
		{"[general]\nbindport=70000\n", "f:2: bindport = '70000': expected a number from 0"},
		{"[general]\nenabled=maybe\n", "f:2: enabled = 'maybe': expected yes or no"},
		{"[general]\nbindaddr=pbx.example\n", "f:2: bindaddr = 'pbx.example': expected an IPv4"},
		{G "bindaddr=\n[a]\npassword=x\n", NULL},
		{G "bindaddr=::1\n[a]\npassword=x\n", NULL},
		{"[general]\nallowed_origins=*, pbx.example\n", "'pbx.example' is no origin: expected SCHEME:"},
		{"[general]\nallowed_origins=http://a/,*\n", "'http://a/' is no origin"},
		{G "allowed_origins=*, https://a:81 null\n[a]\npassword=x\n", NULL},
		{"[general]\nspeakers=maybe\n", "f:2: speakers = 'maybe': expected yes, relayed or no"},
		{"[general]\nspeakers_silence=99\n", "f:2: speakers_silence = '99': expected a number from"},
		{"[a]\nspeakers=relayed\n", "f:2: speakers = 'relayed': expected yes or no"},
		{"#include x\n", "f:1: directives"},
		{G "[a]\npassword=x\n[a]\n", "f:6: [a] is there twice"},
		{G "[a]\n", "f:4: [a] has neither"},
		{G "[a]\npasswrd=x\n", "f:5: unknown key 'passwrd'"},
		{G "[a]\npassword=x\ngroup=none\n", "there is no group 'none'"},
		{G "[a]\npassword=x\npassword_format=crypt\n", "no crypt(3) hash"},
		{G "[a]\npassword=x\npassword_format=rot13\n", "expected plain, crypt or digest"},
		{G "[a]\nkey=abc\n", "f:5: key: expected 'sha256:'"},
		{G "[a]\npassword=x\nfollow=chanel:x\n", "f:6: follow: 'chanel:x' is no scope"},
		{G "[a]\npassword=x\nrights=root\n", "'root' is none of"},
		{G "[a:b]\n", "no colon"},
		{G "ping_interval=30\nping_timeout=30\n", "ping_timeout must be greater"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		read_conf(rows[i][0], rows[i][1]);
}

static void test_patterns(void **state)
{
	(void)state;
	assert_true(pattern_match("PJSIP/acme-*", "PJSIP/acme-1"));
	assert_true(pattern_match("*", ""));
	assert_true(pattern_match("a*b*c", "aXbXbc"));
	assert_true(pattern_match("a?c", "abc"));
	assert_false(pattern_match("a?c", "ac"));
	assert_false(pattern_match("abc", "abcd"));
	assert_false(pattern_match("*x", "abc"));
	assert_false(pattern_match("", "a"));
}

static void test_filters(void **state)
{
	const char *json = "{\"type\":\"ChannelVarset\",\"channel\":{\"id\":\"1\",\"name\":\"PJSIP/a-1\","
			   "\"dialplan\":{\"context\":\"x\"},\"tenantid\":\"t\"}}";
	static const struct {
		const char *filter;
		bool pass;
	} rows[] = {
		{"", true}, {"type:ChannelVarset", true}, {"type:Channel*", true}, {"type:Dial", false},
		{"type:Dial,type:ChannelVarset", true}, {"-type:ChannelVarset", false},
		{"type:*,-type:*Varset", false}, {"channel:1", true}, {"channel:PJSIP/*", true},
		{"channel:2", false}, {"type:Channel*,channel:2", false}, {"tenant:t", true},
		{"bridge:*", false}, {"-bridge:*", true}, {"endpoint:*", false},
	};
	struct event_keys keys;
	struct filter filter = {.n = 0};
	const char *why;
	size_t i;

	(void)state;
	event_keys_read(&keys, json, strlen(json));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(filter_parse(&filter, rows[i].filter, &why), 0);
		if (filter_pass(&filter, &keys) != rows[i].pass)
			fail_msg("filter '%s'", rows[i].filter);
	}
	assert_int_equal(filter_parse(&filter, "kind:x", &why), -1);
	assert_int_equal(filter_parse(&filter, "type", &why), -1);
	filter_free(&filter);
}

static bool passes(const char *text, const char *json)
{
	struct filter filter = {.n = 0};
	struct event_keys keys;
	const char *why;
	bool pass;

	assert_int_equal(filter_parse(&filter, text, &why), 0);
	event_keys_read(&keys, json, strlen(json));
	pass = filter_pass(&filter, &keys);
	filter_free(&filter);
	return pass;
}

/* The second bridge of a merge counts too, and one channel of more than there is room for. */
static void test_filter_of_many(void **state)
{
#define BRIDGE(id) "{\"id\":\"" id "\",\"name\":\"\",\"bridge_type\":\"mixing\"}"
#define CHANNEL(id) "\"c" id "\":{\"id\":\"" id "\",\"name\":\"n\",\"dialplan\":{}}"
	static const char merge[] = "{\"type\":\"BridgeMerged\",\"bridge\":" BRIDGE("to")
				    ",\"bridge_from\":" BRIDGE("from") "}";
	static const char transfer[] = "{\"type\":\"T\"," CHANNEL("1") "," CHANNEL("2") ","
				       CHANNEL("3") "," CHANNEL("4") "," CHANNEL("5") ","
				       CHANNEL("6") "," CHANNEL("7") "," CHANNEL("8") ","
				       CHANNEL("9") "}";

	(void)state;
	assert_true(passes("bridge:to", merge));
	assert_true(passes("bridge:from", merge));
	assert_false(passes("bridge:other", merge));
	assert_true(passes("channel:1", transfer));
	assert_true(passes("channel:9", transfer));
	assert_true(passes("-channel:none", transfer));
	assert_false(passes("-channel:1", transfer));
}

/* The header of RFC 7616, 3.9.1, for one algorithm and its response. */
#define MUFASA(algorithm, response) \
	"username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", " \
	"algorithm=" algorithm ", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", " \
	"nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, " \
	"response=\"" response "\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""

static void test_digest(void **state)
{
	const char *user = "Mufasa:http-auth@example.org:Circle of Life";
	struct digest_header header;
	char ha1[2 * HASH_MAX + 1];

	(void)state;
	assert_int_equal(digest_parse(MUFASA("SHA-256", "753927fa0e85d155564e2e272a28d180"
							"2ca10daf4496794697cf8db5856cb6c1"),
				      &header), 0);
	assert_int_equal(hash_hex(HASH_SHA256, user, strlen(user), ha1), 0);
	assert_true(digest_right(&header, ha1, "GET"));
	assert_false(digest_right(&header, ha1, "POST"));
	assert_int_equal(digest_parse(MUFASA("MD5", "8ca523f5e9506fed4657c9700eebdbec"), &header),
			 0);
	assert_int_equal(hash_hex(HASH_MD5, user, strlen(user), ha1), 0);
	assert_true(digest_right(&header, ha1, "GET"));
	assert_int_equal(digest_parse(MUFASA("SHA-512", "00"), &header), -1);
	assert_int_equal(digest_parse("username=\"x", &header), -1);
	assert_int_equal(digest_parse("username=\"x\", username=\"y\"", &header), -1);
	assert_int_equal(digest_parse("", &header), -1);
}

static void test_digest_replay(void **state)
{
	struct digest *digest = calloc(1, sizeof(*digest));
	struct digest_header header = {.nc = "00000001"};

	(void)state;
	digest_nonce(digest, 1000, header.nonce);
	assert_true(digest_fresh(digest, header.nonce, 1000));
	assert_true(digest_fresh(digest, header.nonce, 1000 + DIGEST_LIFE_MS));
	assert_false(digest_fresh(digest, header.nonce, 1001 + DIGEST_LIFE_MS));
	assert_true(digest_use(digest, &header));
	assert_false(digest_use(digest, &header));
	memcpy(header.nc, "00000005", 9);
	assert_true(digest_use(digest, &header));
	memcpy(header.nc, "00000003", 9);
	assert_true(digest_use(digest, &header));
	assert_false(digest_use(digest, &header));
	header.nonce[20] ^= 1;
	assert_false(digest_fresh(digest, header.nonce, 1000));
	free(digest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_requests_split),
		cmocka_unit_test(test_request_limits),
		cmocka_unit_test(test_request_parts),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_filter_of_many),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_digest_replay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
