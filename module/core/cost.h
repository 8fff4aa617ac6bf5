/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What a login costs: crypt(3) is run once for each method and cost among the users' passwords.
 * The costliest is what every failure runs, and sets the time after which a failure is told.
 */
#ifndef CORE_COST_H
#define CORE_COST_H

#include "config.h"

#define REFUSAL_MS_MIN 200
#define REFUSAL_MS_MAX 5000

/** Look at all hashed passwords of CONFIG, which is finished, and measure. It takes as long as
 * these hashes do: not for the core's thread. -1 with err filled when this system cannot read
 * one of them. */
int cost_measure(struct config *config, const char *file, struct ini_error *err);
/** The length of the part of a stored hash that says what it costs: "$6$rounds=5000". */
size_t cost_class(const char *setting);

#endif
