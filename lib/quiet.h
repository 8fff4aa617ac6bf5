/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * No SIGPIPE from code that is not ours: OpenSSL writes without MSG_NOSIGNAL, and a library must
 * neither die of that nor ignore the signal for the whole program.
 */
#ifndef ARIP_QUIET_H
#define ARIP_QUIET_H

#include <signal.h>
#include <stdbool.h>

struct arip_quiet {
	sigset_t before;
	bool was_pending;
};

/** Between the two a SIGPIPE of this thread is swallowed. */
void arip_quiet_begin(struct arip_quiet *quiet);
void arip_quiet_end(struct arip_quiet *quiet);

#endif
