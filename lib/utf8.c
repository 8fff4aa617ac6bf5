/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Reading UTF-8 one character at a time. Pure; used wherever bytes of a caller or a server must
 * become JSON or be shown to a person.
 */
#include "utf8.h"

/* What the first byte promises: how many bytes follow and the smallest code point allowed. */
static size_t lead(unsigned char c, uint32_t *code, uint32_t *smallest)
{
	if (c >= 0xc2 && c <= 0xdf) {
		*code = c & 0x1f;
		*smallest = 0x80;
		return 1;
	}
	if (c >= 0xe0 && c <= 0xef) {
		*code = c & 0x0f;
		*smallest = 0x800;
		return 2;
	}
	if (c >= 0xf0 && c <= 0xf4) {
		*code = c & 0x07;
		*smallest = 0x10000;
		return 3;
	}
	return 0;
}

size_t arip_utf8_next(const char *p, size_t len, uint32_t *code)
{
	const unsigned char *u = (const unsigned char *)p;
	uint32_t smallest;
	size_t more;

	if (!len)
		return 0;
	if (u[0] < 0x80) {
		*code = u[0];
		return 1;
	}
	more = lead(u[0], code, &smallest);
	if (!more || more >= len)
		return 0;
	for (size_t i = 1; i <= more; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (u[i] & 0x3f);
	}
	if (*code < smallest || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return more + 1;
}

bool arip_utf8_valid(const char *p, size_t len)
{
	uint32_t code;
	size_t n;

	for (; len; p += n, len -= n) {
		n = arip_utf8_next(p, len, &code);
		if (!n)
			return false;
	}
	return true;
}

bool arip_utf8_unsafe(uint32_t code)
{
	static const struct {
		uint32_t first;
		uint32_t last;
	} ranges[] = {
		{0x00, 0x1f},	  {0x7f, 0x9f},	    {0xad, 0xad},	{0x61c, 0x61c},
		{0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},	{0x2060, 0x206f},
		{0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}
