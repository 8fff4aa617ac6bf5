/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Help. Everything printed comes from the command table, the operation table, the global options
 * and the exit statuses; nothing is said twice in the sources.
 */
#include "help.h"

#include <ctype.h>
#include <string.h>

#include "cli.h"
#include "global.h"
#include "term.h"

#define WIDTH 80
#define TERM_CELLS 26	/* of the left column of a list */

/* Write TEXT wrapped at WIDTH; the cursor is at column AT, later lines start at INDENT. */
static void wrap(FILE *out, const char *text, size_t at, size_t indent)
{
	size_t blank = 0;

	while (*text) {
		size_t word = strcspn(text, " \n");

		if (at + blank + word > WIDTH && at > indent) {
			putc('\n', out);
			term_pad(out, indent);
			at = indent;
			blank = 0;
		}
		term_pad(out, blank);
		fwrite(text, 1, word, out);
		at += blank + word;
		text += word;
		blank = *text ? 1 : 0;
		text += strspn(text, " \n");
	}
	putc('\n', out);
}

/* A line of a list: "  --name VALUE      what it is". */
static void item(FILE *out, const char *term, const char *text)
{
	size_t used = 2 + strlen(term);

	fprintf(out, "  %s", term);
	if (used + 2 > TERM_CELLS) {
		putc('\n', out);
		used = 0;
	}
	term_pad(out, TERM_CELLS - used);
	wrap(out, text, TERM_CELLS, TERM_CELLS);
}

static const char *upper(char buf[OPTION_NAME_SIZE], const char *text)
{
	size_t i;

	for (i = 0; text[i] && i + 1 < OPTION_NAME_SIZE; i++)
		buf[i] = (char)toupper((unsigned char)text[i]);
	buf[i] = '\0';
	return buf;
}

/* ---- values ---- */

static const char *type_word(const struct ari_param *param)
{
	static const char *const words[] = {
		[ARI_TYPE_STRING] = "VALUE", [ARI_TYPE_INT] = "NUMBER", [ARI_TYPE_LONG] = "NUMBER",
		[ARI_TYPE_DOUBLE] = "NUMBER", [ARI_TYPE_BOOL] = "true|false",
		[ARI_TYPE_OBJECT] = "NAME=VALUE", [ARI_TYPE_LIST] = "JSON",
	};

	return param->whole_body ? "JSON" : words[param->type];
}

static size_t add(char *buf, size_t size, size_t used, const char *before, const char *text)
{
	int n = used < size ? snprintf(buf + used, size - used, "%s%s", before, text) : 0;

	return used + (n > 0 ? (size_t)n : 0);
}

/* "Seconds to wait. One of: a, b. Default: 30." */
static const char *describe(char *buf, size_t size, const char *summary,
			    const struct ari_param *param)
{
	size_t used = add(buf, size, 0, summary ? summary : "", "");

	if (!param)
		return buf;
	for (size_t i = 0; param->allowed && param->allowed[i]; i++)
		used = add(buf, size, used, i ? ", " : " One of: ", param->allowed[i]);
	if (param->allowed)
		used = add(buf, size, used, ".", "");
	if (param->minimum)
		used = add(buf, size, used, " At least ", param->minimum);
	if (param->maximum)
		used = add(buf, size, used, param->minimum ? ", at most " : " At most ",
			   param->maximum);
	if (param->minimum || param->maximum)
		used = add(buf, size, used, ".", "");
	if (param->def && *param->def)
		used = add(buf, size, add(buf, size, used, " Default: ", param->def), ".", "");
	if (param->multiple || param->type == ARI_TYPE_OBJECT)
		used = add(buf, size, used, " May be repeated.", "");
	if (param->since)
		add(buf, size, add(buf, size, used, " Since ", param->since), ".", "");
	return buf;
}

/* ---- one command ---- */

static size_t positional_word(char *buf, size_t size, const struct command_positional *positional)
{
	char name[OPTION_NAME_SIZE];

	return (size_t)snprintf(buf, size, "%s%s%s%s", positional->optional ? "[" : "",
				upper(name, positional->name), positional->repeat ? "..." : "",
				positional->optional ? "]" : "");
}

