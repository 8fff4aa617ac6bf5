/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Credentials from a netrc file. Read once, by us and not by libcurl: the event stream needs them
 * too, and libcurl does not mind a file that everybody can read.
 */
#ifndef ARIP_NETRC_H
#define ARIP_NETRC_H

#include <stddef.h>

#include "ari/error.h"

/** Find the entry of HOST in TEXT (with login USER, unless USER is NULL; "default" matches every
 * host). Pure. 1: *user and *password are filled, you free them (password: wipe it). 0: no entry.
 * -1: ERR. */
int arip_netrc_find(const char *text, size_t len, const char *host, const char *want_user,
		    char **user, char **password, struct ari_error *err);

/** The same from the file PATH, which must be ours, a plain file, and closed to others. */
int arip_netrc_load(const char *path, const char *host, const char *want_user, char **user,
		    char **password, struct ari_error *err);

/** Overwrite and free a secret; NULL is allowed. */
void arip_secret_free(char *secret);

#endif
