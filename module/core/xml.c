/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See xml.h. Writing walks the JSON text; reading is expat's events, without a tree either. */
#include <expat.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ari/json.h"
#include "xml.h"

#define DEPTH_MAX 32

static bool is_name(const char *text)
{
	const char *p;

	if (!strcmp(text, "item") || !strcmp(text, "member") || !strncasecmp(text, "xml", 3))
		return false;
	for (p = text; *p; p++) {
		bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '_';

		if (!letter && (p == text || !((*p >= '0' && *p <= '9') || *p == '-' || *p == '.')))
			return false;
	}
	return p > text;
}

static void add_text(struct buf *out, const char *text, size_t len)
{
	size_t i, plain = 0;

	for (i = 0; i < len; i++) {
		const char *entity = text[i] == '<' ? "&lt;" : text[i] == '>' ? "&gt;"
			: text[i] == '&' ? "&amp;" : text[i] == '"' ? "&quot;"
			: text[i] == '\r' ? "&#13;" : text[i] == '\n' ? "&#10;"
			: text[i] == '\t' ? "&#9;" : NULL;

		if (!entity)
			continue;
		buf_add(out, text + plain, i - plain);
		buf_adds(out, entity);
		plain = i + 1;
	}
	buf_add(out, text + plain, len - plain);
}

/* Characters that an XML 1.0 document must not have, even as references. */
static bool fits_xml(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	for (; *p; p++) {
		if (*p < 0x20 && *p != '\t' && *p != '\n' && *p != '\r')
			return false;
		if (p[0] == 0xef && p[1] == 0xbf && (p[2] == 0xbe || p[2] == 0xbf))
			return false;
	}
	return true;
}

/* The inside of a JSON string, with what even as UTF-8 cannot stand in a document escaped. */
static void add_escaped(struct buf *out, const char *p, size_t len)
{
	size_t i, plain = 0;

	for (i = 0; i + 2 < len; i++) {
		bool last = !memcmp(p + i, "\xef\xbf\xbf", 3);

		if (!last && memcmp(p + i, "\xef\xbf\xbe", 3))
			continue;
		add_text(out, p + plain, i - plain);
		buf_adds(out, last ? "\\uffff" : "\\ufffe");
		plain = i + 3;
	}
	add_text(out, p + plain, len - plain);
}

static void add_string(struct buf *out, struct ari_span value, char *text)
{
	if (fits_xml(text)) {
		buf_addc(out, '>');
		add_text(out, text, strlen(text));
	} else {
		buf_adds(out, " escaped=\"json\">");
		add_escaped(out, value.p + 1, value.len - 2);
	}
}

static void add_value(struct buf *out, const char *name, struct ari_span value);

static void add_children(struct buf *out, struct ari_span value, bool object)
{
	struct ari_json_iter iter;
	struct ari_span key, item;
	struct buf quoted = {0};
	char *name;

	ari_json_iter_init(&iter, value);
	while (!out->failed && ari_json_next(&iter, &key, &item)) {
		if (!object) {
			add_value(out, "item", item);
			continue;
		}
		buf_clear(&quoted);
		buf_addc(&quoted, '"');
		buf_add(&quoted, key.p, key.len);
		buf_addc(&quoted, '"');
		name = quoted.failed ? NULL
				     : ari_json_text_dup((struct ari_span){quoted.data, quoted.len});
		if (name)
			add_value(out, name, item);
		else
			out->failed = true;
		free(name);
	}
	buf_free(&quoted);
}

/* An element around VALUE; NAME is a member's, or "item" or "stasis". */
static void add_value(struct buf *out, const char *name, struct ari_span value)
{
	static const char *const types[] = {
		[ARI_JSON_NULL] = "null", [ARI_JSON_BOOL] = "boolean", [ARI_JSON_NUMBER] = "number",
		[ARI_JSON_ARRAY] = "array", [ARI_JSON_OBJECT] = "object", [ARI_JSON_STRING] = NULL,
		[ARI_JSON_NONE] = "null",
	};
	enum ari_json_type type = ari_json_type(value);
	bool plain = is_name(name) || !strcmp(name, "item");
	char *text;

	/* A member that is called "item" cannot be told from an array's, so it is a <member>. */
	buf_addf(out, "<%s", plain ? name : "member");
	if (!plain) {
		buf_adds(out, " name=\"");
		if (fits_xml(name))
			add_text(out, name, strlen(name));
		else
			out->failed = true;
		buf_addc(out, '"');
	}
	if (types[type])
		buf_addf(out, " type=\"%s\"", types[type]);
	if (type == ARI_JSON_STRING) {
		text = ari_json_text_dup(value);
		if (text)
			add_string(out, value, text);
		else
			out->failed = true;
		free(text);
	} else {
		buf_addc(out, '>');
		if (type == ARI_JSON_ARRAY || type == ARI_JSON_OBJECT)
			add_children(out, value, type == ARI_JSON_OBJECT);
		else if (type != ARI_JSON_NULL && type != ARI_JSON_NONE)
			buf_add(out, value.p, value.len);
	}
	buf_addf(out, "</%s>", plain ? name : "member");
}

