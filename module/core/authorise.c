/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See authorise.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ari/json.h"
#include "authorise.h"
#include "check.h"
#include "rule.h"

static const struct decision allow = {.verdict = VERDICT_ALLOW};

bool is_unlimited(const struct user *user)
{
	const unsigned int all = RIGHT_FUNCTIONS | RIGHT_CONFIG | RIGHT_SYSTEM;

	return user->follow.all && user->manipulate.all && user->originate.all &&
	       (user->rights & all) == all;
}

/* Objects that a user made are his, and his group's. */
static bool is_own(const struct user *user, const struct object *object)
{
	return object->owner && !user->read_only &&
	       !strcmp(object->owner, user->group ? user->group : user->name);
}

static bool channel_in(const struct scope *scope, const struct object *object)
{
	return scope_match(scope, SCOPE_CHANNEL, object->name) ||
	       scope_match(scope, SCOPE_CONTEXT, object->context) ||
	       scope_match(scope, SCOPE_TENANT, object->tenant) ||
	       scope_match(scope, SCOPE_ENDPOINT, object->endpoint) ||
	       scope_match(scope, SCOPE_APPLICATION, object->application);
}

/* A bridge is in a scope by its name, or when all who are in it are. */
static bool bridge_in(const struct user *user, const struct scope *scope,
		      const struct store *store, const struct object *bridge)
{
	const struct object *channel;
	size_t i;

	if (scope_match(scope, SCOPE_BRIDGE, bridge->name))
		return true;
	for (i = 0; bridge->members && bridge->members[i]; i++) {
		channel = store_find(store, OBJECT_CHANNEL, bridge->members[i]);
		if (!channel || (!channel_in(scope, channel) && !is_own(user, channel)))
			return false;
	}
	return i > 0;
}

/* A channel that is there, or was until lately. */
static const struct object *find_channel(const struct store *store, const char *id,
					 const char *name)
{
	const struct object *object = store_find(store, OBJECT_CHANNEL, id);

	return object ? object : store_find_gone(store, OBJECT_CHANNEL, id, name);
}

/* Whoever was alone in a bridge may see it empty, and see it go. */
static bool bridge_was_in(const struct user *user, const struct scope *scope,
			  const struct store *store, const struct object *bridge)
{
	const struct object *channel;
	size_t i;

	if (bridge->class != OBJECT_BRIDGE || (bridge->members && *bridge->members))
		return false;
	for (i = 0; bridge->last_members && bridge->last_members[i]; i++) {
		channel = find_channel(store, bridge->last_members[i], "");
		if (!channel || (!channel_in(scope, channel) && !is_own(user, channel)))
			return false;
	}
	return i > 0;
}

static bool object_in(const struct user *user, const struct scope *scope,
		      const struct store *store, const struct object *object)
{
	if (scope->all || is_own(user, object))
		return true;
	switch (object->class) {
	case OBJECT_CHANNEL:
		return channel_in(scope, object);
	case OBJECT_BRIDGE:
		return bridge_in(user, scope, store, object);
	case OBJECT_ENDPOINT:
		return scope_match(scope, SCOPE_ENDPOINT, object->endpoint);
	case OBJECT_CLASSES:
		break;
	}
	return false;
}

/* A bridge that another user with scopes made is not taken over with the first who comes in: it
 * may be watched by who is alone in it, and be changed by who has its name. */
static bool is_others(const struct user *user, const struct object *object)
{
	return object->class == OBJECT_BRIDGE && object->owner && !is_own(user, object) &&
	       !scope_match(&user->manipulate, SCOPE_BRIDGE, object->name);
}

bool may_manipulate(const struct user *user, const struct store *store,
		    const struct object *object)
{
	return !is_others(user, object) && object_in(user, &user->manipulate, store, object);
}

/* What one may change one may also see. */
bool may_follow(const struct user *user, const struct store *store, const struct object *object)
{
	return object_in(user, &user->follow, store, object) ||
	       object_in(user, &user->manipulate, store, object) ||
	       bridge_was_in(user, &user->follow, store, object) ||
	       bridge_was_in(user, &user->manipulate, store, object);
}

bool may_follow_application(const struct user *user, const char *application)
{
	return scope_match(&user->follow, SCOPE_APPLICATION, application) ||
	       scope_match(&user->manipulate, SCOPE_APPLICATION, application);
}

bool may_own_application(const struct user *user, const char *application)
{
	return scope_match(&user->manipulate, SCOPE_APPLICATION, application);
}

