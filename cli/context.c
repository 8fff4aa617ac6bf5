/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * From options, environment and files to one server; see context.h for the order.
 */
#include "context.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "config.h"
#include "netrc.h"
#include "secret.h"
#include "url.h"

#define FILE_MAX_SIZE (1 << 20)

enum source_index {
	SOURCE_OPTIONS = 0,
	SOURCE_ASKED,		/* the context of -c */
	SOURCE_ENVIRONMENT,
	SOURCE_CONTEXT,		/* that of ASTCTL_CONTEXT or the main file */
	SOURCE_MAIN,
	SOURCES,
};

struct sources {
	struct config_values
		files[SOURCES]; /* the strings of SOURCE_OPTIONS and _ENVIRONMENT are borrowed */
	char *asked;				/* names for messages */
	char *context;
	size_t url;				/* the source that gave it; SOURCES: none */
};

/* ---- files ---- */

static int fail_memory(struct cli *cli)
{
	return cli_fail(cli, CLI_FAILURE, "out of memory");
}

/* TEXT may be NULL, and so is the copy then. -1 when memory is short: nothing may go on as if it
 * had not been given. */
static int copy(char **to, const char *text)
{
	*to = text ? strdup(text) : NULL;
	return text && !*to ? -1 : 0;
}

static char *expand(const char *path)
{
	const char *home = getenv("HOME");
	char *full = NULL;

	if (!path)
		return NULL;
	if (strncmp(path, "~/", 2) != 0 || !home)
		return strdup(path);
	return asprintf(&full, "%s/%s", home, path + 2) < 0 ? NULL : full;
}

static int copy_path(char **to, const char *path)
{
	*to = expand(path);
	return path && !*to ? -1 : 0;
}

static char *config_directory(const struct cli *cli)
{
	const char *given = cli->config_dir ? cli->config_dir : getenv("ASTCTL_CONFIG");
	const char *xdg = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	char *path = NULL;

	if (given && *given)
		return strdup(given);
	if (xdg && xdg[0] == '/')
		return asprintf(&path, "%s/astctl", xdg) < 0 ? NULL : path;
	if (!home || home[0] != '/')
		return NULL;
	return asprintf(&path, "%s/.config/astctl", home) < 0 ? NULL : path;
}

char *context_path(const struct cli *cli, const char *name)
{
	char *directory = config_directory(cli);
	char *path = NULL;
	int n = -1;

	if (directory && name)
		n = asprintf(&path, "%s/contexts/%s.conf", directory, name);
	else if (directory)
		n = asprintf(&path, "%s/config", directory);
	free(directory);
	return n < 0 ? NULL : path;
}

/* Who can write the file can make us run a program (password_command). */
static int check_file(struct cli *cli, int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return cli_fail(cli, CLI_USAGE, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return cli_fail(cli, CLI_USAGE, "%s is no plain file", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return cli_fail(cli, CLI_USAGE, "%s belongs to somebody else (uid %u)", path,
				(unsigned)st.st_uid);
	if (st.st_mode & 022)
		return cli_fail(cli, CLI_USAGE, "others can write to %s; chmod go-w %s", path,
				path);
	if (st.st_size > FILE_MAX_SIZE)
		return cli_fail(cli, CLI_USAGE, "%s is too big for a configuration file", path);
	return CLI_OK;
}

static int parse_file(struct cli *cli, int fd, const char *path, bool main_file,
		      struct config_values *values)
{
	char *text = malloc(FILE_MAX_SIZE);
	char why[512];
	size_t len = 0;
	ssize_t n;

	if (!text)
		return cli_fail(cli, CLI_FAILURE, "out of memory");
	while ((n = read(fd, text + len, FILE_MAX_SIZE - len)) > 0)
		len += (size_t)n;
	if (n < 0) {
		free(text);
		return cli_fail(cli, CLI_USAGE, "%s: %s", path, strerror(errno));
	}
	n = config_parse(values, main_file, path, text, len, why, sizeof(why));
	free(text);
	return n < 0 ? cli_fail(cli, CLI_USAGE, "%s", why) : CLI_OK;
}

int context_read(struct cli *cli, const char *path, bool main_file, struct config_values *values)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int status;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0) {
		cli_fail(cli, CLI_USAGE, "%s: %s", path, strerror(errno));
		return -1;
	}
	status = check_file(cli, fd, path);
	if (status == CLI_OK)
		status = parse_file(cli, fd, path, main_file, values);
	close(fd);
	return status == CLI_OK ? 1 : -1;
}

int context_read_main(struct cli *cli, struct config_values *values)
{
	char *path = context_path(cli, NULL);
	int result = path ? context_read(cli, path, true, values) : 0;

	free(path);
	return result;
}

static int read_context(struct cli *cli, const char *name, const char *from,
			struct config_values *values)
{
	char *path;
	int result;

