/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * astctl context: the servers that are configured, which of them is used, and whether the files
 * are right. Files are written by people with an editor; only the choice is written here.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "cmd.h"
#include "config.h"
#include "context.h"
#include "url.h"

static const struct field fields[] = {
	{ .name = "name", .title = "NAME", .path = "name" },
	{ .name = "current", .title = "CURRENT", .path = "current" },
	{ .name = "url", .title = "URL", .path = "url" },
	{ .name = "user", .title = "USER", .path = "user" },
	{ .name = "password", .title = "PASSWORD", .path = "password" },
	{ .name = "from", .title = "FROM", .path = "from" },
	{ 0 },
};

static void put_string(FILE *out, const char *text)
{
	putc('"', out);
	for (; text && *text; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', out);
		putc(*text, out);
	}
	putc('"', out);
}

static void put_member(FILE *out, const char *name, const char *text)
{
	fprintf(out, "%s\"%s\":", strcmp(name, "name") == 0 ? "" : ",", name);
	if (text)
		put_string(out, text);
	else
		fputs("null", out);
}

static int write_json(struct cli *cli, char *json, size_t len)
{
	int status = output_reply(cli, fields, "name,current,url,user", json, len);

	free(json);
	return status;
}

/* ---- list ---- */

static int is_conf(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 5 && strcmp(entry->d_name + len - 5, ".conf") == 0;
}

static int put_context(struct cli *cli, FILE *out, const char *name, const char *current,
		       bool *first)
{
	struct config_values values = { { NULL } };
	char *path = context_path(cli, name);
	int result = path ? context_read(cli, path, false, &values) : -1;

	free(path);
	if (result > 0) {
		fputs(*first ? "{" : ",{", out);
		put_member(out, "name", name);
		put_member(out, "current", current && strcmp(current, name) == 0 ? "*" : "");
		put_member(out, "url", values.value[CONFIG_URL]);
		put_member(out, "user", values.value[CONFIG_USER]);
		putc('}', out);
		*first = false;
	}
	config_values_release(&values);
	return result > 0 ? CLI_OK : CLI_USAGE;
}

/* A broken file does not hide the others; it is reported, and the status says so. */
static int put_contexts(struct cli *cli, FILE *out, struct dirent **entries, int count,
			const char *current)
{
	int status = CLI_OK;
	bool first = true;

	putc('[', out);
	for (int i = 0; i < count; i++) {
		char *name = strndup(entries[i]->d_name, strlen(entries[i]->d_name) - 5);

		if (name && config_context_name(name) &&
		    put_context(cli, out, name, current, &first) != CLI_OK)
			status = CLI_USAGE;
		free(name);
	}
	putc(']', out);
	return status;
}

static int list(struct cli *cli, struct input *input)
{
	struct config_values main_values = { { NULL } };
	struct dirent **entries = NULL;
	char *directory, *json = NULL;
	const char *current;
	size_t len = 0;
	int count, status, written;
	FILE *out;

	(void)input;
	if (context_read_main(cli, &main_values) < 0)
		return CLI_USAGE;
	current = getenv("ASTCTL_CONTEXT");
	if (!current || !*current)
		current = main_values.value[CONFIG_CONTEXT];
	directory = context_path(cli, "x");
	if (directory)
		*strrchr(directory, '/') = '\0';
	count = directory ? scandir(directory, &entries, is_conf, alphasort) : 0;
	out = open_memstream(&json, &len);
	if (!out)
		return cli_fail(cli, CLI_FAILURE, "out of memory");
	status = put_contexts(cli, out, entries, count > 0 ? count : 0, current);
	fclose(out);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	if (count <= 0 && status == CLI_OK)
		cli_note(cli,
			 "there are no contexts; make %s/NAME.conf with a line 'url = "
			 "http://pbx:8088/ari'",
			 directory ? directory : "~/.config/astctl/contexts");
	free(directory);
	config_values_release(&main_values);
	written = write_json(cli, json, len);
	return status != CLI_OK ? status : written;
}

/* ---- show, validate ---- */

static const char *password_source(const struct context *context)
{
	return context->password_command ? "password_command" :
	       context->password_file ? "password_file" :
	       context->password_from_environment ? "ASTCTL_PASSWORD" : "netrc or a question";
}

static int show(struct cli *cli, struct input *input)
{
	const char *name = input_positional(input, "name", NULL);
	struct context context;
	char *json = NULL;
	size_t len = 0;
	FILE *out;
	int status;

	if (name)
		cli->context = name;
	status = context_resolve(cli, &context, false);
	out = status == CLI_OK ? open_memstream(&json, &len) : NULL;
	if (out) {
		putc('{', out);
		put_member(out, "name", context.name);
		put_member(out, "url", context.url);
		put_member(out, "from", context.url_from);
		put_member(out, "user", context.user);
		put_member(out, "password", password_source(&context));
		put_member(out, "password_file", context.password_file);
		put_member(out, "ca_file", context.ca_file);
		fprintf(out, ",\"insecure\":%s}", context.insecure ? "true" : "false");
		fclose(out);
		status = write_json(cli, json, len);
	}
	context_release(&context);
	return status;
}

