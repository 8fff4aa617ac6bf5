/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Passwords from a program, a file or a person. They are wiped when they are freed, and never part
 * of a message.
 */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "config.h"

#define SECRET_MAX 4096

extern char **environ;

void secret_free(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

/* The first line of LEN bytes; the buffer is wiped. */
static char *first_line(char *buf, size_t len, const char *source, char why[SECRET_WHY_SIZE])
{
	size_t size = 0;
	char *secret = NULL;

	while (size < len && buf[size] != '\n' && buf[size] != '\r')
		size++;
	if (size == 0)
		snprintf(why, SECRET_WHY_SIZE, "%s gives no password: its first line is empty",
			 source);
	else if (memchr(buf, '\0', size))
		snprintf(why, SECRET_WHY_SIZE, "%s gives no password: NUL byte in the first line",
			 source);
	else if (size == SECRET_MAX)
		snprintf(why, SECRET_WHY_SIZE, "%s gives no password: its first line is too long",
			 source);
	else if (!(secret = strndup(buf, size)))
		snprintf(why, SECRET_WHY_SIZE, "out of memory");
	explicit_bzero(buf, len);
	return secret;
}

/* ---- what both a file and a program give ---- */

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Read until the end of the output, or (LINE) of its first line: into BUF what there is room for.
 * The length; -1 with errno, which at the deadline is ETIMEDOUT. */
static ssize_t read_until(int fd, char *buf, bool line, long deadline)
{
	size_t len = 0;
	char rest[256];

	while (!line || (len < SECRET_MAX && !memchr(buf, '\n', len))) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
		long left = deadline - now_ms();
		bool full = len == SECRET_MAX;
		ssize_t n;

		if (left <= 0 || poll(&poll_fd, 1, (int)left) == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		n = full ? read(fd, rest, sizeof(rest)) : read(fd, buf + len, SECRET_MAX - len);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += full ? 0 : (size_t)n;
	}
	return (ssize_t)len;
}

/* ---- a file ---- */

/* Others must not be able to put their own file in its place. */
static int check_parent(const char *path, char why[SECRET_WHY_SIZE])
{
	const char *slash = strrchr(path, '/');
	char *parent = slash == path ? strdup("/") : slash ? strndup(path, (size_t)(slash - path)) :
							     strdup(".");
	struct stat st;
	int result = 0;

	if (!parent || stat(parent, &st) < 0) {
		snprintf(why, SECRET_WHY_SIZE, "password file %s: %s", path, strerror(errno));
		result = -1;
	} else if ((st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX)) {
		snprintf(why, SECRET_WHY_SIZE,
			 "password file %s is in a directory that everybody can write to; chmod "
			 "o-w %s",
			 path, parent);
		result = -1;
	}
	free(parent);
	return result;
}

static int check_file(int fd, const char *path, char why[SECRET_WHY_SIZE])
{
	struct stat st;

	if (fstat(fd, &st) < 0) {
		snprintf(why, SECRET_WHY_SIZE, "password file %s: %s", path, strerror(errno));
		return -1;
	}
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode)) {
		snprintf(why, SECRET_WHY_SIZE, "password file %s is no plain file", path);
		return -1;
	}
	if (st.st_uid != geteuid() && st.st_uid != 0) {
		snprintf(why, SECRET_WHY_SIZE,
			 "password file %s belongs to somebody else (uid %u); chown it to yourself",
			 path, (unsigned)st.st_uid);
		return -1;
	}
	if (st.st_mode & 077) {
		snprintf(why, SECRET_WHY_SIZE,
			 "others can read the password file %s (mode %04o); chmod 600 %s", path,
			 (unsigned)(st.st_mode & 07777), path);
		return -1;
	}
	return check_parent(path, why);
}


/* A file can be a pipe, <(pass pbx): whoever is to write to it may never come. */
char *secret_from_file(const char *path, unsigned timeout_ms, char why[SECRET_WHY_SIZE])
{
	char source[SECRET_WHY_SIZE / 2];
	char buf[SECRET_MAX];
	char *secret = NULL;
	ssize_t len;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0) {
		snprintf(why, SECRET_WHY_SIZE, "password file %s: %s", path, strerror(errno));
		return NULL;
	}
	if (check_file(fd, path, why) == 0) {
		snprintf(source, sizeof(source), "password file %s", path);
		len = read_until(fd, buf, true, now_ms() + (long)timeout_ms);
		if (len < 0 && errno == ETIMEDOUT)
			snprintf(why, SECRET_WHY_SIZE,
				 "%s is a pipe, and nobody wrote a line into it within %g s",
				 source, timeout_ms / 1000.0);
		else if (len < 0)
			snprintf(why, SECRET_WHY_SIZE, "%s: %s", source, strerror(errno));
		else
			secret = first_line(buf, (size_t)len, source, why);
	}
	close(fd);
	return secret;
}

