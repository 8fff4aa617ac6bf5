/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The live model:
 * - each directory of tests/cases/model: events.ndjson (events, and directives behind "# ") makes the model that
 *   `expect` describes, with the differences that it told, in order;
 * - the same with every event applied twice: nothing is counted twice;
 * - all recorded events of a real server: everything that began has ended;
 * - limits hold; objects are found, iterated in order; change flags say what changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ari/model.h"
#include "ari/snapshot.h"
#include "case_file.h"

struct script {
	struct ari_model *model;
	const char *name;
	uint64_t now_ms;
	uint64_t mark;
	unsigned times;		/* that each event is applied */
	char only[256];
	FILE *out;
};

static void put_text(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc((unsigned char)*text < 0x20 ? '?' : *text, out);
}

static void put_raw(FILE *out, struct ari_span value)
{
	char text[256];

	if (ari_json_text(value, text, sizeof(text)) >= 0) {
		fputc(' ', out);
		put_text(out, text);
	}
}

static void on_difference(const struct ari_event *event, void *data)
{
	struct script *script = data;

	assert_true(event->synthetic);
	fputs("told", script->out);
	put_raw(script->out, event->type);
	put_raw(script->out, ari_event_id(event));
	if (event->channel.p && event->bridge.p)
		put_raw(script->out, ari_json_get(event->bridge, "id"));
	fputc('\n', script->out);
}

static enum ari_object_kind kind_of(const char *word)
{
	static const char *const words[] = { "channels", "bridges", "endpoints", "playbacks", "recordings" };

	for (int i = 0; i < ARI_OBJECT_KINDS; i++) {
		if (!strncmp(word, words[i], strlen(words[i])))
			return (enum ari_object_kind)i;
	}
	fail_msg("no such list: %s", word);
	return ARI_OBJECT_KINDS;
}

static void load(struct script *script, const char *args, bool good)
{
	const char *list = strchr(args, ' ') + 1;
	const struct ari_span only = { script->only, strlen(script->only) };
	const struct ari_model_load how = {
		.mark = script->mark, .now_ms = script->now_ms, .timestamp = "t", .application = "app\"",
		.only = only.len ? &only : NULL, .n_only = only.len > 0, .fn = on_difference, .data = script,
	};
	struct ari_error err = { 0 };
	int rc = ari_model_load(script->model, kind_of(args), (struct ari_span){ list, strlen(list) }, &how, &err);

	if (rc != (good ? 0 : -1))
		fail_msg("%s: list: %s", script->name, err.text);
	assert_int_equal(err.code, good ? ARI_OK : ARI_EPROTOCOL);
}

static void directive(struct script *script, const char *line)
{
	char arg[256] = "";

	sscanf(line, "%*s %255s", arg);
	if (!strncmp(line, "at ", 3))
		script->now_ms = strtoull(arg, NULL, 10);
	else if (!strncmp(line, "mark", 4))
		script->mark = ari_model_mark(script->model);
	else if (!strncmp(line, "gap", 3))
		ari_model_gap(script->model, script->now_ms);
	else if (!strncmp(line, "tick ", 5))
		ari_model_tick(script->model, strtoull(arg, NULL, 10));
	else if (!strncmp(line, "mute ", 5) || !strncmp(line, "unmute ", 7))
		ari_model_mute(script->model, arg, *line == 'm', script->now_ms);
	else if (!strncmp(line, "partial", 7))
		ari_model_set_partial(script->model, true);
	else if (!strncmp(line, "only ", 5))
		snprintf(script->only, sizeof(script->only), "%s", arg);
	else if (!strncmp(line, "list ", 5))
		load(script, line + 5, true);
	else if (!strncmp(line, "badlist ", 8))
		load(script, line + 8, false);
	else
		fail_msg("%s: no such directive: %s", script->name, line);
}

static void apply(struct script *script, const char *line, size_t len)
{
	for (unsigned i = 0; i < script->times; i++) {
		struct ari_error err = { 0 };
		struct ari_event event;

		if (ari_event_parse(&event, line, len, &err))
			fail_msg("%s: %s: %s", script->name, line, err.text);
		ari_model_apply(script->model, &event, script->now_ms);
	}
}

static void dump_channel(const struct script *script, const struct ari_model_channel *channel)
{
	static const char *const talk[] = { "unknown", "silent", "talking" };
	struct ari_channel snapshot;
	char app[64];

	assert_int_equal(ari_channel_parse(&snapshot, channel->obj.json, NULL), 0);
	fputs("channel ", script->out);
	put_text(script->out, channel->obj.id);
	fprintf(script->out, " %s", ari_channel_state_name(snapshot.state));
	if (channel->bridge)
		fprintf(script->out, " bridge=%s", channel->bridge->obj.id);
	fputs(channel->in_stasis ? " stasis" : "", script->out);
	if (ari_model_channel_app(channel, app, sizeof(app)))
		fprintf(script->out, " app=%s", app);
	fprintf(script->out, "%s%s talk=%s talk_ms=%llu\n", channel->held ? " held" : "",
		channel->muted ? " muted" : "", talk[channel->talk],
		(unsigned long long)ari_model_talk_ms(channel, script->now_ms));
}

