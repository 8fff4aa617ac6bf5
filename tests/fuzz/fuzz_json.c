/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Any bytes to the JSON checker and readers. Beyond "no crash": jansson agrees on what is JSON (but
 * for its own limits), and what was checked can be walked to the end, with every text readable; the
 * quick walk sees the same there, and stays within the text of any other.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "ari/json.h"
#include "json_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare(const char *text, size_t len, bool good, const struct ari_error *err)
{
	json_error_t error;
	json_t *tree = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);

	if (!tree && good && json_error_code(&error) != json_error_numeric_overflow &&
	    json_error_code(&error) != json_error_null_byte_in_key &&
	    json_error_code(&error) != json_error_null_character)
		abort();
	/* jansson takes a NUL byte behind a number for nothing. */
	if (tree && !good && !memchr(text, '\0', len) && !strstr(err->text, "nested too deep"))
		abort();
	json_decref(tree);
}

static void walk(struct ari_span value, bool good, unsigned depth)
{
	struct ari_json_iter iter;
	struct ari_span key, item;
	long long number;
	char buf[16];

	ari_json_int(value, &number);
	if (ari_json_text(value, buf, sizeof(buf)) < 0 && good &&
	    ari_json_type(value) == ARI_JSON_STRING)
		abort();
	if (memchr(buf, 0, sizeof(buf)) == NULL)
		abort();
	free(ari_json_text_dup(value));
	ari_json_iter_init(&iter, value);
	while (ari_json_next(&iter, &key, &item)) {
		if (item.p < value.p || item.p + item.len > value.p + value.len)
			abort();
		if (good && ari_json_type(item) == ARI_JSON_NONE)
			abort();
		if (depth < ARI_JSON_MAX_DEPTH)
			walk(item, good, depth + 1);
	}
}

static void walk_known(struct ari_span value, bool good, unsigned depth)
{
	struct arip_json_walk known, checked;
	struct ari_span key, item, key2, item2;

	if (!value.len || (*value.p != '{' && *value.p != '[') || depth > ARI_JSON_MAX_DEPTH)
		return;
	arip_json_walk_init(&known, value.p, value.p + value.len, depth);
	arip_json_walk_init(&checked, value.p, value.p + value.len, depth);
	while (arip_json_walk_known(&known, &key, &item)) {
		if (item.p < value.p || item.p + item.len > value.p + value.len)
			abort();
		if (good && (arip_json_walk_next(&checked, &key2, &item2) != 1 || key.p != key2.p ||
			     key.len != key2.len || item.p != item2.p || item.len != item2.len))
			abort();
		walk_known(item, good, depth + 1);
	}
	if (known.p > known.end)
		abort();
	if (good && (arip_json_walk_next(&checked, &key2, &item2) != 0 || known.p != checked.p))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct ari_error err = {0};
	bool good = !ari_json_check(text, size, &err);
	struct ari_span all = {text, size};

	compare(text, size, good, &err);
	walk(all, false, 0);
	walk_known(all, good, 0);
	arip_json_get_known(all, "channel.dialplan.app_name");
	ari_json_get(all, "channel.dialplan.app_name");
	return 0;
}
