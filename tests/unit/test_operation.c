/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The generated tables, and the look-ups in them:
 * - the operation table is sorted, without doubles, and each row is complete;
 * - an operation is found by its full name only, a parameter by its wire name only;
 * - parameters agree with the path, with their allowed values, limits and defaults;
 * - what other code relies on: originate, the filter, the event stream, lists;
 * - each kind of event is found by its name, and by nothing that differs in a byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ari/event_kind.h"
#include "ari/operation.h"

#define ARI_OPERATIONS 109
#define ARI_PARAMS 275

static const struct ari_operation *need(const char *name)
{
	const struct ari_operation *op = ari_operation_find(name);

	if (!op) {
		fail_msg("no operation %s", name);
	}
	return op;
}

static const struct ari_param *need_param(const char *op, const char *name)
{
	const struct ari_param *param = ari_operation_param(need(op), name);

	if (!param) {
		fail_msg("no parameter %s of %s", name, op);
	}
	return param;
}

static void test_sorted_and_unique(void **state)
{
	size_t count;
	const struct ari_operation *ops = ari_operations(&count);

	(void)state;
	for (size_t i = 1; i < count; i++) {
		if (strcmp(ops[i - 1].name, ops[i].name) >= 0) {
			fail_msg("%s is not before %s", ops[i - 1].name, ops[i].name);
		}
	}
}

/* Operations that only the module adds come on top, so these are the least. */
static void test_counts(void **state)
{
	size_t count, params = 0;
	const struct ari_operation *ops = ari_operations(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		params += ops[i].n_params;
	}
	assert_true(count >= ARI_OPERATIONS);
	assert_true(params >= ARI_PARAMS);
}

static void test_rows_are_complete(void **state)
{
	size_t count;
	const struct ari_operation *ops = ari_operations(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		char name[128];

		snprintf(name, sizeof(name), "%s.%s", ops[i].resource, ops[i].nickname);
		assert_string_equal(ops[i].name, name);
		assert_int_equal(ops[i].path[0], '/');
		assert_true(strlen(ops[i].summary) > 8);
		assert_true(!ops[i].detail || *ops[i].detail);
		assert_non_null(strchr(ops[i].since, '.'));
		assert_true(!strcmp(ops[i].method, "GET") || !strcmp(ops[i].method, "PUT") ||
			!strcmp(ops[i].method, "POST") || !strcmp(ops[i].method, "DELETE"));
		for (size_t j = 0; j < ops[i].n_errors; j++) {
			assert_in_range(ops[i].errors[j].status, 400, 599);
			assert_true(*ops[i].errors[j].reason);
		}
	}
}

static void test_find(void **state)
{
	size_t count;
	const struct ari_operation *ops = ari_operations(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_ptr_equal(ari_operation_find(ops[i].name), &ops[i]);
	}
	assert_null(ari_operation_find(""));
	assert_null(ari_operation_find("channels"));
	assert_null(ari_operation_find("channels."));
	assert_null(ari_operation_find("originate"));
	assert_null(ari_operation_find("channels.Originate"));
	assert_null(ari_operation_find("channels.originat"));
	assert_null(ari_operation_find("channels.originateX"));
	assert_null(ari_operation_find("zzz.zzz"));
}

static void test_find_param(void **state)
{
	const struct ari_operation *op = need("channels.originate");

	(void)state;
	for (size_t i = 0; i < op->n_params; i++) {
		assert_ptr_equal(ari_operation_param(op, op->params[i].name), &op->params[i]);
	}
	assert_null(ari_operation_param(op, ""));
	assert_null(ari_operation_param(op, "callerid"));
	assert_null(ari_operation_param(op, "caller-id"));
	assert_null(ari_operation_param(need("channels.list"), "channelId"));
}

static void check_path_param(const struct ari_operation *op, const struct ari_param *param)
{
	char wanted[128];

	snprintf(wanted, sizeof(wanted), "{%s}", param->name);
	assert_int_equal(!!strstr(op->path, wanted), param->in == ARI_IN_PATH);
	if (param->in == ARI_IN_PATH) {
		assert_true(param->required);
	}
}

