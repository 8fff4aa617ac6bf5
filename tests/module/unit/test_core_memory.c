/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Memory runs out in the core: its objects (and only they) get their memory from here, where the
 * k-th allocation fails, for every k until the work is done without reaching it.
 * - Whoever asked gets an answer, or finds the connection closed: nobody is left to wait.
 * - Nothing crashes, every reference comes back to the host, every application is given back, and
 *   nothing leaks (the leak checker of the sanitizer build looks).
 * - The server answers as ever right after it.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "../../../module/core/server.h"

#define AUTH "Authorization: Basic bWU6cHc=\r\n"	/* me:pw */
#define GET(target) "GET /stasis/" target " HTTP/1.1\r\nHost: t\r\n" AUTH
#define UPGRADE(query) GET("events?" query) "Upgrade: websocket\r\nConnection: Upgrade\r\n" \
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
/* As a frame with a mask of zeros; shorter than 126 bytes. */
#define FRAME_MAX 125

#ifndef WAIT
#define WAIT 30	/* s; for a busy machine */
#endif

static const char conf[] = "[general]\ninner_user=i\ninner_password=p\nrequest_rate=0\n"
			   "max_auth_failures=100000\n[me]\npassword=pw\n[key]\nkey=sha256:"
			   "ad44dc8e51cfbfa55e81ddbb626b466241069045066846e7e4cd096131505290\n"
			   "[tenant]\npassword=pw\nfollow=context:own\nmanipulate=context:own\n"
			   "originate=context:own\n";
/* With this user every wrong password costs a hash: only where that matters. */
static const char slow[] = "[slow]\npassword_format=crypt\npassword=$5$rounds=1000$salt$"
			   "CCvcOM6b7TEJDPb37Aec/9UpOg4QhPNAxPpL9ZzjTB7\n";
static bool hashes;

static long left = -1;	/* allocations until the one that fails; negative: none does. Atomic. */

static long which;	/* the k */

static bool fails(void)
{
	long now = __atomic_load_n(&left, __ATOMIC_SEQ_CST);

	return now >= 0 && __atomic_fetch_sub(&left, 1, __ATOMIC_SEQ_CST) == 0;
}

/* What the core's objects call instead: the makefile has renamed it. */
void *core_malloc(size_t size);
void *core_calloc(size_t n, size_t size);
void *core_realloc(void *old, size_t size);
char *core_strdup(const char *text);
char *core_strndup(const char *text, size_t len);

void *core_malloc(size_t size)
{
	return fails() ? NULL : malloc(size);
}

void *core_calloc(size_t n, size_t size)
{
	return fails() ? NULL : calloc(n, size);
}

void *core_realloc(void *old, size_t size)
{
	return fails() ? NULL : realloc(old, size);
}

char *core_strdup(const char *text)
{
	return fails() ? NULL : strdup(text);
}

char *core_strndup(const char *text, size_t len)
{
	return fails() ? NULL : strndup(text, len);
}

/* The host: one item is an object that comes or goes, or an event. References are counted. */
struct item {
	enum object_class class;
	const char *id, *event;
	bool gone;
};

struct bench {
	struct server *server;
	pthread_mutex_t lock;
	int refs, apps, items;
};

static void add(struct bench *bench, int *what, int n)
{
	pthread_mutex_lock(&bench->lock);
	*what += n;
	pthread_mutex_unlock(&bench->lock);
}

static void host_log(void *host, enum host_level level, const char *text)
{
	(void)host;
	(void)level;
	(void)text;
}

static void host_invoke(void *host, const struct host_call *call, struct host_reply *reply)
{
	(void)host;
	reply->status = call->method == HTTP_DELETE ? 204 : 200;
	if (reply->status == 200)
		buf_addf(&reply->body, "{\"id\":\"made\",\"path\":\"%s\",\"params\":%zu}", call->path,
			 call->params->n);
	if (reply->body.failed)
		reply->status = 500;
}

static int host_register(void *host, const char *app, uint64_t session)
{
	(void)app;
	(void)session;
	add(host, &((struct bench *)host)->apps, 1);
	return 0;
}

static void host_unregister(void *host, const char *app, uint64_t session)
{
	(void)app;
	(void)session;
	add(host, &((struct bench *)host)->apps, -1);
}

static int host_sync(void *host, uint64_t ticket)
{
	server_post_sync(((struct bench *)host)->server, ticket);
	return 0;
}

static void host_listen(void *host, const char *channel, const char *name, bool on)
{
	(void)host;
	(void)channel;
	(void)name;
	(void)on;
}

static void host_listen_level(void *host, int threshold)
{
	(void)host;
	(void)threshold;
}