	if (!config_context_name(name))
		return cli_fail(cli, CLI_USAGE,
				"'%s' (%s) is no name of a context; expected letters, digits, '.', "
				"'_' and '-'",
				name, from);
	path = context_path(cli, name);
	result = path ? context_read(cli, path, false, values) : 0;
	if (result == 0)
		cli_fail(cli, CLI_USAGE,
			 "there is no context '%s' (%s): %s does not exist; 'astctl context list' "
			 "shows "
			 "those that do",
			 name, from, path ? path : "the configuration directory");
	free(path);
	return result == 1 ? CLI_OK : CLI_USAGE;
}

/* ---- sources ---- */

static char *environment(const char *name)
{
	char *value = getenv(name);

	return value && *value ? value : NULL;
}

static void read_options(const struct cli *cli, struct config_values *values)
{
	values->value[CONFIG_URL] = (char *)cli->url;
	values->value[CONFIG_USER] = (char *)cli->user;
	values->value[CONFIG_CA_FILE] = (char *)cli->ca_file;
	values->value[CONFIG_INSECURE] = cli->insecure ? (char *)"yes" : NULL;
}

static void read_environment(struct config_values *values)
{
	values->value[CONFIG_URL] = environment("ASTCTL_URL");
	values->value[CONFIG_USER] = environment("ASTCTL_USER");
	values->value[CONFIG_PASSWORD_COMMAND] = environment("ASTCTL_PASSWORD_COMMAND");
	values->value[CONFIG_PASSWORD_FILE] = environment("ASTCTL_PASSWORD_FILE");
	values->value[CONFIG_CA_FILE] = environment("ASTCTL_CA_FILE");
}

static int read_sources(struct cli *cli, struct sources *sources)
{
	const char *named;
	const char *from = "ASTCTL_CONTEXT";
	int status;

	read_options(cli, &sources->files[SOURCE_OPTIONS]);
	read_environment(&sources->files[SOURCE_ENVIRONMENT]);
	if (context_read_main(cli, &sources->files[SOURCE_MAIN]) < 0)
		return CLI_USAGE;
	if (cli->context) {
		if (copy(&sources->asked, cli->context) < 0)
			return fail_memory(cli);
		return read_context(cli, cli->context, "--context", &sources->files[SOURCE_ASKED]);
	}
	named = environment("ASTCTL_CONTEXT");
	if (!named) {
		named = sources->files[SOURCE_MAIN].value[CONFIG_CONTEXT];
		from = "the main file";
	}
	if (!named)
		return CLI_OK;
	status = read_context(cli, named, from, &sources->files[SOURCE_CONTEXT]);
	if (copy(&sources->context, named) < 0)
		return fail_memory(cli);
	return status;
}

static void sources_release(struct sources *sources)
{
	sources->files[SOURCE_OPTIONS] = sources->files[SOURCE_ENVIRONMENT] =
		(struct config_values){ { NULL } };
	for (size_t i = 0; i < SOURCES; i++)
		config_values_release(&sources->files[i]);
	free(sources->asked);
	free(sources->context);
}

/* May this source say who we are on the chosen server? Options always. The environment, unless the
 * URL is that of a context while the environment speaks of another server. A file only for its own
 * URL. */
static bool speaks_of_server(const struct sources *sources, size_t source)
{
	if (source == SOURCE_OPTIONS || source == sources->url)
		return true;
	if (source == SOURCE_ENVIRONMENT)
		return sources->url == SOURCE_OPTIONS ||
		       !sources->files[SOURCE_ENVIRONMENT].value[CONFIG_URL];
	return false;
}

static const char *choose(const struct sources *sources, enum config_key key, size_t *from)
{
	for (size_t i = 0; i < SOURCES; i++) {
		if (sources->files[i].value[key] && speaks_of_server(sources, i)) {
			*from = i;
			return sources->files[i].value[key];
		}
	}
	*from = SOURCES;
	return NULL;
}

static int choose_url(struct context *context, struct sources *sources)
{
	const char *names[] = { "--url", NULL, "ASTCTL_URL", NULL, "the main file", "the default" };
	const char *name = sources->asked ? sources->asked : sources->context;

	for (sources->url = 0; sources->url < SOURCES; sources->url++) {
		if (sources->files[sources->url].value[CONFIG_URL])
			break;
	}
	if (copy(&context->url, sources->url < SOURCES
					? sources->files[sources->url].value[CONFIG_URL]
					: CONTEXT_DEFAULT_URL) < 0)
		return -1;
	if (sources->url != SOURCE_ASKED && sources->url != SOURCE_CONTEXT)
		return copy(&context->url_from, names[sources->url]);
	if (!name)
		name = "";
	if (asprintf(&context->url_from, "context %s", name) < 0) {
		context->url_from = NULL;
		return -1;
	}
	return copy(&context->name, name);
}

/* The strongest source that knows a password; within a source a program goes before a file. */
static int choose_password(struct context *context, const struct sources *sources)
{
	for (size_t i = 0; i < SOURCES; i++) {
		const struct config_values *values = &sources->files[i];

		if (!speaks_of_server(sources, i))
			continue;
		if (values->value[CONFIG_PASSWORD_COMMAND])
			return copy(&context->password_command,
				    values->value[CONFIG_PASSWORD_COMMAND]);
		if (values->value[CONFIG_PASSWORD_FILE])
			return copy_path(&context->password_file,
					 values->value[CONFIG_PASSWORD_FILE]);
		if (i == SOURCE_ENVIRONMENT && environment("ASTCTL_PASSWORD")) {
			context->password_from_environment = true;
			return 0;
		}
	}
	return 0;
}

