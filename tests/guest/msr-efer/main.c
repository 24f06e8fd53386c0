/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * EFER: SCE and NX follow writes, reserved bits and a change of LME with paging on raise #GP, LMA
 * is not writable. Linux goes through these in its first instructions.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	u64 efer = rdmsr(MSR_EFER);

	CHECK((efer & (EFER_LME | EFER_LMA | EFER_NX)) == (EFER_LME | EFER_LMA | EFER_NX), "%lx",
		efer);
	CHECK_EQ(wrmsr_safe(MSR_EFER, efer | EFER_SCE), EXC_NONE);
	CHECK_EQ(rdmsr(MSR_EFER), efer | EFER_SCE);
	CHECK_EQ(wrmsr_safe(MSR_EFER, efer & ~(u64)EFER_NX), EXC_NONE);
	CHECK_EQ(rdmsr(MSR_EFER), efer & ~(u64)EFER_NX);
	CHECK_EQ(wrmsr_safe(MSR_EFER, efer), EXC_NONE);
	CHECK_EQ(wrmsr_safe(MSR_EFER, efer & ~(u64)EFER_LME), EXC_GP);
	CHECK_EQ(wrmsr_safe(MSR_EFER, efer | 1ULL << 62), EXC_GP);
	CHECK_EQ(wrmsr_safe(MSR_EFER, efer | 1ULL << 2), EXC_GP);
	CHECK_EQ(rdmsr(MSR_EFER), efer);
}
