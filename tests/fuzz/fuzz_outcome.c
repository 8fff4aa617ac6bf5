/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The outcome watches fed with any events, answers and times. The first byte chooses the kind and the options;
 * then lines: a line that starts with a digit is an answer, any other an event. What is exercised:
 * lib/outcome*.c and, below it, lib/event.c and lib/json*.c. A watch that has ended must not change its mind.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ari/outcome.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void line(struct ari_watch *watch, const char *text, size_t len, uint64_t now)
{
	struct ari_event event;

	if (len && text[0] >= '0' && text[0] <= '9') {
		ari_watch_answer(watch, (enum ari_question)(text[0] - '0'), len > 1 ? 404 : 200, now);
		return;
	}
	if (ari_event_parse(&event, text, len, NULL) == 0)
		ari_watch_event(watch, &event, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ari_watch_options options = { .id = "A", .media = "sound:x", .ring_ms = 2000,
					     .max_ms = 1000, .terminate_on = "any" };
	struct ari_watch *watch;
	enum ari_outcome_state ended = ARI_OUTCOME_PENDING;
	const char *p = (const char *)data + 1;
	const char *end = (const char *)data + size;
	uint64_t now = 0;

	if (size < 2)
		return 0;
	options.kind = (enum ari_watch_kind)(data[0] & 3);
	options.sentinel = data[0] & 4;
	options.target = data[0] & 8 ? "bridge:T" : "channel:T";
	watch = ari_watch_new(&options, NULL);
	if (!watch)
		return 0;
	ari_watch_started(watch, 0);
	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		char text[400];

		stop = stop ? stop : end;
		line(watch, p, (size_t)(stop - p), now);
		now += 97;
		ari_watch_tick(watch, now);
		ari_watch_question(watch);
		ari_outcome_text(ari_watch_outcome(watch), text, sizeof(text));
		if (ended != ARI_OUTCOME_PENDING && ari_watch_outcome(watch)->state != ended)
			abort();
		ended = ari_watch_outcome(watch)->state;
		p = stop + (stop < end);
	}
	ari_watch_free(watch);
	return 0;
}
