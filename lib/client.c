/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * A client: the options checked and kept, credentials resolved once (the event stream needs them as
 * much as the requests do) and wiped at the end, and the trace.
 */
#include "client.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client_private.h"
#include "error.h"
#include "netrc.h"
#include "utf8.h"

#define CONNECT_TIMEOUT_MS 5000
#define TIMEOUT_MS	   30000
#define MAX_REPLY	   (8u << 20)
#define CREDENTIALS_MAX	   255 /* Asterisk cuts the decoded header there (main/http.c) */

static char *base64(const char *text, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *buf = malloc((len + 2) / 3 * 4 + 1);
	char *out = buf;

	if (!buf)
		return NULL;
	for (size_t i = 0; i < len; i += 3) {
		unsigned left = len - i > 2 ? 3 : (unsigned)(len - i);
		unsigned bits = (unsigned)(unsigned char)text[i] << 16;

		if (left > 1)
			bits |= (unsigned)(unsigned char)text[i + 1] << 8;
		if (left > 2)
			bits |= (unsigned char)text[i + 2];
		for (unsigned j = 0; j < 4; j++)
			*out++ = j <= left ? digits[bits >> (18 - 6 * j) & 63] : '=';
	}
	*out = '\0';
	return buf;
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	}
	return false;
}

static int check_credentials(const struct ari_client *client, struct ari_error *err)
{
	if (!*client->user || strchr(client->user, ':'))
		return arip_error_set(
			err, ARI_ECONFIG,
			"the user name is empty or contains ':', which HTTP cannot carry");
	if (has_control(client->user) || has_control(client->password))
		return arip_error_set(err, ARI_ECONFIG,
				      "the user name or the password contains a control character");
	if (strlen(client->user) + 1 + strlen(client->password) > CREDENTIALS_MAX)
		return arip_error_set(err, ARI_ECONFIG,
				      "user and password are longer than %d bytes "
				      "together: Asterisk would cut them",
				      CREDENTIALS_MAX - 1);
	return 0;
}

static int make_authorization(struct ari_client *client, struct ari_error *err)
{
	char pair[CREDENTIALS_MAX + 1];
	int len = snprintf(pair, sizeof(pair), "%s:%s", client->user, client->password);
	char *code = base64(pair, (size_t)len);

	explicit_bzero(pair, sizeof(pair));
	if (!code || asprintf(&client->authorization, "Basic %s", code) < 0) {
		client->authorization = NULL;
		arip_secret_free(code);
		return arip_error_memory(err);
	}
	arip_secret_free(code);
	return 0;
}

static int find_credentials(struct ari_client *client, const struct ari_options *options,
			    struct ari_error *err)
{
	const char *host = client->endpoint.host;
	int found;

	if (options->password && !options->user)
		return arip_error_set(err, ARI_ECONFIG, "there is a password but no user");
	if (options->password) {
		client->user = strdup(options->user);
		client->password = strdup(options->password);
		return client->user && client->password ? 0 : arip_error_memory(err);
	}
	if (!options->netrc_file)
		return !options->user
			       ? 0
			       : arip_error_set(err, ARI_ECONFIG,
						"there is no password for user %s", options->user);
	found = arip_netrc_load(options->netrc_file, host, options->user, &client->user,
				&client->password, err);
	if (!found && options->user)
		return arip_error_set(err, ARI_ECONFIG, "%s has no entry for user %s on %s",
				      options->netrc_file, options->user, host);
	return found < 0 ? -1 : 0;
}

static int take_credentials(struct ari_client *client, const struct ari_options *options,
			    struct ari_error *err)
{
	if (find_credentials(client, options, err))
		return -1;
	if (!client->user)
		return 0;
	return check_credentials(client, err) ? -1 : make_authorization(client, err);
}

