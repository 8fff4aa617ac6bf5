/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Opening an event stream: its options checked and copied, the name of its application, the path of
 * its requests.
 */
#include "ari/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "error.h"
#include "json_put.h"
#include "stream_state.h"
#include "url.h"

#define PING_MS	 20000
#define MAX_PATH 1900 /* libwebsockets cuts the request line at 2,048 bytes */

unsigned arip_random_below(unsigned limit)
{
	unsigned value = 0;

	(void)!getrandom(&value, sizeof(value), 0);
	return limit ? value % limit : 0;
}

void arip_stream_free(struct ari_stream *stream)
{
	for (size_t i = 0; stream->subscribe && stream->subscribe[i]; i++)
		free(stream->subscribe[i]);
	free(stream->subscribe);
	free(stream->allowed);
	free(stream->app);
	free(stream->stale);
	free(stream->path);
	free(stream);
}

/* subscribeAll counts only for an application that Asterisk does not know yet (res_stasis.c), and
 * it may remember one that was left: so each connect gets a new name. */
int arip_stream_new_app(struct ari_stream *stream, struct ari_error *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	char name[] = "astctl-observer-xxxxxxxxxx";

	for (char *p = strchr(name, 'x'); *p; p++)
		*p = letters[arip_random_below(sizeof(letters) - 1)];
	free(stream->app);
	stream->app = strdup(name);
	return stream->app ? 0 : arip_error_memory(err);
}

int arip_stream_make_path(struct ari_stream *stream, struct ari_error *err)
{
	const char *base = arip_client_endpoint(stream->client)->base;
	size_t len = strlen(stream->app);
	size_t size = strlen(base) + arip_percent_size(stream->app, len) +
		      sizeof("/events?app=&subscribeAll=true");
	char *end;

	free(stream->path);
	stream->path = size <= MAX_PATH ? malloc(size) : NULL;
	if (!stream->path)
		return size <= MAX_PATH
			       ? arip_error_memory(err)
			       : arip_error_set(
					 err, ARI_EARGUMENT,
					 "too many applications, or their names are too long");
	end = stream->path + snprintf(stream->path, size, "%s/events?app=", base);
	end = arip_percent_encode(end, stream->app, len);
	if (stream->options.subscribe_all && !stream->options.no_device_states)
		memcpy(end, "&subscribeAll=true", sizeof("&subscribeAll=true"));
	return 0;
}

/* An application that Asterisk knows already ignores subscribeAll; a source without an id means all
 * of them, in 16 as in 22 (res_stasis.c), and asking twice does no harm. */
static const char *const all_sources[] = {"channel:", "bridge:", "endpoint:", "deviceState:", NULL};
static const char *const all_but_states[] = {"channel:", "bridge:", "endpoint:", NULL};

/* A new application that says subscribeAll needs none of them. */
static const char *const *sources_for_all(const struct ari_stream *stream)
{
	if (!stream->options.subscribe_all)
		return NULL;
	if (stream->options.no_device_states)
		return all_but_states;
	return stream->own_app ? NULL : all_sources;
}

static size_t list_length(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

/* What to subscribe to, as one list of our own. */
static char **copy_sources(const char *const *all, const char *const *some)
{
	size_t n_all = list_length(all), n = n_all + list_length(some);
	char **copy = calloc(n + 1, sizeof(*copy));

	for (size_t i = 0; copy && i < n; i++) {
		copy[i] = strdup(i < n_all ? all[i] : some[i - n_all]);
		if (copy[i])
			continue;
		while (i-- > 0)
			free(copy[i]);
		free(copy);
		return NULL;
	}
	return copy;
}

/* {"allowed":[{"type":"StasisStart"}]}; kinds that the stream itself lives on are let through as
 * well. */
static char *make_filter(const char *const *allowed)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fputs("{\"allowed\":[{\"type\":\"ApplicationReplaced\"}", out);
	for (; *allowed; allowed++) {
		fputs(",{\"type\":", out);
		arip_json_put_text(out, *allowed);
		fputc('}', out);
	}
	fputs("]}", out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

static int check_options(const struct ari_stream_options *options, struct ari_error *err)
{
	if (options->app && !*options->app)
		return arip_error_set(err, ARI_EARGUMENT, "the name of the application is empty");
	for (size_t i = 0; options->subscribe && options->subscribe[i]; i++) {
		if (!strchr(options->subscribe[i], ':'))
			return arip_error_set(
				err, ARI_EARGUMENT,
				"\"%s\" is no event source: expected channel:ID, "
				"bridge:ID, endpoint:TECH/RESOURCE or deviceState:NAME",
				options->subscribe[i]);
	}
	for (size_t i = 0; options->allowed && options->allowed[i]; i++) {
		if (!*options->allowed[i])
			return arip_error_set(err, ARI_EARGUMENT, "an event type is empty");
	}
	return 0;
}

static int copy_options(struct ari_stream *stream, const struct ari_stream_options *options,
			struct ari_error *err)
{
	stream->options = *options;
	stream->options.subscribe = stream->options.allowed = NULL;
	stream->own_app = !options->app;
	stream->subscribe = copy_sources(sources_for_all(stream), options->subscribe);
	if (options->allowed)
		stream->allowed = make_filter(options->allowed);
	if (!stream->own_app)
		stream->app = strdup(options->app);
	if (!stream->options.ping_ms)
		stream->options.ping_ms = PING_MS;
	if (!stream->subscribe || (options->allowed && !stream->allowed) ||
	    (!stream->own_app && !stream->app))
		return arip_error_memory(err);
	return stream->own_app ? arip_stream_new_app(stream, err)
			       : arip_stream_make_path(stream, err);
}

struct ari_stream *ari_stream_open(struct ari_client *client,
				   const struct ari_stream_options *options, struct ari_error *err)
{
	struct ari_stream *stream;

	if (check_options(options, err))
		return NULL;
	stream = calloc(1, sizeof(*stream));
	if (!stream) {
		arip_error_memory(err);
		return NULL;
	}
	stream->client = client;
	stream->loop = ari_client_loop(client);
	if (copy_options(stream, options, err)) {
		arip_stream_free(stream);
		return NULL;
	}
	stream->timer = ari_loop_add_timer(stream->loop, 0, arip_stream_connect, stream, err);
	if (!stream->timer) {
		arip_stream_free(stream);
		return NULL;
	}
	if (options->model)
		ari_model_set_partial(options->model, !options->subscribe_all);
	return stream;
}
