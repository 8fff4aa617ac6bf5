/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Random ids for what this library creates: 22 characters of 62 are 131 bits, unique without asking
 * the server. Letters and digits only, so that an id needs no quoting in a path, a shell or a
 * dialplan.
 */
#include <string.h>
#include <sys/random.h>

#include "ari/client.h"

#define PREFIX	     "astctl-"
#define RANDOM_CHARS 22

_Static_assert(sizeof(PREFIX) + RANDOM_CHARS <= ARI_ID_SIZE, "an id fits its buffer");

void ari_id_new(char *buf)
{
	static const char digits[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	char *out = buf + sizeof(PREFIX) - 1;
	char *end = out + RANDOM_CHARS;

	memcpy(buf, PREFIX, sizeof(PREFIX) - 1);
	while (out < end) {
		unsigned char random[RANDOM_CHARS];
		ssize_t n = getrandom(random, sizeof(random), 0);

		for (ssize_t i = 0; i < n && out < end; i++) {
			/* 248 = 4 x 62: the rest would favour the first digits */
			if (random[i] < 248)
				*out++ = digits[random[i] % 62];
		}
	}
	*end = '\0';
}
