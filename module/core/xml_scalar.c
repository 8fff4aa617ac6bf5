/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* The JSON of an element without elements: by its own type, or the operation's; see xml.h. */
#include "xml_reader.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct ari_span xml_trimmed(const struct buf *text)
{
	struct ari_span span = {text->data ? text->data : "", text->len};

	for (; span.len && is_blank(*span.p); span.len--)
		span.p++;
	while (span.len && is_blank(span.p[span.len - 1]))
		span.len--;
	return span;
}

bool xml_quote(struct buf *to, const char *text, size_t len)
{
	buf_addc(to, '"');
	buf_add(to, text, len);
	buf_addc(to, '"');
	return to->data && !ari_json_check(to->data, to->len, NULL);
}

static void put_number(struct xml_reader *r, struct ari_span value)
{
	if (ari_json_type(value) != ARI_JSON_NUMBER || ari_json_check(value.p, value.len, NULL))
		xml_reader_fail(r, "'%.*s' is not a number", (int)(value.len < 40 ? value.len : 40),
				value.p);
	else
		buf_add(r->out, value.p, value.len);
}

static void put_boolean(struct xml_reader *r, struct ari_span value)
{
	if (ari_json_type(value) != ARI_JSON_BOOL || ari_json_check(value.p, value.len, NULL))
		xml_reader_fail(r, "'%.*s' is not a boolean; expected true or false",
				(int)(value.len < 40 ? value.len : 40), value.p);
	else
		buf_add(r->out, value.p, value.len);
}

static void put_raw(struct xml_reader *r)
{
	struct buf raw = {0};

	if (xml_quote(&raw, r->text.data, r->text.len))
		buf_add(r->out, raw.data, raw.len);
	else if (raw.failed)
		r->out->failed = true;
	else
		xml_reader_fail(r, "the text of a json-string is not the inside of a JSON string");
	buf_free(&raw);
}

static void put_empty(struct xml_reader *r, const char *json, const char *what)
{
	struct ari_span rest = xml_trimmed(&r->text);

	if (rest.len)
		xml_reader_fail(r, "text \"%.*s\" in %s", (int)(rest.len < 40 ? rest.len : 40),
				rest.p, what);
	else
		buf_adds(r->out, json);
}

/* What text without a type is: a string, or what the operation's parameter is. */
static enum xml_kind kind_of_text(const struct xml_reader *r, const struct xml_level *level)
{
	bool blank = !xml_trimmed(&r->text).len;

	if (!level->param)
		return r->op && r->depth == 1 ? XML_KIND_OBJECT : XML_KIND_STRING;
	switch (level->param->type) {
	case ARI_TYPE_INT:
	case ARI_TYPE_LONG:
	case ARI_TYPE_DOUBLE:
		return XML_KIND_NUMBER;
	case ARI_TYPE_BOOL:
		return XML_KIND_BOOLEAN;
	case ARI_TYPE_OBJECT:
		return XML_KIND_OBJECT;
	case ARI_TYPE_LIST:
		return XML_KIND_ARRAY;
	default:
		/* The handlers take a list of one without its list, too. */
		return level->param->multiple && blank ? XML_KIND_ARRAY : XML_KIND_STRING;
	}
}

void xml_put_scalar(struct xml_reader *r, const struct xml_level *level)
{
	switch (level->kind == XML_KIND_OPEN ? kind_of_text(r, level) : level->kind) {
	case XML_KIND_NUMBER:
		put_number(r, xml_trimmed(&r->text));
		break;
	case XML_KIND_BOOLEAN:
		put_boolean(r, xml_trimmed(&r->text));
		break;
	case XML_KIND_RAW:
		put_raw(r);
		break;
	case XML_KIND_NULL:
		put_empty(r, "null", "a null");
		break;
	case XML_KIND_ARRAY:
		put_empty(r, "[]", "an array; expected elements");
		break;
	case XML_KIND_OBJECT:
		put_empty(r, "{}", "an object; expected elements");
		break;
	default:
		buf_add_json(r->out, r->text.data ? r->text.data : "", r->text.len);
		break;
	}
}
