/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The WAV header reader:
 *  - the header that Asterisk writes: rate, channels, bytes, duration
 *  - chunks before and between, of odd sizes too
 *  - sizes that lie: of data longer than the file, of a chunk that ends nowhere
 *  - every shortening of a good header is refused or read within its bounds
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../cli/wav.h"

#define FMT "fmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0"

static const char good[] = "RIFF\x24\x7d\0\0WAVE" FMT "data\0\x7d\0\0";

static const char *read_text(struct wav *wav, const char *text, size_t len, size_t total)
{
	/* On the heap, so that a read past the end is seen. */
	unsigned char *copy = malloc(len ? len : 1);
	const char *wrong;

	assert_non_null(copy);
	memcpy(copy, text, len);
	wrong = wav_read(wav, copy, len, total);
	free(copy);
	return wrong;
}

static void asterisk(void **state)
{
	struct wav wav;

	(void)state;
	assert_null(read_text(&wav, good, sizeof(good) - 1, 44 + 32000));
	assert_int_equal(wav.rate, 8000);
	assert_int_equal(wav.channels, 1);
	assert_int_equal(wav.data, 32000);
	assert_int_equal(wav.duration_ms, 2000);
}

static void chunks(void **state)
{
	static const char text[] =
		"RIFF\0\0\0\0WAVELIST\3\0\0\0abc\0" FMT "fact\4\0\0\0abcddata\x80\x3e\0\0";
	struct wav wav;

	(void)state;
	assert_null(read_text(&wav, text, sizeof(text) - 1, sizeof(text) - 1 + 16000));
	assert_int_equal(wav.duration_ms, 1000);
}

static void lies(void **state)
{
	static const char endless[] = "RIFF\0\0\0\0WAVELIST\xff\xff\xff\xff"
				      "data";
	static const char no_format[] = "RIFF\0\0\0\0WAVEdata\4\0\0\0abcd";
	struct wav wav;

	(void)state;
	/* A size that was never filled in: what is there counts. */
	assert_null(read_text(&wav, good, sizeof(good) - 1, 44 + 16));
	assert_int_equal(wav.data, 16);
	assert_non_null(read_text(&wav, endless, sizeof(endless) - 1, 1000));
	assert_non_null(read_text(&wav, no_format, sizeof(no_format) - 1, 1000));
	assert_non_null(read_text(&wav, "<html>no such thing</html>", 26, 26));
	assert_non_null(read_text(&wav, "", 0, 0));
}

static void shortened(void **state)
{
	struct wav wav;

	(void)state;
	for (size_t len = 0; len < sizeof(good) - 1; len++)
		assert_non_null(read_text(&wav, good, len, len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asterisk),
		cmocka_unit_test(chunks),
		cmocka_unit_test(lies),
		cmocka_unit_test(shortened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