static void check_values(const struct ari_param *param)
{
	bool found = !param->def || !param->allowed;
	size_t n = 0;

	if (param->allowed) {
		for (; param->allowed[n]; n++) {
			found = found || !strcmp(param->allowed[n], param->def);
		}
		assert_true(n > 0);
	}
	assert_true(found);
	if (param->minimum && param->def) {
		assert_true(strtoll(param->def, NULL, 10) >= strtoll(param->minimum, NULL, 10));
	}
	if (param->type == ARI_TYPE_BOOL && param->def) {
		assert_true(!strcmp(param->def, "true") || !strcmp(param->def, "false"));
	}
}

static void test_params_are_consistent(void **state)
{
	size_t count;
	const struct ari_operation *ops = ari_operations(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < ops[i].n_params; j++) {
			const struct ari_param *param = &ops[i].params[j];

			assert_ptr_equal(ari_operation_param(&ops[i], param->name), param);
			assert_true(strlen(param->summary) > 8);
			check_path_param(&ops[i], param);
			check_values(param);
			assert_true(!param->multiple || param->in == ARI_IN_QUERY);
			assert_true(!param->whole_body || param->in == ARI_IN_BODY);
			if (param->in != ARI_IN_BODY) {
				assert_true(param->type != ARI_TYPE_OBJECT && param->type != ARI_TYPE_LIST);
			}
		}
	}
}

static void test_originate(void **state)
{
	const struct ari_operation *op = need("channels.originate");
	const struct ari_param *timeout = need_param("channels.originate", "timeout");

	(void)state;
	assert_string_equal(op->method, "POST");
	assert_string_equal(op->path, "/channels");
	assert_string_equal(op->result, "Channel");
	assert_false(op->websocket);
	assert_true(need_param("channels.originate", "endpoint")->required);
	assert_false(need_param("channels.originate", "app")->required);
	assert_int_equal(timeout->type, ARI_TYPE_INT);
	assert_string_equal(timeout->def, "30");
	assert_string_equal(timeout->minimum, "-1");
	assert_string_equal(need_param("channels.originate", "formats")->since, "13.10.0");
	assert_null(need_param("channels.originate", "endpoint")->since);
	assert_int_equal(need_param("channels.originate", "priority")->type, ARI_TYPE_LONG);
}

static void test_bodies(void **state)
{
	const struct ari_param *param = need_param("channels.originate", "variables");

	(void)state;
	assert_int_equal(param->in, ARI_IN_BODY);
	assert_int_equal(param->type, ARI_TYPE_OBJECT);
	assert_false(param->whole_body);
	assert_false(param->required);
	assert_true(need_param("channels.setChannelVars", "variables")->required);
	/* Asterisk wants the filter bare, not inside a member called filter. */
	param = need_param("applications.filter", "filter");
	assert_int_equal(param->type, ARI_TYPE_OBJECT);
	assert_true(param->whole_body);
	param = need_param("asterisk.updateObject", "fields");
	assert_int_equal(param->type, ARI_TYPE_LIST);
	assert_false(param->whole_body);
}

static void test_lists_and_results(void **state)
{
	const struct ari_param *states = need_param("playbacks.control", "operation");

	(void)state;
	assert_true(need_param("channels.play", "media")->multiple);
	assert_int_equal(need_param("channels.play", "media")->type, ARI_TYPE_STRING);
	assert_true(need_param("bridges.addChannel", "channel")->multiple);
	assert_string_equal(states->allowed[0], "restart");
	assert_string_equal(states->allowed[4], "forward");
	assert_null(states->allowed[5]);
	assert_string_equal(need("channels.list")->result, "List[Channel]");
	assert_string_equal(need("recordings.getStoredFile")->result, "binary");
	assert_null(need("channels.answer")->result);
}

