/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest-physical addresses with nothing behind them: reads give all ones at each width, writes
 * vanish, read-modify-write and string instructions go through, and dom0 lives on.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	u8 *p = gfn_ptr(scratch_gfn(2));
	u64 v = 0, n;
	void *d;

	CHECK_EQ(*(volatile u8 *)p, 0xff);
	CHECK_EQ(*(volatile u16 *)(p + 2), 0xffff);
	CHECK_EQ(*(volatile u32 *)(p + 4), 0xffffffff);
	CHECK_EQ(*(volatile u64 *)(p + 8), ~0UL);
	*(volatile u8 *)p = 0;
	*(volatile u64 *)(p + 16) = 0;
	CHECK_EQ(*(volatile u64 *)(p + 16), ~0UL);
	__asm__ volatile("movzbl (%1), %k0" : "=r"(v) : "r"(p));
	CHECK_EQ(v, 0xff);
	__asm__ volatile("movsbq (%1), %0" : "=r"(v) : "r"(p));
	CHECK_EQ(v, -1);
	__asm__ volatile("orl $1, (%0)" ::"r"(p) : "memory");
	__asm__ volatile("lock addl $1, (%0)" ::"r"(p) : "memory");
	v = 5;
	__asm__ volatile("xchgl %k0, (%1)" : "+r"(v) : "r"(p) : "memory");
	CHECK_EQ(v & 0xffffffff, 0xffffffff);
	d = p;
	n = 64;
	__asm__ volatile("rep stosq" : "+D"(d), "+c"(n) : "a"(0UL) : "memory");
	CHECK_EQ(n, 0);
	CHECK_EQ((u8 *)d - p, 512);
	d = alloc_page();
	n = 32;
	__asm__ volatile("rep movsl" : "+D"(d), "+S"(p), "+c"(n)::"memory");
	CHECK_EQ(n, 0);
	CHECK_EQ(((u32 *)d)[-1], 0xffffffff);
}
