/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Who speaks: the rules one by one, then long random lives of channels against a plain model: no
 * empty change, no speaker that is stuck, and what was told replays to what is.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../module/core/buf.h"
#include "../../../module/core/speakers.h"

#define CHANNELS 12
#define BRIDGES 4

/* What was told, and what replaying it gives. */
struct heard {
	struct speakers *speakers;
	struct buf log;
	bool in[BRIDGES][CHANNELS];
	bool listened[CHANNELS];
	int changes;
};

static int number(const char *id)
{
	return id[1] - 'a';
}

static void listen_to(void *arg, const char *channel, bool on)
{
	struct heard *heard = arg;

	assert_int_not_equal(heard->listened[number(channel)], on);
	heard->listened[number(channel)] = on;
}

static void changed(void *arg, const struct speakers_change *change)
{
	struct heard *heard = arg;
	bool *in = heard->in[number(change->bridge)];
	size_t i, n = 0;

	assert_true(change->n_joined + change->n_left);
	buf_addf(&heard->log, "%s:", change->bridge);
	for (i = 0; i < change->n_joined; i++) {
		assert_false(in[number(change->joined[i])]);
		in[number(change->joined[i])] = true;
		buf_addf(&heard->log, "+%s", change->joined[i]);
	}
	for (i = 0; i < change->n_left; i++) {
		assert_true(in[number(change->left[i])]);
		in[number(change->left[i])] = false;
		buf_addf(&heard->log, "-%s", change->left[i]);
	}
	buf_adds(&heard->log, "=");
	for (i = 0; i < change->n; i++) {
		assert_true(in[number(change->speaker[i].id)]);
		assert_true(!i || change->speaker[i].since >= change->speaker[i - 1].since);
		buf_addf(&heard->log, "%s", change->speaker[i].id);
	}
	buf_addc(&heard->log, ' ');
	for (i = 0; i < CHANNELS; i++)
		n += in[i];
	assert_int_equal(n, change->n);
	heard->changes++;
}

static const struct speakers_ops ops = {.listen = listen_to, .changed = changed};

static void open_heard(struct heard *heard)
{
	*heard = (struct heard){.changes = 0};
	heard->speakers = speakers_new(&ops, heard);
	assert_non_null(heard->speakers);
	speakers_set_times(heard->speakers,
			   &(struct speakers_times){.silence = 1000, .debounce = 200});
}

static void close_heard(struct heard *heard)
{
	speakers_free(heard->speakers);
	buf_free(&heard->log);
}

static void step(struct heard *heard, int64_t now)
{
	speakers_age(heard->speakers, now);
	speakers_flush(heard->speakers, now, 1000000 + now);
}

/* What was told since the last time. */
static void told(struct heard *heard, const char *expected)
{
	assert_string_equal(heard->log.data ? heard->log.data : "", expected);
	buf_clear(&heard->log);
	buf_adds(&heard->log, "");
}

/* CHANNEL speaks from FROM to UNTIL, as a host tells it. */
static void say(struct heard *heard, const char *channel, int64_t from, int64_t until)
{
	int64_t now;

	for (now = from + 50; now <= until; now += 50) {
		speakers_voice(heard->speakers, channel, 50, now);
		step(heard, now);
	}
}

static void members(struct heard *heard, const char *bridge, const char *a, const char *b)
{
	const char *const ids[] = {a, b, NULL};

	speakers_members(heard->speakers, bridge, ids);
}

static void test_turns(void **state)
{
	struct heard heard;
	const struct speaker *speaker;
	size_t n;

	(void)state;
	open_heard(&heard);
	members(&heard, "1a", "ca", "cb");
	step(&heard, 0);
	told(&heard, "");
	say(&heard, "ca", 1000, 1150);
	told(&heard, "");
	say(&heard, "ca", 1150, 3000);
	told(&heard, "1a:+ca=ca ");
	speaker = speakers_of(heard.speakers, "1a", &n);
	assert_int_equal(n, 1);
	assert_int_equal(speaker->since, 1001000);
	say(&heard, "cb", 3000, 3400);
	told(&heard, "1a:+cb=cacb ");
	step(&heard, 4000);
	told(&heard, "");
	step(&heard, 4001);
	told(&heard, "1a:-ca=cb ");
	step(&heard, 4400);
	told(&heard, "");
	step(&heard, 4401);
	told(&heard, "1a:-cb= ");
	step(&heard, 100000);
	told(&heard, "");
	assert_false(speakers_any(heard.speakers));
	close_heard(&heard);
}

static void test_pauses(void **state)
{
	struct heard heard;
	int64_t now;

	(void)state;
	open_heard(&heard);
	members(&heard, "1a", "ca", NULL);
	/* A click now and then never adds up. */
	for (now = 1000; now < 60000; now += 500) {
		speakers_voice(heard.speakers, "ca", 50, now);
		step(&heard, now);
	}
	told(&heard, "");
	/* Pauses between words do not end a speech. */
	for (now = 70000; now < 80000; now += 1000)
		say(&heard, "ca", now, now + 300);
	told(&heard, "1a:+ca=ca ");
	close_heard(&heard);
}

