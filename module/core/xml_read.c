/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * XML text to JSON text, on expat's events. JSON goes out as the elements come in: a container
 * is opened by its first element, a scalar is known at its end tag. A DOCTYPE stops everything,
 * so there are no entities, no external files and no expansion; the encoding is UTF-8 whatever
 * the document says, and a document that says otherwise is refused.
 */
#include <expat.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "utf8.h"
#include "xml.h"
#include "xml_text.h"

enum kind {
	KIND_OPEN,	/* no type given, no element seen: a string, or an object to be */
	KIND_STRING,
	KIND_RAW,	/* json-string */
	KIND_NUMBER,
	KIND_BOOLEAN,
	KIND_NULL,
	KIND_ARRAY,
	KIND_OBJECT,
};

static const char *const kind_names[] = {
	[KIND_OPEN] = "", [KIND_STRING] = "string", [KIND_RAW] = "json-string",
	[KIND_NUMBER] = "number", [KIND_BOOLEAN] = "boolean", [KIND_NULL] = "null",
	[KIND_ARRAY] = "array", [KIND_OBJECT] = "object",
};

struct level {
	enum kind kind;
	bool begun;			/* a container whose bracket is written */
	const struct ari_param *param;	/* what the element is to the operation, or NULL */
	size_t members_at;		/* its members' names in reader.members, from here */
	size_t n_members;
};

struct reader {
	XML_Parser parser;
	struct buf *out;
	struct buf text;	/* of the innermost element since its last tag */
	struct buf members;	/* names of the open objects: length as size_t, bytes */
	const struct ari_operation *op;
	unsigned int depth;
	struct level level[XML_DEPTH_MAX];
	bool failed;
	struct xml_error *err;
};

/* What a start tag said. The attribute that is absent is NULL. */
struct tag {
	const char *element;
	const char *name, *json_name, *type;
};

