/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The one file that knows libcurl. It is loaded on first use (33 libraries and 7 ms that a command
 * without network does not pay). One multi handle per transport, driven by the loop through
 * libcurl's socket and timer callbacks; callers are called back only from the loop, never from inside libcurl.
 * A transfer owns its easy handle and its reply.
 */
#include "http.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"

#define HEAD_MAX 65536
#define IDLE_MAX_S 10	/* Asterisk closes idle connections after 15 s (main/http.c) */

/* What is used of libcurl, with the types of its own header. */
struct curl_api {
	typeof(&curl_global_init) global_init;
	typeof(&curl_easy_init) easy_init;
	typeof(&curl_easy_cleanup) easy_cleanup;
	typeof(&curl_easy_setopt) easy_setopt;
	typeof(&curl_easy_getinfo) easy_getinfo;
	typeof(&curl_easy_strerror) easy_strerror;
	typeof(&curl_multi_init) multi_init;
	typeof(&curl_multi_cleanup) multi_cleanup;
	typeof(&curl_multi_setopt) multi_setopt;
	typeof(&curl_multi_add_handle) multi_add_handle;
	typeof(&curl_multi_remove_handle) multi_remove_handle;
	typeof(&curl_multi_assign) multi_assign;
	typeof(&curl_multi_socket_action) multi_socket_action;
	typeof(&curl_multi_info_read) multi_info_read;
};

#define SYMBOL(function) {"curl_" #function, offsetof(struct curl_api, function)}

static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
	SYMBOL(global_init), SYMBOL(easy_init), SYMBOL(easy_cleanup), SYMBOL(easy_setopt),
	SYMBOL(easy_getinfo), SYMBOL(easy_strerror), SYMBOL(multi_init), SYMBOL(multi_cleanup),
	SYMBOL(multi_setopt), SYMBOL(multi_add_handle), SYMBOL(multi_remove_handle),
	SYMBOL(multi_assign), SYMBOL(multi_socket_action), SYMBOL(multi_info_read),
};

/* Tells packagers what is loaded at run time: https://systemd.io/ELF_DLOPEN_METADATA */
#define DLOPEN_NOTE \
	"[{\"feature\":\"http\",\"description\":\"Requests to the server\"," \
	"\"priority\":\"required\",\"soname\":[\"libcurl.so.4\"]}]"

static const struct {
	struct {
		unsigned name_size;
		unsigned note_size;
		unsigned type;
	} head;
	char name[4];
	char note[sizeof(DLOPEN_NOTE) + (4 - sizeof(DLOPEN_NOTE) % 4) % 4];
} dlopen_note __attribute__((used, section(".note.dlopen"), aligned(4))) = {
	.head = {.name_size = 4, .note_size = sizeof(DLOPEN_NOTE), .type = 0x407c0c0a},
	.name = "FDO",
	.note = DLOPEN_NOTE,
};

/* Written once, under the guard; constant from then on. */
static pthread_once_t load_once = PTHREAD_ONCE_INIT;
static struct curl_api curl;
static char load_failure[256];

struct arip_http {
	struct arip_http_options options;
	CURLM *multi;
	struct ari_timer *timer;
	struct arip_transfer *transfers;
	unsigned depth;		/* callbacks on the stack */
	bool freed;
	bool digest;		/* the server offered Digest and no Basic */
};

struct arip_transfer {
	struct arip_http *http;
	struct arip_transfer *next;
	struct arip_transfer **link;
	CURL *easy;
	struct curl_slist headers[4];
	struct arip_http_reply reply;
	size_t room;
	size_t head_bytes;
	unsigned sent;		/* times that the request went to a connection */
	unsigned sent_max;
	bool digest;
	bool too_large;
	int fd;
	int fd_errno;
	arip_http_fn *fn;
	void *data;
	char message[CURL_ERROR_SIZE];
};

