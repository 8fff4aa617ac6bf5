/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Lines of any bytes as events to a small model, with time that goes on. Beyond "no crash": the
 * model stays sound (members know their bridge, talkers are counted, limits hold), and what is read
 * as an event is JSON.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ari/model.h"

#define MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool true_or_abort)
{
	if (!true_or_abort)
		abort();
}

static void check(const struct ari_model *model)
{
	const struct ari_model_channel *channel = NULL;
	const struct ari_model_bridge *bridge = NULL;
	size_t members = 0, in_bridge = 0, talkers = 0, listed = 0;

	while ((bridge = ari_model_next_bridge(model, bridge))) {
		size_t n = 0, talking = 0;

		while ((channel = ari_model_next_member(bridge, channel))) {
			must(channel->bridge == bridge);
			talking += channel->talk == ARI_TALK_TALKING;
			n++;
		}
		must(n == bridge->n_members && talking == bridge->n_talking);
		members += n;
	}
	while ((channel = ari_model_next_channel(model, channel))) {
		must(ari_model_channel(model, channel->obj.id) == channel);
		in_bridge += channel->bridge != NULL;
		talkers += channel->talk == ARI_TALK_TALKING;
	}
	while ((channel = ari_model_next_talker(model, channel)))
		listed++;
	must(members == in_bridge && talkers == listed);
	for (int kind = 0; kind < ARI_OBJECT_KINDS; kind++)
		must(ari_model_count(model, (enum ari_object_kind)kind) <= MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ari_model_options options = {.max_objects = {MAX, MAX, MAX, MAX, MAX},
						  .partial = size & 1};
	struct ari_model *model = ari_model_new(&options, NULL);
	const char *p = (const char *)data, *end = p + size;
	uint64_t now_ms = 0;

	while (model && p < end) {
		const char *line_end = memchr(p, '\n', (size_t)(end - p));
		size_t len = line_end ? (size_t)(line_end - p) : (size_t)(end - p);
		struct ari_event event;

		if (!ari_event_parse(&event, p, len, NULL)) {
			must(!ari_json_check(p, len, NULL));
			ari_event_id(&event);
			ari_model_apply(model, &event, now_ms += 1000);
			check(model);
		}
		p += len + 1;
	}
	ari_model_free(model);
	return 0;
}
