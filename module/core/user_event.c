/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See user_event.h. */
#include <string.h>

#include "ari/json.h"
#include "user_event.h"

#define TOLD_MAX (sizeof(((struct session *)0)->told) / sizeof(uint64_t))

/* What makes it this one; both ways it was encoded from the same message. 0: no user event. */
static uint64_t fingerprint(const char *json, size_t len)
{
	static const char *const members[] = {"timestamp", "eventname", "userevent", "channel.id"};
	const struct ari_span event = {json, len};
	uint64_t h = 1469598103934665603u;
	size_t i, k;

	if (!ari_json_equal(ari_json_get(event, "type"), "ChannelUserevent"))
		return 0;
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		struct ari_span value = ari_json_get(event, members[i]);

		for (k = 0; k < value.len; k++)
			h = (h ^ (unsigned char)value.p[k]) * 1099511628211u;
		h = (h ^ 0xff) * 1099511628211u;
	}
	return h ? h : 1;
}

/* Cheap for everything else: the type comes first. */
static bool may_be_one(const char *json, size_t len)
{
	return memmem(json, len < 64 ? len : 64, "ChannelUserevent", 16) != NULL;
}

uint64_t user_event_print(const char *json, size_t len)
{
	return may_be_one(json, len) ? fingerprint(json, len) : 0;
}

void user_event_note(struct session *session, uint64_t print)
{
	if (print && session->n_apps)
		session->told[session->n_told++ % TOLD_MAX] = print;
}

bool user_event_was_told(const struct session *session, const char *json, size_t len)
{
	uint64_t h = fingerprint(json, len);
	size_t i;

	for (i = 0; h && i < TOLD_MAX; i++) {
		if (session->told[i] == h)
			return true;
	}
	return false;
}
