/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See buf.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "utf8.h"

void buf_free(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){0};
}

void buf_clear(struct buf *buf)
{
	buf->len = 0;
	buf->failed = false;
	if (buf->data)
		buf->data[0] = '\0';
}

static void fail(struct buf *buf)
{
	buf_free(buf);
	buf->failed = true;
}

char *buf_reserve(struct buf *buf, size_t more)
{
	size_t size = buf->size ? buf->size : 256;
	char *data;

	if (buf->failed)
		return NULL;
	if (more > (size_t)1 << 40) {
		fail(buf);
		return NULL;
	}
	if (buf->data && buf->len + more + 1 <= buf->size)
		return buf->data + buf->len;
	while (size < buf->len + more + 1)
		size *= 2;
	data = realloc(buf->data, size);
	if (!data) {
		fail(buf);
		return NULL;
	}
	buf->data = data;
	buf->size = size;
	data[buf->len] = '\0';
	return data + buf->len;
}

void buf_add(struct buf *buf, const void *data, size_t len)
{
	char *to = buf_reserve(buf, len);

	if (!to)
		return;
	if (len)
		memcpy(to, data, len);
	to[len] = '\0';
	buf->len += len;
}

void buf_adds(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_addc(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_addf(struct buf *buf, const char *fmt, ...)
{
	char *to = buf_reserve(buf, 160);
	va_list ap, again;
	size_t room;
	int n;

	if (!to)
		return;
	/* Mostly it fits: format once, in place. */
	room = buf->size - buf->len;
	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(to, room, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n >= room) {
		to = buf_reserve(buf, (size_t)n);
		if (to)
			vsnprintf(to, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	if (to && n > 0)
		buf->len += (size_t)n;
}

static void add_escaped(struct buf *buf, unsigned char c)
{
	static const char *const names = "\bb\ff\nn\rr\tt\"\"\\\\";
	const char *p;

	for (p = names; *p; p += 2) {
		if ((unsigned char)*p == c) {
			buf_addc(buf, '\\');
			buf_addc(buf, p[1]);
			return;
		}
	}
	buf_addf(buf, "\\u%04x", c);
}

void buf_add_json(struct buf *buf, const char *text, size_t len)
{
	size_t i = 0, plain = 0, n;

	buf_addc(buf, '"');
	while (i < len) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
			i++;
			continue;
		}
		n = utf8_length(text + i, len - i);
		if (n && c >= 0x20 && c != '"' && c != '\\') {
			i += n;
			continue;
		}
		buf_add(buf, text + plain, i - plain);
		if (!n)
			buf_adds(buf, "\xef\xbf\xbd");
		else
			add_escaped(buf, c);
		plain = ++i;
	}
	buf_add(buf, text + plain, i - plain);
	buf_addc(buf, '"');
}

void buf_consume(struct buf *buf, size_t len)
{
	if (len >= buf->len) {
		buf_clear(buf);
		return;
	}
	memmove(buf->data, buf->data + len, buf->len - len + 1);
	buf->len -= len;
}

char *buf_take(struct buf *buf, size_t *len)
{
	char *data = buf->data;

	if (len)
		*len = buf->len;
	*buf = (struct buf){0};
	return data;
}
