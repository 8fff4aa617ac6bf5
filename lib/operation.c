/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Look-ups in the operation table. The table itself is generated into
 * operation_table.c; everything handed out is static and constant, so there is
 * nothing to own or to free.
 */
#include "ari/operation.h"

#include <stdlib.h>
#include <string.h>

#include "operation_table.h"

const struct ari_operation *ari_operations(size_t *count)
{
	*count = arip_operation_count;
	return arip_operation_table;
}

const struct ari_operation *ari_module_operations(size_t *count)
{
	*count = arip_module_operation_count;
	return arip_module_operation_table;
}

static int compare_name(const void *name, const void *row)
{
	const struct ari_operation *op = row;

	return strcmp(name, op->name);
}

const struct ari_operation *ari_operation_find(const char *name)
{
	const struct ari_operation *op = bsearch(name, arip_operation_table, arip_operation_count,
						 sizeof(*op), compare_name);

	return op ? op : bsearch(name, arip_module_operation_table, arip_module_operation_count,
				 sizeof(*op), compare_name);
}

const struct ari_param *ari_operation_param(const struct ari_operation *op, const char *name)
{
	/* At most sixteen: a scan is as fast as anything. */
	for (size_t i = 0; i < op->n_params; i++) {
		if (!strcmp(op->params[i].name, name)) {
			return &op->params[i];
		}
	}
	return NULL;
}
