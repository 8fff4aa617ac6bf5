/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See bench_host.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../../module/core/cost.h"
#include "bench_host.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t unblocked = PTHREAD_COND_INITIALIZER;

/* An item of the stream: an object's change, an event, or both. */
struct item {
	struct host_object object;
	bool has_object;
	char id[64], name[64], context[64], member[64], tenant[64];
	const char *members[4];
	char *event, *json;
	unsigned long long number;
	bool told;
	bool has_voice, held;
	int voice;
};

static void host_log(void *host, enum host_level level, const char *text)
{
	(void)host;
	(void)level;
	(void)text;
}

/* Ids that begin with "own" or "foreign" exist; "POST bridges/x" and the like make something. */
static bool exists(enum http_method method, const char *path)
{
	const char *id = strchr(path, '/');

	if (method == HTTP_POST && !strncmp(path, "bridges/", 8) && !strchr(path + 8, '/'))
		return true;
	if (!strncmp(path, "endpoints/PJSIP/", 16))
		id = path + 15;
	if (!id || !strncmp(path, "asterisk/", 9) || !strncmp(path, "sounds", 6))
		return true;
	if (!strncmp(path, "recordings/", 11))
		id = strchr(id + 1, '/');
	if (!id)
		return true;
	id++;
	return !strncmp(id, "own", 3) || !strncmp(id, "foreign", 7) || !strncmp(id, "create", 6) ||
	       !strncmp(id, "externalMedia", 13) || !strncmp(id, "user", 4) ||
	       !strncmp(id, "claim", 5) || !strncmp(id, "sendMessage", 11) ||
	       !strncmp(id, "refer", 5) || !strncmp(id, "PJSIP", 5) || !strncmp(id, "new", 3);
}

void bench_unblock(struct bench *bench)
{
	pthread_mutex_lock(&lock);
	bench->blocked = false;
	pthread_cond_broadcast(&unblocked);
	pthread_mutex_unlock(&lock);
}

/* The parameters and the body of the last operation. */
static void note_params(struct bench *bench, const struct host_call *call)
{
	struct buf text = {0};
	size_t i;

	for (i = 0; i < call->params->n; i++)
		buf_addf(&text, "%s=%s;", call->params->param[i].name, call->params->param[i].value);
	if (call->body)
		buf_add(&text, call->body, call->body_len);
	snprintf(bench->last_params, sizeof(bench->last_params), "%s", text.data ? text.data : "");
	buf_free(&text);
}

static void host_invoke(void *host, const struct host_call *call, struct host_reply *reply)
{
	struct bench *bench = host;
	bool playback = !strncmp(call->path, "playbacks/", 10);
	bool live = !strncmp(call->path, "recordings/live/", 16);

	pthread_mutex_lock(&lock);
	snprintf(bench->last_call, sizeof(bench->last_call), "%s %s",
		 http_method_name(call->method), call->path);
	note_params(bench, call);
	bench->calls++;
	bench->caller = pthread_self();
	while (bench->blocked && strstr(call->path, "/hold"))
		pthread_cond_wait(&unblocked, &lock);
	pthread_mutex_unlock(&lock);
	if (!exists(call->method, call->path)) {
		reply->status = 404;
		buf_adds(&reply->body, "{\"message\":\"not found\"}");
		return;
	}
	reply->status = 200;
	if (bench->answer)
		buf_adds(&reply->body, bench->answer);
	else if (call->method == HTTP_GET && (playback || live))
		buf_addf(&reply->body, "{\"target_uri\":\"channel:%s\"}",
			 strstr(call->path, "own") ? "own" : "foreign");
	else
		buf_addf(&reply->body, "{\"id\":\"made\",\"calls\":%d}", bench->calls);
}

static int host_register(void *host, const char *app, uint64_t session)
{
	struct bench *bench = host;
	size_t len;

	(void)session;
	pthread_mutex_lock(&lock);
	len = strlen(bench->apps);
	snprintf(bench->apps + len, sizeof(bench->apps) - len, "%s,", app);
	pthread_mutex_unlock(&lock);
	return bench->fail_register;
}

static void host_unregister(void *host, const char *app, uint64_t session)
{
	struct bench *bench = host;
	char word[80], *at;

	(void)session;
	snprintf(word, sizeof(word), "%s,", app);
	pthread_mutex_lock(&lock);
	at = strstr(bench->apps, word);
	if (at)
		memmove(at, at + strlen(word), strlen(at + strlen(word)) + 1);
	pthread_mutex_unlock(&lock);
}

static struct item *new_item(void)
{
	struct item *item = calloc(1, sizeof(*item));

