/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What went wrong, in one line for people: who, what, and why. libcurl's own words only where they
 * say more.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "error.h"
#include "http_curl.h"

/* 2,000: "2 s"; 1,500: "1.5 s"; 1,995, which is 2 s but for what was spent before: "2 s". */
static const char *seconds(char *buf, size_t size, unsigned ms)
{
	unsigned round = ms < 1000 ? 10 : 100;
	int n;

	ms = (ms + round - 1) / round * round;
	n = snprintf(buf, size, "%u.%03u", ms / 1000, ms % 1000);

	while (n > 0 && buf[n - 1] == '0')
		buf[--n] = '\0';
	if (n > 0 && buf[n - 1] == '.')
		buf[--n] = '\0';
	return buf;
}

static void explain_timeout(const struct arip_transfer *transfer, struct ari_error *err)
{
	const struct arip_http_options *options = &transfer->http->options;
	unsigned limit = transfer->told_ms ? transfer->told_ms : options->settings->timeout_ms;
	char text[32];

	/* a request is sent after the TLS handshake; the time of connecting is 0 on a reused
	 * connection */
	if (transfer->sent) {
		arip_error_set(err, ARI_ETIMEOUT, "no %sanswer from %s within %s s",
			       transfer->reply.received ? "complete " : "", options->endpoint->url,
			       seconds(text, sizeof(text), limit));
		return;
	}
	arip_error_set(err, ARI_ECONNECT, "cannot connect to %s: no answer within %s s",
		       options->endpoint->hostport,
		       seconds(text, sizeof(text), transfer->connect_ms));
}

/* libcurl does not say that there was no descriptor for a socket. */
static int no_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int number = fd < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return number;
}

static void explain_connect(const struct arip_transfer *transfer, struct ari_error *err)
{
	long number = arip_transfer_info(transfer, CURLINFO_OS_ERRNO);

	if (!number)
		number = no_socket();
	arip_error_set(err, ARI_ECONNECT, "cannot connect to %s: %s",
		       transfer->http->options.endpoint->hostport,
		       number ? strerror((int)number) : transfer->message);
}

static void explain_write(const struct arip_transfer *transfer, struct ari_error *err)
{
	if (transfer->no_memory)
		arip_error_memory(err);
	else if (transfer->head_bytes > ARIP_HEAD_MAX)
		arip_error_set(err, ARI_EPROTOCOL,
			       "the reply of %s has more than %d bytes of headers",
			       transfer->http->options.endpoint->url, ARIP_HEAD_MAX);
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
		arip_error_set(err, ARI_EPROTOCOL, "%s closed the connection without an answer",
			       where);
}

static void explain_trust(const char *where, const char *why, struct ari_error *err)
{
	static const char problem[] = "SSL certificate problem: ";
	static const char other_name[] = "SSL: no alternative certificate subject name";

	if (!strncmp(why, problem, sizeof(problem) - 1))
		why += sizeof(problem) - 1;
	else if (!strncmp(why, other_name, sizeof(other_name) - 1))
		why = "it is for another name";
	arip_error_set(err, ARI_ECONNECT, "TLS: the certificate of %s is not trusted (%s)", where,
		       why);
}

static void explain_tls(const char *where, const char *why, struct ari_error *err)
{
	if (strstr(why, "wrong version number"))
		arip_error_set(err, ARI_ECONNECT, "TLS with %s failed: it does not speak TLS",
			       where);
	else if (strstr(why, "SSL_ERROR_SYSCALL"))
		arip_error_set(err, ARI_ECONNECT, "TLS with %s failed: it closed the connection",
			       where);
	else
		arip_error_set(err, ARI_ECONNECT, "TLS with %s failed (%s)", where, why);
}

/* CURLE_RECV_ERROR is also what libcurl says of broken chunks. */
static bool is_lost(const char *why)
{
	return !strncmp(why, "Recv failure", 12) || strstr(why, "SSL_read");
}

void arip_transfer_explain(const struct arip_transfer *transfer, CURLcode code,
			   struct ari_error *err)
{
	const struct arip_endpoint *endpoint = transfer->http->options.endpoint;
	const char *why = transfer->message[0] ? transfer->message
					       : transfer->http->curl->easy_strerror(code);

	if (code == CURLE_RECV_ERROR && is_lost(why))
		code = CURLE_PARTIAL_FILE;
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		arip_error_set(err, ARI_ECONNECT, "cannot find host %s", endpoint->host);
		break;
	case CURLE_COULDNT_CONNECT:
		explain_connect(transfer, err);
		break;
	case CURLE_OPERATION_TIMEDOUT:
		explain_timeout(transfer, err);
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
		explain_trust(endpoint->hostport, why, err);
		break;
	case CURLE_SSL_CACERT_BADFILE:
		arip_error_set(err, ARI_ECONFIG, "TLS: cannot use the authorities in %s",
			       transfer->http->options.settings->ca_file);
		break;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER:
		explain_tls(endpoint->hostport, why, err);
		break;
	case CURLE_FILESIZE_EXCEEDED:
	case CURLE_WRITE_ERROR:
		explain_write(transfer, err);
		break;
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_SEND_ERROR:
	case CURLE_ABORTED_BY_CALLBACK: /* on_send stopped the repeat */
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
