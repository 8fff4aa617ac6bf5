/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The promise of the event stream, under a million random events: a snapshot and the events
 * behind it are the next snapshot; no event is missing, none comes twice. The clients stall,
 * are cut off in the middle of a frame, come back, filter, and change their filters; the
 * server's ring and queues are too small for them, and now and then its inbox overflows.
 *
 * Each event has a number of ours. A client knows how far it is; between that and the event it
 * reads there must be none that its scope and its filter let through. SEED and EVENTS in the
 * environment make other runs; the seed is printed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stream_client.h"

#ifdef __SANITIZE_ADDRESS__
#define EVENTS 100000
#else
#define EVENTS 1000000
#endif

static const char *const channel_types[KINDS] = {"ChannelCreated", "ChannelVarset",
						 "ChannelDestroyed"};
static const char *const bridge_types[KINDS] = {"BridgeCreated", "BridgeVideoSourceChanged",
						"BridgeDestroyed"};

/* Half of the objects are a tenant's. */
static void name_slot(int slot, char *out, size_t size)
{
	snprintf(out, size, "%s-%s%d", slot < SLOTS / 2 ? "own" : "other",
		 stream_is_bridge(slot) ? "b" : "c", slot);
}

static void object_of(struct world *world, int slot, struct host_object *object, char *name,
		      size_t size, char *json, size_t json_size)
{
	name_slot(slot, name, size);
	*object = (struct host_object){
		.class = stream_is_bridge(slot) ? OBJECT_BRIDGE : OBJECT_CHANNEL,
		.id = name,
		.name = name,
		.context = "x",
		.gone = !world->version[slot],
	};
	snprintf(json, json_size, "{\"id\":\"%s\",\"v\":%u}", name, world->version[slot]);
}

static void retell(void *arg)
{
	struct host_object object;
	struct world *world = arg;
	char name[32], json[80];
	int slot;

	for (slot = 0; slot < SLOTS; slot++) {
		object_of(world, slot, &object, name, sizeof(name), json, sizeof(json));
		if (!object.gone)
			bench_tell(&world->bench, &object, json);
	}
}

static void happen(struct world *world)
{
	int slot = (int)stream_pick(world, SLOTS);
	enum kind kind = stream_pick(world, 5) ? CHANGED : GONE;
	struct host_object object;
	char name[32], json[80], event[256];

	if (!world->version[slot])
		kind = CREATED;
	world->event[++world->n] = (struct happened){
		.slot = (unsigned char)slot,
		.kind = (unsigned char)kind,
		.was = world->version[slot],
	};
	world->version[slot] = kind == GONE ? 0 : ++world->last_version;
	object_of(world, slot, &object, name, sizeof(name), json, sizeof(json));
	snprintf(event, sizeof(event), "{\"type\":\"%s\",\"n\":%llu,\"v\":%u,\"%s\":{\"id\":\"%s\","
		 "\"name\":\"%s\",%s}}", (stream_is_bridge(slot) ? bridge_types : channel_types)[kind],
		 world->n, world->version[slot], stream_is_bridge(slot) ? "bridge" : "channel", name, name,
		 stream_is_bridge(slot) ? "\"bridge_type\":\"mixing\"" : "\"dialplan\":{\"context\":\"x\"}");
	bench_change(&world->bench, world->n, &object, json, event);
}

static unsigned long long setting(const char *name, unsigned long long otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

/* As much happens as the core can take, or, rarely, more. */
static void burst(struct world *world)
{
	unsigned long long before = world->n, n;
	unsigned int rare = (unsigned int)(world->total / 300) + 1;
	unsigned int size = stream_pick(world, rare) ? stream_pick(world, 60) : INBOX + 200;
	unsigned int half = size > INBOX ? 20 : size / 2, i, c;

	for (i = 0; i < size && world->n < world->total; i++) {
		happen(world);
		/* Whoever comes finds some of it waiting already. */
		for (c = 0; i == half && c < CLIENTS; c++)
			client_turn(world, &world->client[c]);
	}
	server_wake(world->bench.server);
	/* The core reads in order, so what it has not read now it will never read. */
	for (n = before + 1; n <= world->n; n++) {
		world->event[n].lost = n > world->bench.read;
		world->lost += world->event[n].lost;
	}
}

/* The lists say the same as the events did. */
static void check_lists(struct world *world)
{
	struct wire wire;
	char name[48], text[80];
	int slot, status;

	for (slot = 0; slot < SLOTS; slot++) {
		wire_open(&world->bench, &wire, "b");
		status = wire_request(&world->bench, &wire, "admin:x", "GET", stream_is_bridge(slot) ?
				      "/ari/bridges" : "/ari/channels", NULL);
		assert_int_equal(status, 200);
		name_slot(slot, name, sizeof(name));
		snprintf(text, sizeof(text), "{\"id\":\"%s\",\"v\":%u}", name,
			 world->version[slot]);
		assert_int_equal(memmem(wire.out.data, wire.out.len, text, strlen(text)) != NULL,
				 world->version[slot] != 0);
		wire_close(&wire);
	}
}

static void test_snapshot_and_events(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	unsigned int c;

	(void)state;
	world->random = setting("SEED", 20261123);
	world->total = setting("EVENTS", EVENTS);
	print_message("SEED=%llu EVENTS=%llu\n", (unsigned long long)world->random, world->total);
	world->random = world->random * 6364136223846793005u + 1442695040888963407u;
	world->event = calloc(world->total + 1, sizeof(*world->event));
	bench_open(&world->bench, "event_history=500\nevent_inbox=2000\nqueue_hard=64\n"
		   "queue_soft=64\nrequest_rate=0\n[admin]\npassword=x\n[scoped]\npassword=x\n"
		   "follow=endpoint:own*,bridge:own*\nmanipulate=application:own*\n");
	world->bench.retell = retell;
	world->bench.retell_arg = world;
	for (c = 0; c < CLIENTS; c++) {
		world->client[c].scoped = c % 2;
		world->client[c].with_app = c % 4 >= 2;
	}
	while (world->n < world->total) {
		burst(world);
		for (c = 0; c < CLIENTS; c++)
			client_turn(world, &world->client[c]);
	}
	server_wake(world->bench.server);
	for (c = 0; c < CLIENTS; c++)
		client_settle(world, &world->client[c]);
	check_lists(world);
	print_message("%llu read, %llu resumed, %llu gaps, %llu too slow, %llu lost\n", world->checked,
		      world->resumed, world->gaps, world->slow, world->lost);
	/* All of what is meant to happen did. */
	assert_true(world->checked > world->total && world->resumed > 50 && world->gaps > 50 &&
		    world->slow > 50 && world->lost > 50);
	bench_close(&world->bench);
	free(world->event);
	free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_snapshot_and_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
