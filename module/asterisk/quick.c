/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Answers for which no handler has to be asked, in the core's thread: they cost a third of what
 * the way through ast_ari_invoke() does, which looks up a user, builds a tree and writes it out.
 * A ping is always the same but for the time. What asterisk/info says changes only when Asterisk
 * reloads, so the handler's own text is good until then.
 */
#include "asterisk.h"

#include "asterisk/options.h"
#include "asterisk/utils.h"
#include "asterisk_host.h"
#include "encode.h"

struct quick {
	struct timeval reloaded;	/*!< when Asterisk last did, for INFO */
	struct buf info;
};

struct quick *quick_new(void)
{
	return ast_calloc(1, sizeof(struct quick));
}

void quick_free(struct quick *quick)
{
	if (quick) {
		buf_free(&quick->info);
		ast_free(quick);
	}
}

static void pong(struct host_reply *reply)
{
	struct timeval now = ast_tvnow();
	char eid[20];

	reply->status = 200;
	buf_adds(&reply->body, "{\"ping\":\"pong\",\"timestamp\":");
	encode_time(&reply->body, &now);
	buf_adds(&reply->body, ",\"asterisk_id\":\"");
	buf_adds(&reply->body, ast_eid_to_str(eid, sizeof(eid), &ast_eid_default));
	buf_adds(&reply->body, "\"}");
}

static void info(struct asterisk_host *host, const struct host_call *call,
	struct host_reply *reply)
{
	struct quick *quick = host->quick;
	struct timeval reloaded = ast_lastreloadtime;

	if (quick->info.len && !ast_tvcmp(quick->reloaded, reloaded)) {
		reply->status = 200;
		buf_add(&reply->body, quick->info.data, quick->info.len);
		return;
	}
	invoke_call(host, call, reply);
	buf_clear(&quick->info);
	if (reply->status == 200) {
		buf_add(&quick->info, reply->body.data, reply->body.len);
		quick->reloaded = reloaded;
	}
}

/* "Asterisk not booted" is the handlers' answer until it is. The operations below run in the
 * core's thread only, so nothing here is locked. */
void quick_call(void *arg, const struct host_call *call, struct host_reply *reply)
{
	struct asterisk_host *host = arg;

	if (call->method != HTTP_GET || call->params->n || call->body || !ast_fully_booted) {
		invoke_call(host, call, reply);
	} else if (!strcmp(call->path, "asterisk/ping")) {
		pong(reply);
	} else if (!strcmp(call->path, "asterisk/info")) {
		info(host, call, reply);
	} else {
		invoke_call(host, call, reply);
	}
}