static void test_final_off(void **state)
{
	static const char *const alone[] = {"cb", NULL};
	struct heard heard;

	(void)state;
	open_heard(&heard);
	members(&heard, "1a", "ca", "cb");
	say(&heard, "ca", 0, 500);
	told(&heard, "1a:+ca=ca ");
	speakers_members(heard.speakers, "1a", alone);
	step(&heard, 510);
	told(&heard, "1a:-ca= ");
	assert_false(heard.listened[0]);
	say(&heard, "ca", 600, 1200);
	told(&heard, "");

	say(&heard, "cb", 1200, 1800);
	told(&heard, "1a:+cb=cb ");
	speakers_hold(heard.speakers, "cb", true);
	step(&heard, 2510);
	told(&heard, "1a:-cb= ");
	say(&heard, "cb", 2600, 4000);
	told(&heard, "");
	speakers_hold(heard.speakers, "cb", false);
	say(&heard, "cb", 4000, 4500);
	told(&heard, "1a:+cb=cb ");
	speakers_channel_gone(heard.speakers, "cb");
	step(&heard, 4510);
	told(&heard, "1a:-cb= ");
	assert_false(heard.listened[1]);
	close_heard(&heard);
}

static void test_bridges(void **state)
{
	struct heard heard;

	(void)state;
	open_heard(&heard);
	members(&heard, "1a", "ca", "cb");
	say(&heard, "ca", 0, 500);
	told(&heard, "1a:+ca=ca ");
	/* Moved: off there; here it has to be heard again. Nobody stops to listen. */
	members(&heard, "1b", "ca", NULL);
	step(&heard, 510);
	told(&heard, "1a:-ca= ");
	members(&heard, "1a", "cb", NULL);
	step(&heard, 520);
	assert_true(heard.listened[0]);
	say(&heard, "ca", 520, 1000);
	told(&heard, "1b:+ca=ca ");
	/* Left and back before anybody was told. */
	speakers_members(heard.speakers, "1b", NULL);
	members(&heard, "1b", "ca", NULL);
	speakers_voice(heard.speakers, "ca", 300, 1300);
	step(&heard, 1300);
	told(&heard, "");
	/* The bridge ends. */
	speakers_members(heard.speakers, "1b", NULL);
	step(&heard, 1400);
	told(&heard, "1b:-ca= ");
	speakers_members(heard.speakers, "1x", NULL);
	close_heard(&heard);
}

/* A plain model of the same life. */
struct life {
	int bridge;		/* -1: none */
	bool held;
	int64_t heard;		/* last; under rules that no pause is long */
};

static unsigned int roll(unsigned int *seed, unsigned int n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % n;
}

static void tell_members(struct heard *heard, const struct life *life, int bridge)
{
	char name[CHANNELS][3], room[3] = {'1', (char)('a' + bridge), '\0'};
	const char *ids[CHANNELS + 1];
	size_t n = 0;
	int i;

	for (i = 0; i < CHANNELS; i++) {
		if (life[i].bridge != bridge)
			continue;
		memcpy(name[i], (char[]){'c', (char)('a' + i), '\0'}, 3);
		ids[n++] = name[i];
	}
	ids[n] = NULL;
	speakers_members(heard->speakers, room, ids);
}

static void act(struct heard *heard, struct life *life, unsigned int *seed, int64_t now)
{
	int i = (int)roll(seed, CHANNELS), was = life[i].bridge;
	const char id[] = {'c', (char)('a' + i), '\0'};

	switch (roll(seed, 12)) {
	case 0:
		life[i].bridge = (int)roll(seed, BRIDGES + 1) - 1;
		if (life[i].bridge >= 0 && life[i].bridge != was)
			tell_members(heard, life, life[i].bridge);
		if (was >= 0)
			tell_members(heard, life, was);
		break;
	case 1:
		life[i].held = !life[i].held;
		speakers_hold(heard->speakers, id, life[i].held);
		break;
	case 2:
		life[i] = (struct life){.bridge = -1};
		speakers_channel_gone(heard->speakers, id);
		break;
	default:
		speakers_voice(heard->speakers, id, (int)roll(seed, 120), now);
		life[i].heard = now;
		break;
	}
}

/* Who is told to speak is in that bridge, is not held and was heard lately. */
static void check_lives(const struct heard *heard, const struct life *life, int64_t now)
{
	int b, i;

	for (i = 0; i < CHANNELS; i++) {
		assert_int_equal(heard->listened[i], life[i].bridge >= 0);
		for (b = 0; b < BRIDGES; b++) {
			if (!heard->in[b][i])
				continue;
			assert_int_equal(life[i].bridge, b);
			assert_false(life[i].held);
			assert_true(now - life[i].heard <= 1000);
		}
	}
}

static void test_random(void **state)
{
	unsigned int seed = 4711, round;
	int changes = 0;

	(void)state;
	for (round = 0; round < 200; round++) {
		struct life life[CHANNELS] = {{.bridge = 0}};
		struct heard heard;
		int64_t now;
		int i;

		open_heard(&heard);
		for (i = 0; i < CHANNELS; i++)
			life[i].bridge = -1;
		for (now = 0; now < 60000; now += roll(&seed, 60)) {
			act(&heard, life, &seed, now);
			if (roll(&seed, 4))
				continue;
			step(&heard, now);
			check_lives(&heard, life, now);
		}
		step(&heard, now + 1001);
		for (i = 0; i < BRIDGES * CHANNELS; i++)
			assert_false(heard.in[i / CHANNELS][i % CHANNELS]);
		changes += heard.changes;
		close_heard(&heard);
	}
	assert_true(changes > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_turns),  cmocka_unit_test(test_pauses),
		cmocka_unit_test(test_final_off), cmocka_unit_test(test_bridges),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
