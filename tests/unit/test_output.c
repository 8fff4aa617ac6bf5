/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The output formats, from a reply's bytes:
 * - aligned, with wide characters and nothing after the last text of a line; single objects as
 *   name and value; a variable as its value;
 * - tsv, yaml, jsonl and names keep what a script needs, and cannot be broken by a value;
 * - on a terminal nothing hostile is sent, and long texts are cut; JSON keeps its values;
 * - an unknown column is an error that names the right ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <locale.h>

#include "../../cli/cli.h"
#include "cli_context.h"

#define CHANNELS \
	"[{\"id\":\"1.1\",\"name\":\"PJSIP/a\",\"state\":\"Up\"," \
	"\"caller\":{\"name\":\"J\xc3\xbcrgen\",\"number\":\"100\"}}," \
	"{\"id\":\"1.22\",\"name\":\"PJSIP/b\\\\c\",\"state\":\"Ring\"," \
	"\"caller\":{\"name\":\"\",\"number\":\"\"}}]"
#define HOSTILE \
	"[{\"id\":\"x\\u001b[2J\",\"name\":\"a\\tb\\nc\",\"state\":\"\xe2\x80\xae" "Up\"}]"

struct row {
	enum output_format format;
	const char *json;
	const char *columns;	/* --columns */
	const char *usual;
	const char *out;
	bool tty;
};

static void check(const struct row *row, const struct field *fields)
{
	struct cli_context context;

	cli_context_init(&context);
	context.cli.format = row->format;
	context.cli.columns = row->columns;
	context.cli.out_tty = row->tty;
	assert_int_equal(output_reply(&context.cli, fields, row->usual, row->json, strlen(row->json)),
			 CLI_OK);
	assert_string_equal(cli_context_out(&context), row->out);
	assert_string_equal(cli_context_err(&context), "");
	cli_context_release(&context);
}

