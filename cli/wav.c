/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The chunks of a RIFF file, as far as they tell how much sound there is. The sizes come from a file that
 * was downloaded: none is trusted.
 */
#include "wav.h"

#include <string.h>

static unsigned long le32(const unsigned char *p)
{
	return p[0] | (unsigned long)p[1] << 8 | (unsigned long)p[2] << 16 | (unsigned long)p[3] << 24;
}

static unsigned le16(const unsigned char *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

const char *wav_read(struct wav *wav, const unsigned char *bytes, size_t len, size_t total)
{
	unsigned long byte_rate = 0;
	size_t at = 12;

	memset(wav, 0, sizeof(*wav));
	if (len < 12 || memcmp(bytes, "RIFF", 4) != 0 || memcmp(bytes + 8, "WAVE", 4) != 0)
		return "it does not begin like a WAV file";
	while (len - at >= 8) {
		const unsigned char *chunk = bytes + at;
		unsigned long size = le32(chunk + 4);

		if (memcmp(chunk, "fmt ", 4) == 0 && len - at >= 24) {
			wav->channels = le16(chunk + 10);
			wav->rate = (unsigned)le32(chunk + 12);
			byte_rate = le32(chunk + 16);
		} else if (memcmp(chunk, "data", 4) == 0) {
			/* A server that was still writing leaves the size open. */
			wav->data = size < total - at - 8 ? size : total - at - 8;
			if (!byte_rate || !wav->channels)
				return "its format is missing";
			wav->duration_ms = (long)(wav->data * 1000ULL / byte_rate);
			return NULL;
		}
		if (size > len - at - 8)
			break;
		at += 8 + size + (size & 1);
		if (at > len)
			break;
	}
	return "it holds no sound";
}
