/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* WebSocket frames: the same messages however the bytes are cut up, none above the cap. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../../module/core/ws_frame.h"

/* What was delivered, as a number: same messages, same number. */
static uint64_t run(const uint8_t *data, size_t size, size_t step)
{
	struct ws_reader reader = {.max_message = 200, .max_fragments = 4};
	uint64_t sum = 14695981039346656037u;
	struct buf in = {0};
	struct ws_message msg;
	size_t at = 0, used;
	int res = 0;

	while (at < size && res <= 2) {
		size_t n = size - at < step ? size - at : step;

		buf_add(&in, data + at, n);
		at += n;
		while (in.len && (res = ws_read(&reader, in.data, in.len, &used, &msg)) && res <= 2) {
			if (res == 1 && msg.len > reader.max_message)
				abort();
			for (size_t i = 0; res == 1 && i < msg.len; i++)
				sum = (sum ^ (uint8_t)msg.data[i]) * 1099511628211u;
			sum = (sum ^ (res == 1 ? msg.opcode : 99u)) * 1099511628211u;
			buf_consume(&in, used);
		}
	}
	buf_free(&in);
	ws_reader_free(&reader);
	return sum ^ (res > 2 ? (uint64_t)res : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2 || size > 4096)
		return 0;
	if (run(data + 1, size - 1, size) != run(data + 1, size - 1, data[0] % 16 + 1))
		abort();
	return 0;
}
