/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Memory runs out: the linker gives the library (and jansson) an allocator of ours, in which the
 * k-th allocation fails, for every k until the work is done without reaching it:
 * - each piece of work ends, with success or with an error that has a code and a text;
 * - nothing crashes, and nothing leaks (the leak checker of the sanitizer build looks);
 * - a failure leaves things usable: the same work succeeds right after it.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "../../cli/config.h"
#include "ari/client.h"
#include "ari/model.h"

static long left = -1; /* allocations until the one that fails; negative: none does */

static bool fails(void)
{
	return left >= 0 && left-- == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t n, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
FILE *__real_open_memstream(char **text, size_t *len);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);
FILE *__wrap_open_memstream(char **text, size_t *len);
int __wrap_asprintf(char **text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int __wrap___asprintf_chk(char **text, int flag, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(old, n, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t len)
{
	return fails() ? NULL : __real_strndup(text, len);
}

FILE *__wrap_open_memstream(char **text, size_t *len)
{
	return fails() ? NULL : __real_open_memstream(text, len);
}

int __wrap_asprintf(char **text, const char *fmt, ...)
{
	va_list ap;
	int rc;

	*text = (char *)(uintptr_t)1; /* undefined after a failure: nobody may use it */
	if (fails())
		return -1;
	va_start(ap, fmt);
	rc = vasprintf(text, fmt, ap);
	va_end(ap);
	return rc;
}

int __wrap___asprintf_chk(char **text, int flag, const char *fmt, ...)
{
	va_list ap;
	int rc;

	(void)flag;
	*text = (char *)(uintptr_t)1;
	if (fails())
		return -1;
	va_start(ap, fmt);
	rc = vasprintf(text, fmt, ap);
	va_end(ap);
	return rc;
}

/* A piece of work: 0, or -1 with ERR. */
typedef int work_fn(const char *url, struct ari_error *err);

static void sweep(const char *name, work_fn *work, const char *url)
{
	for (long k = 0; k < 2000; k++) {
		struct ari_error err = {0};
		bool reached;
		int rc;

		left = k;
		rc = work(url, &err);
		reached = left < 0;
		left = -1;
		if (!reached) {
			if (rc)
				fail_msg("%s: %s", name, err.text);
			print_message("%s: %ld allocations\n", name, k);
			assert_true(k > 0);
			return;
		}
		if (rc && (!err.code || !err.text[0]))
			fail_msg("%s: allocation %ld: it failed without an error", name, k);
		ari_error_clear(&err);
		if (work(url, &err))
			fail_msg("%s: after allocation %ld failed: %s", name, k, err.text);
	}
	fail_msg("%s: there is no end to its allocations", name);
}

static int build(const char *url, struct ari_error *err)
{
	static const struct ari_arg args[] = {
		{"endpoint", "Local/1@x"},	{"app", "a b"},		  {"variables.A", "1"},
		{"variables.B", "\"\\u00e9\""}, {"formats", "ulaw,alaw"}, {"channelId", "c/1"},
	};
	struct ari_request request;

	(void)url;
	if (ari_request_build(&request, ari_operation_find("channels.originate"), args,
			      sizeof(args) / sizeof(args[0]), err))
		return -1;
	ari_request_release(&request);
	return 0;
}

static int apply_events(struct ari_model *model, struct ari_error *err)
{
	static const char *const lines[] = {
		"{\"type\":\"ChannelCreated\",\"channel\":{\"id\":\"c1\",\"name\":\"n\"}}",
		"{\"type\":\"BridgeCreated\",\"bridge\":{\"id\":\"b1\",\"channels\":[]}}",
		"{\"type\":\"ChannelEnteredBridge\",\"bridge\":{\"id\":\"b1\",\"channels\":[\"c1\"]"
		"},"
		"\"channel\":{\"id\":\"c1\",\"name\":\"n\"}}",
		"{\"type\":\"ChannelTalkingStarted\",\"channel\":{\"id\":\"c1\",\"name\":\"n\"}}",
		"{\"type\":\"PlaybackStarted\",\"playback\":{\"id\":\"p1\",\"state\":\"playing\"}}",
		"{\"type\":\"ChannelDestroyed\",\"channel\":{\"id\":\"c1\",\"name\":\"longer "
		"name\"}}",
		"{\"type\":\"ChannelCreated\",\"channel\":{\"id\":\"c2\",\"name\":\"n\"}}",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct ari_event event;

		if (ari_event_parse(&event, lines[i], strlen(lines[i]), err))
			return -1;
		ari_model_apply(model, &event, i);
	}
	return 0;
}

static void ignore_difference(const struct ari_event *event, void *data)
{
	(void)event;
	(void)data;
}

static int model(const char *url, struct ari_error *err)
{
	static const char channels[] = "[{\"id\":\"c3\",\"name\":\"a\",\"state\":\"Up\"},"
				       "{\"id\":\"c4\",\"name\":\"b\",\"state\":\"Up\"}]";
	static const char bridges[] = "[{\"id\":\"b2\",\"channels\":[\"c3\",\"c4\"]}]";
	struct ari_model *model = ari_model_new(NULL, err);
	struct ari_model_load load = {.fn = ignore_difference};
	int rc = -1;

	(void)url;
	if (!model)
		return -1;
	if (!apply_events(model, err)) {
		load.mark = ari_model_mark(model);
		rc = ari_model_load(model, ARI_OBJECT_CHANNEL,
				    (struct ari_span){channels, strlen(channels)}, &load, err) ||
				     ari_model_load(model, ARI_OBJECT_BRIDGE,
						    (struct ari_span){bridges, strlen(bridges)},
						    &load, err)
			     ? -1
			     : 0;
	}
	ari_model_free(model);
	return rc;
}

static int client(const char *url, struct ari_error *err)
{
	struct ari_options options = {
		.url = url, .user = "u", .password = "p", .ca_file = "/nowhere"};
	struct ari_client *client = ari_client_new(NULL, &options, err);

	ari_client_free(client);
	return client ? 0 : -1;
}

static int netrc(const char *url, struct ari_error *err)
{
	struct ari_options options = {.url = url, .netrc_file = getenv("TEST_NETRC")};
	struct ari_client *client = ari_client_new(NULL, &options, err);

	ari_client_free(client);
	return client ? 0 : -1;
}

static int call(const char *url, struct ari_error *err)
{
	struct ari_options options = {
		.url = url, .user = "u", .password = "p", .timeout_ms = 20000};
	struct ari_arg args[] = {{"endpoint", "Local/1@x"}, {"app", "a"}};
	struct ari_client *client = ari_client_new(NULL, &options, err);
	struct ari_reply reply = {0};
	int rc;

	if (!client)
		return -1;
	rc = ari_client_call(client, "channels.originate", args, 2, &reply, err);
	if (!rc && (!reply.json || !reply.len))
		rc = -1;
	ari_reply_release(&reply);
	ari_client_free(client);
	return rc;
}

/* What the command line program reads; its errors are a text alone. */
static int config(const char *url, struct ari_error *err)
{
	static const char text[] = "url = http://pbx:8088/ari\nuser = bob\n"
				   "password_command = show pbx\ninsecure = no\n";
	struct config_values values = {{NULL}};
	int rc =
		config_parse(&values, false, "f", text, strlen(text), err->text, sizeof(err->text));
	char **words = NULL;
	const char *why = NULL;

	(void)url;
	if (!rc) {
		words = config_words(values.value[CONFIG_PASSWORD_COMMAND], &why);
		rc = words ? 0 : -1;
		snprintf(err->text, sizeof(err->text), "%s", why ? why : "");
	}
	err->code = rc ? ARI_ECONFIG : ARI_OK;
	free(words);
	config_values_release(&values);
	return rc;
}

static void test_config(void **state)
{
	(void)state;
	sweep("a configuration", config, NULL);
}

static void test_build(void **state)
{
	(void)state;
	sweep("a request", build, NULL);
}

static void test_model(void **state)
{
	(void)state;
	sweep("the model", model, NULL);
}

static void test_client(void **state)
{
	char file[] = "/tmp/test_memory.XXXXXX";
	int fd = mkstemp(file);

	(void)state;
	assert_true(fd >= 0);
	dprintf(fd, "machine pbx login u password p\n");
	close(fd);
	setenv("TEST_NETRC", file, 1);
	sweep("a client", client, "http://pbx:8088/ari");
	sweep("a client of netrc", netrc, "http://pbx:8088/ari");
	unlink(file);
}

/* One connection after the other, one answer each, until it is killed. */
static void serve(int listener)
{
	static const char answer[] =
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
		"Connection: close\r\nContent-Length: 10\r\n\r\n{\"id\":\"c\"}";

	for (;;) {
		int fd = accept(listener, NULL, NULL);
		char buf[8192];
		size_t len = 0;
		ssize_t n;

		while ((n = recv(fd, buf + len, sizeof(buf) - 1 - len, 0)) > 0) {
			len += (size_t)n;
			buf[len] = '\0';
			if (strstr(buf, "\r\n\r\n"))
				break;
		}
		if (len)
			send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL);
		close(fd);
	}
}

static void test_call(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char url[64];
	pid_t pid;

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/ari", ntohs(address.sin_port));
	pid = fork();
	if (!pid)
		serve(fd);
	close(fd);
	sweep("a call", call, url);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config), cmocka_unit_test(test_build),
		cmocka_unit_test(test_model),  cmocka_unit_test(test_client),
		cmocka_unit_test(test_call),
	};

	json_set_alloc_funcs(__wrap_malloc, free);
	alarm(120); /* work that never ends is a failure too */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
