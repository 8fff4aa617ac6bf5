/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See digest.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "digest.h"

/* One name=value or name="value" at *TEXT, which moves behind it. */
static int next_param(const char **text, char *name, size_t name_size, char *value, size_t size)
{
	const char *p = *text + strspn(*text, " \t,");
	size_t n = strcspn(p, "= \t,"), i = 0;
	bool quoted;

	if (!n || n >= name_size || p[n] != '=')
		return -1;
	memcpy(name, p, n);
	name[n] = '\0';
	p += n + 1;
	quoted = *p == '"';
	p += quoted;
	while (*p && (quoted ? *p != '"' : !strchr(" \t,", *p))) {
		if (quoted && *p == '\\' && p[1])
			p++;
		if (i + 1 >= size)
			return -1;
		value[i++] = *p++;
	}
	value[i] = '\0';
	if (quoted && *p++ != '"')
		return -1;
	*text = p + strspn(p, " \t,");
	return 0;
}

int digest_parse(const char *text, struct digest_header *out)
{
	const struct {
		const char *name;
		char *to;
		size_t size;
	} places[] = {
		{"username", out->username, sizeof(out->username)},
		{"realm", out->realm, sizeof(out->realm)},
		{"nonce", out->nonce, sizeof(out->nonce)},
		{"uri", out->uri, sizeof(out->uri)},
		{"response", out->response, sizeof(out->response)},
		{"cnonce", out->cnonce, sizeof(out->cnonce)},
		{"nc", out->nc, sizeof(out->nc)},
	};
	char name[32], value[4200], qop[16] = "", algorithm[16] = "MD5";
	size_t i;

	memset(out, 0, sizeof(*out));
	while (*text) {
		if (next_param(&text, name, sizeof(name), value, sizeof(value)))
			return -1;
		if (!strcasecmp(name, "qop"))
			snprintf(qop, sizeof(qop), "%.15s", value);
		else if (!strcasecmp(name, "algorithm"))
			snprintf(algorithm, sizeof(algorithm), "%.15s", value);
		for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
			if (strcasecmp(name, places[i].name))
				continue;
			if (*places[i].to || strlen(value) >= places[i].size)
				return -1;
			memcpy(places[i].to, value, strlen(value) + 1);
		}
	}
	if (strcasecmp(algorithm, "SHA-256") && strcasecmp(algorithm, "MD5"))
		return -1;
	out->kind = strcasecmp(algorithm, "MD5") ? HASH_SHA256 : HASH_MD5;
	if (strcmp(qop, "auth") || strlen(out->nc) != 8 || !*out->cnonce ||
	    strlen(out->response) != 2 * hash_size(out->kind))
		return -1;
	return strspn(out->nc, "0123456789abcdefABCDEF") == 8 ? 0 : -1;
}

/* What stands before the digest of it: the time, and a number for those of the same time. */
#define HEAD 24
#define NONCE (HEAD + 2 * HASH_MAX)

static void sign(const struct digest *digest, char nonce[96])
{
	unsigned char mac[HASH_MAX];

	if (hash_keyed(digest->key, nonce, HEAD, mac))
		memset(mac, 0, sizeof(mac));
	hex_encode(mac, HASH_MAX, nonce + HEAD);
}

static int64_t time_of(const char *nonce)
{
	char time[17];

	memcpy(time, nonce, 16);
	time[16] = '\0';
	return (int64_t)strtoull(time, NULL, 16);
}

void digest_nonce(struct digest *digest, int64_t now, char out[96])
{
	snprintf(out, 96, "%016llx%08x", (unsigned long long)now, digest->number++);
	sign(digest, out);
}

bool digest_fresh(const struct digest *digest, const char *nonce, int64_t now)
{
	char right[96];
	int64_t made;

	if (strlen(nonce) != NONCE)
		return false;
	memcpy(right, nonce, HEAD);
	sign(digest, right);
	if (!bytes_equal(right, nonce, NONCE))
		return false;
	made = time_of(nonce);
	return made > digest->forgotten && made <= now && now - made <= DIGEST_LIFE_MS;
}

bool digest_right(const struct digest_header *header, const char *ha1, const char *method)
{
	char ha2[2 * HASH_MAX + 1], right[2 * HASH_MAX + 1], text[4600];
	size_t len = 2 * hash_size(header->kind), i;
	char given[2 * HASH_MAX + 1];
	int n;

	n = snprintf(text, sizeof(text), "%s:%s", method, header->uri);
	if (n < 0 || hash_hex(header->kind, text, (size_t)n, ha2))
		return false;
	n = snprintf(text, sizeof(text), "%s:%s:%s:%s:auth:%s", ha1, header->nonce, header->nc,
		     header->cnonce, ha2);
	if (n < 0 || (size_t)n >= sizeof(text) || hash_hex(header->kind, text, (size_t)n, right))
		return false;
	for (i = 0; i < len; i++)
		given[i] = (char)(header->response[i] | (header->response[i] >= 'A' ? 0x20 : 0));
	return bytes_equal(given, right, len);
}

static struct digest_nonce *remember(struct digest *digest, const char *text)
{
	struct digest_nonce *slot = &digest->nonce[digest->next];

	digest->next = (digest->next + 1) % DIGEST_NONCES;
	if (slot->made > digest->forgotten)
		digest->forgotten = slot->made;
	memset(slot, 0, sizeof(*slot));
	memcpy(slot->text, text, strlen(text) + 1);
	slot->made = time_of(text);
	return slot;
}

bool digest_use(struct digest *digest, const struct digest_header *header)
{
	uint32_t count = (uint32_t)strtoul(header->nc, NULL, 16), back;
	struct digest_nonce *nonce = NULL;
	int i;

	for (i = 0; i < DIGEST_NONCES && !nonce; i++) {
		if (digest->nonce[i].made && !strcmp(digest->nonce[i].text, header->nonce))
			nonce = &digest->nonce[i];
	}
	if (!nonce)
		nonce = remember(digest, header->nonce);
	if (count > nonce->highest) {
		back = count - nonce->highest;
		nonce->seen = back < 64 ? nonce->seen << back : 0;
		nonce->seen |= 1;
		nonce->highest = count;
		return true;
	}
	back = nonce->highest - count;
	if (back >= 64 || nonce->seen >> back & 1)
		return false;
	nonce->seen |= (uint64_t)1 << back;
	return true;
}
