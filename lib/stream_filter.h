/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What a stream is interested in, in the words of the module's filter. Pure.
 */
#ifndef ARIP_STREAM_FILTER_H
#define ARIP_STREAM_FILTER_H

#include <stdbool.h>

#include "ari/stream.h"

/* What decides; the lists are NULL-terminated or NULL. */
struct arip_interest {
	const char *base; /* a text of this kind, to which the rest comes on top; or NULL */
	const char *const *filter;    /* "FIELD:VALUE" */
	const char *const *allowed;   /* event types */
	const char *const *subscribe; /* event sources */
	bool no_device_states;
};

/** Whether a filter says what SUBSCRIBE subscribes to: sources of one kind, which has a field. */
bool arip_filter_sources(const char *const *subscribe);

/** The filter that lets through all that INTEREST wants, and as little else as it can say. Never
 * NULL but when memory is short; "" lets everything through. You free it. */
char *arip_filter_text(const struct arip_interest *interest);

#endif
