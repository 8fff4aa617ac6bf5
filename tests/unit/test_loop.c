/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The loop:
 * - timers fire in the order of their times, equal ones in the order of their making, cancelled
 * ones never, whatever is added and cancelled in between;
 * - a callback may cancel timers, remove its own source or another that is ready too, and run the
 * loop again;
 * - a timer of 0 ms that makes another does not starve descriptors;
 * - a closed peer is readable, a plain file is always ready, a closed descriptor is an error;
 * - running ends by time or by stop; a stop before the run is not lost; a foreign loop is told how
 * long to sleep.
 */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "ari/loop.h"

static int open_loop(void **state)
{
	*state = ari_loop_new(NULL);
	return *state ? 0 : -1;
}

static int close_loop(void **state)
{
	ari_loop_free(*state);
	return 0;
}

struct record {
	unsigned order[8];
	unsigned n;
};

struct mark {
	struct record *record;
	unsigned number;
};

static void on_mark(struct ari_loop *loop, void *data)
{
	struct mark *mark = data;

	(void)loop;
	mark->record->order[mark->record->n++] = mark->number;
}

static void test_timer_order(void **state)
{
	static const unsigned ms[] = {90, 30, 0, 30, 60};
	static const unsigned wanted[] = {2, 1, 3, 4, 0};
	struct record record = {.n = 0};
	struct mark marks[5];
	struct ari_timer *gone;

	for (unsigned i = 0; i < 5; i++) {
		marks[i] = (struct mark){.record = &record, .number = i};
		ari_loop_add_timer(*state, ms[i], on_mark, &marks[i], NULL);
	}
	gone = ari_loop_add_timer(*state, 10, on_mark, &marks[0], NULL);
	ari_timer_cancel(gone);
	ari_timer_cancel(NULL);
	while (record.n < 5)
		assert_true(ari_loop_run_once(*state, 1000) >= 0);
	assert_memory_equal(record.order, wanted, sizeof(wanted));
	assert_int_equal(ari_loop_timeout(*state), -1);
}

#define MANY 500

struct many {
	uint64_t earliest[MANY]; /* it is due between these two */
	uint64_t latest[MANY];
	struct ari_timer *timer[MANY];
	uint64_t last;
	unsigned fired;
	bool backwards;
};

struct one {
	struct many *many;
	unsigned index;
};

static void on_many(struct ari_loop *loop, void *data)
{
	struct one *one = data;
	struct many *many = one->many;

	(void)loop;
	many->backwards |= many->latest[one->index] + 1 < many->last;
	if (many->earliest[one->index] > many->last)
		many->last = many->earliest[one->index];
	many->timer[one->index] = NULL;
	many->fired++;
}

/* Times in a scrambled order, every third cancelled in a scrambled order: the heap stays one. */
static void test_many_timers(void **state)
{
	static struct many many;
	static struct one ones[MANY];
	unsigned cancelled = 0;

	memset(&many, 0, sizeof(many));
	for (unsigned i = 0; i < MANY; i++) {
		uint64_t ms = (i * 7919u) % 50;

		ones[i] = (struct one){.many = &many, .index = i};
		many.earliest[i] = ari_loop_now(*state) + ms;
		many.timer[i] = ari_loop_add_timer(*state, ms, on_many, &ones[i], NULL);
		many.latest[i] = ari_loop_now(*state) + ms;
		assert_non_null(many.timer[i]);
	}
	for (unsigned i = 0; i < MANY; i += 3) {
		unsigned at = (i * 31u) % MANY;

		if (many.timer[at]) {
			ari_timer_cancel(many.timer[at]);
			many.timer[at] = NULL;
			cancelled++;
		}
	}
	while (many.fired < MANY - cancelled)
		assert_true(ari_loop_run_once(*state, 1000) >= 0);
	assert_false(many.backwards);
	assert_int_equal(ari_loop_timeout(*state), -1);
}

struct killer {
	struct ari_timer *victim;
	bool victim_fired;
};

static void on_victim(struct ari_loop *loop, void *data)
{
	(void)loop;
	((struct killer *)data)->victim_fired = true;
}

static void on_killer(struct ari_loop *loop, void *data)
{
	struct killer *killer = data;

	(void)loop;
	ari_timer_cancel(killer->victim);
}

static void test_timer_cancels_timer(void **state)
{
	struct killer killer = {.victim_fired = false};

	ari_loop_add_timer(*state, 0, on_killer, &killer, NULL);
	killer.victim = ari_loop_add_timer(*state, 0, on_victim, &killer, NULL);
	assert_int_equal(ari_loop_run_once(*state, 1000), 1);
	assert_false(killer.victim_fired);
}

