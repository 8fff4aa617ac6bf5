/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The generated operation table as operation.c sees it. Not for anybody else:
 * ari/operation.h is the way in.
 */
#ifndef ARIP_OPERATION_TABLE_H
#define ARIP_OPERATION_TABLE_H

#include "ari/operation.h"

/* Sorted by name in the order of strcmp(). */
extern const struct ari_operation arip_operation_table[];
extern const size_t arip_operation_count;

/* What only the server module has. */
extern const struct ari_operation arip_module_operation_table[];
extern const size_t arip_module_operation_count;

#endif
