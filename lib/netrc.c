/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The netrc format as libcurl reads it: words between white space, a word may be quoted ("a \"b\"
 * c"), "machine HOST login USER password WORD", "default" for all hosts, "account X" and "port N"
 * ignored, "macdef" up to an empty line ignored, "#" begins a comment where a keyword is expected.
 * The first matching entry with a password wins.
 */
#include "netrc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

#define WORD_MAX 1024
#define FILE_MAX 65536

struct reader {
	const char *p;
	const char *end;
	bool open_quote;
	bool too_long;
	char word[WORD_MAX];
};

struct entry {
	bool matches;
	char user[WORD_MAX];
	char password[WORD_MAX];
	bool has_user;
	bool has_password;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static char unescape(char c)
{
	return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
}

static void read_quoted(struct reader *r, size_t *n)
{
	for (r->p++; r->p < r->end && *r->p != '"'; r->p++) {
		char c = *r->p;

		if (c == '\\' && r->p + 1 < r->end)
			c = unescape(*++r->p);
		if (*n < WORD_MAX - 1)
			r->word[(*n)++] = c;
		else
			r->too_long = true;
	}
	if (r->p < r->end)
		r->p++;
	else
		r->open_quote = true;
}

/* The next word into r->word; false at the end. */
static bool read_word(struct reader *r)
{
	size_t n = 0;

	while (r->p < r->end && is_space(*r->p))
		r->p++;
	if (r->p == r->end)
		return false;
	if (*r->p == '"') {
		read_quoted(r, &n);
	} else {
		for (; r->p < r->end && !is_space(*r->p); r->p++) {
			if (n < WORD_MAX - 1)
				r->word[n++] = *r->p;
			else
				r->too_long = true;
		}
	}
	r->word[n] = '\0';
	return !r->open_quote && !r->too_long && !memchr(r->word, '\0', n);
}

static void skip_line(struct reader *r)
{
	while (r->p < r->end && *r->p != '\n')
		r->p++;
}

static void skip_macro(struct reader *r)
{
	const char *blank;

	skip_line(r);
	blank = memmem(r->p, (size_t)(r->end - r->p), "\n\n", 2);
	r->p = blank ? blank : r->end;
}

static bool entry_usable(const struct entry *entry, const char *want_user)
{
	return entry->matches && entry->has_password && (entry->has_user || want_user) &&
	       (!want_user || !entry->has_user || !strcmp(entry->user, want_user));
}

static void entry_value(struct entry *entry, const char *key, const char *word)
{
	if (!strcmp(key, "login")) {
		memcpy(entry->user, word, strlen(word) + 1);
		entry->has_user = true;
	} else if (!strcmp(key, "password")) {
		memcpy(entry->password, word, strlen(word) + 1);
		entry->has_password = true;
	}
}

static const char *keyword(const char *word)
{
	static const char *const keys[] = {"machine", "login", "password", "account"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!strcmp(word, keys[i]))
			return keys[i];
	}
	return NULL;
}

/* Stops behind the entry that is wanted. 0, or -1 when the text is no netrc. */
static int scan(struct reader *r, struct entry *entry, const char *host, const char *want_user)
{
	while (read_word(r)) {
		bool comment = r->word[0] == '#';
		const char *key = keyword(r->word);

		if (comment) {
			skip_line(r);
		} else if (!strcmp(r->word, "macdef")) {
			skip_macro(r);
		} else if (!strcmp(r->word, "default") || (key && !strcmp(key, "machine"))) {
			if (entry_usable(entry, want_user))
				return 0;
			if (key && !read_word(r))
				return -1;
			explicit_bzero(entry, sizeof(*entry));
			entry->matches = !key || !strcasecmp(r->word, host);
		} else if (key) {
			if (!read_word(r))
				return -1;
			entry_value(entry, key, r->word);
		} else {
			return -1;
		}
	}
	return r->open_quote || r->too_long || r->p != r->end ? -1 : 0;
}

int arip_netrc_find(const char *text, size_t len, const char *host, const char *want_user,
		    char **user, char **password, struct ari_error *err)
{
	struct reader r = {.p = text, .end = text + len};
	struct entry entry = {.matches = false};
	int rc = 0;

	if (scan(&r, &entry, host, want_user)) {
		size_t line = 1;

		for (const char *p = text; p < r.p; p++)
			line += *p == '\n';
		rc = arip_error_set(err, ARI_ECONFIG,
				    "the netrc file cannot be understood near line "
				    "%zu: 'machine HOST login USER password WORD' is expected",
				    line);
	} else if (entry_usable(&entry, want_user)) {
		*user = strdup(want_user ? want_user : entry.user);
		*password = strdup(entry.password);
		rc = 1;
		if (!*user || !*password) {
			free(*user);
			arip_secret_free(*password);
			*user = *password = NULL; /* the caller frees what it has */
			rc = arip_error_memory(err);
		}
	}
	explicit_bzero(&r, sizeof(r));
	explicit_bzero(&entry, sizeof(entry));
	return rc;
}

static int check_file(int fd, const char *path, struct ari_error *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return arip_error_set(err, ARI_ECONFIG, "cannot read %s: %s", path,
				      strerror(errno));
	if (!S_ISREG(st.st_mode))
		return arip_error_set(err, ARI_ECONFIG, "%s is not a plain file", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return arip_error_set(err, ARI_ECONFIG, "%s belongs to somebody else", path);
	if (st.st_mode & 077)
		return arip_error_set(err, ARI_ECONFIG,
				      "others can read %s (mode %03o): chmod 600 %s", path,
				      (unsigned)st.st_mode & 0777, path);
	if (st.st_size > FILE_MAX)
		return arip_error_set(err, ARI_ECONFIG, "%s is larger than %d bytes", path,
				      FILE_MAX);
	return 0;
}

int arip_netrc_load(const char *path, const char *host, const char *want_user, char **user,
		    char **password, struct ari_error *err)
{
	char *text = NULL;
	ssize_t n = 0;
	size_t len = 0;
	int rc = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return arip_error_set(err, ARI_ECONFIG, "cannot read %s: %s", path,
				      strerror(errno));
	if (check_file(fd, path, err))
		goto out;
	text = malloc(FILE_MAX);
	if (!text) {
		arip_error_memory(err);
		goto out;
	}
	while (len < FILE_MAX && (n = read(fd, text + len, FILE_MAX - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		arip_error_set(err, ARI_ECONFIG, "cannot read %s: %s", path, strerror(errno));
	else
		rc = arip_netrc_find(text, len, host, want_user, user, password, err);
	explicit_bzero(text, len);
out:
	free(text);
	close(fd);
	return rc;
}

void arip_secret_free(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}