static void load(void)
{
	void *library = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL);
	struct curl_api api;

	for (size_t i = 0; library && i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *symbol = dlsym(library, symbols[i].name);

		if (!symbol) {
			library = NULL;
			break;
		}
		memcpy((char *)&api + symbols[i].offset, &symbol, sizeof(symbol));
	}
	if (!library) {
		const char *why = dlerror();

		arip_text_safe(load_failure, sizeof(load_failure), why ? why : "", why ? strlen(why) : 0);
		return;
	}
	if (api.global_init(CURL_GLOBAL_DEFAULT)) {
		memcpy(load_failure, "it does not start", sizeof("it does not start"));
		return;
	}
	curl = api;
}

static void drain(struct arip_http *http);

static void on_timer(struct ari_loop *loop, void *data)
{
	struct arip_http *http = data;
	int running;

	(void)loop;
	http->timer = NULL;
	curl.multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	drain(http);
}

static int on_timer_change(CURLM *multi, long ms, void *data)
{
	struct arip_http *http = data;

	(void)multi;
	ari_timer_cancel(http->timer);
	http->timer = NULL;
	if (ms < 0 || http->freed)
		return 0;
	http->timer = ari_loop_add_timer(http->options.loop, (uint64_t)ms, on_timer, http, NULL);
	return http->timer ? 0 : -1;
}

static void on_socket(struct ari_loop *loop, int fd, unsigned events, void *data)
{
	struct arip_http *http = data;
	int action = (events & ARI_LOOP_READ ? CURL_CSELECT_IN : 0) |
		     (events & ARI_LOOP_WRITE ? CURL_CSELECT_OUT : 0);
	int running;

	(void)loop;
	curl.multi_socket_action(http->multi, fd, action ? action : CURL_CSELECT_ERR, &running);
	drain(http);
}

static int on_socket_change(CURL *easy, curl_socket_t fd, int what, void *data, void *fd_data)
{
	struct arip_http *http = data;
	struct ari_source *source = fd_data;
	unsigned events = (what & CURL_POLL_IN ? ARI_LOOP_READ : 0) |
			  (what & CURL_POLL_OUT ? ARI_LOOP_WRITE : 0);

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		ari_source_remove(source);
		curl.multi_assign(http->multi, fd, NULL);
		return 0;
	}
	if (source)
		return ari_source_set(source, events, NULL);
	source = ari_loop_add_fd(http->options.loop, fd, events, on_socket, http, NULL);
	if (!source)
		return -1;
	curl.multi_assign(http->multi, fd, source);
	return 0;
}

static int open_multi(struct arip_http *http, struct ari_error *err)
{
	if (http->multi)
		return 0;
	pthread_once(&load_once, load);
	if (!curl.multi_init)
		return arip_error_set(err, ARI_ESYSTEM, "cannot load libcurl: %s", load_failure);
	http->multi = curl.multi_init();
	if (!http->multi)
		return arip_error_memory(err);
	curl.multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket_change);
	curl.multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl.multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer_change);
	curl.multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	return 0;
}

struct arip_http *arip_http_new(const struct arip_http_options *options, struct ari_error *err)
{
	struct arip_http *http = calloc(1, sizeof(*http));

	if (http)
		http->options = *options;
	else
		arip_error_memory(err);
	return http;
}

static void transfer_free(struct arip_transfer *transfer)
{
	if (transfer->link) {
		*transfer->link = transfer->next;
		if (transfer->next)
			transfer->next->link = transfer->link;
	}
	if (transfer->easy) {
		curl.multi_remove_handle(transfer->http->multi, transfer->easy);
		curl.easy_cleanup(transfer->easy);
	}
	free(transfer->reply.body);
	free(transfer);
}

void arip_http_cancel(struct arip_transfer *transfer)
{
	if (transfer)
		transfer_free(transfer);
}

void arip_http_free(struct arip_http *http)
{
	if (!http)
		return;
	while (http->transfers)
		transfer_free(http->transfers);
	http->freed = true;
	if (http->depth)
		return;
	if (http->multi)
		curl.multi_cleanup(http->multi);
	ari_timer_cancel(http->timer);
	free(http);
}

