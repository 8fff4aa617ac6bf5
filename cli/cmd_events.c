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
#include "column.h"
#include "event_line.h"
#include "json_out.h"
#include "nearest.h"
#include "table.h"

struct events {
	struct cli *cli;
	const struct input *input;
	struct ari_stream *stream;
	char **types;			/* NULL-terminated, or NULL: all; cut out of types_text */
	char *types_text;
	unsigned long long left;	/* of --count; 0: without end */
	bool counted;
	bool open;
	bool titled;
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
	       wanted_id(events, event, "bridge", event_about_bridge);
}

/* ---- writing ---- */

static void write_columns(struct events *events, const struct ari_event *event)
{
	static const char usual[] = "timestamp,type,application,channel.id,channel.name,bridge.id";
	struct cli *cli = events->cli;
	bool headers = cli->headers;
	struct columns columns;
	const char *wrong;

	/* Without a sample every path is good: events differ. */
	if (columns_choose(&columns, NULL, cli->columns ? cli->columns : usual,
			   (struct ari_span){0}, &wrong) == 0) {
		cli->headers = headers && !events->titled;
		table_write_tsv(cli, &columns, event->json);
		cli->headers = headers;
		events->titled = true;
	}
	columns_release(&columns);
}

static void write_event(struct events *events, const struct ari_event *event)
{
	struct cli *cli = events->cli;

	if (cli->format == OUTPUT_JSON || cli->format == OUTPUT_JSONL) {
		json_write_compact(cli->out, event->json, cli->out_tty);
		putc('\n', cli->out);
	} else if (cli->format == OUTPUT_YAML) {
		fputs("---\n", cli->out);
		json_write_yaml(cli->out, event->json, cli->out_tty);
	} else if (cli->format == OUTPUT_TSV || cli->columns) {
		write_columns(events, event);
	} else if (cli->format == OUTPUT_NAME) {
		output_object(cli, NULL, event->type.p, event->type.len);
	} else {
		event_line_write(cli->out, event);
		putc('\n', cli->out);
	}
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
	write_event(events, event);
	status = output_finish(events->cli);
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

	switch (state) {
	case ARI_STREAM_OPEN:
		if (events->open)
			cli_note(events->cli, "connected again");
		events->open = true;
		break;
	case ARI_STREAM_LOST:
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

static int open_stream(struct events *events, struct ari_client *client)
{
	const char *app = input_option(events->input, "app");
	struct ari_stream_options options = {
		.app = app,
		.subscribe_all = !app,
		.no_device_states = without_states(events),
		.allowed = (const char *const *)events->types,
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
	struct events events = { .cli = cli, .input = input };
	struct ari_client *client;
	int status = take_types(&events);

	if (status == CLI_OK)
		status = take_count(&events);
	if (status == CLI_OK)
		status = cli_client(cli, &client);
	if (status == CLI_OK)
		status = check_app(cli, input_option(input, "app"));
	if (status == CLI_OK)
		status = cli_watch_signals(cli);
	if (status == CLI_OK)
		status = open_stream(&events, client);
	free(events.types);
	free(events.types_text);
	return status;
}

const struct command command_events = {
	.words = "events",
	.summary = "Show the events of the server as they come",
	.text = "Without --app every event of the server, through an application with a name of "
		"its own "
		"that takes nothing from anybody. Ends at Ctrl-C, after --count events, or after "
		"--timeout, connecting included: with status 0, or 8 when --count was not reached "
		"by then. "
		"When the connection is lost it is made again; what was lost meanwhile is said on "
		"standard "
		"error, and is an event of the type x-gap in the data. Before it ends it tells the "
		"server to forget it, which takes a second at most; kill -9 does not, and then "
		"Asterisk 22 may hang when calls are going on (asterisk issue 2170), unless "
		"--type leaves DeviceStateChanged out.",
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
			{0},
		},
	.related = "api, application list, event send",
	.run = events_run,
};