static void test_event_stream_is_the_only_websocket(void **state)
{
	size_t count;
	const struct ari_operation *ops = ari_operations(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(ops[i].websocket, !strcmp(ops[i].name, "events.eventWebsocket"));
	}
}

/* The status codes that are not what one would guess. */
static void test_errors(void **state)
{
	static const struct {
		const char *op;
		int status;
	} rows[] = {
		{ "bridges.addChannel", 400 }, { "bridges.addChannel", 422 },
		{ "channels.rtpstatistics", 403 }, { "sounds.list", 404 },
		{ "deviceStates.delete", 500 }, { "events.claimChannel", 501 },
		{ "channels.answer", 412 }, { "bridges.stopMoh", 409 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ari_operation *op = need(rows[i].op);
		size_t found = 0;

		for (size_t j = 0; j < op->n_errors; j++) {
			found += op->errors[j].status == rows[i].status;
		}
		assert_int_equal(found, 1);
	}
}

static void test_event_kinds_by_name(void **state)
{
	(void)state;
	/* 45 events and MissingParams, besides the unknown one. */
	assert_true(ARI_EVENT_KINDS >= 47);
	for (int i = 1; i < ARI_EVENT_KINDS; i++) {
		const char *name = ari_event_kind_name((enum ari_event_kind)i);

		assert_int_equal(ari_event_kind_find(name, strlen(name)), i);
	}
	assert_string_equal(ari_event_kind_name(ARI_EVENT_STASIS_START), "StasisStart");
	assert_string_equal(ari_event_kind_name(ARI_EVENT_REST_RESPONSE), "RESTResponse");
	assert_string_equal(ari_event_kind_name(ARI_EVENT_UNKNOWN), "unknown");
	assert_string_equal(ari_event_kind_name((enum ari_event_kind)9999), "unknown");
	/* Part of the ABI: must never move. */
	assert_int_equal(ARI_EVENT_DEVICE_STATE_CHANGED, 1);
	assert_int_equal(ARI_EVENT_MISSING_PARAMS, 46);
}

/* The bytes are copied to a block of just that size: a sanitizer sees any read beyond it. */
static enum ari_event_kind find_exact(const char *bytes, size_t len)
{
	char *copy = malloc(len ? len : 1);
	enum ari_event_kind kind;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	kind = ari_event_kind_find(copy, len);
	free(copy);
	return kind;
}

static void test_event_kinds_by_nothing_else(void **state)
{
	(void)state;
	for (int i = 1; i < ARI_EVENT_KINDS; i++) {
		const char *name = ari_event_kind_name((enum ari_event_kind)i);
		char other[64];
		size_t len = strlen(name);

		assert_int_equal(find_exact(name, len), i);
		assert_int_equal(find_exact(name, len - 1), ARI_EVENT_UNKNOWN);
		for (size_t j = 0; j < len; j++) {
			memcpy(other, name, len);
			other[j] ^= 0x20;
			assert_int_equal(find_exact(other, len), ARI_EVENT_UNKNOWN);
		}
		memcpy(other, name, len);
		other[len] = 's';
		assert_int_equal(find_exact(other, len + 1), ARI_EVENT_UNKNOWN);
	}
	assert_int_equal(find_exact("", 0), ARI_EVENT_UNKNOWN);
	assert_int_equal(find_exact("unknown", 7), ARI_EVENT_UNKNOWN);
	assert_int_equal(find_exact("\0\0\0\0\0", 5), ARI_EVENT_UNKNOWN);
	assert_int_equal(find_exact("\377\377\377\377\377\377", 6), ARI_EVENT_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorted_and_unique),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_rows_are_complete),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_find_param),
		cmocka_unit_test(test_params_are_consistent),
		cmocka_unit_test(test_originate),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_lists_and_results),
		cmocka_unit_test(test_event_stream_is_the_only_websocket),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_event_kinds_by_name),
		cmocka_unit_test(test_event_kinds_by_nothing_else),
	};

	return cmocka_run_group_tests_name("operation", tests, NULL, NULL);
}
