/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Applications that sessions own, registered with res_stasis. All of it is called by one
 * thread of the core's, so nothing overtakes. No lock is held while res_stasis is called:
 * it waits for handlers, and ours take a lock. (Stock ARI holds its session's lock there
 * and wedges: asterisk issue 2170.)
 */
#include "asterisk.h"

#include "asterisk/astobj2.h"
#include "asterisk/json.h"
#include "asterisk/lock.h"
#include "asterisk/stasis_app.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"
#include "asterisk_host.h"

/*! How long a handler that runs may take to come to its end. */
#define END_MS 10000

/*
 * One registration: what the handler gets as its data. Its lock guards .server and .replaced.
 * res_stasis calls the handler without a lock but with a reference of its own, so a handler runs
 * only while there is another reference than ours: we keep ours until it is the last one. No
 * destructor tells us so, for that would be code of ours that runs when we think that none does.
 */
struct registration {
	struct registration *next;	/*!< of those that are over */
	struct server *server;	/*!< NULL: nobody listens any more */
	uint64_t session;
	int replaced;
	char app[];
};

static struct ao2_container *registrations;
static struct registration *over;

static int compare(void *obj, void *arg, int flags)
{
	const struct registration *registration = obj;
	const char *app = flags & OBJ_SEARCH_KEY ? arg : ((struct registration *) arg)->app;

	return strcmp(registration->app, app) ? 0 : CMP_MATCH | CMP_STOP;
}

static int hash(const void *obj, int flags)
{
	return ast_str_hash(flags & OBJ_SEARCH_KEY ? obj : ((struct registration *) obj)->app);
}

/* Let go of those that nobody else knows any more; how many are left. */
static int sweep(void)
{
	struct registration **at = &over, *registration;
	int left = 0;

	while ((registration = *at)) {
		if (ao2_ref(registration, 0) > 1) {
			at = &registration->next;
			left++;
			continue;
		}
		*at = registration->next;
		ao2_ref(registration, -1);
	}
	return left;
}

/* Nobody listens to it; REGISTRATION's reference is taken over. */
static void retire(struct registration *registration)
{
	ao2_lock(registration);
	registration->server = NULL;
	ao2_unlock(registration);
	registration->next = over;
	over = registration;
	sweep();
}

int apps_start(void)
{
	registrations = ao2_container_alloc_hash(AO2_ALLOC_OPT_LOCK_MUTEX, 0, 37, hash, NULL, compare);
	return registrations ? 0 : -1;
}

int apps_stop(void)
{
	int ms;

	/* Every session gave back what was its own: the server has seen to that. */
	ao2_cleanup(registrations);
	registrations = NULL;
	for (ms = 0; sweep() && ms < END_MS; ms += 10) {
		usleep(10000);
	}
	return sweep() ? -1 : 0;
}

/* In a Stasis thread: take a reference, post it, be gone. */
static void handler(void *data, const char *app, struct ast_json *message)
{
	struct registration *registration = data;
	const char *type = ast_json_string_get(ast_json_object_get(message, "type"));

	if (!stasis_app_event_allowed(app, message)) {
		return;
	}
	ao2_lock(registration);
	if (registration->server && !registration->replaced) {
		if (type && !strcmp(type, "ApplicationReplaced")) {
			registration->replaced = 1;
		}
		server_post_app(registration->server, registration->session, app,
			ast_json_ref(message));
	}
	ao2_unlock(registration);
}

int apps_register(void *arg, const char *app, uint64_t session)
{
	struct asterisk_host *host = arg;
	struct registration *registration, *old;

	if (strlen(app) > AST_MAX_CONTEXT - strlen("stasis-") - 1) {
		return -1;
	}
	registration = ao2_alloc(sizeof(*registration) + strlen(app) + 1, NULL);
	if (!registration) {
		return -1;
	}
	registration->server = host->server;
	registration->session = session;
	memcpy(registration->app, app, strlen(app) + 1);
	if (stasis_app_register(app, handler, registration)) {
		retire(registration);
		return -1;
	}
	old = ao2_find(registrations, app, OBJ_SEARCH_KEY | OBJ_UNLINK);
	if (old) {
		retire(old);
	}
	ao2_link(registrations, registration);
	ao2_ref(registration, -1);
	return 0;
}

void apps_unregister(void *arg, const char *app, uint64_t session)
{
	struct registration *registration = ao2_find(registrations, app, OBJ_SEARCH_KEY);
	int replaced;

	(void) arg;
	if (!registration) {
		return;
	}
	if (registration->session != session) {
		ao2_ref(registration, -1);
		return;
	}
	ao2_unlink(registrations, registration);
	ao2_lock(registration);
	replaced = registration->replaced;
	registration->server = NULL;
	ao2_unlock(registration);
	/* Somebody else's by now: not ours to end. */
	if (!replaced) {
		stasis_app_unregister(app);
	}
	retire(registration);
}

int apps_json(void *host, void *event, struct buf *out)
{
	(void) host;
	return encode_json(event, out);
}

void apps_event_release(void *host, void *event)
{
	(void) host;
	ast_json_unref(event);
}
