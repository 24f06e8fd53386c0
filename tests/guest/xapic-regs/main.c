/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The local APIC's registers through its page: identity, version, masks of the writable ones,
 * read-only ones unchanged, task priority and error status.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

static void rw(u32 reg, u32 val, u32 want)
{
	u32 old = apic_read(reg), got;

	apic_write(reg, val);
	got = apic_read(reg);
	CHECK(got == want, "register %x: wrote %x read %x, not %x", reg, val, got, want);
	apic_write(reg, old);
}

void test_main(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);
	u32 ver;

	CHECK_EQ(base & ~0xfffULL, LAPIC_BASE);
	CHECK(base & 1 << 11, "disabled: %lx", base);
	CHECK(base & 1 << 8, "not the boot processor: %lx", base);
	CHECK_EQ(apic_read(APIC_SVR) & 0x1ff, 0xff); /* reset: software-disabled */
	apic_enable();
	CHECK_EQ(apic_read(APIC_ID), 0);
	ver = apic_read(APIC_VER);
	CHECK((ver & 0xff) >= 0x10 && (ver & 0xff) <= 0x1f, "version %x", ver);
	CHECK((ver >> 16 & 0xff) >= 5, "LVT entries %x", ver);
	apic_write(APIC_VER, 0);
	CHECK_EQ(apic_read(APIC_VER), ver);
	rw(APIC_TPR, 0xffffffff, 0xff);
	rw(APIC_LDR, 0xffffffff, 0xff000000);
	rw(APIC_DFR, 0x0fffffff, 0x0fffffff);
	rw(APIC_DFR, 0xf0000000, 0xffffffff);
	rw(APIC_LVT0, 0x00010700, 0x00010700);
	rw(APIC_LVTT, 0x000200ee, 0x000200ee);
	rw(APIC_LVTERR, 0xfe, 0xfe);
	rw(APIC_TDCR, 0xb, 0xb);
	CHECK_EQ(apic_read(APIC_TMCCT), 0);
	apic_write(APIC_ISR, 0xffffffff);
	CHECK_EQ(apic_read(APIC_ISR), 0);
	apic_write(APIC_IRR + 0x10, 0xffffffff);
	CHECK_EQ(apic_read(APIC_IRR + 0x10), 0);
	apic_write(APIC_TPR, 0x40);
	CHECK_EQ(apic_read(APIC_PPR), 0x40);
	apic_write(APIC_TPR, 0);
	/* Software-disable masks the LVT and keeps it masked. */
	apic_write(APIC_LVTT, 0xee);
	apic_write(APIC_SVR, 0xff);
	CHECK(apic_read(APIC_LVTT) & 0x10000, "LVT not masked by software disable");
	apic_write(APIC_SVR, 0x1ff);
	CHECK(apic_read(APIC_LVTT) & 0x10000, "LVT unmasked by enabling");
}
