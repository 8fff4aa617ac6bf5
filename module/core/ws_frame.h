/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * WebSocket framing (RFC 6455), the server's side: pure functions on buffers. The reader
 * takes whole frames from an input buffer, joins fragments under a cap, and refuses what
 * the RFC forbids with the close code that it prescribes. No extensions are negotiated,
 * so any reserved bit is an error.
 */
#ifndef CORE_WS_FRAME_H
#define CORE_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum ws_opcode {
	WS_CONTINUATION = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_CLOSE = 8,
	WS_PING = 9,
	WS_PONG = 10,
};

enum ws_close {
	WS_CLOSE_NORMAL = 1000,
	WS_CLOSE_GOING_AWAY = 1001,
	WS_CLOSE_PROTOCOL = 1002,
	WS_CLOSE_UNSUPPORTED = 1003,
	WS_CLOSE_INVALID = 1007,
	WS_CLOSE_POLICY = 1008,
	WS_CLOSE_TOO_BIG = 1009,
	WS_CLOSE_ERROR = 1011,
	WS_CLOSE_LATER = 1013,
};

struct ws_reader {
	struct buf message;	/* of a fragmented message, so far */
	enum ws_opcode opcode;	/* what it started as */
	unsigned int fragments;
	bool open;		/* a fragmented message is under way */
	size_t max_message;
	unsigned int max_fragments;
};

struct ws_message {
	enum ws_opcode opcode;
	const char *data;	/* borrowed until the next call */
	size_t len;
};

/** Read the frame at the start of DATA (unmasked in place). Returns 0 when more bytes are needed,
 * 1 with *used bytes eaten and *msg complete, 2 with *used eaten and nothing to deliver yet,
 * or a close code to end the connection with. */
int ws_read(struct ws_reader *reader, char *data, size_t len, size_t *used, struct ws_message *msg);
void ws_reader_free(struct ws_reader *reader);

#define WS_HEADER_MAX 10
/** The header of an unmasked frame with LEN bytes of payload, into OUT; returns its length. */
size_t ws_header(unsigned char out[WS_HEADER_MAX], enum ws_opcode opcode, size_t len);
void ws_add_frame(struct buf *out, enum ws_opcode opcode, const void *data, size_t len);
void ws_add_close(struct buf *out, unsigned int code, const char *reason);

/** The Sec-WebSocket-Accept for KEY, or -1 when KEY is no base64 of 16 bytes. */
int ws_accept(const char *key, char out[29]);

#endif
