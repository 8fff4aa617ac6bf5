/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * WebSocket framing of a client (RFC 6455), pure. Bytes of the server come in whatever pieces the
 * network made of them; whole messages come out, in place where a message is one frame, which is
 * what Asterisk sends. A frame that is not complete is left to the caller, who brings it again with
 * more behind it: so the result cannot depend on how the input was split.
 */
#ifndef ARIP_WS_FRAME_H
#define ARIP_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ari/error.h"

enum arip_ws_opcode {
	ARIP_WS_CONTINUATION = 0x0,
	ARIP_WS_TEXT = 0x1,
	ARIP_WS_BINARY = 0x2,
	ARIP_WS_CLOSE = 0x8,
	ARIP_WS_PING = 0x9,
	ARIP_WS_PONG = 0xA,
};

#define ARIP_WS_MAX_MESSAGE (1u << 20)
#define ARIP_WS_MAX_HEADER  14
#define ARIP_WS_MAX_CONTROL 125

/* One whole message (of any number of frames) or control frame. P is valid until the next call. */
struct arip_ws_message {
	enum arip_ws_opcode opcode;
	const char *p;
	size_t len;
};

/* What is left over between two frames of one message. */
struct arip_ws_reader {
	char *part; /* a fragmented message so far */
	size_t part_len;
	size_t part_room;
	bool in_message; /* between the first and the last frame of one */
	enum arip_ws_opcode opcode;
	unsigned close_code; /* why the peer must be told off, after a failure */
};

enum arip_ws_result {
	ARIP_WS_MORE, /* no complete frame: bring the rest with more bytes */
	ARIP_WS_MESSAGE,
	ARIP_WS_FRAGMENT, /* a frame was taken in, its message goes on */
	ARIP_WS_BAD,	  /* ERR and close_code say why; the connection is unusable */
};

/** Take the next frame off BUF; *USED says how many bytes it took. */
enum arip_ws_result arip_ws_read(struct arip_ws_reader *reader, const char *buf, size_t len,
				 size_t *used, struct arip_ws_message *message,
				 struct ari_error *err);
void arip_ws_reader_release(struct arip_ws_reader *reader);

/** The bytes that the frame which begins BUF takes in all, as far as its header is there; 0 if not
 * known. */
size_t arip_ws_frame_size(const char *buf, size_t len);

/** Write a whole masked frame of a control message (at most ARIP_WS_MAX_CONTROL bytes) or text to
 * OUT, which has room for ARIP_WS_MAX_HEADER + LEN bytes. Returns its length. */
size_t arip_ws_write(char *out, enum arip_ws_opcode opcode, uint32_t mask, const char *p,
		     size_t len);

/** A name for a close code: "going away". Never NULL. */
const char *arip_ws_close_name(unsigned code);

#endif
