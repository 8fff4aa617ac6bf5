/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * pair NAME RUNS WALL CPU RSS -- OURS... -- PEER...: runs two commands in turn (A B A B ...), after
 * one warm-up of each, and prints a row per figure: the medians, the median of the ratios pair by
 * pair, and the goal (0: none is set). Both commands write to /dev/null. In turn and as ratios,
 * because the speed of a shared machine drifts. The program stays small: a child's peak memory as
 * the kernel tells it includes the parent's at the moment of the spawn.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX 500

enum figure { WALL, CPU, RSS, FIGURES };

static const char *const titles[FIGURES] = {
	[WALL] = "wall ms",
	[CPU] = "cpu ms",
	[RSS] = "peak MiB",
};

struct series {
	double value[FIGURES][RUNS_MAX];
};

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

static double timeval_ms(struct timeval tv)
{
	return tv.tv_sec * 1e3 + tv.tv_usec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *values, int n)
{
	double sorted[RUNS_MAX];

	memcpy(sorted, values, n * sizeof(*values));
	qsort(sorted, n, sizeof(*sorted), compare);
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static void run(char **argv, double *figures)
{
	extern char **environ;
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	double start;
	pid_t pid;
	int status, rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	start = now_ms();
	rc = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	if (rc || wait4(pid, &status, 0, &usage) < 0) {
		fprintf(stderr, "pair: %s: %s\n", argv[0], strerror(rc ? rc : errno));
		exit(2);
	}
	figures[WALL] = now_ms() - start;
	figures[CPU] = timeval_ms(usage.ru_utime) + timeval_ms(usage.ru_stime);
	figures[RSS] = usage.ru_maxrss / 1024.0;
	posix_spawn_file_actions_destroy(&actions);
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		fprintf(stderr, "pair: %s failed with status %d\n", argv[0], status);
		exit(2);
	}
}

static void keep(struct series *series, int i, const double *figures)
{
	for (int f = 0; f < FIGURES; f++)
		series->value[f][i] = figures[f];
}

static void report(const char *name, const struct series *ours, const struct series *peer, int n,
		   const double *goals)
{
	for (int f = 0; f < FIGURES; f++) {
		double ratios[RUNS_MAX], ratio;

		for (int i = 0; i < n; i++)
			ratios[i] = ours->value[f][i] / peer->value[f][i];
		ratio = median(ratios, n);
		printf("%-34s %-9s %9.2f %9.2f %8.2f", name, titles[f], median(ours->value[f], n),
		       median(peer->value[f], n), ratio);
		if (goals[f] > 0)
			printf("   <= %-5.2f %s", goals[f], ratio <= goals[f] ? "met" : "MISSED");
		putchar('\n');
	}
}

static char **next_command(char **argv)
{
	while (*argv && strcmp(*argv, "--"))
		argv++;
	if (!*argv)
		return NULL;
	*argv = NULL;
	return argv + 1;
}

int main(int argc, char **argv)
{
	static struct series ours, peer;
	double goals[FIGURES], figures[FIGURES];
	char **a, **b;
	int runs;

	a = argc > 6 ? next_command(argv + 6) : NULL;
	b = a ? next_command(a) : NULL;
	runs = argc > 6 ? (int)strtol(argv[2], NULL, 10) : 0;
	if (!b || !*a || !*b || runs < 1 || runs > RUNS_MAX) {
		fprintf(stderr, "usage: pair NAME RUNS WALL CPU RSS -- OURS... -- PEER...\n");
		return 2;
	}
	for (int f = 0; f < FIGURES; f++)
		goals[f] = strtod(argv[3 + f], NULL);
	run(a, figures);
	run(b, figures);
	for (int i = 0; i < runs; i++) {
		run(a, figures);
		keep(&ours, i, figures);
		run(b, figures);
		keep(&peer, i, figures);
	}
	report(argv[1], &ours, &peer, runs, goals);
	return 0;
}
