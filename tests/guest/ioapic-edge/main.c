/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An edge interrupt of the real machine through dom0's I/O APIC: the clock chip's periodic
 * interrupt (IRQ 8) at 1024 Hz arrives, again and again, is held while masked, and its
 * acknowledge goes through the trapped ports 0x70 and 0x71.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
#define IOAPIC 0xfec00000UL

static void wr(u32 i, u32 v)
{
	*(volatile u32 *)IOAPIC = i;
	*(volatile u32 *)(IOAPIC + 0x10) = v;
}

static u8 cmos_read(u8 r)
{
	outb(0x70, r);
	return inb(0x71);
}

static void cmos_write(u8 r, u8 v)
{
	outb(0x70, r);
	outb(0x71, v);
}

static void on_rtc(struct regs *r)
{
	(void)r;
	cmos_read(0xc);
}

void test_main(void)
{
	u32 seen;

	apic_enable();
	irq_handler(0x78, on_rtc);
	CHECK((cmos_read(0xd) & 0x80) == 0x80, "clock chip's battery bit: %x", cmos_read(0xd));
	wr(0x10 + 2 * 8 + 1, 0);
	wr(0x10 + 2 * 8, 0x78);
	cmos_write(0xa, (u8)((cmos_read(0xa) & 0xf0) | 6));
	cmos_write(0xb, (u8)(cmos_read(0xb) | 0x40));
	cmos_read(0xc);
	CHECK(wait_irq(irq_count[0x78] >= 10, 2000 * MS), "%u interrupts", irq_count[0x78]);
	/* Masked: quiet; unmasked: goes on. */
	wr(0x10 + 2 * 8, 0x10078);
	irq_window();
	seen = irq_count[0x78];
	delay_ns(20 * MS);
	irq_window();
	CHECK_EQ(irq_count[0x78], seen);
	wr(0x10 + 2 * 8, 0x78);
	cmos_read(0xc);
	CHECK(wait_irq(irq_count[0x78] >= seen + 10, 2000 * MS), "after unmasking: %u",
		irq_count[0x78] - seen);
	cmos_write(0xb, (u8)(cmos_read(0xb) & ~0x40));
}
