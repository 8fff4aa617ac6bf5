/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Which operations may be sent twice. Read in Asterisk's resource_channels.c and
 * resource_bridges.c: a second channel or bridge of the same id is a 409; a second playback of the
 * same id is played all the same.
 */
#include "once.h"

#include <string.h>

static const struct arip_once rows[] = {
	{.operation = "bridges.addChannel", .repeatable = true},
	{.operation = "bridges.create",
	 .id = "bridgeId",
	 .get = "bridges.get",
	 .get_id = "bridgeId",
	 .repeatable = true},
	{.operation = "bridges.createWithId", .repeatable = true},
	{.operation = "bridges.play", .id = "playbackId"},
	{.operation = "channels.answer", .repeatable = true},
	{.operation = "channels.create",
	 .id = "channelId",
	 .get = "channels.get",
	 .get_id = "channelId",
	 .repeatable = true},
	{.operation = "channels.externalMedia", .id = "channelId"},
	{.operation = "channels.hold", .repeatable = true},
	{.operation = "channels.mute", .repeatable = true},
	{.operation = "channels.originate",
	 .id = "channelId",
	 .get = "channels.get",
	 .get_id = "channelId",
	 .repeatable = true},
	{.operation = "channels.originateWithId", .repeatable = true},
	{.operation = "channels.play", .id = "playbackId"},
	{.operation = "channels.ring", .repeatable = true},
	{.operation = "channels.snoopChannel", .id = "snoopId"},
	{.operation = "endpoints.sendMessage"}, /* a PUT, and yet each one sends a message */
	{.operation = "endpoints.sendMessageToEndpoint"},
};

const struct arip_once *arip_once_find(const struct ari_operation *op)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!strcmp(rows[i].operation, op->name))
			return &rows[i];
	}
	return NULL;
}

bool arip_once_repeatable(const struct ari_operation *op)
{
	const struct arip_once *once = arip_once_find(op);

	if (once)
		return once->repeatable;
	return strcmp(op->method, "POST") != 0;
}
