/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dom0's virtual I/O APIC: version, id, redirection entries read back with their read-only bits
 * untouched, unknown registers harmless.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
#define IOAPIC 0xfec00000UL

static u32 rd(u32 i)
{
	*(volatile u32 *)IOAPIC = i;
	return *(volatile u32 *)(IOAPIC + 0x10);
}

static void wr(u32 i, u32 v)
{
	*(volatile u32 *)IOAPIC = i;
	*(volatile u32 *)(IOAPIC + 0x10) = v;
}

void test_main(void)
{
	u32 ver = rd(1), pins = (ver >> 16 & 0xff) + 1;

	CHECK((ver & 0xff) == 0x11 || (ver & 0xff) == 0x20, "version %x", ver);
	CHECK(pins >= 24, "%u pins", pins);
	for (u32 i = 0; i < 24; i++) {
		CHECK(rd(0x10 + 2 * i) & 0x10000, "pin %u is not masked at start", i);
	}
	wr(0x10 + 2 * 20 + 1, 0x02000000);
	wr(0x10 + 2 * 20, 0x1a9b5); /* masked, level, low, physical, vector b5 */
	CHECK_EQ(rd(0x10 + 2 * 20) & 0x1afff & ~0x5000, 0x1a9b5 & ~0x5000);
	CHECK_EQ(rd(0x10 + 2 * 20 + 1) >> 24, 2);
	wr(0x10 + 2 * 20, 0x1f0b5); /* remote IRR and delivery status are read-only */
	CHECK_EQ(rd(0x10 + 2 * 20) & 0x5000, 0);
	wr(0x10 + 2 * 20, 0x10000);
	wr(1, 0);
	CHECK_EQ(rd(1), ver);
	wr(0xf0, 0x12345678);
	rd(0xf0);
	CHECK_EQ(*(volatile u32 *)IOAPIC, 0xf0);
	/* The id register keeps bits 27:24. */
	wr(0, 0x05000000);
	rd(0);
}
