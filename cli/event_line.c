/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Events for people. A table says which members of an event are worth a line; those that an event
 * does not have are skipped, so that an event of a type not known here is shown just as well.
 */
#include "event_line.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "term.h"

#define TYPE_CELLS 22

/* What an event is about: the first of these that it has. */
static const struct {
	const char *word;
	const char *id;
	const char *name;
} subjects[] = {
	{ "channel", "channel.id", "channel.name" },
	{ "channel", "peer.id", "peer.name" },
	{ "channel", "transferer.id", "transferer.name" },
	{ "bridge", "bridge.id", "bridge.name" },
	{ "playback", "playback.id", "playback.target_uri" },
	{ "recording", "recording.name", "recording.target_uri" },
	{ "endpoint", "endpoint.resource", "endpoint.technology" },
	{ "device", "device_state.name", NULL },
};

/* NULL types: with every event that has it. */
static const struct {
	const char *label;
	const char *path;
	const char *types;	/* " StasisStart ChannelCreated " */
} details[] = {
	{ "state", "channel.state", " ChannelCreated ChannelStateChange StasisStart " },
	{ "exten", "channel.dialplan.exten", " ChannelCreated StasisStart " },
	{ "args", "args", " StasisStart " },
	{ "app", "application", " StasisStart StasisEnd ApplicationReplaced " },
	{ "dialplan", "dialplan_app", NULL },
	{ "data", "dialplan_app_data", NULL },
	{ "dial", "dialstring", NULL },
	{ "status", "dialstatus", NULL },
	{ "bridge", "bridge.id", " ChannelEnteredBridge ChannelLeftBridge " },
	{ "caller", "channel.caller.number", " ChannelCreated ChannelCallerId StasisStart " },
	{ "name", "channel.caller.name", " ChannelCreated ChannelCallerId StasisStart " },
	{ "connected", "channel.connected.number", " ChannelConnectedLine " },
	{ "speak", "joined", " BridgeSpeakersChanged " },
	{ "silent", "left", " BridgeSpeakersChanged " },
	{ "digit", "digit", NULL },
	{ "variable", "variable", NULL },
	{ "value", "value", NULL },
	{ "event", "eventname", NULL },
	{ "media", "playback.media_uri", NULL },
	{ "state", "playback.state", NULL },
	{ "state", "recording.state", NULL },
	{ "duration", "recording.duration", NULL },
	{ "cause", "recording.cause", NULL },
	{ "cause", "cause", NULL },
	{ "text", "cause_txt", NULL },
	{ "sip", "tech_cause", NULL },
	{ "ms", "duration_ms", NULL },
	{ "ms", "duration", " ChannelTalkingFinished " },
	{ "state", "endpoint.state", NULL },
	{ "state", "device_state.state", NULL },
	{ "peer", "peer.peer_status", NULL },
	{ "contact", "contact_info.contact_status", NULL },
	{ "message", "message.body", NULL },
	{ "lost-ms", "lost_ms", NULL },
	{ "reason", "reason", NULL },
};

/* The value at PATH as text that may be empty; false when absent or of no text. */
static bool text_at(struct ari_span json, const char *path, char *buf, size_t size)
{
	struct ari_span value = path ? ari_json_get(json, path) : (struct ari_span){ 0 };
	enum ari_json_type type = ari_json_type(value);

	if (type == ARI_JSON_STRING)
		return ari_json_text(value, buf, size) > 0;
	if (type == ARI_JSON_NONE || type == ARI_JSON_NULL || value.len >= size ||
	    (type >= ARI_JSON_ARRAY && value.len <= 2))
		return false;
	memcpy(buf, value.p, value.len);
	buf[value.len] = '\0';
	return true;
}

