/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A level interrupt of a PCI device (QEMU's teaching device `edu`) through dom0's I/O APIC: the
 * configuration mechanism through ports 0xCF8/0xCFC, its memory bar, assertion, EOI with the line
 * still up (comes again), and acknowledge. This is the path of every shared interrupt.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
#define IOAPIC 0xfec00000UL
static volatile u32 *bar;
static volatile u32 fired[32], ack_after = 1;

static u32 cfg_read(u32 dev, u32 reg)
{
	outl(0xcf8, 0x80000000 | dev << 11 | reg);
	return inl(0xcfc);
}

static void cfg_write(u32 dev, u32 reg, u32 v)
{
	outl(0xcf8, 0x80000000 | dev << 11 | reg);
	outl(0xcfc, v);
}

static void on_irq(struct regs *r)
{
	u32 pin = (u32)r->vec - 0x60;

	fired[pin]++;
	if (fired[pin] >= ack_after) {
		bar[0x64 / 4] = 0xffffffff;
	}
}

void test_main(void)
{
	u32 dev, pin = 0;
	u32 total = 0;

	apic_enable();
	for (dev = 0; dev < 32; dev++) {
		if (cfg_read(dev, 0) == 0x11e81234) {
			break;
		}
	}
	if (dev == 32) {
		test_skip("no edu device");
	}
	bar = (void *)(u64)(cfg_read(dev, 0x10) & ~0xfu);
	cfg_write(dev, 4, (cfg_read(dev, 4) & 0xffff) | 7);
	CHECK_EQ(cfg_read(dev, 4) & 7, 7);
	CHECK((bar[0] & 0xff) == 0xed, "the bar is not mapped: %x", bar[0]);
	for (u32 i = 16; i < 24; i++) {
		irq_handler(0x60 + i, on_irq);
		*(volatile u32 *)IOAPIC = 0x10 + 2 * i + 1;
		*(volatile u32 *)(IOAPIC + 0x10) = 0;
		*(volatile u32 *)IOAPIC = 0x10 + 2 * i;
		*(volatile u32 *)(IOAPIC + 0x10) =
			0x8000 | (0x60 + i); /* level, active high on q35 */
	}
	bar[0x60 / 4] = 1;
	CHECK(wait_irq(({
		total = 0;
		for (u32 i = 16; i < 24; i++) {
			total += fired[i];
		}
		total;
	}),
		      1000 * MS),
		"no interrupt");
	for (u32 i = 16; i < 24; i++) {
		if (fired[i]) {
			pin = i;
		}
	}
	CHECK_EQ(total, 1);
	for (int i = 0; i < 50; i++) {
		irq_window();
	}
	CHECK_EQ(fired[pin], 1);
	/* Not acknowledged at the device: comes again after each EOI, three times here. */
	ack_after = fired[pin] + 3;
	bar[0x60 / 4] = 1;
	CHECK(wait_irq(fired[pin] == 4, 1000 * MS), "%u times", fired[pin]);
	for (int i = 0; i < 50; i++) {
		irq_window();
	}
	CHECK_EQ(fired[pin], 4);
	ack_after = 1;
	for (u32 i = 0; i < 500; i++) {
		u32 seen = fired[pin];

		bar[0x60 / 4] = 1;
		if (!wait_irq(fired[pin] == seen + 1, 500 * MS)) {
			test_failure("round %u: %u", i, fired[pin] - seen);
			break;
		}
	}
}
