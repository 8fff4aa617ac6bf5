/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * RFC 6455 frames for a client without extensions. Whether text is valid UTF-8 is not checked here:
 * the only text that comes is JSON, and its scanner does. libwebsockets has a parser of its own,
 * which costs 2 to 3 us for an event (it takes a function call for each byte), more than all the
 * rest of the event path; this one touches only headers.
 */
#include "ws_frame.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"

#define CLOSE_PROTOCOL 1002
#define CLOSE_TOO_BIG  1009

struct header {
	size_t size; /* of the header itself */
	uint64_t payload;
};

/* The length fields; false while they are not all there. */
static bool read_header(struct header *h, const unsigned char *p, size_t len)
{
	size_t extra;

	if (len < 2)
		return false;
	h->payload = p[1] & 0x7F;
	extra = h->payload == 126 ? 2 : h->payload == 127 ? 8 : 0;
	h->size = 2 + extra;
	if (len < h->size)
		return false;
	if (extra)
		h->payload = 0;
	for (size_t i = 0; i < extra; i++)
		h->payload = h->payload << 8 | p[2 + i];
	return true;
}

size_t arip_ws_frame_size(const char *buf, size_t len)
{
	struct header h;

	if (!read_header(&h, (const unsigned char *)buf, len) || h.payload > ARIP_WS_MAX_MESSAGE)
		return 0;
	return h.size + (size_t)h.payload;
}

static enum arip_ws_result bad(struct arip_ws_reader *reader, unsigned code, struct ari_error *err,
			       const char *what)
{
	reader->close_code = code;
	arip_error_set(err, ARI_EPROTOCOL, "the server broke the WebSocket protocol: %s", what);
	return ARIP_WS_BAD;
}

/* What can be told from the first two bytes. */
static const char *head_fault(const struct arip_ws_reader *reader, unsigned char b0,
			      unsigned char b1)
{
	unsigned opcode = b0 & 0x0F;

	if (b0 & 0x70)
		return "an extension that was not agreed on";
	if (b1 & 0x80)
		return "a masked frame";
	if ((opcode > ARIP_WS_BINARY && opcode < ARIP_WS_CLOSE) || opcode > ARIP_WS_PONG)
		return "an unknown kind of frame";
	if (opcode >= ARIP_WS_CLOSE) {
		if (!(b0 & 0x80))
			return "a control frame in pieces";
		return (b1 & 0x7F) > ARIP_WS_MAX_CONTROL ? "a control frame that is too long"
							 : NULL;
	}
	if (opcode == ARIP_WS_CONTINUATION)
		return reader->in_message ? NULL : "a continuation of nothing";
	return reader->in_message ? "a new message inside another" : NULL;
}

/* Append a frame to the message in pieces. */
static int keep_part(struct arip_ws_reader *reader, const char *p, size_t len,
		     struct ari_error *err)
{
	if (reader->part_len + len > reader->part_room) {
		size_t room = (reader->part_len + len) * 2;
		char *part = realloc(reader->part, room);

		if (!part)
			return arip_error_memory(err);
		reader->part = part;
		reader->part_room = room;
	}
	if (len)
		memcpy(reader->part + reader->part_len, p, len);
	reader->part_len += len;
	return 0;
}

/* A data frame: whole messages go out in place, others are put together. */
static enum arip_ws_result take_data(struct arip_ws_reader *reader, bool final, unsigned opcode,
				     struct arip_ws_message *message, struct ari_error *err)
{
	if (opcode != ARIP_WS_CONTINUATION) {
		reader->opcode = opcode;
		reader->part_len = 0;
		if (final)
			return ARIP_WS_MESSAGE;
	}
	if (keep_part(reader, message->p, message->len, err)) {
		reader->close_code = CLOSE_TOO_BIG;
		return ARIP_WS_BAD;
	}
	reader->in_message = !final;
	if (!final)
		return ARIP_WS_FRAGMENT;
	message->opcode = reader->opcode;
	message->p = reader->part;
	message->len = reader->part_len;
	return ARIP_WS_MESSAGE;
}

enum arip_ws_result arip_ws_read(struct arip_ws_reader *reader, const char *buf, size_t len,
				 size_t *used, struct arip_ws_message *message,
				 struct ari_error *err)
{
	const unsigned char *p = (const unsigned char *)buf;
	struct header h;
	const char *fault;
	size_t before = reader->in_message ? reader->part_len : 0;

	*used = 0;
	if (len < 2)
		return ARIP_WS_MORE;
	fault = head_fault(reader, p[0], p[1]);
	if (fault)
		return bad(reader, CLOSE_PROTOCOL, err, fault);
	if (!read_header(&h, p, len))
		return ARIP_WS_MORE;
	if ((p[0] & 0x0F) < ARIP_WS_CLOSE && h.payload > ARIP_WS_MAX_MESSAGE - before) {
		reader->close_code = CLOSE_TOO_BIG;
		arip_error_set(err, ARI_EPROTOCOL,
			       "an event of more than %u bytes, the most that is accepted",
			       ARIP_WS_MAX_MESSAGE);
		return ARIP_WS_BAD;
	}
	if (len - h.size < h.payload)
		return ARIP_WS_MORE;
	*used = h.size + (size_t)h.payload;
	*message = (struct arip_ws_message){p[0] & 0x0F, buf + h.size, (size_t)h.payload};
	if (message->opcode >= ARIP_WS_CLOSE)
		return ARIP_WS_MESSAGE;
	return take_data(reader, p[0] & 0x80, p[0] & 0x0F, message, err);
}

void arip_ws_reader_release(struct arip_ws_reader *reader)
{
	free(reader->part);
	*reader = (struct arip_ws_reader){0};
}

size_t arip_ws_write(char *out, enum arip_ws_opcode opcode, uint32_t mask, const char *p,
		     size_t len)
{
	unsigned char key[4] = {mask >> 24, mask >> 16 & 0xFF, mask >> 8 & 0xFF, mask & 0xFF};
	size_t n = 0;

	out[n++] = (char)(0x80 | opcode);
	if (len < 126) {
		out[n++] = (char)(0x80 | len);
	} else {
		int bytes = len > 0xFFFF ? 8 : 2;

		out[n++] = (char)(0x80 | (bytes == 8 ? 127 : 126));
		for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
			out[n++] = (char)((uint64_t)len >> shift);
	}
	memcpy(out + n, key, sizeof(key));
	n += sizeof(key);
	for (size_t i = 0; i < len; i++)
		out[n + i] = (char)((unsigned char)p[i] ^ key[i & 3]);
	return n + len;
}

const char *arip_ws_close_name(unsigned code)
{
	switch (code) {
	case 1000:
		return "normal closure";
	case 1001:
		return "going away";
	case 1002:
		return "protocol error";
	case 1003:
		return "unsupported data";
	case 1007:
		return "invalid payload";
	case 1008:
		return "policy violation";
	case 1009:
		return "message too big";
	case 1011:
		return "server error";
	case 1012:
		return "service restart";
	case 1013:
		return "try again later";
	default:
		return "no reason given";
	}
}
