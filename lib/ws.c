/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * A WebSocket connection: frames out of the wire's bytes, pings, deadlines. Callbacks are never
 * nested: while the owner is busy with a message (and perhaps runs the loop, waiting for a reply),
 * the next ones wait in the socket. Whatever happens in a callback, the connection is freed only
 * when that is back.
 */
#include "ws.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "error.h"
#include "ws_frame.h"
#include "ws_lws.h"

#define MAX_ROUNDS 16 /* reads in one go: a flood must leave time for others */

struct arip_ws {
	struct ari_loop *loop;
	struct arip_ws_options options;
	struct arip_wire *wire;
	struct arip_buffer rx;
	struct arip_ws_reader reader;
	struct ari_timer *timer; /* the connect deadline, then pings */
	bool opened;
	bool over;	   /* the owner has been told */
	bool busy;	   /* a callback may be on the stack */
	bool closing;	   /* free it when it is not */
	bool waiting;	   /* for a sign of life after a ping */
	uint64_t heard_ms; /* when the last message came */
	struct ari_error err;
};

static void ready(void *data);

static void free_ws(struct arip_ws *ws)
{
	ari_timer_cancel(ws->timer);
	arip_wire_close(ws->wire);
	arip_ws_reader_release(&ws->reader);
	free(ws->rx.p);
	free(ws);
}

/* Without random numbers the mask is weak, which is what it protects proxies with; nothing is lost.
 */
static uint32_t new_mask(void)
{
	uint32_t mask = 0;

	(void)!getrandom(&mask, sizeof(mask), 0);
	return mask;
}

static void send_control(struct arip_ws *ws, enum arip_ws_opcode opcode, const char *p, size_t len)
{
	char frame[ARIP_WS_MAX_HEADER + ARIP_WS_MAX_CONTROL];

	arip_wire_send(ws->wire, frame, arip_ws_write(frame, opcode, new_mask(), p, len));
}

int arip_ws_send(struct arip_ws *ws, const char *text, size_t len)
{
	char *frame = ws->opened && !ws->over ? malloc(ARIP_WS_MAX_HEADER + len) : NULL;
	int rc = -1;

	if (frame)
		rc = arip_wire_send(ws->wire, frame,
				    arip_ws_write(frame, ARIP_WS_TEXT, new_mask(), text, len));
	free(frame);
	return rc;
}

bool arip_ws_busy(const struct arip_ws *ws)
{
	return ws->busy;
}

bool arip_ws_took(const struct arip_ws *ws, const char *protocol)
{
	return arip_wire_took(ws->wire, protocol);
}

static void send_close(struct arip_ws *ws, unsigned code)
{
	const char body[2] = {(char)(code >> 8), (char)code};

	send_control(ws, ARIP_WS_CLOSE, body, sizeof(body));
}

static void finish(struct arip_ws *ws, const struct ari_error *err, unsigned retry_ms)
{
	if (ws->over || ws->closing)
		return;
	ws->over = true;
	ari_timer_cancel(ws->timer);
	ws->timer = NULL;
	ws->options.over(ws, err, retry_ms, ws->options.data);
}

/* --- time --- */

static void on_timer(struct ari_loop *loop, void *data);

static void set_timer(struct arip_ws *ws, unsigned ms)
{
	ari_timer_cancel(ws->timer);
	ws->timer = ari_loop_add_timer(ws->loop, ms, on_timer, ws, NULL);
}

/* Anything that came is a sign of life; only a silent peer is pinged, and one that stays silent is
 * dead. */
static void check_life(struct arip_ws *ws)
{
	unsigned ping = ws->options.ping_ms;
	uint64_t quiet = ari_loop_now(ws->loop) - ws->heard_ms;

	if (ws->waiting && !ws->busy) {
		arip_error_set(&ws->err, ARI_EGAP,
			       "no sign of life from %s for %u ms: the connection is dead",
			       ws->options.endpoint->hostport, ping + ping / 2);
	} else if (quiet < ping) {
		set_timer(ws, ping - (unsigned)quiet);
	} else {
		if (!ws->waiting)
			send_control(ws, ARIP_WS_PING, "astctl", 6);
		ws->waiting = true;
		set_timer(ws, ping / 2);
	}
}

static void on_timer(struct ari_loop *loop, void *data)
{
	struct arip_ws *ws = data;

	(void)loop;
	ws->timer = NULL;
	if (ws->opened)
		check_life(ws);
	else if (!arip_wire_connected(ws->wire))
		arip_error_set(&ws->err, ARI_ECONNECT, "cannot connect to %s: no answer within %u ms",
			       ws->options.endpoint->hostport, ws->options.connect_timeout_ms);
	else
		arip_error_set(&ws->err, ARI_ETIMEOUT, "no answer from %s within %u ms",
			       ws->options.endpoint->hostport, ws->options.connect_timeout_ms);
	if (ws->err.code)
		ready(ws);
}

