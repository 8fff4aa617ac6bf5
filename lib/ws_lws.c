/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The wire on libwebsockets (ws_lws_load.c gets it, ws_lws_upgrade.c asks for the WebSocket;
 * nobody else knows it). It resolves, connects, does TLS and the HTTP upgrade; from the 101 on
 * the bytes come unparsed, as the body of an HTTP reply without length, and ws_frame.c takes
 * frames from them. Reason: its own frame parser is called for each byte and takes 2.1 us (at
 * best; 3.3 measured as well) for an event of 520 bytes, while Node's ws with JSON.parse needs
 * 3.3 to 4 for everything, so that half of that could not be reached; this way it takes 0.1.
 *
 * Our loop is the master: Debian's 4.1.6 has no external poll, but lws_service() with a negative
 * timeout polls without sleeping. So we watch its socket, and call that when there is something
 * to do.
 */
#include "ws_lws.h"

#include <errno.h>
#include <libwebsockets.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "error.h"
#include "quiet.h"
#include "ws_fault.h"
#include "ws_lws_private.h"

#define READ_SIZE	   65536
#define CONNECTING_TICK_MS 20

/* --- bytes --- */

/* Room for at least a read behind what is there. A frame that does not fit makes the buffer grow:
 * frames have a maximum, and so has the buffer. */
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
	return arip_lws()->read(wsi, &p, &len) < 0 ? -1 : 0;
}

/* Bytes that came along with the reply's head are in libwebsockets' own buffer, others already in
 * ours. */
