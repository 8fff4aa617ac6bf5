/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The stream against a server that speaks as the module does:
 * - it is asked in the request that opens the stream, and no application is registered;
 * - the model comes from the snapshot; differences after a gap follow as synthetic events;
 * - a stream that comes back says where it was, and goes on there without a gap; a server that has
 * not got that any more, that lives a new life, or that is a stock one by now, makes a gap;
 * - a hole in the numbers is mended by coming back; what comes twice is taken once;
 * - a ping moves the place, so that a filter that lets nothing through does not cost the resume;
 * - the filter says all that the options want, changes while the stream runs, and is done without
 * where the server does not understand it;
 * - requests go over the socket, in any order of answers, with deadlines, and fail with it;
 * - a server that keeps none of its promises ends in a reconnect, not in a wrong model.
 */
#include "client.h"
#include "stream_fixture.h"

#define EPOCH	 "\"epoch\":\"e1\""
#define MARK(type, seq) "{\"type\":\"" type "\"," EPOCH ",\"seq\":" #seq ",\"session\":\"1\"}"
#define EVENT(seq, prev, type) "{\"seq\":" #seq ",\"prev\":" #prev ",\"type\":\"" type "\"}"
#define OBJECT(kind, json) "{\"type\":\"SnapshotObject\",\"" kind "\":" json "}"

static int setup_module(void **state)
{
	int rc = setup(state);
	struct fixture *f = *state;

	f->server.stasis = true;
	return rc;
}

/* Open it, up to where the server has to say something. */
static void connect_stream(struct fixture *f, struct ari_stream_options options)
{
	open_stream(f, options);
	UNTIL(f, f->server.ws && has(f, "= syncing"));
}

static void open_plain(struct fixture *f)
{
	connect_stream(f, (struct ari_stream_options){.subscribe_all = true});
	server_text(&f->server, MARK("StreamStarted", 7));
	UNTIL(f, has(f, "= open"));
	f->got[0] = '\0';
}

/* The connection breaks, and comes back. */
static void come_back(struct fixture *f)
{
	unsigned upgrades = f->server.upgrades;

	if (f->server.ws)
		peer_close(f->server.ws);
	UNTIL(f, f->server.upgrades > upgrades && f->server.ws && has(f, "= syncing"));
}

static void snapshot(struct fixture *f, const char *channel)
{
	char text[512];

	server_text(&f->server, MARK("SnapshotStarted", 20));
	snprintf(text, sizeof(text), OBJECT("channel", "{\"id\":\"%s\",\"state\":\"Up\"}"), channel);
	server_text(&f->server, text);
	server_text(&f->server, OBJECT("channel", "{\"id\":\"both\",\"state\":\"Up\"}"));
	server_text(&f->server,
		    OBJECT("bridge", "{\"id\":\"b\",\"bridge_type\":\"mixing\",\"channels\":"
				     "[\"both\"]}"));
	server_text(&f->server, MARK("SnapshotFinished", 20));
}

static void test_observer(void **state)
{
	struct fixture *f = *state;

	connect_stream(f, (struct ari_stream_options){.subscribe_all = true});
	assert_non_null(strstr(f->server.request, "&observer=true HTTP/1.1\r\n"));
	server_text(&f->server, MARK("StreamStarted", 7));
	server_text(&f->server, EVENT(9, 7, "StasisStart"));
	server_text(&f->server, EVENT(9, 7, "StasisStart")); /* again */
	server_text(&f->server, EVENT(12, 9, "StasisEnd"));
	UNTIL(f, has(f, "StasisEnd"));
	assert_string_equal(f->got, "= syncing\n= open\nStasisStart\nStasisEnd\n");
	assert_int_equal(ari_stream_mode(f->stream), ARI_STREAM_MODE_OBSERVER);
	assert_null(ari_stream_app(f->stream));
	ari_stream_close(f->stream);
	f->stream = NULL;
	UNTIL(f, !f->server.ws);
	assert_string_equal(f->server.log, ""); /* nothing was registered */
	assert_string_equal(f->server.in, "8 1000\n");
}

