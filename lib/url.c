/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The address of a server's API root, taken apart strictly: what libcurl and libwebsockets would
 * each read in their own way (credentials, fragments, escapes, control characters) is refused here,
 * so that both talk to the same server.
 */
#include "url.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

#define URL_MAX	 2048
#define HOST_MAX 255

static bool is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

size_t arip_percent_size(const char *text, size_t len)
{
	size_t size = len;

	for (size_t i = 0; i < len; i++)
		size += is_unreserved((unsigned char)text[i]) ? 0 : 2;
	return size;
}

char *arip_percent_encode(char *out, const char *text, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (is_unreserved(c)) {
			*out++ = (char)c;
			continue;
		}
		*out++ = '%';
		*out++ = hex[c >> 4];
		*out++ = hex[c & 15];
	}
	*out = '\0';
	return out;
}

static int check_socket(const char *url, struct ari_error *err)
{
	if (*url != '/' && strncasecmp(url, "unix:", 5) && strncasecmp(url, "http+unix:", 10))
		return 0;
	return arip_error_set(err, ARI_ECONFIG,
			      "the URL is a path: Asterisk's HTTP server has no Unix socket; "
			      "http://HOST:PORT/ari is expected");
}

/* The scheme at *P, which moves behind it. */
static int take_scheme(const char **p, bool *tls, struct ari_error *err)
{
	const char *mark = strstr(*p, "://");

	*tls = false;
	if (!mark)
		return 0;
	if (mark - *p == 5 && !strncasecmp(*p, "https", 5))
		*tls = true;
	else if (mark - *p != 4 || strncasecmp(*p, "http", 4))
		return arip_error_set(err, ARI_ECONFIG,
				      "the URL begins with '%.*s': http or https is expected",
				      (int)(mark - *p > 20 ? 20 : mark - *p), *p);
	*p = mark + 3;
	return 0;
}

static bool host_char(unsigned char c, bool v6)
{
	if (v6)
		return isxdigit(c) || c == ':' || c == '.';
	return isalnum(c) || c == '-' || c == '.' || c == '_';
}

/* The host at *P, which moves behind it. */
static int take_host(const char **p, char **host, struct ari_error *err)
{
	bool v6 = **p == '[';
	const char *start = *p + v6;
	const char *end = start;

	while (host_char((unsigned char)*end, v6))
		end++;
	if (end == start)
		return arip_error_set(err, ARI_ECONFIG,
				      "the URL names no host: "
				      "http://HOST:PORT/ari is expected");
	if (end - start > HOST_MAX)
		return arip_error_set(err, ARI_ECONFIG,
				      "the host in the URL is longer than %d bytes", HOST_MAX);
	if (v6 && *end != ']')
		return arip_error_set(err, ARI_ECONFIG, "the IPv6 address in the URL has no ']'");
	*host = strndup(start, (size_t)(end - start));
	if (!*host)
		return arip_error_memory(err);
	for (char *c = *host; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	*p = end + v6;
	return 0;
}

static int take_port(const char **p, unsigned *port, struct ari_error *err)
{
	unsigned value = 0;
	const char *digit;

	if (**p != ':')
		return 0;
	for (digit = *p + 1; isdigit((unsigned char)*digit) && value <= 65535; digit++)
		value = 10 * value + (unsigned)(*digit - '0');
	if (!value || value > 65535 || (*digit && *digit != '/'))
		return arip_error_set(err, ARI_ECONFIG,
				      "the port in the URL must be a number from 1 to 65535");
	*port = value;
	*p = digit;
	return 0;
}

/* A path of plain segments. No path means /ari; a lone slash is the root. */
static int take_base(const char *p, char **base, struct ari_error *err)
{
	size_t len = strlen(p);

	if (!len)
		p = "/ari", len = 4;
	while (len && p[len - 1] == '/')
		len--;
	for (size_t i = 0; i < len; i++) {
		if (!is_unreserved((unsigned char)p[i]) && p[i] != '/')
			return arip_error_set(err, ARI_ECONFIG,
					      "the path in the URL contains '%c': "
					      "letters, digits and -._~/ are expected",
					      p[i]);
		if (p[i] == '/' && (p[i + 1] == '/' || p[i + 1] == '.'))
			return arip_error_set(err, ARI_ECONFIG,
					      "the path in the URL has an empty or dotted segment");
	}
	*base = strndup(p, len);
	return *base ? 0 : arip_error_memory(err);
}

static int compose(struct arip_endpoint *endpoint, struct ari_error *err)
{
	bool v6 = strchr(endpoint->host, ':') != NULL;

	if (asprintf(&endpoint->hostport, "%s%s%s:%u", v6 ? "[" : "", endpoint->host, v6 ? "]" : "",
		     endpoint->port) < 0) {
		endpoint->hostport = NULL;
		return arip_error_memory(err);
	}
	if (asprintf(&endpoint->url, "http%s://%s%s", endpoint->tls ? "s" : "", endpoint->hostport,
		     endpoint->base) < 0) {
		endpoint->url = NULL;
		return arip_error_memory(err);
	}
	return 0;
}

static int check_whole(const char *url, struct ari_error *err)
{
	const char *authority = strstr(url, "://");
	size_t host_len;

	if (!*url)
		return arip_error_set(err, ARI_ECONFIG,
				      "the URL is empty: http://HOST:PORT/ari is expected");
	if (strlen(url) > URL_MAX)
		return arip_error_set(err, ARI_ECONFIG, "the URL is longer than %d bytes", URL_MAX);
	authority = authority ? authority + 3 : url;
	host_len = strcspn(authority, "/");
	if (memchr(authority, '@', host_len))
		return arip_error_set(err, ARI_ECONFIG,
				      "the URL contains credentials: "
				      "give the user and the password apart from it");
	if (strpbrk(url, "?#"))
		return arip_error_set(
			err, ARI_ECONFIG,
			"the URL has a query or fragment: http://HOST:PORT/ari is expected");
	return 0;
}

int arip_endpoint_parse(struct arip_endpoint *endpoint, const char *url, struct ari_error *err)
{
	memset(endpoint, 0, sizeof(*endpoint));
	if (check_whole(url, err) || check_socket(url, err) ||
	    take_scheme(&url, &endpoint->tls, err))
		return -1;
	endpoint->port = endpoint->tls ? 8089 : 8088;
	if (take_host(&url, &endpoint->host, err) || take_port(&url, &endpoint->port, err))
		goto fail;
	if (*url && *url != '/') {
		arip_error_set(err, ARI_ECONFIG,
			       "the URL goes on with '%.20s' after the host: "
			       "http://HOST:PORT/ari is expected",
			       url);
		goto fail;
	}
	if (take_base(url, &endpoint->base, err) || compose(endpoint, err))
		goto fail;
	return 0;
fail:
	arip_endpoint_release(endpoint);
	return -1;
}

void arip_endpoint_release(struct arip_endpoint *endpoint)
{
	free(endpoint->host);
	free(endpoint->base);
	free(endpoint->hostport);
	free(endpoint->url);
	memset(endpoint, 0, sizeof(*endpoint));
}