	assert_non_null(item);
	return item;
}

static int host_sync(void *host, uint64_t ticket)
{
	server_post_sync(((struct bench *)host)->server, ticket);
	return 0;
}

/* What the core keeps of an object is its text. */
static char *object_text(const struct item *item)
{
	struct buf text = {0};
	size_t i;

	buf_addf(&text, "{\"id\":\"%s\",\"class\":%d", item->id, (int)item->object.class);
	if (item->object.class == OBJECT_BRIDGE)
		buf_adds(&text, ",\"bridge_type\":\"mixing\"");
	for (i = 0; item->members[i]; i++)
		buf_addf(&text, "%s\"%s\"", i ? "," : ",\"channels\":[", item->members[i]);
	buf_adds(&text, i ? "]}" : "}");
	return buf_take(&text, NULL);
}

static int host_retell(void *host)
{
	struct bench *bench = host;
	struct item *item = new_item();

	if (bench->retell)
		bench->retell(bench->retell_arg);
	item->told = true;
	server_post_state(bench->server, item);
	return 0;
}

static void host_read(void *host, void *arg, struct host_sink *sink)
{
	struct bench *bench = host;
	struct item *item = arg;
	struct event_keys keys;

	if (item->told) {
		bench->told = bench->read;
		sink->told(sink);
	}
	if (item->number)
		bench->read = item->number;
	if (item->has_object) {
		if (!item->object.gone)
			item->object.ref = item->json ? strdup(item->json) : object_text(item);
		bench->objects += item->object.ref != NULL;
		sink->object(sink, &item->object);
	}
	if (item->has_voice)
		sink->voice(sink, item->id, item->voice);
	else if (!item->has_object && !item->event && !item->told)
		sink->hold(sink, item->id, item->held);
	if (item->event && sink->want_events) {
		event_keys_read(&keys, item->event, strlen(item->event));
		if (sink->want(sink, &keys)) {
			bench->encoded++;
			sink->event(sink, item->event, strlen(item->event));
		}
	}
}

static int host_app_json(void *host, void *event, struct buf *out)
{
	(void)host;
	buf_adds(out, event);
	return 0;
}

static void host_item_release(void *host, void *arg)
{
	struct item *item = arg;

	(void)host;
	free(item->event);
	free(item->json);
	free(item);
}

static void host_app_event_release(void *host, void *event)
{
	(void)host;
	free(event);
}

static int host_object_json(void *host, enum object_class class, void *ref, struct buf *out)
{
	(void)host;
	(void)class;
	buf_adds(out, ref);
	return 0;
}

/* What is not current is asked of the host itself. */
static bool host_object_is_current(void *host, enum object_class class, void *ref)
{
	(void)ref;
	return class == OBJECT_CHANNEL && ((struct bench *)host)->current;
}

static void host_object_release(void *host, enum object_class class, void *ref)
{
	(void)class;
	((struct bench *)host)->objects--;
	free(ref);
}

static void host_idle(void *host)
{
	((struct bench *)host)->idle++;
}

static void host_listen(void *host, const char *channel, const char *name, bool on)
{
	struct bench *bench = host;

	(void)channel;
	(void)name;
	bench->listened += on ? 1 : -1;
}

static void host_listen_level(void *host, int threshold)
{
	((struct bench *)host)->listen_level = threshold;
}

static const char *host_identity(void *host)
{
	(void)host;
	return "the bench";
}

static const struct host_ops ops = {
	.idle = host_idle,
	.listen = host_listen,
	.listen_level = host_listen_level,
	.identity = host_identity,
	.log = host_log,
	.invoke = host_invoke,
	.app_register = host_register,
	.app_unregister = host_unregister,
	.sync = host_sync,
	.retell = host_retell,
	.read = host_read,
	.app_json = host_app_json,
	.item_release = host_item_release,
	.app_event_release = host_app_event_release,
	.object_json = host_object_json,
	.object_is_current = host_object_is_current,
	.object_release = host_object_release,
};

static struct config *read_conf(const char *conf)
{
	struct config *config = config_new();
	struct ini_error err = {""};
	struct buf text = {0};

	assert_non_null(config);
	buf_addf(&text, "[general]\ninner_user=i\ninner_password=p\n%s", conf);
	if (config_read_http(config, "test.conf", text.data, text.len, &err) ||
	    config_finish(config, "test.conf", &err) || cost_measure(config, "test.conf", &err))
		fail_msg("%s", err.text);
	buf_free(&text);
	return config;
}

