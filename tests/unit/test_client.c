/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The client against a server of ours on the same loop (loop_server.h). The request bytes are the
 * assertion; what may not be done twice is in test_client_once.c,
 * calls that nobody waits for in test_client_async.c:
 * - a call sends one request, reuses the connection, and gives the reply or the server's own words;
 * - redirects are not followed, proxies of the environment not used; nothing secret is in a trace;
 * - replies that are no ARI, broken, too large or late are one-line errors within the deadline, and
 * so is a lack of descriptors;
 * - downloads go to a descriptor, refusals do not; typed helpers send what they promise.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "client_fixture.h"

static void test_call(void **state)
{
	struct fixture f;

	(void)state;
	START(&f, ANSWER(OK_LIST), ANSWER(OK_LIST));
	assert_int_equal(call(&f, "channels.list", NULL, NULL), 0);
	assert_int_equal(f.reply.status, 200);
	assert_true(f.reply.json);
	assert_string_equal(f.reply.body, "[]");
	assert_int_equal(call(&f, "bridges.list", NULL, NULL), 0);
	assert_int_equal(f.server.connections, 1);
	assert_line(&f, 0, "GET /ari/channels HTTP/1.1\r\n");
	assert_line(&f, 1, "GET /ari/bridges HTTP/1.1\r\n");
	assert_non_null(
		strstr(f.server.request[0], "\r\nAuthorization: Basic Ym9iOnMzY3JldA==\r\n"));
	assert_non_null(strstr(f.server.request[0], "\r\nAccept: application/json\r\n"));
	assert_null(strcasestr(f.server.request[0], "accept-encoding"));
	assert_non_null(strstr(f.trace, "> GET http://127.0.0.1:"));
	assert_non_null(strstr(f.trace, "< 200 application/json 2 bytes"));
	assert_null(strstr(f.trace, "s3cret"));
	assert_null(strstr(f.trace, "Ym9i"));
	stop(&f);
}

static void test_body(void **state)
{
	struct fixture f;

	(void)state;
	START(&f, ANSWER(OK_CHANNEL), ANSWER(NO_CONTENT));
	const struct ari_arg args[] = {
		{"endpoint", "Local/1@a"}, {"channelId", "mine"}, {"variables.A", "1"}};

	assert_int_equal(ari_client_call(f.client, "channels.originate", args, 3, NULL, &f.err), 0);
	assert_line(&f, 0, "POST /ari/channels?endpoint=Local%2F1%40a&channelId=mine HTTP/1.1\r\n");
	assert_non_null(strstr(f.server.request[0], "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(f.server.request[0], "\r\n\r\n{\"variables\":{\"A\":\"1\"}}"));
	assert_int_equal(call(&f, "channels.answer", "channelId", "x"), 0);
	assert_line(&f, 1, "POST /ari/channels/x/answer HTTP/1.1\r\n");
	assert_non_null(strcasestr(f.server.request[1], "\r\ncontent-length: 0\r\n"));
	assert_null(strcasestr(f.server.request[1], "content-type"));
	stop(&f);
}

/* The proxy would get the password: both forms of the variable point to where nobody listens. */
static void test_proxy(void **state)
{
	static const char *const names[] = {"http_proxy", "all_proxy", "ALL_PROXY"};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		START(&f, ANSWER(OK_LIST));
		setenv(names[i], "http://127.0.0.1:1", 1);
		assert_int_equal(call(&f, "channels.list", NULL, NULL), 0);
		assert_line(&f, 0, "GET /ari/channels HTTP/1.1\r\n");
		unsetenv(names[i]);
		stop(&f);
	}
}

