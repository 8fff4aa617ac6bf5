/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See compat.h: Asterisk 17 and later, where snapshots have parts and changes their own message. */
#include "asterisk.h"

#include "asterisk/astobj2.h"
#include "asterisk/bridge.h"
#include "asterisk/channel.h"
#include "compat.h"

void compat_channel_facts(const struct ast_channel_snapshot *snapshot, struct channel_facts *facts)
{
	facts->id = snapshot->base->uniqueid;
	facts->name = snapshot->base->name;
	facts->protocol_id = snapshot->base->protocol_id;
	facts->account = snapshot->base->accountcode;
	facts->language = snapshot->base->language;
	facts->created = snapshot->base->creationtime;
	facts->context = snapshot->dialplan->context;
	facts->exten = snapshot->dialplan->exten;
	facts->priority = snapshot->dialplan->priority;
	facts->appl = snapshot->dialplan->appl;
	facts->data = snapshot->dialplan->data;
#ifdef HAVE_SNAPSHOT_TENANT
	facts->tenant = snapshot->base->tenantid;
#else
	facts->tenant = "";
#endif
	facts->state = snapshot->state;
	facts->cause = snapshot->hangup->cause;
#ifdef HAVE_SNAPSHOT_TECH_CAUSE
	facts->tech_cause = snapshot->hangup->tech_cause;
#else
	facts->tech_cause = 0;
#endif
	facts->caller_name = snapshot->caller->name;
	facts->caller_number = snapshot->caller->number;
	facts->rdnis = snapshot->caller->rdnis;
	facts->presentation = snapshot->caller->pres;
	facts->connected_name = snapshot->connected->name;
	facts->connected_number = snapshot->connected->number;
	facts->vars = snapshot->ari_vars;
}

int compat_channel_change(struct stasis_message *msg, struct ast_channel_snapshot **was,
	struct ast_channel_snapshot **now, int *gone)
{
	struct ast_channel_snapshot_update *update;

	if (stasis_message_type(msg) != ast_channel_snapshot_type()) {
		return 0;
	}
	update = stasis_message_data(msg);
	*was = update->old_snapshot;
	*now = update->new_snapshot;
	*gone = ast_test_flag(&update->new_snapshot->flags, AST_FLAG_DEAD) ? 1 : 0;
	return 1;
}

int compat_channel_is_current(const struct ast_channel_snapshot *snapshot)
{
	struct ast_channel_snapshot *now = ast_channel_snapshot_get_latest(snapshot->base->uniqueid);

	ao2_cleanup(now);
	return now == snapshot;
}

int compat_bridge_is_current(const struct ast_bridge_snapshot *snapshot)
{
	struct ast_bridge_snapshot *now = ast_bridge_get_snapshot_by_uniqueid(snapshot->uniqueid);

	ao2_cleanup(now);
	return now == snapshot;
}

int compat_bridge_change(struct stasis_message *msg, struct ast_bridge_snapshot **was,
	struct ast_bridge_snapshot **now, int *gone)
{
	struct ast_bridge_snapshot_update *update;

	if (stasis_message_type(msg) != ast_bridge_snapshot_type()) {
		return 0;
	}
	update = stasis_message_data(msg);
	*was = update->old_snapshot;
	*now = update->new_snapshot ? update->new_snapshot : update->old_snapshot;
	*gone = !update->new_snapshot;
	return *now != NULL;
}

void compat_topics(struct stasis_topic *topics[8])
{
	topics[0] = ast_channel_topic_all();
	topics[1] = ast_bridge_topic_all();
	topics[2] = NULL;
}

void compat_each_channel(void (*fn)(void *arg, struct ast_channel_snapshot *snapshot), void *arg)
{
	struct ao2_container *snapshots = ast_channel_cache_all();
	struct ast_channel_snapshot *snapshot;
	struct ao2_iterator iter;

	if (!snapshots) {
		return;
	}
	iter = ao2_iterator_init(snapshots, 0);
	while ((snapshot = ao2_iterator_next(&iter))) {
		fn(arg, snapshot);
	}
	ao2_iterator_destroy(&iter);
	ao2_ref(snapshots, -1);
}

void compat_each_bridge(void (*fn)(void *arg, struct ast_bridge_snapshot *snapshot), void *arg)
{
	struct ao2_container *bridges = ast_bridges();
	struct ast_bridge_snapshot *snapshot;
	struct ast_bridge *bridge;
	struct ao2_iterator iter;

	if (!bridges) {
		return;
	}
	iter = ao2_iterator_init(bridges, 0);
	while ((bridge = ao2_iterator_next(&iter))) {
		snapshot = ast_bridge_get_snapshot(bridge);
		if (snapshot) {
			fn(arg, snapshot);
		}
		ao2_ref(bridge, -1);
	}
	ao2_iterator_destroy(&iter);
	ao2_ref(bridges, -1);
}
