/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * An event as one line for people, and which events a person asked for. Pure but for the writing.
 */
#ifndef CLI_EVENT_LINE_H
#define CLI_EVENT_LINE_H

#include <stdbool.h>
#include <stdio.h>

#include "ari/event.h"

/** Time, type, subject and what is essential about it. No newline. */
void event_line_write(FILE *out, const struct ari_event *event);

/** Is the event about the channel / bridge ID: as its subject, a party of it, or a target? */
bool event_about_channel(const struct ari_event *event, const char *id);
bool event_about_bridge(const struct ari_event *event, const char *id);

/** Is it about the endpoint "TECH/RESOURCE"? */
bool event_about_endpoint(const struct ari_event *event, const char *id);

#endif
