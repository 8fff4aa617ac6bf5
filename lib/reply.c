/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Judging replies. Asterisk's HTTP server answers for itself with HTML (no ARI at this path, too
 * many sessions), ARI answers with JSON: {"message": ...} or, when memory is short, {"error": ...}.
 */
#include "reply.h"

#include <string.h>
#include <strings.h>

#include "ari/json.h"
#include "error.h"

static bool is_json(const struct arip_http_reply *reply)
{
	size_t len = strlen(reply->type);

	return !strcasecmp(reply->type, "application/json") ||
	       (len > 5 && !strcasecmp(reply->type + len - 5, "+json"));
}

static int not_ari(const struct arip_http_reply *reply, const char *root, struct ari_error *err)
{
	return arip_error_set(err, ARI_EPROTOCOL, "%s is not an ARI server: it answers %d with %s",
			      root, reply->status, reply->type[0] ? reply->type : "no media type");
}

/* What a list or an object begins with. */
static bool right_shape(const struct arip_http_reply *reply, const char *result)
{
	const char *p = reply->body + strspn(reply->body, " \t\r\n");

	return *p == (strncmp(result, "List[", 5) ? '{' : '[');
}

static int check_success(const struct arip_http_reply *reply, const struct ari_operation *op,
			 const char *root, bool *json, struct ari_error *err)
{
	struct ari_error why = {.code = ARI_OK};
	bool binary = op->result && !strcmp(op->result, "binary");

	if (binary)
		return 0;
	if (!reply->received) {
		if (!op->result || reply->status == 202 ||
		    (reply->status == 204 && strcmp(op->method, "GET")))
			return 0;
		return arip_error_set(err, ARI_EPROTOCOL,
				      "%s answers %d with nothing: %s is expected", root,
				      reply->status, op->result);
	}
	if (!is_json(reply))
		return not_ari(reply, root, err);
	if (ari_json_check(reply->body, reply->len, &why))
		return arip_error_set(err, ARI_EPROTOCOL, "the reply of %s is broken: %s", root,
				      why.text);
	if (op->result && !right_shape(reply, op->result))
		return arip_error_set(err, ARI_EPROTOCOL,
				      "the reply of %s is broken: its JSON is no %s", root,
				      op->result);
	*json = true;
	return 0;
}

/* The server's own words into BUF. False when it has none. */
static bool message(const struct arip_http_reply *reply, char *buf, size_t size)
{
	static const char *const members[] = {"message", "error"};
	struct ari_span body = {.p = reply->body, .len = reply->len};

	if (!is_json(reply) || ari_json_check(reply->body, reply->len, NULL))
		return false;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (ari_json_text(ari_json_get(body, members[i]), buf, size) > 0)
			return true;
	}
	return false;
}

static int refused_login(const struct arip_http_reply *reply, const char *root, const char *user,
			 struct ari_error *err)
{
	if (user)
		return arip_error_set(err, ARI_EREFUSED,
				      "%s refuses user %s: wrong name or password "
				      "(%d)",
				      root, user, reply->status);
	return arip_error_set(err, ARI_EREFUSED, "%s wants a user and a password (%d)", root,
			      reply->status);
}

static int wordless(const struct arip_http_reply *reply, const char *root, struct ari_error *err)
{
	if (reply->status == 404)
		return arip_error_set(err, ARI_EPROTOCOL,
				      "no ARI at %s (404): is it enabled in ari.conf "
				      "and http.conf, and is the path right?",
				      root);
	if (reply->status == 503)
		return arip_error_set(err, ARI_ESERVER, "%s is busy or not ready (503)", root);
	return arip_error_set(err, arip_code_of_status(reply->status), "%s answers %d%s%s", root,
			      reply->status, reply->type[0] ? " with " : "", reply->type);
}

/* Asterisk says so too of an endpoint that does not exist or cannot be reached. */
static bool is_unreachable(const struct ari_operation *op, const char *text)
{
	return !strcmp(text, "Allocation failed") && ari_operation_param(op, "endpoint");
}

static int check_failure(const struct arip_http_reply *reply, const struct ari_operation *op,
			 const char *root, const char *user, struct ari_error *err)
{
	char text[400];

	if (reply->status / 100 == 3 && reply->location[0])
		return arip_error_set(err, ARI_EPROTOCOL,
				      "%s redirects to %s: not followed; if that is "
				      "the server, use its URL",
				      root, reply->location);
	if (reply->status == 401)
		return refused_login(reply, root, user, err);
	if (!message(reply, text, sizeof(text)))
		return wordless(reply, root, err);
	return arip_error_set(
		err, arip_code_of_status(reply->status), "%s (%d)%s", text, reply->status,
		is_unreachable(op, text) ? ": does the endpoint exist, and can it be reached?"
					 : "");
}

int arip_reply_check(const struct arip_http_reply *reply, const struct ari_operation *op,
		     const char *root, const char *user, bool *json, struct ari_error *err)
{
	int rc;

	*json = false;
	if (reply->status / 100 == 2)
		rc = check_success(reply, op, root, json, err);
	else
		rc = check_failure(reply, op, root, user, err);
	if (rc && err)
		err->http_status = reply->status;
	return rc;
}
