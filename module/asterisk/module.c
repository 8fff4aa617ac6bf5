/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*** MODULEINFO
	<depend>res_ari</depend>
	<depend>res_stasis</depend>
	<support_level>extended</support_level>
 ***/
/*
 * res_stasis_http: the Stasis HTTP API. This file loads, reloads and unloads: it reads the two
 * configuration files, starts the core with Asterisk as its host, and takes all down again in
 * the opposite order, so that nothing can call into the module when its code is gone.
 */
#include "asterisk.h"

#include "asterisk/ast_version.h"
#include "asterisk/logger.h"
#include "asterisk/module.h"
#include "asterisk/paths.h"
#include "asterisk/utils.h"
#include "../core/cost.h"
#include "../core/listener.h"
#include "asterisk_host.h"
#include "compat.h"

#define HTTP_CONF "stasis-http.conf"
#define CORE_CONF "stasis-core.conf"
#define CONF_MAX (1024 * 1024)

static struct asterisk_host host;
static struct listener *listener;

static void log_text(void *arg, enum host_level level, const char *text)
{
	(void) arg;
	switch (level) {
	case HOST_DEBUG:
		ast_debug(1, "%s\n", text);
		break;
	case HOST_NOTICE:
		ast_log(LOG_NOTICE, "%s\n", text);
		break;
	case HOST_WARNING:
		ast_log(LOG_WARNING, "%s\n", text);
		break;
	case HOST_ERROR:
		ast_log(LOG_ERROR, "%s\n", text);
		break;
	}
}

static const char *identity(void *arg)
{
	return ((struct asterisk_host *) arg)->identity;
}

static const struct host_ops ops = {
	.log = log_text,
	.invoke = quick_call,
	.app_register = apps_register,
	.app_unregister = apps_unregister,
	.sync = stream_sync,
	.retell = stream_retell,
	.read = stream_read,
	.app_json = apps_json,
	.listen = talk_listen,
	.listen_level = talk_level,
	.identity = identity,
	.item_release = stream_item_release,
	.app_event_release = apps_event_release,
	.idle = unload_idle,
	.object_json = stream_object_json,
	.object_is_current = stream_object_is_current,
	.object_release = stream_object_release,
};

/* The text of a file in Asterisk's configuration directory; NULL with errno set. */
static char *read_file(const char *name, size_t *len)
{
	char path[PATH_MAX];
	char *text = NULL;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", ast_config_AST_CONFIG_DIR, name);
	file = fopen(path, "r");
	if (!file) {
		return NULL;
	}
	text = ast_malloc(CONF_MAX + 1);
	if (text) {
		*len = fread(text, 1, CONF_MAX + 1, file);
		if (ferror(file) || *len > CONF_MAX) {
			errno = ferror(file) ? EIO : EFBIG;
			ast_free(text);
			text = NULL;
		}
	}
	fclose(file);
	return text;
}

static int read_config(struct config *config, const char *name, int needed,
	int (*parse)(struct config *, const char *, const char *, size_t, struct ini_error *))
{
	struct ini_error err = { "" };
	size_t len = 0;
	char *text = read_file(name, &len);
	int res;

	if (!text) {
		if (!needed && errno == ENOENT) {
			return 0;
		}
		ast_log(LOG_ERROR, "%s: %s\n", name, strerror(errno));
		return -1;
	}
	res = parse(config, name, text, len, &err);
	if (res) {
		ast_log(LOG_ERROR, "%s\n", err.text);
	}
	explicit_bzero(text, len);
	ast_free(text);
	return res;
}

static struct config *load_config(void)
{
	struct config *config = config_new();
	struct ini_error err = { "" };

	if (!config) {
		return NULL;
	}
	if (read_config(config, HTTP_CONF, 1, config_read_http) ||
		read_config(config, CORE_CONF, 0, config_read_core)) {
		config_unref(config);
		return NULL;
	}
	if (config_finish(config, HTTP_CONF, &err) || cost_measure(config, HTTP_CONF, &err)) {
		ast_log(LOG_ERROR, "%s\n", err.text);
		config_unref(config);
		return NULL;
	}
	return config;
}

/* Nobody comes in any more, and nothing is told any more. The core's thread asks the stream for
 * syncs until it ends, so it ends first. */
static void stop_serving(void)
{
	console_stop();
	if (listener) {
		listener_stop(listener);
		listener = NULL;
	}
	if (host.stream) {
		stream_stop(host.stream);
		host.stream = NULL;
	}
}

