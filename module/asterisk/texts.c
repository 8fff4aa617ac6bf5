/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Text messages outside of calls (SIP MESSAGE), for everybody who hears everything. A handler of
 * Asterisk's message core could take them, but whether anybody takes a message decides what its
 * sender is answered, and nobody may notice that there is an observer. So ours refuses all of
 * them, and takes note of those that it is offered by the thread that hands out messages: these
 * were accepted, for the dialplan or an application.
 *
 * That thread holds the list of handlers while the dialplan of a message runs, and whoever waits
 * to change the list makes all SIP requests with a message wait. Hence the thread itself is asked
 * to do it, between two messages. It is given functions of Asterisk's and of the C library only,
 * so that when the last has run, it is in no code of this module.
 */
#include "asterisk.h"

#include <errno.h>
#include <semaphore.h>

#include "asterisk/astobj2.h"
#include "asterisk/json.h"
#include "asterisk/message.h"
#include "asterisk/stasis_app.h"
#include "asterisk/stasis_endpoints.h"
#include "asterisk/taskprocessor.h"
#include "asterisk/utils.h"
#include "asterisk_host.h"
#include "encode.h"

#define WAIT_S 5

typedef int (*task_fn)(void *);

/* The handler is not told whose it is. Set while there is one. */
static struct asterisk_host *hearer;
static struct ast_taskprocessor *queue;
/* Posted once for each time that the handler was to be taken away, UNSETTLED of them not yet. */
static sem_t settled;
static int unsettled;

static int note(const struct ast_msg *msg)
{
	if (ast_taskprocessor_is_task(queue)) {
		stream_post_text(hearer, ast_msg_ref((struct ast_msg *) msg));
	}
	return 0;
}

static int refuse(struct ast_msg *msg)
{
	return -1;
}

static const struct ast_msg_handler handler = {
	.name = "stasis-http",
	.has_destination = note,
	.handle_msg = refuse,
};

static int push(task_fn fn, const void *data)
{
	return ast_taskprocessor_push(queue, fn, (void *) data);
}

void texts_start(struct asterisk_host *host)
{
	queue = ast_taskprocessor_get("ast_msg_queue", TPS_REF_IF_EXISTS);
	if (!queue) {
		return;
	}
	hearer = host;
	sem_init(&settled, 0, 0);
	unsettled = 0;
	if (push((task_fn) ast_msg_handler_register, &handler)) {
		ast_log(LOG_WARNING, "text messages will not be told\n");
	}
}

static int wait_for_one(const struct timespec *until)
{
	int res;

	do {
		res = sem_timedwait(&settled, until);
	} while (res && errno == EINTR);
	return res;
}

static int settle(void)
{
	struct timespec until = { .tv_sec = time(NULL) + WAIT_S + 1 };

	if (push((task_fn) ast_msg_handler_unregister, &handler) ||
		push((task_fn) sem_post, &settled)) {
		return -1;
	}
	for (unsettled++; unsettled && !wait_for_one(&until); unsettled--) {
	}
	return unsettled ? -1 : 0;
}

int texts_stop(void)
{
	if (!queue) {
		return 0;
	}
	if (settle()) {
		/* Behind what is still to come, all is as it was. */
		if (push((task_fn) ast_msg_handler_register, &handler)) {
			ast_log(LOG_WARNING, "text messages are not told any more\n");
		}
		return -1;
	}
	sem_destroy(&settled);
	queue = ast_taskprocessor_unreference(queue);
	hearer = NULL;
	return 0;
}

static struct ast_json *variables(struct ast_msg *msg)
{
	struct ast_msg_var_iterator *iter = ast_msg_var_iterator_init(msg);
	struct ast_json *json = ast_json_object_create();
	const char *name, *value;

	while (iter && ast_msg_var_iterator_next_received(msg, iter, &name, &value)) {
		ast_json_object_set(json, name, ast_json_string_create(value));
		ast_msg_var_unref_current(iter);
	}
	if (iter) {
		ast_msg_var_iterator_destroy(iter);
	}
	return json;
}

void texts_tell(void *ref, struct host_sink *sink)
{
	struct ast_msg *msg = ref;
	struct ast_endpoint_snapshot *snapshot;
	struct ast_json *endpoint = NULL;

	snapshot = ast_endpoint_latest_snapshot(S_OR(ast_msg_get_tech(msg), ""),
		S_OR(ast_msg_get_endpoint(msg), ""));
	if (snapshot) {
		endpoint = ast_endpoint_snapshot_to_json(snapshot, stasis_app_get_sanitizer());
		ao2_ref(snapshot, -1);
	}
	/* As in ARI, a message is an endpoint's, or it is not told. */
	if (endpoint) {
		encode_tree(sink, ast_json_pack("{s: s, s: o, s: o, s: {s: s, s: s, s: s, s: o}}",
			"type", "TextMessageReceived", "timestamp", ast_json_timeval(ast_tvnow(), NULL),
			"endpoint", endpoint, "message", "from", ast_msg_get_from(msg),
			"to", ast_msg_get_to(msg), "body", ast_msg_get_body(msg),
			"variables", variables(msg)));
	}
}
