/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See filter.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ari/json.h"
#include "filter.h"
#include "scope.h"

static const char *const field_names[FILTER_FIELDS] = {
	[FILTER_TYPE] = "type",		      [FILTER_CHANNEL] = "channel",
	[FILTER_BRIDGE] = "bridge",	      [FILTER_APPLICATION] = "application",
	[FILTER_ENDPOINT] = "endpoint",	      [FILTER_TENANT] = "tenant",
};

/* FILTER has room for all the words that there may be. */
static int parse_word(struct filter *filter, char *text, const char **why)
{
	struct filter_word *word = &filter->word[filter->n];
	char *colon;
	int f;

	*why = "the filter has too many words";
	if (filter->n == FILTER_WORDS_MAX)
		return -1;
	word->deny = *text == '-';
	text += word->deny;
	colon = strchr(text, ':');
	*why = "a filter word is [-]FIELD:PATTERN, such as type:Channel* or -channel:Local/*";
	if (!colon || !colon[1])
		return -1;
	*colon = '\0';
	for (f = 0; f < FILTER_FIELDS && strcmp(field_names[f], text); f++)
		;
	*why = "a filter has no such field: it has type, channel, bridge, application, endpoint "
	       "and tenant";
	if (f == FILTER_FIELDS)
		return -1;
	word->field = (enum filter_field)f;
	word->pattern = colon + 1;
	if (!word->deny)
		filter->allows |= 1u << f;
	filter->n++;
	return 0;
}

static int parse_words(struct filter *filter, char *rest, const char **why)
{
	char *word;

	while ((word = strsep(&rest, ","))) {
		word += strspn(word, " ");
		if (*word && parse_word(filter, word, why))
			return -1;
	}
	return 0;
}

int filter_parse(struct filter *filter, const char *text, const char **why)
{
	struct filter_word words[FILTER_WORDS_MAX], *kept;
	struct filter fresh = {.word = words};

	*why = "the filter is too long";
	if (strlen(text) > FILTER_TEXT_MAX)
		return -1;
	*why = "out of memory";
	fresh.text = strdup(text);
	if (!fresh.text)
		return -1;
	if (parse_words(&fresh, fresh.text, why)) {
		free(fresh.text);
		return -1;
	}
	kept = malloc(fresh.n * sizeof(*kept) + 1);
	if (!kept) {
		*why = "out of memory";
		free(fresh.text);
		return -1;
	}
	fresh.word = memcpy(kept, words, fresh.n * sizeof(*kept));
	filter_free(filter);
	*filter = fresh;
	return 0;
}

void filter_free(struct filter *filter)
{
	free(filter->word);
	free(filter->text);
	*filter = (struct filter){0};
}

static bool word_fits(const struct filter_word *word, const struct event_keys *keys)
{
	size_t i;

	switch (word->field) {
	case FILTER_TYPE:
		return pattern_match(word->pattern, keys->type);
	case FILTER_APPLICATION:
		return *keys->application && pattern_match(word->pattern, keys->application);
	case FILTER_ENDPOINT:
		return *keys->endpoint && pattern_match(word->pattern, keys->endpoint);
	case FILTER_BRIDGE:
		return (*keys->bridge && (pattern_match(word->pattern, keys->bridge) ||
					  pattern_match(word->pattern, keys->bridge_name))) ||
		       (*keys->other_bridge && pattern_match(word->pattern, keys->other_bridge));
	case FILTER_CHANNEL:
		for (i = 0; i < keys->n_channels; i++) {
			if (pattern_match(word->pattern, keys->channel[i].id) ||
			    pattern_match(word->pattern, keys->channel[i].name))
				return true;
		}
		/* It may be one of those that there was no room for. */
		return keys->crowded && !word->deny;
	case FILTER_TENANT:
		for (i = 0; i < keys->n_channels; i++) {
			if (pattern_match(word->pattern, keys->channel[i].tenant))
				return true;
		}
		return false;
	case FILTER_FIELDS:
		break;
	}
	return false;
}

bool filter_pass(const struct filter *filter, const struct event_keys *keys)
{
	unsigned int allowed = 0;
	size_t i;

	for (i = 0; i < filter->n; i++) {
		const struct filter_word *word = &filter->word[i];

		if (!word_fits(word, keys))
			continue;
		if (word->deny)
			return false;
		allowed |= 1u << word->field;
	}
	return allowed == filter->allows;
}

static void read_channel(struct event_keys *keys, struct ari_span value)
{
	struct event_channel *channel = &keys->channel[keys->n_channels];

	if (keys->n_channels == EVENT_CHANNELS_MAX) {
		keys->crowded = true;
		return;
	}
	*channel = (struct event_channel){.id = ""};
	if (ari_json_text(ari_json_get(value, "id"), channel->id, sizeof(channel->id)) <= 0)
		return;
	ari_json_text(ari_json_get(value, "name"), channel->name, sizeof(channel->name));
	ari_json_text(ari_json_get(value, "tenantid"), channel->tenant, sizeof(channel->tenant));
	ari_json_text(ari_json_get(value, "dialplan.context"), channel->context,
		      sizeof(channel->context));
	keys->n_channels++;
}

