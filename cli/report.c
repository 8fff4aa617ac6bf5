/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What astctl says to people, on stderr: one line an error, made safe, with -o json an object.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli.h"
#include "term.h"

#define LINE_SIZE 1536

static void put_json_string(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			putc('\\', out);
		if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else
			putc(c, out);
	}
	putc('"', out);
}

static void put_error_object(struct cli *cli, enum exit_status status, const struct ari_error *err,
			     const char *message)
{
	fprintf(cli->err, "{\"error\":{\"code\":\"%s\",\"exit\":%d", exit_row((int)status)->name,
		(int)status);
	if (err && err->http_status)
		fprintf(cli->err, ",\"http\":%d", err->http_status);
	if (err && err->operation[0]) {
		fputs(",\"operation\":", cli->err);
		put_json_string(cli->err, err->operation);
	}
	fputs(",\"message\":", cli->err);
	put_json_string(cli->err, message);
	fputs("}}\n", cli->err);
}

static void put_error(struct cli *cli, enum exit_status status, const struct ari_error *err,
		      const char *message)
{
	char safe[LINE_SIZE * 2];

	fflush(cli->out);
	term_safe(safe, sizeof(safe), message);
	if (cli->format == OUTPUT_JSON || cli->format == OUTPUT_JSONL)
		put_error_object(cli, status, err, safe);
	else
		fprintf(cli->err, "astctl: %s\n", safe);
	fflush(cli->err);
}

int cli_fail(struct cli *cli, enum exit_status status, const char *fmt, ...)
{
	char line[LINE_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	put_error(cli, status, NULL, line);
	return (int)status;
}

/* What to do about it, where that is always the same. */
static const char *error_hint(const struct cli *cli, const struct ari_error *err)
{
	static const struct {
		const char *text;
		const char *hint;
	} lists[] = {
		{"Channel not found", "'astctl channel list' shows those that exist"},
		{"Bridge not found", "'astctl bridge list' shows those that exist"},
		{"Endpoint not found", "'astctl endpoint list' shows those that exist"},
		{"Application not found", "'astctl application list' shows those that exist"},
		{"Resource not found",
		 "the server does not have this operation: a module that is not "
		 "loaded, or an older Asterisk"},
		{"Recording not found", "'astctl recording list' shows those that are stored"},
	};

	switch (err->code) {
	case ARI_ECONNECT:
		if (strstr(err->text, "not trusted"))
			return "--ca-file (ca_file) names an authority to trust";
		return "is the URL right (--url, ASTCTL_URL, context), and does the server run?";
	case ARI_EREFUSED:
		if (cli->anonymous)
			return "no user was given: --user, ASTCTL_USER or a context; see 'astctl "
			       "help passwords'";
		if (err->http_status == 401)
			return "check the user and the password (ari.conf, or stasis-http.conf of "
			       "the module)";
		return strstr(err->text, "Write access denied")
			       ? "this user is read_only in ari.conf"
			       : NULL;
	case ARI_ETIMEOUT:
		return "--timeout gives it longer";
	case ARI_ENOTFOUND:
		for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
			if (strstr(err->text, lists[i].text))
				return lists[i].hint;
		}
		return NULL;
	default:
		return NULL;
	}
}

int cli_fail_error(struct cli *cli, const struct ari_error *err)
{
	enum exit_status status = exit_of_code(err->code);
	const char *hint = error_hint(cli, err);
	const char *text = err->text[0] ? err->text : ari_code_name(err->code);
	char line[LINE_SIZE];

	snprintf(line, sizeof(line), "%s%s%s", text, hint ? "; " : "", hint ? hint : "");
	put_error(cli, status, err, line);
	return (int)status;
}

int cli_fail_about(struct cli *cli, const char *what, const struct ari_error *err)
{
	bool channel = strncmp(err->operation, "channels.", 9) == 0;
	struct ari_error named = *err;

	if (channel && err->http_status == 412 && strstr(err->text, "state"))
		snprintf(named.text, sizeof(named.text),
			 "%.150s: not answered yet; 'astctl answer' answers an incoming channel, "
			 "an outgoing one must be answered at its far end",
			 what ? what : "the channel");
	else if (channel && err->http_status == 409 && strstr(err->text, "Stasis"))
		snprintf(named.text, sizeof(named.text),
			 "%.150s: the channel is in no Stasis application, so it cannot be "
			 "controlled; send it there with Stasis(astctl) in the dialplan",
			 what ? what : "the channel");
	else if (what && err->http_status >= 400 && err->http_status < 500 && err->http_status != 401)
		snprintf(named.text, sizeof(named.text), "%.150s: %.350s", what, err->text);
	return cli_fail_error(cli, &named);
}

static void __attribute__((format(printf, 2, 0)))
say(struct cli *cli, const char *fmt, va_list args)
{
	char line[LINE_SIZE];
	char safe[LINE_SIZE * 2];

	fflush(cli->out);
	vsnprintf(line, sizeof(line), fmt, args);
	fprintf(cli->err, "astctl: %s\n", term_safe(safe, sizeof(safe), line));
	fflush(cli->err);
}

void cli_note(struct cli *cli, const char *fmt, ...)
{
	va_list args;

	if (cli->quiet)
		return;
	va_start(args, fmt);
	say(cli, fmt, args);
	va_end(args);
}

void cli_warn(struct cli *cli, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(cli, fmt, args);
	va_end(args);
}

int cli_confirm(struct cli *cli, const char *question)
{
	char safe[LINE_SIZE];
	char answer[32];

	if (cli->yes || !cli->in_tty || !cli->err_tty)
		return CLI_OK;
	fprintf(cli->err, "%s [y/N] ", term_safe(safe, sizeof(safe), question));
	fflush(cli->err);
	if (fgets(answer, sizeof(answer), stdin)) {
		answer[strcspn(answer, "\r\n")] = '\0';
		if (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0)
			return CLI_OK;
	}
	return cli_fail(cli, CLI_CANCELLED, "nothing was done");
}
