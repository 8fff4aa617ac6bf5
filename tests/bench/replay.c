/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The event path, end to end over a loopback WebSocket.
 *   replay serve FILE REPEAT      sends the lines of FILE, REPEAT times, to each WebSocket client;
 * prints its port; any other GET is answered with an empty list replay drink URL              takes
 * them through a stream with a model replay drink URL CHANNELS     the same, with so many other
 * channels in the model drink prints: events, seconds, CPU seconds, peak memory in MiB.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ari/stream.h"

#define BATCH 65536

static void die(const char *what)
{
	perror(what);
	exit(2);
}

/* --- serve --- */

struct frames {
	char *p;
	size_t len;
};

static void add_frame(struct frames *frames, const char *line, size_t len)
{
	unsigned char head[4] = {0x81, 126, (unsigned char)(len >> 8), (unsigned char)len};
	size_t head_len = len < 126 ? 2 : 4;

	if (len < 126)
		head[1] = (unsigned char)len;
	frames->p = realloc(frames->p, frames->len + head_len + len);
	if (!frames->p || len > 65535)
		die("frames");
	memcpy(frames->p + frames->len, head, head_len);
	memcpy(frames->p + frames->len + head_len, line, len);
	frames->len += head_len + len;
}

static struct frames read_frames(const char *path)
{
	struct frames frames = {NULL, 0};
	FILE *in = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	if (!in)
		die(path);
	while ((len = getline(&line, &size, in)) > 1)
		add_frame(&frames, line, (size_t)len - (line[len - 1] == '\n'));
	free(line);
	fclose(in);
	return frames;
}

static void send_all(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len < BATCH ? len : BATCH);

		if (n <= 0)
			return;
		p += n;
		len -= (size_t)n;
	}
}

static void accept_key(const char *key, char *out, size_t size)
{
	void *lws = dlopen("libwebsockets.so.17", RTLD_NOW);
	unsigned char *(*sha1)(const unsigned char *, size_t, unsigned char *) = NULL;
	int (*base64)(const char *, int, char *, int) = NULL;
	unsigned char digest[20];
	char text[128];
	int n = snprintf(text, sizeof(text), "%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
			 (int)strcspn(key, "\r"), key);

	if (lws) {
		*(void **)&sha1 = dlsym(lws, "lws_SHA1");
		*(void **)&base64 = dlsym(lws, "lws_b64_encode_string");
	}
	if (!sha1 || !base64)
		die("libwebsockets.so.17");
	sha1((const unsigned char *)text, (size_t)n, digest);
	base64((const char *)digest, sizeof(digest), out, (int)size);
}

static void serve_client(int fd, const struct frames *frames, int repeat)
{
	static const char empty[] =
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
		"Connection: close\r\n\r\n[]";
	char head[8192] = "", proof[64];
	const char *key;
	size_t have = 0;

	while (!strstr(head, "\r\n\r\n")) {
		ssize_t n = read(fd, head + have, sizeof(head) - 1 - have);

		if (n <= 0)
			return;
		have += (size_t)n;
		head[have] = '\0';
	}
	key = strcasestr(head, "sec-websocket-key: ");
	if (!key) {
		send_all(fd, empty, strlen(empty));
		return;
	}
	accept_key(key + strlen("sec-websocket-key: "), proof, sizeof(proof));
	dprintf(fd,
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Accept: %s\r\n\r\n",
		proof);
	for (int i = 0; i < repeat; i++)
		send_all(fd, frames->p, frames->len);
	send_all(fd, "\x88\x02\x03\xe8", 4);
	shutdown(fd, SHUT_WR);
	while (read(fd, head, sizeof(head)) > 0)
		;
}

