/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The rows that a command file of its own (cmd_*.c) defines.
 */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include "command.h"

extern const struct command command_originate;
extern const struct command command_play;
extern const struct command command_record;
extern const struct command command_continue;
extern const struct command command_rows_bridge[];
extern const struct command command_bridge_speakers;
extern const struct command command_channel_create;
extern const struct command command_channel_move;
extern const struct command command_channel_snoop;
extern const struct command command_channel_external_media;
extern const struct command command_events;
extern const struct command command_api;
extern const struct command command_help;
extern const struct command command_version;
extern const struct command command_rows_context[];

#endif