static int validate(struct cli *cli, struct input *input)
{
	const char *name = input_positional(input, "name", NULL);
	struct arip_endpoint endpoint;
	struct ari_error err = { 0 };
	struct context context;
	int status;

	if (name)
		cli->context = name;
	status = context_resolve(cli, &context, true);
	if (status == CLI_OK && arip_endpoint_parse(&endpoint, context.url, &err) < 0)
		status = cli_fail_error(cli, &err);
	else if (status == CLI_OK) {
		cli_note(cli, "%s is right: %s as %s", context.url_from, endpoint.url,
			 context.user ? context.user : "nobody");
		arip_endpoint_release(&endpoint);
	}
	context_release(&context);
	return status;
}

/* ---- use ---- */

/* Write the main file anew beside the old one and put it in its place. */
static int replace_file(struct cli *cli, const char *path, const char *text, size_t len)
{
	char *fresh;
	int fd, status = CLI_OK;

	if (asprintf(&fresh, "%s.XXXXXX", path) < 0)
		return cli_fail(cli, CLI_FAILURE, "out of memory");
	fd = mkostemp(fresh, O_CLOEXEC);
	if (fd < 0 || write(fd, text, len) != (ssize_t)len || fsync(fd) < 0 ||
	    rename(fresh, path) < 0) {
		status = cli_fail(cli, CLI_FAILURE, "cannot write %s: %s", path, strerror(errno));
		if (fd >= 0)
			unlink(fresh);
	}
	if (fd >= 0)
		close(fd);
	free(fresh);
	return status;
}

/* The lines of the main file but for "context =", which comes first. */
static int write_choice(struct cli *cli, const char *path, const char *name)
{
	FILE *old = fopen(path, "re");
	char *text = NULL, *line = NULL;
	size_t len = 0, room = 0;
	FILE *out = open_memstream(&text, &len);
	int status;

	if (!out) {
		if (old)
			fclose(old);
		return cli_fail(cli, CLI_FAILURE, "out of memory");
	}
	fprintf(out, "context = %s\n", name);
	while (old && getline(&line, &room, old) > 0) {
		const char *p = line + strspn(line, " \t");

		if (strncmp(p, "context", 7) != 0 || !strchr(" \t=", p[7]))
			fputs(line, out);
	}
	free(line);
	if (old)
		fclose(old);
	fclose(out);
	status = replace_file(cli, path, text, len);
	free(text);
	return status;
}

static int use(struct cli *cli, struct input *input)
{
	const char *name = input_positional(input, "name", NULL);
	struct context context;
	char *path;
	int status;

	cli->context = name;
	status = context_resolve(cli, &context, false);
	context_release(&context);
	if (status != CLI_OK)
		return status;
	if (cli->dry_run) {
		cli_note(cli, "would make %s the context in use", name);
		return CLI_OK;
	}
	path = context_path(cli, NULL);
	status = path ? write_choice(cli, path, name) : cli_fail(cli, CLI_FAILURE, "out of memory");
	free(path);
	if (status == CLI_OK)
		cli_note(cli, "now using context %s%s", name,
			 getenv("ASTCTL_URL") && *getenv("ASTCTL_URL") ?
			 "; but as long as ASTCTL_URL is set, its server is used" : "");
	return status;
}

const struct command command_rows_context[] = {
	{
		.words = "context list",
		.summary = "List the configured contexts",
		.examples =
			(const struct command_example[]){
				{"astctl context list", "All contexts; the one in use has a star"},
				{"astctl context list -o name", "Only their names"},
				{0},
			},
		.related = "context use, context show",
		.run = list,
	},
	{
		.words = "context show",
		.summary = "Show which server is used, as whom, and why",
		.positionals =
			(const struct command_positional[]){
				{.name = "name",
				 .summary =
					 "The context; without one, what a command would use now.",
				 .optional = true},
				{0},
			},
		.examples =
			(const struct command_example[]){
				{"astctl context show",
				 "What options, environment and files come to"},
				{"astctl context show pbx1", "One context"},
				{0},
			},
		.related = "context list, context validate",
		.run = show,
	},
	{
		.words = "context use",
		.summary = "Choose the context that commands use",
		.positionals =
			(const struct command_positional[]){
				{.name = "name", .summary = "The context."},
				{0},
			},
		.examples =
			(const struct command_example[]){
				{"astctl context use pbx1", "From now on"},
				{"astctl -c pbx1 channel list", "Only for one command"},
				{0},
			},
		.related = "context list",
		.flags = COMMAND_CHANGES,
		.run = use,
	},
	{
		.words = "context validate",
		.summary = "Check the files of a context, its password source included",
		.positionals =
			(const struct command_positional[]){
				{.name = "name",
				 .summary =
					 "The context; without one, what a command would use now.",
				 .optional = true},
				{0},
			},
		.examples =
			(const struct command_example[]){
				{"astctl context validate", "What a command would use now"},
				{"astctl context validate pbx1", "One context"},
				{0},
			},
		.related = "context show, asterisk ping",
		.run = validate,
	},
	{0},
};
