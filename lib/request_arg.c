/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * From "name=value" to a parameter of the operation and a value in the spelling of the wire.
 * Everything that a person can get wrong is found here, before a byte is sent, and said in one
 * line.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "error.h"
#include "nearest.h"
#include "request.h"
#include "url.h"
#include "utf8.h"

#define PATH_VALUE_MAX 4000 /* Asterisk's request line holds 4,096 bytes (main/http.c) */

/* As much of a value as fits into a message. */
#define SHOWN 40

static bool has_members(const struct ari_param *param)
{
	return (param->type == ARI_TYPE_OBJECT || param->type == ARI_TYPE_LIST) &&
	       !param->whole_body;
}

/* Append to the NUL-terminated TEXT; what does not fit is cut. */
static void append(char *text, size_t size, const char *a, const char *b)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s%s", a, b);
}

static int unknown(const struct ari_operation *op, const char *name, struct ari_error *err)
{
	struct arip_nearest nearest = {.word = name};
	char all[300] = "";

	for (size_t i = 0; i < op->n_params; i++) {
		arip_nearest_add(&nearest, op->params[i].name);
		append(all, sizeof(all), i ? ", " : "", op->params[i].name);
	}
	if (nearest.best)
		return arip_error_set(err, ARI_EARGUMENT,
				      "%s has no parameter '%.*s': did you mean %s?", op->name,
				      SHOWN, name, nearest.best);
	return arip_error_set(err, ARI_EARGUMENT, "%s has no parameter '%.*s': it takes %s",
			      op->name, SHOWN, name, op->n_params ? all : "none");
}

static int resolve(const struct ari_operation *op, const char *name, struct arip_arg *out,
		   struct ari_error *err)
{
	const char *dot = strchr(name, '.');

	for (size_t i = 0; i < op->n_params; i++) {
		const struct ari_param *param = &op->params[i];
		size_t len = strlen(param->name);

		if (!strcmp(name, param->name)) {
			out->param = param;
			return 0;
		}
		if (!dot || !has_members(param) || len != (size_t)(dot - name) ||
		    strncmp(name, param->name, len))
			continue;
		if (!dot[1])
			return arip_error_set(err, ARI_EARGUMENT,
					      "%s names no member: %sNAME=value "
					      "is expected",
					      name, name);
		if (!arip_utf8_valid(dot + 1, strlen(dot + 1)))
			return arip_error_set(err, ARI_EARGUMENT,
					      "a member of %s is not valid UTF-8", param->name);
		out->param = param;
		out->member = dot + 1;
		return 0;
	}
	return unknown(op, name, err);
}

/* An id goes into the path: what could name another resource there, or break the line, is refused.
 */
static int check_path_value(const struct ari_param *param, const char *value, struct ari_error *err)
{
	size_t len = strlen(value);
	uint32_t code;
	size_t n;

	if (!len)
		return arip_error_set(err, ARI_EARGUMENT, "%s is empty", param->name);
	if (!strcmp(value, ".") || !strcmp(value, ".."))
		return arip_error_set(err, ARI_EARGUMENT, "%s cannot be '%s'", param->name, value);
	if (arip_percent_size(value, len) > PATH_VALUE_MAX)
		return arip_error_set(err, ARI_EARGUMENT,
				      "%s is too long: at most %d bytes are "
				      "possible, percent-encoded",
				      param->name, PATH_VALUE_MAX);
	for (const char *p = value; *p; p += n) {
		n = arip_utf8_next(p, len - (size_t)(p - value), &code);
		if (code < 0x20 || (code >= 0x7f && code < 0xa0))
			return arip_error_set(err, ARI_EARGUMENT, "%s contains a control character",
					      param->name);
	}
	return 0;
}

static const char *check_bool(const struct ari_param *param, const char *value,
			      struct ari_error *err)
{
	static const struct {
		const char *word;
		const char *wire;
	} words[] = {
		{"true", "true"},   {"yes", "true"}, {"1", "true"},
		{"false", "false"}, {"no", "false"}, {"0", "false"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcasecmp(value, words[i].word))
			return words[i].wire;
	}
	arip_error_set(err, ARI_EARGUMENT, "%s must be true or false, not '%.*s'", param->name,
		       SHOWN, value);
	return NULL;
}

static int out_of_range(const struct ari_param *param, const char *value, const char *least,
			const char *most, struct ari_error *err)
{
	if (most)
		return arip_error_set(err, ARI_EARGUMENT, "%s must be from %s to %s, not '%.*s'",
				      param->name, least, most, SHOWN, value);
	return arip_error_set(err, ARI_EARGUMENT, "%s must be %s or more, not '%.*s'", param->name,
			      least, SHOWN, value);
}

static int check_int(const struct ari_param *param, const char *value, struct ari_error *err)
{
	const char *digits = value + (*value == '-');
	const char *least = param->minimum;
	const char *most = param->maximum;
	intmax_t number;

	if (!*digits || digits[strspn(digits, "0123456789")])
		return arip_error_set(err, ARI_EARGUMENT, "%s must be a whole number, not '%.*s'",
				      param->name, SHOWN, value);
	if (!least)
		least = param->type == ARI_TYPE_INT ? "-2147483648" : "-9223372036854775808";
	if (!most)
		most = param->type == ARI_TYPE_INT ? "2147483647" : "9223372036854775807";
	errno = 0;
	number = strtoimax(value, NULL, 10);
	if (errno || number < strtoimax(least, NULL, 10) || number > strtoimax(most, NULL, 10))
		return out_of_range(param, value, least, most, err);
	return 0;
}

