/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * See encode.h. A channel is the greatest part of most events and all of a list; a tree of some
 * twenty nodes to be built, written out and taken apart costs several times its text. But another
 * Asterisk may tell more of a channel than those that are known here. So what is written is
 * compared with Asterisk's own now and then, and at the first difference given up for that.
 */
#include "asterisk.h"

#include "asterisk/chanvars.h"
#include "asterisk/channel.h"
#include "asterisk/json.h"
#include "asterisk/localtime.h"
#include "asterisk/logger.h"
#include "asterisk/utils.h"
#include "asterisk_host.h"
#include "compat.h"
#include "encode.h"

void encode_string(struct buf *out, const char *text)
{
	text = S_OR(text, "");
	buf_add_json(out, text, strlen(text));
}

static void digits(char *to, int n, int value)
{
	while (n--) {
		to[n] = '0' + value % 10;
		value /= 10;
	}
}

void encode_time(struct buf *out, const struct timeval *when)
{
	char text[] = "\"0000-00-00T00:00:00.000+0000\"";
	struct ast_tm tm = { .tm_sec = 0 };
	long offset;

	ast_localtime(when, &tm, NULL);
	offset = tm.tm_gmtoff / 60;
	digits(text + 1, 4, tm.tm_year + 1900);
	digits(text + 6, 2, tm.tm_mon + 1);
	digits(text + 9, 2, tm.tm_mday);
	digits(text + 12, 2, tm.tm_hour);
	digits(text + 15, 2, tm.tm_min);
	digits(text + 18, 2, tm.tm_sec);
	digits(text + 21, 3, tm.tm_usec / 1000);
	text[24] = offset < 0 ? '-' : '+';
	offset = labs(offset);
	digits(text + 25, 2, offset / 60);
	digits(text + 27, 2, offset % 60);
	buf_add(out, text, sizeof(text) - 1);
}

static void member(struct buf *out, const char *name, const char *value)
{
	buf_adds(out, name);
	encode_string(out, value);
}

static void party(struct buf *out, const char *name, const char *caller, const char *number)
{
	buf_adds(out, name);
	member(out, "{\"name\":", caller);
	member(out, ",\"number\":", number);
	buf_addc(out, '}');
}

static void dialplan(struct buf *out, const struct channel_facts *facts)
{
	char priority[16] = "null";

	if (facts->priority != -1) {
		snprintf(priority, sizeof(priority), "%d", facts->priority);
	}
	member(out, ",\"dialplan\":{\"context\":", facts->context);
	member(out, ",\"exten\":", facts->exten);
	buf_adds(out, ",\"priority\":");
	buf_adds(out, priority);
	member(out, ",\"app_name\":", facts->appl);
	member(out, ",\"app_data\":", facts->data);
	buf_addc(out, '}');
}

/* Like a tree, where the last of one name counts. */
static int comes_again(const struct ast_var_t *var)
{
	const struct ast_var_t *other = var;

	while ((other = AST_LIST_NEXT(other, entries))) {
		if (!strcmp(ast_var_name(other), ast_var_name(var))) {
			return 1;
		}
	}
	return 0;
}

static void variables(struct buf *out, const struct varshead *vars)
{
	const struct ast_var_t *var;
	const char *comma = "";

	buf_adds(out, ",\"channelvars\":{");
	AST_LIST_TRAVERSE(vars, var, entries) {
		if (comes_again(var)) {
			continue;
		}
		buf_adds(out, comma);
		member(out, "", ast_var_name(var));
		member(out, ":", ast_var_value(var));
		comma = ",";
	}
	buf_addc(out, '}');
}

static void write_channel(struct buf *out, const struct ast_channel_snapshot *snapshot)
{
	struct channel_facts facts;

	compat_channel_facts(snapshot, &facts);
	member(out, "{\"id\":", facts.id);
	member(out, ",\"name\":", facts.name);
	member(out, ",\"state\":", ast_state2str(facts.state));
	member(out, ",\"protocol_id\":", facts.protocol_id);
	party(out, ",\"caller\":", facts.caller_name, facts.caller_number);
	party(out, ",\"connected\":", facts.connected_name, facts.connected_number);
	member(out, ",\"accountcode\":", facts.account);
	dialplan(out, &facts);
	buf_adds(out, ",\"creationtime\":");
	encode_time(out, &facts.created);
	member(out, ",\"language\":", facts.language);
	if (!ast_strlen_zero(facts.rdnis)) {
		member(out, ",\"caller_rdnis\":", facts.rdnis);
	}
	if (facts.vars && !AST_LIST_EMPTY(facts.vars)) {
		variables(out, facts.vars);
	}
	if (!ast_strlen_zero(facts.tenant)) {
		member(out, ",\"tenantid\":", facts.tenant);
	}
	buf_addc(out, '}');
}

/* What holds for the whole process, whoever writes: all threads that publish do. */
static struct {
	unsigned int written;
	int given_up;
} ours;

/* At the first channel and, for members that not every channel has, at the second, fourth, eighth
 * and so on: in the long run that costs nothing. */
static int is_due(void)
{
	unsigned int n = __atomic_add_fetch(&ours.written, 1, __ATOMIC_RELAXED);

	return (n & (n - 1)) == 0;
}

static int write_theirs(struct buf *out, const struct ast_channel_snapshot *snapshot)
{
	struct ast_json *json = ast_channel_snapshot_to_json(snapshot, NULL);
	int res = json ? encode_json(json, out) : -1;

	ast_json_unref(json);
	return res;
}

/* The first member of MINE that OTHER does not have, or not so. */
static const char *difference(struct ast_json *mine, struct ast_json *other)
{
	struct ast_json_iter *iter = ast_json_object_iter(mine);

	while (iter) {
		const char *name = ast_json_object_iter_key(iter);

		if (!ast_json_equal(ast_json_object_get(other, name), ast_json_object_iter_value(iter))) {
			return name;
		}
		iter = ast_json_object_iter_next(mine, iter);
	}
	return NULL;
}

/* Is TEXT what Asterisk has? One that it cannot tell of, as of a name that is no UTF-8, says
 * nothing about that. If not, the log hears of it once. */
static int is_theirs(const char *text, size_t len, const struct ast_channel_snapshot *snapshot)
{
	struct ast_json *theirs = ast_channel_snapshot_to_json(snapshot, NULL);
	struct ast_json *mine = theirs ? ast_json_load_buf(text, len, NULL) : NULL;
	const char *name = NULL;

	if (mine) {
		name = S_OR(difference(theirs, mine), difference(mine, theirs));
	}
	if (name && !__atomic_exchange_n(&ours.given_up, 1, __ATOMIC_RELAXED)) {
		ast_log(LOG_NOTICE, "This Asterisk has '%s' of a channel otherwise than this module knows: "
			"from now on channels are written by Asterisk itself, which takes longer\n", name);
	}
	ast_json_unref(mine);
	ast_json_unref(theirs);
	return !name;
}

void encode_channel(struct buf *out, const struct ast_channel_snapshot *snapshot)
{
	size_t start = out->len;

	if (__atomic_load_n(&ours.given_up, __ATOMIC_RELAXED) && !write_theirs(out, snapshot)) {
		return;
	}
	write_channel(out, snapshot);
	if (out->failed || !is_due() || is_theirs(out->data + start, out->len - start, snapshot)) {
		return;
	}
	out->len = start;
	if (write_theirs(out, snapshot)) {
		write_channel(out, snapshot);
	}
}
