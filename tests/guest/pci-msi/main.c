/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A message interrupt of a PCI device (QEMU's `edu`), set up through dom0's view of the
 * configuration space: delivery to the chosen vector, masking by the enable bit, five hundred
 * without a loss, a change of vector.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
static volatile u32 *bar;

static u32 cfg_read(u32 dev, u32 reg)
{
	outl(0xcf8, 0x80000000 | dev << 11 | (reg & 0xfc));
	return inl(0xcfc);
}

static void cfg_write(u32 dev, u32 reg, u32 v)
{
	outl(0xcf8, 0x80000000 | dev << 11 | (reg & 0xfc));
	outl(0xcfc, v);
}

static void on_irq(struct regs *r)
{
	(void)r;
	bar[0x64 / 4] = 0xffffffff;
}

void test_main(void)
{
	u32 dev, cap, ctl, seen;

	apic_enable();
	for (dev = 0; dev < 32; dev++) {
		if (cfg_read(dev, 0) == 0x11e81234) {
			break;
		}
	}
	if (dev == 32) {
		test_skip("no edu device");
	}
	{
		struct physdev_pci_device_add a = { .devfn = (u8)(dev << 3) };

		physdev_op(PHYSDEVOP_pci_device_add, &a);
	}
	bar = (void *)(u64)(cfg_read(dev, 0x10) & ~0xfu);
	cfg_write(dev, 4, (cfg_read(dev, 4) & 0xffff) | 7);
	for (cap = cfg_read(dev, 0x34) & 0xfc; cap; cap = cfg_read(dev, cap) >> 8 & 0xfc) {
		if ((cfg_read(dev, cap) & 0xff) == 5) {
			break;
		}
	}
	CHECK(cap, "no MSI capability");
	if (!cap) {
		return;
	}
	ctl = cfg_read(dev, cap);
	irq_handler(0x5a, on_irq);
	irq_handler(0x5b, on_irq);
	cfg_write(dev, cap + 4, 0xfee00000);
	if (ctl & 1 << 23) {
		cfg_write(dev, cap + 8, 0);
		cfg_write(dev, cap + 12, 0x5a);
	} else {
		cfg_write(dev, cap + 8, 0x5a);
	}
	cfg_write(dev, cap, ctl | 1 << 16);
	CHECK(cfg_read(dev, cap) >> 16 & 1, "not enabled: %x", cfg_read(dev, cap));
	bar[0x60 / 4] = 1;
	CHECK(wait_irq(irq_count[0x5a] == 1, 1000 * MS), "no message: %u", irq_count[0x5a]);
	for (u32 i = 0; i < 500; i++) {
		seen = irq_count[0x5a];
		bar[0x60 / 4] = 1;
		if (!wait_irq(irq_count[0x5a] == seen + 1, 500 * MS)) {
			test_failure("round %u: %u", i, irq_count[0x5a] - seen);
			break;
		}
	}
	/* Another vector. */
	cfg_write(dev, cap, ctl & ~(1u << 16));
	cfg_write(dev, cap + (ctl & 1 << 23 ? 12 : 8), 0x5b);
	cfg_write(dev, cap, ctl | 1 << 16);
	bar[0x60 / 4] = 1;
	CHECK(wait_irq(irq_count[0x5b] == 1, 1000 * MS), "no message with the new vector");
	cfg_write(dev, cap, ctl & ~(1u << 16));
}
