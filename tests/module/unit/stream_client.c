/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See stream_client.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../module/core/hash.h"
#include "stream_client.h"

/* Filters, and what of the events they let through. */
static const struct filter_case {
	const char *text;
	bool channels, bridges, changes;
	int digit;	/* of the slot, or -1: any */
} filters[] = {
	{"", true, true, true, -1},
	{"-type:*Varset,-type:BridgeVideo*", true, true, false, -1},
	{"channel:*", true, false, true, -1},
	{"type:Bridge*", false, true, true, -1},
	{"channel:*7", true, false, true, 7},
	{"type:ChannelNever*", false, false, false, -1},
};
#define FILTERS (sizeof(filters) / sizeof(filters[0]))

unsigned int stream_pick(struct world *world, unsigned int below)
{
	world->random ^= world->random << 13;
	world->random ^= world->random >> 7;
	world->random ^= world->random << 17;
	return (unsigned int)((world->random >> 20) % below);
}

bool stream_is_bridge(int slot)
{
	return slot % 4 == 3;
}

static bool covers(const struct client *client, size_t filter, int slot)
{
	const struct filter_case *f = &filters[filter];

	if (client->scoped && slot >= SLOTS / 2)
		return false;
	if (stream_is_bridge(slot) ? !f->bridges : !f->channels)
		return false;
	return f->digit < 0 || slot % 10 == f->digit;
}

static bool passes(const struct client *client, const struct happened *event)
{
	return !event->lost && covers(client, client->filter, event->slot) &&
	       (event->kind != CHANGED || filters[client->filter].changes);
}

/* Nothing up to TO, but what was read, was this client's. */
static void nothing_missed(const struct world *world, struct client *client, unsigned long long to)
{
	for (; client->done < to; client->done++) {
		if (passes(client, &world->event[client->done + 1]))
			fail_msg("client %d, with filter '%s', read up to %llu: event %llu of %llu did "
				 "not come", (int)(client - world->client), filters[client->filter].text,
				 client->at, client->done + 1, world->n);
	}
}

static void cut(struct client *client)
{
	server_closed(client->wire.conn);
	buf_free(&client->wire.out);
	client->state = AWAY;
	client->stalled = false;
	client->eaten = 0;
}

static void forget_model(struct client *client)
{
	memset(client->model, 0, sizeof(client->model));
	memset(client->valid, 0, sizeof(client->valid));
	client->wrong = 0;
}

