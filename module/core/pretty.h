/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* JSON for people: one member a line, two spaces a level. */
#ifndef CORE_PRETTY_H
#define CORE_PRETTY_H

#include "buf.h"

/** The text of JSON, which was checked or made by a library, laid out. */
void pretty_json(const char *json, size_t len, struct buf *out);

#endif
