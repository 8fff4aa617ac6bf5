/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See ws_frame.h. */
#include <stdio.h>
#include <string.h>

#include "hash.h"
#include "utf8.h"
#include "ws_frame.h"

/* One frame's header, and where its payload lies. */
struct frame {
	enum ws_opcode opcode;
	bool fin;
	char *payload;
	size_t len;
	size_t total;
};

static bool is_control(enum ws_opcode opcode)
{
	return opcode >= WS_CLOSE;
}

static int check_opcode(const struct frame *f, unsigned char b0)
{
	if (b0 & 0x70)
		return WS_CLOSE_PROTOCOL;
	if (f->opcode > WS_PONG || (f->opcode > WS_BINARY && f->opcode < WS_CLOSE))
		return WS_CLOSE_PROTOCOL;
	if (is_control(f->opcode) && (!f->fin || f->len > 125))
		return WS_CLOSE_PROTOCOL;
	return 0;
}

/* 0 more, 1 the header is read, else a close code. */
static int read_header(const struct ws_reader *reader, char *data, size_t len, struct frame *f)
{
	unsigned char *p = (unsigned char *)data;
	size_t head = 6, i;
	int code;

	if (len < 2)
		return 0;
	f->fin = p[0] & 0x80;
	f->opcode = p[0] & 0x0f;
	f->len = p[1] & 0x7f;
	code = check_opcode(f, p[0]);
	if (code)
		return code;
	if (!(p[1] & 0x80))
		return WS_CLOSE_PROTOCOL;
	if (f->len >= 126)
		head += f->len == 126 ? 2 : 8;
	if (len < head)
		return 0;
	if (f->len >= 126) {
		size_t wide = f->len == 126 ? 2 : 8;

		if (wide == 8 && p[2] & 0x80)
			return WS_CLOSE_PROTOCOL;
		for (f->len = 0, i = 0; i < wide; i++)
			f->len = f->len << 8 | p[2 + i];
	}
	if (f->len > reader->max_message)
		return WS_CLOSE_TOO_BIG;
	f->payload = data + head;
	f->total = head + f->len;
	return len < f->total ? 0 : 1;
}

static void unmask(struct frame *f)
{
	const char *mask = f->payload - 4;
	size_t i;

	for (i = 0; i < f->len; i++)
		f->payload[i] ^= mask[i & 3];
}

/* The codes that an endpoint may send, of RFC 6455 7.4 and its registry. */
static bool is_close_code(const char *data)
{
	unsigned int code = (unsigned int)(unsigned char)data[0] << 8 | (unsigned char)data[1];

	return (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) ||
	       (code >= 3000 && code <= 4999);
}

static int deliver(struct ws_message *msg, enum ws_opcode opcode, const char *data, size_t len)
{
	if (opcode == WS_TEXT && !utf8_valid(data, len))
		return WS_CLOSE_INVALID;
	if (opcode == WS_CLOSE && (len == 1 || (len >= 2 && !is_close_code(data)) ||
				   (len > 2 && !utf8_valid(data + 2, len - 2))))
		return WS_CLOSE_PROTOCOL;
	msg->opcode = opcode;
	msg->data = data;
	msg->len = len;
	return 1;
}

static int add_fragment(struct ws_reader *reader, const struct frame *f, struct ws_message *msg)
{
	if ((f->opcode == WS_CONTINUATION) != reader->open)
		return WS_CLOSE_PROTOCOL;
	if (!reader->open) {
		buf_clear(&reader->message);
		reader->opcode = f->opcode;
		reader->fragments = 0;
		reader->open = true;
	}
	if (reader->message.len + f->len > reader->max_message ||
	    ++reader->fragments > reader->max_fragments)
		return WS_CLOSE_TOO_BIG;
	buf_add(&reader->message, f->payload, f->len);
	if (reader->message.failed)
		return WS_CLOSE_ERROR;
	if (!f->fin)
		return 2;
	reader->open = false;
	return deliver(msg, reader->opcode, reader->message.data, reader->message.len);
}

int ws_read(struct ws_reader *reader, char *data, size_t len, size_t *used, struct ws_message *msg)
{
	struct frame f;
	int res = read_header(reader, data, len, &f);

	if (res != 1)
		return res;
	*used = f.total;
	unmask(&f);
	if (is_control(f.opcode) || (f.fin && !reader->open && f.opcode != WS_CONTINUATION))
		return deliver(msg, f.opcode, f.payload, f.len);
	return add_fragment(reader, &f, msg);
}

void ws_reader_free(struct ws_reader *reader)
{
	buf_free(&reader->message);
}

size_t ws_header(unsigned char out[WS_HEADER_MAX], enum ws_opcode opcode, size_t len)
{
	size_t n = 2, i;

	out[0] = (unsigned char)(0x80 | opcode);
	if (len < 126) {
		out[1] = (unsigned char)len;
		return n;
	}
	n += len < 65536 ? 2 : 8;
	out[1] = len < 65536 ? 126 : 127;
	for (i = n; i > 2; i--, len >>= 8)
		out[i - 1] = (unsigned char)len;
	return n;
}

void ws_add_frame(struct buf *out, enum ws_opcode opcode, const void *data, size_t len)
{
	unsigned char head[WS_HEADER_MAX];

	buf_add(out, head, ws_header(head, opcode, len));
	buf_add(out, data, len);
}

void ws_add_close(struct buf *out, unsigned int code, const char *reason)
{
	char payload[125];
	size_t len = strnlen(reason, sizeof(payload) - 2);

	payload[0] = (char)(code >> 8);
	payload[1] = (char)code;
	memcpy(payload + 2, reason, len);
	ws_add_frame(out, WS_CLOSE, payload, len + 2);
}

int ws_accept(const char *key, char out[29])
{
	char text[64];
	unsigned char raw[24], digest[HASH_MAX];
	int n;

	if (strlen(key) != 24 || base64_decode(key, 24, raw, sizeof(raw)) != 16)
		return -1;
	n = snprintf(text, sizeof(text), "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
	if (hash_bytes(HASH_SHA1, text, (size_t)n, digest))
		return -1;
	base64_encode(digest, 20, out);
	return 0;
}
