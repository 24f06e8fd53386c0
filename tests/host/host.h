/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What host tests share: cmocka behind the hypervisor's headers, and the fakes of fakes.c. A BUG
 * or a failed ASSERT of the hypervisor's code ends the test unless expect_bug() runs it.
 */
#ifndef TESTS_HOST_HOST_H
#define TESTS_HOST_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

#undef min
#undef max

extern unsigned int fake_printk_lines;
extern char fake_printk_last[512];

/* True when fn stops with a BUG, an ASSERT or a panic. */
bool expect_bug(void (*fn)(void *), void *arg);
/* bytes of memory below 2 GiB that end at an unmapped page. */
void *low_alloc(size_t bytes);
void low_free(void *p, size_t bytes);
/* Small deterministic generator. */
uint64_t host_rnd(void);

#endif
