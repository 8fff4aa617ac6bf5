/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Preloaded into an Asterisk: which memory that was asked for in the module, or by Asterisk on its
 * behalf, has not been given back. LeakSanitizer cannot tell, for it looks at a process's end, when
 * modules are gone. When a file appears under the name in COUNT_ASK, there is one line for each
 * block in COUNT_ASK.out, "OFFSET BYTES CALLERS", with the offset of the innermost call in the
 * module, and those whom that called; then the file is removed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODULE "/res_stasis_http.so"
#define FRAMES 24
#define INNER 6
#define SLOTS (1u << 17)

struct block {
	void *memory;
	uintptr_t site;
	size_t size;
	void *inner[INNER];	/* those who called, from the one that asked on */
};

struct range {
	uintptr_t low, high;
};

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static struct block blocks[SLOTS];
static struct range module;
static uintptr_t low;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t used;
static __thread int inside;

static size_t slot_of(const void *memory)
{
	return ((uintptr_t)memory >> 4) * 0x9e3779b97f4a7c15u >> 47;
}

/* Where MEMORY is in the table, or the free place for it. */
static struct block *find(const void *memory)
{
	size_t i = slot_of(memory);

	while (blocks[i].memory && blocks[i].memory != memory)
		i = (i + 1) % SLOTS;
	return &blocks[i];
}

static void forget(const void *memory)
{
	struct block *block = find(memory);
	size_t hole = (size_t)(block - blocks), i = hole;

	if (!block->memory)
		return;
	/* What was put behind it for want of its place moves up. */
	for (;;) {
		i = (i + 1) % SLOTS;
		if (!blocks[i].memory)
			break;
		if ((i - slot_of(blocks[i].memory)) % SLOTS >= (i - hole) % SLOTS) {
			blocks[hole] = blocks[i];
			hole = i;
		}
	}
	blocks[hole].memory = NULL;
	used--;
}

/* Fills in who called; 0 when the module is not among them. */
static int callers(struct block *block)
{
	void *frame[FRAMES];
	int n = backtrace(frame, FRAMES), i;

	for (i = 3; i < n; i++) {
		if ((uintptr_t)frame[i] >= module.low && (uintptr_t)frame[i] < module.high) {
			block->site = (uintptr_t)frame[i];
			memcpy(block->inner, frame + 3, sizeof(block->inner));
			return 1;
		}
	}
	return 0;
}

static void *noted(void *memory, size_t size)
{
	struct block block = {.memory = memory, .size = size};

	if (!memory || !module.high || inside)
		return memory;
	inside = 1;
	if (callers(&block)) {
		pthread_mutex_lock(&lock);
		if (used < SLOTS / 2) {
			*find(memory) = block;
			used++;
		}
		pthread_mutex_unlock(&lock);
	}
	inside = 0;
	return memory;
}

static void gone(const void *memory)
{
	if (!memory || inside || !__atomic_load_n(&used, __ATOMIC_RELAXED))
		return;
	pthread_mutex_lock(&lock);
	forget(memory);
	pthread_mutex_unlock(&lock);
}

void *malloc(size_t size)
{
	return noted(__libc_malloc(size), size);
}

void *calloc(size_t n, size_t size)
{
	return noted(__libc_calloc(n, size), n * size);
}

void *realloc(void *memory, size_t size)
{
	/* First, for somebody else may get it the moment that it is free. */
	gone(memory);
	return noted(__libc_realloc(memory, size), size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
	*memory = noted(__libc_memalign(alignment, size), size);
	return *memory ? 0 : 12;
}

void free(void *memory)
{
	gone(memory);
	__libc_free(memory);
}

static int look(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct range *range = arg;
	const char *name = info->dlpi_name;
	size_t len = strlen(name), i;

	(void)size;
	if (len < sizeof(MODULE) || strcmp(name + len - sizeof(MODULE) + 1, MODULE))
		return 0;
	range->low = range->high = info->dlpi_addr;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type == PT_LOAD && range->low + part->p_vaddr + part->p_memsz > range->high)
			range->high = range->low + part->p_vaddr + part->p_memsz;
	}
	return 1;
}

static void find_module(void)
{
	struct range range = {0, 0};

	/* Where it was, when it is gone. */
	if (dl_iterate_phdr(look, &range))
		low = range.low;
	module = range;
}

void *dlopen(const char *name, int flags)
{
	void *(*real)(const char *, int) = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
	void *handle = real(name, flags);

	find_module();
	return handle;
}

int dlclose(void *handle)
{
	int (*real)(void *) = (int (*)(void *))dlsym(RTLD_NEXT, "dlclose");
	int res = real(handle);

	find_module();
	return res;
}

static void report_one(FILE *file, const struct block *block)
{
	Dl_info info;
	int i;

	fprintf(file, "%lx %lu ", (unsigned long)(block->site - low), (unsigned long)block->size);
	for (i = 0; i < INNER && (uintptr_t)block->inner[i] != block->site; i++) {
		info.dli_sname = NULL;
		dladdr(block->inner[i], &info);
		fprintf(file, "%s%s", i ? "<" : "", info.dli_sname ? info.dli_sname : "?");
	}
	fputc('\n', file);
}

static void report(const char *name)
{
	char path[4096];
	FILE *file;
	size_t i;

	snprintf(path, sizeof(path), "%s.out", name);
	inside = 1;
	file = fopen(path, "w");
	pthread_mutex_lock(&lock);
	for (i = 0; file && i < SLOTS; i++) {
		if (blocks[i].memory)
			report_one(file, &blocks[i]);
	}
	pthread_mutex_unlock(&lock);
	if (file)
		fclose(file);
	inside = 0;
	unlink(name);
}

static void *wait_for_questions(void *name)
{
	for (;;) {
		usleep(50000);
		if (!access(name, F_OK))
			report(name);
	}
	return NULL;
}

__attribute__((constructor))
static void begin(void)
{
	char *name = getenv("COUNT_ASK"), exe[4096];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	void *frame[2];
	pthread_t thread;

	exe[n > 0 ? n : 0] = '\0';
	if (!name || !strstr(exe, "asterisk"))
		return;
	/* Its first call takes memory and loads a library. */
	backtrace(frame, 2);
	pthread_create(&thread, NULL, wait_for_questions, name);
}
