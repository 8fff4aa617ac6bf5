/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What a request says, once: query, form and JSON body merged as Asterisk merges them (the last
 * word of a name counts, the body before the query), one value for each parameter that the
 * operation has. This is what is judged, and for users with limits it is all that the host gets:
 * what is not in here was not judged. Asterisk's handlers follow a NULL where a parameter that
 * they need is missing or a list holds something else than text, so that ends here, for everybody.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ari/json.h"
#include "request.h"

/* What the host itself answers with a 400, with its own words. */
static const char *const checked[] = {
	"applications.subscribe eventSource", "applications.unsubscribe eventSource",
	"asterisk.getGlobalVar variable", "asterisk.setGlobalVar variable",
	"bridges.addChannel channel", "bridges.getBridgeVar variable",
	"bridges.getBridgeVars variables", "bridges.removeChannel channel",
	"bridges.setBridgeVars variables", "channels.create endpoint",
	"channels.externalMedia app", "channels.externalMedia format",
	"channels.getChannelVar variable", "channels.getChannelVars variables",
	"channels.originate endpoint", "channels.originateWithId endpoint",
	"channels.redirect endpoint", "channels.setChannelVar variable",
	"channels.setChannelVars variables", "channels.transfer_progress states",
	"endpoints.refer to", "endpoints.sendMessage to", "events.claimChannel application",
	"events.claimChannel channelId", "events.userEvent application",
	"mailboxes.update newMessages", "mailboxes.update oldMessages",
};

static bool is_checked(const struct ari_operation *op, const char *param)
{
	size_t i, len = strlen(op->name);

	for (i = 0; i < sizeof(checked) / sizeof(checked[0]); i++) {
		if (!strncmp(checked[i], op->name, len) && checked[i][len] == ' ' &&
		    !strcmp(checked[i] + len + 1, param))
			return true;
	}
	return false;
}

/* The first fault is told. A fault that is only odd is no fault of who may do everything. */
static void __attribute__((format(printf, 3, 4)))
fault(struct request *req, bool odd, const char *fmt, ...)
{
	char *to = odd ? req->odd : req->wrong;
	va_list ap;

	if (*to)
		return;
	va_start(ap, fmt);
	vsnprintf(to, sizeof(req->odd), fmt, ap);
	va_end(ap);
}

int request_give(struct request *req, const char *name, char *value)
{
	struct uri_params *given = &req->given;
	size_t i;

	for (i = 0; i < given->n && strcmp(given->param[i].name, name); i++)
		;
	if (!value || i == URI_PARAMS_MAX) {
		free(value);
		fault(req, false, "out of memory");
		return -1;
	}
	if (i < given->n)
		free((char *)given->param[i].value);
	else
		given->n++;
	given->param[i].name = name;
	given->param[i].value = value;
	return 0;
}

static void take_back(struct request *req, const char *name)
{
	struct uri_params *given = &req->given;
	size_t i;

	for (i = 0; i < given->n; i++) {
		if (strcmp(given->param[i].name, name))
			continue;
		free((char *)given->param[i].value);
		given->param[i] = given->param[--given->n];
		return;
	}
}

/* A comma separated list without blanks and empty items. */
static char *clean_list(const char *value)
{
	struct buf out = {0};

	buf_adds(&out, "");
	while (*value) {
		size_t len = strcspn(value, ","), end = len, start = strspn(value, " \t");

		start = start < len ? start : len;
		while (end > start && (value[end - 1] == ' ' || value[end - 1] == '\t'))
			end--;
		if (end > start) {
			if (out.len)
				buf_addc(&out, ',');
			buf_add(&out, value + start, end - start);
		}
		value += len + (value[len] == ',');
	}
	if (!out.len && !out.failed)
		return strdup("");
	return buf_take(&out, NULL);
}

static void take_value(struct request *req, const struct ari_param *param, const char *value)
{
	request_give(req, param->name, param->multiple ? clean_list(value) : strdup(value));
}

/* One text of a list in a body; a comma in it would make it two. */
static void add_item(struct request *req, const char *name, struct ari_span item, struct buf *list)
{
	char *text = ari_json_type(item) == ARI_JSON_STRING ? ari_json_text_dup(item) : NULL;

	if (!text) {
		fault(req, false, "'%s' holds something else than text", name);
		return;
	}
	if (strchr(text, ','))
		fault(req, true, "'%s' holds a comma", name);
	if (list->len)
		buf_addc(list, ',');
	buf_adds(list, text);
	free(text);
}

static void take_list(struct request *req, const struct ari_param *param, struct ari_span value)
{
	struct buf list = {0};
	struct ari_json_iter iter;
	struct ari_span key, item;

	if (ari_json_type(value) == ARI_JSON_ARRAY) {
		ari_json_iter_init(&iter, value);
		while (ari_json_next(&iter, &key, &item))
			add_item(req, param->name, item, &list);
	} else {
		add_item(req, param->name, value, &list);
	}
	if (list.failed)
		fault(req, false, "out of memory");
	else
		request_give(req, param->name, clean_list(list.data ? list.data : ""));
	buf_free(&list);
}

