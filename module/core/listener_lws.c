/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * This file, listener_door.c and secure.c know libwebsockets, no other. It lends us its loop, TLS
 * and the sockets that have it, and nothing else: connections are "raw" to it, HTTP and
 * WebSocket are spoken by our own parsers. What version 4.1.6 lets through in its server (any
 * Origin, Content-Length together with Transfer-Encoding, negative lengths, messages without end,
 * a header that hangs its parser) therefore never comes into play, and one answer is one write.
 *
 * lws_cancel_service() is the only call that is made from other threads.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <libwebsockets.h>
#include <openssl/ssl.h>

#include "listen_socket.h"
#include "listener.h"
#include "listener_door.h"
#include "plain.h"
#include "secure.h"

#define TICK_NS 250000000L
/* How long what is queued for others may take to go out at the end. */
#define END_TICKS 4

/* A new configuration on its way to the core's thread, and what came of it. */
struct change {
	struct config *config;
	char *error;
	size_t size;
	int result;
	bool done;
};

struct listener {
	struct server *server;
	struct config *config;	/* what it listens as; NULL at the start */
	struct door plain_door, secure_door;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct change *change;	/* under the lock */
	struct lws_context *context;
	struct lws_vhost *plain, *secure;
	struct plain *sockets;	/* the connections without TLS */
	int tick, later;	/* timerfds */
	pthread_t thread;
	bool stop;		/* atomic */
};

static void wake(void *transport)
{
	struct listener *listener = transport;

	lws_cancel_service(listener->context);
}

/* The loop's own timers are good for milliseconds: it spins through what is shorter, or left. */
static int timer_new(long interval_ns)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	struct itimerspec when = {.it_interval = {.tv_nsec = interval_ns},
				  .it_value = {.tv_nsec = interval_ns}};

	if (fd >= 0)
		timerfd_settime(fd, 0, &when, NULL);
	return fd;
}

static bool timer_is_due(int fd)
{
	uint64_t times;

	return read(fd, &times, sizeof(times)) == sizeof(times);
}

static void wake_later(void *transport, int us)
{
	const struct listener *listener = transport;
	struct itimerspec when = {.it_value = {us / 1000000, us % 1000000 * 1000L}};

	if (timerfd_settime(listener->later, 0, &when, NULL))
		wake(transport);
}

static const struct transport_ops ops = {
	.wake = wake,
	.wake_later = wake_later,
};

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		    size_t len)
{
	struct listener *listener = lws_context_user(lws_get_context(wsi));

	if (reason != LWS_CALLBACK_EVENT_WAIT_CANCELLED)
		return secure_event(listener->server, wsi, reason, user, in, len);
	if (lws_get_vhost(wsi) == listener->plain || !listener->plain)
		server_wake(listener->server);
	return 0;
}

/* Somebody is at a door. */
static int door_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
			 size_t len)
{
	struct listener *listener = lws_context_user(lws_get_context(wsi));

	(void)user, (void)in, (void)len;
	if (reason != LWS_CALLBACK_RAW_RX_FILE)
		return 0;
	if (wsi == listener->plain_door.wsi)
		door_admit(&listener->plain_door, listener->sockets);
	else if (wsi == listener->secure_door.wsi)
		door_admit(&listener->secure_door, NULL);
	return 0;
}

/* Something came for a connection without TLS. */
static int plain_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
			  size_t len)
{
	const struct listener *listener = lws_context_user(lws_get_context(wsi));

	(void)user, (void)in, (void)len;
	if (reason == LWS_CALLBACK_RAW_RX_FILE)
		plain_serve(listener->sockets);
	return 0;
}

/* One of the timers. */
static int timer_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
			  size_t len)
{
	struct listener *listener = lws_context_user(lws_get_context(wsi));

	(void)user, (void)in, (void)len;
	if (reason != LWS_CALLBACK_RAW_RX_FILE)
		return 0;
	if (timer_is_due(listener->later))
		server_wake(listener->server);
	if (timer_is_due(listener->tick)) {
		server_tick(listener->server);
		door_retry(&listener->plain_door);
		door_retry(&listener->secure_door);
	}
	return 0;
}

static const struct lws_protocols protocols[] = {
	{
		.name = "stasis",
		.callback = callback,
		.per_session_data_size = SECURE_SIZE,
		.tx_packet_size = 1 << 24,
	},
	{.name = "door", .callback = door_callback},
	{.name = "plain", .callback = plain_callback},
	{.name = "timer", .callback = timer_callback},
	{.name = NULL},
};