static size_t write_out(struct arip_transfer *transfer, const char *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		struct pollfd wait = {.fd = transfer->fd, .events = POLLOUT};
		ssize_t n = write(transfer->fd, bytes + done, len - done);

		if (n >= 0) {
			done += (size_t)n;
		} else if (errno == EAGAIN) {
			poll(&wait, 1, -1);
		} else if (errno != EINTR) {
			transfer->fd_errno = errno;
			return 0;
		}
	}
	return len;
}

static size_t keep(struct arip_transfer *transfer, const char *bytes, size_t len)
{
	struct arip_http_reply *reply = &transfer->reply;

	if (len > transfer->http->options.settings->max_reply - reply->len) {
		transfer->too_large = true;
		return 0;
	}
	if (reply->len + len + 1 > transfer->room) {
		size_t room = reply->len + len + 1;
		char *body;

		room += room / 2;
		body = realloc(reply->body, room);
		if (!body)
			return 0;
		reply->body = body;
		transfer->room = room;
	}
	memcpy(reply->body + reply->len, bytes, len);
	reply->len += len;
	reply->body[reply->len] = '\0';
	return len;
}

static size_t on_write(char *bytes, size_t one, size_t len, void *data)
{
	struct arip_transfer *transfer = data;
	long status = 0;

	(void)one;
	transfer->reply.received += len;
	curl.easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	if (transfer->fd >= 0 && status / 100 == 2)
		return write_out(transfer, bytes, len);
	return keep(transfer, bytes, len);
}

static size_t on_header(char *bytes, size_t one, size_t len, void *data)
{
	struct arip_transfer *transfer = data;

	(void)bytes;
	(void)one;
	transfer->head_bytes += len;
	return transfer->head_bytes > HEAD_MAX ? 0 : len;
}

/* libcurl repeats a request when a reused connection dies before the first byte of the reply: count it, and
 * stop it where the request must not be carried out twice. */
static int on_send(void *data, char *to, char *from, int to_port, int from_port)
{
	struct arip_transfer *transfer = data;

	(void)to;
	(void)from;
	(void)to_port;
	(void)from_port;
	transfer->sent++;
	return transfer->sent > transfer->sent_max ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static void set(struct arip_transfer *transfer, CURLoption option, long value)
{
	curl.easy_setopt(transfer->easy, option, value);
}

static void set_text(struct arip_transfer *transfer, CURLoption option, const char *value)
{
	curl.easy_setopt(transfer->easy, option, value);
}

static void set_callbacks(struct arip_transfer *transfer)
{
	CURL *easy = transfer->easy;

	curl.easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->message);
	curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
	curl.easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl.easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl.easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
	curl.easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
	curl.easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
}

/* A list without allocation: libcurl only reads it. */
static void set_headers(struct arip_transfer *transfer, bool body)
{
	static const char *const lines[][3] = {
		{"Accept: application/json", "Expect:", "Content-Type:"},
		{"Accept: application/json", "Expect:", "Content-Type: application/json"},
	};

	for (size_t i = 0; i < 3; i++) {
		transfer->headers[i].data = (char *)lines[body][i];
		transfer->headers[i].next = i < 2 ? &transfer->headers[i + 1] : NULL;
	}
	if (transfer->fd >= 0)
		transfer->headers[0].data = (char *)"Accept: */*";
	curl.easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
}

static void set_request(struct arip_transfer *transfer, const struct arip_http_request *request)
{
	bool post = !strcmp(request->method, "POST") || !strcmp(request->method, "PUT");

	set_text(transfer, CURLOPT_URL, request->url);
	if (post || request->body) {
		set_text(transfer, CURLOPT_POSTFIELDS, request->body ? request->body : "");
		set(transfer, CURLOPT_POSTFIELDSIZE, (long)request->body_len);
	}
	set_text(transfer, CURLOPT_CUSTOMREQUEST, request->method);
	set_headers(transfer, request->body != NULL);
	set(transfer, CURLOPT_FRESH_CONNECT, request->once);
	transfer->sent_max = request->once ? 1 : 2;
}

