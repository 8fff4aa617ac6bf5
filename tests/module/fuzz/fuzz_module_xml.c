/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The XML codec. The input's first byte says what the rest is:
 *  - even: JSON. What is written as XML reads back as the same JSON, plain and pretty. Only a
 * member that is there twice, or one of more than 1024, may be refused on the way back.
 *  - odd: XML. What is read is JSON, and that goes to XML and back unchanged. Nothing with a
 *    DOCTYPE is read. With bit 1, it is the body of an operation.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../json_same.h"
#include "../../../module/core/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool excused(const struct xml_error *err, size_t len)
{
	return strstr(err->text, ": a second '") || strstr(err->text, ": more than 1024 members") ||
	       len > XML_TEXT_MAX;
}

/* JSON to XML to JSON. STRICT: it came from XML, so nothing excuses a refusal but the size. */
static void round_trip(const char *json, size_t len, unsigned int flags, bool strict)
{
	struct buf xml = {0}, again = {0};
	struct xml_names names;
	struct xml_error err = {0};

	xml_names_of_model(&names, flags ? "List[Channel]" : NULL);
	if (xml_write(&xml, json, len, &names, flags, &err)) {
		must(err.text[0] && xml.len == 0);
		must(ari_json_check(json, len, NULL) || strstr(err.text, "nested deeper"));
	} else if (xml_read(&again, xml.data, xml.len, NULL, &err)) {
		must(err.text[0] && again.len == 0);
		must(strict ? xml.len > XML_TEXT_MAX : excused(&err, xml.len));
	} else {
		must(!ari_json_check(again.data, again.len, NULL));
		must(json_same(json, len, again.data, again.len));
	}
	buf_free(&xml);
	buf_free(&again);
}

static void read_xml(const char *xml, size_t len, const struct ari_operation *op)
{
	struct buf json = {0};
	struct xml_error err = {0};

	if (xml_read(&json, xml, len, op, &err)) {
		must(err.text[0] && !strchr(err.text, '\n') && json.len == 0);
	} else {
		const char *doctype = memmem(xml, len, "<!DOCTYPE", 9);

		must(!doctype || memmem(xml, len, "<!--", 4) || memmem(xml, len, "<![CDATA[", 9) ||
		     memmem(xml, len, "<?", 2));
		must(!ari_json_check(json.data, json.len, NULL));
		round_trip(json.data, json.len, 0, true);
		round_trip(json.data, json.len, XML_PRETTY, true);
	}
	buf_free(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const operations[] = {
		"channels.originate",	 "channels.play",	"channels.record",
		"asterisk.updateObject", "applications.filter",
	};
	const char *text = (const char *)data + 1;

	if (size < 2)
		return 0;
	size--;
	if (!(data[0] & 1)) {
		round_trip(text, size, data[0] & 2 ? XML_PRETTY : 0, false);
		return 0;
	}
	read_xml(text, size,
		 data[0] & 2 ? ari_operation_find(operations[(data[0] >> 2) % 5]) : NULL);
	return 0;
}
