/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The XML codec:
 * - tests/cases/xml/round.txt: JSON gives exactly this XML, and that gives the JSON back, plain and
 * pretty;
 * - read.txt: XML as people write it, request bodies included, gives exactly this JSON;
 * - refuse.txt, refuse_json.txt: what is refused, with exactly this line; nothing is put out then;
 * - the caps (depth, bytes, members) at the last that fits and the first that does not;
 * - all recorded events, and samples of every model of the descriptions, survive JSON to XML to
 * JSON;
 * - names of results.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../json_same.h"
#include "../../../module/core/xml.h"

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define EVENTS	    "tests/bench/events.ndjson.xz"

/* One block of a case file; bytes as they are meant. */
struct block {
	unsigned int line;
	struct buf json, xml, why, op, model;
};

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* TEXT with \xNN made the byte. */
static void put_bytes(struct buf *to, const char *text)
{
	while (*text) {
		if (text[0] == '\\' && text[1] == 'x' && hex(text[2]) >= 0 && hex(text[3]) >= 0) {
			buf_addc(to, (char)(hex(text[2]) * 16 + hex(text[3])));
			text += 4;
		} else {
			buf_addc(to, *text++);
		}
	}
}

static void block_free(struct block *block)
{
	buf_free(&block->json);
	buf_free(&block->xml);
	buf_free(&block->why);
	buf_free(&block->op);
	buf_free(&block->model);
	*block = (struct block){0};
}

static void take_line(struct block *block, const char *file, const char *line)
{
	struct {
		const char *word;
		struct buf *to;
	} const words[] = {
		{"json ", &block->json}, {"xml ", &block->xml},	    {"why ", &block->why},
		{"op ", &block->op},	 {"model ", &block->model},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strncmp(line, words[i].word, strlen(words[i].word))) {
			put_bytes(words[i].to, line + strlen(words[i].word));
			return;
		}
	}
	fail_msg("%s: not a line of a case: %s", file, line);
}

/* FN for each block of FILE; there have to be at least LEAST. */
static void each_block(const char *file, unsigned int least, void (*fn)(const struct block *))
{
	struct block block = {0};
	unsigned int number = 0, blocks = 0;
	char *line = NULL, path[128];
	size_t size = 0;
	ssize_t len;
	FILE *in;

	snprintf(path, sizeof(path), "tests/cases/xml/%s", file);
	in = fopen(path, "r");
	if (!in)
		fail_msg("%s: cannot be read; run this from the top of the source", path);
	while ((len = getline(&line, &size, in)) > 0) {
		number++;
		if (line[len - 1] == '\n')
			line[--len] = '\0';
		if (*line == '#')
			continue;
		if (*line) {
			block.line = number;
			take_line(&block, file, line);
		} else if (block.line) {
			fn(&block);
			blocks++;
			block_free(&block);
		}
	}
	if (block.line) {
		fn(&block);
		blocks++;
	}
	block_free(&block);
	free(line);
	fclose(in);
	assert_true(blocks >= least);
}

static void must_write(struct buf *out, const char *json, size_t len, const struct xml_names *names,
		       unsigned int flags)
{
	struct xml_error err = {0};

	if (xml_write(out, json, len, names, flags, &err))
		fail_msg("%.*s: %s", (int)len, json, err.text);
}

static void must_read(struct buf *out, const char *xml, size_t len, const struct ari_operation *op)
{
	struct xml_error err = {0};

	if (xml_read(out, xml, len, op, &err))
		fail_msg("%.*s: %s", (int)len, xml, err.text);
}

static void must_be(unsigned int line, const struct buf *got, const char *want, size_t len)
{
	if (got->len != len || memcmp(got->data, want, len))
		fail_msg("line %u:\n  got  %s\n  want %s", line, got->data, want);
}

static void must_mean(unsigned int line, const struct buf *got, const struct buf *want)
{
	if (ari_json_check(got->data, got->len, NULL) ||
	    !json_same(got->data, got->len, want->data, want->len))
		fail_msg("line %u:\n  got  %s\n  want %s", line, got->data, want->data);
}

static void round_block(const struct block *block)
{
	struct buf xml = {0}, json = {0}, want = {0};
	struct xml_names names;

	xml_names_of_model(&names, block->model.data);
	must_write(&xml, block->json.data, block->json.len, &names, 0);
	buf_adds(&want, DECLARATION);
	buf_add(&want, block->xml.data, block->xml.len);
	buf_addc(&want, '\n');
	must_be(block->line, &xml, want.data, want.len);
	must_read(&json, xml.data, xml.len, NULL);
	must_mean(block->line, &json, &block->json);

	buf_clear(&xml);
	buf_clear(&json);
	must_write(&xml, block->json.data, block->json.len, &names, XML_PRETTY);
	must_read(&json, xml.data, xml.len, NULL);
	must_mean(block->line, &json, &block->json);
	buf_free(&xml);
	buf_free(&json);
	buf_free(&want);
}

static void test_round(void **state)
{
	(void)state;
	each_block("round.txt", 60, round_block);
}

