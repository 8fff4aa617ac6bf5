/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The Digest scheme of RFC 7616, qop=auth, with SHA-256 and MD5. A nonce is the time it was
 * made, a number, and a keyed digest of both, so it needs no memory until it was used rightly;
 * then its counters are kept, so that no request can be played again.
 */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "hash.h"

#define DIGEST_LIFE_MS 300000
#define DIGEST_NONCES 1024

/* The parameters of an Authorization header, unquoted. */
struct digest_header {
	char username[128], realm[128], nonce[96], uri[4200], response[72], cnonce[128], nc[12];
	enum hash_kind kind;
};

struct digest_nonce {
	int64_t made;
	char text[96];
	uint32_t highest;
	uint64_t seen;	/* bit N: highest - N was used */
};

struct digest {
	unsigned char key[32];
	struct digest_nonce nonce[DIGEST_NONCES];
	unsigned int next;
	unsigned int number;	/* of the next nonce */
	int64_t forgotten;	/* nonces made until then are stale */
};

/** Parse the text behind "Digest "; -1 when it is malformed or not what we offer. */
int digest_parse(const char *text, struct digest_header *out);
void digest_nonce(struct digest *digest, int64_t now, char out[96]);
/** Was the nonce made here, and recently? */
bool digest_fresh(const struct digest *digest, const char *nonce, int64_t now);
/** Is the response right? HA1 is hex, of the header's kind. */
bool digest_right(const struct digest_header *header, const char *ha1, const char *method);
/** Use the nonce's counter up; false when it was used before. */
bool digest_use(struct digest *digest, const struct digest_header *header);

#endif
