/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Self-IPIs through the ICR in xAPIC mode: delivery, in-service and request bits, two of one
 * vector merging, higher priority first, EOI.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
static u32 order[16], n;
static bool in_service;

static void note(struct regs *r)
{
	order[n++ & 15] = (u32)r->vec;
	in_service = apic_bit(APIC_ISR, (unsigned int)r->vec);
}

void test_main(void)
{
	u32 seen;

	apic_enable();
	irq_handler(0x41, note);
	irq_handler(0x81, note);
	irq_handler(0x91, note);
	apic_icr(0, 0x40041);
	CHECK(apic_bit(APIC_IRR, 0x41), "not requested");
	CHECK_EQ(n, 0);
	irq_window();
	CHECK_EQ(n, 1);
	CHECK(in_service, "not in service in the handler");
	CHECK(!apic_bit(APIC_ISR, 0x41), "EOI did not end it");
	CHECK(!apic_bit(APIC_IRR, 0x41), "still requested");

	n = 0;
	apic_icr(0, 0x40041);
	apic_icr(0, 0x40041);
	apic_icr(0, 0x40081);
	apic_icr(0, 0x40091);
	irq_window();
	irq_window();
	irq_window();
	CHECK_EQ(n, 3);
	CHECK(order[0] == 0x91 && order[1] == 0x81 && order[2] == 0x41, "order %x %x %x", order[0],
		order[1], order[2]);

	/* Without EOI a lower priority waits. */
	n = 0;
	irq_no_eoi[0x91] = 1;
	apic_icr(0, 0x40091);
	irq_window();
	CHECK_EQ(n, 1);
	apic_icr(0, 0x40041);
	apic_icr(0, 0x40091);
	irq_window();
	irq_window();
	CHECK_EQ(n, 1);
	CHECK_EQ(apic_read(APIC_PPR) & 0xf0, 0x90);
	irq_no_eoi[0x91] = 0;
	apic_write(APIC_EOI, 0);
	irq_window();
	irq_window();
	irq_window();
	CHECK_EQ(n, 3);
	CHECK(order[1] == 0x91 && order[2] == 0x41, "order %x %x", order[1], order[2]);

	seen = irq_count[0x51];
	for (int i = 0; i < 1000; i++) {
		apic_icr(0, 0x40051);
		irq_window();
	}
	CHECK_EQ(irq_count[0x51] - seen, 1000);
	/* A vector below 16 is an error, not an interrupt. */
	apic_write(APIC_LVTERR, 0x10000);
	apic_write(APIC_ESR, 0);
	apic_icr(0, 0x40005);
	irq_window();
	CHECK_EQ(irq_count[5], 0);
}