/* The time of day here, to the millisecond; the stamp as it is when it is none that we know. */
static void write_time(FILE *out, const struct ari_event *event)
{
	struct tm when = { 0 }, here;
	char text[64], clock[32];
	const char *rest;
	int ms = 0;
	long offset;
	time_t at;

	if (ari_json_text(event->timestamp, text, sizeof(text)) <= 0) {
		fprintf(out, "%-12s", "-");
		return;
	}
	rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &when);
	if (rest && *rest == '.') {
		ms = (int)strtol(rest + 1, (char **)&rest, 10) % 1000;
	}
	if (!rest || !strptime(rest, "%z", &when)) {
		term_write(out, text, strlen(text), TERM_NO_LIMIT);
		return;
	}
	offset = when.tm_gmtoff;
	at = timegm(&when) - offset;
	localtime_r(&at, &here);
	strftime(clock, sizeof(clock), "%H:%M:%S", &here);
	fprintf(out, "%s.%03d", clock, ms < 0 ? 0 : ms);
}

static void write_text(FILE *out, const char *text)
{
	term_write(out, text, strlen(text), TERM_NO_LIMIT);
}

static void write_subject(FILE *out, struct ari_span json)
{
	char text[512];

	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
		if (!text_at(json, subjects[i].id, text, sizeof(text)))
			continue;
		fprintf(out, "  %s ", subjects[i].word);
		write_text(out, text);
		if (subjects[i].name && text_at(json, subjects[i].name, text, sizeof(text))) {
			fputs(" (", out);
			write_text(out, text);
			putc(')', out);
		}
		return;
	}
}

/* True when TYPES, words with a blank on both sides, has the event's type. */
static bool is_among(const char *types, const char *type)
{
	size_t len = strlen(type);

	for (const char *p = types; len && (p = strstr(p, type)); p += len) {
		if (p[-1] == ' ' && p[len] == ' ')
			return true;
	}
	return false;
}

static void write_details(FILE *out, struct ari_span json, const char *type)
{
	char text[512];

	for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
		if (details[i].types && !is_among(details[i].types, type))
			continue;
		if (!text_at(json, details[i].path, text, sizeof(text)))
			continue;
		fprintf(out, "  %s=", details[i].label);
		write_text(out, text);
	}
}

void event_line_write(FILE *out, const struct ari_event *event)
{
	char type[64] = "";
	size_t width;

	ari_json_text(event->type, type, sizeof(type));
	write_time(out, event);
	fputs("  ", out);
	width = term_width(type, strlen(type));
	write_text(out, type);
	if (width < TYPE_CELLS)
		term_pad(out, TYPE_CELLS - width);
	write_subject(out, event->json);
	write_details(out, event->json, type);
	if (event->synthetic && !event->gap)
		fputs("  (found by listing)", out);
}

/* ---- filters ---- */

static bool is_at(struct ari_span json, const char *path, const char *id)
{
	return ari_json_equal(ari_json_get(json, path), id);
}

/* A target is "channel:ID" or "bridge:ID". */
static bool is_target(struct ari_span json, const char *path, const char *scheme, const char *id)
{
	size_t len = strlen(scheme);
	char text[512];

	return text_at(json, path, text, sizeof(text)) && strncmp(text, scheme, len) == 0 &&
	       strcmp(text + len, id) == 0;
}

bool event_about_channel(const struct ari_event *event, const char *id)
{
	static const char *const paths[] = {
		"channel.id", "peer.id", "caller.id", "forwarded.id", "replace_channel.id",
		"transferer.id", "transferee.id", "transfer_target.id",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (is_at(event->json, paths[i], id))
			return true;
	}
	return is_target(event->json, "playback.target_uri", "channel:", id) ||
	       is_target(event->json, "recording.target_uri", "channel:", id);
}

bool event_about_bridge(const struct ari_event *event, const char *id)
{
	return is_at(event->json, "bridge.id", id) || is_at(event->json, "bridge_from.id", id) ||
	       is_target(event->json, "playback.target_uri", "bridge:", id) ||
	       is_target(event->json, "recording.target_uri", "bridge:", id);
}

bool event_about_endpoint(const struct ari_event *event, const char *id)
{
	struct ari_span tech = ari_json_get(event->json, "endpoint.technology");
	char text[512];
	size_t len;

	if (ari_json_text(tech, text, sizeof(text)) < 0)
		return false;
	len = strlen(text);
	return strncmp(id, text, len) == 0 && id[len] == '/' &&
	       is_at(event->json, "endpoint.resource", id + len + 1);
}