static int take_settings(struct ari_client *client, const struct ari_options *options,
			 struct ari_error *err)
{
	if (options->ca_file) {
		client->ca_file = strdup(options->ca_file);
		if (!client->ca_file)
			return arip_error_memory(err);
	}
	client->settings = (struct arip_settings){
		.connect_timeout_ms = options->connect_timeout_ms ? options->connect_timeout_ms
								  : CONNECT_TIMEOUT_MS,
		.timeout_ms = options->timeout_ms ? options->timeout_ms : TIMEOUT_MS,
		.max_reply = options->max_reply ? options->max_reply : MAX_REPLY,
		.ca_file = client->ca_file,
		.insecure = options->insecure,
	};
	client->trace = options->trace;
	client->trace_data = options->trace_data;
	return 0;
}

static int open_transport(struct ari_client *client, struct ari_loop *loop, struct ari_error *err)
{
	struct arip_http_options http = {
		.endpoint = &client->endpoint,
		.settings = &client->settings,
		.user = client->user,
		.password = client->password,
	};

	client->own_loop = !loop;
	client->loop = loop ? loop : ari_loop_new(err);
	if (!client->loop)
		return -1;
	http.loop = client->loop;
	client->http = arip_http_new(&http, err);
	return client->http ? 0 : -1;
}

struct ari_client *ari_client_new(struct ari_loop *loop, const struct ari_options *options,
				  struct ari_error *err)
{
	struct ari_client *client;

	if (!options || !options->url) {
		arip_error_set(err, ARI_ECONFIG,
			       "there is no URL: http://HOST:PORT/ari is expected");
		return NULL;
	}
	client = calloc(1, sizeof(*client));
	if (!client) {
		arip_error_memory(err);
		return NULL;
	}
	if (arip_endpoint_parse(&client->endpoint, options->url, err) ||
	    take_settings(client, options, err) || take_credentials(client, options, err) ||
	    open_transport(client, loop, err)) {
		ari_client_free(client);
		return NULL;
	}
	return client;
}

void ari_client_free(struct ari_client *client)
{
	if (!client)
		return;
	arip_calls_free(client);
	arip_http_free(client->http);
	if (client->own_loop)
		ari_loop_free(client->loop);
	arip_endpoint_release(&client->endpoint);
	free(client->ca_file);
	free(client->user);
	arip_secret_free(client->password);
	arip_secret_free(client->authorization);
	free(client);
}

struct ari_loop *ari_client_loop(struct ari_client *client)
{
	return client->loop;
}

void ari_client_set_deadline(struct ari_client *client, uint64_t at_ms)
{
	uint64_t now = ari_loop_now(client->loop);

	client->deadline = at_ms;
	client->deadline_ms = at_ms > now ? (unsigned)(at_ms - now) : 0;
}

uint64_t arip_client_swap_deadline(struct ari_client *client, uint64_t at_ms)
{
	uint64_t before = client->deadline;

	client->deadline = at_ms;
	return before;
}

unsigned arip_client_left(const struct ari_client *client, unsigned limit_ms)
{
	uint64_t now = ari_loop_now(client->loop);

	if (!client->deadline || client->deadline >= now + limit_ms)
		return limit_ms;
	return client->deadline > now ? (unsigned)(client->deadline - now) : 0;
}

const struct arip_endpoint *arip_client_endpoint(const struct ari_client *client)
{
	return &client->endpoint;
}

const struct arip_settings *arip_client_settings(const struct ari_client *client)
{
	return &client->settings;
}

const char *arip_client_authorization(const struct ari_client *client)
{
	return client->authorization;
}

void arip_client_set_carrier(struct ari_client *client, struct arip_carrier *carrier)
{
	client->carrier = carrier;
}

void arip_client_drop_carrier(struct ari_client *client, const struct arip_carrier *carrier)
{
	if (client->carrier == carrier)
		client->carrier = NULL;
}

void arip_client_trace(const struct ari_client *client, const char *fmt, ...)
{
	char line[4096];
	char safe[4096];
	va_list ap;

	if (!client->trace)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	arip_text_safe(safe, sizeof(safe), line, strlen(line));
	client->trace(safe, client->trace_data);
}
