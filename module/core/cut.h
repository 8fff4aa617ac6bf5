/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What a user with limits must not learn from a bridge that he may see: its foreign members. The
 * text is copied without their ids, and only when there are any; who may see everything shares
 * the text that everybody has.
 */
#ifndef CORE_CUT_H
#define CORE_CUT_H

#include "config.h"
#include "buf.h"
#include "store.h"

/** The JSON text of a bridge, into OUT; false, and nothing in OUT, when USER may have all of it. */
bool cut_bridge(const struct user *user, const struct store *store, const char *json, size_t len,
		struct buf *out);
/** The same with an event, or another object that has bridges among its members. */
bool cut_event(const struct user *user, const struct store *store, const char *json, size_t len,
	       struct buf *out);

#endif
