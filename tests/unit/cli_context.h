/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * A struct cli that writes into memory, for the tests of cli/.
 */
#ifndef TESTS_CLI_CONTEXT_H
#define TESTS_CLI_CONTEXT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../cli/cli.h"

struct cli_context {
	struct cli cli;
	char *out;
	char *err;
	size_t out_len;
	size_t err_len;
};

static inline void cli_context_init(struct cli_context *context)
{
	memset(context, 0, sizeof(*context));
	context->cli.out = open_memstream(&context->out, &context->out_len);
	context->cli.err = open_memstream(&context->err, &context->err_len);
	context->cli.headers = true;
	context->cli.signal_fd = -1;
}

/* What was written so far. */
static inline const char *cli_context_out(struct cli_context *context)
{
	fflush(context->cli.out);
	return context->out;
}

static inline const char *cli_context_err(struct cli_context *context)
{
	fflush(context->cli.err);
	return context->err;
}

static inline void cli_context_release(struct cli_context *context)
{
	fclose(context->cli.out);
	fclose(context->cli.err);
	free(context->out);
	free(context->err);
}

#endif
