/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See timestamp.h. */
#include "timestamp.h"

#include <stdio.h>
#include <time.h>

const char *arip_timestamp(char *buf)
{
	struct timespec ts;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	n = strftime(buf, ARIP_TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(buf + n, ARIP_TIMESTAMP_SIZE - n, ".%03ld", ts.tv_nsec / 1000000);
	strftime(buf + n, ARIP_TIMESTAMP_SIZE - n, "%z", &tm);
	return buf;
}