/* A vhost is to us what a connection is made with: nothing, or a certificate. */
static struct lws_vhost *add_vhost(struct listener *listener, const struct config *config, bool tls)
{
	struct lws_context_creation_info info = {.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = protocols, .vhost_name = tls ? "stasis-tls" : "stasis",
		.alpn = "http/1.1"};

	if (tls) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = config->tls_certificate;
		info.ssl_private_key_filepath = config->tls_key;
		info.ssl_options_set = SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1;
	}
	return lws_create_vhost(listener->context, &info);
}

/* Listen at another place than before. Where both want the same port the old socket has to go
 * first, and comes back if the new one cannot be had: -1 with errno, then. */
static int move(struct door *door, struct lws_vhost *vhost, const char *address, int port,
		const char *old_address)
{
	bool clash = door->wsi && listen_socket_port(door->fd) == port;
	struct door old = *door;
	int fd, why;

	if (clash)
		door_close(&old);
	fd = listen_socket(address, port);
	if (fd >= 0 && !door_open(door, vhost, fd)) {
		door_close(&old);
		return 0;
	}
	why = errno;
	*door = old;
	fd = clash ? listen_socket(old_address, port) : -1;
	if (fd >= 0)
		door_open(door, vhost, fd);
	errno = why;
	return -1;
}

/* Have the loop watch FD, which stays the caller's, for PROTOCOL. */
static int watch(const struct listener *listener, int fd, const char *protocol)
{
	lws_sock_file_fd_type desc = {.filefd = dup(fd)};

	return desc.filefd >= 0 &&
	       lws_adopt_descriptor_vhost(listener->plain, LWS_ADOPT_RAW_FILE_DESC, desc, protocol,
					  NULL) ? 0 : -1;
}

/* The vhost of what has no TLS, with its connections. */
static int open_plain(struct listener *listener, const struct config *config)
{
	listener->plain = add_vhost(listener, config, false);
	return listener->plain && !watch(listener, plain_fd(listener->sockets), "plain") &&
	       !watch(listener, listener->tick, "timer") ?
	       watch(listener, listener->later, "timer") : -1;
}

static int change_plain(struct listener *listener, const struct config *config, char *error,
			size_t size)
{
	const struct config *now = listener->config;

	if (now && listen_same_place(now, config, false))
		return 0;
	if ((listener->plain || !open_plain(listener, config)) &&
	    !move(&listener->plain_door, listener->plain, config->bindaddr, config->port,
		  now ? now->bindaddr : ""))
		return 0;
	snprintf(error, size, "cannot listen on %s port %d: %s", config->bindaddr, config->port,
		 strerror(errno));
	return -1;
}

/* Another certificate: another vhost. The one before ends with the context, for connections that
 * were made with it are still there. The same files are read again in place. */
static int change_certificate(struct listener *listener, const struct config *config)
{
	struct lws_vhost *vhost;

	if (listener->secure && listener->config && listen_same_certificate(listener->config, config))
		return lws_tls_cert_updated(listener->context, config->tls_certificate,
					    config->tls_key, NULL, 0, NULL, 0);
	vhost = add_vhost(listener, config, true);
	if (!vhost)
		return -1;
	listener->secure = vhost;
	return 0;
}

static int change_secure(struct listener *listener, const struct config *config, char *error,
			 size_t size)
{
	const struct config *now = listener->config;
	struct lws_vhost *before = listener->secure;

	if (!config->tls_port) {
		door_close(&listener->secure_door);
		return 0;
	}
	if (!change_certificate(listener, config) &&
	    ((listener->secure_door.wsi && before == listener->secure &&
	      listen_same_place(now, config, true)) ||
	     !move(&listener->secure_door, listener->secure, config->bindaddr, config->tls_port,
		   now ? now->bindaddr : "")))
		return 0;
	snprintf(error, size, "cannot listen on %s port %d with %s and %s: %s", config->bindaddr,
		 config->tls_port, config->tls_certificate, config->tls_key, strerror(errno));
	return -1;
}

static int change_to(struct listener *listener, struct config *config, char *error, size_t size)
{
	const struct config *now = listener->config;

	if (change_plain(listener, config, error, size))
		return -1;
	if (change_secure(listener, config, error, size)) {
		if (now && !listen_same_place(now, config, false))
			move(&listener->plain_door, listener->plain, now->bindaddr, now->port,
			     config->bindaddr);
		return -1;
	}
	config_unref(listener->config);
	listener->config = config_ref(config);
	return 0;
}

