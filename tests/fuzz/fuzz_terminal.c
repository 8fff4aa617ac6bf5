/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Text for a terminal (cli/term.c) and the formats (cli/output.c): whatever comes in, what goes to
 * a terminal is UTF-8 without controls, fits the cells that it was given, and is as wide as it
 * says; JSON that was good is good afterwards.
 */
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../cli/cli.h"
#include "../../cli/term.h"
#include "ari/json.h"
#include "utf8.h"

static void must(int condition)
{
	if (!condition)
		abort();
}

/* Only line ends that the format itself makes are allowed. */
static void must_be_safe(const char *text, size_t len, bool lines)
{
	while (len) {
		uint32_t code;
		size_t n = arip_utf8_next(text, len, &code);

		must(n > 0);
		must(!arip_utf8_unsafe(code) || (lines && (code == '\n' || code == '\t')));
		text += n;
		len -= n;
	}
}

static void try_text(const char *text, size_t len, size_t cells)
{
	char *out = NULL, *copy = strndup(text, len);
	char buf[40];
	size_t size = 0, width;
	FILE *file = open_memstream(&out, &size);

	width = term_write(file, text, len, cells);
	fclose(file);
	must_be_safe(out, size, false);
	must(width == term_width(out, size));
	must(cells == TERM_NO_LIMIT ? width == term_width(text, len) : width <= cells);
	if (copy)
		term_safe(buf, sizeof(buf), copy);
	must(!copy || strlen(buf) < sizeof(buf));
	must_be_safe(buf, copy ? strlen(buf) : 0, false);
	free(copy);
	free(out);
}

static void try_format(const char *json, size_t len, enum output_format format, bool tty)
{
	static const struct field *const tables[] = { field_channel, field_variable, NULL };

	for (size_t i = 0; i < 3; i++) {
		char *out = NULL, *err = NULL;
		size_t out_len = 0, err_len = 0;
		int status;
		struct cli cli = {
			.out = open_memstream(&out, &out_len),
			.err = open_memstream(&err, &err_len),
			.format = format,
			.headers = true,
			.out_tty = tty,
			.signal_fd = -1,
		};

		status = output_reply(&cli, tables[i], NULL, json, len);
		fclose(cli.out);
		fclose(cli.err);
		/* Whoever wants names is told when there are none. */
		must(status == CLI_OK || (format == OUTPUT_NAME && status == CLI_SERVER && err_len));
		if (tty)
			must_be_safe(out, out_len, true);
		if (format == OUTPUT_JSON && len)
			must(ari_json_check(out, out_len, NULL) == 0);
		must_be_safe(err, err_len, true);
		free(out);
		free(err);
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	setlocale(LC_CTYPE, "C.UTF-8");
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	try_text(text, size, TERM_NO_LIMIT);
	try_text(text, size, size ? data[0] % 32 : 0);
	if (ari_json_check(text, size, NULL) < 0)
		return 0;
	for (int format = OUTPUT_TABLE; format <= OUTPUT_NAME; format++) {
		try_format(text, size, (enum output_format)format, true);
		try_format(text, size, (enum output_format)format, false);
	}
	return 0;
}