static bool has_options(const struct command *command)
{
	const struct ari_operation *op =
		command->operation ? ari_operation_find(command->operation) : NULL;

	if (command->options && command->options[0].name)
		return true;
	for (size_t i = 0; op && i < op->n_params; i++) {
		if (!command_takes(command, op->params[i].name))
			return true;
	}
	return false;
}

/* An option of its own may stand for a parameter under another name. */
static bool own_option_sets(const struct command *command, const struct ari_param *param)
{
	char buf[OPTION_NAME_SIZE];

	option_name(buf, param);
	for (const struct command_option *own = command->options; own && own->name; own++) {
		if ((own->param && strcmp(own->param, param->name) == 0) ||
		    strcmp(own->name, buf) == 0)
			return true;
	}
	return false;
}

static bool preset_has(const struct command *command, const char *param, const char **value)
{
	for (const struct command_preset *preset = command->presets; preset && preset->name;
	     preset++) {
		if (strcmp(preset->name, param) == 0) {
			*value = preset->value;
			return true;
		}
	}
	return false;
}

static bool is_needed(const struct command *command, const struct ari_param *param)
{
	const char *value;

	return param->required && !preset_has(command, param->name, &value);
}

static void synopsis(FILE *out, const struct command *command)
{
	const struct ari_operation *op =
		command->operation ? ari_operation_find(command->operation) : NULL;
	struct command_positional positional;
	char line[512];
	char buf[OPTION_NAME_SIZE];
	size_t used = (size_t)snprintf(line, sizeof(line), "Usage: astctl %s", command->words);

	for (size_t i = 0; command_positional(command, i, &positional, buf); i++) {
		used = add(line, sizeof(line), used, " ", "");
		used += positional_word(line + used, sizeof(line) - used, &positional);
	}
	for (size_t i = 0; op && i < op->n_params; i++) {
		if (!is_needed(command, &op->params[i]) ||
		    command_takes(command, op->params[i].name) ||
		    own_option_sets(command, &op->params[i]))
			continue;
		used = add(line, sizeof(line), used, " --", option_name(buf, &op->params[i]));
		used = add(line, sizeof(line), used, " ", type_word(&op->params[i]));
	}
	if (has_options(command))
		add(line, sizeof(line), used, " [OPTION...]", "");
	wrap(out, line, 0, 7);
}

static void list_positionals(FILE *out, const struct command *command)
{
	struct command_positional positional;
	char buf[OPTION_NAME_SIZE];
	char term[OPTION_NAME_SIZE + 8];
	char text[1024];

	for (size_t i = 0; command_positional(command, i, &positional, buf); i++) {
		if (i == 0)
			fputs("\nArguments:\n", out);
		positional_word(term, sizeof(term), &positional);
		item(out, term, describe(text, sizeof(text), positional.summary,
					 command_param(command, positional.param)));
	}
}

static void list_own(FILE *out, const struct command *command)
{
	for (const struct command_option *own = command->options; own && own->name; own++) {
		const struct ari_param *param = command_param(command, own->param);
		char term[OPTION_NAME_SIZE * 2];
		char text[1024];

		snprintf(term, sizeof(term), "--%s%s%s", own->name, own->metavar ? " " : "",
			 own->metavar ? own->metavar : "");
		item(out, term,
		     describe(text, sizeof(text),
			      own->summary || !param ? own->summary : param->summary, param));
	}
}

static void list_params(FILE *out, const struct command *command)
{
	const struct ari_operation *op =
		command->operation ? ari_operation_find(command->operation) : NULL;
	char name[OPTION_NAME_SIZE];
	char term[OPTION_NAME_SIZE * 2];
	char text[1024];

	for (size_t i = 0; op && i < op->n_params; i++) {
		const struct ari_param *param = &op->params[i];
		const char *preset;

		if (command_takes(command, param->name) || own_option_sets(command, param))
			continue;
		snprintf(term, sizeof(term), param->type == ARI_TYPE_BOOL ? "--%s" : "--%s %s",
			 option_name(name, param), type_word(param));
		describe(text, sizeof(text), param->summary, param);
		if (preset_has(command, param->name, &preset))
			snprintf(text, sizeof(text), "%s Default: %s.", param->summary, preset);
		item(out, term, text);
	}
}

