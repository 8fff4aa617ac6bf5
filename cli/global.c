/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The global options. A password has none, on purpose: other users of the machine can read the
 * arguments of a process; who tries is told what to do instead.
 */
#include "global.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"

static int set_context(struct cli *cli, const char *value)
{
	cli->context = value;
	return CLI_OK;
}

static int set_url(struct cli *cli, const char *value)
{
	cli->url = value;
	return CLI_OK;
}

static int set_user(struct cli *cli, const char *value)
{
	if (strchr(value, ':'))
		return cli_fail(
			cli, CLI_USAGE,
			"--user takes a name without ':' and never a password; see 'astctl help "
			"passwords'");
	cli->user = value;
	return CLI_OK;
}

static int set_config(struct cli *cli, const char *value)
{
	struct stat st;

	if (stat(value, &st) < 0)
		return cli_fail(cli, CLI_USAGE, "--config '%s': %s", value, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return cli_fail(cli, CLI_USAGE, "--config '%s' is no directory", value);
	cli->config_dir = value;
	return CLI_OK;
}

static int set_timeout(struct cli *cli, const char *value)
{
	long ms = cli_duration(value);

	if (ms <= 0)
		return cli_fail(
			cli, CLI_USAGE,
			"--timeout '%s' is no duration; expected something like 500ms, 2s or 1m",
			value);
	cli->timeout_ms = (unsigned)ms;
	return CLI_OK;
}

static int set_output(struct cli *cli, const char *value)
{
	int format = output_format_parse(value);

	if (format < 0)
		return cli_fail(cli, CLI_USAGE,
				"unknown output format '%s'; expected table, json, jsonl, tsv, "
				"yaml or name",
				value);
	cli->format = (enum output_format)format;
	cli->format_given = true;
	return CLI_OK;
}

static int set_columns(struct cli *cli, const char *value)
{
	if (!*value)
		return cli_fail(cli, CLI_USAGE, "--columns is empty; expected names like id,state");
	cli->columns = value;
	return CLI_OK;
}

static int set_no_headers(struct cli *cli, const char *value)
{
	(void)value;
	cli->headers = false;
	return CLI_OK;
}

static int set_color(struct cli *cli, const char *value)
{
	static const char *const names[] = {[CLI_COLOR_AUTO] = "auto",
					    [CLI_COLOR_ALWAYS] = "always",
					    [CLI_COLOR_NEVER] = "never"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], value) == 0) {
			cli->color = (enum cli_color)i;
			return CLI_OK;
		}
	}
	return cli_fail(cli, CLI_USAGE, "--color '%s' is unknown; expected auto, always or never",
			value);
}

static int set_ca_file(struct cli *cli, const char *value)
{
	cli->ca_file = value;
	return CLI_OK;
}

static int set_insecure(struct cli *cli, const char *value)
{
	(void)value;
	cli->insecure = true;
	return CLI_OK;
}

static int set_dry_run(struct cli *cli, const char *value)
{
	(void)value;
	cli->dry_run = true;
	return CLI_OK;
}

static int set_trace(struct cli *cli, const char *value)
{
	(void)value;
	cli->trace = true;
	return CLI_OK;
}

static int set_quiet(struct cli *cli, const char *value)
{
	(void)value;
	cli->quiet = true;
	return CLI_OK;
}

static int set_yes(struct cli *cli, const char *value)
{
	(void)value;
	cli->yes = true;
	return CLI_OK;
}

static int set_help(struct cli *cli, const char *value)
{
	(void)value;
	cli->help = true;
	return CLI_OK;
}

static int set_version(struct cli *cli, const char *value)
{
	(void)value;
	cli->version = true;
	return CLI_OK;
}

static const struct global_option options[] = {
	{.name = "context",
	 .letter = 'c',
	 .metavar = "NAME",
	 .set = set_context,
	 .summary = "Use the server of this context (after a command that has a --context of its "
		    "own: -c)"},
	{.name = "url",
	 .metavar = "URL",
	 .set = set_url,
	 .summary = "API root of the server: pbx, pbx:8088, https://pbx:8089/ari"},
	{.name = "user", .metavar = "NAME", .set = set_user, .summary = "ARI user"},
	{.name = "config",
	 .metavar = "DIR",
	 .set = set_config,
	 .summary = "Directory of the configuration"},
	{.name = "timeout",
	 .metavar = "DURATION",
	 .set = set_timeout,
	 .summary = "Give up after so long: 500ms, 2s, 1m"},
	{.name = "output",
	 .letter = 'o',
	 .metavar = "FORMAT",
	 .set = set_output,
	 .summary = "table, json, jsonl, tsv, yaml or name"},
	{.name = "columns",
	 .metavar = "LIST",
	 .set = set_columns,
	 .summary = "Fields to show: names of columns or JSON paths, comma separated"},
	{.name = "no-headers", .set = set_no_headers, .summary = "No line of titles"},
	{.name = "color", .metavar = "WHEN", .set = set_color, .summary = "auto, always or never"},
	{.name = "ca-file",
	 .metavar = "FILE",
	 .set = set_ca_file,
	 .summary = "Authorities (PEM) to check the server's certificate with"},
	{.name = "insecure",
	 .set = set_insecure,
	 .summary = "Do not check the server's certificate"},
	{.name = "dry-run",
	 .set = set_dry_run,
	 .summary = "Show the request instead of sending it"},
	{.name = "trace",
	 .set = set_trace,
	 .summary = "Show what is sent and received, without secrets, on stderr"},
	{.name = "quiet",
	 .letter = 'q',
	 .set = set_quiet,
	 .summary = "Say nothing but data and errors"},
	{.name = "yes", .letter = 'y', .set = set_yes, .summary = "Do not ask"},
	{.name = "help", .letter = 'h', .set = set_help, .summary = "Show help"},
	{.name = "version", .letter = 'V', .set = set_version, .summary = "Show the version"},
};

const struct global_option *global_options(size_t *count)
{
	*count = sizeof(options) / sizeof(options[0]);
	return options;
}

const struct global_option *global_find(const char *name, char letter)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (name ? strcmp(options[i].name, name) == 0 :
			   letter && options[i].letter == letter)
			return &options[i];
	}
	return NULL;
}
