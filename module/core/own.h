/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* What the core answers itself and ARI does not have: sessions. */
#ifndef CORE_OWN_H
#define CORE_OWN_H

#include "request.h"

/** Answer a request for what no host has: the sessions. False when it is no such request. */
bool own_answer(struct request *req);
/** A bit (1 << HTTP_...) for each method of a resource that only we have; 0 for others. */
unsigned int own_methods(const struct uri_path *path);

#endif
