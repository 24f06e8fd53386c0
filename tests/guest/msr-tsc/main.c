/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The time stamp counter: WRMSR moves it, RDMSR and RDTSC agree, it never runs backwards by
 * itself, and the paravirtual clock goes on undisturbed when the guest sets it.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	u64 a = rdtsc(), b, m, ns = now_ns(), far = a + (1ULL << 40);

	for (int i = 0; i < 1000; i++) {
		b = rdtsc();
		CHECK(b > a, "TSC went from %lx to %lx", a, b);
		a = b;
	}
	CHECK_EQ(rdmsr_safe(MSR_TSC, &m), EXC_NONE);
	b = rdtsc();
	CHECK(m >= a && b >= m && b - a < 1000000000, "%lx %lx %lx", a, m, b);
	CHECK_EQ(wrmsr_safe(MSR_TSC, far), EXC_NONE);
	b = rdtsc();
	CHECK(b >= far && b - far < 1000000000, "TSC %lx after a write of %lx", b, far);
	delay_ns(2 * MS);
	m = now_ns();
	CHECK(m - ns < 5000 * MS, "the clock jumped by %lu ns", m - ns);
}