static int on_bytes(struct arip_wire *wire, const char *p, size_t len)
{
	struct arip_buffer *rx = wire->rx;
	char *end = rx->p + rx->start + rx->len;
	size_t room = rx->room - rx->start - rx->len;

	wire->more = p != end || len == room || wire->options->endpoint->tls;
	if (p != end) {
		if (len > room) {
			arip_error_set(&wire->err, ARI_EPROTOCOL, "too much data with the reply");
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
		arip_lws()->set_cert_error(store, 0);
		return 0;
	}
	arip_error_set(&wire->err, ARI_ECONNECT, "the certificate of %s is not trusted: %s",
		       wire->options->endpoint->hostport,
		       arip_lws()->cert_text(arip_lws()->cert_error(store)));
	return -1;
}

static int on_event(struct arip_wire *wire, struct lws *wsi, enum lws_callback_reasons reason,
		    void *in, size_t len)
{
	switch (reason) {
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		return arip_upgrade_headers(wire, in, len);
	case LWS_CALLBACK_CLIENT_HTTP_REDIRECT:
		arip_wire_refused(&wire->err, wire->options->endpoint, (int)len);
		return -1;
	case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
		return arip_upgrade_reply(wire, wsi);
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
		return on_readable(wire, wsi);
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
		return on_bytes(wire, in, len);
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		arip_wire_unconnected(&wire->err, wire->options->endpoint, wire->connected, in,
				      len);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		if (wsi == wire->wsi)
			wire->wsi = NULL;
		return 0;
	default:
		return 0;
	}
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		    size_t len)
{
	/* Not USER: it is something else in some calls. Without a connection of ours there is no
	 * wire. */
	struct arip_wire *wire = wsi ? arip_lws()->user(wsi) : NULL;

	if (!wire)
		return 0;
	if (reason == LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION)
		return on_certificate(wire, user, len != 0);
	return on_event(wire, wsi, reason, in, len);
}

static const struct lws_protocols protocols[] = {
	{.name = "ari", .callback = callback, .rx_buffer_size = 0},
	{.name = NULL},
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

/* Before TCP is up we wait to write, then only to read: a socket that may be written to is always
 * ready. */
static unsigned wanted(const struct arip_wire *wire)
{
	return wire->paused ? 0 : wire->connected ? ARI_LOOP_READ : ARI_LOOP_READ | ARI_LOOP_WRITE;
}

/* While it connects libwebsockets may go through several sockets and tells no one; their numbers
 * may be the same. So the watch is made anew each time until there is one connection. */
static void watch(struct arip_wire *wire)
{
	int fd = wire->wsi ? arip_lws()->socket_fd(wire->wsi) : -1;

	if (wire->source && wire->state == ARIP_WIRE_OPEN) {
		ari_source_set(wire->source, wanted(wire), NULL);
		return;
	}
	if (wire->source)
		ari_source_remove(wire->source);
	wire->source = NULL;
	if (fd >= 0 && wire->state != ARIP_WIRE_OVER)
		wire->source =
			ari_loop_add_fd(wire->loop, fd, wanted(wire), on_source, wire, &wire->err);
}

/* libwebsockets wants to be called now and then while it connects or has something to write. */
static void plan(struct arip_wire *wire)
{
	bool waiting = wire->state == ARIP_WIRE_CONNECTING ||
		       (wire->wsi && arip_lws()->partial(wire->wsi));

	if (wire->state == ARIP_WIRE_OVER || (waiting && !wire->tick && !wire->paused))
		wire->tick = wire->tick ? wire->tick
					: ari_loop_add_timer(wire->loop,
							     wire->state == ARIP_WIRE_OVER
								     ? 0
								     : CONNECTING_TICK_MS,
							     on_tick, wire, NULL);
}

static void settle(struct arip_wire *wire)
{
	if (!wire->wsi && wire->state != ARIP_WIRE_OVER) {
		arip_error_set(&wire->err, wire->state == ARIP_WIRE_OPEN ? ARI_EGAP : ARI_ECONNECT,
			       wire->state == ARIP_WIRE_OPEN
				       ? "%s closed the event stream"
				       : "%s closed the connection without an answer",
			       wire->options->endpoint->hostport);
		wire->state = ARIP_WIRE_OVER;
	}
	watch(wire);
	plan(wire);
}

bool arip_wire_serve(struct arip_wire *wire)
{
	struct arip_quiet quiet;
	bool tls = wire->options->endpoint->tls;

	if (tls)
		arip_quiet_begin(&quiet);
	wire->more = false;
	if (wire->state != ARIP_WIRE_OVER)
		arip_lws()->service(wire->context, -1);
	if (tls)
		arip_quiet_end(&quiet);
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

static void send_bytes(struct arip_wire *wire, unsigned char *buf, const char *p, size_t len)
{
	struct arip_quiet quiet;

	memcpy(buf + LWS_PRE, p, len);
	arip_quiet_begin(&quiet);
	arip_lws()->write(wire->wsi, buf + LWS_PRE, len, LWS_WRITE_RAW);
	arip_quiet_end(&quiet);
	plan(wire);
}

int arip_wire_send(struct arip_wire *wire, const char *p, size_t len)
{
	unsigned char small[LWS_PRE + 256], *buf = small;

	if (wire->state != ARIP_WIRE_OPEN || !wire->wsi)
		return -1;
	if (len > sizeof(small) - LWS_PRE)
		buf = malloc(LWS_PRE + len);
	if (!buf)
		return -1;
	send_bytes(wire, buf, p, len);
	if (buf != small)
		free(buf);
	return 0;
}

/* --- opening and closing --- */

/* libwebsockets ignores SIGPIPE for the whole process when it makes a context: take that back. */
static struct lws_context *make_context(const struct arip_ws_options *options)
{
	unsigned seconds = options->connect_timeout_ms / 1000 + 2; /* ours is to be first */
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.fd_limit_per_thread = 16,
		.pt_serv_buf_size = 8192,
		.timeout_secs = seconds,
		.connect_timeout_secs = seconds,
		.http_proxy_address =
			"", /* not the one of the environment: it would see the password */
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
	context = arip_lws()->create_context(&info);
	sigaction(SIGPIPE, &before, NULL);
	return context;
}

static int tls_flags(const struct arip_ws_options *options)
{
	int flags = LCCSCF_PIPELINE; /* or it would say "Connection: close" beside our upgrade */

	flags |= LCCSCF_HTTP_NO_FOLLOW_REDIRECT;
	if (options->endpoint->tls)
		flags |= LCCSCF_USE_SSL;
	if (options->insecure)
		flags |= LCCSCF_ALLOW_SELFSIGNED | LCCSCF_ALLOW_EXPIRED | LCCSCF_ALLOW_INSECURE |
			 LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK;
	return flags;
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

	if (!arip_lws()->connect(&info)) {
		wire->wsi = NULL;
		arip_wire_not_started(&wire->err, wire->options->endpoint);
	}
	settle(wire);
}

struct arip_wire *arip_wire_open(struct ari_loop *loop, const struct arip_ws_options *options,
				 struct arip_buffer *rx, void (*ready)(void *data), void *data,
				 struct ari_error *err)
{
	struct arip_wire *wire;

	if (arip_lws_load(err))
		return NULL;
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
	if (!wire->context || arip_upgrade_key(wire)) {
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
	struct arip_quiet quiet;

	if (!wire)
		return;
	if (wire->source)
		ari_source_remove(wire->source);
	ari_timer_cancel(wire->tick);
	wire->state = ARIP_WIRE_OVER;
	arip_quiet_begin(&quiet);
	if (wire->context)
		arip_lws()->context_destroy(wire->context);
	arip_quiet_end(&quiet);
	free(wire);
}

bool arip_wire_connected(const struct arip_wire *wire)
{
	return wire->connected;
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

bool arip_wire_took(const struct arip_wire *wire, const char *protocol)
{
	return !strcmp(wire->protocol, protocol);
}