static void test_model(void **state)
{
	struct fixture *f = *state;

	connect_stream(f,
		       (struct ari_stream_options){.subscribe_all = true, .model = f->model});
	assert_non_null(strstr(f->server.request, "&observer=true&snapshot=true HTTP/1.1\r\n"));
	snapshot(f, "old");
	UNTIL(f, has(f, "= open"));
	assert_string_equal(f->got, "= syncing\n= open\n");
	assert_int_equal(ari_model_count(f->model, ARI_OBJECT_CHANNEL), 2);
	assert_int_equal(ari_model_bridge(f->model, "b")->n_members, 1);
	server_text(&f->server, "{\"seq\":21,\"prev\":20,\"type\":\"PlaybackStarted\",\"playback\":"
				"{\"id\":\"p\",\"target_uri\":\"channel:both\"}}");
	UNTIL(f, has(f, "PlaybackStarted"));
	f->got[0] = '\0';
	come_back(f);
	assert_non_null(
		strstr(f->server.request, "&snapshot=true&since=e1:21 HTTP/1.1\r\n"));
	server_text(&f->server, MARK("StreamGap", 30));
	snapshot(f, "new");
	UNTIL(f, has(f, "= open"));
	assert_string_equal(f->got, "= lost\n= syncing\n+x-gap\n+ChannelCreated\n"
				    "+ChannelDestroyed\n= open\n");
	assert_null(ari_model_channel(f->model, "old"));
	assert_non_null(ari_model_channel(f->model, "new"));
	/* Of playbacks there is no snapshot: this one ended meanwhile. */
	assert_string_equal(f->server.log, "GET /ari/playbacks/p\n");
	assert_int_equal(ari_model_count(f->model, ARI_OBJECT_PLAYBACK), 0);
}

/* Who speaks stands behind the objects: the model knows it from the start, and after a gap it is
 * told. */
static void test_snapshot_speakers(void **state)
{
	static const char speak[] =
		"{\"type\":\"BridgeSpeakersChanged\",\"bridge\":{\"id\":\"b\",\"bridge_type\":"
		"\"mixing\",\"channels\":[\"both\"]},\"speakers\":[{\"id\":\"both\",\"name\":\"n\","
		"\"since\":\"2026-11-23T01:00:05.000+0000\"}],\"joined\":[\"both\"],\"left\":[]}";
	struct fixture *f = *state;

	connect_stream(f,
		       (struct ari_stream_options){.subscribe_all = true, .model = f->model});
	for (int i = 0; i < 2; i++) {
		if (i)
			server_text(&f->server, MARK("StreamGap", 20));
		server_text(&f->server, MARK("SnapshotStarted", 20));
		server_text(&f->server, OBJECT("channel", "{\"id\":\"both\",\"state\":\"Up\"}"));
		server_text(&f->server, OBJECT("bridge", "{\"id\":\"b\",\"bridge_type\":\"mixing\","
							  "\"channels\":[\"both\"]}"));
		server_text(&f->server, speak);
		server_text(&f->server, MARK("SnapshotFinished", 20));
		UNTIL(f, has(f, "= open"));
		assert_string_equal(f->got, i ? "= lost\n= syncing\n+x-gap\n"
						"BridgeSpeakersChanged\n= open\n"
					      : "= syncing\n= open\n");
		assert_int_equal(ari_model_bridge(f->model, "b")->n_talking, 1);
		assert_string_equal(ari_model_channel(f->model, "both")->talk_at,
				    "2026-11-23T01:00:05.000+0000");
		f->got[0] = '\0';
		if (!i)
			come_back(f);
	}
}

