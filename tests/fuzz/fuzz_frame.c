/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Any bytes to the WebSocket reader, at once and split at random places: the same messages, the
 * same verdict.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ws_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
	uint64_t hash;
	size_t messages;
	bool bad;
	unsigned close_code;
};

static void mix(struct outcome *out, const struct arip_ws_message *message)
{
	out->hash = (out->hash ^ message->opcode) * 0x100000001B3u;
	for (size_t i = 0; i < message->len; i++)
		out->hash = (out->hash ^ (unsigned char)message->p[i]) * 0x100000001B3u;
	out->messages++;
}

/* SEED 0: all at once. A chunk is copied, so that a read past its end is seen. */
static struct outcome run(const uint8_t *data, size_t size, uint32_t seed)
{
	struct arip_ws_reader reader = {0};
	struct outcome out = {.hash = 1};
	size_t start = 0, have = 0;

	while (!out.bad) {
		char *chunk = malloc(have ? have : 1);
		struct arip_ws_message message;
		enum arip_ws_result result;
		size_t used;

		if (!chunk)
			abort();
		memcpy(chunk, data + start, have);
		result = arip_ws_read(&reader, chunk, have, &used, &message, NULL);
		if (used > have)
			abort();
		if (result == ARIP_WS_MESSAGE)
			mix(&out, &message);
		out.bad = result == ARIP_WS_BAD;
		free(chunk);
		start += used;
		have -= used;
		if (result != ARIP_WS_MORE)
			continue;
		if (start + have == size)
			break;
		seed = seed * 1664525 + 1013904223;
		have += seed == 1013904223 ? size - start - have
					   : 1 + (seed >> 8) % (size - start - have);
	}
	out.close_code = reader.close_code;
	arip_ws_reader_release(&reader);
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole = run(data, size, 0);

	for (uint32_t seed = 1; seed < 4; seed++) {
		struct outcome parts = run(data, size, seed * 7919 + (uint32_t)size);

		if (parts.hash != whole.hash || parts.messages != whole.messages ||
		    parts.bad != whole.bad || parts.close_code != whole.close_code)
			abort();
	}
	return 0;
}