/* Between two rounds of the loop, where no callback stands on what is taken away here. */
static void take_change(struct listener *listener)
{
	struct change *change;

	pthread_mutex_lock(&listener->lock);
	change = listener->change;
	listener->change = NULL;
	pthread_mutex_unlock(&listener->lock);
	if (!change)
		return;
	change->result = change_to(listener, change->config, change->error, change->size);
	pthread_mutex_lock(&listener->lock);
	change->done = true;
	pthread_cond_broadcast(&listener->changed);
	pthread_mutex_unlock(&listener->lock);
}

int listener_change(struct listener *listener, struct config *config, char *error, size_t size)
{
	struct change change = {.config = config, .error = error, .size = size};

	if (listen_check_certificate(config, error, size))
		return -1;
	pthread_mutex_lock(&listener->lock);
	listener->change = &change;
	lws_cancel_service(listener->context);
	while (!change.done)
		pthread_cond_wait(&listener->changed, &listener->lock);
	pthread_mutex_unlock(&listener->lock);
	return change.result;
}

static void *serve(void *arg)
{
	struct listener *listener = arg;
	struct server_stats stats;
	int ticks;

	while (!__atomic_load_n(&listener->stop, __ATOMIC_ACQUIRE)) {
		lws_service(listener->context, 0);
		plain_reap(listener->sockets);
		take_change(listener);
	}
	server_wake(listener->server);
	server_end(listener->server);
	/* Let the goodbyes go out. */
	for (ticks = END_TICKS; ticks; ticks--) {
		server_stats(listener->server, &stats);
		if (!stats.connections)
			break;
		lws_service(listener->context, 0);
		plain_reap(listener->sockets);
	}
	return NULL;
}

static int open_context(struct listener *listener)
{
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
		.user = listener,
		.pt_serv_buf_size = 65536,
	};
	struct sigaction pipe;

	/* Creating a context ignores SIGPIPE; the host's own way with it is put back. */
	sigaction(SIGPIPE, NULL, &pipe);
	lws_set_log_level(0, NULL);
	listener->context = lws_create_context(&info);
	sigaction(SIGPIPE, &pipe, NULL);
	return listener->context ? 0 : -1;
}

static int start_thread(struct listener *listener)
{
	sigset_t all, old;
	int res;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	res = pthread_create(&listener->thread, NULL, serve, listener);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!res)
		pthread_setname_np(listener->thread, "stasis-http");
	return res;
}

static void listener_free(struct listener *listener)
{
	plain_free(listener->sockets);
	if (listener->context)
		lws_context_destroy(listener->context);
	if (listener->tick >= 0)
		close(listener->tick);
	if (listener->later >= 0)
		close(listener->later);
	pthread_mutex_destroy(&listener->lock);
	pthread_cond_destroy(&listener->changed);
	config_unref(listener->config);
	free(listener);
}

struct listener *listener_start(struct server *server, struct config *config, char *error,
				size_t size)
{
	struct listener *listener = calloc(1, sizeof(*listener));

	snprintf(error, size, "out of memory");
	if (!listener)
		return NULL;
	listener->server = server;
	listener->sockets = plain_new(server);
	listener->tick = timer_new(TICK_NS);
	listener->later = timer_new(0);
	pthread_mutex_init(&listener->lock, NULL);
	pthread_cond_init(&listener->changed, NULL);
	if (listener->sockets && listener->tick >= 0 && listener->later >= 0 &&
	    !listen_check_certificate(config, error, size) &&
	    !open_context(listener) &&
	    !change_to(listener, config, error, size)) {
		server_set_transport(server, &ops, listener);
		if (!start_thread(listener))
			return listener;
		server_set_transport(server, NULL, NULL);
		snprintf(error, size, "cannot start a thread");
	}
	listener_free(listener);
	return NULL;
}

int listener_port(const struct listener *listener)
{
	return listen_socket_port(listener->plain_door.fd);
}

void listener_stop(struct listener *listener)
{
	__atomic_store_n(&listener->stop, true, __ATOMIC_RELEASE);
	lws_cancel_service(listener->context);
	pthread_join(listener->thread, NULL);
	/* From now on nobody wakes a context that is going away. */
	server_set_transport(listener->server, NULL, NULL);
	listener_free(listener);
}
