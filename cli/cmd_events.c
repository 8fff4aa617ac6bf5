/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * astctl events: the event stream on stdout, one event a line, each written when it comes. A loss
 * is never hidden: it is an event of its own in the data (x-gap), a line on stderr, and with
 * --strict the end. Events are borrowed from the stream for the length of the callback.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ari/stream.h"
#include "cli.h"
#include "cmd.h"
#include "event_line.h"
#include "nearest.h"
#include "stream_out.h"

struct events {
	struct cli *cli;
	const struct input *input;
	struct ari_stream *stream;
	char **types;			/* NULL-terminated, or NULL: all; cut out of types_text */
	char *types_text;
	char **words;			/* NULL-terminated: what the server may leave out */
	unsigned long long left;	/* of --count; 0: without end */
	bool counted;
	bool open;
	unsigned long long gaps;	/* of the stream, when it was open last */
	bool lost;			/* and it is not now */
	struct stream_out out;
	int status;			/* that ends the command, with done */
	bool done;
};

static void finish(struct events *events, int status)
{
	if (events->done)
		return;
	events->done = true;
	events->status = status;
	ari_loop_stop(cli_loop(events->cli));
}

/* ---- which events ---- */

static bool wanted_type(const struct events *events, const struct ari_event *event)
{
	if (!events->types || event->gap)
		return true;
	for (size_t i = 0; events->types[i]; i++) {
		if (ari_json_equal(event->type, events->types[i]))
			return true;
	}
	return false;
}

/* Any of the values of the option NAME, or all events when it was not given. */
static bool wanted_id(const struct events *events, const struct ari_event *event, const char *name,
		      bool (*about)(const struct ari_event *event, const char *id))
{
	bool given = false;

	for (size_t i = 0; i < events->input->n_values; i++) {
		const struct input_value *value = &events->input->values[i];

		if (value->positional || strcmp(value->name, name) != 0)
			continue;
		given = true;
		if (about(event, value->value))
			return true;
	}
	return !given || event->gap;
}

static bool wanted(const struct events *events, const struct ari_event *event)
{
	return wanted_type(events, event) &&
	       wanted_id(events, event, "channel", event_about_channel) &&
	       wanted_id(events, event, "bridge", event_about_bridge) &&
	       wanted_id(events, event, "endpoint", event_about_endpoint);
}

/* ---- writing ---- */

static void write_line(FILE *file, const void *event)
{
	event_line_write(file, event);
}

static void tell_gap(struct events *events, const struct ari_event *event)
{
	long long ms = 0;
	char reason[256] = "";

	ari_json_int(ari_json_get(event->json, "lost_ms"), &ms);
	ari_json_text(ari_json_get(event->json, "reason"), reason, sizeof(reason));
	cli_warn(events->cli, "GAP: events of %lld.%03lld s were lost%s%s", ms / 1000, ms % 1000,
		 *reason ? ": " : "", reason);
}

static void on_event(struct ari_stream *stream, const struct ari_event *event, void *data)
{
	struct events *events = data;
	int status;

	(void)stream;
	if (events->done || !wanted(events, event))
		return;
	status = stream_out_write(&events->out, event->json, write_line, event);
	if (status != CLI_OK) {
		finish(events, status);
		return;
	}
	if (event->gap) {
		tell_gap(events, event);
		if (input_flag(events->input, "strict"))
			finish(events, CLI_GAP);
		return;
	}
	if (events->counted && --events->left == 0)
		finish(events, CLI_OK);
}

static void on_state(struct ari_stream *stream, enum ari_stream_state state,
		     const struct ari_error *err, void *data)
{
	struct events *events = data;
	struct ari_stream_stats stats;

	switch (state) {
	case ARI_STREAM_OPEN:
		ari_stream_stats(stream, &stats);
		if (events->open)
			cli_note(events->cli, stats.gaps > events->gaps ?
						      "connected again" :
						      "connected again; nothing was lost");
		events->open = true;
		events->lost = false;
		events->gaps = stats.gaps;
		break;
	case ARI_STREAM_LOST:
		events->lost = true;
		cli_warn(events->cli, "connection lost: %s; connecting again",
			 err ? err->text : "");
		break;
	case ARI_STREAM_REPLACED:
		finish(events, cli_fail(events->cli, CLI_CONFLICT,
					"another client took over the application '%s'",
					ari_stream_app(stream)));
		break;
	case ARI_STREAM_FAILED:
		if (events->open && err)	/* before that, waiting for it to open reports */
			finish(events, cli_fail_error(events->cli, err));
		break;
	default:
		break;
	}
}

/* ---- what was asked for ---- */

