/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* The configuration: any text is read or refused with a line, and never read in two ways. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../../module/core/config.h"

static int read_twice(const uint8_t *data, size_t size, struct ini_error *err)
{
	struct config *config = config_new();
	int res;

	if (!config)
		abort();
	res = config_read_http(config, "f", (const char *)data, size, err);
	if (!res)
		res = config_finish(config, "f", err);
	if (res && strncmp(err->text, "f:", 2))
		abort();
	config_unref(config);
	config = config_new();
	config_read_core(config, "f", (const char *)data, size, err);
	config_unref(config);
	return res;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ini_error one = {""}, two = {""};

	if (read_twice(data, size, &one) != read_twice(data, size, &two) ||
	    strcmp(one.text, two.text))
		abort();
	return 0;
}
