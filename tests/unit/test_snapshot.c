/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Snapshots: members of Asterisk 16 and of 22, states by name, unknown members skipped, broken or foreign objects
 * refused in words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ari/snapshot.h"

static struct ari_span span(const char *text)
{
	return (struct ari_span){ text, strlen(text) };
}

static void assert_span(struct ari_span got, const char *want)
{
	if (!want)
		assert_null(got.p);
	else if (got.len != strlen(want) || memcmp(got.p, want, got.len))
		fail_msg("%.*s is not %s", (int)got.len, got.p ? got.p : "", want);
}

static void test_channel_16(void **state)
{
	struct ari_channel channel;

	(void)state;
	assert_int_equal(ari_channel_parse(&channel, span("{\"id\":\"1.2\",\"name\":\"PJSIP/a-1\",\"state\":\"Ringing\","
		"\"caller\":{\"name\":\"A\",\"number\":\"1\"},\"connected\":{\"name\":\"\",\"number\":\"2\"},"
		"\"accountcode\":\"\",\"dialplan\":{\"context\":\"c\",\"exten\":\"s\",\"priority\":3,\"app_name\":\"Dial\","
		"\"app_data\":\"PJSIP/b\"},\"creationtime\":\"t\",\"language\":\"en\"}"), NULL), 0);
	assert_int_equal(channel.state, ARI_CHANNEL_RINGING);
	assert_span(channel.id, "\"1.2\"");
	assert_span(channel.caller_name, "\"A\"");
	assert_span(channel.caller_number, "\"1\"");
	assert_span(channel.connected_number, "\"2\"");
	assert_span(channel.context, "\"c\"");
	assert_span(channel.priority, "3");
	assert_span(channel.app_data, "\"PJSIP/b\"");
	assert_span(channel.protocol_id, NULL);
	assert_span(channel.tenantid, NULL);
	assert_span(channel.channelvars, NULL);
}

static void test_channel_22(void **state)
{
	struct ari_channel channel;

	(void)state;
	assert_int_equal(ari_channel_parse(&channel, span("{\"tenantid\":\"t1\",\"new\":[{\"id\":\"no\"}],\"id\":\"x\","
		"\"protocol_id\":\"p\",\"caller_rdnis\":\"9\",\"channelvars\":{\"A\":\"1\"},\"caller\":null,\"dialplan\":7}"),
		NULL), 0);
	assert_int_equal(channel.state, ARI_CHANNEL_UNKNOWN);
	assert_span(channel.id, "\"x\"");
	assert_span(channel.tenantid, "\"t1\"");
	assert_span(channel.protocol_id, "\"p\"");
	assert_span(channel.caller_rdnis, "\"9\"");
	assert_span(channel.channelvars, "{\"A\":\"1\"}");
	assert_span(channel.caller_name, NULL);
	assert_span(channel.context, NULL);
}

static void test_states(void **state)
{
	static const char *const names[] = {
		"Down", "Rsrved", "OffHook", "Dialing", "Ring", "Ringing", "Up", "Busy", "Dialing Offhook", "Pre-ring",
	};
	struct ari_channel channel;
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(text, sizeof(text), "{\"id\":\"x\",\"state\":\"%s\"}", names[i]);
		assert_int_equal(ari_channel_parse(&channel, span(text), NULL), 0);
		assert_int_not_equal(channel.state, ARI_CHANNEL_UNKNOWN);
		assert_string_equal(ari_channel_state_name(channel.state), names[i]);
	}
	assert_int_equal(ari_channel_parse(&channel, span("{\"id\":\"x\",\"state\":\"Rsrvd\"}"), NULL), 0);
	assert_int_equal(channel.state, ARI_CHANNEL_RESERVED);
	assert_int_equal(ari_channel_parse(&channel, span("{\"id\":\"x\",\"state\":6}"), NULL), 0);
	assert_int_equal(channel.state, ARI_CHANNEL_UNKNOWN);
	assert_string_equal(ari_channel_state_name((enum ari_channel_state)77), "Unknown");
}

static void test_others(void **state)
{
	struct ari_bridge bridge;
	struct ari_playback playback;
	struct ari_live_recording live;
	struct ari_stored_recording stored;
	struct ari_endpoint endpoint;
	struct ari_device_state device;

	(void)state;
	assert_int_equal(ari_bridge_parse(&bridge, span("{\"id\":\"b\",\"channels\":[\"1\"],\"video_mode\":\"none\"}"), NULL), 0);
	assert_span(bridge.channels, "[\"1\"]");
	assert_span(bridge.video_mode, "\"none\"");
	assert_int_equal(ari_playback_parse(&playback, span("{\"id\":\"p\",\"target_uri\":\"channel:1\",\"state\":\"paused\"}"), NULL), 0);
	assert_int_equal(playback.state, ARI_MEDIA_PAUSED);
	assert_int_equal(ari_live_recording_parse(&live, span("{\"name\":\"r\",\"state\":\"canceled\",\"duration\":3}"), NULL), 0);
	assert_int_equal(live.state, ARI_MEDIA_CANCELED);
	assert_span(live.duration, "3");
	assert_int_equal(ari_stored_recording_parse(&stored, span("{\"name\":\"r\",\"format\":\"wav\"}"), NULL), 0);
	assert_span(stored.format, "\"wav\"");
	assert_int_equal(ari_endpoint_parse(&endpoint, span("{\"technology\":\"PJSIP\",\"resource\":\"a\",\"channel_ids\":[]}"), NULL), 0);
	assert_span(endpoint.state, NULL);
	assert_int_equal(ari_device_state_parse(&device, span("{\"name\":\"d\",\"state\":\"INUSE\"}"), NULL), 0);
	assert_span(device.state, "\"INUSE\"");
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
		{ "{\"name\":\"x\"}", "a channel without \"id\"" },
		{ "{\"id\":1}", "a channel without \"id\"" },
		{ "[]", "bad JSON at byte 0: expected an object" },
		{ "{\"id\":\"x\"}}", "bad JSON at byte 10: something follows the object" },
		{ "{\"id\":\"x\",}", "bad JSON at byte 10: expected a member name in double quotes" },
		{ "", "bad JSON at byte 0: expected an object" },
	};
	struct ari_channel channel;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ari_error err = { 0 };

		assert_int_equal(ari_channel_parse(&channel, span(cases[i].text), &err), -1);
		assert_string_equal(err.text, cases[i].message);
	}
	assert_int_equal(ari_channel_parse(&channel, (struct ari_span){ NULL, 0 }, NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_channel_16), cmocka_unit_test(test_channel_22), cmocka_unit_test(test_states),
		cmocka_unit_test(test_others), cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
