/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * An Asterisk that is newer than any: it tells one thing more of a channel, once that is up, as
 * later versions came to tell of a tenant. Linked into the module in place of Asterisk's function
 * (--wrap) for newer22.bats.
 */
#include "asterisk.h"

#include "asterisk/json.h"
#include "asterisk/stasis_channels.h"

struct ast_json *__real_ast_channel_snapshot_to_json(const struct ast_channel_snapshot *snapshot,
	const struct stasis_message_sanitizer *sanitize);
struct ast_json *__wrap_ast_channel_snapshot_to_json(const struct ast_channel_snapshot *snapshot,
	const struct stasis_message_sanitizer *sanitize);

struct ast_json *__wrap_ast_channel_snapshot_to_json(const struct ast_channel_snapshot *snapshot,
	const struct stasis_message_sanitizer *sanitize)
{
	struct ast_json *channel = __real_ast_channel_snapshot_to_json(snapshot, sanitize);
	const char *state = ast_json_string_get(ast_json_object_get(channel, "state"));

	if (state && !strcmp(state, "Up")) {
		ast_json_object_set(channel, "mood", ast_json_string_create("calm"));
	}
	return channel;
}