static bool may_follow_word(const struct user *user, enum scope_kind kind, const char *value)
{
	return scope_match(&user->follow, kind, value) ||
	       scope_match(&user->manipulate, kind, value);
}

static bool may_see_channel(const struct user *user, const struct store *store,
			    const struct event_channel *channel)
{
	const struct object *object = find_channel(store, channel->id, channel->name);

	return may_follow_word(user, SCOPE_CHANNEL, channel->name) ||
	       may_follow_word(user, SCOPE_CONTEXT, channel->context) ||
	       may_follow_word(user, SCOPE_TENANT, channel->tenant) ||
	       (object && (may_follow(user, store, object) ||
			   /* The last events of a channel are those of who had it last. */
			   (object->gone && may_follow_application(user, object->left))));
}

static bool may_see_bridge(const struct user *user, const struct store *store, const char *id,
			   const char *name)
{
	const struct object *bridge = store_find(store, OBJECT_BRIDGE, id);

	if (!bridge)
		bridge = store_find_gone(store, OBJECT_BRIDGE, id, name);
	return bridge && may_follow(user, store, bridge);
}

bool may_see_event(const struct user *user, const struct store *store,
		   const struct event_keys *keys)
{
	size_t i;

	if (user->follow.all)
		return true;
	/* It is told to who may follow the bridge, without the channels that he may not. */
	if (!strcmp(keys->type, "BridgeSpeakersChanged"))
		return may_see_bridge(user, store, keys->bridge, keys->bridge_name);
	if (keys->crowded)
		return false;
	for (i = 0; i < keys->n_channels; i++) {
		if (!may_see_channel(user, store, &keys->channel[i]))
			return false;
	}
	if (keys->n_channels)
		return true;
	if (*keys->bridge)
		return may_see_bridge(user, store, keys->bridge, keys->bridge_name) &&
		       (!*keys->other_bridge || may_see_bridge(user, store, keys->other_bridge, ""));
	if (*keys->device)
		return may_follow_word(user, SCOPE_DEVICE, keys->device);
	return *keys->endpoint && may_follow_word(user, SCOPE_ENDPOINT, keys->endpoint);
}

/* A channel that is gone cannot be judged any more: its end, alone, is told to who followed it. So
 * is the end of one that has just left the application. */
static bool may_hear_channel(const struct user *user, const struct store *store,
			     const struct event_keys *keys, size_t i, const char *app)
{
	static const char *const ends[] = {"StasisEnd", "ChannelDestroyed", "ChannelHangupRequest"};
	const struct object *object = store_find(store, OBJECT_CHANNEL, keys->channel[i].id);
	size_t e;

	if (may_see_channel(user, store, &keys->channel[i]) ||
	    (object && object->application && !strcmp(object->application, app)))
		return true;
	if (*keys->bridge || keys->n_channels > 1)
		return false;
	for (e = 0; e < sizeof(ends) / sizeof(ends[0]); e++) {
		if (!strcmp(keys->type, ends[e]))
			return true;
	}
	return !object;
}

/* A bridge that is not known any more was subscribed to when it was. */
static bool may_hear_bridge(const struct user *user, const struct store *store, const char *id)
{
	return !*id || !store_find(store, OBJECT_BRIDGE, id) ||
	       may_see_bridge(user, store, id, "");
}

bool may_hear_event(const struct user *user, const struct store *store,
		    const struct event_keys *keys, const char *app)
{
	size_t i;

	if (user->follow.all)
		return true;
	if (keys->crowded)
		return false;
	for (i = 0; i < keys->n_channels; i++) {
		if (!may_hear_channel(user, store, keys, i, app))
			return false;
	}
	if (keys->n_channels)
		return true;
	if (*keys->device)
		return may_follow_word(user, SCOPE_DEVICE, keys->device);
	if (*keys->endpoint)
		return may_follow_word(user, SCOPE_ENDPOINT, keys->endpoint);
	return may_hear_bridge(user, store, keys->bridge) &&
	       may_hear_bridge(user, store, keys->other_bridge);
}

static struct decision deny(const char *why)
{
	return (struct decision){.verdict = VERDICT_DENY, .status = 403, .why = why};
}

/* What Asterisk says of things that are not there. */
static struct decision hide(enum target target)
{
	static const char *const absent[] = {
		[TARGET_NONE] = "Resource not found",
		[TARGET_CHANNEL] = "Channel not found",
		[TARGET_BRIDGE] = "Bridge not found",
		[TARGET_APPLICATION] = "Application not found",
		[TARGET_ENDPOINT] = "Endpoint not found",
		[TARGET_PLAYBACK] = "Playback not found",
		[TARGET_LIVE] = "Recording not found",
		[TARGET_STORED] = "Recording not found",
		[TARGET_DEVICE] = "Resource not found",
		[TARGET_MAILBOX] = "Mailbox does not exist",
	};

