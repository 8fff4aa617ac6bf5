/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * XML text to JSON text, on expat's events. JSON goes out as the elements come in: a container
 * is opened by its first element, a scalar is known at its end tag. A DOCTYPE stops everything,
 * so there are no entities, no external files and no expansion; the encoding is UTF-8 whatever
 * the document says, and a document that says otherwise is refused.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "utf8.h"
#include "xml_reader.h"
#include "xml_text.h"

static const char *const kind_names[] = {
	[XML_KIND_OPEN] = "",		[XML_KIND_STRING] = "string",
	[XML_KIND_RAW] = "json-string", [XML_KIND_NUMBER] = "number",
	[XML_KIND_BOOLEAN] = "boolean", [XML_KIND_NULL] = "null",
	[XML_KIND_ARRAY] = "array",	[XML_KIND_OBJECT] = "object",
};

/* What a start tag said. The attribute that is absent is NULL. */
struct tag {
	const char *element;
	const char *name, *json_name, *type;
};

void xml_reader_fail(struct xml_reader *r, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	if (r->failed)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->failed = true;
	xml_fail(r->err, XML_GetCurrentLineNumber(r->parser),
		 XML_GetCurrentColumnNumber(r->parser) + 1, "%s", text);
	XML_StopParser(r->parser, XML_FALSE);
}

/* The text is used up. Its failure must not be forgotten with it. */
static void drop_text(struct xml_reader *r)
{
	if (r->text.failed)
		r->out->failed = true;
	buf_clear(&r->text);
}

/* Between elements there may be nothing but white space. */
static bool only_blank(struct xml_reader *r)
{
	struct ari_span rest = xml_trimmed(&r->text);

	if (rest.len)
		xml_reader_fail(
			r, "text \"%.*s\" beside elements; expected elements or text, not both",
			(int)(rest.len < 40 ? rest.len : 40), rest.p);
	drop_text(r);
	return !r->failed;
}

/* The attributes of a start tag; true when they are the known ones. */
static bool read_tag(struct xml_reader *r, struct tag *tag, const char *element, const char **attrs)
{
	*tag = (struct tag){.element = element};
	for (; *attrs; attrs += 2) {
		if (!strcmp(attrs[0], "type"))
			tag->type = attrs[1];
		else if (!strcmp(attrs[0], "name"))
			tag->name = attrs[1];
		else if (!strcmp(attrs[0], "json-name"))
			tag->json_name = attrs[1];
		else
			xml_reader_fail(r,
					"unknown attribute '%.40s' of <%.40s>; expected type, name "
					"or json-name",
					attrs[0], element);
	}
	if (strchr(element, ':'))
		xml_reader_fail(r, "<%.40s>: prefixes are not used; expected <member name=\"...\">",
				element);
	if (tag->name && tag->json_name)
		xml_reader_fail(r, "<%.40s> has both name and json-name; expected one", element);
	return !r->failed;
}

static enum xml_kind read_kind(struct xml_reader *r, const struct tag *tag)
{
	if (!tag->type)
		return XML_KIND_OPEN;
	for (size_t i = XML_KIND_STRING; i < sizeof(kind_names) / sizeof(kind_names[0]); i++) {
		if (!strcmp(tag->type, kind_names[i]))
			return (enum xml_kind)i;
	}
	xml_reader_fail(
		r,
		"unknown type '%.40s' of <%.40s>; expected string, number, boolean, null, array, "
		"object or json-string",
		tag->type, tag->element);
	return XML_KIND_OPEN;
}

/* Whether the object has a member of this name already; else remember it. */
static bool is_second(struct xml_reader *r, struct xml_level *object, const char *name, size_t len)
{
	size_t at = object->members_at;

	while (at < r->members.len) {
		size_t other;

		memcpy(&other, r->members.data + at, sizeof(other));
		at += sizeof(other);
		if (other == len && !memcmp(r->members.data + at, name, len))
			return true;
		at += other;
	}
	buf_add(&r->members, &len, sizeof(len));
	buf_add(&r->members, name, len);
	object->n_members++;
	return false;
}

