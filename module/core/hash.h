/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* Digests, encodings and random bytes: the one file that talks to OpenSSL's libcrypto. */
#ifndef CORE_HASH_H
#define CORE_HASH_H

#include <stdbool.h>
#include <stddef.h>

enum hash_kind {
	HASH_MD5,
	HASH_SHA1,
	HASH_SHA256,
};

#define HASH_MAX 32

size_t hash_size(enum hash_kind kind);
/** Digest of LEN bytes into OUT; -1 when the library refuses (e.g. MD5 in a hardened setup). */
int hash_bytes(enum hash_kind kind, const void *data, size_t len, unsigned char out[HASH_MAX]);
/** The same as lower case hex with a NUL: 2 * HASH_MAX + 1 bytes of room. */
int hash_hex(enum hash_kind kind, const void *data, size_t len, char out[2 * HASH_MAX + 1]);
/** HMAC-SHA256. */
int hash_keyed(const unsigned char key[32], const void *data, size_t len,
	       unsigned char out[HASH_MAX]);
/** LEN random bytes; -1 when the system has none. */
int random_bytes(void *out, size_t len);
/** Compare without telling where they differ. */
bool bytes_equal(const void *a, const void *b, size_t len);

void hex_encode(const void *data, size_t len, char *out);
/** OUT gets 4 * ((len + 2) / 3) + 1 bytes. */
void base64_encode(const void *data, size_t len, char *out);
/** Decode LEN characters, padding required; returns the bytes written, or -1. */
long base64_decode(const char *text, size_t len, unsigned char *out, size_t size);

#endif