static void test_lists(void **state)
{
	static const struct row rows[] = {
		{ OUTPUT_TABLE, CHANNELS, NULL, "id,name,caller,state",
		  "ID    NAME       CALLER        STATE\n"
		  "1.1   PJSIP/a    100 <J\xc3\xbcrgen>  Up\n"
		  "1.22  PJSIP/b\\c                Ring\n", false },
		{ OUTPUT_TABLE, CHANNELS, "id,caller.number", "id",
		  "ID    caller.number\n1.1   100\n1.22\n", false },
		{ OUTPUT_TABLE, "[]", NULL, "id,state", "ID  STATE\n", false },
		{ OUTPUT_TSV, CHANNELS, NULL, "id,state", "id\tstate\n1.1\tUp\n1.22\tRing\n", false },
		{ OUTPUT_NAME, CHANNELS, NULL, "state", "1.1\n1.22\n", false },
		{ OUTPUT_JSON, "[ {\"id\": 1} ]", NULL, NULL, "[ {\"id\": 1} ]\n", false },
		{ OUTPUT_JSON, CHANNELS, "id,tenant", NULL,
		  "[{\"id\":\"1.1\",\"tenant\":null},\n{\"id\":\"1.22\",\"tenant\":null}]\n", false },
		{ OUTPUT_JSON, "[]", "id", NULL, "[]\n", false },
		{ OUTPUT_JSONL, "[ {\"id\" : \"a b\"} ,\n {\"id\":2} ]", NULL, NULL,
		  "{\"id\":\"a b\"}\n{\"id\":2}\n", false },
		{ OUTPUT_YAML, "[{\"id\":\"1.1\",\"state\":\"Up\",\"l\":[],\"o\":{\"yes\":\"no\"}},{\"n\":[1,null]}]",
		  NULL, NULL,
		  "- id: \"1.1\"\n  state: Up\n  l: []\n  o:\n    \"yes\": \"no\"\n- \"n\":\n    - 1\n    - null\n",
		  false },
		/* scripts: a value cannot make a field or a line */
		{ OUTPUT_TSV, HOSTILE, NULL, "id,name,state",
		  "id\tname\tstate\nx\\x1b[2J\ta\\tb\\nc\t\\u202eUp\n", false },
		{ OUTPUT_JSONL, HOSTILE, "state", NULL, "{\"state\":\"\xe2\x80\xaeUp\"}\n", false },
		/* a terminal: nothing hostile */
		{ OUTPUT_TABLE, HOSTILE, NULL, "id,name,state",
		  "ID        NAME     STATE\nx\\x1b[2J  a\\tb\\nc  \\u202eUp\n", true },
		{ OUTPUT_NAME, HOSTILE, NULL, NULL, "x\\x1b[2J\n", true },
		{ OUTPUT_JSONL, HOSTILE, "state", NULL, "{\"state\":\"\\u202eUp\"}\n", true },
		{ OUTPUT_YAML, HOSTILE, NULL, NULL,
		  "- id: \"x\\x1b[2J\"\n  name: \"a\\x09b\\x0ac\"\n  state: \"\\u202eUp\"\n", true },
		{ OUTPUT_JSON, "[{\"a\":[],\"b\":{ },\"c\":[1,{\"d\":\"{,\"}]}]", NULL, NULL,
		  "[\n  {\n    \"a\": [],\n    \"b\": {},\n    \"c\": [\n      1,\n      {\n"
		  "        \"d\": \"{,\"\n      }\n    ]\n  }\n]\n", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(&rows[i], field_channel);
}

static void test_objects(void **state)
{
	static const char channel[] =
		"{\"id\":\"1\",\"caller\":{\"number\":\"100\"},\"l\":[\"a\",\"b\"],\"none\":null}";
	static const struct row rows[] = {
		{ OUTPUT_TABLE, channel, NULL, NULL,
		  "id             1\ncaller.number  100\nl              a,b\nnone\n", false },
		{ OUTPUT_TABLE, channel, "id,caller.number", NULL, "ID             1\ncaller.number  100\n",
		  false },
		{ OUTPUT_TSV, channel, "id,caller.number", NULL, "id\tcaller.number\n1\t100\n", false },
		{ OUTPUT_NAME, channel, NULL, NULL, "1\n", false },
		{ OUTPUT_JSON, channel, "caller.number", NULL, "{\"caller.number\":\"100\"}\n", false },
		{ OUTPUT_TABLE, "", NULL, NULL, "", false },
	};
	static const struct row variable = { OUTPUT_TABLE, "{\"value\":\"a b\"}", NULL, NULL, "a b\n", false };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(&rows[i], field_channel);
	check(&variable, field_variable);
}

static void test_without_table(void **state)
{
	static const struct row rows[] = {
		{ OUTPUT_TABLE, "[{\"attribute\":\"a\",\"value\":\"1\"},{\"attribute\":\"bb\",\"value\":\"2\"}]",
		  NULL, NULL, "attribute  value\na          1\nbb         2\n", false },
		{ OUTPUT_TABLE, "[\"a\",2]", NULL, NULL, "a\n2\n", false },
		{ OUTPUT_NAME, "[\"a\",2]", NULL, NULL, "a\n2\n", false },
		{ OUTPUT_TABLE, "\"x\"", NULL, NULL, "x\n", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(&rows[i], NULL);
}

static void test_cut(void **state)
{
	static const char list[] =
		"[{\"id\":\"0123456789012345678901234567890123456789\",\"caller\":{\"number\":"
		"\"0123456789012345678901234567890123456789\"}}]";
	static const struct row rows[] = {
		{ OUTPUT_TABLE, list, "id,caller", NULL,
		  "ID                                        CALLER\n"
		  "0123456789012345678901234567890123456789  0123456789012345678901234...\n", true },
		{ OUTPUT_TABLE, list, "caller", NULL,
		  "CALLER\n0123456789012345678901234567890123456789\n", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(&rows[i], field_channel);
}

static void test_no_headers(void **state)
{
	struct cli_context context;

	(void)state;
	cli_context_init(&context);
	context.cli.headers = false;
	assert_int_equal(output_reply(&context.cli, field_channel, "id,state", CHANNELS,
				      strlen(CHANNELS)), CLI_OK);
	assert_string_equal(cli_context_out(&context), "1.1   Up\n1.22  Ring\n");
	cli_context_release(&context);
}

static void test_unknown_column(void **state)
{
	struct cli_context context;

	(void)state;
	cli_context_init(&context);
	context.cli.columns = "id,nmae";
	assert_int_equal(output_reply(&context.cli, field_variable, NULL, CHANNELS, strlen(CHANNELS)),
			 CLI_USAGE);
	assert_string_equal(cli_context_out(&context), "");
	assert_string_equal(cli_context_err(&context),
			    "astctl: unknown column 'nmae'; expected value, or a JSON path like caller.name\n");
	cli_context_release(&context);
}

/* A thousand rows: every one is there, in order, under its title. */
static void test_many(void **state)
{
	struct cli_context context;
	char *json = NULL;
	size_t len = 0, lines = 0;
	FILE *out = open_memstream(&json, &len);

	(void)state;
	for (int i = 0; i < 1000; i++)
		fprintf(out, "%c{\"id\":\"%d\",\"state\":\"Up\"}", i ? ',' : '[', i);
	fputs("]", out);
	fclose(out);
	cli_context_init(&context);
	assert_int_equal(output_reply(&context.cli, field_channel, "id,state", json, len), CLI_OK);
	for (const char *p = cli_context_out(&context); *p; p += strcspn(p, "\n") + 1, lines++) {
		char want[16];

		snprintf(want, sizeof(want), "%-3zu  Up\n", lines - 1);
		if (lines > 0)
			assert_memory_equal(p, want, strlen(want));
	}
	assert_int_equal(lines, 1001);
	cli_context_release(&context);
	free(json);
}

static void test_errors(void **state)
{
	struct ari_error err = { .code = ARI_ENOTFOUND, .http_status = 404,
				 .operation = "channels.get" };
	struct cli_context context;

	(void)state;
	snprintf(err.text, sizeof(err.text), "a \"b\" \\ %s", "\xe2\x80\xae");
	cli_context_init(&context);
	context.cli.format = OUTPUT_JSON;
	assert_int_equal(cli_fail_error(&context.cli, &err), CLI_NOT_FOUND);
	assert_string_equal(cli_context_err(&context),
			    "{\"error\":{\"code\":\"not-found\",\"exit\":5,\"http\":404,\"operation\":"
			    "\"channels.get\",\"message\":\"a \\\"b\\\" \\\\ \\\\u202e\"}}\n");
	cli_context_release(&context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists), cmocka_unit_test(test_objects),
		cmocka_unit_test(test_without_table), cmocka_unit_test(test_cut),
		cmocka_unit_test(test_no_headers), cmocka_unit_test(test_unknown_column),
		cmocka_unit_test(test_many), cmocka_unit_test(test_errors),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
