/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* What is done to the host's answers of users with scopes; see list.c. */
#ifndef CORE_LIST_H
#define CORE_LIST_H

#include "request.h"

/** Take what the user may not see out of a list. */
void list_cut(struct request *req);
/** Note who made what was just made. */
void list_claim(struct request *req);

#endif