static int check_type(struct cli *cli, const char *name)
{
	struct arip_nearest nearest = { .word = name };

	if (ari_event_kind_find(name, strlen(name)) != ARI_EVENT_UNKNOWN)
		return CLI_OK;
	for (int i = 1; i < ARI_EVENT_KINDS; i++)
		arip_nearest_add(&nearest, ari_event_kind_name((enum ari_event_kind)i));
	if (nearest.best)
		return cli_fail(cli, CLI_USAGE, "unknown event type '%s'; did you mean '%s'?", name,
				nearest.best);
	return cli_fail(
		cli, CLI_USAGE,
		"unknown event type '%s'; expected one like StasisStart or ChannelStateChange",
		name);
}

/* All --type values, comma separated or repeated, as one NULL-terminated list. */
static int take_types(struct events *events)
{
	const struct input *input = events->input;
	FILE *out;
	size_t len = 0, count = 0;
	char *rest;

	if (!input_flag(input, "type"))
		return CLI_OK;
	out = open_memstream(&events->types_text, &len);
	if (!out)
		return cli_fail(events->cli, CLI_FAILURE, "out of memory");
	for (size_t i = 0; i < input->n_values; i++) {
		if (strcmp(input->values[i].name, "type") == 0)
			fprintf(out, "%s%s", ftello(out) > 0 ? "," : "", input->values[i].value);
	}
	fclose(out);
	events->types = events->types_text ? calloc(len + 2, sizeof(*events->types)) : NULL;
	if (!events->types)
		return cli_fail(events->cli, CLI_FAILURE, "out of memory");
	rest = events->types_text;
	for (char *name = strsep(&rest, ","); name; name = strsep(&rest, ",")) {
		int status = check_type(events->cli, name);

		if (status != CLI_OK)
			return status;
		events->types[count++] = name;
	}
	return CLI_OK;
}

/* "TECHNOLOGY/RESOURCE" each. */
static int check_endpoints(const struct events *events)
{
	for (size_t i = 0; i < events->input->n_values; i++) {
		const struct input_value *value = &events->input->values[i];
		const char *slash = strchr(value->value, '/');

		if (value->positional || strcmp(value->name, "endpoint") != 0)
			continue;
		if (!slash || slash == value->value || !slash[1])
			return cli_fail(events->cli, CLI_USAGE,
					"--endpoint '%s' is no endpoint; expected "
					"TECHNOLOGY/RESOURCE, like PJSIP/alice",
					value->value);
	}
	return CLI_OK;
}

static int take_count(struct events *events)
{
	const char *text = input_option(events->input, "count");
	char *end = NULL;

	if (!text)
		return CLI_OK;
	errno = 0;
	events->left = strtoull(text, &end, 10);
	events->counted = true;
	if (errno || *end || *text < '0' || *text > '9' || events->left == 0)
		return cli_fail(events->cli, CLI_USAGE, "--count '%s' is no number above 0", text);
	return CLI_OK;
}

/* To own an application is to take it from whom has it: not by mistake. */
static int check_app(struct cli *cli, const char *app)
{
	struct ari_arg arg = { .name = "applicationName", .value = app };
	struct ari_error err = { 0 };
	struct ari_client *client;
	char question[256];
	int status = cli_client(cli, &client);

	if (status != CLI_OK || !app)
		return status;
	if (ari_client_call(client, "applications.get", &arg, 1, NULL, &err) < 0)
		return err.code == ARI_ENOTFOUND ? CLI_OK : cli_fail_error(cli, &err);
	snprintf(question, sizeof(question),
		 "The application '%s' exists; its present owner will get no more events. Take it "
		 "over?",
		 app);
	return cli_confirm(cli, question);
}

/* ---- running ---- */

static int listen(struct events *events)
{
	struct cli *cli = events->cli;
	struct ari_error err = { 0 };
	bool stopped = true;

	if (cli_wait_open(cli, events->stream, &err) < 0 && !events->done && !cli->signal)
		return cli_fail_error(cli, &err);
	if (!events->done && !cli->signal)
		stopped = ari_loop_run(cli_loop(cli),
				       cli->timeout_ms ? (int)cli_left(cli, cli->timeout_ms) : -1);
	if (events->done)
		return events->status;
	if (cli->signal)
		return 128 + cli->signal;
	if (!stopped && events->open && events->lost && input_flag(events->input, "strict"))
		return cli_fail(cli, CLI_GAP, "the time is up while the connection is lost: what "
					      "happened since is not known");
	if (!stopped && events->counted)
		return cli_fail(cli, CLI_TIMEOUT, "the time is up, %llu more events were asked for",
				events->left);
	return CLI_OK;
}

/* Whoever does not want device states is better off without: see ari/stream.h. */
static bool without_states(const struct events *events)
{
	for (size_t i = 0; events->types && events->types[i]; i++) {
		if (strcmp(events->types[i], "DeviceStateChanged") == 0)
			return false;
	}
	return events->types != NULL;
}

