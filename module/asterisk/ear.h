/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * An ear listens to what comes from one channel: an audiohook that measures each frame, changes
 * nothing and tells nobody. Whoever has it asks now and then what it heard.
 *
 * The channel's list of hooks has a reference of its own. Where a channel ends, Asterisk drops its
 * hooks and calls each a last time: that gives this reference back, as the very last thing that
 * code of ours does there. So an ear with only one reference is one that nothing of Asterisk's
 * knows any more, and a module without ears is one that no channel can call.
 */
#ifndef HOST_EAR_H
#define HOST_EAR_H

struct ast_channel;
struct ear;

/*! Attach one to CHAN, whose id is ID; NULL when that is not possible. *THRESHOLD is read with each
 * frame and must outlive the ear. */
struct ear *ear_attach(struct ast_channel *chan, const char *id, const int *threshold);
/*! For how many ms it heard speech since this was asked last. */
int ear_heard(struct ear *ear);
/*! Take it off CHAN; non-zero when it is not there. */
int ear_detach(struct ear *ear, struct ast_channel *chan);
/*! Does nothing of Asterisk's know it any more? Then it may be freed. */
int ear_is_free(struct ear *ear);
void ear_free(struct ear *ear);

#endif
