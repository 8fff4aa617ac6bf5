/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The outcome watches, run over what real servers sent (tests/cases/outcome/, one situation a file):
 *  - each situation ends in the state, cause, SIP code and text that its last line says, and not before
 *  - hostile events (no ids, wrong types, other people's objects) end nothing
 *  - cancelling, ticks in any number and a lost connection end in something
 *
 * A case is lines of "MS WORD ...": `start`, `event JSON`, `status QUESTION CODE` (what the server answers from
 * then on; 200 before), `cancel`; first "watch KIND id=... ...", last "= STATE TEXT". Time is the case's own.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ari/outcome.h"

#define CASES "tests/cases/outcome"

struct run {
	struct ari_watch *watch;
	int status[ARI_ASK_CHANNEL + 1];
	uint64_t now;
	unsigned questions;
};

static const char *const kinds[] = { "call", "play", "record", "continue" };
static const char *const questions[] = { "nothing", "playback", "live", "stored", "channel" };

static int find(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i], name) == 0)
			return (int)i;
	}
	return -1;
}

/* Let the time go on to T, as a driver would: tick when due, put the questions, give the answers. */
static void advance(struct run *run, uint64_t t)
{
	uint64_t due;

	while ((due = ari_watch_due(run->watch)) <= t) {
		enum ari_question question;

		run->now = due > run->now ? due : run->now;
		ari_watch_tick(run->watch, run->now);
		question = ari_watch_question(run->watch);
		if (question != ARI_ASK_NOTHING) {
			run->questions++;
			ari_watch_answer(run->watch, question, run->status[question], run->now);
		}
	}
	run->now = t;
}

static void make(struct run *run, char *line)
{
	struct ari_watch_options options = { 0 };
	char *save = NULL;
	char *word = strtok_r(line, " ", &save);
	int kind;

	word = strtok_r(NULL, " ", &save);
	kind = find(kinds, 4, word);
	assert_true(kind >= 0);
	options.kind = (enum ari_watch_kind)kind;
	while ((word = strtok_r(NULL, " ", &save))) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		if (strcmp(word, "id") == 0)
			options.id = value;
		else if (strcmp(word, "target") == 0)
			options.target = value;
		else if (strcmp(word, "media") == 0)
			options.media = value;
		else if (strcmp(word, "ring") == 0)
			options.ring_ms = (unsigned)strtoul(value, NULL, 10);
		else if (strcmp(word, "max") == 0)
			options.max_ms = (unsigned)strtoul(value, NULL, 10);
		else if (strcmp(word, "terminate") == 0)
			options.terminate_on = value;
		else if (strcmp(word, "sentinel") == 0)
			options.sentinel = true;
		else
			fail_msg("unknown word '%s'", word);
	}
	run->watch = ari_watch_new(&options, NULL);
	assert_non_null(run->watch);
}

static void feed(struct run *run, char *json)
{
	struct ari_error err = { 0 };
	struct ari_event event;

	if (ari_event_parse(&event, json, strlen(json), &err) < 0)
		fail_msg("%s in %s", err.text, json);
	ari_watch_event(run->watch, &event, run->now);
}

static void step(struct run *run, char *line, const char *path)
{
	char *rest;
	uint64_t t = strtoull(line, &rest, 10);

	assert_true(rest > line && *rest == ' ');
	if (ari_watch_outcome(run->watch)->state != ARI_OUTCOME_PENDING)
		return;		/* what came after the end */
	advance(run, t);
	rest++;
	if (strcmp(rest, "start") == 0) {
		ari_watch_started(run->watch, t);
	} else if (strcmp(rest, "cancel") == 0) {
		ari_watch_cancel(run->watch, t);
	} else if (strncmp(rest, "event ", 6) == 0) {
		feed(run, rest + 6);
	} else if (strncmp(rest, "status ", 7) == 0) {
		char name[16];
		int code;
		int question;

		assert_int_equal(sscanf(rest, "status %15s %d", name, &code), 2);
		question = find(questions, 5, name);
		assert_true(question > 0);
		run->status[question] = code;
	} else {
		fail_msg("%s: what is '%s'?", path, rest);
	}
}

/* False, and told, when it ended otherwise: the other cases are still worth running. */
static bool expect(struct run *run, const char *line, const char *path)
{
	const struct ari_outcome *outcome;
	char got[512];
	char text[384];

	advance(run, run->now + 10000);
	outcome = ari_watch_outcome(run->watch);
	snprintf(got, sizeof(got), "= %s | %s", ari_outcome_name(outcome->state),
		 ari_outcome_text(outcome, text, sizeof(text)));
	if (strcmp(got, line) == 0)
		return true;
	print_error("%s:\nexpected %s\n     got %s\n", path, line, got);
	return false;
}

