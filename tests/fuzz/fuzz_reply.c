/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Any bytes as the reply to a GET: as a snapshot of each kind, and as two lists (split at the first
 * newline), the second of which must tell exactly what makes a model of the first equal to it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ari/model.h"
#include "ari/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_difference(const struct ari_event *event, void *data)
{
	if (!event->synthetic)
		abort();
	ari_model_apply(data, event, 3);
}

static void snapshots(struct ari_span json)
{
	union {
		struct ari_channel channel;
		struct ari_bridge bridge;
		struct ari_playback playback;
		struct ari_live_recording live;
		struct ari_stored_recording stored;
		struct ari_endpoint endpoint;
		struct ari_device_state device;
	} out;

	ari_channel_parse(&out.channel, json, NULL);
	ari_bridge_parse(&out.bridge, json, NULL);
	ari_playback_parse(&out.playback, json, NULL);
	ari_live_recording_parse(&out.live, json, NULL);
	ari_stored_recording_parse(&out.stored, json, NULL);
	ari_endpoint_parse(&out.endpoint, json, NULL);
	ari_device_state_parse(&out.device, json, NULL);
}

/* OTHER follows MODEL by what it is told; in the end both hold the same. */
static void lists(enum ari_object_kind kind, struct ari_span first, struct ari_span second)
{
	struct ari_model *model = ari_model_new(NULL, NULL), *other = ari_model_new(NULL, NULL);
	struct ari_model_load load = {
		.now_ms = 1, .timestamp = "t", .application = "a", .fn = on_difference};
	const struct ari_object *object = NULL;

	if (!model || !other)
		abort();
	load.data = other;
	for (int i = 0; i < 2; i++) {
		load.mark = ari_model_mark(model);
		ari_model_load(model, kind, i ? second : first, &load, NULL);
	}
	if (kind == ARI_OBJECT_CHANNEL || kind == ARI_OBJECT_BRIDGE) {
		while ((object = ari_model_next(model, kind, object))) {
			if (!ari_model_find(other, kind, object->id))
				abort();
		}
		if (ari_model_count(model, kind) != ari_model_count(other, kind))
			abort();
	}
	ari_model_free(model);
	ari_model_free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *newline = memchr(text, '\n', size);
	size_t len = newline ? (size_t)(newline - text) : size;
	struct ari_span first = {text, len};
	struct ari_span second = newline ? (struct ari_span){newline + 1, size - len - 1} : first;

	snapshots(first);
	for (int kind = 0; kind < ARI_OBJECT_KINDS; kind++)
		lists((enum ari_object_kind)kind, first, second);
	return 0;
}
