/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * May the module be unloaded, or switched off by a reload? That is found out before anything is
 * taken down. An operation that is inside Asterisk cannot be abandoned, and adding a channel to a
 * bridge takes as long as the prompt that the channel hears. Asterisk holds the list of modules
 * locked meanwhile, so nobody waits for such a one: it is refused, and the module goes on serving.
 *
 * A module is not told whether its unload was forced. But once an unload was refused the module
 * counts as used until what kept it has ended, so that Asterisk itself refuses the next one, and
 * whoever comes here all the same was forced: then it waits.
 */
#include "asterisk.h"

#include <dlfcn.h>

#include "asterisk/logger.h"
#include "asterisk/module.h"
#include "asterisk/utils.h"
#include "asterisk_host.h"

#define WAIT_MS 5000
/*! Operations that the log names. */
#define NAMED 5

struct reasons {
	struct buf text;
	int n;
	int of_modules;		/*!< wait for the list of modules, so for us */
};

static void add_reason(void *arg, const struct operation_row *row)
{
	struct reasons *reasons = arg;

	reasons->of_modules |= !strncmp(row->path, "asterisk/modules", 16);
	if (reasons->n++ < NAMED) {
		buf_addf(&reasons->text, "%s%s (%.80s) of '%s' for %lld s",
			reasons->n > 1 ? ", " : "", row->name, row->path, row->user,
			(long long) row->ms / 1000);
	}
}

void unload_pin(struct asterisk_host *host)
{
	Dl_info info;

	if (!host->pin && dladdr(unload_pin, &info)) {
		host->pin = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
	}
}

void unload_unpin(struct asterisk_host *host)
{
	if (host->pin) {
		dlclose(host->pin);
		host->pin = NULL;
	}
}

void unload_adopted(struct asterisk_host *host)
{
	/* Asterisk closes what it did not open again. */
	host->pin = NULL;
}

static void use(struct asterisk_host *host)
{
	int before = 0;

	if (__atomic_compare_exchange_n(&host->in_use, &before, 1, 0, __ATOMIC_ACQ_REL,
		__ATOMIC_ACQUIRE)) {
		ast_module_ref(AST_MODULE_SELF);
	}
}

void unload_idle(void *arg)
{
	struct asterisk_host *host = arg;

	if (__atomic_exchange_n(&host->in_use, 0, __ATOMIC_ACQ_REL)) {
		ast_module_unref(AST_MODULE_SELF);
	}
}

static int refuse(struct asterisk_host *host, const struct reasons *reasons)
{
	ast_log(LOG_ERROR, "not stopped: %d operation%s still run%s: %s%s%s\n", reasons->n,
		reasons->n == 1 ? "" : "s", reasons->n == 1 ? "s" : "",
		S_OR(reasons->text.data, ""), reasons->n > NAMED ? " and others" : "",
		reasons->of_modules ? "" : "; 'module unload -f' waits for that");
	unload_pin(host);
	if (!ast_shutting_down()) {
		use(host);
		server_resume(host->server);
	}
	return -1;
}

int unload_wait(struct asterisk_host *host)
{
	int forced = __atomic_load_n(&host->in_use, __ATOMIC_ACQUIRE);
	int stays = 0;

	if (!host->server) {
		return 0;
	}
	if (server_is_worker(host->server)) {
		ast_log(LOG_ERROR, "not stopped: a request to this module cannot stop it\n");
		return -1;
	}
	while (!stays && !server_pause(host->server, WAIT_MS)) {
		struct reasons reasons = { .n = 0 };

		server_each_operation(host->server, add_reason, &reasons);
		if (reasons.n && (!forced || reasons.of_modules || ast_shutting_down())) {
			stays = refuse(host, &reasons);
		}
		buf_free(&reasons.text);
	}
	if (!stays && texts_stop()) {
		ast_log(LOG_ERROR, "not stopped: the dialplan of a text message still runs\n");
		unload_pin(host);
		server_resume(host->server);
		stays = -1;
	}
	if (!stays) {
		unload_idle(host);
	}
	return stays;
}
