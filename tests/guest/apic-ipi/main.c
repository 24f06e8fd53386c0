/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPIs between two processors: by physical id, by flat logical id, all but self, all; each
 * arrives once, also at a halted target. Three hundred in a row lose none.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
static volatile u32 ap_seen[256];
static volatile bool stop;

static void ap_handler(struct regs *r)
{
	if (this_cpu()->idx == 1) {
		ap_seen[r->vec]++;
	}
}

static void ap_loop(void *arg)
{
	apic_write(APIC_DFR, 0xffffffff);
	apic_write(APIC_LDR, 2u << 24);
	*(volatile bool *)arg = true;
	while (!stop) {
		sti_hlt_cli();
	}
}

void test_main(void)
{
	volatile bool ready = false;

	for (unsigned int v = 0x50; v < 0x60; v++) {
		irq_handler(v, ap_handler);
	}
	CHECK(cpu_start(1), "second processor");
	apic_write(APIC_DFR, 0xffffffff);
	apic_write(APIC_LDR, 1u << 24);
	cpu_run(1, ap_loop, (void *)&ready);
	CHECK(wait_for(ready, 1000 * MS), "second processor's loop");
	delay_ns(5 * MS);
	apic_icr(2, 0x51);
	CHECK(wait_irq(ap_seen[0x51] == 1, 500 * MS), "physical");
	apic_icr(2, 0x852);
	CHECK(wait_irq(ap_seen[0x52] == 1, 500 * MS), "logical");
	apic_icr(0, 0xc0053);
	CHECK(wait_irq(ap_seen[0x53] == 1, 500 * MS), "all but self");
	CHECK_EQ(irq_count[0x53], 1);
	apic_icr(0, 0x80054);
	CHECK(wait_irq(irq_count[0x54] == 2, 500 * MS), "all: %u", irq_count[0x54]);
	CHECK_EQ(ap_seen[0x54], 1);
	apic_icr(3, 0x855);
	CHECK(wait_irq(irq_count[0x55] == 2, 500 * MS), "logical, two: %u", irq_count[0x55]);
	apic_icr(14, 0x56); /* nobody */
	for (u32 i = 1; i <= 300; i++) {
		apic_icr(2, 0x57);
		if (!wait_irq(ap_seen[0x57] == i, 5000 * MS)) {
			test_failure("lost one of 300: %u seen after %u", ap_seen[0x57], i);
			break;
		}
	}
	CHECK_EQ(irq_count[0x56], 0);
	stop = true;
	apic_icr(2, 0x58);
	CHECK(cpu_wait(1), "second processor's end");
}
