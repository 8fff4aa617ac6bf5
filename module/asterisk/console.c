/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* "stasis-http show ..." on Asterisk's console. What is shown is copied in the core's thread. */
#include "asterisk.h"

#include "asterisk/astobj2.h"
#include "asterisk/cli.h"
#include "asterisk/stasis_app.h"
#include "asterisk/utils.h"
#include "asterisk_host.h"

static struct asterisk_host *the_host;

static int wants_more(int cmd, struct ast_cli_args *a)
{
	return cmd == CLI_HANDLER && a->argc == 3;
}

static void copy_stats(struct server *server, void *arg)
{
	server_stats(server, arg);
}

static void list_operation(void *arg, const struct operation_row *row)
{
	buf_addf(arg, "  %-30s %-20s %6lld s  %s\n", row->name, S_OR(row->user, "-"),
		(long long) row->ms / 1000, row->path);
}

static char *show_status(struct ast_cli_entry *e, int cmd, struct ast_cli_args *a)
{
	struct server_stats stats = { 0 };
	struct buf running = { 0 };

	if (cmd == CLI_INIT) {
		e->command = "stasis-http show status";
		e->usage = "Usage: stasis-http show status\n"
			"       Show what the Stasis HTTP API has done, and is doing.\n";
		return NULL;
	}
	if (cmd == CLI_GENERATE) {
		return NULL;
	}
	if (!wants_more(cmd, a)) {
		return CLI_SHOWUSAGE;
	}
	if (!server_call(the_host->server, copy_stats, &stats)) {
		return CLI_FAILURE;
	}
	ast_cli(a->fd, "Connections:     %d\nSessions:        %d\nRequests:        %llu\n"
		"Refused logins:  %llu\nEvents:          %llu\nDelivered:       %llu\n"
		"Dropped:         %llu\nSlow, closed:    %llu\nWorkers:         %d (%d jobs wait)\n",
		stats.connections, stats.sessions, stats.requests, stats.refused_logins,
		stats.events, stats.delivered, stats.dropped, stats.slow_closed, stats.threads,
		stats.jobs_waiting);
	server_each_operation(the_host->server, list_operation, &running);
	ast_cli(a->fd, "Running:%s\n%s", running.len ? "" : "         nothing",
		S_OR(running.data, ""));
	buf_free(&running);
	return CLI_SUCCESS;
}

static const char *scope_text(const struct scope *scope)
{
	return scope->all ? "all" : scope->n ? "some" : "none";
}

static void list_users(struct server *server, void *arg)
{
	const struct config *config = server_config(server);
	struct buf *out = arg;
	size_t i;

	buf_addf(out, "%-20s %-10s %-9s %-6s %-10s %-10s %-4s\n", "User", "Group", "Read only",
		"Follow", "Manipulate", "Originate", "Keys");
	for (i = 0; i < config->n_users; i++) {
		const struct user *user = &config->user[i];

		if (user->is_group) {
			continue;
		}
		buf_addf(out, "%-20s %-10s %-9s %-6s %-10s %-10s %-4zu\n", user->name,
			S_OR(user->group, "-"), AST_YESNO(user->read_only),
			scope_text(&user->follow), scope_text(&user->manipulate),
			scope_text(&user->originate), user->n_keys);
	}
}

static void list_session(void *arg, const struct session_row *row)
{
	buf_addf(arg, "%-6s %-20s %-20s %-24s %10llu %8zu\n", row->id, row->user, row->peer,
		S_OR(row->apps, "(observer)"), row->sent, row->queued);
}

static void list_sessions(struct server *server, void *arg)
{
	buf_addf(arg, "%-6s %-20s %-20s %-24s %10s %8s\n", "Id", "User", "Address", "Applications",
		"Sent", "Queued");
	server_each_session(server, list_session, arg);
}

static void list_app(void *arg, const struct session_row *row)
{
	if (!ast_strlen_zero(row->apps)) {
		buf_addf(arg, "%-30s %-6s %-20s\n", row->apps, row->id, row->user);
	}
}

static void list_applications(struct server *server, void *arg)
{
	buf_addf(arg, "%-30s %-6s %-20s\n", "Applications", "Id", "User");
	server_each_session(server, list_app, arg);
}

static char *show(struct ast_cli_entry *e, int cmd, struct ast_cli_args *a, const char *command,
	const char *usage, void (*list)(struct server *server, void *arg))
{
	struct buf out = { 0 };

	if (cmd == CLI_INIT) {
		e->command = (char *) command;
		e->usage = usage;
		return NULL;
	}
	if (cmd == CLI_GENERATE) {
		return NULL;
	}
	if (!wants_more(cmd, a)) {
		return CLI_SHOWUSAGE;
	}
	if (!server_call(the_host->server, list, &out) || out.failed) {
		return CLI_FAILURE;
	}
	ast_cli(a->fd, "%s", S_OR(out.data, ""));
	buf_free(&out);
	return CLI_SUCCESS;
}

static char *show_users(struct ast_cli_entry *e, int cmd, struct ast_cli_args *a)
{
	return show(e, cmd, a, "stasis-http show users", "Usage: stasis-http show users\n"
		"       List the users of stasis-http.conf and what they may do.\n", list_users);
}

static char *show_sessions(struct ast_cli_entry *e, int cmd, struct ast_cli_args *a)
{
	return show(e, cmd, a, "stasis-http show sessions", "Usage: stasis-http show sessions\n"
		"       List the WebSockets that are open.\n", list_sessions);
}

static char *show_applications(struct ast_cli_entry *e, int cmd, struct ast_cli_args *a)
{
	return show(e, cmd, a, "stasis-http show applications",
		"Usage: stasis-http show applications\n"
		"       List the applications that sessions own.\n", list_applications);
}

static struct ast_cli_entry entries[] = {
	AST_CLI_DEFINE(show_status, "Show the state of the Stasis HTTP API"),
	AST_CLI_DEFINE(show_users, "List the users of the Stasis HTTP API"),
	AST_CLI_DEFINE(show_sessions, "List the sessions of the Stasis HTTP API"),
	AST_CLI_DEFINE(show_applications, "List the applications of the Stasis HTTP API"),
};

int console_start(struct asterisk_host *host)
{
	the_host = host;
	return ast_cli_register_multiple(entries, ARRAY_LEN(entries));
}

/* A command that is being carried out is not unregistered, only a warning is logged; and one that
 * was looked up just before it was unregistered is carried out all the same. */
static void unregister(struct ast_cli_entry *entry)
{
	while (entry->_full_cmd) {
		if (!ast_atomic_fetchadd_int(&entry->inuse, 0)) {
			ast_cli_unregister(entry);
		} else {
			usleep(1000);
		}
	}
	while (ast_atomic_fetchadd_int(&entry->inuse, 0)) {
		usleep(1000);
	}
}

void console_stop(void)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(entries); i++) {
		unregister(&entries[i]);
	}
}
