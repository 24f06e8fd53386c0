/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine below the hypervisor's files when they run on the host: heap, panic and BUG, locks'
 * debug hooks, mapping of machine addresses.
 */
#include <hv/heap.h>
#include <hv/lib.h>
#include <hv/spinlock.h>
#include <hv/types.h>

#include "host.h"

static jmp_buf bug_jump;
static bool bug_expected;
static uint64_t seed = 0x9e3779b97f4a7c15ull;

static void __attribute__((noreturn)) stop(const char *what)
{
	if (bug_expected) {
		longjmp(bug_jump, 1);
	}
	fprintf(stderr, "hypervisor code stopped: %s\n", what);
	abort();
}

void hv_bug(const char *file, int line, const char *what)
{
	(void)file;
	(void)line;
	stop(what);
}

void hv_warn(const char *file, int line, const char *what)
{
	fprintf(stderr, "warning: %s:%d: %s\n", file, line, what);
}

void panic(const char *fmt, ...)
{
	stop(fmt);
}

bool expect_bug(void (*fn)(void *), void *arg)
{
	bool bug = true;

	bug_expected = true;
	if (!setjmp(bug_jump)) {
		fn(arg);
		bug = false;
	}
	bug_expected = false;
	return bug;
}

void *xmalloc_bytes(size_t size)
{
	return malloc(size ? size : 1);
}

void *xzalloc_bytes(size_t size)
{
	return calloc(1, size ? size : 1);
}

void *xzalloc_array_bytes(size_t n, size_t size)
{
	return calloc(n ? n : 1, size);
}

void *xmalloc_array_bytes(size_t n, size_t size)
{
	return calloc(n ? n : 1, size);
}

void xfree(void *p)
{
	free(p);
}

uint64_t host_rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static size_t low_span(size_t bytes)
{
	return ((bytes + 4095) & ~(size_t)4095) + 4096;
}

void *low_alloc(size_t bytes)
{
	size_t span = low_span(bytes);
	char *p = mmap(
		NULL, span, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (p == MAP_FAILED || mprotect(p + span - 4096, 4096, PROT_NONE)) {
		abort();
	}
	return p + span - 4096 - bytes;
}

void low_free(void *p, size_t bytes)
{
	size_t span = low_span(bytes);

	munmap((char *)p + bytes + 4096 - span, span);
}

/* For files that log without lib/printk.c. */
unsigned int fake_printk_lines;
char fake_printk_last[512];
void printk(const char *fmt, ...);
__attribute__((weak)) void printk(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(fake_printk_last, sizeof(fake_printk_last), fmt, ap);
	va_end(ap);
	fake_printk_lines++;
}

/* Locks: one thread, so waiting is a mistake, and so is releasing what is not held. */
__attribute__((weak)) void spin_lock_slow(spinlock_t *l, uint16_t ticket)
{
	(void)l;
	(void)ticket;
	stop("a lock is taken twice");
}

__attribute__((weak)) void spin_debug_acquire(spinlock_t *l, bool irq_form)
{
	(void)irq_form;
	if (spin_is_locked(l)) {
		stop("a lock is taken twice");
	}
}

__attribute__((weak)) void spin_debug_acquired(spinlock_t *l)
{
	(void)l;
}

__attribute__((weak)) void spin_debug_release(spinlock_t *l)
{
	if (!spin_is_locked(l)) {
		stop("a lock that is not held is released");
	}
}
