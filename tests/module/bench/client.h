/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * What the programs of this directory share: one loop of sockets, REST connections that ask in
 * turns, WebSockets that count and time their frames, and what the server's process costs. All
 * of it is one thread, so that what is measured is the server.
 */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The first member of whatever the loop watches. */
struct source {
	void (*ready)(struct source *source, uint32_t events);
	int fd;
};

struct loop {
	int epoll;
};

struct samples {
	float *us;
	size_t n, size;
};

/* The server's process. */
struct usage {
	double cpu;		/* seconds, of all its threads that are or were */
	long rss;		/* kB */
	long threads;
};

void die(const char *what) __attribute__((noreturn));
double now(void);
long number(const char *text);

void usage_read(pid_t pid, struct usage *usage);

void samples_add(struct samples *samples, double seconds);
/** In milliseconds; sorts. */
double samples_quantile(struct samples *samples, double q);

void loop_open(struct loop *loop);
void loop_add(struct loop *loop, struct source *source, uint32_t events);
void loop_change(struct loop *loop, struct source *source, uint32_t events);
/** Watched no more, and closed. */
void loop_close(struct loop *loop, struct source *source);
/** Serve what is ready; wait for it until UNTIL, 50 ms at most. */
void loop_step(struct loop *loop, double until);

/** A connection to 127.0.0.1 that may not be there yet; RCVBUF 0 for what is usual. */
int dial(int port, int rcvbuf);

/* An answer on its way in. */
struct reply {
	char head[8192];
	size_t have;
	size_t left;		/* of the body, once the head is whole */
	bool whole_head;
	int status;
};

/** 1 when the answer is complete, 0 when there is more to come, -1 for nonsense. */
int reply_take(struct reply *reply, const char *data, size_t len);

struct rest;

struct rest_conn {
	struct source source;
	struct rest *rest;
	int index;
	bool connected, busy, dead;
	unsigned long asked;	/* requests, so far */
	double since;		/* when this one, or its connection, was begun */
	char out[2048];
	size_t out_len;
	struct reply reply;
};

/* REST connections: each asks its next question when the one before is answered. */
struct rest {
	struct loop *loop;
	int port, n;
	bool one_each;		/* a connection for each request */
	/* Write CONN's next request; 0 when it has none now (then rest_kick later). */
	size_t (*next)(struct rest *rest, struct rest_conn *conn, char *out, size_t size);
	void (*done)(struct rest *rest, struct rest_conn *conn, int status);
	void *arg;
	struct rest_conn *conn;
	unsigned long answers, errors;
	struct samples latency;
};

void rest_open(struct rest *rest);
/** Have those that had nothing to ask look again. */
void rest_kick(struct rest *rest);
void rest_close(struct rest *rest);
/** How many wait for an answer. */
int rest_busy(const struct rest *rest);

struct socket {
	struct source source;
	struct loop *loop;
	struct sockets *all;
	bool open, slow, closed;
	unsigned long frames, bytes;
	struct reply upgrade;
	char *buf;
	size_t have;
};

/* WebSockets. */
struct sockets {
	struct loop *loop;
	int port, n, open;
	const char *path;	/* %d: the socket's number */
	const char *auth;
	int slow_rate;		/* bytes a second that number 0 reads; 0: like the others */
	struct socket *socket;
	unsigned long frames, bytes;	/* of those that are not slow */
	double last;		/* when one came */
	struct samples latency;	/* of values that were the time when they were set */
};

#define SOCKET_BUF 65536

/** Open them all and wait until they are; false when they are not in SECONDS. */
bool sockets_open(struct sockets *sockets, double seconds);
/** Read what the slow one may have by now. */
void sockets_slow(struct sockets *sockets, double elapsed);
/** Say goodbye, wait for the end, SECONDS at most. */
void sockets_close(struct sockets *sockets, double seconds);
size_t upgrade_request(char *out, size_t size, const char *path, int number, const char *auth);

#endif