static void put_name(struct xml_reader *r, struct xml_level *object, struct tag *tag)
{
	const char *name = tag->name ? tag->name : tag->element, *p;
	struct buf plain = {0}, raw = {0};
	char c[4];

	if (object->n_members == XML_MEMBERS_MAX) {
		xml_reader_fail(r, "more than %d members in one object", XML_MEMBERS_MAX);
		return;
	}
	if (tag->json_name) {
		if (!xml_quote(&raw, tag->json_name, strlen(tag->json_name)))
			xml_reader_fail(r,
					"json-name of <%.40s> is not the inside of a JSON string",
					tag->element);
		for (p = raw.data ? raw.data + 1 : NULL;
		     p && !r->failed && p < raw.data + raw.len - 1;)
			buf_add(&plain, c, xml_json_char(&p, c));
	} else {
		buf_adds(&plain, name);
	}
	if (!r->failed && is_second(r, object, plain.data ? plain.data : "", plain.len))
		xml_reader_fail(
			r,
			"a second '%.40s' in one object; a list is an element with type=\"array\"",
			name);
	if (tag->json_name && !r->failed)
		buf_add(r->out, raw.data, raw.len);
	else
		buf_add_json(r->out, plain.data ? plain.data : "", plain.len);
	buf_addc(r->out, ':');
	if (plain.failed || raw.failed)
		r->out->failed = true;
	buf_free(&plain);
	buf_free(&raw);
}

static void close_members(struct xml_reader *r, const struct xml_level *level)
{
	r->members.len = level->members_at;
}

/* A container without a type is an object, unless the operation knows better. */
static enum xml_kind kind_by_param(const struct ari_param *param)
{
	if (param && (param->type == ARI_TYPE_LIST || param->multiple))
		return XML_KIND_ARRAY;
	return XML_KIND_OBJECT;
}

/* An element begins in PARENT: its comma, or the bracket of PARENT if it is the first. */
static void enter_container(struct xml_reader *r, struct xml_level *parent)
{
	if (parent->begun) {
		buf_addc(r->out, ',');
		return;
	}
	if (parent->kind == XML_KIND_OPEN)
		parent->kind = kind_by_param(parent->param);
	parent->begun = true;
	parent->members_at = r->members.len;
	buf_addc(r->out, parent->kind == XML_KIND_ARRAY ? '[' : '{');
}

static const struct ari_param *find_param(const struct xml_reader *r, const struct tag *tag)
{
	if (!r->op)
		return NULL;
	if (r->depth == 1)
		return ari_operation_param(r->op, tag->name ? tag->name : tag->element);
	for (size_t i = 0; r->depth == 0 && i < r->op->n_params; i++) {
		if (r->op->params[i].whole_body)
			return &r->op->params[i];
	}
	return NULL;
}

static void open_level(struct xml_reader *r, struct tag *tag)
{
	struct xml_level *parent = r->depth ? &r->level[r->depth - 1] : NULL;
	struct xml_level *level = &r->level[r->depth];

	*level = (struct xml_level){.kind = read_kind(r, tag)};
	if (r->failed)
		return;
	if (parent)
		enter_container(r, parent);
	if (parent && parent->kind == XML_KIND_OBJECT)
		put_name(r, parent, tag);
	else if (tag->name || tag->json_name)
		xml_reader_fail(r, "%s has no name; take the attribute off <%.40s>",
				parent ? "an item of an array" : "the root", tag->element);
	if (!parent || parent->kind == XML_KIND_OBJECT)
		level->param = find_param(r, tag);
	r->depth++;
}

static void XMLCALL on_start(void *arg, const char *element, const char **attrs)
{
	struct xml_reader *r = arg;
	struct tag tag;

	if (r->failed || !read_tag(r, &tag, element, attrs))
		return;
	if (r->depth == XML_DEPTH_MAX) {
		xml_reader_fail(r, "nested deeper than %d", XML_DEPTH_MAX);
		return;
	}
	if (r->depth) {
		enum xml_kind kind = r->level[r->depth - 1].kind;

		if (kind != XML_KIND_OPEN && kind != XML_KIND_ARRAY && kind != XML_KIND_OBJECT) {
			xml_reader_fail(r, "<%.40s> inside a %s; expected text", element,
					kind_names[kind]);
			return;
		}
		if (!only_blank(r))
			return;
	}
	open_level(r, &tag);
}

