/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The APIC timer: one-shot fires once at its time, periodic goes on, masked does not, count zero
 * stops, the divider counts. Linux calibrates by it.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

/* Ticks of the timer (divider 1) per millisecond. */
static u32 rate(void)
{
	u64 t;
	u32 a;

	apic_write(APIC_TDCR, 0xb);
	apic_write(APIC_LVTT, 0x10000 | 0xee);
	apic_write(APIC_TMICT, 0xffffffff);
	t = now_ns();
	while (now_ns() - t < 10 * MS) {
		pause();
	}
	a = 0xffffffff - apic_read(APIC_TMCCT);
	apic_write(APIC_TMICT, 0);
	return a / 10;
}

void test_main(void)
{
	u32 per_ms, seen, a, b;
	u64 t;

	apic_enable();
	per_ms = rate();
	printf("  %u timer ticks per millisecond\n", per_ms);
	CHECK(per_ms > 900, "rate %u", per_ms);
	if (!per_ms) {
		return;
	}
	apic_write(APIC_LVTT, 0xee);
	t = now_ns();
	apic_write(APIC_TMICT, per_ms * 5);
	CHECK(wait_irq(irq_count[0xee] == 1, 500 * MS), "one-shot: %u", irq_count[0xee]);
	t = now_ns() - t;
	CHECK(t > 4 * MS && t < 200 * MS, "5 ms one-shot after %lu ns", t);
	delay_ns(10 * MS);
	irq_window();
	CHECK_EQ(irq_count[0xee], 1);
	CHECK_EQ(apic_read(APIC_TMCCT), 0);

	/* Periodic. */
	seen = irq_count[0xee];
	apic_write(APIC_LVTT, 0x20000 | 0xee);
	t = now_ns();
	apic_write(APIC_TMICT, per_ms * 5);
	CHECK(wait_irq(irq_count[0xee] - seen >= 10, 2000 * MS), "periodic: %u",
		irq_count[0xee] - seen);
	t = now_ns() - t;
	CHECK(t > 40 * MS, "ten periods of 5 ms in %lu ns", t);
	apic_write(APIC_TMICT, 0);
	irq_window();
	seen = irq_count[0xee];
	delay_ns(20 * MS);
	irq_window();
	CHECK_EQ(irq_count[0xee], seen);

	/* Masked: counts, does not fire. */
	apic_write(APIC_LVTT, 0x10000 | 0xee);
	apic_write(APIC_TMICT, per_ms * 2);
	delay_ns(10 * MS);
	irq_window();
	CHECK_EQ(irq_count[0xee], seen);

	/* Divider 16. */
	apic_write(APIC_TDCR, 0x3);
	apic_write(APIC_TMICT, 0xffffffff);
	a = apic_read(APIC_TMCCT);
	delay_ns(10 * MS);
	b = apic_read(APIC_TMCCT);
	CHECK((a - b) / 10 < per_ms / 8, "divided by 16: %u per ms of %u", (a - b) / 10, per_ms);
	CHECK((a - b) / 10 > per_ms / 64, "divided by 16: %u per ms of %u", (a - b) / 10, per_ms);
	apic_write(APIC_TMICT, 0);
}