/* The first example that is a command and nothing else. */
static const char *plain_example(const struct command *command)
{
	for (const struct command_example *e = command->examples; e && e->line; e++) {
		if (strncmp(e->line, "astctl ", 7) == 0 && !strpbrk(e->line, "<>|$"))
			return e->line;
	}
	return NULL;
}

/* One that fits every command, after those of the table. */
static void example_of_all(FILE *out, const struct command *command)
{
	const char *line = plain_example(command);

	if (!line || !command->operation)
		return;
	if (command->flags & COMMAND_CHANGES)
		fprintf(out, "  %s --dry-run\n      Show the request, send nothing\n", line);
	else
		fprintf(out, "  %s -o json\n      The reply as it is\n", line);
}

static void list_exits(FILE *out)
{
	const struct exit_row *rows;
	size_t count, at = 2;

	rows = exit_rows(&count);
	fputs("\nExit status (explained in 'astctl help exit-status'):\n  ", out);
	for (size_t i = 0; i < count; i++) {
		char entry[48];
		size_t len = (size_t)snprintf(entry, sizeof(entry), "%d %s%s", rows[i].status,
					      rows[i].name, i + 1 < count ? "," : "");

		if (i > 0)
			fputs(at + 1 + len > WIDTH ? "\n  " : " ", out);
		at = i > 0 && at + 1 + len > WIDTH ? 2 + len : at + (i > 0) + len;
		fputs(entry, out);
	}
	putc('\n', out);
}

static void tell_operation(FILE *out, const char *name)
{
	const struct ari_operation *op = ari_operation_find(name);

	if (!op)
		return;
	fprintf(out, "\nAPI operation:\n  %s\n  %s %s\n", op->name, op->method, op->path);
	if (op->module)
		fputs("  only of a server with the module res_stasis_http\n", out);
	else if (op->since)
		fprintf(out, "  since Asterisk %s\n", op->since);
}

void help_command(struct cli *cli, const struct command *command)
{
	FILE *out = cli->out;

	synopsis(out, command);
	putc('\n', out);
	fputs(command->summary, out);
	fputs(".\n", out);
	if (command->text) {
		putc('\n', out);
		wrap(out, command->text, 0, 0);
	}
	list_positionals(out, command);
	if (has_options(command)) {
		fputs("\nOptions:\n", out);
		list_own(out, command);
		list_params(out, command);
	}
	fputs("\nOptions of every command: see 'astctl --help'.\n\nExamples:\n", out);
	for (const struct command_example *e = command->examples; e && e->line; e++)
		fprintf(out, "  %s\n      %s\n", e->line, e->text);
	example_of_all(out, command);
	list_exits(out);
	if (command->operation)
		tell_operation(out, command->operation);
	if (command->related)
		fprintf(out, "\nRelated: %s\n", command->related);
}

/* ---- one operation ---- */