static void test_close_in_snapshot(void **state)
{
	struct fixture *f = *state;

	connect_stream(f,
		       (struct ari_stream_options){.subscribe_all = true, .model = f->model});
	snapshot(f, "old");
	UNTIL(f, has(f, "= open"));
	come_back(f);
	server_text(&f->server, MARK("StreamGap", 30));
	UNTIL(f, has(f, "+x-gap"));
	f->close_on_event = true;
	snapshot(f, "new");
	UNTIL(f, !f->stream && !f->server.ws);
	assert_true(has(f, "+ChannelCreated\n"));
	assert_false(has(f, "+ChannelDestroyed\n"));
}

static void test_resume(void **state)
{
	struct fixture *f = *state;
	struct ari_stream_stats stats;

	open_plain(f);
	server_text(&f->server, EVENT(8, 7, "StasisStart"));
	UNTIL(f, has(f, "StasisStart"));
	come_back(f);
	assert_non_null(strstr(f->server.request, "&observer=true&since=e1:8 HTTP/1.1\r\n"));
	server_text(&f->server, MARK("StreamResumed", 10));
	server_text(&f->server, EVENT(9, 8, "Dial"));
	server_text(&f->server, EVENT(10, 9, "StasisEnd"));
	UNTIL(f, has(f, "StasisEnd"));
	assert_string_equal(f->got,
			    "StasisStart\n= lost\n= syncing\n= open\nDial\nStasisEnd\n");
	ari_stream_stats(f->stream, &stats);
	assert_true(stats.gaps == 0 && stats.reconnects == 1 && stats.resumed == 1);
}

/* Another life of the server: its numbers are not ours. */
static void test_epoch(void **state)
{
	struct fixture *f = *state;

	open_plain(f);
	come_back(f);
	server_text(&f->server,
		    "{\"type\":\"StreamGap\",\"epoch\":\"e2\",\"seq\":2,\"session\":\"1\"}");
	server_text(&f->server, EVENT(3, 2, "Dial"));
	UNTIL(f, has(f, "Dial"));
	assert_string_equal(f->got, "= lost\n= syncing\n+x-gap\n= open\nDial\n");
	f->got[0] = '\0';
	come_back(f);
	assert_non_null(strstr(f->server.request, "&since=e2:3 "));
}

/* The module is gone, stock ARI answers at its place, and the other way round. */
static void test_changing_server(void **state)
{
	struct fixture *f = *state;

	f->server.channels = "[" CHANNEL("both", "Up") "," CHANNEL("stock", "Up") "]";
	connect_stream(f,
		       (struct ari_stream_options){.subscribe_all = true, .model = f->model});
	snapshot(f, "module");
	UNTIL(f, has(f, "= open"));
	f->got[0] = '\0';
	f->server.stasis = false;
	come_back(f);
	UNTIL(f, has(f, "= open"));
	assert_true(has(f, "= lost\n+x-gap\n= syncing\n+ChannelStateChange\n") ||
		    has(f, "= lost\n+x-gap\n= syncing\n+ChannelCreated\n"));
	assert_int_equal(ari_stream_mode(f->stream), ARI_STREAM_MODE_ARI);
	assert_non_null(ari_model_channel(f->model, "stock"));
	assert_null(ari_model_channel(f->model, "module"));
	f->got[0] = '\0';
	f->server.stasis = true;
	come_back(f);
	assert_null(strstr(f->server.request, "since="));
	snapshot(f, "module");
	UNTIL(f, has(f, "= open"));
	assert_true(has(f, "= syncing\n+x-gap\n"));
	assert_null(ari_model_channel(f->model, "stock"));
	assert_non_null(ari_model_channel(f->model, "module"));
}

