/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* The time of what we tell ourselves, in the form that the events of the server have. */
#ifndef ARIP_TIMESTAMP_H
#define ARIP_TIMESTAMP_H

#define ARIP_TIMESTAMP_SIZE 40

/** Now, in local time: "2026-11-23T01:49:17.619+0000". BUF has ARIP_TIMESTAMP_SIZE bytes, and is
 * what comes back. */
const char *arip_timestamp(char *buf);

#endif
