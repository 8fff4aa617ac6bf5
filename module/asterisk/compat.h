/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What differs between Asterisk 16 and its successors, behind one set of functions. The
 * build takes compat_16.c or compat_17.c (snapshots), and invoke_16.c or invoke_20.c
 * (ast_ari_invoke), by looking at the headers; no other file knows the version.
 */
#ifndef HOST_COMPAT_H
#define HOST_COMPAT_H

#include "asterisk/ari.h"
#include "asterisk/stasis.h"
#include "asterisk/stasis_bridges.h"
#include "asterisk/stasis_channels.h"

/* What a snapshot of a channel says. Borrowed from it; what a version does not know is "". */
struct channel_facts {
	const char *id, *name, *protocol_id, *account, *language, *tenant;
	const char *context, *exten, *appl, *data;
	const char *caller_name, *caller_number, *rdnis, *connected_name, *connected_number;
	int state, priority, cause, tech_cause, presentation;
	struct timeval created;
	const struct varshead *vars;
};

void compat_channel_facts(const struct ast_channel_snapshot *snapshot,
	struct channel_facts *facts);
/*! Is it a channel's change? Then *was is what it was (NULL: it is new) and *now what it is; when
 * it is gone, *now is how it was last seen. */
int compat_channel_change(struct stasis_message *msg, struct ast_channel_snapshot **was,
	struct ast_channel_snapshot **now, int *gone);
/*! Is SNAPSHOT how the channel is now? */
int compat_channel_is_current(const struct ast_channel_snapshot *snapshot);
int compat_bridge_is_current(const struct ast_bridge_snapshot *snapshot);
int compat_bridge_change(struct stasis_message *msg, struct ast_bridge_snapshot **was,
	struct ast_bridge_snapshot **now, int *gone);
/*! The topics to forward, NULL-terminated; at most 8. */
void compat_topics(struct stasis_topic *topics[8]);
/*! FN for each channel, each bridge that exists; it gets a reference of its own. */
void compat_each_channel(void (*fn)(void *arg, struct ast_channel_snapshot *snapshot), void *arg);
void compat_each_bridge(void (*fn)(void *arg, struct ast_bridge_snapshot *snapshot), void *arg);

/*! Does ast_ari_invoke() check a user of ari.conf itself? */
int compat_invoke_checks_user(void);
/*! Zero when the running Asterisk's ast_ari_invoke() is the one that this was built for. */
int compat_check_version(void);
void compat_invoke(const char *path, enum ast_http_method method, struct ast_variable *params,
	struct ast_variable *headers, struct ast_json *body, struct ast_ari_response *response);

#endif
