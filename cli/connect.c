/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The client of the chosen server, made on first use, and the calls and signals of a command.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli.h"
#include "context.h"
#include "json_out.h"
#include "term.h"
#include "url.h"

#define OPEN_MS 10000

static void trace_line(const char *line, void *data)
{
	struct cli *cli = data;
	char safe[4096];

	fprintf(cli->err, "%s\n", term_safe(safe, sizeof(safe), line));
}

static int make_loop(struct cli *cli)
{
	struct ari_error err = { 0 };

	if (!cli->loop)
		cli->loop = ari_loop_new(&err);
	return cli->loop ? CLI_OK : cli_fail_error(cli, &err);
}

static int make_client(struct cli *cli, const struct context *context)
{
	struct ari_error err = { 0 };
	struct ari_options options = {
		.url = context->url,
		.user = context->password ? context->user : NULL,
		.password = context->password,
		.ca_file = context->ca_file,
		.insecure = context->insecure,
		.timeout_ms = context->timeout_ms,
		.connect_timeout_ms = context->timeout_ms && context->timeout_ms < 5000 ?
				      context->timeout_ms : 0,
		.trace = cli->trace ? trace_line : NULL,
		.trace_data = cli,
	};

	if (context->insecure)
		cli_warn(cli, "the server's certificate is not checked (insecure): anybody in "
			      "between can "
			      "read the password");
	cli->anonymous = !context->password;
	cli->client = ari_client_new(cli->loop, &options, &err);
	if (!cli->client)
		return cli_fail_error(cli, &err);
	ari_client_set_deadline(cli->client, cli->deadline);
	return CLI_OK;
}

int cli_client(struct cli *cli, struct ari_client **client)
{
	struct context context = { 0 };
	int status = CLI_OK;

	if (!cli->client) {
		status = make_loop(cli);
		if (status == CLI_OK && cli->timeout_ms)
			cli->deadline = ari_loop_now(cli->loop) + cli->timeout_ms;
		if (status == CLI_OK)
			status = context_resolve(cli, &context, true);
		if (status == CLI_OK)
			status = make_client(cli, &context);
		context_release(&context);
	}
	*client = cli->client;
	return status;
}

struct ari_loop *cli_loop(struct cli *cli)
{
	return cli->loop;
}

unsigned cli_left(const struct cli *cli, unsigned ms)
{
	uint64_t now = ari_loop_now(cli->loop);

	if (!cli->deadline || cli->deadline >= now + ms)
		return ms;
	return cli->deadline > now ? (unsigned)(cli->deadline - now) : 0;
}

static bool opening(const struct ari_stream *stream)
{
	enum ari_stream_state state = ari_stream_state(stream);

	return state == ARI_STREAM_CONNECTING || state == ARI_STREAM_SYNCING ||
	       state == ARI_STREAM_LOST;
}

int cli_wait_open(struct cli *cli, struct ari_stream *stream, struct ari_error *err)
{
	/* The client's own deadline is first, and says what was waited for. */
	uint64_t end = ari_loop_now(cli->loop) + cli_left(cli, OPEN_MS) + 100, now;

	while (opening(stream) && !cli->signal && (now = ari_loop_now(cli->loop)) < end &&
	       ari_loop_run_once(cli->loop, (int)(end - now)) >= 0)
		;
	if (cli->signal || !opening(stream))
		return ari_stream_wait_open(stream, 0, err);
	err->code = ARI_ETIMEOUT;
	snprintf(err->text, sizeof(err->text), "the event stream was not open in time");
	return -1;
}

/* Say what the request was about: the ids in its path, "c1" or "PJSIP/alice". */
static int fail_call(struct cli *cli, const char *op, const struct ari_arg *args, size_t n_args,
		     const struct ari_error *err)
{
	const struct ari_operation *operation = ari_operation_find(op);
	char what[160] = "";
	size_t used = 0;

	for (size_t i = 0; operation && i < operation->n_params && used < sizeof(what); i++) {
		for (size_t n = 0; operation->params[i].in == ARI_IN_PATH && n < n_args; n++) {
			if (strcmp(args[n].name, operation->params[i].name) == 0)
				used += (size_t)snprintf(what + used, sizeof(what) - used, "%s%s",
							 used ? "/" : "", args[n].value);
			if (used >= sizeof(what))
				break;
		}
	}
	return cli_fail_about(cli, used ? what : NULL, err);
}

