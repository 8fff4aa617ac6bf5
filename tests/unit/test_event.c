/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Events:
 * - each case of tests/cases/event (one for each of ARI's types, and one unknown) gives its kind, exactly the members
 *   listed below its text, and its id; truncated anywhere it is refused;
 * - texts that are no event are refused in words;
 * - the recorded events of a real server are all read, and their types are known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ari/event.h"
#include "case_file.h"

#define MEMBER(name) { #name, offsetof(struct ari_event, name) }

static const struct {
	const char *name;
	size_t offset;
} members[] = {
	MEMBER(type), MEMBER(timestamp), MEMBER(application), MEMBER(asterisk_id), MEMBER(channel), MEMBER(bridge),
	MEMBER(playback), MEMBER(recording), MEMBER(endpoint), MEMBER(device_state), MEMBER(replace_channel),
	MEMBER(bridge_from), MEMBER(peer), MEMBER(caller), MEMBER(forwarded), MEMBER(args), MEMBER(dialstatus),
	MEMBER(dialstring), MEMBER(cause), MEMBER(cause_txt), MEMBER(tech_cause), MEMBER(digit), MEMBER(duration),
	MEMBER(duration_ms), MEMBER(variable), MEMBER(value), MEMBER(eventname), MEMBER(userevent),
};

#define N_MEMBERS (sizeof(members) / sizeof(*members))

static struct ari_span member(const struct ari_event *event, size_t i)
{
	return *(const struct ari_span *)(const void *)((const char *)event + members[i].offset);
}

static void expect_line(const struct ari_event *event, const char *line, size_t len, bool *seen,
			const char *name)
{
	const char *space = memchr(line, ' ', len);
	size_t word = space ? (size_t)(space - line) : len;
	struct ari_span want = { line + word + 1, len - word - 1 };

	if (word == 2 && !memcmp(line, "id", 2)) {
		struct ari_span id = ari_event_id(event);

		if (want.len == 1 && *want.p == '-')
			assert_null(id.p);
		else if (id.len != want.len + 2 || memcmp(id.p + 1, want.p, want.len))
			fail_msg("%s: the id is %.*s", name, (int)id.len, id.p ? id.p : "");
		return;
	}
	for (size_t i = 0; i < N_MEMBERS; i++) {
		struct ari_span got = member(event, i);

		if (strlen(members[i].name) != word || memcmp(members[i].name, line, word))
			continue;
		if (got.len != want.len || memcmp(got.p, want.p, want.len))
			fail_msg("%s: %s is %.*s", name, members[i].name, (int)got.len, got.p ? got.p : "");
		seen[i] = true;
		return;
	}
	fail_msg("%s: no such member: %.*s", name, (int)len, line);
}

static void expect_refused(const char *text, size_t len, const char *name)
{
	struct ari_event event;
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	if (!ari_event_parse(&event, copy, len, NULL))
		fail_msg("%s: accepted when cut at byte %zu", name, len);
	free(copy);
}

static void run_case(const char *path, const char *name, void *data)
{
	bool seen[N_MEMBERS] = { false }, *kinds = data;
	struct ari_error err = { 0 };
	struct ari_event event;
	size_t len, event_len;
	char *text = case_read(path, &len), *end;

	event_len = strcspn(text, "\n");
	if (ari_event_parse(&event, text, event_len, &err))
		fail_msg("%s: %s", name, err.text);
	assert_int_equal(event.json.len, event_len);
	assert_false(event.gap || event.synthetic);
	end = text + len;
	for (char *line = text + event_len + 1; line < end; line += strcspn(line, "\n") + 1)
		expect_line(&event, line, strcspn(line, "\n"), seen, name);
	for (size_t i = 0; i < N_MEMBERS; i++) {
		if (!seen[i] && member(&event, i).p)
			fail_msg("%s: %s is not expected", name, members[i].name);
	}
	if (event.kind)
		assert_memory_equal(ari_event_kind_name(event.kind), name, strcspn(name, "."));
	else
		assert_string_equal(name, "x-unknown.case");
	kinds[event.kind] = true;
	for (size_t i = 0; i < event_len; i++)
		expect_refused(text, i, name);
	free(text);
}

static void test_cases(void **state)
{
	bool kinds[ARI_EVENT_KINDS] = { false };

	(void)state;
	case_each("tests/cases/event", run_case, kinds);
	for (int i = 0; i < ARI_EVENT_KINDS; i++) {
		if (!kinds[i])
			fail_msg("no case for %s", ari_event_kind_name((enum ari_event_kind)i));
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
		{ "", "bad JSON at byte 0: expected an object" },
		{ "[]", "bad JSON at byte 0: expected an object" },
		{ "{}", "an event without a \"type\"" },
		{ "{\"type\":7}", "an event without a \"type\"" },
		{ "{\"message\":\"Oh\"}", "an event without a \"type\"" },
		{ "{\"type\":\"Dial\"} x", "bad JSON at byte 16: something follows the event" },
		{ "{\"type\":\"Dial\",\"peer\":{\"id\":}}", "bad JSON at byte 28: expected a value" },
		{ "{\"type\":\"Dial\",\"peer\":{\"id\":\"\xff\"}}", "bad JSON at byte 29: invalid UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ari_error err = { 0 };
		struct ari_event event;

		assert_int_equal(ari_event_parse(&event, cases[i].text, strlen(cases[i].text), &err), -1);
		assert_string_equal(err.text, cases[i].message);
	}
}

static void test_marks(void **state)
{
	static const char gap[] = "{\"type\":\"x-gap\",\"x-synthetic\":true}";
	static const char plain[] = " {\"x-synthetic\":false,\"type\":\"x-gapp\",\"type\":\"Dial\"} ";
	struct ari_event event;

	(void)state;
	assert_int_equal(ari_event_parse(&event, gap, strlen(gap), NULL), 0);
	assert_true(event.gap && event.synthetic && event.kind == ARI_EVENT_UNKNOWN);
	assert_int_equal(ari_event_parse(&event, plain, strlen(plain), NULL), 0);
	assert_false(event.gap || event.synthetic || event.kind != ARI_EVENT_UNKNOWN);
}

static void test_recorded(void **state)
{
	FILE *in = popen("xz -dc tests/bench/events.ndjson.xz", "r");
	size_t size = 0, n = 0;
	char *line = NULL;
	ssize_t len;

	(void)state;
	assert_non_null(in);
	while ((len = getline(&line, &size, in)) > 0) {
		struct ari_error err = { 0 };
		struct ari_event event;

		if (ari_event_parse(&event, line, (size_t)len, &err))
			fail_msg("event %zu: %s", n, err.text);
		assert_int_not_equal(event.kind, ARI_EVENT_UNKNOWN);
		n++;
	}
	free(line);
	assert_int_equal(pclose(in), 0);
	assert_int_equal(n, 9024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases), cmocka_unit_test(test_refused), cmocka_unit_test(test_marks),
		cmocka_unit_test(test_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
