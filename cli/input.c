/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The parsed command line as commands see it. Strings are borrowed from argv or the tables; what
 * had to be made is kept in owned.
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"

/* Room for one more item in an array that grows by doubling at powers of two. */
static void *grow(void *array, size_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	return reallocarray(array, count ? count * 2 : 1, size);
}

int input_add(struct input *input, const char *name, const char *value)
{
	struct ari_arg *args = grow(input->args, input->n_args, sizeof(*args));

	if (!args)
		return -1;
	input->args = args;
	args[input->n_args++] = (struct ari_arg){ .name = name, .value = value };
	return 0;
}

int input_note(struct input *input, const char *name, const char *value, bool positional)
{
	struct input_value *values = grow(input->values, input->n_values, sizeof(*values));

	if (!values)
		return -1;
	input->values = values;
	values[input->n_values++] =
		(struct input_value){ .name = name, .value = value, .positional = positional };
	return 0;
}

const char *input_own(struct input *input, char *text)
{
	char **owned;

	if (!text)
		return NULL;
	owned = grow(input->owned, input->n_owned, sizeof(*owned));
	if (!owned) {
		free(text);
		return NULL;
	}
	input->owned = owned;
	owned[input->n_owned++] = text;
	return text;
}

const char *input_option(const struct input *input, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < input->n_values; i++) {
		if (!input->values[i].positional && strcmp(input->values[i].name, name) == 0)
			value = input->values[i].value;
	}
	return value;
}

bool input_flag(const struct input *input, const char *name)
{
	return input_option(input, name) != NULL;
}

const char *input_positional(const struct input *input, const char *name, const char *previous)
{
	bool found = previous == NULL;

	for (size_t i = 0; i < input->n_values; i++) {
		const struct input_value *value = &input->values[i];

		if (!value->positional || strcmp(value->name, name) != 0)
			continue;
		if (found)
			return value->value;
		found = value->value == previous;
	}
	return NULL;
}

const char *input_arg(const struct input *input, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < input->n_args; i++) {
		if (strcmp(input->args[i].name, name) == 0)
			value = input->args[i].value;
	}
	return value;
}

void input_release(struct input *input)
{
	for (size_t i = 0; i < input->n_owned; i++)
		free(input->owned[i]);
	free(input->owned);
	free(input->args);
	free(input->values);
	*input = (struct input){ 0 };
}
