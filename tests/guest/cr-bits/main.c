/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control registers: what is written is read back, reserved and contradictory values raise #GP,
 * CR8 is the APIC's task priority.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	u64 cr0 = read_cr0(), cr4 = read_cr4(), cr3 = read_cr3();

	CHECK(cr0 & CR0_ET, "%lx", cr0);
	CHECK_EQ(write_cr0_safe(cr0 | CR0_WP | CR0_AM), EXC_NONE);
	CHECK_EQ(read_cr0(), cr0 | CR0_WP | CR0_AM);
	CHECK_EQ(write_cr0_safe(cr0 | CR0_TS), EXC_NONE);
	CHECK(read_cr0() & CR0_TS, "TS lost");
	__asm__ volatile("clts");
	CHECK(!(read_cr0() & CR0_TS), "clts");
	CHECK_EQ(write_cr0_safe(cr0 & ~(u64)CR0_PE), EXC_GP);
	if (!on_qemu()) { /* there the guest's write becomes an invalid VMCB at once */
		CHECK_EQ(write_cr0_safe(cr0 | CR0_NW), EXC_GP);
		CHECK_EQ(write_cr0_safe(cr0 | 1ULL << 32), EXC_GP);
	}
	CHECK_EQ(write_cr0_safe(cr0 | CR0_CD), EXC_NONE);
	CHECK_EQ(read_cr0(), cr0 | CR0_CD);
	CHECK_EQ(write_cr0_safe(cr0), EXC_NONE);

	CHECK_EQ(write_cr4_safe(cr4 | CR4_PGE | CR4_OSFXSR), EXC_NONE);
	CHECK_EQ(read_cr4(), cr4 | CR4_PGE | CR4_OSFXSR);
	CHECK_EQ(write_cr4_safe(cr4), EXC_NONE);
	CHECK_EQ(write_cr4_safe(cr4 & ~(u64)CR4_PAE), EXC_GP);
	CHECK_EQ(write_cr4_safe(cr4 | 1 << 13), EXC_GP);
	CHECK_EQ(write_cr4_safe(cr4 | 1ULL << 31), EXC_GP);
	CHECK_EQ(read_cr4(), cr4);

	CHECK_EQ(write_cr3_safe(cr3), EXC_NONE);
	CHECK_EQ(read_cr3(), cr3);

	apic_enable();
	CHECK_EQ(write_cr8_safe(5), EXC_NONE);
	CHECK_EQ(read_cr8(), 5);
	CHECK_EQ(apic_read(APIC_TPR) >> 4, 5);
	apic_write(APIC_TPR, 0x70);
	CHECK_EQ(read_cr8(), 7);
	if (!on_qemu()) {
		CHECK_EQ(write_cr8_safe(16), EXC_GP);
	}
	write_cr8_safe(0);
}
