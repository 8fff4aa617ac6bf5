/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See hash.h. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "hash.h"

size_t hash_size(enum hash_kind kind)
{
	static const size_t sizes[] = {[HASH_MD5] = 16, [HASH_SHA1] = 20, [HASH_SHA256] = 32};

	return sizes[kind];
}

int hash_bytes(enum hash_kind kind, const void *data, size_t len, unsigned char out[HASH_MAX])
{
	const EVP_MD *md = kind == HASH_MD5 ? EVP_md5() : kind == HASH_SHA1 ? EVP_sha1()
									     : EVP_sha256();

	return EVP_Digest(data, len, out, NULL, md, NULL) == 1 ? 0 : -1;
}

int hash_hex(enum hash_kind kind, const void *data, size_t len, char out[2 * HASH_MAX + 1])
{
	unsigned char raw[HASH_MAX];

	if (hash_bytes(kind, data, len, raw))
		return -1;
	hex_encode(raw, hash_size(kind), out);
	return 0;
}

int hash_keyed(const unsigned char key[32], const void *data, size_t len,
	       unsigned char out[HASH_MAX])
{
	unsigned int n = 0;

	return HMAC(EVP_sha256(), key, 32, data, len, out, &n) && n == 32 ? 0 : -1;
}

int random_bytes(void *out, size_t len)
{
	unsigned char *p = out;
	ssize_t n;

	while (len) {
		n = getrandom(p, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

bool bytes_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

void hex_encode(const void *data, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = data;
	size_t i;

	for (i = 0; i < len; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
}

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const void *data, size_t len, char *out)
{
	const unsigned char *p = data;
	unsigned int word;
	size_t i, n;

	for (i = 0; i < len; i += 3) {
		n = len - i;
		word = (unsigned int)p[i] << 16 | (n > 1 ? (unsigned int)p[i + 1] << 8 : 0) |
		       (n > 2 ? p[i + 2] : 0);
		*out++ = base64_digits[word >> 18];
		*out++ = base64_digits[word >> 12 & 63];
		*out++ = n > 1 ? base64_digits[word >> 6 & 63] : '=';
		*out++ = n > 2 ? base64_digits[word & 63] : '=';
	}
	*out = '\0';
}

static int digit_value(char c)
{
	const char *p = c ? strchr(base64_digits, c) : NULL;

	return p ? (int)(p - base64_digits) : -1;
}

long base64_decode(const char *text, size_t len, unsigned char *out, size_t size)
{
	size_t i, pad = 0, written = 0;
	unsigned int word = 0;
	int v;

	if (len % 4)
		return -1;
	while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
		pad++;
	if (size < len / 4 * 3 - pad)
		return -1;
	for (i = 0; i < len; i++) {
		v = i >= len - pad ? 0 : digit_value(text[i]);
		if (v < 0)
			return -1;
		word = word << 6 | (unsigned int)v;
		if (i % 4 != 3)
			continue;
		out[written++] = (unsigned char)(word >> 16);
		if (i + 1 < len || pad < 2)
			out[written++] = (unsigned char)(word >> 8);
		if (i + 1 < len || pad < 1)
			out[written++] = (unsigned char)word;
		word = 0;
	}
	return (long)written;
}
