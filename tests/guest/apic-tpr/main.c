/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Task priority: a priority at or below it waits, lowering it delivers at once; the same through
 * CR8, also when CR8 is changed with the interrupt pending.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	apic_enable();
	apic_write(APIC_TPR, 0x50);
	apic_icr(0, 0x40051);
	apic_icr(0, 0x40061);
	irq_window();
	irq_window();
	CHECK_EQ(irq_count[0x51], 0);
	CHECK_EQ(irq_count[0x61], 1);
	apic_write(APIC_TPR, 0x40);
	irq_window();
	CHECK_EQ(irq_count[0x51], 1);
	apic_write(APIC_TPR, 0);
	for (u32 i = 1; i <= 100; i++) {
		write_cr8_safe(9);
		apic_icr(0, 0x40071);
		irq_window();
		CHECK_EQ(irq_count[0x71], i - 1);
		sti();
		write_cr8_safe(6);
		__asm__ volatile("nop");
		cli();
		CHECK_EQ(irq_count[0x71], i);
		if (test_failures() > 4) {
			break;
		}
	}
	write_cr8_safe(15);
	apic_icr(0, 0x400f1);
	irq_window();
	CHECK_EQ(irq_count[0xf1], 0);
	write_cr8_safe(0);
	irq_window();
	CHECK_EQ(irq_count[0xf1], 1);
}