static void XMLCALL on_end(void *arg, const char *element)
{
	struct xml_reader *r = arg;
	struct xml_level *level;

	(void)element;
	if (r->failed)
		return;
	level = &r->level[r->depth - 1];
	if (!level->begun) {
		xml_put_scalar(r, level);
	} else if (only_blank(r)) {
		buf_addc(r->out, level->kind == XML_KIND_ARRAY ? ']' : '}');
		close_members(r, level);
	}
	drop_text(r);
	r->depth--;
}

static void XMLCALL on_text(void *arg, const char *text, int len)
{
	struct xml_reader *r = arg;

	if (!r->failed)
		buf_add(&r->text, text, (size_t)len);
}

static void XMLCALL on_doctype(void *arg, const char *name, const char *system, const char *public,
			       int internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	xml_reader_fail(arg, "a DOCTYPE is not accepted");
}

static void XMLCALL on_declaration(void *arg, const char *version, const char *encoding,
				   int standalone)
{
	(void)standalone;
	if (version && strcmp(version, "1.0"))
		xml_reader_fail(arg, "XML version '%.20s'; expected 1.0", version);
	if (encoding && strcasecmp(encoding, "UTF-8"))
		xml_reader_fail(arg, "encoding '%.40s'; expected UTF-8", encoding);
}

/* expat calls invalid UTF-8 "not well-formed", and "<" with a NUL is UTF-16 to it in any case. */
static int check_utf8(const char *xml, size_t len, struct xml_error *err)
{
	unsigned long line = 1, column = 1;

	for (size_t i = 0; i < len;) {
		size_t n = utf8_length(xml + i, len - i);

		if (!xml[i])
			return xml_fail(err, line, column,
					"a NUL; XML has none, and no encoding but UTF-8 "
					"is accepted");
		if (!n)
			return xml_fail(err, line, column,
					"invalid UTF-8; no other encoding is accepted");
		column++;
		if (xml[i] == '\n') {
			line++;
			column = 1;
		}
		i += n;
	}
	return 0;
}

static void parse(struct xml_reader *r, const char *xml, size_t len)
{
	XML_SetUserData(r->parser, r);
	XML_SetElementHandler(r->parser, on_start, on_end);
	XML_SetCharacterDataHandler(r->parser, on_text);
	XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
	XML_SetXmlDeclHandler(r->parser, on_declaration);
	if (XML_Parse(r->parser, xml, (int)len, 1) != XML_STATUS_OK)
		xml_reader_fail(r, "%s", XML_ErrorString(XML_GetErrorCode(r->parser)));
	if (r->out->failed || r->text.failed || r->members.failed) {
		r->failed = true;
		xml_fail(r->err, 0, 0, "out of memory");
	}
}

int xml_read(struct buf *out, const char *xml, size_t len, const struct ari_operation *op,
	     struct xml_error *err)
{
	struct xml_reader r = {.out = out, .op = op, .err = err};
	size_t before = out->len;

	if (len > XML_TEXT_MAX)
		return xml_fail(err, 0, 0, "%zu bytes of XML; expected at most %zu", len,
				XML_TEXT_MAX);
	if (check_utf8(xml, len, err))
		return -1;
	r.parser = XML_ParserCreate("UTF-8");
	if (!r.parser)
		return xml_fail(err, 0, 0, "out of memory");
	parse(&r, xml, len);
	XML_ParserFree(r.parser);
	buf_free(&r.text);
	buf_free(&r.members);
	if (!r.failed)
		return 0;
	if (!out->failed && out->data) {
		out->len = before;
		out->data[before] = '\0';
	}
	return -1;
}
