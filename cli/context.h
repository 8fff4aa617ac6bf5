/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Which server is meant, and as whom. Sources, strongest first: the options; the context that -c
 * names; the environment; the context that ASTCTL_CONTEXT or the main file names; the main file;
 * http://localhost:8088/ari. User and password are only taken from a source that speaks of the
 * chosen server: those of a context or file with another URL are never sent.
 */
#ifndef CLI_CONTEXT_H
#define CLI_CONTEXT_H

#include <stdbool.h>

struct cli;
struct config_values;

#define CONTEXT_DEFAULT_URL "http://localhost:8088/ari"

struct context {
	char *name;		/* of the context in use, or NULL */
	char *url;
	char *url_from;		/* "--url", "ASTCTL_URL", "context pbx", ... */
	char *user;		/* NULL: anonymous */
	char *password;		/* a secret; NULL: none was found */
	char *password_command;
	char *password_file;
	char *netrc_file;
	char *ca_file;
	bool insecure;
	unsigned timeout_ms;	/* 0: not said */
	bool password_from_environment;
};

/** Read the files and the environment. SECRETS: also fetch the password (runs a program, may ask). An exit
 * status, already reported. Release in any case. */
int context_resolve(struct cli *cli, struct context *context, bool secrets);
void context_release(struct context *context);

/** The path of the main file (NAME NULL) or of a context's, allocated; NULL when memory is short or there
 * is no home directory. */
char *context_path(const struct cli *cli, const char *name);

/** Read and check one file. 1, 0 when there is none, or -1, reported. */
int context_read(struct cli *cli, const char *path, bool main_file, struct config_values *values);

/** The context that the main file names, in VALUES; otherwise as context_read. */
int context_read_main(struct cli *cli, struct config_values *values);

#endif
