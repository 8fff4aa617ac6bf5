/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * JSON text to XML text: the text is checked once and then walked over once, without a tree
 * and without recursion. An open element is remembered by where its name stands in
 * the output, from which its end tag is copied.
 */
#include <stdio.h>
#include <string.h>

#include "json_scan.h"
#include "xml.h"
#include "xml_text.h"

struct level {
	size_t name_at, name_len; /* in the output */
	bool array;
	char item[64];
};

struct writer {
	struct buf *out;
	const char *p, *end; /* checked JSON */
	bool pretty;
	unsigned int depth;
	struct level level[XML_DEPTH_MAX];
};

/* TEXT as XML text or attribute: the three or four special characters, and the white space that
 * a reader would change. */
static void put_escaped(struct buf *out, const char *text, size_t len, bool attribute)
{
	size_t plain = 0;

	for (size_t i = 0; i < len; i++) {
		const char *entity = NULL;

		switch (text[i]) {
		case '&':
			entity = "&amp;";
			break;
		case '<':
			entity = "&lt;";
			break;
		case '>':
			entity = "&gt;";
			break;
		case '\r':
			entity = "&#13;";
			break;
		case '"':
			entity = attribute ? "&quot;" : NULL;
			break;
		case '\n':
			entity = attribute ? "&#10;" : NULL;
			break;
		case '\t':
			entity = attribute ? "&#9;" : NULL;
			break;
		}
		if (!entity)
			continue;
		buf_add(out, text + plain, i - plain);
		buf_adds(out, entity);
		plain = i + 1;
	}
	buf_add(out, text + plain, len - plain);
}

/* The characters of a raw JSON string. */
static void put_string(struct buf *out, struct ari_span raw, bool attribute)
{
	const char *p = raw.p, *end = raw.p + raw.len;

	while (p < end) {
		const char *slash = memchr(p, '\\', (size_t)(end - p));
		char c[4];
		size_t len;

		put_escaped(out, p, (size_t)((slash ? slash : end) - p), attribute);
		if (!slash)
			return;
		p = slash;
		len = xml_json_char(&p, c);
		put_escaped(out, c, len, attribute);
	}
}

/* A raw JSON string as it is; only U+FFFE and U+FFFF, which JSON may have but XML not, need an
 * escape of JSON. */
static void put_raw(struct buf *out, struct ari_span raw, bool attribute)
{
	size_t plain = 0;

	for (size_t i = 0; i + 2 < raw.len; i++) {
		if (memcmp(raw.p + i, "\xEF\xBF", 2) || (unsigned char)raw.p[i + 2] < 0xBE)
			continue;
		put_escaped(out, raw.p + plain, i - plain, attribute);
		buf_adds(out, (unsigned char)raw.p[i + 2] == 0xBE ? "\\ufffe" : "\\uffff");
		plain = i + 3;
		i += 2;
	}
	put_escaped(out, raw.p + plain, raw.len - plain, attribute);
}

static void put_line(struct writer *w)
{
	if (!w->pretty)
		return;
	buf_addc(w->out, '\n');
	for (unsigned int i = 0; i < w->depth; i++)
		buf_addc(w->out, '\t');
}

/* "<name" and, where the key is no name, its attribute. Returns the length of the element's name.
 */
static size_t open_member(struct writer *w, struct ari_span key)
{
	bool carried;

	if (xml_is_name(key)) {
		buf_add(w->out, key.p, key.len);
		return key.len;
	}
	carried = xml_can_carry(key);
	buf_adds(w->out, carried ? "member name=\"" : "member json-name=\"");
	if (carried)
		put_string(w->out, key, true);
	else
		put_raw(w->out, key, true);
	buf_addc(w->out, '"');
	return strlen("member");
}

static void close_tag(struct writer *w, size_t name_at, size_t name_len)
{
	buf_adds(w->out, "</");
	if (!buf_reserve(w->out, name_len + 1))
		return;
	buf_add(w->out, w->out->data + name_at, name_len);
	buf_addc(w->out, '>');
}