struct pair {
	int a[2];
	int b[2];
	struct ari_source *source[2];
	unsigned calls;
};

static void pair_open(struct pair *pair)
{
	memset(pair, 0, sizeof(*pair));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair->a), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair->b), 0);
}

static void pair_close(struct pair *pair)
{
	for (int i = 0; i < 2; i++) {
		close(pair->a[i]);
		close(pair->b[i]);
	}
}

static void on_remove_both(struct ari_loop *loop, int fd, unsigned events, void *data)
{
	struct pair *pair = data;

	(void)loop;
	(void)fd;
	assert_true(events & ARI_LOOP_READ);
	pair->calls++;
	ari_source_remove(pair->source[0]);
	ari_source_remove(pair->source[1]);
}

/* Both are ready in one turn; whichever comes first removes both. */
static void test_remove_ready(void **state)
{
	struct pair pair;

	pair_open(&pair);
	pair.source[0] =
		ari_loop_add_fd(*state, pair.a[0], ARI_LOOP_READ, on_remove_both, &pair, NULL);
	pair.source[1] =
		ari_loop_add_fd(*state, pair.b[0], ARI_LOOP_READ, on_remove_both, &pair, NULL);
	assert_int_equal(write(pair.a[1], "x", 1), 1);
	assert_int_equal(write(pair.b[1], "x", 1), 1);
	assert_int_equal(ari_loop_run_once(*state, 1000), 1);
	assert_int_equal(ari_loop_run_once(*state, 0), 0);
	assert_int_equal(pair.calls, 1);
	pair_close(&pair);
}

static void on_count(struct ari_loop *loop, int fd, unsigned events, void *data)
{
	struct pair *pair = data;
	char byte;

	(void)loop;
	if (events & ARI_LOOP_READ && read(fd, &byte, 1) >= 0)
		pair->calls++;
}

static void on_nested(struct ari_loop *loop, int fd, unsigned events, void *data)
{
	struct pair *pair = data;
	char byte;

	(void)events;
	assert_int_equal(read(fd, &byte, 1), 1);
	ari_source_remove(pair->source[1]);
	/* the same batch holds source[1] below us; it must not be served when we return */
	assert_int_equal(ari_loop_run_once(loop, 0), 0);
	pair->calls += 10;
}

static void test_nested_run(void **state)
{
	struct pair pair;
	int calls = 0;

	pair_open(&pair);
	pair.source[0] = ari_loop_add_fd(*state, pair.a[0], ARI_LOOP_READ, on_nested, &pair, NULL);
	pair.source[1] = ari_loop_add_fd(*state, pair.b[0], ARI_LOOP_READ, on_count, &pair, NULL);
	assert_int_equal(write(pair.a[1], "x", 1), 1);
	assert_int_equal(write(pair.b[1], "x", 1), 1);
	while (pair.calls < 10)
		calls += ari_loop_run_once(*state, 1000);
	assert_true(pair.calls == 10 || pair.calls == 11);
	assert_int_equal(calls, pair.calls == 10 ? 1 : 2);
	ari_source_remove(pair.source[0]);
	pair_close(&pair);
}

static void on_again(struct ari_loop *loop, void *data)
{
	ari_loop_add_timer(loop, 0, on_again, data, NULL);
}

static void test_no_starving(void **state)
{
	struct pair pair;

	pair_open(&pair);
	pair.source[0] = ari_loop_add_fd(*state, pair.a[0], ARI_LOOP_READ, on_count, &pair, NULL);
	ari_loop_add_timer(*state, 0, on_again, NULL, NULL);
	assert_int_equal(write(pair.a[1], "x", 1), 1);
	assert_true(ari_loop_run_once(*state, 1000) >= 1);
	assert_true(ari_loop_run_once(*state, 1000) >= 1);
	assert_int_equal(pair.calls, 1);
	ari_source_remove(pair.source[0]);
	pair_close(&pair);
}

static void on_events(struct ari_loop *loop, int fd, unsigned events, void *data)
{
	(void)loop;
	(void)fd;
	*(unsigned *)data = events;
}

static void test_hangup(void **state)
{
	struct ari_source *source;
	unsigned events = 0;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	source = ari_loop_add_fd(*state, fds[0], ARI_LOOP_READ, on_events, &events, NULL);
	close(fds[1]);
	assert_int_equal(ari_loop_run_once(*state, 1000), 1);
	assert_int_equal(events, ARI_LOOP_READ | ARI_LOOP_HANGUP);
	ari_source_remove(source);
	close(fds[0]);
}

