/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * GET /stasis/api-docs/stasis.json is the description that module/api/describe.py made, linked
 * in. GET /stasis/docs/ is the page that shows it: files of the documentation directory, which
 * module/docs/build assembled; nothing is loaded from anywhere else. Neither tells anything
 * about this server, so both are there before anybody logs in: the page has its own way to.
 * The older description, /ari/api-docs/..., is the host's.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "docs.h"

extern const char docs_description[], docs_description_end[];

__asm__(".section .rodata\n"
	".hidden docs_description\n.hidden docs_description_end\n"
	".global docs_description\n.global docs_description_end\n"
	"docs_description:\n"
	".incbin \"" DESCRIPTION "\"\n"
	"docs_description_end:\n"
	".byte 0\n"
	".previous\n");

/* Scripts of our own origin only; the viewer sets styles on its elements. */
static const char policy[] =
	"Content-Security-Policy: default-src 'none'; script-src 'self'; "
	"style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
	"Referrer-Policy: no-referrer\r\nCache-Control: max-age=600\r\n";

static const char *type_of(const char *file)
{
	static const struct {
		const char *ending, *type;
	} types[] = {
		{".html", "text/html; charset=utf-8"},
		{".js", "text/javascript; charset=utf-8"},
		{".css", "text/css; charset=utf-8"},
		{".json", "application/json"},
		{".png", "image/png"},
		{".svg", "image/svg+xml"},
	};
	const char *dot = strrchr(file, '.');
	size_t i;

	for (i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++) {
		if (!strcmp(dot, types[i].ending))
			return types[i].type;
	}
	return "text/plain; charset=utf-8";
}

/* A plain name in one directory: no slash, no escape, nothing hidden, so no way out of it. */
static bool is_plain(const char *file)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";

	return *file != '.' && strlen(file) < 100 && !file[strspn(file, letters)];
}

static int open_file(const char *directory, const char *file)
{
	int dir = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC), fd;
	struct stat st;

	if (dir < 0)
		return -1;
	fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	close(dir);
	if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void answer_file(struct request *req, const char *file)
{
	if (!*file)
		file = "index.html";
	req->reply.fd = is_plain(file) ? open_file(req->config->docs_dir, file) : -1;
	if (req->reply.fd < 0) {
		request_fail(req, 404, "no such file in docs_directory");
		return;
	}
	req->reply.content_type = type_of(file);
	req->reply.status = 200;
	buf_adds(&req->reply.headers, policy);
	request_done(req);
}

static void answer_description(struct request *req)
{
	req->body = bytes_new(docs_description, (size_t)(docs_description_end - docs_description));
	req->reply.content_type = "application/json";
	req->reply.status = req->body ? 200 : 500;
	request_done(req);
}

/* Relative, so that it holds behind a proxy with another prefix too. */
static void answer_moved(struct request *req)
{
	buf_adds(&req->reply.headers, "Location: docs/\r\n");
	req->reply.status = 308;
	request_done(req);
}

bool docs_answer(struct request *req)
{
	bool description = !strcmp(req->path, "api-docs/stasis.json");
	bool moved = !strcmp(req->path, "docs"), file = !strncmp(req->path, "docs/", 5);

	if (!description && !moved && !file)
		return false;
	if (req->http.method != HTTP_GET && req->http.method != HTTP_HEAD) {
		buf_adds(&req->reply.headers, "Allow: GET, HEAD\r\n");
		request_fail(req, 405, "Invalid method");
	} else if (description) {
		answer_description(req);
	} else if (moved) {
		answer_moved(req);
	} else {
		answer_file(req, req->path + 5);
	}
	return true;
}