int xml_from_json(const char *json, size_t len, struct buf *out)
{
	buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	add_value(out, "stasis", (struct ari_span){json, len});
	buf_addc(out, '\n');
	return out->failed ? -1 : 0;
}

enum kind { KIND_STRING, KIND_RAW, KIND_NULL, KIND_ARRAY, KIND_OBJECT };

struct reader {
	XML_Parser parser;
	struct buf *out;
	struct buf text;		/* of the element that is open */
	enum kind kind[DEPTH_MAX];
	bool escaped;
	size_t count[DEPTH_MAX];	/* children so far */
	int depth;
	const char *why;
};

static void refuse(struct reader *r, const char *why)
{
	if (!r->why)
		r->why = why;
	XML_StopParser(r->parser, XML_FALSE);
}

static const char *attribute(const char **atts, const char *name)
{
	for (; *atts; atts += 2) {
		if (!strcmp(atts[0], name))
			return atts[1];
	}
	return NULL;
}

static int kind_of(const char *type)
{
	static const struct {
		const char *name;
		enum kind kind;
	} kinds[] = {
		{"string", KIND_STRING}, {"number", KIND_RAW}, {"boolean", KIND_RAW},
		{"null", KIND_NULL}, {"array", KIND_ARRAY}, {"object", KIND_OBJECT},
	};
	size_t i;

	if (!type)
		return KIND_STRING;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(kinds[i].name, type))
			return (int)kinds[i].kind;
	}
	return -1;
}

static void XMLCALL start(void *arg, const char *name, const char **atts)
{
	struct reader *r = arg;
	const char *member = attribute(atts, "name");
	int kind = kind_of(attribute(atts, "type"));
	enum kind parent = r->depth ? r->kind[r->depth - 1] : KIND_ARRAY;

	/* A stopped parser may still have a call or two to make. */
	if (r->why)
		return;
	if (r->depth == DEPTH_MAX || kind < 0) {
		refuse(r, kind < 0 ? "unknown type in the XML body" : "the XML body is too deep");
		return;
	}
	if (parent != KIND_ARRAY && parent != KIND_OBJECT) {
		refuse(r, "an element where the XML body should have text");
		return;
	}
	if (r->depth && r->count[r->depth - 1]++)
		buf_addc(r->out, ',');
	if (parent == KIND_OBJECT) {
		member = strcmp(name, "member") || !member ? name : member;
		buf_add_json(r->out, member, strlen(member));
		buf_addc(r->out, ':');
	}
	if (kind == KIND_ARRAY || kind == KIND_OBJECT)
		buf_addc(r->out, kind == KIND_ARRAY ? '[' : '{');
	r->escaped = attribute(atts, "escaped") != NULL;
	r->count[r->depth] = 0;
	r->kind[r->depth++] = (enum kind)kind;
	buf_clear(&r->text);
}

static void XMLCALL end(void *arg, const char *name)
{
	struct reader *r = arg;
	const char *text = r->text.data ? r->text.data : "";

	(void)name;
	if (r->why)
		return;
	switch (r->kind[--r->depth]) {
	case KIND_ARRAY:
	case KIND_OBJECT:
		buf_addc(r->out, r->kind[r->depth] == KIND_ARRAY ? ']' : '}');
		break;
	case KIND_NULL:
		buf_adds(r->out, "null");
		break;
	case KIND_RAW:
		buf_add(r->out, text, r->text.len);
		break;
	case KIND_STRING:
		if (r->escaped)
			buf_addf(r->out, "\"%s\"", text);
		else
			buf_add_json(r->out, text, r->text.len);
		break;
	}
	r->escaped = false;
	buf_clear(&r->text);
}

static void XMLCALL characters(void *arg, const char *text, int len)
{
	struct reader *r = arg;
	enum kind kind = r->depth ? r->kind[r->depth - 1] : KIND_OBJECT;
	int i;

	if (r->why)
		return;
	if (kind == KIND_STRING || kind == KIND_RAW) {
		buf_add(&r->text, text, (size_t)len);
		return;
	}
	for (i = 0; i < len; i++) {
		if (!strchr(" \t\r\n", text[i]))
			refuse(r, "text where the XML body should have elements");
	}
}

static void XMLCALL doctype(void *arg, const char *name, const char *system, const char *public,
			    int internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	refuse(arg, "an XML body must not have a DTD");
}

int xml_to_json(const char *xml, size_t len, struct buf *out, const char **why)
{
	struct reader r = {.parser = XML_ParserCreate("UTF-8"), .out = out};

	*why = "out of memory";
	if (!r.parser)
		return -1;
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, start, end);
	XML_SetCharacterDataHandler(r.parser, characters);
	XML_SetStartDoctypeDeclHandler(r.parser, doctype);
	if (XML_Parse(r.parser, xml, (int)len, 1) != XML_STATUS_OK && !r.why)
		r.why = "Error parsing request body";
	if (out->failed || r.text.failed)
		r.why = "out of memory";
	/* Numbers and escapes were taken as they stood. */
	else if (!r.why && ari_json_check(out->data ? out->data : "", out->len, NULL))
		r.why = "Error parsing request body";
	XML_ParserFree(r.parser);
	buf_free(&r.text);
	*why = r.why;
	return r.why ? -1 : 0;
}
