/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* Between fanout.c and fanout_replay.c. */
#ifndef CORE_FANOUT_PRIVATE_H
#define CORE_FANOUT_PRIVATE_H

#include "fanout.h"

/** Queue event SEQ for SESSION, without what its user may not see. TAIL is JSON behind its '{'. */
void fanout_tell(const struct fanout *fanout, struct session *session, struct bytes *tail,
		 unsigned long long seq, const char *json, size_t len);

#endif
