/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See rule.h. A test holds this table against the description of the API: no operation without
 * a row. */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "rule.h"

#define SEE(op, what) {op, EFFECT_SEE, TARGET_##what, 0, 0}
#define CHANGE(op, what, checks) {op, EFFECT_CHANGE, TARGET_##what, checks, 0}
#define LIST(op) {op, EFFECT_LIST, TARGET_NONE, 0, 0}
#define NEEDS(op, right) {op, EFFECT_RIGHT, TARGET_NONE, 0, right}
#define OPEN(op) {op, EFFECT_NONE, TARGET_NONE, 0, 0}

/* Sorted by name: looked up by bisection. */
static const struct rule rules[] = {
	{"applications.filter", EFFECT_OWNER, TARGET_APPLICATION, 0, 0},
	SEE("applications.get", APPLICATION),
	LIST("applications.list"),
	{"applications.subscribe", EFFECT_OWNER, TARGET_APPLICATION, CHECK_SOURCES, 0},
	{"applications.unsubscribe", EFFECT_OWNER, TARGET_APPLICATION, CHECK_SOURCES, 0},
	NEEDS("asterisk.addLog", RIGHT_SYSTEM),
	NEEDS("asterisk.deleteLog", RIGHT_SYSTEM),
	NEEDS("asterisk.deleteObject", RIGHT_CONFIG),
	NEEDS("asterisk.getGlobalVar", RIGHT_SYSTEM),
	OPEN("asterisk.getInfo"),
	NEEDS("asterisk.getModule", RIGHT_SYSTEM),
	NEEDS("asterisk.getObject", RIGHT_CONFIG),
	NEEDS("asterisk.listLogChannels", RIGHT_SYSTEM),
	NEEDS("asterisk.listModules", RIGHT_SYSTEM),
	NEEDS("asterisk.loadModule", RIGHT_SYSTEM),
	OPEN("asterisk.ping"),
	NEEDS("asterisk.reloadModule", RIGHT_SYSTEM),
	NEEDS("asterisk.rotateLog", RIGHT_SYSTEM),
	NEEDS("asterisk.setGlobalVar", RIGHT_SYSTEM),
	NEEDS("asterisk.unloadModule", RIGHT_SYSTEM),
	NEEDS("asterisk.updateObject", RIGHT_CONFIG),
	CHANGE("bridges.addChannel", BRIDGE, CHECK_CHANNELS),
	CHANGE("bridges.clearVideoSource", BRIDGE, 0),
	{"bridges.create", EFFECT_MAKE, TARGET_NONE, CHECK_VARIABLES, 0},
	{"bridges.createWithId", EFFECT_MAKE, TARGET_BRIDGE, CHECK_VARIABLES, 0},
	CHANGE("bridges.destroy", BRIDGE, 0),
	SEE("bridges.get", BRIDGE),
	{"bridges.getBridgeVar", EFFECT_SEE, TARGET_BRIDGE, CHECK_VARIABLES, 0},
	{"bridges.getBridgeVars", EFFECT_SEE, TARGET_BRIDGE, CHECK_VARIABLES, 0},
	LIST("bridges.list"),
	CHANGE("bridges.play", BRIDGE, CHECK_MEDIA),
	CHANGE("bridges.playWithId", BRIDGE, CHECK_MEDIA),
	CHANGE("bridges.record", BRIDGE, CHECK_NAME),
	CHANGE("bridges.removeChannel", BRIDGE, CHECK_CHANNELS),
	CHANGE("bridges.setBridgeVar", BRIDGE, CHECK_VARIABLES),
	CHANGE("bridges.setBridgeVars", BRIDGE, CHECK_VARIABLES),
	CHANGE("bridges.setVideoSource", BRIDGE, CHECK_CHANNELS),
	CHANGE("bridges.startMoh", BRIDGE, 0),
	CHANGE("bridges.stopMoh", BRIDGE, 0),
	CHANGE("channels.answer", CHANNEL, 0),
	CHANGE("channels.continueInDialplan", CHANNEL, CHECK_CONTEXT),
	{"channels.create", EFFECT_MAKE, TARGET_NONE,
	 CHECK_ENDPOINT | CHECK_PLACE | CHECK_OTHER | CHECK_VARIABLES | CHECK_NEW_ID, 0},
	CHANGE("channels.dial", CHANNEL, CHECK_OTHER),
	{"channels.externalMedia", EFFECT_MAKE, TARGET_NONE,
	 CHECK_HOST | CHECK_PLACE | CHECK_VARIABLES | CHECK_NEW_ID, 0},
	SEE("channels.get", CHANNEL),
	{"channels.getChannelVar", EFFECT_SEE, TARGET_CHANNEL, CHECK_VARIABLES, 0},
	{"channels.getChannelVars", EFFECT_SEE, TARGET_CHANNEL, CHECK_VARIABLES, 0},
	CHANGE("channels.hangup", CHANNEL, 0),
	CHANGE("channels.hold", CHANNEL, 0),
	LIST("channels.list"),
	CHANGE("channels.move", CHANNEL, CHECK_APP),
	CHANGE("channels.mute", CHANNEL, 0),
	{"channels.originate", EFFECT_MAKE, TARGET_NONE,
	 CHECK_ENDPOINT | CHECK_PLACE | CHECK_OTHER | CHECK_VARIABLES | CHECK_NEW_ID, 0},
	{"channels.originateWithId", EFFECT_MAKE, TARGET_NONE,
	 CHECK_ENDPOINT | CHECK_PLACE | CHECK_OTHER | CHECK_VARIABLES | CHECK_NEW_ID, 0},
	CHANGE("channels.play", CHANNEL, CHECK_MEDIA),
	CHANGE("channels.playWithId", CHANNEL, CHECK_MEDIA),
	CHANGE("channels.progress", CHANNEL, 0),
	CHANGE("channels.record", CHANNEL, CHECK_NAME),
	CHANGE("channels.redirect", CHANNEL, CHECK_ENDPOINT),
	CHANGE("channels.ring", CHANNEL, 0),
	CHANGE("channels.ringStop", CHANNEL, 0),
	SEE("channels.rtpstatistics", CHANNEL),
	CHANGE("channels.sendDTMF", CHANNEL, 0),
	CHANGE("channels.setChannelVar", CHANNEL, CHECK_VARIABLES),
	CHANGE("channels.setChannelVars", CHANNEL, CHECK_VARIABLES),
	CHANGE("channels.snoopChannel", CHANNEL, CHECK_APP | CHECK_NEW_ID),
	CHANGE("channels.snoopChannelWithId", CHANNEL, CHECK_APP | CHECK_NEW_ID),
	CHANGE("channels.startMoh", CHANNEL, 0),
	CHANGE("channels.startSilence", CHANNEL, 0),
	CHANGE("channels.stopMoh", CHANNEL, 0),
	CHANGE("channels.stopSilence", CHANNEL, 0),
	CHANGE("channels.transfer_progress", CHANNEL, 0),
	CHANGE("channels.unhold", CHANNEL, 0),
	CHANGE("channels.unmute", CHANNEL, 0),
	CHANGE("deviceStates.delete", DEVICE, 0),
	SEE("deviceStates.get", DEVICE),
	LIST("deviceStates.list"),
	CHANGE("deviceStates.update", DEVICE, 0),
	SEE("endpoints.get", ENDPOINT),
	LIST("endpoints.list"),
	LIST("endpoints.listByTech"),
	/* Without an endpoint in the path they reach anybody: not for scoped users. */
	{"endpoints.refer", EFFECT_RIGHT, TARGET_NONE, 0, RIGHT_SYSTEM},
	CHANGE("endpoints.referToEndpoint", ENDPOINT, CHECK_VARIABLES),
	{"endpoints.sendMessage", EFFECT_RIGHT, TARGET_NONE, 0, RIGHT_SYSTEM},
	CHANGE("endpoints.sendMessageToEndpoint", ENDPOINT, CHECK_VARIABLES),
	{"events.claimChannel", EFFECT_MAKE, TARGET_NONE, CHECK_OWNER | CHECK_CHANNELS, 0},
	OPEN("events.eventWebsocket"),
	{"events.userEvent", EFFECT_MAKE, TARGET_NONE, CHECK_OWNER | CHECK_SOURCES, 0},
	CHANGE("mailboxes.delete", MAILBOX, 0),
	SEE("mailboxes.get", MAILBOX),
	LIST("mailboxes.list"),
	CHANGE("mailboxes.update", MAILBOX, 0),
	CHANGE("playbacks.control", PLAYBACK, 0),
	SEE("playbacks.get", PLAYBACK),
	CHANGE("playbacks.stop", PLAYBACK, 0),
	CHANGE("recordings.cancel", LIVE, 0),
	CHANGE("recordings.copyStored", STORED, CHECK_NAME),
	CHANGE("recordings.deleteStored", STORED, 0),
	SEE("recordings.getLive", LIVE),
	SEE("recordings.getStored", STORED),
	SEE("recordings.getStoredFile", STORED),
	LIST("recordings.listStored"),
	CHANGE("recordings.mute", LIVE, 0),
	CHANGE("recordings.pause", LIVE, 0),
	CHANGE("recordings.stop", LIVE, 0),
	CHANGE("recordings.unmute", LIVE, 0),
	CHANGE("recordings.unpause", LIVE, 0),
	OPEN("sounds.get"),
	OPEN("sounds.list"),
};

static int compare(const void *name, const void *row)
{
	return strcmp(name, ((const struct rule *)row)->op);
}

const struct rule *rule_find(const char *op)
{
	return bsearch(op, rules, sizeof(rules) / sizeof(rules[0]), sizeof(rules[0]), compare);
}

const struct rule *rules_all(unsigned int *count)
{
	*count = sizeof(rules) / sizeof(rules[0]);
	return rules;
}