static void dump_bridge(const struct script *script, const struct ari_model_bridge *bridge)
{
	const struct ari_model_channel *member = NULL;
	size_t n = 0;

	fprintf(script->out, "bridge %s members=", bridge->obj.id);
	while ((member = ari_model_next_member(bridge, member))) {
		assert_ptr_equal(member->bridge, bridge);
		fputs(n++ ? "," : "", script->out);
		put_text(script->out, member->obj.id);
	}
	assert_int_equal(n, bridge->n_members);
	fprintf(script->out, " talking=%zu\n", bridge->n_talking);
}

static void dump_others(const struct script *script, enum ari_object_kind kind, const char *word)
{
	const struct ari_object *object = NULL;

	while ((object = ari_model_next(script->model, kind, object))) {
		assert_ptr_equal(ari_model_find(script->model, kind, object->id), object);
		fprintf(script->out, "%s %s\n", word, object->id);
	}
}

static void dump(const struct script *script)
{
	const struct ari_model_channel *channel = NULL;
	const struct ari_model_bridge *bridge = NULL;
	const char *separator = "talkers ";

	while ((channel = ari_model_next_channel(script->model, channel))) {
		assert_ptr_equal(ari_model_channel(script->model, channel->obj.id), channel);
		dump_channel(script, channel);
	}
	while ((bridge = ari_model_next_bridge(script->model, bridge)))
		dump_bridge(script, bridge);
	dump_others(script, ARI_OBJECT_ENDPOINT, "endpoint");
	dump_others(script, ARI_OBJECT_PLAYBACK, "playback");
	dump_others(script, ARI_OBJECT_RECORDING, "recording");
	while ((channel = ari_model_next_talker(script->model, channel))) {
		fprintf(script->out, "%s%s", separator, channel->obj.id);
		separator = ",";
	}
	fputs(*separator == ',' ? "\n" : "", script->out);
}

static void run_case(const char *path, const char *name, void *data)
{
	struct script script = { .name = name, .times = *(unsigned *)data };
	char file[600], *events, *want, *got = NULL;
	size_t len, size;

	script.model = ari_model_new(NULL, NULL);
	script.out = open_memstream(&got, &size);
	assert_true(script.model && script.out);
	snprintf(file, sizeof(file), "%s/events.ndjson", path);
	events = case_read(file, &len);
	for (char *line = strtok_r(events, "\n", &want); line; line = strtok_r(NULL, "\n", &want)) {
		if (*line == '#')
			directive(&script, line + 2);
		else
			apply(&script, line, strlen(line));
	}
	dump(&script);
	fclose(script.out);
	snprintf(file, sizeof(file), "%s/expect", path);
	want = case_read(file, &len);
	if (strcmp(got, want))
		fail_msg("%s (%u times)\n--- expected\n%s--- got\n%s", name, script.times, want, got);
	free(want);
	free(got);
	free(events);
	ari_model_free(script.model);
}

static void test_cases(void **state)
{
	unsigned times = 1;

	(void)state;
	assert_true(case_each("tests/cases/model", run_case, &times) >= 43);
}

static void test_twice(void **state)
{
	unsigned times = 2;

	(void)state;
	case_each("tests/cases/model", run_case, &times);
}

static void test_recorded(void **state)
{
	FILE *in = popen("xz -dc tests/bench/events.ndjson.xz", "r");
	struct ari_model *model = ari_model_new(NULL, NULL);
	size_t size = 0, most = 0, members = 0, playbacks = 0;
	char *line = NULL;
	ssize_t len;

	(void)state;
	assert_true(in && model);
	while ((len = getline(&line, &size, in)) > 0) {
		struct ari_event event;

		assert_int_equal(ari_event_parse(&event, line, (size_t)len, NULL), 0);
		if (ari_model_apply(model, &event, 0) & ARI_CHANGED_MEMBERS)
			members++;
		if (ari_model_count(model, ARI_OBJECT_CHANNEL) > most)
			most = ari_model_count(model, ARI_OBJECT_CHANNEL);
		if (ari_model_count(model, ARI_OBJECT_PLAYBACK) > playbacks)
			playbacks = ari_model_count(model, ARI_OBJECT_PLAYBACK);
	}
	free(line);
	assert_int_equal(pclose(in), 0);
	assert_int_equal(members, 440);		/* 220 ChannelEnteredBridge, 220 ChannelLeftBridge */
	assert_true(most >= 4 && playbacks >= 1);
	for (int kind = 0; kind < ARI_OBJECT_KINDS; kind++)
		assert_int_equal(ari_model_count(model, (enum ari_object_kind)kind), 0);
	ari_model_free(model);
}