static void host_read(void *host, void *arg, struct host_sink *sink)
{
	const struct item *item = arg;
	struct host_object object = {
		.class = item->class,
		.id = item->id,
		.gone = item->gone,
		.name = "Local/x@own-1;1",
		.context = "own",
		.endpoint = "Local/x@own",
		.ref = item->gone ? NULL : host,
	};

	if (item->id) {
		add(host, &((struct bench *)host)->refs, object.ref != NULL);
		sink->object(sink, &object);
	}
	if (item->event && sink->want_events)
		sink->event(sink, item->event, strlen(item->event));
}

static int host_app_json(void *host, void *event, struct buf *out)
{
	(void)host;
	buf_adds(out, event);
	return out->failed ? -1 : 0;
}

static void host_release(void *host, void *item)
{
	(void)item;
	add(host, &((struct bench *)host)->items, -1);
}

static int host_object_json(void *host, enum object_class class, void *ref, struct buf *out)
{
	(void)host;
	(void)ref;
	buf_addf(out, "{\"id\":\"own\",\"class\":%d}", (int)class);
	return out->failed ? -1 : 0;
}

static bool host_is_current(void *host, enum object_class class, void *ref)
{
	(void)host;
	(void)class;
	(void)ref;
	return false;
}

static void host_object_release(void *host, enum object_class class, void *ref)
{
	(void)class;
	(void)ref;
	add(host, &((struct bench *)host)->refs, -1);
}

/* It has nothing to tell again: clients are told of the gap. */
static int host_retell(void *host)
{
	(void)host;
	return -1;
}

static const struct host_ops ops = {
	.log = host_log,
	.invoke = host_invoke,
	.app_register = host_register,
	.app_unregister = host_unregister,
	.sync = host_sync,
	.listen = host_listen,
	.listen_level = host_listen_level,
	.retell = host_retell,
	.read = host_read,
	.app_json = host_app_json,
	.item_release = host_release,
	.app_event_release = host_release,
	.object_json = host_object_json,
	.object_is_current = host_is_current,
	.object_release = host_object_release,
};

/* The network: what is written is kept, as far as there is room. */
struct wire {
	struct conn *conn;
	char out[1 << 16];
	size_t len;
	bool closed;
};

static int wire_write(void *io, const char *data, size_t len)
{
	struct wire *wire = io;
	size_t room = sizeof(wire->out) - wire->len;

	len = len < room ? len : room;
	memcpy(wire->out + wire->len, data, len);
	wire->len += len;
	return 0;
}

static void wire_ignore(void *io)
{
	(void)io;
}

static void wire_pause(void *io, bool pause)
{
	(void)io;
	(void)pause;
}

static void wire_kill(void *io)
{
	((struct wire *)io)->closed = true;
}

static const struct io_ops wire_ops = {
	.write = wire_write,
	.want_write = wire_ignore,
	.pause_reading = wire_pause,
	.finish_writing = wire_kill,	/* the peer sees the end */
	.close = wire_kill,
};

static const struct transport_ops wire_transport = {
	.wake = wire_ignore,
};

static struct config *config_read(void)
{
	struct ini_error err = {""};
	struct config *config = config_new();

	if (config && (config_read_http(config, "t", conf, sizeof(conf) - 1, &err) ||
		       (hashes && config_read_http(config, "t", slow, sizeof(slow) - 1, &err)) ||
		       config_finish(config, "t", &err))) {
		assert_true(*err.text);
		config_unref(config);
		config = NULL;
	}
	if (config)
		config->refusal_ms = 1;
	return config;
}

static void post(struct bench *bench, const struct item *item)
{
	add(bench, &bench->items, 1);
	server_post_item(bench->server, (void *)item);
}

static void post_app(struct bench *bench, uint64_t session, const char *event)
{
	add(bench, &bench->items, 1);
	server_post_app(bench->server, session, "a", (void *)event);
}

static const char *printable(struct wire *wire)
{
	for (size_t i = 0; i < wire->len; i++) {
		if (!wire->out[i])
			wire->out[i] = '.';
	}
	return wire->out;
}

/* Until TEXT came or the connection is closed. */
static bool wait_for(struct bench *bench, struct wire *wire, const char *text)
{
	time_t end = time(NULL) + WAIT;

	while (!wire->closed && !memmem(wire->out, wire->len, text, strlen(text))) {
		if (time(NULL) > end)
			fail_msg("allocation %ld: neither an answer nor the end; there is '%.*s'",
				 which, (int)wire->len, printable(wire));
		server_wake(bench->server);
		server_tick(bench->server);
		nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
	}
	return !wire->closed;
}

static struct wire *open_wire(struct bench *bench)
{
	struct wire *wire = calloc(1, sizeof(*wire));

