/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NMI: by IPI to self and to another processor, at interrupts off, ending a halt, one at a time
 * (a second waits for the first one's IRET).
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
static volatile u32 nmis[2], nested, depth;
static volatile bool again;

static void on_nmi(struct regs *r)
{
	u32 cpu = this_cpu()->idx;

	(void)r;
	depth++;
	if (depth > 1) {
		nested++;
	}
	nmis[cpu]++;
	if (again) {
		again = false;
		apic_icr(0, 0x400);
		for (int i = 0; i < 1000; i++) {
			pause();
		}
	}
	depth--;
}

static void ap_halt(void *arg)
{
	*(volatile bool *)arg = true;
	__asm__ volatile("cli; hlt");
}

void test_main(void)
{
	volatile bool ready = false;

	irq_handler(EXC_NMI, on_nmi);
	apic_enable();
	apic_icr(0, 0x400);
	CHECK(wait_for(nmis[0] == 1, 100 * MS), "self: %u", nmis[0]);
	again = true;
	apic_icr(0, 0x400);
	CHECK(wait_for(nmis[0] == 3, 100 * MS), "second one: %u", nmis[0]);
	CHECK_EQ(nested, 0);
	CHECK(cpu_start(1), "second processor");
	apic_icr(2, 0x400);
	CHECK(wait_for(nmis[1] == 1, 500 * MS), "other processor: %u", nmis[1]);
	cpu_run(1, ap_halt, (void *)&ready);
	CHECK(wait_for(ready, 500 * MS), "second processor");
	delay_ns(2 * MS);
	apic_icr(2, 0x400);
	CHECK(cpu_wait(1), "NMI does not end a halt with interrupts off");
	CHECK_EQ(nmis[1], 2);
}