/* --- messages --- */

static void on_close_frame(struct arip_ws *ws, const struct arip_ws_message *message)
{
	unsigned code = message->len >= 2
				? (unsigned char)message->p[0] << 8 | (unsigned char)message->p[1]
				: 1005;
	size_t rest = message->len > 2 ? message->len - 2 : 0;
	char reason[ARIP_WS_MAX_CONTROL + 1];

	arip_text_safe(reason, sizeof(reason), rest ? message->p + 2 : "", rest);
	send_close(ws, message->len >= 2 ? code : 1000);
	arip_error_set(&ws->err, ARI_EGAP, "%s closed the event stream (%u, %s)",
		       ws->options.endpoint->hostport, code,
		       reason[0] ? reason : arip_ws_close_name(code));
}

static void on_message(struct arip_ws *ws, const struct arip_ws_message *message)
{
	ws->heard_ms = ari_loop_now(ws->loop);
	ws->waiting = false;
	switch (message->opcode) {
	case ARIP_WS_TEXT:
		ws->options.message(ws, message->p, message->len, ws->options.data);
		break;
	case ARIP_WS_PING:
		if (ws->options.ping)
			ws->options.ping(ws, message->p, message->len, ws->options.data);
		send_control(ws, ARIP_WS_PONG, message->p, message->len);
		break;
	case ARIP_WS_CLOSE:
		on_close_frame(ws, message);
		break;
	default: /* a pong; ARI sends no binary messages */
		break;
	}
}

/* All whole frames in the buffer. */
static void take_frames(struct arip_ws *ws)
{
	while (!ws->closing && !ws->err.code && ws->rx.len) {
		struct arip_ws_message message;
		size_t used;
		enum arip_ws_result result = arip_ws_read(&ws->reader, ws->rx.p + ws->rx.start,
							  ws->rx.len, &used, &message, &ws->err);

		if (result == ARIP_WS_MORE)
			break;
		ws->rx.start += used;
		ws->rx.len -= used;
		if (result == ARIP_WS_MESSAGE)
			on_message(ws, &message);
		else if (result == ARIP_WS_BAD)
			send_close(ws, ws->reader.close_code);
	}
	if (!ws->rx.len)
		ws->rx.start = 0;
}

static void on_opened(struct arip_ws *ws)
{
	ws->opened = true;
	ws->heard_ms = ari_loop_now(ws->loop);
	set_timer(ws, ws->options.ping_ms);
	ws->options.opened(ws, ws->options.data);
}

static void pump(struct arip_ws *ws)
{
	bool more = true;

	for (int i = 0; i < MAX_ROUNDS && more && !ws->closing && !ws->err.code; i++) {
		more = arip_wire_serve(ws->wire);
		if (!ws->opened && arip_wire_state(ws->wire) == ARIP_WIRE_OPEN)
			on_opened(ws);
		if (!ws->opened && ws->rx.len && arip_wire_state(ws->wire) == ARIP_WIRE_OVER)
			ws->rx.len = 0;
		take_frames(ws);
	}
	if (ws->err.code)
		finish(ws, &ws->err, 0);
	else if (!ws->closing && arip_wire_state(ws->wire) == ARIP_WIRE_OVER)
		finish(ws, arip_wire_error(ws->wire), arip_wire_retry_ms(ws->wire));
}

static void ready(void *data)
{
	struct arip_ws *ws = data;

	if (ws->busy) {
		/* Within a callback that runs the loop: no more until it is back, or the loop would
		 * spin. */
		arip_wire_pause(ws->wire, true);
		return;
	}
	ws->busy = true;
	pump(ws);
	ws->busy = false;
	if (ws->closing)
		free_ws(ws);
	else
		arip_wire_pause(ws->wire, ws->over);
}

struct arip_ws *arip_ws_open(struct ari_loop *loop, const struct arip_ws_options *options,
			     struct ari_error *err)
{
	struct arip_ws *ws = calloc(1, sizeof(*ws));

	if (!ws) {
		arip_error_memory(err);
		return NULL;
	}
	ws->loop = loop;
	ws->options = *options;
	set_timer(ws, options->connect_timeout_ms);
	ws->wire = arip_wire_open(loop, &ws->options, &ws->rx, ready, ws, err);
	if (!ws->wire) {
		free_ws(ws);
		return NULL;
	}
	return ws;
}

void arip_ws_close(struct arip_ws *ws)
{
	if (!ws)
		return;
	ws->closing = true;
	if (ws->opened && !ws->over && !ws->err.code)
		send_close(ws, 1000);
	if (!ws->busy)
		free_ws(ws);
}