static void ask(struct world *world, struct client *client)
{
	struct buf out = {0};
	char login[64];

	wire_open(&world->bench, &client->wire, "a");
	client->asked_since = *client->epoch && stream_pick(world, 5);
	if (stream_pick(world, 6) == 0) {
		client->filter = stream_pick(world, FILTERS);
		client->refiltered = true;
	}
	client->snapshot = !client->asked_since || stream_pick(world, 2);
	base64_encode(client->scoped ? "scoped:x" : "admin:x", client->scoped ? 8 : 7, login);
	buf_addf(&out, "GET /stasis/events?filter=%s%s", filters[client->filter].text,
		 client->snapshot ? "&snapshot=true" : "");
	if (client->with_app)
		buf_addf(&out, "&subscribeAll=true&app=own-%d", (int)(client - world->client));
	if (client->asked_since)
		buf_addf(&out, "&since=%s:%llu", client->epoch, client->seq);
	buf_addf(&out, " HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		       "Authorization: Basic %s\r\n\r\n", login);
	client->state = ASKED;
	client->next_filter = client->filter;
	assert_int_equal(wire_send(&client->wire, out.data, out.len), 0);
	buf_free(&out);
}

static const char *after(const char *text, const char *what)
{
	const char *at = strstr(text, what);

	return at ? at + strlen(what) : NULL;
}

static unsigned long long number(const char *text, const char *name)
{
	const char *at = after(text, name);

	if (!at)
		fail_msg("no %s in %s", name, text);
	return strtoull(at, NULL, 10);
}

static int slot_of(const char *text)
{
	const char *at = after(text, "\"id\":\"");

	assert_non_null(at);
	at = strchr(at, '-');
	return (int)strtol(at + 2, NULL, 10);
}

static void read_object(struct client *client, const char *text)
{
	int slot = slot_of(text);

	if (client->scoped)
		assert_true(slot < SLOTS / 2);
	assert_int_equal(client->model[slot], 0);
	client->model[slot] = (unsigned int)number(text, "\"v\":");
}

static void read_event(struct world *world, struct client *client, const char *text)
{
	unsigned long long n = number(text, "\"n\":"), prev = number(text, "\"prev\":");
	const struct happened *event = &world->event[n];

	if (prev != client->seq)
		fail_msg("event %llu: prev is %llu, not %llu", n, prev, client->seq);
	client->seq = number(text, "\"seq\":");
	if (n <= client->done)
		fail_msg("event %llu came again, or late", n);
	nothing_missed(world, client, n - 1);
	assert_true(passes(client, event));
	client->done = client->at = n;
	if (!client->wrong && client->valid[event->slot] &&
	    client->model[event->slot] != event->was)
		client->wrong = n;
	if (client->wrong && n - client->wrong > INBOX)
		fail_msg("slot %d was %u, not %u, and no gap is told", event->slot, event->was,
			 client->model[event->slot]);
	client->model[event->slot] = (unsigned int)number(text, "\"v\":");
	world->checked++;
}

/* What the filter keeps from it, it does not know any more. */
static void keep_valid(struct client *client)
{
	int slot;

	for (slot = 0; slot < SLOTS; slot++)
		client->valid[slot] = client->valid[slot] && covers(client, client->filter, slot) &&
				      filters[client->filter].changes;
}

/* Who asked in the moment in which the core knew better again may have asked before or after. */
static bool is_unclear(const struct world *world, const struct client *client)
{
	return client->at == world->bench.told || client->wire.began == world->bench.told;
}

/* Could all that CLIENT has not read be told it when it came back? Not across a loss, nor when
 * what it knows is from before the core knew better again. */
static bool is_kept(const struct world *world, const struct client *client)
{
	unsigned long long n, kept = 0;

	if (client->at < world->bench.told && world->bench.told < client->wire.began)
		return false;
	for (n = client->at + 1; n <= client->wire.began; n++) {
		if (world->event[n].lost)
			return false;
		kept++;
	}
	return kept <= HISTORY;
}

static void begin(struct client *client, const char *text)
{
	memcpy(client->epoch, after(text, "\"epoch\":\""), 16);
	forget_model(client);
	client->seq = number(text, "\"seq\":");
	client->at = client->done = client->wire.began;
	client->refiltered = false;
}

static void resume(struct world *world, struct client *client, const char *text)
{
	if (!client->asked_since ||
	    (!is_kept(world, client) && !is_unclear(world, client)))
		fail_msg("client %d: resumed from %llu to %llu, but all was told anew at %llu: %s",
			 (int)(client - world->client), client->at, client->wire.began,
			 world->bench.told, text);
	assert_int_equal(number(text, "\"seq\":"), client->seq);
	assert_int_equal(client->wrong, 0);
	world->resumed++;
	if (client->refiltered) {
		client->done = client->at;
		keep_valid(client);
		client->refiltered = false;
	}
}

static void end_snapshot(struct client *client)
{
	int slot;

	for (slot = 0; slot < SLOTS; slot++)
		client->valid[slot] = true;
	keep_valid(client);
}

static void change_filter(struct world *world, struct client *client, const char *text)
{
	client->seq = number(text, "\"seq\":");
	client->at = client->next_from;
	nothing_missed(world, client, client->next_from);
	client->filter = client->next_filter;
	keep_valid(client);
}

/* A gap while connected: what is known is worth nothing, so connect anew. */
static void read_gap(struct world *world, struct client *client, const char *text)
{
	world->gaps++;
	if (strstr(text, "\"reason\":\"overrun\"")) {
		*client->epoch = '\0';
		forget_model(client);
		cut(client);
		return;
	}
	/* Whether another filter's events can be told depends on who listened. */
	if (!client->asked_since || (is_kept(world, client) && !client->refiltered &&
				     !is_unclear(world, client)))
		fail_msg("client %d: a gap from %llu to %llu that need not be: %s",
			 (int)(client - world->client), client->at,
			 client->wire.began, text);
	begin(client, text);
}

static void read_message(struct world *world, struct client *client, const char *text)
{
	if (strstr(text, "\"n\":"))
		read_event(world, client, text);
	else if (strstr(text, "\"SnapshotObject\""))
		read_object(client, text);
	else if (strstr(text, "\"SnapshotStarted\"") || strstr(text, "\"StreamStarted\""))
		begin(client, text);
	else if (strstr(text, "\"SnapshotFinished\""))
		end_snapshot(client);
	else if (strstr(text, "\"StreamResumed\""))
		resume(world, client, text);
	else if (strstr(text, "\"StreamGap\""))
		read_gap(world, client, text);
	else if (strstr(text, "\"FilterSet\""))
		change_filter(world, client, text);
	else
		fail_msg("what is %s", text);
}

/* One frame; its length with the header, or 0. */
static size_t read_frame(struct world *world, struct client *client)
{
	const unsigned char *at = (unsigned char *)client->wire.out.data + client->eaten;
	size_t have = client->wire.out.len - client->eaten, head = 2, len;
	char text[512];

	if (have < 4)
		return 0;
	len = at[1];
	if (len == 126) {
		len = (size_t)at[2] << 8 | at[3];
		head = 4;
	}
	if (have < head + len)
		return 0;
	assert_true(len < sizeof(text));
	memcpy(text, at + head, len);
	text[len] = '\0';
	client->eaten += head + len;
	if (at[0] == 0x88) {
		/* A queue that is full ends the session, and says why. */
		assert_non_null(strstr(text + 2, "slow-consumer"));
		assert_int_equal((unsigned char)text[0] << 8 | (unsigned char)text[1], 1013);
		world->slow++;
		cut(client);
		return 0;
	}
	assert_int_equal(at[0], 0x81);
	read_message(world, client, text);
	return head + len;
}

static void read_some(struct world *world, struct client *client)
{
	char *end;

	if (client->state == ASKED && client->wire.out.len) {
		end = memmem(client->wire.out.data, client->wire.out.len, "\r\n\r\n", 4);
		assert_non_null(end);
		assert_memory_equal(client->wire.out.data, "HTTP/1.1 101", 12);
		client->eaten = (size_t)(end + 4 - client->wire.out.data);
		client->state = THERE;
	}
	while (client->state == THERE && read_frame(world, client))
		;
	if (client->state == THERE) {
		/* .began is of the next batch from now on; the beginning was read with the first. */
		buf_consume(&client->wire.out, client->eaten);
		client->eaten = 0;
	}
}

/* A reader who keeps up has been told all that the core read. */
static void read_all(struct world *world, struct client *client)
{
	read_some(world, client);
	if (client->state == THERE && client->filter == client->next_filter)
		nothing_missed(world, client, world->bench.read);
}

static void set_filter(struct world *world, struct client *client)
{
	char text[128];

	client->next_filter = stream_pick(world, FILTERS);
	snprintf(text, sizeof(text), "{\"type\":\"SetFilter\",\"filter\":\"%s\"}",
		 filters[client->next_filter].text);
	wire_text(&client->wire, text);
	client->next_from = world->bench.read;
}

/* What a client may be up to, when it is there and reads. */
static void act(struct world *world, struct client *client)
{
	switch (stream_pick(world, 40)) {
	case 0:
		/* Cut off, having read all, something, or nothing of what is there. */
		if (client->wire.out.len && stream_pick(world, 2)) {
			client->wire.out.len -= stream_pick(world, (unsigned int)client->wire.out.len + 1);
			read_some(world, client);
		}
		if (client->state == THERE)
			cut(client);
		break;
	case 1:
	case 2:
		read_all(world, client);
		client->stalled = client->wire.stalled = client->state == THERE;
		break;
	case 3:
		read_all(world, client);
		if (client->state == THERE && client->filter == client->next_filter)
			set_filter(world, client);
		break;
	default:
		read_all(world, client);
		break;
	}
}

void client_turn(struct world *world, struct client *client)
{
	if (client->state == AWAY) {
		if (stream_pick(world, 12) == 0)
			ask(world, client);
	} else if (client->state == ASKED) {
		if (stream_pick(world, 30))
			read_all(world, client);
		else
			cut(client);
	} else if (!client->stalled) {
		act(world, client);
	} else if (stream_pick(world, 40) == 0) {
		client->stalled = client->wire.stalled = false;
		if (server_writable(client->wire.conn) < 0)
			cut(client);
	} else {
		/* Nothing but the one batch that was being written is kept for it down there. */
		assert_true(client->wire.out.len < 300000);
	}
}

static void check_model(const struct world *world, const struct client *client)
{
	int slot;

	for (slot = 0; slot < SLOTS; slot++) {
		if (client->valid[slot] && client->model[slot] != world->version[slot])
			fail_msg("slot %d: %u, not %u", slot, client->model[slot],
				 world->version[slot]);
	}
}

void client_settle(struct world *world, struct client *client)
{
	do {
		if (client->stalled) {
			client->stalled = client->wire.stalled = false;
			if (server_writable(client->wire.conn) < 0)
				cut(client);
		}
		if (client->state == AWAY)
			ask(world, client);
		bench_run(&world->bench);
		read_all(world, client);
	} while (client->state != THERE);
	nothing_missed(world, client, world->n);
	assert_int_equal(client->wrong, 0);
	check_model(world, client);
	cut(client);
}
