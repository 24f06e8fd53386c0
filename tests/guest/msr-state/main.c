/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MSRs that hold guest state keep what is written (syscall, sysenter, segment bases, PAT, MTRR
 * default type), and refuse what the architecture refuses: non-canonical addresses, bad types.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

static void keep(u32 msr, u64 val)
{
	u64 old, v = 0;

	CHECK(rdmsr_safe(msr, &old) == EXC_NONE, "read %x", msr);
	CHECK(wrmsr_safe(msr, val) == EXC_NONE, "write %x", msr);
	CHECK(rdmsr_safe(msr, &v) == EXC_NONE && v == val, "msr %x: %lx not %lx", msr, v, val);
	wrmsr_safe(msr, old);
}

void test_main(void)
{
	u64 v;

	keep(MSR_STAR, 0x0023001000000000);
	keep(MSR_LSTAR, 0xffff800012345678);
	keep(0xc0000083, 0x7fff12345678);
	keep(0xc0000084, 0x47700);
	keep(MSR_FS_BASE, 0xffff900000001000);
	keep(MSR_KERNEL_GS, 0x00007f0000001000);
	keep(0x174, 0x10);
	keep(0x175, 0xffff800000001000);
	keep(0x176, 0xffff800000002000);
	keep(0x277, 0x0007010600070106);
	keep(0x2ff, 0xc06);
	keep(0x200, 0x80000000);
	keep(0x201, 0x0f80000800);
	if (!on_qemu()) { /* it does not check what is not intercepted */
		CHECK_EQ(wrmsr_safe(MSR_LSTAR, 0x8000000000000000), EXC_GP);
		CHECK_EQ(wrmsr_safe(MSR_FS_BASE, 0x0000800000000000), EXC_GP);
		CHECK_EQ(wrmsr_safe(MSR_KERNEL_GS, 0x1234000000000000), EXC_GP);
		CHECK_EQ(wrmsr_safe(0x277, 0x0000000000000002), EXC_GP);
		CHECK_EQ(wrmsr_safe(0x277, 0xff00000000000000), EXC_GP);
	}
	CHECK_EQ(wrmsr_safe(0x2ff, 0x10000), EXC_GP);
	CHECK_EQ(wrmsr_safe(0xfe, 0), EXC_GP);
	CHECK_EQ(rdmsr_safe(0xfe, &v), EXC_NONE);
	CHECK((v & 255) >= 1, "MTRR capability %lx", v);
	CHECK_EQ(rdmsr_safe(0x179, &v), EXC_NONE);
	if (cpuid(0x80000001, 0).d >> 27 & 1) {
		keep(MSR_TSC_AUX, 0x12345);
	}
}