static void fail(struct reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void fail(struct reader *r, const char *fmt, ...)
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

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The text without white space around it. */
static struct ari_span trimmed(const struct buf *text)
{
	struct ari_span span = { text->data ? text->data : "", text->len };

	for (; span.len && is_blank(*span.p); span.len--)
		span.p++;
	while (span.len && is_blank(span.p[span.len - 1]))
		span.len--;
	return span;
}

/* The text is used up. Its failure must not be forgotten with it. */
static void drop_text(struct reader *r)
{
	if (r->text.failed)
		r->out->failed = true;
	buf_clear(&r->text);
}

/* Between elements there may be nothing but white space. */
static bool only_blank(struct reader *r)
{
	struct ari_span rest = trimmed(&r->text);

	if (rest.len)
		fail(r, "text \"%.*s\" beside elements; expected elements or text, not both",
		     (int)(rest.len < 40 ? rest.len : 40), rest.p);
	drop_text(r);
	return !r->failed;
}

/* The attributes of a start tag; true when they are the known ones. */
static bool read_tag(struct reader *r, struct tag *tag, const char *element, const char **attrs)
{
	*tag = (struct tag){ .element = element };
	for (; *attrs; attrs += 2) {
		if (!strcmp(attrs[0], "type"))
			tag->type = attrs[1];
		else if (!strcmp(attrs[0], "name"))
			tag->name = attrs[1];
		else if (!strcmp(attrs[0], "json-name"))
			tag->json_name = attrs[1];
		else
			fail(r, "unknown attribute '%.40s' of <%.40s>; expected type, name or json-name",
			     attrs[0], element);
	}
	if (strchr(element, ':'))
		fail(r, "<%.40s>: prefixes are not used; expected <member name=\"...\">", element);
	if (tag->name && tag->json_name)
		fail(r, "<%.40s> has both name and json-name; expected one", element);
	return !r->failed;
}

static enum kind read_kind(struct reader *r, const struct tag *tag)
{
	if (!tag->type)
		return KIND_OPEN;
	for (size_t i = KIND_STRING; i < sizeof(kind_names) / sizeof(kind_names[0]); i++) {
		if (!strcmp(tag->type, kind_names[i]))
			return (enum kind)i;
	}
	fail(r, "unknown type '%.40s' of <%.40s>; expected string, number, boolean, null, array, "
	     "object or json-string", tag->type, tag->element);
	return KIND_OPEN;
}

/* "TEXT" as a JSON string, when it is one. */
static bool quoted(struct buf *to, const char *text, size_t len)
{
	buf_addc(to, '"');
	buf_add(to, text, len);
	buf_addc(to, '"');
	return to->data && !ari_json_check(to->data, to->len, NULL);
}

/* Whether the object has a member of this name already; else remember it. */
static bool is_second(struct reader *r, struct level *object, const char *name, size_t len)
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

static void put_name(struct reader *r, struct level *object, struct tag *tag)
{
	const char *name = tag->name ? tag->name : tag->element, *p;
	struct buf plain = { 0 }, raw = { 0 };
	char c[4];

	if (object->n_members == XML_MEMBERS_MAX) {
		fail(r, "more than %d members in one object", XML_MEMBERS_MAX);
		return;
	}
	if (tag->json_name) {
		if (!quoted(&raw, tag->json_name, strlen(tag->json_name)))
			fail(r, "json-name of <%.40s> is not the inside of a JSON string", tag->element);
		for (p = raw.data ? raw.data + 1 : NULL; p && !r->failed && p < raw.data + raw.len - 1;)
			buf_add(&plain, c, xml_json_char(&p, c));
	} else {
		buf_adds(&plain, name);
	}
	if (!r->failed && is_second(r, object, plain.data ? plain.data : "", plain.len))
		fail(r, "a second '%.40s' in one object; a list is an element with type=\"array\"", name);
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

static void close_members(struct reader *r, const struct level *level)
{
	r->members.len = level->members_at;
}

/* A container without a type is an object, unless the operation knows better. */
static enum kind kind_by_param(const struct ari_param *param)
{
	if (param && (param->type == ARI_TYPE_LIST || param->multiple))
		return KIND_ARRAY;
	return KIND_OBJECT;
}

/* An element begins in PARENT: its comma, or the bracket of PARENT if it is the first. */
static void enter_container(struct reader *r, struct level *parent)
{
	if (parent->begun) {
		buf_addc(r->out, ',');
		return;
	}
	if (parent->kind == KIND_OPEN)
		parent->kind = kind_by_param(parent->param);
	parent->begun = true;
	parent->members_at = r->members.len;
	buf_addc(r->out, parent->kind == KIND_ARRAY ? '[' : '{');
}

static const struct ari_param *find_param(const struct reader *r, const struct tag *tag)
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

static void open_level(struct reader *r, struct tag *tag)
{
	struct level *parent = r->depth ? &r->level[r->depth - 1] : NULL;
	struct level *level = &r->level[r->depth];

	*level = (struct level){ .kind = read_kind(r, tag) };
	if (r->failed)
		return;
	if (parent)
		enter_container(r, parent);
	if (parent && parent->kind == KIND_OBJECT)
		put_name(r, parent, tag);
	else if (tag->name || tag->json_name)
		fail(r, "%s has no name; take the attribute off <%.40s>",
		     parent ? "an item of an array" : "the root", tag->element);
	if (!parent || parent->kind == KIND_OBJECT)
		level->param = find_param(r, tag);
	r->depth++;
}

static void XMLCALL on_start(void *arg, const char *element, const char **attrs)
{
	struct reader *r = arg;
	struct tag tag;

	if (r->failed || !read_tag(r, &tag, element, attrs))
		return;
	if (r->depth == XML_DEPTH_MAX) {
		fail(r, "nested deeper than %d", XML_DEPTH_MAX);
		return;
	}
	if (r->depth) {
		enum kind kind = r->level[r->depth - 1].kind;

		if (kind != KIND_OPEN && kind != KIND_ARRAY && kind != KIND_OBJECT) {
			fail(r, "<%.40s> inside a %s; expected text", element, kind_names[kind]);
			return;
		}
		if (!only_blank(r))
			return;
	}
	open_level(r, &tag);
}

static void put_number(struct reader *r, struct ari_span value)
{
	if (ari_json_type(value) != ARI_JSON_NUMBER || ari_json_check(value.p, value.len, NULL))
		fail(r, "'%.*s' is not a number", (int)(value.len < 40 ? value.len : 40), value.p);
	else
		buf_add(r->out, value.p, value.len);
}

static void put_boolean(struct reader *r, struct ari_span value)
{
	if (ari_json_type(value) != ARI_JSON_BOOL || ari_json_check(value.p, value.len, NULL))
		fail(r, "'%.*s' is not a boolean; expected true or false",
		     (int)(value.len < 40 ? value.len : 40), value.p);
	else
		buf_add(r->out, value.p, value.len);
}

static void put_raw(struct reader *r)
{
	struct buf raw = { 0 };

	if (quoted(&raw, r->text.data, r->text.len))
		buf_add(r->out, raw.data, raw.len);
	else if (raw.failed)
		r->out->failed = true;
	else
		fail(r, "the text of a json-string is not the inside of a JSON string");
	buf_free(&raw);
}

static void put_empty(struct reader *r, const char *json, const char *what)
{
	struct ari_span rest = trimmed(&r->text);

	if (rest.len)
		fail(r, "text \"%.*s\" in %s", (int)(rest.len < 40 ? rest.len : 40), rest.p, what);
	else
		buf_adds(r->out, json);
}

/* What text without a type is: a string, or what the operation's parameter is. */
static enum kind kind_of_text(const struct reader *r, const struct level *level)
{
	bool blank = !trimmed(&r->text).len;

	if (!level->param)
		return r->op && r->depth == 1 ? KIND_OBJECT : KIND_STRING;
	switch (level->param->type) {
	case ARI_TYPE_INT:
	case ARI_TYPE_LONG:
	case ARI_TYPE_DOUBLE:
		return KIND_NUMBER;
	case ARI_TYPE_BOOL:
		return KIND_BOOLEAN;
	case ARI_TYPE_OBJECT:
		return KIND_OBJECT;
	case ARI_TYPE_LIST:
		return KIND_ARRAY;
	default:
		/* The handlers take a list of one without its list, too. */
		return level->param->multiple && blank ? KIND_ARRAY : KIND_STRING;
	}
}

static void put_scalar(struct reader *r, const struct level *level)
{
	switch (level->kind == KIND_OPEN ? kind_of_text(r, level) : level->kind) {
	case KIND_NUMBER:
		put_number(r, trimmed(&r->text));
		break;
	case KIND_BOOLEAN:
		put_boolean(r, trimmed(&r->text));
		break;
	case KIND_RAW:
		put_raw(r);
		break;
	case KIND_NULL:
		put_empty(r, "null", "a null");
		break;
	case KIND_ARRAY:
		put_empty(r, "[]", "an array; expected elements");
		break;
	case KIND_OBJECT:
		put_empty(r, "{}", "an object; expected elements");
		break;
	default:
		buf_add_json(r->out, r->text.data ? r->text.data : "", r->text.len);
		break;
	}
}

static void XMLCALL on_end(void *arg, const char *element)
{
	struct reader *r = arg;
	struct level *level;

	(void)element;
	if (r->failed)
		return;
	level = &r->level[r->depth - 1];
	if (!level->begun) {
		put_scalar(r, level);
	} else if (only_blank(r)) {
		buf_addc(r->out, level->kind == KIND_ARRAY ? ']' : '}');
		close_members(r, level);
	}
	drop_text(r);
	r->depth--;
}

static void XMLCALL on_text(void *arg, const char *text, int len)
{
	struct reader *r = arg;

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
	fail(arg, "a DOCTYPE is not accepted");
}

static void XMLCALL on_declaration(void *arg, const char *version, const char *encoding, int standalone)
{
	(void)standalone;
	if (version && strcmp(version, "1.0"))
		fail(arg, "XML version '%.20s'; expected 1.0", version);
	if (encoding && strcasecmp(encoding, "UTF-8"))
		fail(arg, "encoding '%.40s'; expected UTF-8", encoding);
}

/* expat calls invalid UTF-8 "not well-formed", and takes "<" and NUL for UTF-16 whatever it is told. */
static int check_utf8(const char *xml, size_t len, struct xml_error *err)
{
	unsigned long line = 1, column = 1;

	for (size_t i = 0; i < len;) {
		size_t n = utf8_length(xml + i, len - i);

		if (!xml[i])
			return xml_fail(err, line, column, "a NUL; XML has none, and no encoding but UTF-8 "
					"is accepted");
		if (!n)
			return xml_fail(err, line, column, "invalid UTF-8; no other encoding is accepted");
		column++;
		if (xml[i] == '\n') {
			line++;
			column = 1;
		}
		i += n;
	}
	return 0;
}

static void parse(struct reader *r, const char *xml, size_t len)
{
	XML_SetUserData(r->parser, r);
	XML_SetElementHandler(r->parser, on_start, on_end);
	XML_SetCharacterDataHandler(r->parser, on_text);
	XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
	XML_SetXmlDeclHandler(r->parser, on_declaration);
	if (XML_Parse(r->parser, xml, (int)len, 1) != XML_STATUS_OK)
		fail(r, "%s", XML_ErrorString(XML_GetErrorCode(r->parser)));
	if (r->out->failed || r->text.failed || r->members.failed) {
		r->failed = true;
		xml_fail(r->err, 0, 0, "out of memory");
	}
}

int xml_read(struct buf *out, const char *xml, size_t len, const struct ari_operation *op,
	     struct xml_error *err)
{
	struct reader r = { .out = out, .op = op, .err = err };
	size_t before = out->len;

	if (len > XML_TEXT_MAX)
		return xml_fail(err, 0, 0, "%zu bytes of XML; expected at most %zu", len, XML_TEXT_MAX);
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