static const struct ari_operation *operation(const struct block *block)
{
	const struct ari_operation *op;

	if (!block->op.len)
		return NULL;
	op = ari_operation_find(block->op.data);
	if (!op)
		fail_msg("line %u: no operation %s", block->line, block->op.data);
	return op;
}

static void read_block(const struct block *block)
{
	struct buf json = {0};

	must_read(&json, block->xml.data, block->xml.len, operation(block));
	must_be(block->line, &json, block->json.data, block->json.len);
	buf_free(&json);
}

static void test_read(void **state)
{
	(void)state;
	each_block("read.txt", 40, read_block);
}

static void must_refuse(const struct block *block, int rc, const struct buf *out,
			const struct xml_error *err)
{
	if (!rc)
		fail_msg("line %u: accepted as %s", block->line, out->data);
	if (strcmp(err->text, block->why.data))
		fail_msg("line %u:\n  got  %s\n  want %s", block->line, err->text, block->why.data);
	assert_int_equal(out->len, 3);
	assert_string_equal(out->data, "was");
}

static void refuse_block(const struct block *block)
{
	struct xml_error err = {0};
	struct buf out = {0};
	int rc;

	buf_adds(&out, "was");
	rc = xml_read(&out, block->xml.data, block->xml.len, operation(block), &err);
	must_refuse(block, rc, &out, &err);
	assert_true(err.line > 0 && err.column > 0);
	buf_free(&out);
}

static void test_refuse(void **state)
{
	(void)state;
	each_block("refuse.txt", 80, refuse_block);
}

static void refuse_json_block(const struct block *block)
{
	struct xml_error err = {0};
	struct buf out = {0};
	int rc;

	buf_adds(&out, "was");
	rc = xml_write(&out, block->json.data, block->json.len, NULL, 0, &err);
	must_refuse(block, rc, &out, &err);
	buf_free(&out);
}

static void test_refuse_json(void **state)
{
	(void)state;
	each_block("refuse_json.txt", 5, refuse_json_block);
}

static void test_pretty(void **state)
{
	static const char json[] = "{\"id\":\"1\",\"to\":{\"a\":[1,[]],\"b\":\" x \"}}";
	struct xml_names names;
	struct buf xml = {0};

	(void)state;
	xml_names_of_model(&names, "Channel");
	must_write(&xml, json, strlen(json), &names, XML_PRETTY);
	assert_string_equal(xml.data, DECLARATION "<channel>\n"
						  "\t<id>1</id>\n"
						  "\t<to>\n"
						  "\t\t<a type=\"array\">\n"
						  "\t\t\t<item type=\"number\">1</item>\n"
						  "\t\t\t<item type=\"array\"/>\n"
						  "\t\t</a>\n"
						  "\t\t<b> x </b>\n"
						  "\t</to>\n"
						  "</channel>\n");
	buf_free(&xml);
}

/* N arrays in each other, as JSON or as XML. */
static void nest(struct buf *out, unsigned int n, const char *open, const char *close)
{
	buf_clear(out);
	for (unsigned int i = 0; i < n; i++)
		buf_adds(out, open);
	for (unsigned int i = 0; i < n; i++)
		buf_adds(out, close);
}

static void test_depth(void **state)
{
	struct buf json = {0}, xml = {0}, out = {0};
	struct xml_error err = {0};

	(void)state;
	nest(&json, XML_DEPTH_MAX, "[", "]");
	must_write(&xml, json.data, json.len, NULL, 0);
	must_read(&out, xml.data, xml.len, NULL);
	must_be(0, &out, json.data, json.len);

	nest(&json, XML_DEPTH_MAX + 1, "[", "]");
	buf_clear(&xml);
	assert_int_equal(xml_write(&xml, json.data, json.len, NULL, 0, &err), -1);
	assert_string_equal(err.text, "nested deeper than 32");

	nest(&xml, XML_DEPTH_MAX, "<a>", "</a>");
	buf_clear(&out);
	must_read(&out, xml.data, xml.len, NULL);
	nest(&xml, XML_DEPTH_MAX + 1, "<a>", "</a>");
	assert_int_equal(xml_read(&out, xml.data, xml.len, NULL, &err), -1);
	assert_string_equal(err.text, "line 1, column 97: nested deeper than 32");
	nest(&xml, 100000, "<a>", "</a>");
	assert_int_equal(xml_read(&out, xml.data, xml.len, NULL, &err), -1);
	assert_string_equal(err.text, "line 1, column 97: nested deeper than 32");
	buf_free(&json);
	buf_free(&xml);
	buf_free(&out);
}

static void test_size(void **state)
{
	struct buf xml = {0}, out = {0};
	struct xml_error err = {0};

	(void)state;
	buf_adds(&xml, "<a>");
	while (xml.len < XML_TEXT_MAX - strlen("</a>"))
		buf_addc(&xml, 'x');
	buf_adds(&xml, "</a>");
	assert_int_equal(xml.len, XML_TEXT_MAX);
	must_read(&out, xml.data, xml.len, NULL);
	assert_int_equal(out.len, XML_TEXT_MAX - strlen("<a></a>") + 2);
	buf_addc(&xml, '\n');
	assert_int_equal(xml_read(&out, xml.data, xml.len, NULL, &err), -1);
	assert_string_equal(err.text, "1048577 bytes of XML; expected at most 1048576");
	assert_int_equal(err.line, 0);
	buf_free(&xml);
	buf_free(&out);
}