static void set_limits(struct arip_transfer *transfer, const struct arip_settings *settings)
{
	set_text(transfer, CURLOPT_PROTOCOLS_STR, "http,https");
	set(transfer, CURLOPT_FOLLOWLOCATION, 0);
	set(transfer, CURLOPT_NOSIGNAL, 1);
	set(transfer, CURLOPT_QUICK_EXIT, 1);	/* do not wait for a resolver past the deadline */
	set(transfer, CURLOPT_TCP_KEEPALIVE, 1);
	set(transfer, CURLOPT_MAXAGE_CONN, IDLE_MAX_S);
	set(transfer, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	set(transfer, CURLOPT_CONNECTTIMEOUT_MS, (long)settings->connect_timeout_ms);
	if (transfer->fd < 0) {
		set(transfer, CURLOPT_TIMEOUT_MS, (long)settings->timeout_ms);
		curl.easy_setopt(transfer->easy, CURLOPT_MAXFILESIZE_LARGE,
				 (curl_off_t)settings->max_reply);
	} else {	/* a long recording may take its time, but not stand still */
		set(transfer, CURLOPT_LOW_SPEED_LIMIT, 1);
		set(transfer, CURLOPT_LOW_SPEED_TIME, (long)(settings->timeout_ms + 999) / 1000);
	}
}

static void set_trust(struct arip_transfer *transfer)
{
	const struct arip_http_options *options = &transfer->http->options;

	if (options->settings->ca_file)
		set_text(transfer, CURLOPT_CAINFO, options->settings->ca_file);
	set(transfer, CURLOPT_SSL_VERIFYPEER, !options->settings->insecure);
	set(transfer, CURLOPT_SSL_VERIFYHOST, options->settings->insecure ? 0 : 2);
	if (!options->user)
		return;
	transfer->digest = transfer->http->digest;
	if (transfer->digest)
		transfer->sent_max *= 2;	/* the first one only fetches the challenge */
	set_text(transfer, CURLOPT_USERNAME, options->user);
	set_text(transfer, CURLOPT_PASSWORD, options->password);
	set(transfer, CURLOPT_HTTPAUTH, (long)(transfer->digest ? CURLAUTH_DIGEST : CURLAUTH_BASIC));
}

static int add(struct arip_transfer *transfer, struct ari_error *err)
{
	CURLMcode code = curl.multi_add_handle(transfer->http->multi, transfer->easy);

	if (code == CURLM_OK)
		return 0;
	return arip_error_set(err, ARI_ESYSTEM, "libcurl cannot start a request (%d)", code);
}

struct arip_transfer *arip_http_start(struct arip_http *http,
				      const struct arip_http_request *request, arip_http_fn *fn,
				      void *data, struct ari_error *err)
{
	struct arip_transfer *transfer;

	if (open_multi(http, err))
		return NULL;
	transfer = calloc(1, sizeof(*transfer));
	if (!transfer) {
		arip_error_memory(err);
		return NULL;
	}
	transfer->http = http;
	transfer->fd = request->fd;
	transfer->fn = fn;
	transfer->data = data;
	transfer->easy = curl.easy_init();
	if (!transfer->easy) {
		arip_error_memory(err);
		transfer_free(transfer);
		return NULL;
	}
	set_callbacks(transfer);
	set_request(transfer, request);
	set_limits(transfer, http->options.settings);
	set_trust(transfer);
	if (add(transfer, err)) {
		transfer_free(transfer);
		return NULL;
	}
	transfer->next = http->transfers;
	transfer->link = &http->transfers;
	if (transfer->next)
		transfer->next->link = &transfer->next;
	http->transfers = transfer;
	return transfer;
}

static long info(const struct arip_transfer *transfer, CURLINFO what)
{
	long value = 0;

	curl.easy_getinfo(transfer->easy, what, &value);
	return value;
}

static long info_ms(const struct arip_transfer *transfer, CURLINFO what)
{
	curl_off_t us = 0;

	curl.easy_getinfo(transfer->easy, what, &us);
	return (long)((us + 999) / 1000);
}

static void info_text(const struct arip_transfer *transfer, CURLINFO what, char *buf, size_t size)
{
	const char *text = NULL;

	curl.easy_getinfo(transfer->easy, what, &text);
	arip_text_safe(buf, size, text ? text : "", text ? strlen(text) : 0);
}

/* 2,000: "2 s"; 1,500: "1.5 s". */
static const char *seconds(char *buf, size_t size, unsigned ms)
{
	int n = snprintf(buf, size, "%u.%03u", ms / 1000, ms % 1000);

	while (n > 0 && buf[n - 1] == '0')
		buf[--n] = '\0';
	if (n > 0 && buf[n - 1] == '.')
		buf[--n] = '\0';
	return buf;
}

static void explain_timeout(const struct arip_transfer *transfer, struct ari_error *err)
{
	const struct arip_http_options *options = &transfer->http->options;
	char limit[32];
	bool connected = info_ms(transfer, CURLINFO_CONNECT_TIME_T) > 0;
	bool greeted = !options->endpoint->tls || info_ms(transfer, CURLINFO_APPCONNECT_TIME_T) > 0;

	if (connected && greeted) {
		arip_error_set(err, ARI_ETIMEOUT, "no %sanswer from %s within %s s",
			       transfer->reply.received ? "complete " : "", options->endpoint->url,
			       seconds(limit, sizeof(limit), options->settings->timeout_ms));
		return;
	}
	seconds(limit, sizeof(limit),
		options->settings->timeout_ms < options->settings->connect_timeout_ms ?
		options->settings->timeout_ms : options->settings->connect_timeout_ms);
	arip_error_set(err, ARI_ECONNECT, "cannot connect to %s: no %sanswer within %s s",
		       options->endpoint->hostport, connected ? "TLS " : "", limit);
}

static void explain_connect(const struct arip_transfer *transfer, struct ari_error *err)
{
	long number = info(transfer, CURLINFO_OS_ERRNO);

	arip_error_set(err, ARI_ECONNECT, "cannot connect to %s: %s",
		       transfer->http->options.endpoint->hostport,
		       number ? strerror((int)number) : transfer->message);
}

static void explain_write(const struct arip_transfer *transfer, struct ari_error *err)
{
	if (transfer->head_bytes > HEAD_MAX)
		arip_error_set(err, ARI_EPROTOCOL, "the reply of %s has more than %d bytes of headers",
			       transfer->http->options.endpoint->url, HEAD_MAX);
	else if (transfer->too_large || transfer->fd < 0)
		arip_error_set(err, ARI_EPROTOCOL, "the reply of %s is larger than %zu bytes",
			       transfer->http->options.endpoint->url,
			       transfer->http->options.settings->max_reply);
	else
		arip_error_set(err, ARI_ESYSTEM, "cannot write the reply: %s",
			       strerror(transfer->fd_errno));
}

static void explain_end(const struct arip_transfer *transfer, struct ari_error *err)
{
	const char *where = transfer->http->options.endpoint->hostport;

	if (transfer->head_bytes)
		arip_error_set(err, ARI_EPROTOCOL,
			       "%s closed the connection in the middle of its reply", where);
	else
		arip_error_set(err, ARI_EPROTOCOL, "%s closed the connection without an answer", where);
}

/* What CODE means to a person. */
static void explain(const struct arip_transfer *transfer, CURLcode code, struct ari_error *err)
{
	const struct arip_endpoint *endpoint = transfer->http->options.endpoint;
	const char *why = transfer->message[0] ? transfer->message : curl.easy_strerror(code);

	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		arip_error_set(err, ARI_ECONNECT, "cannot find host %s", endpoint->host);
		break;
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_PROXY:
		arip_error_set(err, ARI_ECONNECT, "cannot reach the proxy: %s", why);
		break;
	case CURLE_COULDNT_CONNECT:
		explain_connect(transfer, err);
		break;
	case CURLE_OPERATION_TIMEDOUT:
		explain_timeout(transfer, err);
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
		arip_error_set(err, ARI_ECONNECT, "TLS: the certificate of %s is not trusted (%s)",
			       endpoint->hostport, why);
		break;
	case CURLE_SSL_CACERT_BADFILE:
		arip_error_set(err, ARI_ECONFIG, "TLS: cannot use the authorities in %s",
			       transfer->http->options.settings->ca_file);
		break;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER:
		arip_error_set(err, ARI_ECONNECT, "TLS with %s failed (%s)", endpoint->hostport, why);
		break;
	case CURLE_FILESIZE_EXCEEDED:
	case CURLE_WRITE_ERROR:
		explain_write(transfer, err);
		break;
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_ABORTED_BY_CALLBACK:	/* on_send stopped the repeat */
		explain_end(transfer, err);
		break;
	case CURLE_OUT_OF_MEMORY:
		arip_error_memory(err);
		break;
	default:
		arip_error_set(err, ARI_EPROTOCOL, "%s does not speak HTTP as it should (%s)",
			       endpoint->hostport, why);
	}
}

