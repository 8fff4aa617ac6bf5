/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* What each operation does to what: the rows that authorise.c judges by. */
#ifndef CORE_RULE_H
#define CORE_RULE_H

enum effect {
	EFFECT_NONE,		/* harmless: everybody who is known */
	EFFECT_LIST,		/* shows what may be followed */
	EFFECT_SEE,		/* reads one object */
	EFFECT_CHANGE,		/* changes one object */
	EFFECT_MAKE,		/* brings something new */
	EFFECT_RIGHT,		/* needs a right of its own */
	EFFECT_OWNER,		/* needs to own the application */
};

enum target {
	TARGET_NONE,
	TARGET_CHANNEL,		/* channelId */
	TARGET_BRIDGE,		/* bridgeId */
	TARGET_APPLICATION,	/* applicationName */
	TARGET_ENDPOINT,	/* tech and resource */
	TARGET_PLAYBACK,	/* playbackId: what it plays to */
	TARGET_LIVE,		/* recordingName: what it records */
	TARGET_STORED,		/* recordingName */
	TARGET_DEVICE,		/* deviceName */
	TARGET_MAILBOX,		/* mailboxName */
};

/* Conditions on the request's other words. */
enum check {
	CHECK_MEDIA = 1 << 0,		/* media, lang: no foreign recordings, files, URLs */
	CHECK_NAME = 1 << 1,		/* name, destinationRecordingName: a recording of one's own */
	CHECK_CHANNELS = 1 << 2,	/* channel, channelId: all may be changed */
	CHECK_VARIABLES = 1 << 3,	/* no dialplan functions without the right */
	CHECK_CONTEXT = 1 << 4,		/* context: may be entered */
	CHECK_APP = 1 << 5,		/* app: may be entered */
	CHECK_PLACE = 1 << 6,		/* where an originated call goes: app, or context */
	CHECK_ENDPOINT = 1 << 7,	/* endpoint: may be called */
	CHECK_SOURCES = 1 << 8,		/* eventSource, source: may be followed */
	CHECK_OTHER = 1 << 9,		/* originator, caller: may be followed */
	CHECK_HOST = 1 << 10,		/* external_host: may be called */
	CHECK_OWNER = 1 << 11,		/* application: is one's own */
	CHECK_NEW_ID = 1 << 12,		/* channelId, otherChannelId, snoopId: can be no name */
};

struct rule {
	const char *op;
	enum effect effect;
	enum target target;
	unsigned int checks;
	unsigned int right;
};

/** The row of an operation, or NULL. */
const struct rule *rule_find(const char *op);
/** All rows, for tests. */
const struct rule *rules_all(unsigned int *count);

#endif
