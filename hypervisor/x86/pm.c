/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reboot and power-off of the machine. Reboot tries the ACPI reset register, port 0xCF9, the keyboard controller and a triple fault; power-off
 * looks for the S5 values in the DSDT's byte code, the one thing we read from it.
 */
#include <hv/acpi.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/irq.h>
#include <hv/lib.h>
#include <hv/pagetable.h>
#include <hv/pci.h>
#include <hv/printk.h>
#include <hv/smp.h>
#include <hv/string.h>
#include <hv/time.h>
#include <asm/desc.h>
#include <asm/io.h>
#include <asm/irqflags.h>
#include <asm/processor.h>

#include "x86_priv.h"

bool opt_noreboot;
static uint8_t s5_type_a, s5_type_b;
static bool s5_found;
static volatile uint8_t *reset_mem;

/* One integer of the package: ZeroOp, OneOp, or BytePrefix and a byte. */
static const uint8_t *aml_byte(const uint8_t *p, uint8_t *out)
{
	if (*p == 0x0a) {
		*out = p[1];
		return p + 2;
	}
	*out = *p <= 1 ? *p : 0;
	return p + 1;
}

static void __init find_s5(void)
{
	const struct acpi_table_header *dsdt =
		acpi_info.dsdt_maddr ? acpi_map_table(acpi_info.dsdt_maddr) : NULL;
	const uint8_t *p, *end;

	if (dsdt == NULL) {
		return;
	}
	p = (const uint8_t *)dsdt + sizeof(*dsdt);
	end = (const uint8_t *)dsdt + dsdt->length;
	for (; p + 16 < end; p++) {
		if (memcmp(p, "_S5_", 4) == 0 && p[4] == 0x12) {
			const uint8_t *q = p + 5;

			q += (*q >> 6) + 1; /* package length */
			q++;   /* number of elements */
			q = aml_byte(q, &s5_type_a);
			aml_byte(q, &s5_type_b);
			s5_found = true;
			break;
		}
	}
	iounmap((void *)(uintptr_t)dsdt);
}

void __init pm_init(void)
{
	find_s5();
	if (acpi_info.reset_supported && acpi_info.reset_reg.space_id == 0) {
		reset_mem = ioremap_uc(acpi_info.reset_reg.address, 1);
	}
}

static void acpi_reset(void)
{
	const struct acpi_gas *r = &acpi_info.reset_reg;

	if (!acpi_info.reset_supported) {
		return;
	}
	if (r->space_id == 0 && reset_mem != NULL) {
		*reset_mem = acpi_info.reset_value;
	} else if (r->space_id == 1) {
		outb(acpi_info.reset_value, (uint16_t)r->address);
	} else if (r->space_id == 2) {
		pci_conf_write8(PCI_SBDF(0, 0, (r->address >> 32) & 31, (r->address >> 16) & 7),
			(unsigned int)r->address & 0xfff, acpi_info.reset_value);
	}
	mdelay(50);
}

void machine_restart(void)
{
	struct desc_ptr none = { 0, 0 };

	local_irq_disable();
	smp_stop_others();
	printk("Rebooting the machine\n");
	acpi_reset();
	outb(0x02, 0xcf9);
	udelay(50);
	outb(0x06, 0xcf9);
	mdelay(50);
	for (unsigned int i = 0; i < 100 && (inb(0x64) & 2) != 0; i++) {
		udelay(50);
	}
	outb(0xfe, 0x64);
	mdelay(50);
	__asm__ __volatile__("lidt %0; int3" : : "m"(none));
	crash_cpu_stop();
}

static void pm1_sleep(uint32_t port, uint8_t type)
{
	if (port != 0) {
		uint16_t v = inw((uint16_t)port);

		v = (uint16_t)((v & ~0x3c00) | ((type & 7) << 10));
		outw(v, (uint16_t)port);
		outw((uint16_t)(v | 0x2000), (uint16_t)port);
	}
}

void machine_power_off(void)
{
	local_irq_disable();
	smp_stop_others();
	printk("Switching the machine off\n");
	if (s5_found) {
		pm1_sleep(acpi_info.pm1a_cnt, s5_type_a);
		pm1_sleep(acpi_info.pm1b_cnt, s5_type_b);
		mdelay(500);
	}
	printk("The machine does not switch itself off: use its power button\n");
	crash_cpu_stop();
}

void machine_halt(void)
{
	local_irq_disable();
	smp_stop_others();
	printk("Halted: switch the machine off or reset it\n");
	crash_cpu_stop();
}
