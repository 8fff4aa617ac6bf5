/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The field tables: names are unique and can be typed, the usual columns exist, and models of the
 * API find their table, single and listed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ari/operation.h"
#include "../../cli/column.h"
#include "../../cli/field.h"

static void check_table(const struct field *fields, const char *usual)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz-";
	struct columns columns;
	const char *wrong;

	for (const struct field *field = fields; field->name; field++) {
		assert_int_equal(strspn(field->name, allowed), strlen(field->name));
		assert_non_null(field->title);
		assert_non_null(field->path);
		for (const struct field *other = fields; other != field; other++)
			assert_string_not_equal(other->name, field->name);
	}
	/* A sample without members: only names of the table are good. */
	assert_int_equal(columns_choose(&columns, fields, usual,
					(struct ari_span){ .p = "{}", .len = 2 }, &wrong), 0);
	assert_true(columns.count > 0);
	columns_release(&columns);
}

static void test_tables(void **state)
{
	const struct ari_operation *ops;
	size_t count, found = 0;

	(void)state;
	ops = ari_operations(&count);
	for (size_t i = 0; i < count; i++) {
		const char *usual = NULL;
		const struct field *fields = field_of_model(ops[i].result, &usual);

		if (!fields)
			continue;
		found++;
		check_table(fields, usual);
	}
	assert_true(found > 20);
}

static void test_models(void **state)
{
	const char *usual;

	(void)state;
	assert_ptr_equal(field_of_model("Channel", &usual), field_channel);
	assert_ptr_equal(field_of_model("List[Channel]", &usual), field_channel);
	assert_ptr_equal(field_of_model("Variable", &usual), field_variable);
	assert_null(field_of_model("AsteriskInfo", &usual));
	assert_null(field_of_model("Chan", &usual));
	assert_null(field_of_model("", &usual));
	assert_null(field_of_model(NULL, &usual));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables), cmocka_unit_test(test_models),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
