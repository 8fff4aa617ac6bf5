/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* WebSocket frames: what is a message, what closes the socket, with which code; the handshake. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../../../module/core/ws_frame.h"

/* Bytes of a frame with a zero mask. */
static size_t frame(unsigned char *out, unsigned char b0, const char *text, size_t len)
{
	out[0] = b0;
	out[1] = (unsigned char)(0x80 | len);
	memset(out + 2, 0, 4);
	memcpy(out + 6, text, len);
	return len + 6;
}

static int read_frame(struct ws_reader *reader, unsigned char b0, const char *text,
		      struct ws_message *msg)
{
	static unsigned char bytes[256];
	size_t used = 0, len = frame(bytes, b0, text, strlen(text));
	int res = ws_read(reader, (char *)bytes, len, &used, msg);

	if (res == 1 || res == 2)
		assert_int_equal(used, len);
	return res;
}

static void test_close_codes(void **state)
{
	static const struct {
		unsigned int code;
		int result;
	} rows[] = {
		{0, 1002}, {999, 1002}, {1000, 1}, {1003, 1}, {1004, 1002}, {1005, 1002}, {1006, 1002},
		{1007, 1}, {1014, 1}, {1015, 1002}, {1016, 1002}, {2999, 1002}, {3000, 1}, {4999, 1},
		{5000, 1002}, {65535, 1002},
	};
	struct ws_reader reader = {.max_message = 20, .max_fragments = 3};
	struct ws_message msg;
	unsigned char bytes[64];
	size_t i, used;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char payload[2] = {(char)(rows[i].code >> 8), (char)rows[i].code};

		used = frame(bytes, 0x88, payload, 2);
		assert_int_equal(ws_read(&reader, (char *)bytes, used, &used, &msg), rows[i].result);
	}
	used = frame(bytes, 0x88, "", 0);
	assert_int_equal(ws_read(&reader, (char *)bytes, used, &used, &msg), 1);
	ws_reader_free(&reader);
}

static void test_frames(void **state)
{
	struct ws_reader reader = {.max_message = 20, .max_fragments = 3};
	struct ws_message msg;
	unsigned char bytes[64];
	size_t used;

	(void)state;
	assert_int_equal(read_frame(&reader, 0x81, "hello", &msg), 1);
	assert_memory_equal(msg.data, "hello", 5);
	assert_int_equal(read_frame(&reader, 0x01, "a", &msg), 2);
	assert_int_equal(read_frame(&reader, 0x89, "p", &msg), 1);
	assert_int_equal(msg.opcode, WS_PING);
	assert_int_equal(read_frame(&reader, 0x00, "b", &msg), 2);
	assert_int_equal(read_frame(&reader, 0x80, "c", &msg), 1);
	assert_int_equal(msg.len, 3);
	assert_memory_equal(msg.data, "abc", 3);
	assert_int_equal(read_frame(&reader, 0x80, "x", &msg), WS_CLOSE_PROTOCOL);
	assert_int_equal(read_frame(&reader, 0xc1, "x", &msg), WS_CLOSE_PROTOCOL);
	assert_int_equal(read_frame(&reader, 0x83, "x", &msg), WS_CLOSE_PROTOCOL);
	assert_int_equal(read_frame(&reader, 0x09, "x", &msg), WS_CLOSE_PROTOCOL);
	assert_int_equal(read_frame(&reader, 0x81, "\xff", &msg), WS_CLOSE_INVALID);
	assert_int_equal(read_frame(&reader, 0x88, "x", &msg), WS_CLOSE_PROTOCOL);
	assert_int_equal(read_frame(&reader, 0x81, "12345678901234567890", &msg), 1);
	assert_int_equal(read_frame(&reader, 0x81, "123456789012345678901", &msg), WS_CLOSE_TOO_BIG);
	used = frame(bytes, 0x81, "x", 1);
	bytes[1] &= 0x7f;	/* no mask */
	assert_int_equal(ws_read(&reader, (char *)bytes, used, &used, &msg), WS_CLOSE_PROTOCOL);
	ws_reader_free(&reader);
}

static void test_too_many_fragments(void **state)
{
	struct ws_reader reader = {.max_message = 20, .max_fragments = 3};
	struct ws_message msg;

	(void)state;
	assert_int_equal(read_frame(&reader, 0x01, "a", &msg), 2);
	assert_int_equal(read_frame(&reader, 0x00, "b", &msg), 2);
	assert_int_equal(read_frame(&reader, 0x00, "c", &msg), 2);
	assert_int_equal(read_frame(&reader, 0x80, "d", &msg), WS_CLOSE_TOO_BIG);
	ws_reader_free(&reader);
}

static void test_accept_key(void **state)
{
	char out[29];

	(void)state;
	assert_int_equal(ws_accept("dGhlIHNhbXBsZSBub25jZQ==", out), 0);
	assert_string_equal(out, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	assert_int_equal(ws_accept("short", out), -1);
	assert_int_equal(ws_accept("dGhlIHNhbXBsZSBub25j!!==", out), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_close_codes),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_too_many_fragments),
		cmocka_unit_test(test_accept_key),
	};

	return cmocka_run_group_tests_name("frames", tests, NULL, NULL);
}
