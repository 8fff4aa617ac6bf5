/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * URLs, percent-encoding and netrc files, all of which a person types:
 * - short forms get their defaults, full ones are kept, what two libraries could read differently
 * is refused;
 * - encoding keeps unreserved characters only, and its size is told beforehand;
 * - a netrc entry is found by host and login; a file that others can read is refused, with the
 * remedy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "netrc.h"
#include "url.h"

static void test_good(void **state)
{
	static const struct {
		const char *text;
		const char *url;
		const char *host;
		const char *base;
	} rows[] = {
		{"pbx", "http://pbx:8088/ari", "pbx", "/ari"},
		{"PBX.Example.org", "http://pbx.example.org:8088/ari", "pbx.example.org", "/ari"},
		{"pbx:1234", "http://pbx:1234/ari", "pbx", "/ari"},
		{"http://pbx", "http://pbx:8088/ari", "pbx", "/ari"},
		{"HTTPS://pbx", "https://pbx:8089/ari", "pbx", "/ari"},
		{"http://pbx:8088/ari", "http://pbx:8088/ari", "pbx", "/ari"},
		{"http://pbx:8088/ari///", "http://pbx:8088/ari", "pbx", "/ari"},
		{"https://pbx:8443/stasis", "https://pbx:8443/stasis", "pbx", "/stasis"},
		{"http://pbx/", "http://pbx:8088", "pbx", ""},
		{"http://pbx/a/b-c/ari", "http://pbx:8088/a/b-c/ari", "pbx", "/a/b-c/ari"},
		{"127.0.0.1", "http://127.0.0.1:8088/ari", "127.0.0.1", "/ari"},
		{"[::1]", "http://[::1]:8088/ari", "::1", "/ari"},
		{"http://[fe80::1]:9/x", "http://[fe80::1]:9/x", "fe80::1", "/x"},
		{"pbx:65535", "http://pbx:65535/ari", "pbx", "/ari"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ari_error err = {.code = ARI_OK};
		struct arip_endpoint endpoint;

		if (arip_endpoint_parse(&endpoint, rows[i].text, &err))
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_string_equal(endpoint.url, rows[i].url);
		assert_string_equal(endpoint.host, rows[i].host);
		assert_string_equal(endpoint.base, rows[i].base);
		assert_int_equal(endpoint.tls, rows[i].url[4] == 's');
		arip_endpoint_release(&endpoint);
	}
}

static void test_bad(void **state)
{
	static const char *const rows[] = {
		"",
		"http://",
		"http:///ari",
		"ftp://pbx",
		"unix:/run/ari.sock",
		"/run/ari.sock",
		"http+unix://%2Frun%2Fari.sock/ari",
		"ws://pbx",
		"file:///etc/passwd",
		"pbx:",
		"pbx:0",
		"pbx:65536",
		"pbx:99999999999999999999",
		"pbx:80x",
		"http://user@pbx",
		"http://user:secret@pbx/ari",
		"http://pbx/ari?api_key=a:b",
		"http://pbx/ari#x",
		"http://pbx\\evil/",
		"http://p bx/",
		"http://pbx/a b",
		"http://pbx/a%2fb",
		"http://pbx/a\r\nX: y",
		"http://pbx\n",
		"http://pbx/../x",
		"http://pbx/./x",
		"http://pbx//x",
		"http://[::1",
		"http://[]/",
		"http://[pbx]/",
		"http://p\xc3\xa4x/",
		"http://http://pbx",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ari_error err = {.code = ARI_OK};
		struct arip_endpoint endpoint;

		if (!arip_endpoint_parse(&endpoint, rows[i], &err))
			fail_msg("'%s' was taken as %s", rows[i], endpoint.url);
		assert_int_equal(err.code, ARI_ECONFIG);
		assert_true(strlen(err.text) > 10);
		assert_null(strstr(err.text, "secret"));
		assert_null(endpoint.url);
	}
}

static void test_long_url(void **state)
{
	struct ari_error err = {.code = ARI_OK};
	struct arip_endpoint endpoint;
	char url[4096];

	(void)state;
	memset(url, 'a', sizeof(url) - 1);
	url[sizeof(url) - 1] = '\0';
	assert_int_equal(arip_endpoint_parse(&endpoint, url, &err), -1);
	url[300] = '\0';
	assert_int_equal(arip_endpoint_parse(&endpoint, url, NULL), -1);
	url[255] = '\0';
	assert_int_equal(arip_endpoint_parse(&endpoint, url, NULL), 0);
	arip_endpoint_release(&endpoint);
}

static void test_percent(void **state)
{
	char bytes[256];
	char out[3 * 256 + 1];
	size_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	size = arip_percent_size(bytes, sizeof(bytes));
	assert_int_equal(size, 66 + 3 * (256 - 66));
	assert_ptr_equal(arip_percent_encode(out, bytes, sizeof(bytes)), out + size);
	assert_int_equal(strlen(out), size);
	assert_memory_equal(out, "%00%01", 6);
	assert_memory_equal(out + size - 6, "%FE%FF", 6);
	assert_string_equal((arip_percent_encode(out, "a/~", 3), out), "a%2F~");
}

static int find(const char *text, const char *host, const char *want, char **user, char **password,
		struct ari_error *err)
{
	*user = *password = NULL;
	return arip_netrc_find(text, strlen(text), host, want, user, password, err);
}

static void test_netrc_found(void **state)
{
	static const struct {
		const char *text;
		const char *host;
		const char *want;
		const char *user;
		const char *password;
	} rows[] = {
		{"machine pbx login bob password s3", "pbx", NULL, "bob", "s3"},
		{"machine pbx login bob password s3", "PBX", "bob", "bob", "s3"},
		{"machine\tpbx\r\n\tlogin\tbob\r\n\tpassword\ts3\r\n", "pbx", NULL, "bob", "s3"},
		{"machine a login x password 1\nmachine pbx login bob password s3", "pbx", NULL,
		 "bob", "s3"},
		{"machine pbx login x password 1\nmachine pbx login bob password s3", "pbx", "bob",
		 "bob", "s3"},
		{"machine a login x password 1\ndefault login bob password s3", "pbx", NULL, "bob",
		 "s3"},
		{"machine pbx login bob password \"a b \\\"c\\\" \\\\ #d\"", "pbx", NULL, "bob",
		 "a b \"c\" \\ #d"},
		{"# a comment\nmachine pbx # not one: an unknown word\n", "x", NULL, NULL, NULL},
		{"# machine pbx login no password no\nmachine pbx login bob password s3", "pbx",
		 NULL, "bob", "s3"},
		{"machine pbx login bob password #hash", "pbx", NULL, "bob", "#hash"},
		{"machine pbx password s3", "pbx", "bob", "bob", "s3"},
		{"machine pbx login bob account x password s3", "pbx", NULL, "bob", "s3"},
		{"machine x login a password b\nmacdef init\nmachine pbx login evil password no\n\n"
		 "machine pbx login bob password s3",
		 "pbx", NULL, "bob", "s3"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ari_error err = {.code = ARI_OK};
		char *user, *password;
		int found = find(rows[i].text, rows[i].host, rows[i].want, &user, &password, &err);

		if (!rows[i].user) {
			assert_int_not_equal(found, 1);
			continue;
		}
		if (found != 1)
			fail_msg("row %zu: %d %s", i, found, err.text);
		assert_string_equal(user, rows[i].user);
		assert_string_equal(password, rows[i].password);
		free(user);
		arip_secret_free(password);
	}
}

static void test_netrc_missing(void **state)
{
	static const char *const none[] = {
		"",
		"\n\n",
		"machine other login a password b",
		"machine pbx login a",
		"machine pbx password b",
		"machine pbx login alice password b",
	};
	static const char *const broken[] = {
		"machine pbx login bob password \"open",
		"machine",
		"machine pbx login",
		"hunter2secret",
		"machine pbx login bob password a b",
	};
	char *user, *password;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(
			find(none[i], "pbx", i == 4 ? NULL : "bob", &user, &password, NULL), 0);
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct ari_error err = {.code = ARI_OK};

		assert_int_equal(find(broken[i], "x", NULL, &user, &password, &err), -1);
		assert_int_equal(err.code, ARI_ECONFIG);
		assert_null(strstr(err.text, "hunter2"));
	}
}

static void test_netrc_file(void **state)
{
	static const char text[] = "machine pbx login bob password s3\n";
	struct ari_error err = {.code = ARI_OK};
	char path[] = "/tmp/astctl-netrc-XXXXXX";
	int fd = mkstemp(path);
	char *user, *password;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(arip_netrc_load(path, "pbx", NULL, &user, &password, &err), -1);
	assert_non_null(strstr(err.text, "chmod 600"));
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(arip_netrc_load(path, "pbx", NULL, &user, &password, NULL), 1);
	assert_string_equal(password, "s3");
	free(user);
	arip_secret_free(password);
	unlink(path);
	ari_error_clear(&err);
	assert_int_equal(arip_netrc_load(path, "pbx", NULL, &user, &password, &err), -1);
	assert_int_equal(err.code, ARI_ECONFIG);
	assert_int_equal(arip_netrc_load("/dev/null", "pbx", NULL, &user, &password, NULL), -1);
	assert_int_equal(arip_netrc_load("/", "pbx", NULL, &user, &password, NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	    cmocka_unit_test(test_bad),
		cmocka_unit_test(test_long_url),    cmocka_unit_test(test_percent),
		cmocka_unit_test(test_netrc_found), cmocka_unit_test(test_netrc_missing),
		cmocka_unit_test(test_netrc_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
