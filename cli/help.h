/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Help, made of the tables: what it says is what parsing accepts.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "ari/operation.h"

struct cli;
struct command;

/** All commands. */
void help_overview(struct cli *cli);

/** The commands of an object ("channel"). */
void help_group(struct cli *cli, const char *group);

/** One command: synopsis, arguments, options, examples, exit status. */
void help_command(struct cli *cli, const struct command *command);

/** One operation, as astctl api takes it. */
void help_operation(struct cli *cli, const struct ari_operation *op);

#endif