static int choose_all(struct cli *cli, struct context *context, struct sources *sources)
{
	const char *text;
	size_t from;

	if (choose_url(context, sources) < 0 ||
	    copy(&context->user, choose(sources, CONFIG_USER, &from)) < 0 ||
	    copy_path(&context->ca_file, choose(sources, CONFIG_CA_FILE, &from)) < 0 ||
	    copy_path(&context->netrc_file, choose(sources, CONFIG_NETRC_FILE, &from)) < 0 ||
	    choose_password(context, sources) < 0)
		return fail_memory(cli);
	text = choose(sources, CONFIG_INSECURE, &from);
	context->insecure = text && strcmp(text, "yes") == 0;
	text = choose(sources, CONFIG_TIMEOUT, &from);
	context->timeout_ms = cli->timeout_ms ? cli->timeout_ms :
			      text ? (unsigned)cli_duration(text) : 0;
	return CLI_OK;
}

/* ---- the password ---- */

static char *netrc_path(const struct context *context)
{
	const char *named = environment("NETRC");

	if (context->netrc_file)
		return strdup(context->netrc_file);
	return named ? strdup(named) : getenv("HOME") ? expand("~/.netrc") : NULL;
}

/* 0: found or not; otherwise reported. A default netrc that does not exist is none. */
static int try_netrc(struct cli *cli, struct context *context)
{
	struct arip_endpoint endpoint;
	struct ari_error err = { 0 };
	char *path = netrc_path(context);
	char *user = NULL;
	int found = 0;

	if (!path || (!context->netrc_file && access(path, F_OK) < 0)) {
		free(path);
		return CLI_OK;
	}
	if (arip_endpoint_parse(&endpoint, context->url, &err) == 0) {
		found = arip_netrc_load(path, endpoint.host, context->user, &user,
					&context->password, &err);
		arip_endpoint_release(&endpoint);
	}
	free(path);
	if (err.code != ARI_OK)
		return cli_fail_error(cli, &err);
	if (found > 0) {
		free(context->user);
		context->user = user;
	}
	return CLI_OK;
}

static int ask_person(struct cli *cli, struct context *context)
{
	char why[SECRET_WHY_SIZE];
	char *question;
	int signal_number;

	if (!cli->in_tty || !cli->err_tty)
		return cli_fail(
			cli, CLI_USAGE,
			"there is no password for user %s, and no terminal to ask on; set "
			"ASTCTL_PASSWORD_FILE or password_command, see 'astctl help passwords'",
			context->user);
	if (asprintf(&question, "Password of %s at %s: ", context->user, context->url) < 0)
		return cli_fail(cli, CLI_FAILURE, "out of memory");
	context->password = secret_from_person(question, &signal_number, why);
	free(question);
	if (context->password)
		return CLI_OK;
	return signal_number ? CLI_INTERRUPTED : cli_fail(cli, CLI_USAGE, "%s", why);
}

/* A password has as long as everything else, and SECRET_MS at most. */
static unsigned password_ms(const struct cli *cli)
{
	return cli->timeout_ms && cli->timeout_ms < SECRET_MS ? cli->timeout_ms : SECRET_MS;
}

static int fetch_password(struct cli *cli, struct context *context)
{
	char why[SECRET_WHY_SIZE] = "out of memory";
	int status;

	if (context->password_command)
		context->password =
			secret_from_command(context->password_command, password_ms(cli), why);
	else if (context->password_file)
		context->password = secret_from_file(context->password_file, password_ms(cli), why);
	else if (context->password_from_environment)
		copy(&context->password, environment("ASTCTL_PASSWORD"));
	else {
		status = try_netrc(cli, context);
		if (status != CLI_OK || context->password || !context->user)
			return status;
		return ask_person(cli, context);
	}
	if (!context->password)
		return cli_fail(cli, CLI_USAGE, "%s", why);
	if (!context->user)
		return cli_fail(cli, CLI_USAGE,
				"there is a password but no user; give --user, ASTCTL_USER or "
				"'user' in the "
				"context");
	return CLI_OK;
}

int context_resolve(struct cli *cli, struct context *context, bool secrets)
{
	struct sources sources = { .url = SOURCES };
	int status;

	*context = (struct context){ 0 };
	status = read_sources(cli, &sources);
	if (status == CLI_OK)
		status = choose_all(cli, context, &sources);
	sources_release(&sources);
	return status == CLI_OK && secrets ? fetch_password(cli, context) : status;
}

void context_release(struct context *context)
{
	free(context->name);
	free(context->url);
	free(context->url_from);
	free(context->user);
	secret_free(context->password);
	free(context->password_command);
	free(context->password_file);
	free(context->netrc_file);
	free(context->ca_file);
	*context = (struct context){ 0 };
}
