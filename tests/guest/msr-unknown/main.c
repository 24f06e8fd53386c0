/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unknown MSRs raise #GP on both sides, never silently answer 0; so do other MSRs of the Xen
 * range and the processor's virtualization MSRs.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	static const u32 bad[] = {
		0x12345,
		0x40000001,
		0x40000100,
		0x40000200,
		0x4000ffff,
		0xc0012345,
		0xc0002345,
		0x3a0000,
		0x480,
		0x4000,
		0x7fffffff,
		0xffffffff,
		0xdeadbeef,
	};
	u64 v;

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		u32 e = rdmsr_safe(bad[i], &v);

		CHECK(e == EXC_GP, "read of %x: vector %d value %lx", bad[i], (int)e, v);
		e = wrmsr_safe(bad[i], 0);
		CHECK(e == EXC_GP, "write of %x: vector %d", bad[i], (int)e);
	}
	/* AMD: no SVM for guests. */
	if (cpu_amd) {
		CHECK_EQ(wrmsr_safe(MSR_EFER, rdmsr(MSR_EFER) | 1 << 12), EXC_GP);
	}
}
