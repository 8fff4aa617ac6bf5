/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Of test_core_stream: objects to which things happen, and clients of the event stream that
 * judge what they are told. test_core_stream.c makes it happen, stream_client.c reads.
 */
#ifndef TEST_STREAM_CLIENT_H
#define TEST_STREAM_CLIENT_H

#include "bench_host.h"

#define SLOTS 64	/* objects that can be; every fourth is a bridge */
#define CLIENTS 12
#define HISTORY 500
#define INBOX 2000

enum kind { CREATED, CHANGED, GONE, KINDS };

/* What happened, by our number. */
struct happened {
	unsigned char slot, kind;
	bool lost;		/* the core never read it */
	unsigned int was;	/* the version before */
};

enum state { AWAY, ASKED, THERE };

struct client {
	struct wire wire;
	enum state state;
	bool scoped;		/* sees only what is "own" */
	bool with_app;
	size_t filter, next_filter;
	unsigned long long next_from;	/* the filter changes behind this event */
	bool stalled, asked_since, snapshot, refiltered;
	char epoch[17];
	unsigned long long seq;	/* of the last event read */
	unsigned long long done;	/* our number: all up to this one is judged */
	unsigned long long at;		/* our number of .seq */
	unsigned long long wrong;	/* its model was, since then: a gap must be told */
	unsigned int model[SLOTS];	/* version, 0: none */
	bool valid[SLOTS];		/* every event of this one comes */
	size_t eaten;		/* of wire.out */
};

struct world {
	struct bench bench;
	struct client client[CLIENTS];
	struct happened *event;
	unsigned long long n, total;
	unsigned int version[SLOTS], last_version;
	uint64_t random;
	unsigned long long resumed, gaps, lost, slow, checked;
};

unsigned int stream_pick(struct world *world, unsigned int below);
/** Something a client does, or not: reads, stalls, goes, comes, filters. */
void client_turn(struct world *world, struct client *client);
/** It comes back, reads all there is, and knows what is; then it goes. */
void client_settle(struct world *world, struct client *client);
bool stream_is_bridge(int slot);

#endif
