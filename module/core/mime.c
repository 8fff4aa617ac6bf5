/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See mime.h. */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "mime.h"

static const struct {
	const char *name;
	enum mime mime;
} types[] = {
	{.name = "application/json", .mime = MIME_JSON},
	{.name = "application/xml", .mime = MIME_XML},
	{.name = "text/xml", .mime = MIME_XML},
	{.name = "application/x-www-form-urlencoded", .mime = MIME_FORM},
};

/* A piece of a header's value. */
struct piece {
	const char *p;
	size_t len;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static struct piece trim(const char *p, const char *end)
{
	while (p < end && is_space(*p))
		p++;
	while (end > p && is_space(end[-1]))
		end--;
	return (struct piece){p, (size_t)(end - p)};
}

static bool equals(struct piece piece, const char *text)
{
	return piece.len == strlen(text) && !strncasecmp(piece.p, text, piece.len);
}

/* The piece up to STOP, outside of quotes; *p is then behind it, or NULL at the end. */
static struct piece cut(const char **p, const char *end, char stop)
{
	const char *start = *p;
	bool in_quotes = false;

	for (const char *at = start; at < end; at++) {
		if (in_quotes && *at == '\\' && at + 1 < end)
			at++;
		else if (*at == '"')
			in_quotes = !in_quotes;
		else if (*at == stop && !in_quotes) {
			*p = at + 1;
			return trim(start, at);
		}
	}
	*p = NULL;
	return trim(start, end);
}

/* The value of the parameter NAME in "; a=b; c=d" from P on. */
static bool parameter(const char *p, const char *end, const char *name, struct piece *value)
{
	while (p) {
		struct piece one = cut(&p, end, ';');
		const char *equal = one.len ? memchr(one.p, '=', one.len) : NULL;

		if (!equal || !equals(trim(one.p, equal), name))
			continue;
		*value = trim(equal + 1, one.p + one.len);
		if (value->len >= 2 && value->p[0] == '"' && value->p[value->len - 1] == '"')
			*value = (struct piece){value->p + 1, value->len - 2};
		return true;
	}
	return false;
}

/* A weight in thousandths, or -1: "1", "0.5", "1.000". */
static int weight(struct piece value)
{
	int q, unit = 100;

	if (!value.len || value.len > 5 || (value.p[0] != '0' && value.p[0] != '1'))
		return -1;
	q = value.p[0] == '1' ? 1000 : 0;
	if (value.len > 1 && value.p[1] != '.')
		return -1;
	for (size_t i = 2; i < value.len; i++, unit /= 10) {
		if (value.p[i] < '0' || value.p[i] > '9')
			return -1;
		q += (value.p[i] - '0') * unit;
	}
	return q > 1000 ? -1 : q;
}

/* How a type is rated: by the closest range that matches, the best of them if there are several. */
struct rating {
	int closeness; /* 0 none, 1 any, 2 any of its kind, 3 itself */
	int q;
};

static void rate(struct rating *rating, struct piece range, int q, const char *type)
{
	size_t kind = strcspn(type, "/");
	int closeness = 0;

	if (equals(range, type))
		closeness = 3;
	else if (range.len == kind + 2 && !strncasecmp(range.p, type, kind + 1) &&
		 range.p[kind + 1] == '*')
		closeness = 2;
	else if (equals(range, "*/*"))
		closeness = 1;
	if (!closeness || closeness < rating->closeness)
		return;
	if (closeness > rating->closeness || q > rating->q)
		rating->q = q;
	rating->closeness = closeness;
}

static int larger(int a, int b)
{
	return a > b ? a : b;
}

enum mime mime_accept(const char *accept)
{
	struct rating json = {0}, xml = {0}, text_xml = {0}, html = {0};
	const char *p = accept, *end = accept ? accept + strlen(accept) : NULL;
	bool any = false;
	int xml_q;

	while (p) {
		struct piece one = cut(&p, end, ','), value, range;
		const char *rest = one.p;
		int q = 1000;

		range = cut(&rest, one.p + one.len, ';');
		if (!range.len || !memchr(range.p, '/', range.len))
			continue;
		if (rest && parameter(rest, one.p + one.len, "q", &value))
			q = weight(value);
		if (q < 0)
			continue;
		any = true;
		rate(&json, range, q, "application/json");
		rate(&xml, range, q, "application/xml");
		rate(&text_xml, range, q, "text/xml");
		rate(&html, range, q, "text/html");
	}
	xml_q = larger(xml.q, text_xml.q);
	if (!any || (json.q && (json.q >= xml_q || (html.closeness == 3 && html.q >= xml_q))))
		return MIME_JSON;
	return xml_q ? MIME_XML : MIME_NONE;
}

enum mime mime_content(const char *content_type, const char **why)
{
	const char *end, *p = content_type;
	struct piece type, charset;

	if (!content_type)
		return MIME_NONE;
	end = content_type + strlen(content_type);
	type = cut(&p, end, ';');
	if (p && parameter(p, end, "charset", &charset) && !equals(charset, "utf-8") &&
	    !equals(charset, "us-ascii")) {
		if (why)
			*why = "the body's charset is not UTF-8";
		return MIME_OTHER;
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (equals(type, types[i].name))
			return types[i].mime;
	}
	if (why)
		*why = "expected application/json, application/xml, text/xml or "
		       "application/x-www-form-urlencoded";
	return MIME_OTHER;
}

const char *mime_type(enum mime mime)
{
	return mime == MIME_XML ? "application/xml; charset=utf-8" : "application/json";
}
