/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What a reply means: a success of the operation, the server's refusal in its own words, or
 * something that is no ARI server. Pure.
 */
#ifndef ARIP_REPLY_H
#define ARIP_REPLY_H

#include <stdbool.h>

#include "ari/operation.h"
#include "http.h"

/** 0 and *json (the body is checked JSON) when REPLY is a success of OP, else -1 with ERR. ROOT is
 * the API root's URL, USER who we are (NULL: nobody), both for the text. */
int arip_reply_check(const struct arip_http_reply *reply, const struct ari_operation *op,
		     const char *root, const char *user, bool *json, struct ari_error *err);

#endif