static void test_hole(void **state)
{
	struct fixture *f = *state;

	open_plain(f);
	server_text(&f->server, EVENT(12, 10, "StasisEnd"));
	UNTIL(f, has(f, "= lost"));
	assert_non_null(strstr(f->err.text, "between number 7 and 10"));
	come_back(f);
	assert_non_null(strstr(f->server.request, "&since=e1:7 "));
	server_text(&f->server, MARK("StreamResumed", 12));
	server_text(&f->server, EVENT(10, 7, "Dial"));
	server_text(&f->server, EVENT(12, 10, "StasisEnd"));
	UNTIL(f, has(f, "StasisEnd"));
	assert_string_equal(f->got, "= lost\n= syncing\n= open\nDial\nStasisEnd\n");
}

static void test_ping_moves(void **state)
{
	struct fixture *f = *state;

	open_plain(f);
	server_frame(&f->server, 0x89, "e1:400", 6);
	server_frame(&f->server, 0x89, "e2:900", 6);  /* another life */
	server_frame(&f->server, 0x89, "e1:9x", 5);   /* no number */
	server_frame(&f->server, 0x89, "e1:300", 6);  /* backwards */
	UNTIL(f, strstr(f->server.in, "a e1:300\n"));
	server_text(&f->server, EVENT(401, 7, "Dial")); /* the one before it was not for us */
	UNTIL(f, has(f, "Dial"));
	server_frame(&f->server, 0x89, "e1:500", 6);
	UNTIL(f, strstr(f->server.in, "a e1:500\n"));
	come_back(f);
	assert_non_null(strstr(f->server.request, "&since=e1:500 "));
}

/* Events that the server itself had to drop. */
static void test_overrun(void **state)
{
	static const char gap[] = "{\"type\":\"StreamGap\",\"reason\":\"overrun\",\"lost\":5,"
				  "\"epoch\":\"e1\",\"seq\":30}";
	struct fixture *f = *state;

	open_plain(f);
	server_text(&f->server, gap);
	server_text(&f->server, EVENT(31, 30, "Dial"));
	UNTIL(f, has(f, "Dial"));
	assert_string_equal(f->got, "+x-gap\nDial\n");
	ari_stream_close(f->stream);
	UNTIL(f, !f->server.ws);
	f->got[0] = '\0';
	connect_stream(f,
		       (struct ari_stream_options){.subscribe_all = true, .model = f->model});
	snapshot(f, "old");
	UNTIL(f, has(f, "= open"));
	f->got[0] = '\0';
	server_text(&f->server, gap);
	UNTIL(f, has(f, "= lost"));
	come_back(f);
	assert_null(strstr(f->server.request, "since="));
	snapshot(f, "new");
	UNTIL(f, has(f, "= open"));
	assert_true(has(f, "= lost\n= syncing\n+x-gap\n"));
	assert_null(ari_model_channel(f->model, "old"));
}

/* --- filters --- */

static void test_filter_of_options(void **state)
{
	static const char *const types[] = {"StasisStart", "StasisEnd", NULL};
	static const char *const words[] = {"channel:a,b", "bridge:x", NULL};
	struct fixture *f = *state;

	connect_stream(f, (struct ari_stream_options){.subscribe_all = true,
						      .no_device_states = true,
						      .allowed = types,
						      .filter = words});
	assert_non_null(strstr(f->server.request,
			       "&filter=type%3AStasisStart%2Ctype%3AStasisEnd"
			       "%2C-type%3ADeviceStateChanged%2Cchannel%3Aa%3Fb%2Cbridge%3Ax "));
	server_text(&f->server, MARK("StreamStarted", 7));
	UNTIL(f, has(f, "= open"));
	assert_int_equal(ari_stream_filter(f->stream, NULL, NULL), 0);
	UNTIL(f, strstr(f->server.in, "SetFilter"));
	assert_string_equal(f->server.in,
			    "1 {\"type\":\"SetFilter\",\"filter\":\"type:StasisStart,"
			    "type:StasisEnd,-type:DeviceStateChanged\"}\n");
	server_text(&f->server, "{\"type\":\"FilterSet\",\"ok\":true}");
	server_text(&f->server, EVENT(9, 7, "StasisStart"));
	UNTIL(f, has(f, "StasisStart"));
	assert_string_equal(f->got, "= syncing\n= open\nStasisStart\n");
	come_back(f);
	assert_null(strstr(f->server.request, "channel"));
}

