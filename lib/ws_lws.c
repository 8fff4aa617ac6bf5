/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The one file that knows libwebsockets, loaded on first use. libwebsockets resolves, connects, does TLS
 * and the HTTP upgrade; from the 101 on the bytes come unparsed, as the body of an HTTP reply without
 * length, and ws_frame.c takes frames from them. Reason: its own frame parser is called for each byte
 * and takes 2.1 us (at best; 3.3 measured as well) for an event of 520 bytes, while Node's ws with JSON.parse needs
 * 3.3 to 4 for everything, so that half of that could not be reached; this way it takes 0.1.
 *
 * Our loop is the master: Debian's 4.1.6 has no external poll, but lws_service() with a negative timeout polls
 * without sleeping. So we watch its socket, and call that when there is something to do.
 */
#include "ws_lws.h"

#include <dlfcn.h>
#include <errno.h>
#include <libwebsockets.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "error.h"

#define READ_SIZE 65536
#define CONNECTING_TICK_MS 20
#define SONAME "libwebsockets.so.17"

/* Tells packagers what is loaded at run time: https://systemd.io/ELF_DLOPEN_METADATA */
#define DLOPEN_NOTE \
	"[{\"feature\":\"events\",\"description\":\"The event stream of the server\"," \
	"\"priority\":\"required\",\"soname\":[\"" SONAME "\"]}]"

static const struct {
	struct {
		unsigned name_size;
		unsigned note_size;
		unsigned type;
	} head;
	char name[4];
	char note[sizeof(DLOPEN_NOTE) + (4 - sizeof(DLOPEN_NOTE) % 4) % 4];
} dlopen_note __attribute__((used, section(".note.dlopen"), aligned(4))) = {
	.head = {.name_size = 4, .note_size = sizeof(DLOPEN_NOTE), .type = 0x407c0c0a},
	.name = "FDO",
	.note = DLOPEN_NOTE,
};

/* What is used of libwebsockets, with the types of its own header; and of libcrypto, which it brings along. */
struct lws_api {
	typeof(&lws_set_log_level) set_log_level;
	typeof(&lws_create_context) create_context;
	typeof(&lws_context_destroy) context_destroy;
	typeof(&lws_client_connect_via_info) connect;
	typeof(&lws_service) service;
	typeof(&lws_get_socket_fd) socket_fd;
	typeof(&lws_wsi_user) user;
	typeof(&lws_write) write;
	typeof(&lws_partial_buffered) partial;
	typeof(&lws_http_client_read) read;
	typeof(&lws_http_client_http_response) status;
	typeof(&lws_hdr_copy) header;
	typeof(&lws_b64_encode_string) base64;
	typeof(&lws_SHA1) sha1;
	int (*cert_error)(void *store);
	void (*set_cert_error)(void *store, int error);
	const char *(*cert_text)(long error);
};

#define SYMBOL(member, name) { #name, offsetof(struct lws_api, member) }

static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
	SYMBOL(set_log_level, lws_set_log_level),
	SYMBOL(create_context, lws_create_context),
	SYMBOL(context_destroy, lws_context_destroy),
	SYMBOL(connect, lws_client_connect_via_info),
	SYMBOL(service, lws_service),
	SYMBOL(socket_fd, lws_get_socket_fd),
	SYMBOL(user, lws_wsi_user),
	SYMBOL(write, lws_write),
	SYMBOL(partial, lws_partial_buffered),
	SYMBOL(read, lws_http_client_read),
	SYMBOL(status, lws_http_client_http_response),
	SYMBOL(header, lws_hdr_copy),
	SYMBOL(base64, lws_b64_encode_string),
	SYMBOL(sha1, lws_SHA1),
	SYMBOL(cert_error, X509_STORE_CTX_get_error),
	SYMBOL(set_cert_error, X509_STORE_CTX_set_error),
	SYMBOL(cert_text, X509_verify_cert_error_string),
};

/* Written once, under the guard; constant from then on. */
static pthread_once_t load_once = PTHREAD_ONCE_INIT;
static struct lws_api lws;
static char load_failure[256];

struct arip_wire {
	struct ari_loop *loop;
	const struct arip_ws_options *options;
	struct arip_buffer *rx;
	void (*ready)(void *data);
	void *data;

	struct lws_context *context;
	struct lws *wsi;		/* NULL when libwebsockets has let go of it */
	struct ari_source *source;
	struct ari_timer *tick;
	bool connected;			/* TCP is up: no more waiting to write */
	bool paused;
	bool more;			/* the last read filled its buffer, or did not come from the socket */
	enum arip_wire_state state;
	struct ari_error err;
	unsigned retry_ms;
	char key[28];			/* Sec-WebSocket-Key: 24 characters */
	struct lws_protocols protocols[2];
};