void bench_open(struct bench *bench, const char *conf)
{
	memset(bench, 0, sizeof(*bench));
	bench->thread = pthread_self();
	bench->server = server_new(&ops, bench, read_conf(conf));
	assert_non_null(bench->server);
	server_set_transport(bench->server, &wire_transport, bench);
}

void bench_close(struct bench *bench)
{
	server_end(bench->server);
	server_set_transport(bench->server, NULL, NULL);
	server_free(bench->server);
	assert_int_equal(bench->objects, 0);
	assert_string_equal(bench->apps, "");
}

void bench_channel(struct bench *bench, const char *id, const char *tenant,
		   const char *application)
{
	struct item *item = new_item();

	snprintf(item->id, sizeof(item->id), "%s", id);
	snprintf(item->tenant, sizeof(item->tenant), "%s", tenant ? tenant : "");
	snprintf(item->name, sizeof(item->name), "%s", application ? application : "");
	item->has_object = true;
	item->object = (struct host_object){
		.class = OBJECT_CHANNEL,
		.id = item->id,
		.name = item->id,
		.context = item->id,
		.endpoint = item->id,
		.tenant = item->tenant,
		.application = application ? item->name : NULL,
	};
	server_post_item(bench->server, item);
	server_wake(bench->server);
}

static struct item *object_item(enum object_class class, const char *id, const char *name,
				const char *context, const char *member)
{
	struct item *item = new_item();
	char *rest, *word;
	size_t n = 0;

	snprintf(item->id, sizeof(item->id), "%s", id);
	snprintf(item->name, sizeof(item->name), "%s", name ? name : "");
	snprintf(item->context, sizeof(item->context), "%s", context ? context : "");
	snprintf(item->member, sizeof(item->member), "%s", member ? member : "");
	item->has_object = true;
	for (rest = item->member; member && n < 3 && (word = strsep(&rest, ","));)
		item->members[n++] = word;
	item->object = (struct host_object){
		.class = class,
		.id = item->id,
		.name = item->name,
		.context = item->context,
		.endpoint = item->name,
		.members = item->members,
	};
	return item;
}

void bench_object(struct bench *bench, enum object_class class, const char *id, const char *name,
		  const char *context, const char *member)
{
	server_post_item(bench->server, object_item(class, id, name, context, member));
	server_wake(bench->server);
}

void bench_technology(struct bench *bench, const char *id, const char *technology,
		      const char *member)
{
	struct item *item = object_item(OBJECT_BRIDGE, id, NULL, NULL, member);

	item->object.technology = technology;
	server_post_item(bench->server, item);
	server_wake(bench->server);
}

/* One that is as OBJECT says, with JSON as its text. */
static struct item *state_item(const struct host_object *object, const char *json)
{
	struct item *item = object_item(object->class, object->id, object->name, object->context,
					NULL);

	item->object.application = object->application;
	item->object.gone = object->gone;
	item->json = json ? strdup(json) : NULL;
	return item;
}

void bench_change(struct bench *bench, unsigned long long number, const struct host_object *object,
		  const char *json, const char *event)
{
	struct item *item = state_item(object, json);

	item->number = number;
	item->event = strdup(event);
	server_post_item(bench->server, item);
}

void bench_tell(struct bench *bench, const struct host_object *object, const char *json)
{
	server_post_state(bench->server, state_item(object, json));
}

void bench_gone(struct bench *bench, enum object_class class, const char *id)
{
	struct item *item = new_item();

	snprintf(item->id, sizeof(item->id), "%s", id);
	item->has_object = true;
	item->object = (struct host_object){.class = class, .id = item->id, .gone = true};
	server_post_item(bench->server, item);
	server_wake(bench->server);
}

void bench_voice(struct bench *bench, const char *channel, int ms)
{
	struct item *item = new_item();

	snprintf(item->id, sizeof(item->id), "%s", channel);
	item->has_voice = true;
	item->voice = ms;
	server_post_item(bench->server, item);
	server_wake(bench->server);
}

void bench_hold(struct bench *bench, const char *channel, bool held)
{
	struct item *item = new_item();

	snprintf(item->id, sizeof(item->id), "%s", channel);
	item->held = held;
	server_post_item(bench->server, item);
	server_wake(bench->server);
}

void bench_reload(struct bench *bench, const char *conf)
{
	server_post_config(bench->server, read_conf(conf));
	server_wake(bench->server);
}

void bench_event(struct bench *bench, const char *json)
{
	struct item *item = new_item();

	item->event = strdup(json);
	server_post_item(bench->server, item);
}

void bench_app_event(struct bench *bench, uint64_t session, const char *app, const char *json)
{
	server_post_app(bench->server, session, app, strdup(json));
}
