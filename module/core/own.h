/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* What the core answers itself and ARI does not have: sessions. */
#ifndef CORE_OWN_H
#define CORE_OWN_H

#include "request.h"

/** Answer GET /stasis/sessions; false when it is for something else. */
bool own_answer(struct request *req);

#endif
