/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The command table agrees with the operation table and with itself:
 * - operations and parameters that rows name exist, and what an operation needs can be given;
 * - words, option names and positionals are unique, and related commands exist;
 * - every example of every help text is a command line that parses;
 * - help says each positional, option and example of its command.
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
#include "../../cli/global.h"
#include "../../cli/help.h"
#include "cli_context.h"

/* Options that an operation has and every command too: the operation's goes first. */
static bool may_hide(const char *name)
{
	static const char *const names[] = { "context", "timeout" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static void check_words(const struct command *row, size_t index)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz- ";

	assert_int_equal(strspn(row->words, letters), strlen(row->words));
	assert_true(strlen(row->words) < COMMAND_WORDS_SIZE);
	for (size_t i = 0; i < index; i++)
		assert_string_not_equal(command_at(i)->words, row->words);
	assert_ptr_equal(command_find(row->words), row);
	assert_non_null(row->summary);
	assert_true(row->summary[strlen(row->summary) - 1] != '.');
}

static void check_params(const struct command *row)
{
	const struct ari_operation *op = row->operation ? ari_operation_find(row->operation) : NULL;
	struct command_positional positional;
	char buf[OPTION_NAME_SIZE];

	assert_true(!row->operation || op);
	assert_true(row->operation || row->run);
	for (size_t i = 0; command_positional(row, i, &positional, buf); i++) {
		assert_non_null(positional.summary);
		if (positional.param && op)
			assert_non_null(ari_operation_param(op, positional.param));
		for (size_t j = 0; row->positionals && j < i; j++)
			assert_string_not_equal(row->positionals[j].name, positional.name);
	}
	for (const struct command_option *own = row->options; own && own->name; own++) {
		assert_true(own->summary || command_param(row, own->param));
		if (op && own->param)
			assert_non_null(ari_operation_param(op, own->param));
	}
	for (const struct command_preset *p = row->presets; op && p && p->name; p++)
		assert_non_null(ari_operation_param(op, p->name));
	for (size_t i = 0; op && i < op->n_params; i++) {
		if (op->params[i].in == ARI_IN_PATH && !row->run)
			assert_true(command_takes(row, op->params[i].name));
		if (global_find(option_name(buf, &op->params[i]), 0) &&
		    !command_takes(row, op->params[i].name))
			assert_true(may_hide(buf));
	}
}

static void check_related(const struct command *row)
{
	char *text = row->related ? strdup(row->related) : NULL;
	char *rest = text;

	for (char *word = strsep(&rest, ","); word; word = strsep(&rest, ","))
		assert_non_null(command_find(word + strspn(word, " ")));
	free(text);
}

static void test_rows(void **state)
{
	const struct command *row;
	size_t i;

	(void)state;
	for (i = 0; (row = command_at(i)); i++) {
		check_words(row, i);
		check_params(row);
		check_related(row);
	}
	assert_true(i > 60);
}

/* A shell's words, as far as examples go: blanks, quotes, and the end of "A=$(astctl ...)". */
static int split(char *line, char **argv, int most)
{
	int argc = 0;

	while (*line && argc < most) {
		char *out = line, quote = 0;

		if (strchr("<>|", *line))
			break;
		argv[argc++] = line;
		for (; *line && (quote || *line != ' '); line++) {
			if (quote ? *line == quote : *line == '"' || *line == '\'')
				quote = quote ? 0 : *line;
			else
				*out++ = *line;
		}
		line += strspn(line, " ");
		*out = '\0';
	}
	return argc;
}

static void check_example(const struct command *row, const char *example)
{
	struct cli_context context;
	struct input input = { 0 };
	const char *start = strstr(example, "astctl ");
	char *text = strdup(start ? start : "");
	char *argv[24];
	int argc;

	if (start != example && text[0] && text[strlen(text) - 1] == ')')
		text[strlen(text) - 1] = '\0';
	argc = split(text, argv, 24);

	assert_true(argc > 1);
	assert_string_equal(argv[0], "astctl");
	cli_context_init(&context);
	if (input_parse(&context.cli, &input, argc - 1, argv + 1) != CLI_OK)
		fail_msg("%s: '%s' does not parse: %s", row->words, example, cli_context_err(&context));
	input_release(&input);
	cli_context_release(&context);
	free(text);
}

static void test_examples(void **state)
{
	const struct command *row;

	(void)state;
	for (size_t i = 0; (row = command_at(i)); i++) {
		assert_non_null(row->examples);
		assert_non_null(row->examples[0].line);
		for (const struct command_example *e = row->examples; e->line; e++) {
			assert_non_null(e->text);
			check_example(row, e->line);
		}
	}
}

static void check_help(const struct command *row, const char *help)
{
	const struct ari_operation *op = row->operation ? ari_operation_find(row->operation) : NULL;
	char buf[OPTION_NAME_SIZE], option[OPTION_NAME_SIZE + 2];
	size_t examples = 0;

	assert_non_null(strstr(help, row->words));
	assert_non_null(strstr(help, row->summary));
	assert_non_null(strstr(help, "Exit status"));
	for (size_t i = 0; op && i < op->n_params; i++) {
		snprintf(option, sizeof(option), "--%s", option_name(buf, &op->params[i]));
		if (!command_takes(row, op->params[i].name) && !row->run)
			assert_non_null(strstr(help, option));
	}
	for (const struct command_option *own = row->options; own && own->name; own++) {
		snprintf(option, sizeof(option), "--%s", own->name);
		assert_non_null(strstr(help, option));
	}
	for (const char *p = strstr(help, "\nExamples:"); p && (p = strstr(p, "astctl ")); p++)
		examples += p[-1] != '\'';	/* not "see 'astctl ...'" */
	assert_true(examples >= 2);
	for (const char *p = help; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		size_t len = strcspn(p, "\n");

		assert_true(len == 0 || p[len - 1] != ' ');
		if (len > 100)
			fail_msg("%s: a line of help is %zu wide: %.60s...", row->words, len, p);
	}
}

static void test_help(void **state)
{
	const struct command *row;

	(void)state;
	for (size_t i = 0; (row = command_at(i)); i++) {
		struct cli_context context;

		cli_context_init(&context);
		help_command(&context.cli, row);
		check_help(row, cli_context_out(&context));
		cli_context_release(&context);
	}
}

static void test_overview(void **state)
{
	struct cli_context context;
	const struct command *row;
	const char *help;

	(void)state;
	cli_context_init(&context);
	help_overview(&context.cli);
	help = cli_context_out(&context);
	for (size_t i = 0; (row = command_at(i)); i++) {
		const char *last = strrchr(row->words, ' ');

		assert_non_null(strstr(help, last ? last + 1 : row->words));
	}
	cli_context_release(&context);
}

static void test_option_names(void **state)
{
	static const struct {
		struct ari_param param;
		const char *name;
	} rows[] = {
		{ { .name = "callerId" }, "caller-id" },
		{ { .name = "absorbDTMF" }, "absorb-dtmf" },
		{ { .name = "external_host" }, "external-host" },
		{ { .name = "inhibitConnectedLineUpdates" }, "inhibit-connected-line-updates" },
		{ { .name = "variables", .type = ARI_TYPE_OBJECT }, "variable" },
		{ { .name = "variables" }, "variables" },
		{ { .name = "filter", .type = ARI_TYPE_OBJECT, .whole_body = true }, "filter" },
	};
	char buf[OPTION_NAME_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(option_name(buf, &rows[i].param), rows[i].name);
}

static void test_exit_rows(void **state)
{
	const struct exit_row *rows;
	size_t count;

	(void)state;
	rows = exit_rows(&count);
	for (size_t i = 0; i < count; i++) {
		assert_ptr_equal(exit_row(rows[i].status), &rows[i]);
		assert_true(i == 0 || rows[i].status > rows[i - 1].status);
	}
	assert_int_equal(exit_row(77)->status, CLI_FAILURE);
	for (int code = ARI_EARGUMENT; code <= ARI_ESYSTEM; code++)
		assert_int_not_equal(exit_of_code((enum ari_code)code), CLI_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows), cmocka_unit_test(test_examples), cmocka_unit_test(test_help),
		cmocka_unit_test(test_overview), cmocka_unit_test(test_option_names),
		cmocka_unit_test(test_exit_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