	assert_non_null(wire);
	wire->conn = server_open(bench->server, &wire_ops, wire, "127.0.0.1", false);
	wire->closed = !wire->conn;
	return wire;
}

static void close_wire(struct wire *wire)
{
	if (wire->conn)
		server_closed(wire->conn);
	free(wire);
}

static bool send_all(struct bench *bench, struct wire *wire, const char *data, size_t len,
		     const char *answer)
{
	if (!wire->closed && server_input(wire->conn, data, len))
		wire->closed = true;
	return wait_for(bench, wire, answer);
}

static void ask(struct bench *bench, const char *text)
{
	struct wire *wire = open_wire(bench);

	send_all(bench, wire, text, strlen(text), "\r\n\r\n");
	close_wire(wire);
}

static bool say(struct bench *bench, struct wire *wire, const char *text, const char *answer)
{
	size_t len = strlen(text);
	char frame[FRAME_MAX + 6] = {(char)0x81, (char)(0x80 | len)};

	assert_true(len <= FRAME_MAX);
	memcpy(frame + 6, text, len);
	return send_all(bench, wire, frame, len + 6, answer);
}

static const struct item channel = {.class = OBJECT_CHANNEL, .id = "own"};
static const struct item bridge = {.class = OBJECT_BRIDGE, .id = "own",
				   .event = "{\"type\":\"BridgeCreated\",\"bridge\":{\"id\":\"own\"}}"};
static const struct item end = {.class = OBJECT_CHANNEL, .id = "own", .gone = true,
				.event = "{\"type\":\"ChannelDestroyed\",\"channel\":{\"id\":\"own\"}}"};

static void work_reads(struct bench *bench)
{
	post(bench, &channel);
	post(bench, &bridge);
	ask(bench, GET("channels") "\r\n");
	ask(bench, GET("bridges") "If-None-Match: \"x\"\r\n\r\n");
	ask(bench, GET("channels/own?pretty=1") "Accept: application/xml\r\n\r\n");
	ask(bench, GET("playbacks") "\r\n");
	ask(bench, GET("sessions") "\r\n");
	ask(bench, GET("api-docs/stasis.json") "Origin: http://t\r\n\r\n");
	ask(bench, GET("asterisk/info") "\r\n" GET("channels") "\r\n" GET("nowhere") "\r\n");
	post(bench, &end);
}

static void work_changes(struct bench *bench)
{
	static const char xml[] = "<originate><endpoint>Local/a@own</endpoint><app>a</app></originate>";
	char text[600];

	post(bench, &channel);
	ask(bench, "POST /ari/channels/own/variable?variable=a%20b&value=c HTTP/1.1\r\nHost: t\r\n" AUTH
		   "Content-Length: 0\r\n\r\n");
	ask(bench, "POST /ari/channels HTTP/1.1\r\nHost: t\r\n" AUTH "Content-Type: application/json\r\n"
		   "Content-Length: 58\r\n\r\n"
		   "{\"endpoint\":\"Local/a@own\",\"app\":\"a\",\"variables\":{\"a\":\"b\"}}");
	snprintf(text, sizeof(text), "POST /ari/channels HTTP/1.1\r\nHost: t\r\n" AUTH
		 "Content-Type: application/xml\r\nContent-Length: %zu\r\n\r\n%s", strlen(xml), xml);
	ask(bench, text);
	ask(bench, "POST /ari/channels HTTP/1.1\r\nHost: t\r\n" AUTH "Transfer-Encoding: chunked\r\n"
		   "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
		   "15\r\nendpoint=Local/a@own&\r\n6\r\napp=a&\r\n0\r\n\r\n");
	ask(bench, "DELETE /ari/channels/own HTTP/1.1\r\nHost: t\r\n" AUTH "\r\n");
}

static void work_logins(struct bench *bench)
{
	static const char *const lines[] = {
		"X-API-Key: secret-key", "Authorization: Basic c2xvdzpzZWNyZXQ=",	/* slow:secret */
		"Authorization: Basic bWU6d3Jvbmc=", "Authorization: Basic dGVuYW50OnB3",
		"Authorization: Digest username=\"me\", realm=\"r\", nonce=\"n\", uri=\"/\", "
		"response=\"r\"", "X-Nothing: 1",
	};
	char text[400];

	post(bench, &channel);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(text, sizeof(text),
			 "GET /stasis/channels/own HTTP/1.1\r\nHost: t\r\n%s\r\n\r\n", lines[i]);
		ask(bench, text);
	}
}

