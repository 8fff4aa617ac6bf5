/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What a WAV file's header says. Pure.
 */
#ifndef CLI_WAV_H
#define CLI_WAV_H

#include <stddef.h>

struct wav {
	unsigned channels;
	unsigned rate;		/* samples a second */
	unsigned long data;	/* bytes of sound */
	long duration_ms;
};

/** Read the header in the first LEN bytes of a file that is TOTAL bytes long. NULL, or what is wrong with it. */
const char *wav_read(struct wav *wav, const unsigned char *bytes, size_t len, size_t total);

#endif