/* The last descriptor that may be had is one that the library already has. */
static void test_no_descriptor(void **state)
{
	struct rlimit before, none;
	struct fixture f;

	(void)state;
	START(&f, ANSWER(OK_LIST), ANSWER(OK_LIST));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){.rlim_cur = 3, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(call(&f, "channels.list", NULL, NULL), -1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	if (!strstr(f.err.text, "Too many open files"))
		fail_msg("%s", f.err.text);
	assert_int_equal(call(&f, "channels.list", NULL, NULL), 0);
	stop(&f);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *answer;
		enum ari_code code;
		int status;
		const char *text; /* part of it */
	} rows[] = {
		{REFUSE("400 Bad"), ARI_EREJECTED, 400, "no. (400)"},
		{REFUSE("401 No"), ARI_EREFUSED, 401, "refuses user bob"},
		{REFUSE("403 No"), ARI_EREFUSED, 403, "no. (403)"},
		{REFUSE("404 No"), ARI_ENOTFOUND, 404, "no. (404)"},
		{REFUSE("409 No"), ARI_ECONFLICT, 409, "no. (409)"},
		{REFUSE("412 No"), ARI_ECONFLICT, 412, "no. (412)"},
		{REFUSE("422 No"), ARI_ECONFLICT, 422, "no. (422)"},
		{REFUSE("500 No"), ARI_ESERVER, 500, "no. (500)"},
		{"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", ARI_ESERVER, 503,
		 "busy or not ready"},
		{"HTTP/1.1 404 No\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<p/>",
		 ARI_EPROTOCOL, 404, "no ARI at http://127.0.0.1:"},
		{"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=x\r\nContent-Length: "
		 "4\r\n\r\n<p/>",
		 ARI_EPROTOCOL, 200, "is not an ARI server: it answers 200 with text/html"},
		{"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[[",
		 ARI_EPROTOCOL, 200, "is broken"},
		{"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n",
		 ARI_EPROTOCOL, 200, "answers 200 with nothing"},
		{"HTTP/1.1 302 Away\r\nLocation: http://evil.invalid/x\r\nContent-Length: "
		 "0\r\n\r\n",
		 ARI_EPROTOCOL, 302, "redirects to http://evil.invalid/x: not followed"},
		{"HTTP/1.1 304 Same\r\n\r\n", ARI_EPROTOCOL, 304, "answers 304"},
		{"SSH-2.0-OpenSSH_9.2\r\n", ARI_EPROTOCOL, 0, "does not speak HTTP"},
		{"HTTP/1.1 500 x\r\nContent-Type: application/json\r\nContent-Length: 34\r\n\r\n"
		 "{\"message\":\"a\\u001b[2J\\nb\\u202ec\"}",
		 ARI_ESERVER, 500, "a?[2J b?c (500)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;

		START(&f, LAST(rows[i].answer));
		assert_int_equal(call(&f, "channels.list", NULL, NULL), -1);
		if (!strstr(f.err.text, rows[i].text))
			fail_msg("row %zu: %s", i, f.err.text);
		assert_int_equal(f.err.code, rows[i].code);
		assert_int_equal(f.err.http_status, rows[i].status);
		assert_string_equal(f.err.operation, "channels.list");
		assert_null(f.reply.body);
		assert_int_equal(f.server.requests, 1);
		stop(&f);
	}
}

static void test_unreachable(void **state)
{
	struct fixture f;

	(void)state;
	START(&f, ANSWER("HTTP/1.1 500 No\r\nContent-Type: application/json\r\nContent-Length: "
			 "29\r\n\r\n{\"error\":\"Allocation failed\"}"));
	assert_int_equal(call(&f, "channels.originate", "endpoint", "PJSIP/nobody"), -1);
	assert_int_equal(f.err.code, ARI_ESERVER);
	assert_string_equal(f.err.text, "Allocation failed (500): does the endpoint exist, and can "
					"it be reached?");
	stop(&f);
}

static int call_limited(const char *answer, size_t max_reply, struct ari_error *err)
{
	const struct server_answer script[] = {LAST(answer)};
	struct fixture f;
	int rc;

	start(&f, script, 1, (struct ari_options){.max_reply = max_reply});
	rc = call(&f, "channels.list", NULL, NULL);
	*err = f.err;
	stop(&f);
	return rc;
}

static void test_limits(void **state)
{
	static const char chunked[] =
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
		"Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n2\r\n  \r\n0\r\n\r\n";
	static const char sized[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
				    "Content-Length: 4\r\n\r\n[]  ";
	struct ari_error err;
	char *head = malloc(100000);
	size_t n;

	(void)state;
	assert_int_equal(call_limited(chunked, 4, &err), 0);
	assert_int_equal(call_limited(chunked, 3, &err), -1);
	assert_int_equal(err.code, ARI_EPROTOCOL);
	assert_non_null(strstr(err.text, "is larger than 3 bytes"));
	assert_int_equal(call_limited(sized, 4, &err), 0);
	assert_int_equal(call_limited(sized, 3, &err), -1);
	assert_non_null(strstr(err.text, "is larger than 3 bytes"));
	assert_non_null(head);
	n = (size_t)(stpcpy(head, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n") - head);
	for (; n < 70000; n += 10)
		memcpy(head + n, "X-Y: 123\r\n", 11);
	memcpy(head + n, "\r\n[]", 5);
	assert_int_equal(call_limited(head, 0, &err), -1);
	assert_int_equal(err.code, ARI_EPROTOCOL);
	assert_non_null(strstr(err.text, "bytes of headers"));
	free(head);
}

static void test_deadlines(void **state)
{
	const struct server_answer silent[] = {ANSWER(NULL)};
	const struct server_answer half[] = {
		ANSWER("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n["),
	};
	struct ari_options options = {.timeout_ms = 60};
	struct fixture f;

	(void)state;
	start(&f, silent, 1, options);
	assert_int_equal(call(&f, "channels.list", NULL, NULL), -1);
	assert_int_equal(f.err.code, ARI_ETIMEOUT);
	assert_non_null(strstr(f.err.text, "no answer from http://127.0.0.1:"));
	assert_non_null(strstr(f.err.text, "within 0.06 s"));
	stop(&f);
	start(&f, half, 1, options);
	assert_int_equal(call(&f, "channels.list", NULL, NULL), -1);
	assert_int_equal(f.err.code, ARI_ETIMEOUT);
	assert_non_null(strstr(f.err.text, "no complete answer"));
	stop(&f);
}

static void test_refused_port(void **state)
{
	struct fixture f;

	(void)state;
	START(&f, ANSWER(OK_LIST));
	ari_source_remove(f.server.source);
	f.server.source = NULL;
	close(f.server.fd);
	f.server.fd = -1;
	assert_int_equal(call(&f, "channels.list", NULL, NULL), -1);
	assert_int_equal(f.err.code, ARI_ECONNECT);
	assert_non_null(strstr(f.err.text, "cannot connect to 127.0.0.1:"));
	assert_non_null(strstr(f.err.text, "Connection refused"));
	stop(&f);
}

static void test_arguments(void **state)
{
	struct fixture f;

	(void)state;
	START(&f, ANSWER(OK_LIST));
	assert_int_equal(call(&f, "channels.lst", NULL, NULL), -1);
	assert_string_equal(f.err.text,
			    "there is no operation 'channels.lst': did you mean channels.list?");
	assert_int_equal(call(&f, "nonsense", NULL, NULL), -1);
	assert_string_equal(f.err.text, "there is no operation 'nonsense'");
	assert_int_equal(call(&f, "events.eventWebsocket", "app", "x"), -1);
	assert_int_equal(f.err.code, ARI_EARGUMENT);
	assert_int_equal(call(&f, "channels.get", "channelId", ".."), -1);
	assert_int_equal(f.err.code, ARI_EARGUMENT);
	assert_string_equal(f.err.operation, "channels.get");
	assert_int_equal(f.server.connections, 0);
	stop(&f);
}

static void test_download(void **state)
{
	const struct ari_arg arg = {"recordingName", "note"};
	struct ari_options options = {.max_reply = 100};
	const struct server_answer script[] = {
		ANSWER("HTTP/1.1 200 OK\r\nContent-Type: audio/x-wav\r\nContent-Length: "
		       "8\r\n\r\nRIFF\r\n\r\n"),
		ANSWER(REFUSE("404 No")),
		ANSWER("HTTP/1.1 200 OK\r\nContent-Type: audio/x-wav\r\nContent-Length: "
		       "8\r\n\r\nRIFF\r\n\r\n"),
	};
	char path[] = "/tmp/astctl-download-XXXXXX";
	char got[16] = "";
	size_t bytes = 0;
	struct fixture f;
	int fd = mkstemp(path);
	int full = open("/dev/full", O_WRONLY);

	(void)state;
	assert_true(fd >= 0 && full >= 0);
	options.max_reply = 4; /* no limit for a descriptor */
	start(&f, script, 3, options);
	assert_int_equal(ari_client_download(f.client, "recordings.getStoredFile", &arg, 1, fd,
					     &bytes, &f.err),
			 0);
	assert_int_equal(bytes, 8);
	assert_int_equal(pread(fd, got, sizeof(got), 0), 8);
	assert_memory_equal(got, "RIFF\r\n\r\n", 8);
	ari_client_free(f.client);
	f.client = NULL;
	options.max_reply = 0;
	options.url = f.server.url;
	f.client = ari_client_new(f.loop, &options, NULL);
	assert_int_equal(ari_client_download(f.client, "recordings.getStoredFile", &arg, 1, fd,
					     &bytes, &f.err),
			 -1);
	assert_int_equal(f.err.code, ARI_ENOTFOUND);
	assert_int_equal(pread(fd, got, sizeof(got), 0), 8);
	ari_error_clear(&f.err);
	assert_int_equal(ari_client_download(f.client, "recordings.getStoredFile", &arg, 1, full,
					     NULL, &f.err),
			 -1);
	assert_int_equal(f.err.code, ARI_ESYSTEM);
	assert_non_null(strstr(f.err.text, "No space left"));
	close(full);
	close(fd);
	unlink(path);
	stop(&f);
}

static void test_helpers(void **state)
{
	static const char *const variables[] = {"A", "1", "B", "two", NULL};
	const struct ari_originate originate = {
		.endpoint = "PJSIP/alice", .app = "hello", .timeout_s = -1, .variables = variables};
	const struct ari_record record = {.name = "n", .max_duration_s = 3, .beep = true};
	const struct ari_place place = {.context = "default", .priority = 2};
	char id[ARI_OBJECT_ID_SIZE] = "";
	struct fixture f;

	(void)state;
	START(&f, ANSWER(OK_CHANNEL), ANSWER(OK_CHANNEL), ANSWER(OK_CHANNEL), ANSWER(NO_CONTENT),
	      ANSWER(NO_CONTENT), ANSWER(OK_CHANNEL), ANSWER(NO_CONTENT), ANSWER(OK_LIST));
	assert_int_equal(ari_channel_originate(f.client, &originate, id, NULL), 0);
	assert_string_equal(id, "c");
	assert_int_equal(ari_channel_play(f.client, "c", "sound:a", id, NULL), 0);
	assert_int_equal(ari_bridge_create(f.client, NULL, "room", id, NULL), 0);
	assert_int_equal(ari_bridge_add_channel(f.client, "b", "c", NULL), 0);
	assert_int_equal(ari_channel_continue(f.client, "c", &place, NULL), 0);
	assert_int_equal(ari_bridge_record(f.client, "b", &record, NULL), 0);
	assert_int_equal(ari_channel_hangup(f.client, "c", "busy", NULL), 0);
	assert_line(&f, 0,
		    "POST /ari/channels?endpoint=PJSIP%2Falice&app=hello&timeout=-1&channelId=");
	assert_non_null(strstr(f.server.request[0], "{\"variables\":{\"A\":\"1\",\"B\":\"two\"}}"));
	assert_line(&f, 1, "POST /ari/channels/c/play?media=sound%3Aa&playbackId=astctl-");
	assert_line(&f, 2, "POST /ari/bridges?type=mixing&bridgeId=astctl-");
	assert_line(&f, 3, "POST /ari/bridges/b/addChannel?channel=c HTTP");
	assert_line(&f, 4, "POST /ari/channels/c/continue?context=default&priority=2 HTTP");
	assert_line(
		&f, 5,
		"POST /ari/bridges/b/record?name=n&format=wav&maxDurationSeconds=3&beep=true HTTP");
	assert_line(&f, 6, "DELETE /ari/channels/c?reason=busy HTTP");
	/* a reply without an id is no channel */
	assert_int_equal(ari_channel_originate(f.client, &originate, id, &f.err), -1);
	assert_int_equal(f.err.code, ARI_EPROTOCOL);
	stop(&f);
}

static void test_options(void **state)
{
	char many[300];
	const struct {
		struct ari_options options;
		const char *text;
	} rows[] = {
		{{.url = NULL}, "there is no URL"},
		{{.url = "ftp://x"}, "http or https"},
		{{.url = "x", .password = "p"}, "a password but no user"},
		{{.url = "x", .user = "u"}, "no password for user u"},
		{{.url = "x", .user = "a:b", .password = "p"}, "contains ':'"},
		{{.url = "x", .user = "", .password = "p"}, "is empty"},
		{{.url = "x", .user = "u", .password = "a\r\nX: y"}, "control character"},
		{{.url = "x", .user = "u", .password = many}, "longer than 254 bytes"},
		{{.url = "x", .netrc_file = "/nonexistent/netrc"},
		 "cannot read /nonexistent/netrc"},
	};

	(void)state;
	memset(many, 'p', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ari_error err = {.code = ARI_OK};

		assert_null(ari_client_new(NULL, &rows[i].options, &err));
		assert_int_equal(err.code, ARI_ECONFIG);
		if (!strstr(err.text, rows[i].text))
			fail_msg("row %zu: %s", i, err.text);
		assert_null(strstr(err.text, "pppp"));
	}
	assert_null(ari_client_new(NULL, NULL, NULL));
}

static void test_accessors(void **state)
{
	struct ari_options options = {.url = "https://PBX/stasis/",
				      .user = "Aladdin",
				      .password = "open sesame",
				      .insecure = true};
	struct ari_client *client = ari_client_new(NULL, &options, NULL);

	(void)state;
	assert_non_null(client);
	assert_string_equal(arip_client_authorization(client),
			    "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
	assert_string_equal(arip_client_endpoint(client)->hostport, "pbx:8089");
	assert_string_equal(arip_client_endpoint(client)->base, "/stasis");
	assert_true(arip_client_endpoint(client)->tls);
	assert_int_equal(arip_client_settings(client)->timeout_ms, 30000);
	assert_int_equal(arip_client_settings(client)->max_reply, 8 << 20);
	assert_non_null(ari_client_loop(client));
	ari_client_free(client);
	options.password = "p";
	options.user = "u";
	client = ari_client_new(NULL, &options, NULL);
	assert_string_equal(arip_client_authorization(client), "Basic dTpw");
	ari_client_free(client);
	ari_client_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_no_descriptor),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_refused_port),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_download),
		cmocka_unit_test(test_helpers),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_accessors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
