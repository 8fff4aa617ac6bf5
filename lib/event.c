/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Events: one pass over the text that checks it and finds the members that every consumer needs.
 */
#include "ari/event.h"

#include <string.h>

#include "error.h"
#include "json_fill.h"

/* "x-synthetic" is no C name; it is filed beside the event. */
struct filed {
	struct ari_event event;
	struct ari_span synthetic;
};

#define MEMBER(member) ARIP_FIELD_AS(filed, event.member, #member)

/* Roughly in the order in which Asterisk sends them. */
static const struct arip_field fields[] = {
	MEMBER(variable),
	MEMBER(value),
	MEMBER(type),
	ARIP_FIELD_AS(filed, synthetic, "x-synthetic"),
	MEMBER(timestamp),
	MEMBER(args),
	MEMBER(digit),
	MEMBER(duration_ms),
	MEMBER(duration),
	MEMBER(cause),
	MEMBER(cause_txt),
	MEMBER(tech_cause),
	MEMBER(dialstatus),
	MEMBER(dialstring),
	MEMBER(caller),
	MEMBER(peer),
	MEMBER(forwarded),
	MEMBER(eventname),
	MEMBER(userevent),
	MEMBER(bridge),
	MEMBER(bridge_from),
	MEMBER(channel),
	MEMBER(replace_channel),
	MEMBER(playback),
	MEMBER(recording),
	MEMBER(endpoint),
	MEMBER(device_state),
	MEMBER(asterisk_id),
	MEMBER(application),
};

#define N_FIELDS (sizeof(fields) / sizeof(*fields))

static int check_type(struct ari_event *event, struct ari_error *err)
{
	const struct ari_span type = event->type;
	const size_t gap = sizeof(ARI_EVENT_GAP_TYPE) - 1;

	if (ari_json_type(type) != ARI_JSON_STRING)
		return arip_error_set(err, ARI_EPROTOCOL, "an event without a \"type\"");
	event->kind = ari_event_kind_find(type.p + 1, type.len - 2);
	event->gap = event->kind == ARI_EVENT_UNKNOWN && type.len - 2 == gap &&
		     !memcmp(type.p + 1, ARI_EVENT_GAP_TYPE, gap);
	return 0;
}

int ari_event_parse(struct ari_event *event, const char *json, size_t len, struct ari_error *err)
{
	const char *end = json + len, *start = arip_json_space(json, end), *p;
	struct arip_json_fail fail;
	struct filed filed;

	memset(&filed, 0, sizeof(filed));
	p = arip_json_fill(start, end, 0, fields, N_FIELDS, &filed, &fail);
	if (p) {
		filed.event.json = (struct ari_span){ start, (size_t)(p - start) };
		p = arip_json_space(p, end);
		if (p != end) {
			fail = (struct arip_json_fail){ p, "something follows the event" };
			p = NULL;
		}
	}
	if (!p)
		return arip_json_report(&fail, json, err);
	*event = filed.event;
	event->synthetic = filed.synthetic.len == 4 && *filed.synthetic.p == 't';
	return check_type(event, err);
}

struct ari_span ari_event_id(const struct ari_event *event)
{
	const struct {
		struct ari_span object;
		const char *id;
	} places[] = {
		{ event->channel, "id" },
		{ event->kind == ARI_EVENT_DIAL ? event->peer : (struct ari_span){ NULL, 0 }, "id" },
		{ event->bridge, "id" },
		{ event->playback, "id" },
		{ event->recording, "name" },
		{ event->endpoint, "resource" },
		{ event->device_state, "name" },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		struct ari_span id = ari_json_get(places[i].object, places[i].id);

		if (id.p)
			return id;
	}
	return (struct ari_span){ NULL, 0 };
}
