/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* Element names of results, from the model names of the operation table; see xml.h. */
#include <stdio.h>
#include <string.h>

#include "xml.h"

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* "RTPstat" to "rtpstat", "LiveRecording" to "liveRecording". */
static void lower_first(char *name)
{
	for (; is_upper(*name); name++)
		*name = (char)(*name | 0x20);
}

static void plural(char *out, size_t size, const char *name)
{
	size_t len = strlen(name);
	char last = len ? name[len - 1] : '\0';

	if (last == 'y')
		snprintf(out, size, "%.*sies", (int)(len - 1), name);
	else
		snprintf(out, size, "%s%s", name, last == 's' || last == 'x' ? "es" : "s");
}

void xml_names_of_model(struct xml_names *names, const char *model)
{
	static const char list[] = "List[";
	char one[60];

	*names = (struct xml_names){.root = "value", .item = "item"};
	if (!model || !*model)
		return;
	if (strncmp(model, list, strlen(list))) {
		snprintf(names->root, sizeof(names->root), "%.60s", model);
		lower_first(names->root);
		return;
	}
	model += strlen(list);
	snprintf(one, sizeof(one), "%.*s", (int)strcspn(model, "]"), model);
	lower_first(one);
	snprintf(names->item, sizeof(names->item), "%s", one);
	plural(names->root, sizeof(names->root), one);
}
