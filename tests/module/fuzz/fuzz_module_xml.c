/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* XML bodies: what is read is right JSON, and comes back the same through XML. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ari/json.h"
#include "../../../module/core/pretty.h"
#include "../../../module/core/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf json = {0}, xml = {0}, again = {0}, pretty = {0};
	const char *why;

	if (!xml_to_json((const char *)data, size, &json, &why)) {
		if (ari_json_check(json.data, json.len, NULL))
			abort();
		if (!xml_from_json(json.data, json.len, &xml)) {
			if (xml_to_json(xml.data, xml.len, &again, &why))
				abort();
			buf_clear(&xml);
			buf_clear(&json);
			if (xml_from_json(again.data, again.len, &xml) ||
			    xml_to_json(xml.data, xml.len, &json, &why) || strcmp(json.data, again.data))
				abort();
		}
		pretty_json(again.data ? again.data : "", again.len, &pretty);
	}
	buf_free(&json);
	buf_free(&xml);
	buf_free(&again);
	buf_free(&pretty);
	return 0;
}
