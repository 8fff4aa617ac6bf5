/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See compat.h: Asterisk 16, where snapshots are flat and changes are cache updates. */
#include "asterisk.h"

#include "asterisk/astobj2.h"
#include "asterisk/stasis_endpoints.h"
#include "compat.h"

void compat_channel_facts(const struct ast_channel_snapshot *snapshot, struct channel_facts *facts)
{
	facts->id = snapshot->uniqueid;
	facts->name = snapshot->name;
	facts->protocol_id = snapshot->protocol_id;
	facts->account = snapshot->accountcode;
	facts->language = snapshot->language;
	facts->created = snapshot->creationtime;
	facts->context = snapshot->context;
	facts->exten = snapshot->exten;
	facts->priority = snapshot->priority;
	facts->appl = snapshot->appl;
	facts->data = snapshot->data;
	facts->tenant = "";
	facts->state = snapshot->state;
	facts->cause = snapshot->hangupcause;
	facts->tech_cause = 0;
	facts->caller_name = snapshot->caller_name;
	facts->caller_number = snapshot->caller_number;
	/* ARI of this version does not tell it. */
	facts->rdnis = "";
	facts->presentation = snapshot->caller_pres;
	facts->connected_name = snapshot->connected_name;
	facts->connected_number = snapshot->connected_number;
	facts->vars = snapshot->ari_vars;
}

/* The two ends of a cache update of one type, or 0. */
static int cache_change(struct stasis_message *msg, struct stasis_message_type *type, void **was,
	void **now, int *gone)
{
	struct stasis_cache_update *update;

	if (stasis_message_type(msg) != stasis_cache_update_type()) {
		return 0;
	}
	update = stasis_message_data(msg);
	if (update->type != type) {
		return 0;
	}
	*was = update->old_snapshot ? stasis_message_data(update->old_snapshot) : NULL;
	*now = update->new_snapshot ? stasis_message_data(update->new_snapshot) : NULL;
	*gone = !*now;
	if (*gone) {
		*now = *was;
	}
	return *now != NULL;
}

int compat_channel_change(struct stasis_message *msg, struct ast_channel_snapshot **was,
	struct ast_channel_snapshot **now, int *gone)
{
	return cache_change(msg, ast_channel_snapshot_type(), (void **) was, (void **) now, gone);
}

int compat_channel_is_current(const struct ast_channel_snapshot *snapshot)
{
	struct ast_channel_snapshot *now = ast_channel_snapshot_get_latest(snapshot->uniqueid);

	ao2_cleanup(now);
	return now == snapshot;
}

int compat_bridge_is_current(const struct ast_bridge_snapshot *snapshot)
{
	struct ast_bridge_snapshot *now = ast_bridge_snapshot_get_latest(snapshot->uniqueid);

	ao2_cleanup(now);
	return now == snapshot;
}

int compat_bridge_change(struct stasis_message *msg, struct ast_bridge_snapshot **was,
	struct ast_bridge_snapshot **now, int *gone)
{
	return cache_change(msg, ast_bridge_snapshot_type(), (void **) was, (void **) now, gone);
}

void compat_topics(struct stasis_topic *topics[8])
{
	/* The cached topics pass on everything else as well. */
	topics[0] = ast_channel_topic_all_cached();
	topics[1] = ast_bridge_topic_all_cached();
	topics[2] = NULL;
}

static void each_cached(struct stasis_cache *cache, struct stasis_message_type *type,
	void (*fn)(void *arg, void *snapshot), void *arg)
{
	struct ao2_container *messages = stasis_cache_dump(cache, type);
	struct ao2_iterator iter;
	struct stasis_message *msg;

	if (!messages) {
		return;
	}
	iter = ao2_iterator_init(messages, 0);
	while ((msg = ao2_iterator_next(&iter))) {
		fn(arg, ao2_bump(stasis_message_data(msg)));
		ao2_ref(msg, -1);
	}
	ao2_iterator_destroy(&iter);
	ao2_ref(messages, -1);
}

void compat_each_channel(void (*fn)(void *arg, struct ast_channel_snapshot *snapshot), void *arg)
{
	each_cached(ast_channel_cache(), ast_channel_snapshot_type(),
		(void (*)(void *, void *)) fn, arg);
}

void compat_each_bridge(void (*fn)(void *arg, struct ast_bridge_snapshot *snapshot), void *arg)
{
	each_cached(ast_bridge_cache(), ast_bridge_snapshot_type(),
		(void (*)(void *, void *)) fn, arg);
}