/* The channels that began to speak, or ended; only SPEAKERS has names. */
static void read_ids(struct event_keys *keys, struct ari_span ids, struct ari_span speakers)
{
	struct ari_json_iter iter, named;
	struct ari_span key, id, speaker;

	ari_json_iter_init(&iter, ids);
	while (ari_json_next(&iter, &key, &id) && keys->n_channels < EVENT_CHANNELS_MAX) {
		struct event_channel *channel = &keys->channel[keys->n_channels];

		*channel = (struct event_channel){.id = ""};
		if (ari_json_text(id, channel->id, sizeof(channel->id)) <= 0)
			continue;
		keys->n_channels++;
		ari_json_iter_init(&named, speakers);
		while (ari_json_next(&named, &key, &speaker)) {
			if (ari_json_equal(ari_json_get(speaker, "id"), channel->id))
				ari_json_text(ari_json_get(speaker, "name"), channel->name,
					      sizeof(channel->name));
		}
	}
}

static void read_bridge(struct event_keys *keys, struct ari_span value)
{
	if (*keys->bridge) {
		ari_json_text(ari_json_get(value, "id"), keys->other_bridge,
			      sizeof(keys->other_bridge));
		return;
	}
	ari_json_text(ari_json_get(value, "id"), keys->bridge, sizeof(keys->bridge));
	ari_json_text(ari_json_get(value, "name"), keys->bridge_name, sizeof(keys->bridge_name));
}

static void read_endpoint(struct event_keys *keys, struct ari_span value)
{
	char tech[40] = "", resource[110] = "";

	ari_json_text(ari_json_get(value, "technology"), tech, sizeof(tech));
	ari_json_text(ari_json_get(value, "resource"), resource, sizeof(resource));
	snprintf(keys->endpoint, sizeof(keys->endpoint), "%s/%s", tech, resource);
}

/* "channel:ID" or "bridge:ID" of a playback or a recording. */
static void read_target(struct event_keys *keys, struct ari_span value)
{
	char uri[200];

	if (ari_json_text(ari_json_get(value, "target_uri"), uri, sizeof(uri)) <= 0)
		return;
	if (!strncmp(uri, "bridge:", 7)) {
		snprintf(keys->bridge, sizeof(keys->bridge), "%.150s", uri + 7);
	} else if (!strncmp(uri, "channel:", 8) && keys->n_channels < EVENT_CHANNELS_MAX) {
		struct event_channel *channel = &keys->channel[keys->n_channels++];

		*channel = (struct event_channel){.id = ""};
		snprintf(channel->id, sizeof(channel->id), "%.150s", uri + 8);
	}
}

static void read_thing(struct event_keys *keys, struct ari_span value)
{
	if (ari_json_type(value) != ARI_JSON_OBJECT)
		return;
	if (ari_json_get(value, "bridge_type").p)
		read_bridge(keys, value);
	else if (ari_json_get(value, "dialplan").p)
		read_channel(keys, value);
}

/* A transfer has its channels and bridges one level down. */
static void read_things(struct event_keys *keys, struct ari_span value)
{
	struct ari_json_iter iter;
	struct ari_span key, thing;

	ari_json_iter_init(&iter, value);
	while (ari_json_next(&iter, &key, &thing))
		read_thing(keys, thing);
}

void event_keys_read(struct event_keys *keys, const char *json, size_t len)
{
	struct ari_span key, value, speakers = {NULL, 0};
	struct ari_json_iter iter;

	*keys->type = *keys->application = *keys->endpoint = '\0';
	*keys->bridge = *keys->bridge_name = *keys->device = '\0';
	*keys->other_bridge = '\0';
	keys->n_channels = 0;
	keys->crowded = false;
	ari_json_iter_init(&iter, (struct ari_span){json, len});
	while (ari_json_next(&iter, &key, &value)) {
#define IS(text) (key.len == sizeof(text) - 1 && !memcmp(key.p, text, sizeof(text) - 1))
		if (IS("type"))
			ari_json_text(value, keys->type, sizeof(keys->type));
		else if (IS("application"))
			ari_json_text(value, keys->application, sizeof(keys->application));
		else if (IS("endpoint"))
			read_endpoint(keys, value);
		else if (IS("device_state"))
			ari_json_text(ari_json_get(value, "name"), keys->device,
				      sizeof(keys->device));
		else if (IS("speakers"))
			speakers = value;
		else if (speakers.p && (IS("joined") || IS("left")))
			read_ids(keys, value, speakers);
		else if (IS("playback") || IS("recording"))
			read_target(keys, value);
		else if (IS("refer_to") || IS("referred_by"))
			read_things(keys, value);
		else if (!IS("userevent"))	/* whose members are its sender's */
			read_thing(keys, value);
#undef IS
	}
}