/* The rest of an element whose value is no container, from its attributes on. */
static void put_scalar(struct writer *w, size_t name_at, size_t name_len)
{
	struct arip_json_fail fail;
	const char *start = w->p;
	struct ari_span value;

	w->p = arip_json_scan_value(start, w->end, 0, &fail);
	value = (struct ari_span){start, (size_t)(w->p - start)};
	if (*start == '"') {
		value = (struct ari_span){start + 1, value.len - 2};
		if (!value.len) {
			buf_adds(w->out, "/>");
			return;
		}
		if (xml_can_carry(value)) {
			buf_addc(w->out, '>');
			put_string(w->out, value, false);
		} else {
			buf_adds(w->out, " type=\"json-string\">");
			put_raw(w->out, value, false);
		}
	} else if (*start == 'n') {
		buf_adds(w->out, " type=\"null\"/>");
		return;
	} else {
		buf_adds(w->out, *start == 't' || *start == 'f' ? " type=\"boolean\">"
								: " type=\"number\">");
		buf_add(w->out, value.p, value.len);
	}
	close_tag(w, name_at, name_len);
}

/* The rest of an element whose value is an array or object: up to the value's first item. -1 when
 * there is no depth left. */
static int open_container(struct writer *w, size_t name_at, size_t name_len, const char *item)
{
	bool array = *w->p == '[';
	struct level *level;

	w->p = arip_json_space(w->p + 1, w->end);
	if (*w->p == (array ? ']' : '}')) {
		w->p++;
		buf_adds(w->out, array ? " type=\"array\"/>" : " type=\"object\"/>");
		return 0;
	}
	/* Its items need a level, too. */
	if (w->depth + 1 >= XML_DEPTH_MAX)
		return -1;
	buf_adds(w->out, array ? " type=\"array\">" : ">");
	level = &w->level[w->depth++];
	level->name_at = name_at;
	level->name_len = name_len;
	level->array = array;
	snprintf(level->item, sizeof(level->item), "%s", item);
	return 0;
}

/* One element, w->p at its value. */
static int put_element(struct writer *w, struct ari_span key, const char *item)
{
	size_t name_at, name_len;

	put_line(w);
	buf_addc(w->out, '<');
	name_at = w->out->len;
	name_len = open_member(w, key);
	if (*w->p != '[' && *w->p != '{') {
		put_scalar(w, name_at, name_len);
		return 0;
	}
	return open_container(w, name_at, name_len, item);
}

/* The next item of the innermost container, or its end. */
static int put_next(struct writer *w)
{
	struct level *level = &w->level[w->depth - 1];
	struct arip_json_fail fail;
	struct ari_span key = {level->item, strlen(level->item)};
	char item[64] = "item";
	const char *past;

	w->p = arip_json_space(w->p, w->end);
	if (*w->p == ']' || *w->p == '}') {
		w->p++;
		w->depth--;
		put_line(w);
		close_tag(w, level->name_at, level->name_len);
		return 0;
	}
	if (*w->p == ',')
		w->p = arip_json_space(w->p + 1, w->end);
	if (!level->array) {
		past = arip_json_scan_string(w->p + 1, w->end, &fail);
		key = (struct ari_span){w->p + 1, (size_t)(past - w->p - 2)};
		w->p = arip_json_space(past, w->end);
		w->p = arip_json_space(w->p + 1, w->end);
		xml_singular(item, sizeof(item), key.p, key.len);
	}
	return put_element(w, key, item);
}

static int write_document(struct writer *w, const struct xml_names *names, struct xml_error *err)
{
	const char *root = names && names->root[0] ? names->root : "value";
	const char *item = names && names->item[0] ? names->item : "item";
	int rc;

	buf_adds(w->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
	if (!w->pretty)
		buf_addc(w->out, '\n');
	rc = put_element(w, (struct ari_span){root, strlen(root)}, item);
	while (!rc && w->depth && !w->out->failed)
		rc = put_next(w);
	buf_addc(w->out, '\n');
	if (w->out->failed)
		return xml_fail(err, 0, 0, "out of memory");
	if (rc)
		return xml_fail(err, 0, 0, "nested deeper than %d", XML_DEPTH_MAX);
	return 0;
}

int xml_write(struct buf *out, const char *json, size_t len, const struct xml_names *names,
	      unsigned int flags, struct xml_error *err)
{
	struct writer w = {
		.out = out,
		.end = json + len,
		.pretty = (flags & XML_PRETTY) != 0,
	};
	struct ari_error bad = {0};
	size_t before = out->len;

	w.p = arip_json_space(json, w.end);
	if (ari_json_check(json, len, &bad))
		return xml_fail(err, 0, 0, "%s", bad.text);
	if (write_document(&w, names, err)) {
		if (!out->failed) {
			out->len = before;
			out->data[before] = '\0';
		}
		return -1;
	}
	return 0;
}