static void test_write(void **state)
{
	struct ari_source *source;
	unsigned events = 0;
	struct pair pair;

	pair_open(&pair);
	source = ari_loop_add_fd(*state, pair.a[0], ARI_LOOP_READ, on_events, &events, NULL);
	assert_int_equal(ari_loop_run_once(*state, 0), 0);
	assert_int_equal(ari_source_set(source, ARI_LOOP_READ | ARI_LOOP_WRITE, NULL), 0);
	assert_int_equal(ari_loop_run_once(*state, 0), 1);
	assert_int_equal(events, ARI_LOOP_WRITE);
	assert_int_equal(ari_source_set(source, 0, NULL), 0);
	assert_int_equal(write(pair.a[1], "x", 1), 1);
	assert_int_equal(ari_loop_run_once(*state, 0), 0);
	ari_source_remove(source);
	ari_source_remove(NULL);
	pair_close(&pair);
}

static void test_plain_file(void **state)
{
	struct ari_source *source;
	unsigned events = 0;
	int fd = open("/proc/self/exe", O_RDONLY);

	assert_true(fd >= 0);
	source = ari_loop_add_fd(*state, fd, ARI_LOOP_READ, on_events, &events, NULL);
	assert_non_null(source);
	assert_int_equal(ari_loop_timeout(*state), 0);
	assert_int_equal(ari_loop_run_once(*state, -1), 1);
	assert_int_equal(events, ARI_LOOP_READ);
	ari_source_remove(source);
	assert_int_equal(ari_loop_timeout(*state), -1);
	close(fd);
}

static void test_bad_descriptor(void **state)
{
	struct ari_error err = {.code = ARI_OK};
	int fd = dup(0);

	close(fd);
	assert_null(ari_loop_add_fd(*state, fd, ARI_LOOP_READ, on_events, NULL, &err));
	assert_int_equal(err.code, ARI_ESYSTEM);
}

static void on_stop(struct ari_loop *loop, void *data)
{
	(void)data;
	ari_loop_stop(loop);
}

static void test_run(void **state)
{
	uint64_t start = ari_loop_now(*state);

	assert_false(ari_loop_run(*state, 20));
	assert_true(ari_loop_now(*state) - start >= 19);
	ari_loop_add_timer(*state, 1, on_stop, NULL, NULL);
	assert_true(ari_loop_run(*state, -1));
	ari_loop_stop(*state);
	assert_true(ari_loop_run(*state, -1));
	assert_false(ari_loop_run(*state, 0));
}

static void test_foreign(void **state)
{
	struct record record = {.n = 0};
	struct mark mark = {.record = &record};
	struct pollfd wait = {.fd = ari_loop_fd(*state), .events = POLLIN};
	struct pair pair;
	int timeout;

	assert_int_equal(ari_loop_timeout(*state), -1);
	ari_loop_add_timer(*state, 30, on_mark, &mark, NULL);
	timeout = ari_loop_timeout(*state);
	assert_true(timeout > 0 && timeout <= 30);
	assert_int_equal(poll(&wait, 1, 0), 0);
	pair_open(&pair);
	pair.source[0] = ari_loop_add_fd(*state, pair.a[0], ARI_LOOP_READ, on_count, &pair, NULL);
	assert_int_equal(write(pair.a[1], "x", 1), 1);
	assert_int_equal(poll(&wait, 1, 1000), 1);
	assert_int_equal(ari_loop_run_once(*state, 0), 1);
	assert_int_equal(poll(&wait, 1, ari_loop_timeout(*state)), 0);
	assert_int_equal(ari_loop_run_once(*state, 0), 1);
	assert_int_equal(record.n, 1);
	ari_source_remove(pair.source[0]);
	pair_close(&pair);
}

/* Whatever is left is freed with the loop: the sanitizer would tell. */
static void test_left_over(void **state)
{
	struct pair pair;

	(void)state;
	pair_open(&pair);
	ari_loop_add_timer(*state, 60000, on_mark, NULL, NULL);
	pair_close(&pair);
}

int main(void)
{
#define LOOP_TEST(test) cmocka_unit_test_setup_teardown(test, open_loop, close_loop)
	const struct CMUnitTest tests[] = {
		LOOP_TEST(test_timer_order),
		LOOP_TEST(test_many_timers),
		LOOP_TEST(test_timer_cancels_timer),
		LOOP_TEST(test_remove_ready),
		LOOP_TEST(test_nested_run),
		LOOP_TEST(test_no_starving),
		LOOP_TEST(test_hangup),
		LOOP_TEST(test_write),
		LOOP_TEST(test_plain_file),
		LOOP_TEST(test_bad_descriptor),
		LOOP_TEST(test_run),
		LOOP_TEST(test_foreign),
		LOOP_TEST(test_left_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