/* It stays loaded: libwebsockets and OpenSSL keep state that unloading would pull away. */
static void load(void)
{
	void *handle = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!handle) {
		snprintf(load_failure, sizeof(load_failure), "%s (Debian: package libwebsockets17)",
			 dlerror());
		return;
	}
	for (size_t i = 0; i < sizeof(symbols) / sizeof(*symbols); i++) {
		void *symbol = dlsym(handle, symbols[i].name);

		if (!symbol) {
			snprintf(load_failure, sizeof(load_failure), "%s", dlerror());
			return;
		}
		memcpy((char *)&lws + symbols[i].offset, &symbol, sizeof(symbol));
	}
	lws.set_log_level(0, NULL);
}

static void fail(struct arip_wire *wire, enum ari_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The first reason counts: what libwebsockets says afterwards is a consequence. */
static void fail(struct arip_wire *wire, enum ari_code code, const char *fmt, ...)
{
	char text[sizeof(wire->err.text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	arip_error_set(&wire->err, code, "%s", text);
}

/* --- the upgrade --- */

static int make_key(struct arip_wire *wire)
{
	char nonce[16];

	if (getrandom(nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		return arip_error_set(&wire->err, ARI_ESYSTEM, "no random numbers: %s", strerror(errno));
	lws.base64(nonce, sizeof(nonce), wire->key, sizeof(wire->key));
	return 0;
}

static int append_headers(struct arip_wire *wire, char **p, size_t room)
{
	const char *auth = wire->options->authorization;
	int n = snprintf(*p, room, "Connection: Upgrade\r\nUpgrade: websocket\r\n"
			 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n%s%s%s", wire->key,
			 auth ? "Authorization: " : "", auth ? auth : "", auth ? "\r\n" : "");

	if (n < 0 || (size_t)n >= room) {
		fail(wire, ARI_EARGUMENT, "the request for events is too long");
		return -1;
	}
	*p += n;
	return 0;
}

/* RFC 6455 4.2.2: proof that the other end understood. */
static bool accepted(struct arip_wire *wire, struct lws *wsi)
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char text[sizeof(wire->key) + sizeof(guid)], want[32], got[64] = "";
	unsigned char digest[20];
	int n = snprintf(text, sizeof(text), "%s%s", wire->key, guid);

	lws.sha1((const unsigned char *)text, (size_t)n, digest);
	lws.base64((const char *)digest, sizeof(digest), want, sizeof(want));
	return lws.header(wsi, got, sizeof(got), WSI_TOKEN_ACCEPT) > 0 && !strcmp(got, want);
}

static void read_retry_after(struct arip_wire *wire, struct lws *wsi)
{
	char text[16];
	unsigned long seconds;

	if (lws.header(wsi, text, sizeof(text), WSI_TOKEN_HTTP_RETRY_AFTER) <= 0)
		return;
	seconds = strtoul(text, NULL, 10);
	wire->retry_ms = (unsigned)(seconds > 600 ? 600 : seconds) * 1000;
}

static void refused(struct arip_wire *wire, int status)
{
	const char *where = wire->options->endpoint->url;

	wire->err.http_status = status;
	if (status == 401 || status == 403)
		fail(wire, ARI_EREFUSED, "%s refused the event stream (%d): wrong user or password, "
		     "or not allowed", where, status);
	else if (status == 404)
		fail(wire, ARI_ENOTFOUND, "there is no ARI at %s (404): is it enabled in ari.conf and "
		     "http.conf, and res_ari_events.so loaded?", where);
	else if (status >= 300 && status < 400)
		fail(wire, ARI_EPROTOCOL, "%s redirects the event stream (%d), which is not followed",
		     where, status);
	else if (status >= 400)
		fail(wire, arip_code_of_status(status), "%s refused the event stream with status %d",
		     where, status);
	else
		fail(wire, ARI_EPROTOCOL, "%s answered %d where a WebSocket was asked for: not an ARI server",
		     where, status);
}

/* The reply's head is there. */
static int on_reply(struct arip_wire *wire, struct lws *wsi)
{
	int status = (int)lws.status(wsi);

	if (status != 101) {
		read_retry_after(wire, wsi);
		refused(wire, status);
		return -1;
	}
	if (!accepted(wire, wsi)) {
		fail(wire, ARI_EPROTOCOL, "%s did not prove that it speaks WebSocket: not an ARI server",
		     wire->options->endpoint->url);
		return -1;
	}
	wire->state = ARIP_WIRE_OPEN;
	return 0;
}

/* --- bytes --- */

/* Room for at least a read behind what is there. A frame that does not fit makes the buffer grow: frames have
 * a maximum, and so has the buffer. */
static bool make_room(struct arip_buffer *rx)
{
	if (rx->start && rx->room - rx->start - rx->len < READ_SIZE / 2) {
		memmove(rx->p, rx->p + rx->start, rx->len);
		rx->start = 0;
	}
	if (rx->room - rx->start - rx->len < READ_SIZE / 2) {
		size_t room = rx->room ? rx->room * 2 : READ_SIZE;
		char *p = realloc(rx->p, room);

		if (!p)
			return false;
		rx->p = p;
		rx->room = room;
	}
	return true;
}

static int on_readable(struct arip_wire *wire, struct lws *wsi)
{
	struct arip_buffer *rx = wire->rx;
	char *p;
	int len;

	if (!make_room(rx)) {
		arip_error_memory(&wire->err);
		return -1;
	}
	p = rx->p + rx->start + rx->len;
	len = (int)(rx->room - rx->start - rx->len);
	return lws.read(wsi, &p, &len) < 0 ? -1 : 0;
}

/* Bytes that came along with the reply's head are in libwebsockets' own buffer, others already in ours. */
static int on_bytes(struct arip_wire *wire, const char *p, size_t len)
{
	struct arip_buffer *rx = wire->rx;
	char *end = rx->p + rx->start + rx->len;
	size_t room = rx->room - rx->start - rx->len;

	wire->more = p != end || len == room || wire->options->endpoint->tls;
	if (p != end) {
		if (len > room) {
			fail(wire, ARI_EPROTOCOL, "too much data with the reply");
			return -1;
		}
		memcpy(end, p, len);
	}
	rx->len += len;
	return 0;
}

/* --- libwebsockets calls --- */

static int on_certificate(struct arip_wire *wire, void *store, bool good)
{
	if (good)
		return 0;
	if (wire->options->insecure) {
		lws.set_cert_error(store, 0);
		return 0;
	}
	fail(wire, ARI_ECONNECT, "the certificate of %s is not trusted: %s",
	     wire->options->endpoint->hostport, lws.cert_text(lws.cert_error(store)));
	return -1;
}

static void on_connection_error(struct arip_wire *wire, const char *text, size_t len)
{
	const struct arip_endpoint *endpoint = wire->options->endpoint;
	int n = text ? (int)len : 0;

	if (!wire->connected)
		fail(wire, ARI_ECONNECT, "cannot connect to %s: refused or unreachable (%.*s)",
		     endpoint->hostport, n, text);
	else if (endpoint->tls)
		fail(wire, ARI_ECONNECT, "no TLS connection with %s: is it an https port? (%.*s)",
		     endpoint->hostport, n, text);
	else
		fail(wire, ARI_EPROTOCOL, "%s gave no proper HTTP answer (%.*s): not an ARI server",
		     endpoint->hostport, n, text);
}

static int on_event(struct arip_wire *wire, struct lws *wsi, enum lws_callback_reasons reason, void *in,
		    size_t len)
{
	switch (reason) {
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		return append_headers(wire, in, len);
	case LWS_CALLBACK_CLIENT_HTTP_REDIRECT:
		refused(wire, (int)len);
		return -1;
	case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
		return on_reply(wire, wsi);
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
		return on_readable(wire, wsi);
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
		return on_bytes(wire, in, len);
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		on_connection_error(wire, in, len);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		if (wsi == wire->wsi)
			wire->wsi = NULL;
		return 0;
	default:
		return 0;
	}
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	/* Not USER: it is something else in some calls. Without a connection of ours there is no wire. */
	struct arip_wire *wire = wsi ? lws.user(wsi) : NULL;

	if (!wire)
		return 0;
	if (reason == LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION)
		return on_certificate(wire, user, len != 0);
	return on_event(wire, wsi, reason, in, len);
}

static const struct lws_protocols protocols[] = {
	{ .name = "ari", .callback = callback, .rx_buffer_size = 0 },
	{ .name = NULL },
};

/* --- the loop --- */

static void on_tick(struct ari_loop *loop, void *data)
{
	struct arip_wire *wire = data;

	(void)loop;
	wire->tick = NULL;
	if (!wire->paused)
		wire->ready(wire->data);
}

static void on_source(struct ari_loop *loop, int fd, unsigned events, void *data)
{
	struct arip_wire *wire = data;

	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);

	(void)loop;
	(void)events;
	if (!wire->connected)
		wire->connected = getpeername(fd, (struct sockaddr *)&peer, &size) == 0;
	if (!wire->paused)
		wire->ready(wire->data);
}

/* Before TCP is up we wait to write, then only to read: a socket that may be written to is always ready. */
static unsigned wanted(const struct arip_wire *wire)
{
	return wire->paused ? 0 : wire->connected ? ARI_LOOP_READ : ARI_LOOP_READ | ARI_LOOP_WRITE;
}

/* While it connects libwebsockets may go through several sockets and tells no one; their numbers may be the
 * same. So the watch is made anew each time until there is one connection. */
static void watch(struct arip_wire *wire)
{
	int fd = wire->wsi ? lws.socket_fd(wire->wsi) : -1;

	if (wire->source && wire->state == ARIP_WIRE_OPEN) {
		ari_source_set(wire->source, wanted(wire), NULL);
		return;
	}
	if (wire->source)
		ari_source_remove(wire->source);
	wire->source = NULL;
	if (fd >= 0 && wire->state != ARIP_WIRE_OVER)
		wire->source = ari_loop_add_fd(wire->loop, fd, wanted(wire), on_source, wire, &wire->err);
}

/* libwebsockets wants to be called now and then while it connects or has something to write. */
static void plan(struct arip_wire *wire)
{
	bool waiting = wire->state == ARIP_WIRE_CONNECTING || (wire->wsi && lws.partial(wire->wsi));

	if (wire->state == ARIP_WIRE_OVER || (waiting && !wire->tick && !wire->paused))
		wire->tick = wire->tick ? wire->tick :
			ari_loop_add_timer(wire->loop, wire->state == ARIP_WIRE_OVER ? 0 : CONNECTING_TICK_MS,
					   on_tick, wire, NULL);
}

static void settle(struct arip_wire *wire)
{
	if (!wire->wsi && wire->state != ARIP_WIRE_OVER) {
		fail(wire, wire->state == ARIP_WIRE_OPEN ? ARI_EGAP : ARI_ECONNECT, wire->state == ARIP_WIRE_OPEN ?
		     "%s closed the event stream" : "%s closed the connection without an answer",
		     wire->options->endpoint->hostport);
		wire->state = ARIP_WIRE_OVER;
	}
	watch(wire);
	plan(wire);
}

/* OpenSSL writes without MSG_NOSIGNAL, and libwebsockets ignores SIGPIPE for the whole program; a library
 * must do neither. */
struct quiet {
	sigset_t before;
	bool was_pending;
};

static void quiet_begin(struct quiet *quiet)
{
	sigset_t pipe, pending;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigpending(&pending);
	quiet->was_pending = sigismember(&pending, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, &quiet->before);
}

static void quiet_end(struct quiet *quiet)
{
	const struct timespec none = { 0, 0 };
	sigset_t pipe;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	if (!quiet->was_pending) {
		while (sigtimedwait(&pipe, NULL, &none) < 0 && errno == EINTR)
			;
	}
	pthread_sigmask(SIG_SETMASK, &quiet->before, NULL);
}

bool arip_wire_serve(struct arip_wire *wire)
{
	struct quiet quiet;
	bool tls = wire->options->endpoint->tls;

	if (tls)
		quiet_begin(&quiet);
	wire->more = false;
	if (wire->state != ARIP_WIRE_OVER)
		lws.service(wire->context, -1);
	if (tls)
		quiet_end(&quiet);
	settle(wire);
	return wire->more && wire->state != ARIP_WIRE_OVER;
}

void arip_wire_pause(struct arip_wire *wire, bool pause)
{
	if (wire->paused == pause)
		return;
	wire->paused = pause;
	if (wire->source)
		ari_source_set(wire->source, wanted(wire), NULL);
	if (!pause)
		plan(wire);
}

void arip_wire_send(struct arip_wire *wire, const char *p, size_t len)
{
	unsigned char buf[LWS_PRE + 256];
	struct quiet quiet;

	if (wire->state != ARIP_WIRE_OPEN || !wire->wsi || len > sizeof(buf) - LWS_PRE)
		return;
	memcpy(buf + LWS_PRE, p, len);
	quiet_begin(&quiet);
	lws.write(wire->wsi, buf + LWS_PRE, len, LWS_WRITE_RAW);
	quiet_end(&quiet);
	plan(wire);
}

/* --- opening and closing --- */

/* libwebsockets ignores SIGPIPE for the whole process when it makes a context: take that back. */
static struct lws_context *make_context(const struct arip_ws_options *options)
{
	unsigned seconds = options->connect_timeout_ms / 1000 + 2;	/* ours is to be first */
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.fd_limit_per_thread = 16,
		.pt_serv_buf_size = 8192,
		.timeout_secs = seconds,
		.connect_timeout_secs = seconds,
		.http_proxy_address = "",	/* not the one of the environment: it would see the password */
		.uid = -1,
		.gid = -1,
	};
	struct lws_context *context;
	struct sigaction before;

	if (options->endpoint->tls) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		if (options->ca_file)
			info.options |= LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
		info.client_ssl_ca_filepath = options->ca_file;
	}
	sigaction(SIGPIPE, NULL, &before);
	context = lws.create_context(&info);
	sigaction(SIGPIPE, &before, NULL);
	return context;
}

static int tls_flags(const struct arip_ws_options *options)
{
	int flags = LCCSCF_PIPELINE;	/* or it would say "Connection: close" beside our upgrade */

	flags |= LCCSCF_HTTP_NO_FOLLOW_REDIRECT;
	if (options->endpoint->tls)
		flags |= LCCSCF_USE_SSL;
	if (options->insecure)
		flags |= LCCSCF_ALLOW_SELFSIGNED | LCCSCF_ALLOW_EXPIRED | LCCSCF_ALLOW_INSECURE |
			 LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK;
	return flags;
}

/* What went wrong before there was a connection: mostly the name, and libwebsockets does not say. */
static void explain_start(struct arip_wire *wire)
{
	const struct arip_endpoint *endpoint = wire->options->endpoint;
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
	int rc = getaddrinfo(endpoint->host, NULL, &hints, &found);

	if (rc)
		fail(wire, ARI_ECONNECT, "cannot find the host %s: %s", endpoint->host, gai_strerror(rc));
	else
		fail(wire, ARI_ECONNECT, "cannot connect to %s", endpoint->hostport);
	if (found)
		freeaddrinfo(found);
}

static void start(struct arip_wire *wire)
{
	const struct arip_endpoint *endpoint = wire->options->endpoint;
	const struct lws_client_connect_info info = {
		.context = wire->context,
		.address = endpoint->host,
		.port = (int)endpoint->port,
		.path = wire->options->path,
		.host = endpoint->hostport,
		.method = "GET",
		.local_protocol_name = "ari",
		.alpn = "http/1.1",
		.ssl_connection = tls_flags(wire->options),
		.userdata = wire,
		.pwsi = &wire->wsi,
	};

	if (!lws.connect(&info)) {
		wire->wsi = NULL;
		explain_start(wire);
	}
	settle(wire);
}

struct arip_wire *arip_wire_open(struct ari_loop *loop, const struct arip_ws_options *options,
				 struct arip_buffer *rx, void (*ready)(void *data), void *data,
				 struct ari_error *err)
{
	struct arip_wire *wire;

	pthread_once(&load_once, load);
	if (load_failure[0]) {
		arip_error_set(err, ARI_ESYSTEM, "events cannot be received: %s", load_failure);
		return NULL;
	}
	wire = calloc(1, sizeof(*wire));
	if (!wire) {
		arip_error_memory(err);
		return NULL;
	}
	wire->loop = loop;
	wire->options = options;
	wire->rx = rx;
	wire->ready = ready;
	wire->data = data;
	wire->context = make_context(options);
	if (!wire->context || make_key(wire)) {
		arip_error_set(err, ARI_ESYSTEM, "libwebsockets could not be set up%s%s",
			       wire->err.text[0] ? ": " : "", wire->err.text);
		arip_wire_close(wire);
		return NULL;
	}
	start(wire);
	return wire;
}

void arip_wire_close(struct arip_wire *wire)
{
	struct quiet quiet;

	if (!wire)
		return;
	if (wire->source)
		ari_source_remove(wire->source);
	ari_timer_cancel(wire->tick);
	wire->state = ARIP_WIRE_OVER;
	quiet_begin(&quiet);
	if (wire->context)
		lws.context_destroy(wire->context);
	quiet_end(&quiet);
	free(wire);
}

enum arip_wire_state arip_wire_state(const struct arip_wire *wire)
{
	return wire->state;
}

const struct ari_error *arip_wire_error(const struct arip_wire *wire)
{
	return &wire->err;
}

unsigned arip_wire_retry_ms(const struct arip_wire *wire)
{
	return wire->retry_ms;
}
