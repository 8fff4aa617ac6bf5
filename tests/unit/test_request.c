/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Request building:
 * - each case of tests/cases/request/ gives exactly its target and body, or exactly its error;
 * - every operation of the table builds from plausible values, and its target decodes to them;
 * - NULL names and values are refused; a failure leaves nothing to release;
 * - the nearest word: swaps, omissions and case count little, strangers are not offered.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ari/request.h"
#include "nearest.h"

#define CASES	 "tests/cases/request"
#define ARGS_MAX 64

struct example {
	const char *file;
	unsigned line;
	char *operation;
	struct ari_arg args[ARGS_MAX];
	size_t n_args;
	char *request;
	char *body;
	char *error;
};

static char *add_text(char *out, const char *text, size_t len, size_t times)
{
	for (; times; times--, out += len)
		memcpy(out, text, len);
	return out;
}

/* \repeat{TEXT*N} at P; returns what follows it. */
static const char *repeat(const char *p, char **out)
{
	const char *text = p + strlen("\\repeat{");
	const char *star = strrchr(text, '*');
	const char *end;

	/* the last star before the next brace that closes after digits */
	for (end = text; *end && !(*end == '}' && end > text && end[-1] >= '0' && end[-1] <= '9');)
		end++;
	for (star = end; star > text && *star != '*';)
		star--;
	*out = add_text(*out, text, (size_t)(star - text), strtoul(star + 1, NULL, 10));
	return end + 1;
}

static char *expand(const char *p)
{
	char *text = calloc(1, 65536);
	char *out = text;

	assert_non_null(text);
	while (*p) {
		unsigned byte;

		if (!strncmp(p, "\\repeat{", 8)) {
			p = repeat(p, &out);
		} else if (*p == '\\' && p[1] == 'x' && sscanf(p + 2, "%2x", &byte) == 1) {
			*out++ = (char)byte;
			p += 4;
		} else if (*p == '\\' && strchr("nrt", p[1]) && p[1]) {
			*out++ = p[1] == 'n' ? '\n' : p[1] == 'r' ? '\r' : '\t';
			p += 2;
		} else {
			*out++ = *p++;
		}
	}
	return text;
}

/* JSON has escapes of its own: only \repeat is ours in a body. */
static char *expand_body(const char *p)
{
	char *text = calloc(1, 65536);
	char *out = text;

	assert_non_null(text);
	while (*p) {
		if (!strncmp(p, "\\repeat{", 8))
			p = repeat(p, &out);
		else
			*out++ = *p++;
	}
	return text;
}

static void example_release(struct example *example)
{
	for (size_t i = 0; i < example->n_args; i++) {
		free((char *)example->args[i].name);
		free((char *)example->args[i].value);
	}
	free(example->operation);
	free(example->request);
	free(example->body);
	free(example->error);
}

static void example_failed(const struct example *example, const char *what, const char *got)
{
	fail_msg("%s:%u: %s: %s is '%.300s'", example->file, example->line, example->operation,
		 what, got);
}

static void expect(const struct example *example, const char *what, const char *got,
		   const char *wanted)
{
	if (!got != !wanted || (got && strcmp(got, wanted)))
		example_failed(example, what, got ? got : "(nothing)");
}

static void run_example(const struct example *example)
{
	const struct ari_operation *op = ari_operation_find(example->operation);
	struct ari_error err = {.code = ARI_OK};
	struct ari_request request;
	char *line;

	if (!op)
		example_failed(example, "the operation", "unknown");
	if (ari_request_build(&request, op, example->args, example->n_args, &err)) {
		expect(example, "the error", err.text, example->error);
		assert_int_equal(err.code, ARI_EARGUMENT);
		assert_string_equal(err.operation, op->name);
		assert_null(request.target);
		assert_null(request.body);
		return;
	}
	expect(example, "the error", NULL, example->error);
	line = calloc(1, strlen(request.method) + strlen(request.target) + 2);
	assert_non_null(line);
	stpcpy(stpcpy(stpcpy(line, request.method), " "), request.target);
	expect(example, "the request", line, example->request);
	expect(example, "the body", request.body, example->body);
	assert_int_equal(request.body_len, request.body ? strlen(request.body) : 0);
	free(line);
	ari_request_release(&request);
}

static void take_line(struct example *example, char *line)
{
	char *equals = strchr(line, '=');

	if (!strncmp(line, "> ", 2)) {
		example->request = expand(line + 2);
	} else if (!strncmp(line, "= ", 2)) {
		example->body = expand_body(line + 2);
	} else if (!strncmp(line, "! ", 2)) {
		example->error = expand(line + 2);
	} else if (!example->operation) {
		example->operation = strdup(line);
	} else {
		assert_non_null(equals);
		assert_true(example->n_args < ARGS_MAX);
		*equals = '\0';
		example->args[example->n_args].name = expand(line);
		example->args[example->n_args++].value = expand(equals + 1);
	}
}