static int stop(void)
{
	stop_serving();
	/* No channel may call us any more, either. */
	if (host.talk && talk_stop(host.talk)) {
		unload_pin(&host);
		ast_log(LOG_ERROR, "a hook on a channel cannot be found\n");
		return -1;
	}
	host.talk = NULL;
	server_free(host.server);
	host.server = NULL;
	if (apps_stop()) {
		unload_pin(&host);
		ast_log(LOG_ERROR, "an application's handler does not come to its end\n");
		return -1;
	}
	quick_free(host.quick);
	host.quick = NULL;
	inner_free(host.inner);
	host.inner = NULL;
	unload_unpin(&host);
	return 0;
}

/* What a stop that failed has left. */
static int stop_rest(void)
{
	return host.inner && !listener ? stop() : 0;
}

/* CONFIG is given away. */
static int start(struct config *config)
{
	struct inner *inner = inner_new(config);
	char error[512];

	if (inner) {
		inner_take(&host, inner);
		host.quick = quick_new();
	}
	ast_eid_to_str(host.identity, sizeof(host.identity), &ast_eid_default);
	host.talk = talk_start(&host);
	if (host.quick && host.talk && !apps_start()) {
		host.server = server_new(&ops, &host, config);
	}
	if (!host.server) {
		config_unref(config);
		return -1;
	}
	host.stream = stream_start(&host);
	if (!host.stream || console_start(&host)) {
		return -1;
	}
	listener = listener_start(host.server, config, error, sizeof(error));
	if (!listener) {
		ast_log(LOG_ERROR, "%s\n", error);
		return -1;
	}
	texts_start(&host);
	ast_verb(2, "Stasis HTTP listens on %s port %d\n", config->bindaddr, listener_port(listener));
	return 0;
}

static int load_module(void)
{
	struct config *config;

	/* It was unloaded by force ("module unload -h") while it could not be. */
	if (listener) {
		unload_adopted(&host);
		return AST_MODULE_LOAD_SUCCESS;
	}
	if (stop_rest()) {
		return AST_MODULE_LOAD_DECLINE;
	}
	if (compat_check_version()) {
		ast_log(LOG_ERROR, "this module was built for another Asterisk than %s: build it again\n",
			ast_get_version());
		return AST_MODULE_LOAD_DECLINE;
	}
	config = load_config();
	if (!config) {
		return AST_MODULE_LOAD_DECLINE;
	}
	if (!config->enabled) {
		ast_log(LOG_NOTICE, HTTP_CONF ": not enabled: nothing is served until a reload finds "
			"'enabled = yes'\n");
		config_unref(config);
		return AST_MODULE_LOAD_SUCCESS;
	}
	if (start(config)) {
		stop();
		return AST_MODULE_LOAD_DECLINE;
	}
	return AST_MODULE_LOAD_SUCCESS;
}

static int unload_module(void)
{
	if (!unload_wait(&host)) {
		return stop();
	}
	if (ast_shutting_down()) {
		stop_serving();
	}
	return -1;
}

/* All or nothing: what can fail comes first. CONFIG is given away. */
static int change(struct config *config)
{
	struct inner *inner = inner_new(config);
	char error[512];

	if (!inner) {
		config_unref(config);
		return -1;
	}
	if (listener_change(listener, config, error, sizeof(error))) {
		ast_log(LOG_ERROR, HTTP_CONF ": %s\n", error);
		config_unref(config);
		inner_free(inner);
		return -1;
	}
	inner_take(&host, inner);
	server_post_config(host.server, config);
	return 0;
}

static int switch_on(struct config *config)
{
	if (start(config)) {
		stop();
		return -1;
	}
	ast_log(LOG_NOTICE, HTTP_CONF ": enabled: listening\n");
	return 0;
}

static int switch_off(struct config *config)
{
	config_unref(config);
	if (!host.server) {
		return 0;
	}
	if (unload_wait(&host)) {
		return -1;
	}
	ast_log(LOG_NOTICE, HTTP_CONF ": not enabled any more: nothing is served\n");
	return stop();
}

static int reload_module(void)
{
	struct config *config = stop_rest() ? NULL : load_config();
	int res = -1;

	if (config && !config->enabled) {
		res = switch_off(config);
	} else if (config) {
		res = host.server ? change(config) : switch_on(config);
	}
	if (res) {
		ast_log(LOG_ERROR, "the configuration stays as it was\n");
	}
	return res ? AST_MODULE_LOAD_DECLINE : AST_MODULE_LOAD_SUCCESS;
}

AST_MODULE_INFO(ASTERISK_GPL_KEY, AST_MODFLAG_LOAD_ORDER, "Stasis HTTP API",
	.support_level = AST_MODULE_SUPPORT_EXTENDED,
	.load = load_module,
	.unload = unload_module,
	.reload = reload_module,
	.load_pri = AST_MODPRI_APP_DEPEND,
	.requires = "res_ari,res_stasis",
);