/* ---- a program ---- */

/* Our signal settings are not the program's business. */
static int spawn(char **words, int out, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, pipe_signal;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawnattr_init(&attributes);
	sigemptyset(&none);
	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &pipe_signal);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	error = posix_spawnp(pid, words[0], &actions, &attributes, words, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* The program's end, by the deadline. */
static bool wait_until(pid_t pid, int *status, long deadline)
{
	for (;;) {
		pid_t done = waitpid(pid, status, WNOHANG);

		if (done == pid)
			return true;
		if (done < 0 && errno != EINTR)
			return false;
		if (now_ms() >= deadline)
			return false;
		poll(NULL, 0, 5);
	}
}

static char *secret_of_program(const char *name, pid_t pid, int fd, unsigned timeout_ms,
			       char why[SECRET_WHY_SIZE])
{
	long deadline = now_ms() + (long)timeout_ms;
	char source[SECRET_WHY_SIZE / 2];
	char buf[SECRET_MAX];
	ssize_t len = read_until(fd, buf, false, deadline);
	int status = 0;

	snprintf(source, sizeof(source), "password_command '%s'", name);
	if (len < 0 || !wait_until(pid, &status, deadline)) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		explicit_bzero(buf, sizeof(buf));
		snprintf(why, SECRET_WHY_SIZE, "%s did not end within %g s; it was killed", source,
			 timeout_ms / 1000.0);
		return NULL;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		explicit_bzero(buf, sizeof(buf));
		snprintf(why, SECRET_WHY_SIZE, "%s failed with %s %d", source,
			 WIFEXITED(status) ? "exit status" : "signal",
			 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
		return NULL;
	}
	return first_line(buf, (size_t)len, source, why);
}

char *secret_from_command(const char *line, unsigned timeout_ms, char why[SECRET_WHY_SIZE])
{
	const char *problem = "it is empty";
	char **words = config_words(line, &problem);
	char *secret = NULL;
	int fds[2];
	pid_t pid;
	int error;

	if (!words || !words[0]) {
		snprintf(why, SECRET_WHY_SIZE, "password_command: %s",
			 words ? "it is empty" : problem);
		free(words);
		return NULL;
	}
	if (pipe2(fds, O_CLOEXEC) < 0) {
		snprintf(why, SECRET_WHY_SIZE, "password_command: %s", strerror(errno));
		free(words);
		return NULL;
	}
	error = spawn(words, fds[1], &pid);
	close(fds[1]);
	if (error)
		snprintf(why, SECRET_WHY_SIZE, "password_command '%s' cannot be run: %s", words[0],
			 strerror(error));
	else
		secret = secret_of_program(words[0], pid, fds[0], timeout_ms, why);
	close(fds[0]);
	free(words);
	return secret;
}

/* ---- a person ---- */

/* Without the terminal's own line editing, so that Ctrl-C comes to us and the echo is put back. */
static ssize_t read_hidden(char *buf, int *signal_number)
{
	size_t len = 0;
	char c;

	while (len < SECRET_MAX) {
		ssize_t n = read(STDIN_FILENO, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || c == '\n' || c == '\r' || c == 4)
			return n < 0 ? -1 : (ssize_t)len;
		if (c == 3) {
			*signal_number = SIGINT;
			return -1;
		}
		if (c == 0x7f || c == '\b')
			len -= len > 0;
		else if (c == 0x15)
			len = 0;
		else
			buf[len++] = c;
	}
	return (ssize_t)len;
}

char *secret_from_person(const char *question, int *signal_number, char why[SECRET_WHY_SIZE])
{
	struct termios before, hidden;
	char buf[SECRET_MAX];
	ssize_t len;

	*signal_number = 0;
	if (tcgetattr(STDIN_FILENO, &before) < 0) {
		snprintf(why, SECRET_WHY_SIZE, "cannot ask for the password: %s", strerror(errno));
		return NULL;
	}
	hidden = before;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
	hidden.c_cc[VMIN] = 1;
	hidden.c_cc[VTIME] = 0;
	fputs(question, stderr);
	fflush(stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	len = read_hidden(buf, signal_number);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	if (len < 0) {
		explicit_bzero(buf, sizeof(buf));
		snprintf(why, SECRET_WHY_SIZE, "no password was given");
		return NULL;
	}
	return first_line(buf, (size_t)len, "the answer", why);
}