static bool fits(const struct ari_param *param, struct ari_span value)
{
	enum ari_json_type type = ari_json_type(value);
	long long number;

	switch (param->type) {
	case ARI_TYPE_STRING:
		return type == ARI_JSON_STRING;
	case ARI_TYPE_INT:
	case ARI_TYPE_LONG:
		return type == ARI_JSON_NUMBER && ari_json_int(value, &number);
	case ARI_TYPE_DOUBLE:
		return type == ARI_JSON_NUMBER;
	case ARI_TYPE_BOOL:
		return type == ARI_JSON_BOOL;
	case ARI_TYPE_OBJECT:
		return type == ARI_JSON_OBJECT;
	case ARI_TYPE_LIST:
		return type == ARI_JSON_ARRAY;
	}
	return false;
}

/* A member of the body stands above the query, even one that means nothing. */
static void take_member(struct request *req, const struct ari_param *param, struct ari_span value)
{
	if (param->multiple) {
		take_list(req, param, value);
		return;
	}
	if (!fits(param, value)) {
		fault(req, true, "'%s' is of the wrong type", param->name);
		take_back(req, param->name);
		return;
	}
	request_give(req, param->name, ari_json_type(value) == ARI_JSON_STRING
						? ari_json_text_dup(value)
						: strndup(value.p, value.len));
}

static char *key_text(struct ari_span key)
{
	struct buf quoted = {0};
	char *text = NULL;

	buf_addc(&quoted, '"');
	buf_add(&quoted, key.p, key.len);
	buf_addc(&quoted, '"');
	if (!quoted.failed)
		text = ari_json_text_dup((struct ari_span){quoted.data, quoted.len});
	buf_free(&quoted);
	return text;
}

static void take_key(struct request *req, const char *name, struct ari_span value)
{
	const struct ari_param *param = ari_operation_param(req->route.op, name);

	if (param && param->in == ARI_IN_QUERY) {
		take_member(req, param, value);
	} else if (param && param->in == ARI_IN_BODY && !param->whole_body) {
		if (!fits(param, value))
			fault(req, true, "'%s' is of the wrong type", name);
		req->given_part = (struct given_part){param->name, value};
	}
}

static bool has_whole_body(const struct ari_operation *op)
{
	size_t i;

	for (i = 0; i < op->n_params; i++) {
		if (op->params[i].whole_body)
			return true;
	}
	return false;
}

static void take_body(struct request *req, struct ari_span body)
{
	struct ari_json_iter iter;
	struct ari_span key, value;
	char *name;

	if (ari_json_type(body) != ARI_JSON_OBJECT) {
		fault(req, true, "the body is no object");
		return;
	}
	ari_json_iter_init(&iter, body);
	while (ari_json_next(&iter, &key, &value)) {
		name = key_text(key);
		if (name)
			take_key(req, name, value);
		else
			fault(req, true, "the body holds a name that is no text");
		free(name);
	}
}

/* The body that the host gets: what has no place in a query. */
static void make_body(struct request *req)
{
	const struct given_part *part = &req->given_part;
	struct buf out = {0};

	buf_addc(&out, '{');
	if (part->name) {
		buf_addf(&out, "\"%s\":", part->name);
		buf_add(&out, part->value.p, part->value.len);
	}
	buf_addc(&out, '}');
	if (out.failed)
		fault(req, false, "out of memory");
	else
		req->given_body = buf_take(&out, &req->given_body_len);
	buf_free(&out);
}

static bool is_given(const struct request *req, const struct ari_param *param)
{
	return param->in == ARI_IN_BODY ? req->given_part.name != NULL
					: uri_param(&req->given, param->name) != NULL;
}

static void find_missing(struct request *req)
{
	const struct ari_operation *op = req->route.op;
	size_t i;

	for (i = 0; i < op->n_params; i++) {
		const struct ari_param *param = &op->params[i];

		if (param->required && param->in != ARI_IN_PATH && !param->whole_body &&
		    !is_given(req, param) && !is_checked(op, param->name))
			fault(req, false, "Missing parameter '%s'", param->name);
	}
}

void request_settle(struct request *req)
{
	const struct ari_operation *op = req->route.op;
	const struct ari_param *param;
	size_t i;

	if (!op || req->settled)
		return;
	req->settled = true;
	for (i = 0; i < req->params.n; i++) {
		param = ari_operation_param(op, req->params.param[i].name);
		if (param && param->in == ARI_IN_QUERY)
			take_value(req, param, req->params.param[i].value);
	}
	if (req->call.body && has_whole_body(op)) {
		req->given_body = strndup(req->call.body, req->call.body_len);
		req->given_body_len = req->call.body_len;
		if (!req->given_body)
			fault(req, false, "out of memory");
	} else if (req->call.body) {
		take_body(req, (struct ari_span){req->call.body, req->call.body_len});
		make_body(req);
	}
	find_missing(req);
}

void request_hand_on(struct request *req)
{
	req->call.params = &req->given;
	req->call.body = req->given_body;
	req->call.body_len = req->given_body_len;
}

void request_forget_given(struct request *req)
{
	size_t i;

	for (i = 0; i < req->given.n; i++)
		free((char *)req->given.param[i].value);
	free(req->given_body);
}
