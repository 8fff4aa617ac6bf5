/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * astctl help and astctl version.
 */
#include <string.h>

#include "cli.h"
#include "cmd.h"
#include "config.h"
#include "help.h"

static void topic_exit_status(struct cli *cli)
{
	const struct exit_row *rows;
	size_t count;

	rows = exit_rows(&count);
	fputs("Exit status of every command:\n\n", cli->out);
	for (size_t i = 0; i < count; i++)
		fprintf(cli->out, "  %3d  %-12s %s\n", rows[i].status, rows[i].name, rows[i].text);
}

static void topic_environment(struct cli *cli)
{
	fputs("Environment:\n\n"
	      "  ASTCTL_URL               API root of the server\n"
	      "  ASTCTL_USER              ARI user\n"
	      "  ASTCTL_PASSWORD_COMMAND  program whose first line of output is the password\n"
	      "  ASTCTL_PASSWORD_FILE     file whose first line is the password, mode 0600\n"
	      "  ASTCTL_PASSWORD          the password itself; a file is safer\n"
	      "  ASTCTL_CA_FILE           authorities to check the server's certificate with\n"
	      "  ASTCTL_CONTEXT           context to use\n"
	      "  ASTCTL_CONFIG            directory of the configuration\n"
	      "  XDG_CONFIG_HOME          where astctl/ is, unless ASTCTL_CONFIG; else ~/.config\n"
	      "  NETRC                    netrc file, instead of ~/.netrc\n"
	      "  NO_COLOR                 no bold or colours, whatever it is set to\n"
	      "  CLICOLOR_FORCE           bold and colours on a pipe too, unless 0\n"
	      "  TERM                     'dumb': no bold or colours\n"
	      "  TZ                       zone of the times that a terminal shows\n", cli->out);
}

static void topic_passwords(struct cli *cli)
{
	fputs("Where the password comes from; the first that there is:\n\n"
	      "  1. a program: ASTCTL_PASSWORD_COMMAND, or password_command in a context. Words, no\n"
	      "     shell; the first line of its output; it has 10 seconds.\n"
	      "  2. a file: ASTCTL_PASSWORD_FILE, or password_file in a context. Its first line.\n"
	      "     Refused when others can read it: chmod 600 FILE.\n"
	      "  3. the environment: ASTCTL_PASSWORD\n"
	      "  4. a netrc file: 'machine HOST login USER password SECRET' in ~/.netrc, mode 0600\n"
	      "  5. a question, when standard input and standard error are a terminal\n\n"
	      "The environment goes before the context. There is no option for a password, and none is\n"
	      "taken from a URL: others could read it in the list of processes. A context's user and\n"
	      "password are only sent to that context's own URL.\n", cli->out);
}

static void topic_contexts(struct cli *cli)
{
	fputs("A context is a server with a name: a file contexts/NAME.conf in ~/.config/astctl/\n"
	      "(XDG_CONFIG_HOME, ASTCTL_CONFIG). The file 'config' there names the one in use.\n\n"
	      "  # ~/.config/astctl/contexts/pbx1.conf\n"
	      "  url = https://pbx1.example.net:8089/ari\n"
	      "  user = operator\n"
	      "  password_command = secret-tool lookup service pbx1\n\n"
	      "Keys:\n", cli->out);
	for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
		const struct config_row *row = config_row(key);

		fprintf(cli->out, "  %-17s %s%s\n", row->name, row->summary,
			row->main_only ? " (in 'config' only)" : "");
	}
	fputs("\nOptions go before the context of -c, that before the environment, that before the\n"
	      "context in use, that before the keys of 'config'.\n", cli->out);
}

static void topic_output(struct cli *cli)
{
	fputs("Output formats (-o):\n\n"
	      "  table  aligned columns, the same on a terminal and on a pipe; long names are only\n"
	      "         cut, and times only shortened, on a terminal\n"
	      "  json   the server's reply, indented on a terminal\n"
	      "  jsonl  one object a line\n"
	      "  tsv    tab separated, with a line of names unless --no-headers\n"
	      "  yaml   the reply as YAML\n"
	      "  name   ids only, one a line: for the next command\n\n"
	      "--columns takes names of columns or JSON paths: --columns id,caller.number. Data goes to\n"
	      "standard output, all else to standard error; with -o json or jsonl an error is an object\n"
	      "there. Control, bidirectional and zero-width characters, which could deceive a terminal,\n"
	      "are shown as escapes (\\x1b, \\u202e); JSON keeps every value, with \\u escapes on a\n"
	      "terminal.\n", cli->out);
}

static const struct {
	const char *name;
	void (*show)(struct cli *cli);
} topics[] = {
	{ "exit-status", topic_exit_status },
	{ "environment", topic_environment },
	{ "passwords", topic_passwords },
	{ "contexts", topic_contexts },
	{ "output", topic_output },
};

static int help_words(struct cli *cli, struct input *input)
{
	char *words[4];
	char group[COMMAND_WORDS_SIZE];
	char hint[640];
	const struct command *command;
	const char *word = NULL;
	size_t count = 0, taken;

	while (count < 4 && (word = input_positional(input, "command", word)))
		words[count++] = (char *)word;
	command = command_match(words, count, &taken, group);
	if (command && taken == count)
		help_command(cli, command);
	else if (!command && group[0] && taken == count)
		help_group(cli, group);
	else if (command)
		return cli_fail(cli, CLI_USAGE, "'%s' is a command, '%s' after it is not", command->words,
				words[taken]);
	else
		return cli_fail(cli, CLI_USAGE, "there is no command or topic '%s%s%s'%s", group,
				group[0] ? " " : "", words[taken],
				command_suggest(group, words[taken], hint, sizeof(hint)));
	return output_finish(cli);
}

static int help(struct cli *cli, struct input *input)
{
	const char *first = input_positional(input, "command", NULL);

	if (!first) {
		help_overview(cli);
		return output_finish(cli);
	}
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		if (strcmp(topics[i].name, first) == 0) {
			topics[i].show(cli);
			return output_finish(cli);
		}
	}
	return help_words(cli, input);
}

static int version(struct cli *cli, struct input *input)
{
	(void)input;
	fprintf(cli->out, "astctl %s\n", ASTCTL_VERSION);
	return output_finish(cli);
}

const struct command command_help = {
	.words = "help",
	.summary = "Show help on a command or a topic",
	.text = "Topics: exit-status, environment, passwords, contexts, output.",
	.positionals = (const struct command_positional[]){
		{ .name = "command", .summary = "The words of a command, or a topic.", .optional = true,
		  .repeat = true },
		{ 0 },
	},
	.examples = (const struct command_example[]){
		{ "astctl help channel list", "The same as astctl channel list --help" },
		{ "astctl help exit-status", "What the exit statuses mean" },
		{ 0 },
	},
	.run = help,
};

const struct command command_version = {
	.words = "version",
	.summary = "Show the version of astctl",
	.examples = (const struct command_example[]){
		{ "astctl version", "This program's version" },
		{ "astctl asterisk info --only system", "The server's version" },
		{ 0 },
	},
	.run = version,
};