static unsigned feed(struct ari_model *model, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static unsigned feed(struct ari_model *model, const char *fmt, ...)
{
	struct ari_event event;
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	assert_int_equal(ari_event_parse(&event, text, strlen(text), NULL), 0);
	return ari_model_apply(model, &event, 7);
}

static void test_limits(void **state)
{
	struct ari_model_options options = { .max_objects = { [ARI_OBJECT_CHANNEL] = 3, [ARI_OBJECT_PLAYBACK] = 2 } };
	struct ari_model *model = ari_model_new(&options, NULL);

	(void)state;
	for (int i = 0; i < 10; i++) {
		feed(model, "{\"type\":\"ChannelCreated\",\"channel\":{\"id\":\"c%d\"}}", i);
		feed(model, "{\"type\":\"PlaybackStarted\",\"playback\":{\"id\":\"p%d\",\"target_uri\":\"channel:c0\"}}", i);
	}
	assert_int_equal(ari_model_count(model, ARI_OBJECT_CHANNEL), 3);
	assert_non_null(ari_model_channel(model, "c2"));
	assert_null(ari_model_channel(model, "c3"));
	assert_int_equal(ari_model_count(model, ARI_OBJECT_PLAYBACK), 2);
	assert_non_null(ari_model_find(model, ARI_OBJECT_PLAYBACK, "p9"));
	assert_int_equal(ari_model_dropped(model), 15);
	ari_model_clear(model);
	assert_null(ari_model_next_channel(model, NULL));
	ari_model_free(model);
}

static void test_flags(void **state)
{
	struct ari_model *model = ari_model_new(NULL, NULL);

	(void)state;
	assert_int_equal(feed(model, "{\"type\":\"ChannelCreated\",\"channel\":{\"id\":\"a\"}}"),
			 ARI_CHANGED_CHANNEL | ARI_CHANGED_ADDED);
	assert_int_equal(feed(model, "{\"type\":\"ChannelVarset\",\"channel\":{\"id\":\"a\"}}"), 0);
	assert_int_equal(feed(model, "{\"type\":\"ChannelStateChange\",\"channel\":{\"id\":\"a\",\"state\":\"Up\"}}"),
			 ARI_CHANGED_CHANNEL);
	assert_int_equal(ari_model_channel(model, "a")->obj.changed_ms, 7);
	assert_int_equal(feed(model, "{\"type\":\"ChannelEnteredBridge\",\"channel\":{\"id\":\"a\",\"state\":\"Up\"},"
			      "\"bridge\":{\"id\":\"b\",\"channels\":[\"a\"]}}"),
			 ARI_CHANGED_BRIDGE | ARI_CHANGED_ADDED | ARI_CHANGED_MEMBERS);
	assert_int_equal(feed(model, "{\"type\":\"ChannelTalkingStarted\",\"timestamp\":\"T1\",\"channel\":{\"id\":\"a\","
			      "\"state\":\"Up\"}}"), ARI_CHANGED_TALK);
	assert_string_equal(ari_model_channel(model, "a")->talk_at, "T1");
	assert_int_equal(ari_model_mute(model, "a", true, 9), ARI_CHANGED_CHANNEL | ARI_CHANGED_TALK);
	assert_int_equal(ari_model_mute(model, "a", true, 9), 0);
	assert_int_equal(ari_model_mute(model, "nobody", true, 9), 0);
	assert_int_equal(feed(model, "{\"type\":\"ChannelDestroyed\",\"channel\":{\"id\":\"a\"}}"),
			 ARI_CHANGED_CHANNEL | ARI_CHANGED_REMOVED | ARI_CHANGED_MEMBERS);
	assert_int_equal(feed(model, "{\"type\":\"ChannelDestroyed\",\"channel\":{\"id\":\"a\"}}"), 0);
	assert_int_equal(feed(model, "{\"type\":\"x-gap\"}"), ARI_CHANGED_TALK);
	ari_model_free(model);
}

/* Many of them, in and out: found all, in order, none left. */
static void test_many(void **state)
{
	struct ari_model *model = ari_model_new(NULL, NULL);
	const struct ari_model_channel *channel = NULL;
	char id[16];
	int n = 0;

	(void)state;
	for (int i = 0; i < 5000; i++)
		feed(model, "{\"type\":\"ChannelCreated\",\"channel\":{\"id\":\"c%d\"}}", i);
	while ((channel = ari_model_next_channel(model, channel))) {
		snprintf(id, sizeof(id), "c%d", n++);
		assert_string_equal(channel->obj.id, id);
	}
	assert_int_equal(n, 5000);
	for (int i = 0; i < 5000; i += 2)
		feed(model, "{\"type\":\"ChannelDestroyed\",\"channel\":{\"id\":\"c%d\"}}", i);
	assert_int_equal(ari_model_count(model, ARI_OBJECT_CHANNEL), 2500);
	assert_null(ari_model_channel(model, "c10"));
	assert_non_null(ari_model_channel(model, "c11"));
	ari_model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases), cmocka_unit_test(test_twice), cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_limits), cmocka_unit_test(test_flags), cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
