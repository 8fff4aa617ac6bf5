/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Downloads go into a new file beside the wanted one, which is put in its place when it is whole: a
 * failure leaves what was there.
 */
#include "fetch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wav.h"

static int fail_file(struct fetch *fetch, const char *what)
{
	return cli_fail(fetch->cli, CLI_FAILURE, "cannot %s %s: %s", what, fetch->file, strerror(errno));
}

int fetch_open(struct fetch *fetch, struct cli *cli, const char *file)
{
	struct stat st;
	mode_t mask;

	*fetch = (struct fetch){ .cli = cli, .file = file, .fd = -1, .duration_ms = -1 };
	if (strcmp(file, "-") == 0) {
		if (cli->out_tty)
			return cli_fail(cli, CLI_USAGE, "--fetch - writes sound, not text: send it to a file or a pipe");
		fetch->fd = STDOUT_FILENO;
		return CLI_OK;
	}
	if (stat(file, &st) == 0 && !S_ISREG(st.st_mode))
		return cli_fail(cli, CLI_USAGE, "--fetch %s: it exists, and is no regular file", file);
	if ((size_t)snprintf(fetch->temp, sizeof(fetch->temp), "%s.XXXXXX", file) >= sizeof(fetch->temp)) {
		fetch->temp[0] = '\0';
		return cli_fail(cli, CLI_USAGE, "--fetch: the file name is too long");
	}
	fetch->fd = mkstemp(fetch->temp);
	if (fetch->fd < 0) {
		fetch->temp[0] = '\0';
		return fail_file(fetch, "write");
	}
	/* mkstemp makes it private; it is to be as any new file. */
	mask = umask(0);
	umask(mask);
	if (fchmod(fetch->fd, 0666 & ~mask) < 0)
		return fail_file(fetch, "write");
	return CLI_OK;
}

static int look(struct fetch *fetch, const char *name)
{
	unsigned char head[4096];
	ssize_t len = pread(fetch->fd, head, sizeof(head), 0);
	struct wav wav;
	const char *wrong = wav_read(&wav, head, len > 0 ? (size_t)len : 0, fetch->bytes);

	if (wrong)
		return cli_fail(fetch->cli, CLI_SERVER, "%s: the server sent no usable WAV file: %s", name, wrong);
	fetch->duration_ms = wav.duration_ms;
	if (!wav.data)
		cli_warn(fetch->cli, "%s: the recording is empty", name);
	return CLI_OK;
}

int fetch_recording(struct fetch *fetch, struct ari_client *client, const char *name,
		    const char *format)
{
	struct ari_arg arg = { "recordingName", name };
	struct ari_error err = { 0 };
	int status = CLI_OK;

	if (ari_client_download(client, "recordings.getStoredFile", &arg, 1, fetch->fd, &fetch->bytes,
				&err) < 0)
		return cli_fail_error(fetch->cli, &err);
	if (!fetch->temp[0])
		return CLI_OK;
	if (strcmp(format, "wav") == 0 || strcmp(format, "wav16") == 0)
		status = look(fetch, name);
	if (status != CLI_OK)
		return status;
	if (fsync(fetch->fd) < 0 || rename(fetch->temp, fetch->file) < 0)
		return fail_file(fetch, "write");
	fetch->temp[0] = '\0';
	return CLI_OK;
}

void fetch_release(struct fetch *fetch)
{
	if (fetch->fd >= 0 && fetch->fd != STDOUT_FILENO)
		close(fetch->fd);
	fetch->fd = -1;
	if (fetch->temp[0])
		unlink(fetch->temp);
	fetch->temp[0] = '\0';
}
