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
	arip_observer_release(&stream->observer);
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

/* The applications are in it in any case: this is how a server that has no observers is asked. */
static void put_query(const struct ari_stream *stream, FILE *out, char *scratch)
{
	const struct arip_observer *observer = &stream->observer;

	arip_percent_encode(scratch, stream->app, strlen(stream->app));
	fprintf(out, "app=%s", scratch);
	if (stream->options.subscribe_all && !stream->options.no_device_states)
		fputs("&subscribeAll=true", out);
	if (!stream->observe)
		return;
	fputs("&observer=true", out);
	if (stream->options.model)
		fputs("&snapshot=true", out);
	if (observer->epoch[0]) {
		arip_percent_encode(scratch, observer->epoch, strlen(observer->epoch));
		fprintf(out, "&since=%s:%llu", scratch, observer->place);
	}
	if (*observer->filter && !observer->filter_refused) {
		arip_percent_encode(scratch, observer->filter, strlen(observer->filter));
		fprintf(out, "&filter=%s", scratch);
	}
}

static char *make_path(const struct ari_stream *stream, size_t *len)
{
	size_t app = strlen(stream->app), filter = strlen(stream->observer.filter);
	size_t longest = app > filter ? app : filter;
	char *scratch = malloc(3 * (longest > ARIP_EPOCH_SIZE ? longest : ARIP_EPOCH_SIZE) + 1);
	char *path = NULL;
	FILE *out = scratch ? open_memstream(&path, len) : NULL;

	if (out) {
		fprintf(out, "%s/events?", arip_client_endpoint(stream->client)->base);
		put_query(stream, out, scratch);
		if (fclose(out)) {
			free(path);
			path = NULL;
		}
	}
	free(scratch);
	return path;
}

int arip_stream_make_path(struct ari_stream *stream, struct ari_error *err)
{
	size_t len = 0;

	free(stream->path);
	stream->path = make_path(stream, &len);
	/* What no filter keeps away only has to be looked at. */
	if (stream->path && len > MAX_PATH && *stream->observer.filter &&
	    !stream->observer.filter_refused) {
		stream->observer.filter_refused = true;
		free(stream->path);
		stream->path = make_path(stream, &len);
	}
	if (!stream->path)
		return arip_error_memory(err);
	if (len > MAX_PATH)
		return arip_error_set(err, ARI_EARGUMENT,
				      "too many applications, or their names are too long");
	stream->observer.resuming = stream->observe && stream->observer.epoch[0];
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
	stream->options.subscribe = stream->options.allowed = stream->options.filter = NULL;
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
	if (arip_observer_init(stream, options, err))
		return -1;
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