static int serve(const char *path, int repeat)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(addr);
	struct frames frames = read_frames(path);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGCHLD, SIG_IGN);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, size) || listen(fd, 16) ||
	    getsockname(fd, (struct sockaddr *)&addr, &size))
		die("listen");
	printf("%d\n", ntohs(addr.sin_port));
	fflush(stdout);
	for (;;) {
		int client = accept(fd, NULL, NULL);

		if (client < 0)
			die("accept");
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			serve_client(client, &frames, repeat);
			_exit(0);
		}
		close(client);
	}
}

/* --- drink --- */

struct drinker {
	struct ari_loop *loop;
	struct ari_model *model;
	bool apply; /* the stream does not */
	unsigned long events;
	double first, last;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void on_event(struct ari_stream *stream, const struct ari_event *event, void *data)
{
	struct drinker *drinker = data;

	(void)stream;
	if (drinker->apply)
		ari_model_apply(drinker->model, event, 0);
	if (!drinker->events++)
		drinker->first = now();
}

static void on_state(struct ari_stream *stream, enum ari_stream_state state,
		     const struct ari_error *err, void *data)
{
	struct drinker *drinker = data;

	(void)stream;
	if (state != ARI_STREAM_FAILED)
		return;
	drinker->last = now();
	if (!drinker->events)
		fprintf(stderr, "%s\n", err->text);
	ari_loop_stop(drinker->loop);
}

static void fill(struct ari_model *model, int channels)
{
	for (int i = 0; i < channels; i++) {
		struct ari_event event;
		char text[512];
		int n = snprintf(
			text, sizeof(text),
			"{\"type\":\"ChannelCreated\",\"channel\":{\"id\":\"other-%d\",\"name\":"
			"\"PJSIP/"
			"phone-%08x\",\"state\":\"Up\",\"caller\":{\"name\":\"\",\"number\":\"\"},"
			"\"connected\":{\"name\":\"\","
			"\"number\":\"\"},\"accountcode\":\"\",\"dialplan\":{\"context\":"
			"\"default\",\"exten\":\"100\",\"priority\":1,"
			"\"app_name\":\"\",\"app_data\":\"\"},\"creationtime\":\"2026-11-23T01:49:"
			"17.619+0000\",\"language\":\"en\"}}",
			i, (unsigned)i);

		if (ari_event_parse(&event, text, (size_t)n, NULL))
			die("fill");
		ari_model_apply(model, &event, 0);
	}
}

static void report(const struct drinker *drinker)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	printf("%lu %.4f %.4f %.1f\n", drinker->events, drinker->last - drinker->first,
	       (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
	       (double)usage.ru_maxrss / 1024);
}

static int drink(const char *url, int channels)
{
	const struct ari_options options = {.url = url};
	struct drinker drinker = {.model = ari_model_new(NULL, NULL), .apply = channels > 0};
	struct ari_stream_options stream_options = {
		.subscribe_all = true,
		.no_reconnect = true,
		.event = on_event,
		.state = on_state,
		.data = &drinker,
	};
	struct ari_error err = {0};
	struct ari_client *client = ari_client_new(NULL, &options, &err);
	struct ari_stream *stream;

	if (!client || !drinker.model)
		return fprintf(stderr, "%s\n", err.text), 2;
	drinker.loop = ari_client_loop(client);
	stream_options.model = drinker.apply ? NULL : drinker.model;
	fill(drinker.model, channels);
	stream = ari_stream_open(client, &stream_options, &err);
	if (!stream)
		return fprintf(stderr, "%s\n", err.text), 2;
	ari_loop_run(drinker.loop, 120000);
	report(&drinker);
	ari_stream_close(stream);
	ari_client_free(client);
	ari_model_free(drinker.model);
	return 0;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc == 4 && !strcmp(argv[1], "serve"))
		return serve(argv[2], (int)strtol(argv[3], NULL, 10));
	if ((argc == 3 || argc == 4) && !strcmp(argv[1], "drink"))
		return drink(argv[2], argc == 4 ? (int)strtol(argv[3], NULL, 10) : 0);
	fprintf(stderr, "usage: replay serve FILE REPEAT | replay drink URL [CHANNELS]\n");
	return 2;
}