/* jansson reads numbers as JSON has them, whatever the program's locale. */
static bool read_number(const char *text, double *number)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
	bool ok = json_is_number(json);

	if (ok)
		*number = json_number_value(json);
	json_decref(json);
	return ok;
}

static int check_double(const struct ari_param *param, const char *value, struct ari_error *err)
{
	double number;
	double limit;

	if (!read_number(value, &number))
		return arip_error_set(err, ARI_EARGUMENT, "%s must be a number, not '%.*s'",
				      param->name, SHOWN, value);
	if ((param->minimum && read_number(param->minimum, &limit) && number < limit) ||
	    (param->maximum && read_number(param->maximum, &limit) && number > limit))
		return out_of_range(param, value, param->minimum ? param->minimum : "any",
				    param->maximum, err);
	return 0;
}

static bool is_allowed(const struct ari_param *param, const char *item, size_t len)
{
	for (const char *const *word = param->allowed; *word; word++) {
		if (strlen(*word) == len && !memcmp(*word, item, len))
			return true;
	}
	return false;
}

static int not_allowed(const struct ari_param *param, const char *item, size_t len,
		       struct ari_error *err)
{
	char all[300] = "";

	for (size_t i = 0; param->allowed[i]; i++)
		append(all, sizeof(all), i ? ", " : "", param->allowed[i]);
	return arip_error_set(err, ARI_EARGUMENT, "%s must be one of %s, not '%.*s'", param->name,
			      all, (int)(len > SHOWN ? SHOWN : len), item);
}

static int check_allowed(const struct ari_param *param, const char *value, struct ari_error *err)
{
	for (;;) {
		size_t len = param->multiple ? strcspn(value, ",") : strlen(value);

		if (!is_allowed(param, value, len))
			return not_allowed(param, value, len, err);
		if (!value[len])
			return 0;
		value += len + 1;
	}
}

static int check_value(struct arip_arg *arg, const char *value, struct ari_error *err)
{
	const struct ari_param *param = arg->param;

	arg->value = value;
	if (!value)
		return arip_error_set(err, ARI_EARGUMENT, "%s has no value", param->name);
	if (!arip_utf8_valid(value, strlen(value)))
		return arip_error_set(err, ARI_EARGUMENT, "%s is not valid UTF-8", param->name);
	if (param->in == ARI_IN_PATH && check_path_value(param, value, err))
		return -1;
	if (param->required && !*value)
		return arip_error_set(err, ARI_EARGUMENT, "%s is empty", param->name);
	if (param->allowed && check_allowed(param, value, err))
		return -1;
	switch (param->type) {
	case ARI_TYPE_INT:
	case ARI_TYPE_LONG:
		return check_int(param, value, err);
	case ARI_TYPE_DOUBLE:
		return check_double(param, value, err);
	case ARI_TYPE_BOOL:
		arg->value = check_bool(param, value, err);
		return arg->value ? 0 : -1;
	case ARI_TYPE_STRING:
	case ARI_TYPE_OBJECT: /* read as JSON when the body is built */
	case ARI_TYPE_LIST:
		break;
	}
	return 0;
}

static int check_duplicate(const struct arip_arg *args, size_t i, struct ari_error *err)
{
	const struct arip_arg *arg = &args[i];

	for (size_t j = 0; j < i; j++) {
		if (args[j].param != arg->param || arg->param->multiple)
			continue;
		if (!args[j].member && !arg->member)
			return arip_error_set(err, ARI_EARGUMENT, "%s is given twice",
					      arg->param->name);
		if (args[j].member && arg->member && !strcmp(args[j].member, arg->member))
			return arip_error_set(err, ARI_EARGUMENT, "%s.%.*s is given twice",
					      arg->param->name, SHOWN, arg->member);
	}
	return 0;
}

static int check_required(const struct ari_operation *op, const struct arip_arg *args,
			  size_t n_args, struct ari_error *err)
{
	for (size_t i = 0; i < op->n_params; i++) {
		size_t j = 0;

		while (j < n_args && args[j].param != &op->params[i])
			j++;
		if (op->params[i].required && j == n_args)
			return arip_error_set(err, ARI_EARGUMENT, "%s needs %s", op->name,
					      op->params[i].name);
	}
	return 0;
}

int arip_args_check(const struct ari_operation *op, const struct ari_arg *args, size_t n_args,
		    struct arip_arg *out, struct ari_error *err)
{
	for (size_t i = 0; i < n_args; i++) {
		out[i] = (struct arip_arg){.param = NULL};
		if (!args[i].name)
			return arip_error_set(err, ARI_EARGUMENT, "an argument has no name");
		if (resolve(op, args[i].name, &out[i], err) ||
		    check_value(&out[i], args[i].value, err) || check_duplicate(out, i, err))
			return -1;
	}
	return check_required(op, out, n_args, err);
}
