/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The second half of authorisation: what stands in a request's parameters. A value counts
 * wherever it stands (query, form, body) and as often as it stands, because the host might
 * take any of them.
 */
#ifndef CORE_CHECK_H
#define CORE_CHECK_H

#include "authorise.h"
#include "rule.h"

struct decision check_words(struct request *req, const struct rule *rule, bool synced);

#endif
