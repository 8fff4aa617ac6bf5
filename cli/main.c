/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * astctl: parse, run one command, end with its status. Standard output is fully buffered; a
 * closed pipe ends the program quietly, as the signal would.
 */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "cmd.h"
#include "help.h"

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

/* no-color.org and bixense.com/clicolors; the option beats them. */
static bool choose_style(const struct cli *cli)
{
	const char *term = getenv("TERM");
	const char *force = getenv("CLICOLOR_FORCE");

	if (cli->color != CLI_COLOR_AUTO)
		return cli->color == CLI_COLOR_ALWAYS;
	if (is_set("NO_COLOR"))
		return false;
	if (force && *force && strcmp(force, "0") != 0)
		return true;
	return cli->out_tty && !(term && strcmp(term, "dumb") == 0);
}

/* A descriptor that is closed when we start would be that of the next socket: what we say would go
 * to the server. In its place stands one that cannot be written (stdout) or that nobody reads. */
static void keep_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
	}
}

static void cli_init(struct cli *cli)
{
	static char buffer[32 * 1024];	/* the C library ignores a size without a buffer */

	*cli = (struct cli){
		.out = stdout,
		.err = stderr,
		.headers = true,
		.signal_fd = -1,
		.in_tty = isatty(STDIN_FILENO),
		.out_tty = isatty(STDOUT_FILENO),
		.err_tty = isatty(STDERR_FILENO),
	};
	/* Sockets and pipes report a closed end themselves; a library's write must not kill us. */
	signal(SIGPIPE, SIG_IGN);
	/* Output is UTF-8 whatever the locale is, and widths are measured in it. */
	setlocale(LC_CTYPE, "C.UTF-8");
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	__fsetlocking(stdout, FSETLOCKING_BYCALLER);	/* one thread: a lock per cell is felt */
}

static int show_help(struct cli *cli, const struct input *input)
{
	if (input->command)
		help_command(cli, input->command);
	else if (input->group[0])
		help_group(cli, input->group);
	else
		help_overview(cli);
	return output_finish(cli);
}

static int run(struct cli *cli, struct input *input)
{
	const struct command *command = input->command;

	if (cli->version)
		command = &command_version;
	else if (!command || (cli->help && !(command->flags & COMMAND_HELPS)))
		return show_help(cli, input);
	return command->run ? command->run(cli, input) : invoke_run(cli, input);
}

/* Everything is released and written: the exit handlers of 33 libraries would only free, page by
 * page, what the kernel takes back at once. The leak checker is one of them, though. */
static void leave(int status)
{
#if !defined(__SANITIZE_ADDRESS__)
	fflush(stdout);
	_exit(status);
#else
	exit(status);
#endif
}

int main(int argc, char **argv)
{
	struct input input = { 0 };
	struct cli cli;
	int status;

	keep_descriptors();
	cli_init(&cli);
	status = input_parse(&cli, &input, argc - 1, argv + 1);
	cli.styled = choose_style(&cli);
	if (status == CLI_OK)
		status = run(&cli, &input);
	input_release(&input);
	cli_release(&cli);
	leave(status);
}
