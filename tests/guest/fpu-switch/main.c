/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x87, SSE and (where there is) AVX state of two domains and dom0 that share one processor: each
 * finds its own values after every switch.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

static bool fpu_on(void)
{
	bool xsave = cpuid(1, 0).c >> 26 & 1, avx = cpuid(1, 0).c >> 28 & 1;

	write_cr0_safe((read_cr0() & ~(u64)(CR0_EM | CR0_TS)) | CR0_MP);
	write_cr4_safe(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT);
	if (xsave && avx) {
		if (write_cr4_safe(read_cr4() | CR4_OSXSAVE) != EXC_NONE) {
			return false;
		}
		__asm__ volatile(GUARD("xsetbv")::"a"(7), "d"(0), "c"(0) : "memory");
		return exc_vec() == EXC_NONE;
	}
	return false;
}

static u32 rounds(u64 seed, u32 n)
{
	u64 in[8] __aligned(32), out[8] __aligned(32), x87 = seed, back = 0;
	bool avx = fpu_on();
	u32 bad = 0;

	__asm__ volatile("fninit; fildll %0" ::"m"(x87));
	for (u32 i = 0; i < n; i++) {
		for (u32 j = 0; j < 8; j++) {
			in[j] = seed * (i + 1) + j;
			out[j] = 0;
		}
		__asm__ volatile("movdqu %0, %%xmm3; movdqu %1, %%xmm15" ::"m"(in[0]), "m"(in[2]));
		if (avx) {
			__asm__ volatile("vmovdqu %0, %%ymm7" ::"m"(in[4]));
		}
		sched_op(SCHEDOP_yield, 0);
		for (u32 k = 0; k < 2000; k++) {
			pause();
		}
		__asm__ volatile("movdqu %%xmm3, %0; movdqu %%xmm15, %1"
			: "=m"(out[0]), "=m"(out[2])::"memory");
		bad += memcmp(in, out, 16) != 0;
		bad += memcmp(in + 2, out + 2, 16) != 0;
		if (avx) {
			__asm__ volatile("vmovdqu %%ymm7, %0" : "=m"(out[4])::"memory");
			bad += memcmp(in + 4, out + 4, 32) != 0;
		}
	}
	__asm__ volatile("fistpll %0" : "=m"(back)::"memory");
	return bad + (back != x87);
}

void domu_main(void)
{
	CHECK_EQ(rounds(0x1234567 + own_domid() * 0x1111, 300), 0);
}

void test_main(void)
{
	struct domu a, b;

	apic_enable();
	if (domu_create(&a, 1, 8) || domu_create(&b, 1, 8)) {
		test_error("no domain");
	}
	domu_unpause(&a);
	domu_unpause(&b);
	CHECK_EQ(rounds(0x777777, 300), 0);
	domu_wait(&a, 20000 * MS);
	domu_wait(&b, 20000 * MS);
	CHECK_EQ(domu_destroy(&a), 0);
	CHECK_EQ(domu_destroy(&b), 0);
}