/* A source that the filter can say needs no application; several kinds at once it cannot. */
static void test_sources(void **state)
{
	static const char *const one[] = {"channel:x", "channel:y", NULL};
	static const char *const two[] = {"channel:x", "bridge:y", NULL};
	struct fixture *f = *state;

	connect_stream(f, (struct ari_stream_options){
				  .app = "mine", .observe = true, .subscribe = one});
	assert_non_null(strstr(f->server.request,
			       "?app=mine&observer=true&filter=channel%3Ax%2Cchannel%3Ay "));
	server_text(&f->server, MARK("StreamStarted", 7));
	UNTIL(f, has(f, "= open"));
	assert_string_equal(f->server.log, "");
	ari_stream_close(f->stream);
	UNTIL(f, !f->server.ws);
	f->got[0] = '\0';
	open_stream(f, (struct ari_stream_options){
			       .app = "mine", .observe = true, .subscribe = two});
	UNTIL(f, has(f, "= open"));
	assert_null(strstr(f->server.request, "observer"));
	assert_int_equal(ari_stream_mode(f->stream), ARI_STREAM_MODE_APPLICATION);
	assert_non_null(strstr(f->server.log, "eventSource=bridge%3Ay\n"));
}

static void test_filter_refused(void **state)
{
	static const char *const words[] = {"channel:a", NULL};
	struct fixture *f = *state;

	f->server.status = 400;
	open_stream(f, (struct ari_stream_options){.subscribe_all = true, .filter = words});
	UNTIL(f, f->server.upgrades == 1);
	assert_non_null(strstr(f->server.request, "filter=channel%3Aa"));
	f->server.status = 101;
	UNTIL(f, f->server.ws);
	assert_null(strstr(f->server.request, "filter="));
	server_text(&f->server, MARK("StreamStarted", 7));
	UNTIL(f, has(f, "= open"));
	/* The same of one that is set later: it would hide what is wanted now. */
	assert_int_equal(ari_stream_filter(f->stream, words, NULL), 0);
	UNTIL(f, strstr(f->server.in, "SetFilter"));
	server_text(&f->server, "{\"type\":\"FilterSet\",\"ok\":false,\"message\":\"no\"}");
	f->got[0] = '\0';
	UNTIL(f, has(f, "= syncing"));
	assert_non_null(strstr(f->server.request, "&since=e1:7 "));
}

static void test_refused_twice(void **state)
{
	static const char *const words[] = {"channel:a", NULL};
	struct fixture *f = *state;
	struct ari_error err = {0};

	f->server.status = 400;
	open_stream(f, (struct ari_stream_options){.subscribe_all = true, .filter = words});
	assert_int_equal(ari_stream_wait_open(f->stream, 3000, &err), -1);
	assert_int_equal(err.http_status, 400);
	assert_int_equal(f->server.upgrades, 2);
}

/* --- servers that break their word --- */