void help_operation(struct cli *cli, const struct ari_operation *op)
{
	FILE *out = cli->out;
	char term[OPTION_NAME_SIZE * 2];
	char text[1024];

	fprintf(out, "Usage: astctl api %s", op->name);
	for (size_t i = 0; i < op->n_params; i++) {
		if (op->params[i].required)
			fprintf(out, " %s=%s", op->params[i].name, type_word(&op->params[i]));
	}
	fprintf(out, "%s\n\n%s\n", op->n_params ? " [NAME=VALUE...]" : "", op->summary);
	for (size_t i = 0; i < op->n_params; i++) {
		const struct ari_param *param = &op->params[i];

		if (i == 0)
			fputs("\nParameters:\n", out);
		snprintf(term, sizeof(term), param->type == ARI_TYPE_OBJECT && !param->whole_body ?
			 "%s.%s" : "%s=%s", param->name, type_word(param));
		snprintf(text, sizeof(text), "%s%s", param->required ? "(required) " : "",
			 param->summary ? param->summary : "");
		describe(text + strlen(text), sizeof(text) - strlen(text), "", param);
		item(out, term, text);
	}
	fputs("\nA value @FILE is what FILE contains, @- standard input, @@x is '@x'.\n", out);
	if (op->n_errors)
		fputs("\nErrors:\n", out);
	for (size_t i = 0; i < op->n_errors; i++) {
		snprintf(term, sizeof(term), "%d", op->errors[i].status);
		item(out, term, op->errors[i].reason);
	}
	tell_operation(out, op->name);
	if (op->result)
		fprintf(out, "\nReply: %s\n", op->result);
}

/* ---- lists of commands ---- */

static void list_globals(FILE *out)
{
	const struct global_option *options;
	size_t count;

	options = global_options(&count);
	fputs("\nOptions of every command:\n", out);
	for (size_t i = 0; i < count; i++) {
		char term[OPTION_NAME_SIZE * 2];
		char letter[8] = "    ";

		if (options[i].letter)
			snprintf(letter, sizeof(letter), "-%c, ", options[i].letter);
		snprintf(term, sizeof(term), "%s--%s%s%s", letter, options[i].name,
			 options[i].metavar ? " " : "",
			 options[i].metavar ? options[i].metavar : "");
		item(out, term, options[i].summary);
	}
}

/* The verbs of the object WORD: "list, show, hangup". */
static void verbs_of(const char *word, char *buf, size_t size)
{
	size_t len = strlen(word), used = 0;
	const struct command *row;

	buf[0] = '\0';
	for (size_t i = 0; (row = command_at(i)); i++) {
		if (strncmp(row->words, word, len) == 0 && row->words[len] == ' ')
			used = add(buf, size, used, used ? ", " : "", row->words + len + 1);
	}
}

static bool seen_before(size_t index, const char *word, size_t len)
{
	for (size_t i = 0; i < index; i++) {
		const struct command *row = command_at(i);

		if (strncmp(row->words, word, len) == 0 && row->words[len] == ' ')
			return true;
	}
	return false;
}

void help_overview(struct cli *cli)
{
	const struct command *row;
	FILE *out = cli->out;
	char word[COMMAND_WORDS_SIZE];
	char verbs[1024];

	fputs("Usage: astctl [OPTION...] COMMAND [ARGUMENT...]\n\n"
	      "Operate an Asterisk through its Stasis API (ARI).\n\nCommands:\n", out);
	for (size_t i = 0; (row = command_at(i)); i++) {
		if (!strchr(row->words, ' '))
			item(out, row->words, row->summary);
	}
	fputs("\nObjects and what can be done with them:\n", out);
	for (size_t i = 0; (row = command_at(i)); i++) {
		size_t len = strcspn(row->words, " ");

		if (!row->words[len] || seen_before(i, row->words, len))
			continue;
		memcpy(word, row->words, len);
		word[len] = '\0';
		verbs_of(word, verbs, sizeof(verbs));
		item(out, word, verbs);
	}
	list_globals(out);
	fputs("\n'astctl COMMAND --help' explains a command; 'astctl help TOPIC' one of: "
	      "exit-status,\n"
	      "environment, passwords, contexts, output.\n",
	      out);
}

void help_group(struct cli *cli, const char *group)
{
	size_t len = strlen(group);
	const struct command *row;

	fprintf(cli->out, "Usage: astctl %s VERB [ARGUMENT...]\n\nCommands:\n", group);
	for (size_t i = 0; (row = command_at(i)); i++) {
		if (strncmp(row->words, group, len) == 0 &&
		    (row->words[len] == ' ' || !row->words[len]))
			item(cli->out, row->words, row->summary);
	}
	fputs("\n'astctl COMMAND --help' explains one of them.\n", cli->out);
}
