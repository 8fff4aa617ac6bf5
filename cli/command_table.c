/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The command table: parsing, help and the manual page's check all read it through here. It is
 * put together from parts: the rows of commands with a file of their own, and those that are
 * nothing but an operation of the API. Also the names that the API's parameters have on a command
 * line.
 */
#include "command.h"

#include <ctype.h>
#include <string.h>

#include "cmd.h"

static const struct {
	const struct command *rows;
	bool one;	/* a single row, not a list */
} parts[] = {
	{ &command_originate, true },
	{ command_rows_call, false },
	{ command_rows_bridge, false },
	{ &command_bridge_speakers, true },
	{ &command_play, true },
	{ &command_record, true },
	{ &command_continue, true },
	{ &command_events, true },
	{ &command_api, true },
	{ command_rows_channel, false },
	{ &command_channel_create, true },
	{ &command_channel_move, true },
	{ &command_channel_snoop, true },
	{ &command_channel_external_media, true },
	{ command_rows_media, false },
	{ command_rows_server, false },
	{ command_rows_context, false },
	{ &command_help, true },
	{ &command_version, true },
};

const struct command *command_at(size_t index)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const struct command *row = parts[i].rows;

		if (parts[i].one) {
			if (index-- == 0)
				return row;
			continue;
		}
		for (; row->words; row++) {
			if (index-- == 0)
				return row;
		}
	}
	return NULL;
}

const struct command *command_find(const char *words)
{
	const struct command *row;

	for (size_t i = 0; (row = command_at(i)); i++) {
		if (strcmp(row->words, words) == 0)
			return row;
	}
	return NULL;
}

/* "absorbDTMF" becomes "absorb-dtmf", "refer_to" "refer-to": a dash where a capital follows a small
 * letter, and for each underscore. */
static size_t kebab(char buf[OPTION_NAME_SIZE], const char *name, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i < len && used + 2 < OPTION_NAME_SIZE; i++) {
		unsigned char c = (unsigned char)name[i];

		if (i > 0 && isupper(c) && islower((unsigned char)name[i - 1]))
			buf[used++] = '-';
		buf[used++] = c == '_' ? '-' : (char)tolower(c);
	}
	buf[used] = '\0';
	return used;
}

const char *option_name(char buf[OPTION_NAME_SIZE], const struct ari_param *param)
{
	size_t len = kebab(buf, param->name, strlen(param->name));

	/* One member of an object a time: --variable NAME=VALUE. */
	if (param->type == ARI_TYPE_OBJECT && !param->whole_body && len > 1 && buf[len - 1] == 's')
		buf[len - 1] = '\0';
	return buf;
}

/* "channelId" and "recordingName" are a channel and a recording to a person. */
static const char *positional_name(char buf[OPTION_NAME_SIZE], const char *param)
{
	static const char *const endings[] = { "Id", "Name" };
	size_t len = strlen(param);

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t n = strlen(endings[i]);

		if (len > n && strcmp(param + len - n, endings[i]) == 0) {
			len -= n;
			break;
		}
	}
	kebab(buf, param, len);
	return buf;
}

const struct ari_param *command_param(const struct command *command, const char *param)
{
	const struct ari_operation *op =
		command->operation ? ari_operation_find(command->operation) : NULL;

	return op && param ? ari_operation_param(op, param) : NULL;
}

/* Without a list of its own a command takes the ids of the operation's path. */
static bool path_positional(const struct command *command, size_t index,
			    struct command_positional *out, char name_buf[OPTION_NAME_SIZE])
{
	const struct ari_operation *op =
		command->operation ? ari_operation_find(command->operation) : NULL;

	for (size_t i = 0; op && i < op->n_params; i++) {
		if (op->params[i].in != ARI_IN_PATH || index-- > 0)
			continue;
		*out = (struct command_positional){
			.name = positional_name(name_buf, op->params[i].name),
			.param = op->params[i].name,
			.summary = op->params[i].summary,
			.repeat = command->flags & COMMAND_EACH,
		};
		return true;
	}
	return false;
}

bool command_positional(const struct command *command, size_t index,
			struct command_positional *out, char name_buf[OPTION_NAME_SIZE])
{
	const struct ari_param *param;

	if (!command->positionals)
		return path_positional(command, index, out, name_buf);
	for (size_t i = 0; i <= index; i++) {
		if (!command->positionals[i].name)
			return false;
	}
	*out = command->positionals[index];
	param = command_param(command, out->param);
	if (!out->summary && param)
		out->summary = param->summary;
	return true;
}

bool command_takes(const struct command *command, const char *param)
{
	struct command_positional positional;
	char buf[OPTION_NAME_SIZE];

	for (size_t i = 0; command_positional(command, i, &positional, buf); i++) {
		if ((positional.param && strcmp(positional.param, param) == 0) ||
		    (positional.rest && strcmp(positional.rest, param) == 0))
			return true;
	}
	return false;
}