/* The same conditions as wanted(), for a server that can leave out the rest. */
static char **make_filter(const struct events *events)
{
	static const char *const fields[] = {"channel", "bridge", "endpoint"};
	const struct input *input = events->input;
	char **words = calloc(input->n_values + 1, sizeof(*words));
	size_t n = 0;

	for (size_t i = 0; words && i < input->n_values; i++) {
		const struct input_value *value = &input->values[i];
		bool field = false;

		for (size_t j = 0; j < sizeof(fields) / sizeof(fields[0]); j++)
			field = field || strcmp(value->name, fields[j]) == 0;
		if (field && !value->positional &&
		    asprintf(&words[n], "%s:%s", value->name, value->value) >= 0)
			n++;
	}
	return words;
}

static void free_words(char **words)
{
	for (size_t i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}

static int open_stream(struct events *events, struct ari_client *client)
{
	const char *app = input_option(events->input, "app");
	struct ari_stream_options options = {
		.app = app,
		.subscribe_all = !app,
		.no_device_states = without_states(events),
		.allowed = (const char *const *)events->types,
		.filter = (const char *const *)events->words,
		.event = on_event,
		.state = on_state,
		.data = events,
	};
	struct ari_error err = { 0 };
	int status;

	events->stream = ari_stream_open(client, &options, &err);
	if (!events->stream)
		return cli_fail_error(events->cli, &err);
	status = listen(events);
	events->done = true;
	ari_stream_close(events->stream);
	return status;
}

static int events_run(struct cli *cli, struct input *input)
{
	struct events events = {
		.cli = cli,
		.input = input,
		.out = {.cli = cli,
			.columns = "timestamp,type,application,channel.id,channel.name,bridge.id",
			.name = "type"},
	};
	struct ari_client *client;
	int status = take_types(&events);

	if (status == CLI_OK)
		status = check_endpoints(&events);
	if (status == CLI_OK)
		status = take_count(&events);
	if (status == CLI_OK)
		status = cli_client(cli, &client);
	if (status == CLI_OK)
		status = check_app(cli, input_option(input, "app"));
	if (status == CLI_OK)
		status = cli_watch_signals(cli);
	if (status == CLI_OK && !(events.words = make_filter(&events)))
		status = cli_fail(cli, CLI_FAILURE, "out of memory");
	if (status == CLI_OK)
		status = open_stream(&events, client);
	free_words(events.words);
	free(events.types);
	free(events.types_text);
	return status;
}

const struct command command_events = {
	.words = "events",
	.summary = "Show the events of the server as they come",
	.text = "Without --app every event of the server, taking nothing from anybody. Ends at "
		"Ctrl-C, after --count events, or after --timeout, connecting included: with "
		"status 0, or 8 when --count was not reached by then. "
		"When the connection is lost it is made again. A server with the module "
		"res_stasis_http then goes on behind the last event, and sends only what was asked "
		"for; what was lost is said on standard error, and is an event of the type x-gap in "
		"the data. On stock ARI every interruption is such a loss, and the command listens "
		"through an application with a name of its own: before it ends it tells the "
		"server to forget it, which takes a second at most; kill -9 does not, and then "
		"Asterisk 22 may hang when calls are going on (asterisk issue 2170), unless "
		"--type leaves DeviceStateChanged out. That takes a request, which stock ARI "
		"refuses a read_only user.",
	.options =
		(const struct command_option[]){
			{.name = "type",
			 .metavar = "TYPE",
			 .repeat = true,
			 .summary = "Only events of this type: StasisStart,StasisEnd. May be "
				    "repeated."},
			{.name = "channel",
			 .metavar = "ID",
			 .repeat = true,
			 .summary = "Only events about this channel. May be repeated."},
			{.name = "bridge",
			 .metavar = "ID",
			 .repeat = true,
			 .summary = "Only events about this bridge. May be repeated."},
			{.name = "endpoint",
			 .metavar = "TECH/RESOURCE",
			 .repeat = true,
			 .summary = "Only events about this endpoint, like PJSIP/alice. May be "
				    "repeated."},
			{.name = "app",
			 .metavar = "NAME",
			 .summary = "Be the application NAME, instead of watching all; takes it "
				    "over from its "
				    "present owner."},
			{.name = "count",
			 .metavar = "NUMBER",
			 .summary = "End after so many events."},
			{.name = "strict", .summary = "End with status 11 when events were lost."},
			{0},
		},
	.examples =
		(const struct command_example[]){
			{"astctl events", "Everything, a readable line each"},
			{"astctl events -o jsonl >events.jsonl",
			 "Everything, one JSON object a line"},
			{"astctl events --type StasisStart --count 1 -o json --timeout 30s",
			 "Wait for the next call"},
			{"astctl events --bridge conf1", "What happens in one conference"},
			{0},
		},
	.related = "bridge speakers, application list, event send",
	.run = events_run,
};