static bool run_case(const char *path)
{
	FILE *file = fopen(path, "r");
	struct run run = { 0 };
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	bool judged = false;
	bool good = true;

	assert_non_null(file);
	for (size_t i = 0; i < sizeof(run.status) / sizeof(run.status[0]); i++)
		run.status[i] = 200;
	while ((len = getline(&line, &size, file)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		if (strncmp(line, "watch ", 6) == 0) {
			make(&run, line);
		} else if (line[0] == '=') {
			good = expect(&run, line, path);
			judged = true;
		} else {
			step(&run, line, path);
		}
	}
	assert_true(judged);
	/* A watch that waits asks now and then, not all the time. */
	assert_true(run.questions < 20);
	ari_watch_free(run.watch);
	free(line);
	fclose(file);
	return good;
}

static void cases(void **state)
{
	struct dirent **list;
	int n = scandir(CASES, &list, NULL, alphasort);
	int ran = 0;
	int bad = 0;

	(void)state;
	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		char path[512];

		if (strstr(list[i]->d_name, ".case")) {
			snprintf(path, sizeof(path), CASES "/%s", list[i]->d_name);
			bad += !run_case(path);
			ran++;
		}
		free(list[i]);
	}
	free(list);
	assert_true(ran >= 40);
	assert_int_equal(bad, 0);
}

static const char *const hostile[] = {
	"{\"type\":\"PlaybackFinished\"}",
	"{\"type\":\"PlaybackFinished\",\"playback\":{\"id\":7,\"state\":\"done\"}}",
	"{\"type\":\"PlaybackFinished\",\"playback\":[\"x\"]}",
	"{\"type\":\"ChannelDestroyed\",\"cause\":17,\"channel\":{\"id\":\"other\"}}",
	"{\"type\":\"ChannelDestroyed\",\"cause\":\"17\",\"channel\":null}",
	"{\"type\":\"StasisStart\",\"channel\":{\"id\":\"x;2\",\"state\":\"Up\"}}",
	"{\"type\":\"StasisStart\",\"channel\":{\"id\":\"x\",\"state\":\"Down\"}}",
	"{\"type\":\"RecordingFinished\",\"recording\":{\"state\":\"done\"}}",
	"{\"type\":\"RecordingFailed\",\"recording\":{\"name\":\"xx\"}}",
	"{\"type\":\"Dial\",\"peer\":{\"id\":\"y\"},\"dialstatus\":\"BUSY\"}",
	"{\"type\":\"BridgeDestroyed\",\"bridge\":{\"id\":\"y\"}}",
	"{\"type\":\"SomethingNew\",\"x\":[1,2,{}]}",
};

static void nothing_hostile_ends_it(void **state)
{
	(void)state;
	for (int kind = ARI_WATCH_CALL; kind <= ARI_WATCH_CONTINUE; kind++) {
		struct ari_watch_options options = {
			.kind = (enum ari_watch_kind)kind, .id = "x", .target = "channel:t",
		};
		struct ari_watch *watch = ari_watch_new(&options, NULL);
		struct ari_event event;

		assert_non_null(watch);
		ari_watch_started(watch, 0);
		for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
			if (ari_event_parse(&event, hostile[i], strlen(hostile[i]), NULL) == 0)
				ari_watch_event(watch, &event, 1);
		}
		ari_watch_tick(watch, 2);
		assert_int_equal(ari_watch_outcome(watch)->state, ARI_OUTCOME_PENDING);
		ari_watch_free(watch);
	}
}

/* What was cancelled ends by itself when the server says nothing more. */
static void cancelled_ends(void **state)
{
	(void)state;
	for (int kind = ARI_WATCH_CALL; kind <= ARI_WATCH_CONTINUE; kind++) {
		struct ari_watch_options options = { .kind = (enum ari_watch_kind)kind, .id = "x" };
		struct run run = { .watch = ari_watch_new(&options, NULL),
				   .status = { 404, 404, 404, 404, 404 } };

		ari_watch_started(run.watch, 0);
		ari_watch_cancel(run.watch, 5);
		advance(&run, 5000);
		assert_int_equal(ari_watch_outcome(run.watch)->state, ARI_OUTCOME_CANCELLED);
		ari_watch_free(run.watch);
	}
}

static void needs_an_id(void **state)
{
	struct ari_watch_options options = { .kind = ARI_WATCH_PLAY, .id = "" };
	struct ari_error err = { 0 };

	(void)state;
	assert_null(ari_watch_new(&options, &err));
	assert_int_equal(err.code, ARI_EARGUMENT);
	ari_watch_free(NULL);
}

static void words(void **state)
{
	struct ari_outcome outcome = { .state = ARI_OUTCOME_NO_ANSWER, .cause = 19, .sip_code = 480 };
	char text[128];
	char small[8];

	(void)state;
	assert_string_equal(ari_outcome_text(&outcome, text, sizeof(text)),
			    "no answer (cause 19, User alerting, no answer; SIP 480)");
	assert_string_equal(ari_outcome_text(&outcome, small, sizeof(small)), "no answ");
	outcome.cause = 99;
	outcome.sip_code = 0;
	assert_string_equal(ari_outcome_text(&outcome, text, sizeof(text)), "no answer (cause 99)");
	assert_string_equal(ari_outcome_name((enum ari_outcome_state)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases),
		cmocka_unit_test(nothing_hostile_ends_it),
		cmocka_unit_test(cancelled_ends),
		cmocka_unit_test(needs_an_id),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
