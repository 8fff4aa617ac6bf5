/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Command lines:
 * - words, positionals and options become the operation's arguments, in the order typed;
 * - a command's own option goes before the operation's, and that before every command's;
 * - what is wrong is one line that names the nearest right word, and status 2.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../cli/cli.h"
#include "cli_context.h"

#define MOST 12

struct parsed {
	struct cli_context context;
	struct input input;
	char *argv[MOST + 1];
	int status;
};

/* LINE's words are separated by single blanks; "''" is an empty one. */
static void parse(struct parsed *parsed, char *line)
{
	int argc = 0;

	memset(parsed, 0, sizeof(*parsed));
	cli_context_init(&parsed->context);
	for (char *word = strsep(&line, " "); word && argc < MOST; word = strsep(&line, " "))
		parsed->argv[argc++] = strcmp(word, "''") == 0 ? word + 2 : word;
	parsed->status = input_parse(&parsed->context.cli, &parsed->input, argc, parsed->argv);
}

static void parsed_release(struct parsed *parsed)
{
	input_release(&parsed->input);
	cli_context_release(&parsed->context);
}

static void test_arguments(void **state)
{
	static const struct {
		const char *line;
		const char *words;
		const char *args;	/* "name=value name=value" */
	} rows[] = {
		{"hangup 1.1", "hangup", "channelId=1.1"},
		{"hangup 1.1 --reason busy", "hangup", "channelId=1.1 reason=busy"},
		{"hangup --reason=busy 1.1", "hangup", "reason=busy channelId=1.1"},
		{"-o json hangup -- -1", "hangup", "channelId=-1"},
		{"hangup 1 2 --reason busy 3", "hangup",
		 "channelId=1 channelId=2 reason=busy channelId=3"},
		{"endpoint show PJSIP/a/b", "endpoint show", "tech=PJSIP resource=a/b"},
		{"hangup -", "hangup", "channelId=-"},
		{"channel variable get 1 X", "channel variable get", "channelId=1 variable=X"},
		{"channel variable set 1 X --report-events", "channel variable set",
		 "channelId=1 variable=X report_events=true"},
		{"channel variable set 1 X --no-report-events", "channel variable set",
		 "channelId=1 variable=X report_events=false"},
		{"channel variable set 1 X y --report-events=false", "channel variable set",
		 "channelId=1 variable=X value=y report_events=false"},
		{"bridge add-channel b 1 2 3", "bridge add-channel",
		 "bridgeId=b channel=1 channel=2 channel=3"},
		{"bridge add-channel b 1 --absorb-dtmf", "bridge add-channel",
		 "bridgeId=b channel=1 absorbDTMF=true"},
		{"event send E app --variable a=1 --variable b=x=y", "event send",
		 "eventName=E application=app variables.a=1 variables.b=x=y"},
		{"channel snoop 1 --spy in --app mine", "channel snoop",
		 "channelId=1 spy=in app=mine"},
		{"channel mute 1", "channel mute", "channelId=1 direction=both"},
		{"channel mute 1 --direction in", "channel mute", "channelId=1 direction=in"},
		/* --timeout is the operation's here, and everybody's elsewhere */
		{"channel dial 1 --timeout 20", "channel dial", "channelId=1 timeout=20"},
		{"hangup 1 --timeout 20s", "hangup", "channelId=1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *line = strdup(rows[i].line);
		char args[256] = "";
		struct parsed parsed;
		size_t used = 0;

		parse(&parsed, line);
		assert_string_equal(cli_context_err(&parsed.context), "");
		assert_int_equal(parsed.status, CLI_OK);
		assert_string_equal(parsed.input.command->words, rows[i].words);
		for (size_t j = 0; j < parsed.input.n_args; j++)
			used += (size_t)snprintf(args + used, sizeof(args) - used, "%s%s=%s",
						 j ? " " : "", parsed.input.args[j].name,
						 parsed.input.args[j].value);
		assert_string_equal(args, rows[i].args);
		parsed_release(&parsed);
		free(line);
	}
}

static void test_errors(void **state)
{
	static const struct {
		const char *line;
		const char *err;
	} rows[] = {
		{"chanel list", "unknown command 'chanel'; did you mean 'channel'?"},
		{"channel lst", "unknown command 'channel lst'; did you mean 'channel list'?"},
		{"channel unm", "unknown command 'channel unm'; did you mean 'channel unmute'?"},
		{"channel variable",
		 "'channel variable' is not a whole command; expected one of: get, set"},
		{"channel variable gte 1",
		 "unknown command 'channel variable gte'; did you mean 'channel "
		 "variable get'?"},
		{"variable zzz", "unknown command 'variable zzz'; expected one of: get, set"},
		{"bridge lst", "unknown command 'bridge lst'; did you mean 'bridge list'?"},
		{"zzzzzz", "unknown command 'zzzzzz'; 'astctl --help' lists the commands"},
		{"''", "unknown command ''; 'astctl --help' lists the commands"},
		{"hangup", "hangup: CHANNEL is missing; see 'astctl hangup --help'"},
		{"channel show 1 2", "unexpected argument '2'; see 'astctl channel show --help'"},
		{"hangup ''", "hangup: CHANNEL is empty"},
		{"hangup 1 .. 2", "hangup: CHANNEL cannot be '..'"},
		{"endpoint show PJSIP",
		 "'PJSIP' is no endpoint; expected TECHNOLOGY/RESOURCE, like PJSIP/alice"},
		{"endpoint message PJSIP/a --body hi",
		 "--body is no option here but an argument without a name (BODY); see 'astctl "
		 "endpoint message --help'"},
		{"--", "COMMAND is missing; 'astctl --help' lists the commands"},
		{"hangup 1 --raeson busy", "unknown option '--raeson'; did you mean '--reason'?"},
		{"hangup 1 --reason", "--reason needs a value: --reason VALUE"},
		{"hangup 1 --reason --quiet", "--reason needs a value, '--quiet' looks like the "
					      "next option; write --reason=VALUE for a "
					      "value that begins with --"},
		{"hangup 1 --reason a --reason b", "--reason was given twice"},
		{"hangup -1",
		 "unknown option '-1'; see 'astctl hangup --help' (an id that begins with '-' "
		 "goes after '--')"},
		{"hangup 1 --quiet=yes", "--quiet takes no value"},
		{"hangup 1 -o", "-o needs a value: -o FORMAT"},
		{"event send E app --variable x",
		 "--variable 'x' is incomplete; expected --variable NAME=VALUE"},
		{"channel external-media",
		 "channel external-media: HOST is missing; see 'astctl channel "
		 "external-media --help'"},
		{"endpoint message T/r text",
		 "endpoint message: --from is missing; see 'astctl endpoint message --help'"},
		{"-o xml channel list",
		 "unknown output format 'xml'; expected table, json, jsonl, tsv, yaml or name"},
		{"--timeout soon channel list",
		 "--timeout 'soon' is no duration; expected something like 500ms, 2s or 1m"},
		{"--timeout 0 channel list",
		 "--timeout '0' is no duration; expected something like 500ms, 2s or 1m"},
		{"--user a:b channel list",
		 "--user takes a name without ':' and never a password; see "
		 "'astctl help passwords'"},
		{"--password x channel list",
		 "there is no --password: others could read it in the list of processes; use "
		 "password_command or password_file in a context, ASTCTL_PASSWORD_FILE, "
		 "ASTCTL_PASSWORD or "
		 "a netrc file"},
		{"chan\x1b[2Jnel", "unknown command 'chan\\x1b[2Jnel'; did you mean 'channel'?"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *line = strdup(rows[i].line);
		char want[512];
		struct parsed parsed;

		parse(&parsed, line);
		assert_int_equal(parsed.status, CLI_USAGE);
		snprintf(want, sizeof(want), "astctl: %s\n", rows[i].err);
		if (!strstr(rows[i].line, "\x1b"))
			assert_string_equal(cli_context_err(&parsed.context), want);
		else
			assert_null(strchr(cli_context_err(&parsed.context), '\x1b'));
		assert_string_equal(cli_context_out(&parsed.context), "");
		parsed_release(&parsed);
		free(line);
	}
}

static void test_globals(void **state)
{
	char line[] =
		"-c pbx --url=http://x -qy hangup 1 -ojson --timeout 1.5s --no-headers --dry-run";
	struct parsed parsed;
	const struct cli *cli = &parsed.context.cli;

	(void)state;
	parse(&parsed, line);
	assert_int_equal(parsed.status, CLI_OK);
	assert_string_equal(cli->context, "pbx");
	assert_string_equal(cli->url, "http://x");
	assert_true(cli->quiet && cli->yes && cli->dry_run && !cli->headers);
	assert_int_equal(cli->format, OUTPUT_JSON);
	assert_int_equal(cli->timeout_ms, 1500);
	parsed_release(&parsed);
}

static void test_help_wins(void **state)
{
	static const char *const lines[] = {
		"hangup --help", "channel --help",	    "channel -h",
		"--help",	 "channel variable --help", "hangup 1 --help",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char *line = strdup(lines[i]);
		struct parsed parsed;

		parse(&parsed, line);
		assert_int_equal(parsed.status, CLI_OK);
		assert_true(parsed.context.cli.help);
		parsed_release(&parsed);
		free(line);
	}
}

static void test_positionals_repeat(void **state)
{
	char line[] = "api channels.list a=1 a=1 b=2";
	const char *value = NULL;
	struct parsed parsed;
	size_t count = 0;

	(void)state;
	parse(&parsed, line);
	assert_int_equal(parsed.status, CLI_OK);
	assert_string_equal(input_positional(&parsed.input, "operation", NULL), "channels.list");
	while ((value = input_positional(&parsed.input, "name=value", value)))
		count++;
	assert_int_equal(count, 3);
	parsed_release(&parsed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments), cmocka_unit_test(test_errors),
		cmocka_unit_test(test_globals), cmocka_unit_test(test_help_wins),
		cmocka_unit_test(test_positionals_repeat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