	return (struct decision){.verdict = VERDICT_HIDE, .status = 404, .why = absent[target]};
}

static struct decision judge(bool see, bool change, const struct rule *rule)
{
	if (!see && !change)
		return hide(rule->target);
	if (rule->effect == EFFECT_CHANGE && !change)
		return deny("this user may only look at that");
	return allow;
}

/* A channel or a bridge by its id, with what is known of it. */
static struct decision judge_object(struct request *req, const struct rule *rule,
				    enum object_class class, const char *id, bool synced)
{
	struct store *store = req->server->store;
	const struct object *object = id ? store_find(store, class, id) : NULL;

	/* What is foreign takes as long as what is not there. */
	if (!synced && (!object || !may_follow(req->user, store, object)))
		return (struct decision){.verdict = VERDICT_WAIT};
	if (!object)
		return hide(rule->target);
	return judge(may_follow(req->user, store, object), may_manipulate(req->user, store, object),
		     rule);
}

/* A playback or a live recording belongs to what it plays to or records; ask the host. */
static struct decision judge_media(struct request *req, const struct rule *rule, const char *param,
				   const char *where, bool synced)
{
	struct decision decision = hide(rule->target);
	struct host_reply reply = {.fd = -1};
	struct uri_params none = {.n = 0};
	struct uri_path path = {.segment = {(char *)"recordings", (char *)where}, .n = 2};
	struct host_call call = {.method = HTTP_GET, .params = &none};
	char target[200], *text;

	if (!*where)
		path = (struct uri_path){.segment = {(char *)"playbacks"}, .n = 1};
	path.segment[path.n++] = (char *)route_id(&req->route, &req->segments, param);
	text = uri_path_encode(&path, -1, "");
	call.path = text;
	if (text)
		req->server->ops->invoke(req->server->host, &call, &reply);
	if (reply.status != 200 && !synced)
		decision = (struct decision){.verdict = VERDICT_WAIT};
	if (reply.status == 200 &&
	    ari_json_text(ari_json_get((struct ari_span){reply.body.data, reply.body.len},
				       "target_uri"), target, sizeof(target)) > 0) {
		if (!strncmp(target, "channel:", 8))
			decision = judge_object(req, rule, OBJECT_CHANNEL, target + 8, synced);
		else if (!strncmp(target, "bridge:", 7))
			decision = judge_object(req, rule, OBJECT_BRIDGE, target + 7, synced);
	}
	free(text);
	buf_free(&reply.body);
	buf_free(&reply.headers);
	return decision;
}

static struct decision judge_word(const struct request *req, const struct rule *rule,
				  enum scope_kind kind, const char *param)
{
	const char *value = route_id(&req->route, &req->segments, param);

	return judge(may_follow_word(req->user, kind, value),
		     scope_match(&req->user->manipulate, kind, value), rule);
}

static struct decision judge_endpoint(const struct request *req, const struct rule *rule)
{
	const char *tech = route_id(&req->route, &req->segments, "tech");
	const char *resource = route_id(&req->route, &req->segments, "resource");
	struct buf name = {0};
	struct decision decision = deny("out of memory");

	buf_addf(&name, "%s/%s", tech ? tech : "", resource ? resource : "");
	if (!name.failed)
		decision = judge(may_follow_word(req->user, SCOPE_ENDPOINT, name.data),
				 scope_match(&req->user->manipulate, SCOPE_ENDPOINT, name.data), rule);
	buf_free(&name);
	return decision;
}

static struct decision judge_target(struct request *req, const struct rule *rule, bool synced)
{
	const struct route *route = &req->route;

	switch (rule->target) {
	case TARGET_CHANNEL:
		return judge_object(req, rule, OBJECT_CHANNEL,
				    route_id(route, &req->segments, "channelId"), synced);
	case TARGET_BRIDGE:
		return judge_object(req, rule, OBJECT_BRIDGE,
				    route_id(route, &req->segments, "bridgeId"), synced);
	case TARGET_APPLICATION:
		return judge_word(req, rule, SCOPE_APPLICATION, "applicationName");
	case TARGET_PLAYBACK:
		return judge_media(req, rule, "playbackId", "", synced);
	case TARGET_LIVE:
		return judge_media(req, rule, "recordingName", "live", synced);
	case TARGET_STORED:
		return judge_word(req, rule, SCOPE_RECORDING, "recordingName");
	case TARGET_DEVICE:
		return judge_word(req, rule, SCOPE_DEVICE, "deviceName");
	case TARGET_MAILBOX:
		return judge_word(req, rule, SCOPE_MAILBOX, "mailboxName");
	case TARGET_ENDPOINT:
		return judge_endpoint(req, rule);
	case TARGET_NONE:
		break;
	}
	return allow;
}

