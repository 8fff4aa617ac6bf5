/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Checked JSON, written again: on one line, indented, or as YAML. Values are never changed; SAFE
 * writes what could disturb a terminal as escapes.
 */
#ifndef CLI_JSON_OUT_H
#define CLI_JSON_OUT_H

#include <stdbool.h>
#include <stdio.h>

#include "ari/json.h"

void json_write_compact(FILE *out, struct ari_span value, bool safe);
void json_write_pretty(FILE *out, struct ari_span value, bool safe);

/** As a YAML 1.2 block with a newline at the end. */
void json_write_yaml(FILE *out, struct ari_span value, bool safe);

#endif