static unsigned run_file(const char *path)
{
	struct example example = {.file = path};
	char *line = NULL;
	size_t room = 0;
	unsigned number = 0;
	unsigned count = 0;
	FILE *file = fopen(path, "r");
	ssize_t len;

	assert_non_null(file);
	do {
		len = getline(&line, &room, file);
		number++;
		if (len > 0 && line[len - 1] == '\n')
			line[--len] = '\0';
		if (len > 0 && *line == '#')
			continue;
		if (len > 0) {
			if (!example.line)
				example.line = number;
			take_line(&example, line);
			continue;
		}
		if (example.operation) {
			run_example(&example);
			count++;
		}
		example_release(&example);
		example = (struct example){.file = path};
	} while (len >= 0);
	free(line);
	fclose(file);
	return count;
}

static void test_cases(void **state)
{
	DIR *dir = opendir(CASES);
	struct dirent *entry;
	unsigned count = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		char path[512];
		const char *dot = strrchr(entry->d_name, '.');

		if (!dot || strcmp(dot, ".txt"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", CASES, entry->d_name);
		count += run_file(path);
	}
	closedir(dir);
	assert_true(count >= 80);
}

static const char *plausible(const struct ari_param *param)
{
	if (param->allowed)
		return param->allowed[0];
	switch (param->type) {
	case ARI_TYPE_INT:
	case ARI_TYPE_LONG:
		return param->minimum ? param->minimum : "1";
	case ARI_TYPE_DOUBLE:
		return "1.5";
	case ARI_TYPE_BOOL:
		return "true";
	case ARI_TYPE_OBJECT:
		return "{\"a\":\"b\"}";
	case ARI_TYPE_LIST:
		return "[{\"attribute\":\"a\",\"value\":\"b\"}]";
	case ARI_TYPE_STRING:
		break;
	}
	return "a b/ä";
}

static void test_every_operation(void **state)
{
	size_t count;
	const struct ari_operation *ops = ari_operations(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		struct ari_error err = {.code = ARI_OK};
		struct ari_arg args[ARGS_MAX];
		struct ari_request request;
		bool body = false;

		assert_true(ops[i].n_params <= ARGS_MAX);
		for (size_t j = 0; j < ops[i].n_params; j++) {
			args[j].name = ops[i].params[j].name;
			args[j].value = plausible(&ops[i].params[j]);
			body |= ops[i].params[j].in == ARI_IN_BODY;
		}
		if (ari_request_build(&request, &ops[i], args, ops[i].n_params, &err))
			fail_msg("%s: %s", ops[i].name, err.text);
		assert_int_equal(request.target[0], '/');
		assert_null(strpbrk(request.target, "{} \r\n"));
		for (size_t j = 0; j < ops[i].n_params; j++) {
			if (ops[i].params[j].in == ARI_IN_QUERY)
				assert_non_null(strstr(request.target, ops[i].params[j].name));
		}
		assert_int_equal(body, request.body != NULL);
		ari_request_release(&request);
	}
}

static void test_null(void **state)
{
	const struct ari_operation *op = ari_operation_find("channels.hangup");
	struct ari_arg args[] = {{.name = "channelId"}};
	struct ari_arg nameless[] = {{.value = "x"}};
	struct ari_error err = {.code = ARI_OK};
	struct ari_request request;

	(void)state;
	assert_int_equal(ari_request_build(&request, op, args, 1, &err), -1);
	assert_string_equal(err.text, "channelId has no value");
	ari_error_clear(&err);
	assert_int_equal(ari_request_build(&request, op, nameless, 1, &err), -1);
	assert_string_equal(err.text, "an argument has no name");
	assert_int_equal(ari_request_build(&request, op, NULL, 0, NULL), -1);
}

static const char *nearest(const char *word, const char *const *list)
{
	struct arip_nearest best = {.word = word};

	for (; *list; list++)
		arip_nearest_add(&best, *list);
	return best.best;
}

static void test_nearest(void **state)
{
	static const char *const words[] = {"channel", "bridge", "endpoint", "play", "show", NULL};

	(void)state;
	assert_string_equal(nearest("chanel", words), "channel");
	assert_string_equal(nearest("CHANNEL", words), "channel");
	assert_string_equal(nearest("brigde", words), "bridge");
	assert_string_equal(nearest("endpionts", words), "endpoint");
	assert_string_equal(nearest("paly", words), "play");
	assert_null(nearest("xyz", words));
	assert_null(nearest("p", words));
	assert_null(nearest("", words));
	assert_int_equal(arip_distance("ab", "ba", 2), 1);
	assert_int_equal(arip_distance("ca", "abc", 2), 3);
	assert_int_equal(arip_distance("", "", 2), 0);
	assert_int_equal(arip_distance("abcdef", "abc", 2), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_every_operation),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