int cli_call(struct cli *cli, const char *op, const struct ari_arg *args, size_t n_args,
	     struct ari_reply *reply)
{
	struct ari_client *client;
	struct ari_error err = { 0 };
	int status = cli_client(cli, &client);

	if (status != CLI_OK)
		return status;
	if (ari_client_call(client, op, args, n_args, reply, &err) < 0)
		return fail_call(cli, op, args, n_args, &err);
	return CLI_OK;
}

/* ---- dry run ---- */

static void show_request(struct cli *cli, const char *base, const struct ari_request *request)
{
	char *url;

	if (cli->format == OUTPUT_JSON || cli->format == OUTPUT_JSONL) {
		/* Method, base and target are ASCII without quotes: percent-encoded by the library.
		 */
		fprintf(cli->out, "{\"method\":\"%s\",\"url\":\"%s%s\",\"body\":%s}\n",
			request->method, base, request->target,
			request->body ? request->body : "null");
		return;
	}
	if (asprintf(&url, "%s %s%s", request->method, base, request->target) < 0)
		return;
	term_write(cli->out, url, strlen(url), TERM_NO_LIMIT);
	putc('\n', cli->out);
	free(url);
	if (request->body) {
		json_write_compact(cli->out, (struct ari_span){ request->body, request->body_len },
				   cli->out_tty);
		putc('\n', cli->out);
	}
}

int cli_dry_run(struct cli *cli, const char *op, const struct ari_arg *args, size_t n_args)
{
	const struct ari_operation *operation = ari_operation_find(op);
	struct arip_endpoint endpoint = { 0 };
	struct context context = { 0 };
	struct ari_request request;
	struct ari_error err = { 0 };
	int status = CLI_OK;

	if (!operation)
		return cli_fail(cli, CLI_USAGE, "unknown operation '%s'", op);
	if (ari_request_build(&request, operation, args, n_args, &err) < 0)
		return cli_fail_error(cli, &err);
	status = context_resolve(cli, &context, false);
	if (status == CLI_OK && arip_endpoint_parse(&endpoint, context.url, &err) < 0)
		status = cli_fail_error(cli, &err);
	if (status == CLI_OK)
		show_request(cli, endpoint.url, &request);
	if (endpoint.url)
		arip_endpoint_release(&endpoint);
	ari_request_release(&request);
	context_release(&context);
	return status == CLI_OK ? output_finish(cli) : status;
}

/* ---- signals ---- */

static void on_signal(struct ari_loop *loop, int fd, unsigned events, void *data)
{
	struct cli *cli = data;
	struct signalfd_siginfo info;

	(void)events;
	if (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		cli->signal = (int)info.ssi_signo;
		ari_loop_stop(loop);
	}
}

int cli_watch_signals(struct cli *cli)
{
	struct ari_error err = { 0 };
	sigset_t set;
	int status = make_loop(cli);

	if (status != CLI_OK || cli->signal_source)
		return status;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 ||
	    (cli->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return cli_fail(cli, CLI_FAILURE, "cannot watch signals: %s", strerror(errno));
	cli->signal_source =
		ari_loop_add_fd(cli->loop, cli->signal_fd, ARI_LOOP_READ, on_signal, cli, &err);
	return cli->signal_source ? CLI_OK : cli_fail_error(cli, &err);
}

void cli_release(struct cli *cli)
{
	if (cli->signal_source) {
		ari_source_remove(cli->signal_source);
		close(cli->signal_fd);
		cli->signal_source = NULL;
		cli->signal_fd = -1;
	}
	ari_client_free(cli->client);
	cli->client = NULL;
	cli->deadline = 0;
	if (cli->loop)
		ari_loop_free(cli->loop);
	cli->loop = NULL;
}
