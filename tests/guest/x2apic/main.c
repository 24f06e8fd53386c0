/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x2APIC mode: registers as MSRs, the 32-bit id, ICR as one write, self-IPI register, and #GP for
 * what that mode does not have.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	u64 v;
	u32 seen;

	apic_enable();
	CHECK_EQ(rdmsr_safe(0x802, &v), EXC_GP); /* not yet on */
	if (!x2apic_enable()) {
		test_skip("the processor shows no x2APIC");
	}
	CHECK_EQ(rdmsr(MSR_APIC_BASE) & 0xc00, 0xc00);
	CHECK_EQ(rdmsr_safe(0x802, &v), EXC_NONE);
	CHECK_EQ(v, 0);
	CHECK_EQ(rdmsr_safe(0x803, &v), EXC_NONE);
	CHECK((v & 0xff) >= 0x10, "version %lx", v);
	CHECK_EQ(rdmsr_safe(0x80d, &v), EXC_NONE);
	CHECK_EQ(v, 1);    /* logical id of APIC id 0 */
	CHECK_EQ(wrmsr_safe(0x80d, 1), EXC_GP);
	CHECK_EQ(rdmsr_safe(0x80e, &v), EXC_GP); /* no DFR */
	CHECK_EQ(rdmsr_safe(0x831, &v), EXC_GP); /* no ICR high */
	CHECK_EQ(rdmsr_safe(0x80b, &v), EXC_GP); /* EOI is write-only */
	CHECK_EQ(wrmsr_safe(0x802, 1), EXC_GP);
	CHECK_EQ(wrmsr_safe(0x808, 0x100), EXC_GP);
	CHECK_EQ(wrmsr_safe(0x808, 1ULL << 32), EXC_GP);
	CHECK_EQ(wrmsr_safe(0x80b, 1), EXC_GP);
	CHECK_EQ(wrmsr_safe(0x808, 0x20), EXC_NONE);
	CHECK_EQ(read_cr8(), 2);
	CHECK_EQ(wrmsr_safe(0x808, 0), EXC_NONE);

	seen = irq_count[0x61];
	CHECK_EQ(wrmsr_safe(0x83f, 0x61), EXC_NONE);
	irq_window();
	CHECK_EQ(irq_count[0x61], seen + 1);
	CHECK_EQ(wrmsr_safe(0x83f, 0x161), EXC_GP);
	CHECK_EQ(rdmsr_safe(0x83f, &v), EXC_GP);
	seen = irq_count[0x62];
	CHECK_EQ(wrmsr_safe(0x830, 0x62), EXC_NONE); /* destination 0: us */
	irq_window();
	CHECK_EQ(irq_count[0x62], seen + 1);
	CHECK_EQ(rdmsr_safe(0x830, &v), EXC_NONE);
	CHECK_EQ(v & 0xfff, 0x062);

	/* Back to xAPIC only through off. */
	CHECK_EQ(wrmsr_safe(MSR_APIC_BASE, (rdmsr(MSR_APIC_BASE) & ~0xc00ULL) | 0x800), EXC_GP);
}