static void test_liars(void **state)
{
	static const struct {
		const char *text, *error;
	} lies[] = {
		{EVENT(1, 0, "Dial"), "before it says where they begin"},
		{MARK("StreamResumed", 1), "asked for no such thing"},
		{"{\"type\":\"StreamStarted\",\"seq\":1}", "does not say where"},
		{"{\"type\":\"StreamStarted\",\"epoch\":\"e\"}", "does not say where"},
		{"{\"type\":\"SnapshotStarted\",\"epoch\":\"\",\"seq\":1}", "does not say where"},
		{MARK("SnapshotFinished", 1), "did not begin"},
		{MARK("StreamStarted", 1), "sends no snapshot"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		f->got[0] = '\0';
		connect_stream(f, (struct ari_stream_options){.subscribe_all = true,
							      .model = f->model,
							      .no_reconnect = true});
		server_text(&f->server, lies[i].text);
		UNTIL(f, has(f, "= failed"));
		if (!strstr(f->err.text, lies[i].error))
			fail_msg("%s: %s", lies[i].text, f->err.text);
		ari_stream_close(f->stream);
		f->stream = NULL;
		UNTIL(f, !f->server.ws);
	}
}

static void test_bad_snapshot(void **state)
{
	struct fixture *f = *state;

	connect_stream(f, (struct ari_stream_options){
				  .subscribe_all = true, .model = f->model, .no_reconnect = true});
	server_text(&f->server, MARK("SnapshotStarted", 20));
	server_text(&f->server, OBJECT("channel", "{\"no\":\"id\"}"));
	server_text(&f->server, MARK("SnapshotFinished", 20));
	UNTIL(f, has(f, "= failed"));
	assert_non_null(strstr(f->err.text, "is no channel"));
}

/* --- requests over the socket --- */

struct answer {
	bool done;
	int status; /* 0: an error */
	char text[600];
};

static void on_answer(struct ari_client *client, struct ari_reply *reply,
		      const struct ari_error *err, void *data)
{
	struct answer *answer = data;

	(void)client;
	assert_false(answer->done);
	answer->done = true;
	answer->status = reply ? reply->status : 0;
	snprintf(answer->text, sizeof(answer->text), "%s", reply ? reply->body : err->text);
}

static void start(struct fixture *f, const char *op, const char *id, struct answer *answer)
{
	struct ari_arg arg = {"channelId", id};

	*answer = (struct answer){.done = false};
	assert_int_equal(ari_client_start(f->client, op, &arg, 1, on_answer, answer, NULL), 0);
}

static void open_requests(struct fixture *f)
{
	connect_stream(f, (struct ari_stream_options){.subscribe_all = true, .requests = true});
	server_text(&f->server, MARK("StreamStarted", 7));
	UNTIL(f, has(f, "= open"));
}

#define RESPONSE(id, status, body)                                                                 \
	"{\"type\":\"RESTResponse\",\"transaction_id\":\"astctl\",\"request_id\":\"" id            \
	"\",\"status_code\":" #status ",\"reason_phrase\":\"x\",\"uri\":\"channels\","             \
	"\"content_type\":\"application/json\",\"message_body\":\"" body "\"}"

static void test_requests(void **state)
{
	struct fixture *f = *state;
	struct answer first, second;

	open_requests(f);
	start(f, "channels.get", "a/b", &first);
	start(f, "channels.hangup", "c", &second);
	UNTIL(f, strstr(f->server.in, "channels/c"));
	assert_string_equal(
		f->server.in,
		"1 {\"type\":\"RESTRequest\",\"transaction_id\":\"astctl\",\"request_id\":\"1\","
		"\"method\":\"GET\",\"uri\":\"channels/a%2Fb\"}\n"
		"1 {\"type\":\"RESTRequest\",\"transaction_id\":\"astctl\",\"request_id\":\"2\","
		"\"method\":\"DELETE\",\"uri\":\"channels/c\"}\n");
	server_text(&f->server, RESPONSE("9", 204, "")); /* nobody's */
	server_text(&f->server, RESPONSE("2", 404, "{\\\"message\\\":\\\"Not there\\\"}"));
	server_text(&f->server, RESPONSE("1", 200, "{\\\"id\\\":\\\"a\\\"}"));
	server_text(&f->server, RESPONSE("1", 200, "{}")); /* again */
	UNTIL(f, first.done && second.done);
	assert_int_equal(first.status, 200);
	assert_string_equal(first.text, "{\"id\":\"a\"}");
	assert_int_equal(second.status, 0);
	assert_non_null(strstr(second.text, "Not there (404)"));
	assert_string_equal(f->server.log, ""); /* no other connection */
	assert_false(has(f, "RESTResponse"));
}

static void test_request_deadline(void **state)
{
	struct fixture *f = *state;
	struct answer answer;

	open_requests(f);
	ari_client_set_deadline(f->client, ari_loop_now(f->loop) + 200);
	start(f, "channels.get", "a", &answer);
	UNTIL(f, answer.done);
	assert_non_null(strstr(answer.text, "no answer from 127.0.0.1"));
	assert_int_equal(answer.status, 0);
	ari_client_set_deadline(f->client, 0);
	server_text(&f->server, RESPONSE("1", 200, "{}")); /* too late */
	start(f, "channels.get", "b", &answer);
	server_text(&f->server, RESPONSE("2", 200, "{}"));
	UNTIL(f, answer.done);
	assert_int_equal(answer.status, 200);
}

static void test_request_without_status(void **state)
{
	struct fixture *f = *state;
	struct answer answer;

	open_requests(f);
	start(f, "channels.get", "a", &answer);
	server_text(&f->server, "{\"type\":\"RESTResponse\",\"request_id\":\"1\"}");
	UNTIL(f, answer.done);
	assert_non_null(strstr(answer.text, "without a status"));
}

/* With the connection they go too; later ones have the way that is always there. */
static void test_requests_lost(void **state)
{
	struct fixture *f = *state;
	struct answer answer, other;

	open_requests(f);
	start(f, "channels.get", "a", &answer);
	start(f, "channels.get", "b", &other);
	arip_client_cancel(f->client, &other);
	UNTIL(f, strstr(f->server.in, "channels/b"));
	peer_close(f->server.ws);
	UNTIL(f, answer.done);
	assert_non_null(strstr(answer.text, "was lost before it answered"));
	assert_false(other.done);
	start(f, "channels.get", "c", &answer);
	UNTIL(f, answer.done);
	assert_non_null(strstr(f->server.log, "GET /ari/channels/c\n"));
}

/* Within a callback of the stream its own socket is not read: the answer would never come. */
static void test_request_in_callback(void **state)
{
	struct fixture *f = *state;

	f->call_on_event = true;
	open_requests(f);
	server_text(&f->server, EVENT(8, 7, "Dial"));
	UNTIL(f, has(f, "Dial"));
	assert_string_equal(f->server.log, "GET /ari/channels\n");
}

/* A stock server has its requests by HTTP, whatever the options say. */
static void test_requests_stock(void **state)
{
	struct fixture *f = *state;
	struct answer answer;

	f->server.stasis = false;
	open_stream(f, (struct ari_stream_options){.app = "x", .requests = true});
	UNTIL(f, has(f, "= open"));
	start(f, "channels.get", "c", &answer);
	UNTIL(f, answer.done);
	assert_non_null(strstr(f->server.log, "GET /ari/channels/c\n"));
	assert_string_equal(f->server.in, "");
}

int main(void)
{
#define HERE(name) cmocka_unit_test_setup_teardown(name, setup_module, teardown)
	const struct CMUnitTest tests[] = {
		HERE(test_observer),
		HERE(test_model),
		HERE(test_snapshot_speakers),
		HERE(test_close_in_snapshot),
		HERE(test_resume),
		HERE(test_epoch),
		HERE(test_changing_server),
		HERE(test_hole),
		HERE(test_ping_moves),
		HERE(test_overrun),
		HERE(test_filter_of_options),
		HERE(test_sources),
		HERE(test_filter_refused),
		HERE(test_refused_twice),
		HERE(test_liars),
		HERE(test_bad_snapshot),
		HERE(test_requests),
		HERE(test_request_deadline),
		HERE(test_request_without_status),
		HERE(test_requests_lost),
		HERE(test_request_in_callback),
		HERE(test_requests_stock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
