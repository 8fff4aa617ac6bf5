/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Whom a call would reach: endpoints are taken apart as their channel drivers do it, put together
 * again in one spelling, and that is matched and handed on.
 *
 * The drivers besides Local and PJSIP part their strings at slashes, colons and at-signs into
 * peers, numbers, secrets, proxies and options, each in its own way. A wildcard never reaches
 * across such a sign, so it cannot stand for a part that the pattern does not have. What is no
 * technology known here is called only by its exact name in the scope.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "check.h"

static bool exact(const char *pattern, const char *value)
{
	return !strcmp(pattern, "*") || !strcmp(pattern, value);
}

/* What a wildcard may stand for in a string of whatever parts. */
static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("_-+*#", c));
}

/* As pattern_match(), but '*' and '?' are for these letters alone. */
static bool word_match(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			resume = text;
		} else if (*pattern == *text || (*pattern == '?' && is_word(*text))) {
			pattern++;
			text++;
		} else if (star && is_word(*resume)) {
			pattern = star;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

/* "TECH/PART/PART": the technology letter by letter. */
static bool parts_fit(const char *pattern, const char *value)
{
	size_t tech = strcspn(value, "/") + 1;

	return !strcmp(pattern, "*") ||
	       (!strncmp(pattern, value, tech) && word_match(pattern + tech, value + tech));
}

/* Do the LEN letters of TEXT fit the PATTERN_LEN letters of PATTERN? */
static bool piece_fits(const char *pattern, size_t pattern_len, const char *text, size_t len)
{
	char *p = strndup(pattern, pattern_len), *t = strndup(text, len);
	bool fits = p && t && pattern_match(p, t);

	free(p);
	free(t);
	return fits;
}

/* "USER@ENDPOINT" or "ENDPOINT", against the same or against the endpoint alone. */
static bool peer_fits(const char *pattern, size_t pattern_len, const char *text, size_t len)
{
	const char *pattern_at = memchr(pattern, '@', pattern_len), *at = memchr(text, '@', len);

	if (!at)
		return !pattern_at && piece_fits(pattern, pattern_len, text, len);
	if (pattern_at && !piece_fits(pattern, (size_t)(pattern_at - pattern), text,
				      (size_t)(at - text)))
		return false;
	if (pattern_at) {
		pattern_len -= (size_t)(pattern_at + 1 - pattern);
		pattern = pattern_at + 1;
	}
	return piece_fits(pattern, pattern_len, at + 1, len - (size_t)(at + 1 - text));
}

/* "PJSIP/PEER" or "PJSIP/PEER/URI": a URI needs a pattern of its own. */
static bool pjsip_fits(const char *pattern, const char *value)
{
	const char *text = value + 6, *uri = strchr(text, '/'), *pattern_uri;
	size_t len = uri ? (size_t)(uri - text) : strlen(text), pattern_len;

	if (!strcmp(pattern, "*"))
		return true;
	if (strncmp(pattern, "PJSIP/", 6))
		return false;
	pattern += 6;
	pattern_uri = strchr(pattern, '/');
	pattern_len = pattern_uri ? (size_t)(pattern_uri - pattern) : strlen(pattern);
	if (!peer_fits(pattern, pattern_len, text, len) || !uri != !pattern_uri)
		return false;
	return !uri || pattern_match(pattern_uri + 1, uri + 1);
}

/* The driver of Local takes options from the last '/', then the context from the first '@'. */
static char *spell_local(const char *rest, char *context, size_t size)
{
	const char *options = strrchr(rest, '/');
	size_t len = options ? (size_t)(options - rest) : strlen(rest), name;
	const char *at = memchr(rest, '@', len);
	struct buf out = {0};

	if (options && options[1 + strspn(options + 1, "njmb")])
		return NULL;
	name = at ? (size_t)(at - rest) : len;
	if (at && at + 1 < rest + len)
		snprintf(context, size, "%.*s", (int)(len - name - 1), at + 1);
	else
		snprintf(context, size, "default");
	if (strchr(context, '@') || (at && len - name > size))
		return NULL;
	buf_addf(&out, "Local/%.*s@%s%s", (int)name, rest, context, options ? options : "");
	return out.failed ? NULL : buf_take(&out, NULL);
}

static bool local_fits(const char *pattern, const char *value)
{
	const char *options = strrchr(value, '/');

	if (!strcmp(pattern, "*"))
		return true;
	if (strncmp(pattern, "Local/", 6))
		return false;
	return pattern_match(pattern, value) ||
	       (options > value + 5 && piece_fits(pattern, strlen(pattern), value,
						  (size_t)(options - value)));
}

static enum call_verdict call_local(const struct user *user, const char *rest, char **canonical,
				    char *context, size_t size)
{
	*canonical = spell_local(rest, context, size);
	return *canonical &&
	       scope_match_by(&user->originate, SCOPE_ENDPOINT, *canonical, local_fits)
		? CALL_LOCAL : CALL_NO;
}

static enum call_verdict call_pjsip(const struct user *user, const char *rest, char **canonical)
{
	const char *at = strchr(rest, '@'), *uri = strchr(rest, '/');
	struct buf out = {0};

	/* Two of them would leave open which one parts the user from the endpoint. */
	if (at && (!uri || at < uri) && memchr(at + 1, '@', uri ? (size_t)(uri - at) - 1
								 : strlen(at + 1)))
		return CALL_NO;
	buf_addf(&out, "PJSIP/%s", rest);
	*canonical = out.failed ? NULL : buf_take(&out, NULL);
	return *canonical &&
	       scope_match_by(&user->originate, SCOPE_ENDPOINT, *canonical, pjsip_fits)
		? CALL_YES : CALL_NO;
}

/* The technologies whose strings a wildcard as above keeps apart, as Asterisk spells them. */
static const char *find_technology(const char *endpoint)
{
	static const char *const names[] = {
		"SIP", "IAX2", "DAHDI", "AudioSocket", "WebSocket", "UnicastRTP", "MulticastRTP",
	};
	size_t i, len = strcspn(endpoint, "/");

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i]) == len && !strncasecmp(names[i], endpoint, len))
			return names[i];
	}
	return NULL;
}