/* Who is known by the names of his bridges makes none with another's. */
static struct decision judge_bridge_name(const struct request *req)
{
	const struct scope *scope = &req->user->manipulate;
	const char *name = uri_param(&req->given, "name");

	if (!strncmp(req->route.op->name, "bridges.", 8) && name && *name &&
	    scope_has(scope, SCOPE_BRIDGE) && !scope_match(scope, SCOPE_BRIDGE, name))
		return deny("this user may not give a bridge that name");
	return allow;
}

/* Making things needs to be allowed something at all; a bridge that is there already and foreign
 * must not be touched: the host says 409 to an id that it knows. */
static struct decision judge_make(struct request *req, bool synced)
{
	const char *id = route_id(&req->route, &req->segments, "bridgeId");
	const struct object *object;

	/* Asterisk 16 changes the bridge that has the id, and says 200. */
	if (!id)
		id = uri_param(&req->given, "bridgeId");
	if (req->user->read_only || (!req->user->manipulate.all && !req->user->manipulate.n &&
				     !req->user->originate.all && !req->user->originate.n))
		return deny("this user may only look");
	if (!id)
		return judge_bridge_name(req);
	object = store_find(req->server->store, OBJECT_BRIDGE, id);
	if (!object && !synced)
		return (struct decision){.verdict = VERDICT_WAIT};
	if (object && !may_manipulate(req->user, req->server->store, object))
		return (struct decision){.verdict = VERDICT_DENY, .status = 409,
					 .why = "Bridge with id already exists"};
	return judge_bridge_name(req);
}

/* Does the operation leave anything else than it was? */
static bool is_change(const struct request *req, const struct rule *rule)
{
	switch (rule->effect) {
	case EFFECT_CHANGE:
	case EFFECT_MAKE:
	case EFFECT_OWNER:
		return true;
	case EFFECT_RIGHT:
		return req->http.method != HTTP_GET;
	case EFFECT_NONE:
	case EFFECT_LIST:
	case EFFECT_SEE:
		break;
	}
	return false;
}

/* What needs no look at any object, and not at the parameters either. */
static struct decision judge_user(const struct request *req, const struct rule *rule)
{
	const struct user *user = req->user;

	if (!rule)
		return deny("this user may not do that");
	if (user->read_only && is_change(req, rule))
		return deny("this user may only look");
	if (rule->effect == EFFECT_RIGHT && (user->rights & rule->right) != rule->right)
		return deny("this user has no right to that");
	return allow;
}

static struct decision judge_owner(const struct request *req)
{
	const char *app = route_id(&req->route, &req->segments, "applicationName");

	if (!may_follow_application(req->user, app))
		return hide(TARGET_APPLICATION);
	if (!may_own_application(req->user, app))
		return deny("this user may not own that application");
	return allow;
}

static struct decision judge_rule(struct request *req, const struct rule *rule, bool synced)
{
	switch (rule->effect) {
	case EFFECT_OWNER:
		return judge_owner(req);
	case EFFECT_SEE:
	case EFFECT_CHANGE:
		return judge_target(req, rule, synced);
	case EFFECT_MAKE:
		return judge_make(req, synced);
	case EFFECT_NONE:
	case EFFECT_LIST:
	case EFFECT_RIGHT:
		break;
	}
	return allow;
}

static struct decision refuse(const char *why)
{
	return (struct decision){.verdict = VERDICT_DENY, .status = 400, .why = why};
}

struct decision authorise(struct request *req, bool synced)
{
	const struct rule *rule = req->route.op ? rule_find(req->route.op->name) : NULL;
	bool unlimited = is_unlimited(req->user);
	struct decision decision = allow;

	if (!unlimited)
		decision = judge_user(req, rule);
	if (decision.verdict != VERDICT_ALLOW)
		return decision;
	request_settle(req);
	if (*req->wrong || (!unlimited && *req->odd))
		return refuse(*req->wrong ? req->wrong : req->odd);
	if (rule)
		decision = check_names(req, rule, unlimited);
	if (decision.verdict != VERDICT_ALLOW || unlimited)
		return decision;
	decision = judge_rule(req, rule, synced);
	return decision.verdict == VERDICT_ALLOW ? check_words(req, rule, synced) : decision;
}
