/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See carrier.h. What is carried belongs to the carrier until its callback; when the carrier goes,
 * to its own timer. */
#include "carrier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "json_put.h"

#define MAX_UNDER_WAY 32    /* the server closes the socket at 64 */
#define MAX_SIZE      32768 /* its messages are limited, to 64 KiB by default */

struct arip_carried {
	struct arip_carrier *carrier; /* NULL: it is gone, the timer does the rest */
	struct arip_carried *next, **link;
	struct ari_loop *loop;
	struct ari_timer *timer; /* the deadline */
	unsigned long long number;
	unsigned told_ms;
	uint64_t started_ms;
	const char *server;
	struct ari_error err; /* why it fails, where that is known before the timer */
	arip_http_fn *fn;
	void *data;
};

struct arip_carrier {
	struct ari_loop *loop;
	int (*send)(void *data, const char *text, size_t len);
	bool (*ready)(void *data);
	void *data;
	struct arip_carried *first;
	size_t n;
	unsigned long long last; /* number given out */
};

struct arip_carrier *arip_carrier_new(struct ari_loop *loop,
				      int (*send)(void *data, const char *text, size_t len),
				      bool (*ready)(void *data), void *data)
{
	struct arip_carrier *carrier = calloc(1, sizeof(*carrier));

	if (!carrier)
		return NULL;
	carrier->loop = loop;
	carrier->send = send;
	carrier->ready = ready;
	carrier->data = data;
	return carrier;
}

static void leave(struct arip_carried *carried)
{
	if (!carried->carrier)
		return;
	*carried->link = carried->next;
	if (carried->next)
		carried->next->link = carried->link;
	carried->carrier->n--;
	carried->carrier = NULL;
}

void arip_carried_cancel(struct arip_carried *carried)
{
	if (!carried)
		return;
	/* Its place among those under way is kept until the answer comes, which then has no owner:
	 * the server is at work on it all the same. */
	carried->fn = NULL;
	if (carried->carrier)
		return;
	ari_timer_cancel(carried->timer);
	free(carried);
}

static void finish(struct arip_carried *carried, struct arip_http_reply *reply,
		   const struct ari_error *err)
{
	ari_timer_cancel(carried->timer);
	if (carried->fn)
		carried->fn(reply, err, carried->data);
	free(carried);
}

static void on_timer(struct ari_loop *loop, void *data)
{
	struct arip_carried *carried = data;

	(void)loop;
	carried->timer = NULL;
	if (!carried->err.code)
		arip_error_set(&carried->err, ARI_ETIMEOUT, "no answer from %s within %g s",
			       carried->server, carried->told_ms / 1000.0);
	leave(carried);
	finish(carried, NULL, &carried->err);
}

void arip_carrier_free(struct arip_carrier *carrier)
{
	if (!carrier)
		return;
	while (carrier->first) {
		struct arip_carried *carried = carrier->first;

		leave(carried);
		if (!carried->fn) {
			arip_carried_cancel(carried);
			continue;
		}
		arip_error_set(&carried->err, ARI_ECONNECT,
			       "the connection to %s was lost before it answered", carried->server);
		ari_timer_cancel(carried->timer);
		carried->timer =
			ari_loop_add_timer(carried->loop, 0, on_timer, carried, &carried->err);
	}
	free(carrier);
}

bool arip_carrier_takes(const struct arip_carrier *carrier,
			const struct arip_carried_request *request)
{
	return carrier->n < MAX_UNDER_WAY &&
	       strlen(request->target) + request->body_len <= MAX_SIZE &&
	       carrier->ready(carrier->data);
}

static int write_request(const struct arip_carried_request *request, unsigned long long number,
			 char **text, size_t *len)
{
	FILE *out = open_memstream(text, len);

	if (!out)
		return -1;
	fprintf(out,
		"{\"type\":\"RESTRequest\",\"transaction_id\":\"astctl\",\"request_id\":\"%llu\","
		"\"method\":\"%s\",\"uri\":",
		number, request->method);
	arip_json_put_text(out, request->target + (*request->target == '/'));
	if (request->body) {
		fputs(",\"content_type\":\"application/json\",\"message_body\":", out);
		arip_json_put_text(out, request->body);
	}
	fputc('}', out);
	return fclose(out);
}

static int post(struct arip_carrier *carrier, const struct arip_carried_request *request,
		unsigned long long number, struct ari_error *err)
{
	char *text = NULL;
	size_t len = 0;
	int rc = write_request(request, number, &text, &len);

	if (rc)
		arip_error_memory(err);
	else if (carrier->send(carrier->data, text, len))
		rc = arip_error_set(err, ARI_ECONNECT, "there is no connection to %s any more",
				    request->server);
	free(text);
	return rc ? -1 : 0;
}

struct arip_carried *arip_carrier_start(struct arip_carrier *carrier,
					const struct arip_carried_request *request,
					arip_http_fn *fn, void *data, struct ari_error *err)
{
	struct arip_carried *carried = calloc(1, sizeof(*carried));

	if (!carried) {
		arip_error_memory(err);
		return NULL;
	}
	*carried = (struct arip_carried){
		.carrier = carrier,
		.loop = carrier->loop,
		.number = ++carrier->last,
		.told_ms = request->told_ms ? request->told_ms : request->timeout_ms,
		.started_ms = ari_loop_now(carrier->loop),
		.server = request->server,
		.fn = fn,
		.data = data,
	};
	carried->timer =
		ari_loop_add_timer(carrier->loop, request->timeout_ms, on_timer, carried, err);
	if (!carried->timer || post(carrier, request, carried->number, err)) {
		ari_timer_cancel(carried->timer);
		free(carried);
		return NULL;
	}
	carried->next = carrier->first;
	carried->link = &carrier->first;
	if (carried->next)
		carried->next->link = &carried->next;
	carrier->first = carried;
	carrier->n++;
	return carried;
}

/* The answer as HTTP would have brought it. False: it is none. */
static bool read_answer(const struct ari_event *event, struct arip_http_reply *reply)
{
	long long status = 0;

	if (!ari_json_int(ari_json_get(event->json, "status_code"), &status) || status < 100 ||
	    status > 599)
		return false;
	reply->status = (int)status;
	ari_json_text(ari_json_get(event->json, "content_type"), reply->type, sizeof(reply->type));
	reply->body = ari_json_text_dup(ari_json_get(event->json, "message_body"));
	if (!reply->body)
		reply->body = strdup("");
	if (!reply->body)
		return false;
	reply->len = reply->received = strlen(reply->body);
	return true;
}

static struct arip_carried *find(const struct arip_carrier *carrier, const struct ari_event *event)
{
	struct arip_carried *carried = carrier->first;
	char number[24] = "", mine[24];

	ari_json_text(ari_json_get(event->json, "request_id"), number, sizeof(number));
	for (; carried; carried = carried->next) {
		snprintf(mine, sizeof(mine), "%llu", carried->number);
		if (!strcmp(number, mine))
			break;
	}
	return carried;
}

void arip_carrier_answer(struct arip_carrier *carrier, const struct ari_event *event)
{
	struct arip_carried *carried = find(carrier, event);
	struct arip_http_reply reply = {.status = 0};
	struct ari_error err = {.code = ARI_OK};
	bool good;

	if (!carried)
		return;
	leave(carried);
	good = read_answer(event, &reply);
	reply.elapsed_ms = (long)(ari_loop_now(carrier->loop) - carried->started_ms);
	if (!good)
		arip_error_set(&err, ARI_EPROTOCOL, "%s gave an answer without a status",
			       carried->server);
	finish(carried, good ? &reply : NULL, &err);
	free(reply.body);
}