static void work_sockets(struct bench *bench)
{
	struct wire *app = open_wire(bench), *other = open_wire(bench);
	uint64_t session;

	post(bench, &channel);
	if (send_all(bench, app, UPGRADE("app=a,b&subscribeAll=true&filter=type:Ch*"),
		     strlen(UPGRADE("app=a,b&subscribeAll=true&filter=type:Ch*")), "\r\n\r\n") &&
	    strstr(app->out, " 101 ")) {
		for (session = 1; session < 3; session++)
			post_app(bench, session, "{\"type\":\"StasisStart\",\"application\":\"a\"}");
		say(bench, app, "{\"type\":\"RESTRequest\",\"request_id\":\"1\",\"method\":\"GET\","
			       "\"uri\":\"channels/own\"}", "\"request_id\":\"1\"");
		say(bench, app, "{\"type\":\"SetFilter\",\"filter\":\"type:*\"}", "\"FilterSet\"");
	}
	send_all(bench, other, UPGRADE("snapshot=true"), strlen(UPGRADE("snapshot=true")), "\r\n\r\n");
	post(bench, &bridge);
	post(bench, &end);
	server_wake(bench->server);
	close_wire(app);
	close_wire(other);
	other = open_wire(bench);
	send_all(bench, other, UPGRADE("app=a&since=1"), strlen(UPGRADE("app=a&since=1")), "\r\n\r\n");
	close_wire(other);
}

static void work_reload(struct bench *bench)
{
	struct wire *app = open_wire(bench);
	struct config *config;

	send_all(bench, app, UPGRADE("app=a"), strlen(UPGRADE("app=a")), "\r\n\r\n");
	config = config_read();
	if (config)
		server_post_config(bench->server, config);
	server_wake(bench->server);
	ask(bench, GET("asterisk/ping") "\r\n");
	close_wire(app);
}

/* As ever: a list, a change, an application. */
static void check(struct bench *bench)
{
	struct wire *wire = open_wire(bench);
	static const char both[] = GET("channels") "\r\n";

	assert_true(send_all(bench, wire, both, sizeof(both) - 1, "\r\n\r\n"));
	assert_memory_equal(wire->out, "HTTP/1.1 200", 12);
	wire->len = 0;
	assert_true(send_all(bench, wire, UPGRADE("app=a"), strlen(UPGRADE("app=a")), "\r\n\r\n"));
	assert_memory_equal(wire->out, "HTTP/1.1 101", 12);
	close_wire(wire);
}

static bool try_once(void (*work)(struct bench *bench), long k)
{
	struct bench bench = {.lock = PTHREAD_MUTEX_INITIALIZER};
	struct config *config = config_read();
	bool reached;

	assert_non_null(config);
	bench.server = server_new(&ops, &bench, config);
	assert_non_null(bench.server);
	server_set_transport(bench.server, &wire_transport, &bench);
	which = k;
	__atomic_store_n(&left, k, __ATOMIC_SEQ_CST);
	work(&bench);
	reached = __atomic_exchange_n(&left, -1, __ATOMIC_SEQ_CST) < 0;
	check(&bench);
	server_end(bench.server);
	server_set_transport(bench.server, NULL, NULL);
	server_free(bench.server);
	assert_int_equal(bench.refs, 0);
	assert_int_equal(bench.apps, 0);
	assert_int_equal(bench.items, 0);
	return reached;
}

static void sweep(void (*work)(struct bench *bench))
{
	long k = 0;

	while (try_once(work, k))
		k++;
	print_message("%ld allocations\n", k);
	assert_in_range(k, 20, 5000);
}

static void test_reads(void **state)
{
	(void)state;
	sweep(work_reads);
}

static void test_changes(void **state)
{
	(void)state;
	sweep(work_changes);
}

static void test_logins(void **state)
{
	(void)state;
	hashes = true;
	sweep(work_logins);
	hashes = false;
}

static void test_sockets(void **state)
{
	(void)state;
	sweep(work_sockets);
}

static void test_reload(void **state)
{
	(void)state;
	sweep(work_reload);
}

/* A server that cannot be made leaves nothing, and the configuration is still the caller's. */
static void test_start(void **state)
{
	struct bench bench = {.lock = PTHREAD_MUTEX_INITIALIZER};
	bool reached = true;

	(void)state;
	for (long k = 0; reached; k++) {
		struct config *config;

		__atomic_store_n(&left, k, __ATOMIC_SEQ_CST);
		config = config_read();
		bench.server = config ? server_new(&ops, &bench, config) : NULL;
		reached = __atomic_exchange_n(&left, -1, __ATOMIC_SEQ_CST) < 0;
		assert_true(reached || bench.server);
		if (bench.server)
			server_free(bench.server);
		else
			config_unref(config);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start),   cmocka_unit_test(test_reads),
		cmocka_unit_test(test_changes), cmocka_unit_test(test_logins),
		cmocka_unit_test(test_sockets), cmocka_unit_test(test_reload),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