static enum call_verdict call_other(const struct user *user, const char *endpoint,
				    char **canonical)
{
	const char *technology = find_technology(endpoint);
	struct buf out = {0};

	if (!technology) {
		*canonical = strdup(endpoint);
		return scope_match_by(&user->originate, SCOPE_ENDPOINT, endpoint, exact)
			? CALL_YES : CALL_NO;
	}
	buf_addf(&out, "%s%s", technology, endpoint + strlen(technology));
	*canonical = out.failed ? NULL : buf_take(&out, NULL);
	return *canonical &&
	       scope_match_by(&user->originate, SCOPE_ENDPOINT, *canonical, parts_fit)
		? CALL_YES : CALL_NO;
}

bool check_external_media(const struct user *user, const char *host)
{
	char name[300];

	return (size_t)snprintf(name, sizeof(name), "ExternalMedia/%s", host) < sizeof(name) &&
	       scope_match_by(&user->originate, SCOPE_ENDPOINT, name, parts_fit);
}

enum call_verdict check_call(const struct user *user, const char *endpoint, char **canonical,
			     char *context, size_t size)
{
	*canonical = NULL;
	if (user->originate.all) {
		*canonical = strdup(endpoint);
		return CALL_YES;
	}
	if (!is_plain(endpoint) || strchr(endpoint, '&') || strchr(endpoint, ','))
		return CALL_NO;
	if (!strncasecmp(endpoint, "Local/", 6))
		return call_local(user, endpoint + 6, canonical, context, size);
	if (!strncasecmp(endpoint, "PJSIP/", 6))
		return call_pjsip(user, endpoint + 6, canonical);
	return call_other(user, endpoint, canonical);
}