static int read_members(unsigned int n, const char *open, struct xml_error *err)
{
	struct buf xml = {0}, out = {0};
	int rc;

	buf_adds(&xml, open);
	for (unsigned int i = 0; i < n; i++)
		buf_addf(&xml, "<a%u/>", i);
	buf_adds(&xml, "</r>");
	rc = xml_read(&out, xml.data, xml.len, NULL, err);
	buf_free(&xml);
	buf_free(&out);
	return rc;
}

static void test_members(void **state)
{
	struct xml_error err = {0};

	(void)state;
	assert_int_equal(read_members(XML_MEMBERS_MAX, "<r>", &err), 0);
	assert_int_equal(read_members(XML_MEMBERS_MAX + 1, "<r>", &err), -1);
	assert_non_null(strstr(err.text, "more than 1024 members in one object"));
	assert_int_equal(read_members(20 * XML_MEMBERS_MAX, "<r type=\"array\">", &err), 0);
}

static void test_long_words_are_cut(void **state)
{
	struct buf xml = {0}, out = {0};
	struct xml_error err = {0};

	(void)state;
	buf_adds(&xml, "<a type=\"");
	for (int i = 0; i < 1000; i++)
		buf_adds(&xml, "\xc3\xa9");
	buf_adds(&xml, "\"/>");
	assert_int_equal(xml_read(&out, xml.data, xml.len, NULL, &err), -1);
	assert_true(strlen(err.text) < 200);
	assert_true(strncmp(err.text, "line 1, column 1: unknown type '\xc3\xa9", 34) == 0);
	buf_free(&xml);
	buf_free(&out);
}

static void test_names(void **state)
{
	static const struct {
		const char *model, *root, *item;
	} rows[] = {
		{NULL, "value", "item"},
		{"", "value", "item"},
		{"Channel", "channel", "item"},
		{"List[Channel]", "channels", "channel"},
		{"List[Mailbox]", "mailboxes", "mailbox"},
		{"List[LiveRecording]", "liveRecordings", "liveRecording"},
		{"AsteriskInfo", "asteriskInfo", "item"},
		{"RTPstat", "rtpstat", "item"},
		{"List[Entry]", "entries", "entry"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct xml_names names;

		xml_names_of_model(&names, rows[i].model);
		assert_string_equal(names.root, rows[i].root);
		assert_string_equal(names.item, rows[i].item);
	}
}

/* Every operation's model gives a name that an element can have. */
static void test_names_of_operations(void **state)
{
	size_t count;
	const struct ari_operation *op = ari_operations(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		struct xml_names names;

		xml_names_of_model(&names, op[i].result);
		assert_true(xml_is_name((struct ari_span){names.root, strlen(names.root)}));
		assert_true(xml_is_name((struct ari_span){names.item, strlen(names.item)}));
	}
}

/* Each line of what COMMAND prints, "MODEL JSON" or with MODEL given just JSON, to XML and back. */
static unsigned int round_lines(const char *command, const char *model)
{
	struct buf xml = {0}, json = {0};
	struct xml_names names;
	unsigned int lines = 0;
	char *line = NULL, *text;
	size_t size = 0, len;
	ssize_t n;
	FILE *in;

	in = popen(command, "r");
	assert_non_null(in);
	while ((n = getline(&line, &size, in)) > 0) {
		text = line;
		if (!model) {
			text = strchr(line, ' ');
			assert_non_null(text);
			*text++ = '\0';
		}
		len = (size_t)(n - (text - line));
		xml_names_of_model(&names, model ? model : line);
		buf_clear(&xml);
		buf_clear(&json);
		must_write(&xml, text, len, &names, lines & 1 ? XML_PRETTY : 0);
		must_read(&json, xml.data, xml.len, NULL);
		if (!json_same(json.data, json.len, text, len))
			fail_msg("line %u:\n  was %s  now %s", lines + 1, text, json.data);
		lines++;
	}
	free(line);
	assert_int_equal(pclose(in), 0);
	buf_free(&xml);
	buf_free(&json);
	return lines;
}

static void test_events(void **state)
{
	(void)state;
	assert_true(round_lines("xz -dc " EVENTS, "Event") >= 9000);
}

/* Everything that the descriptions know, as small and as large as it may be, in hostile words. */
static void test_models(void **state)
{
	(void)state;
	assert_true(round_lines("tests/module/samples lib/api/ari.json module/api/stasis.json", NULL) >=
		    4 * 95);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_refuse_json),
		cmocka_unit_test(test_pretty),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_long_words_are_cut),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_names_of_operations),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_models),
	};

	return cmocka_run_group_tests_name("xml", tests, NULL, NULL);
}