/* A server that wants Digest alone has not carried the request out: ask once more, its way. */
static bool retry_digest(struct arip_transfer *transfer)
{
	struct arip_http *http = transfer->http;
	long offered = info(transfer, CURLINFO_HTTPAUTH_AVAIL);

	if (transfer->reply.status != 401 || transfer->digest || !http->options.user ||
	    !(offered & CURLAUTH_DIGEST) || (offered & CURLAUTH_BASIC))
		return false;
	curl.multi_remove_handle(http->multi, transfer->easy);
	http->digest = true;
	transfer->digest = true;
	transfer->sent = 0;
	transfer->sent_max *= 2;
	transfer->head_bytes = 0;
	transfer->reply.len = 0;
	transfer->reply.received = 0;
	set(transfer, CURLOPT_HTTPAUTH, (long)CURLAUTH_DIGEST);
	return !add(transfer, NULL);
}

static void fill_reply(struct arip_transfer *transfer)
{
	struct arip_http_reply *reply = &transfer->reply;

	reply->status = (int)info(transfer, CURLINFO_RESPONSE_CODE);
	reply->elapsed_ms = info_ms(transfer, CURLINFO_TOTAL_TIME_T);
	reply->repeated = transfer->sent > (transfer->digest ? 2 : 1);
	info_text(transfer, CURLINFO_CONTENT_TYPE, reply->type, sizeof(reply->type));
	info_text(transfer, CURLINFO_REDIRECT_URL, reply->location, sizeof(reply->location));
	reply->type[strcspn(reply->type, "; ")] = '\0';
}

static void finish(struct arip_transfer *transfer, CURLcode code)
{
	struct ari_error err = {.code = ARI_OK};
	struct arip_http_reply *reply = &transfer->reply;

	fill_reply(transfer);
	if (code == CURLE_OK && retry_digest(transfer))
		return;
	if (code == CURLE_OK && !reply->body && !(reply->body = calloc(1, 1)))
		code = CURLE_OUT_OF_MEMORY;
	if (code != CURLE_OK)
		explain(transfer, code, &err);
	*transfer->link = transfer->next;
	if (transfer->next)
		transfer->next->link = transfer->link;
	transfer->link = NULL;
	transfer->fn(err.code ? NULL : reply, &err, transfer->data);
	transfer_free(transfer);
}

static void drain(struct arip_http *http)
{
	CURLMsg *message;
	int left;

	http->depth++;
	while (!http->freed && (message = curl.multi_info_read(http->multi, &left))) {
		CURL *easy = message->easy_handle;
		CURLcode code = message->data.result;
		struct arip_transfer *transfer = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl.easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
		finish(transfer, code);
	}
	if (!--http->depth && http->freed)
		arip_http_free(http);
}
