/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The I/O APICs of the MADT. Redirection entries are kept in memory too, so that a mask costs one write. Locking: ioapic_lock (irq-safe) around the index
 * register and the copies.
 */
#include <hv/acpi.h>
#include <hv/irq.h>
#include <hv/lib.h>
#include <hv/pagetable.h>
#include <hv/printk.h>
#include <hv/smp.h>
#include <hv/spinlock.h>
#include <asm/apicdef.h>

#include "pic_priv.h"

#define MAX_PINS 240

struct ioapic {
	struct ioapic_info info;
	volatile uint8_t *regs;
	uint64_t rte[MAX_PINS];
};

static struct ioapic ioapics[ACPI_MAX_IOAPICS];
static unsigned int nr_ioapics __ro_after_init;
unsigned int nr_gsis __ro_after_init;
static DEFINE_SPINLOCK(ioapic_lock, LOCK_IOAPIC);

static uint32_t io_read(const struct ioapic *a, unsigned int reg)
{
	*(volatile uint32_t *)(a->regs + IOAPIC_REGSEL) = reg;
	return *(volatile uint32_t *)(a->regs + IOAPIC_WINDOW);
}

static void io_write(const struct ioapic *a, unsigned int reg, uint32_t val)
{
	*(volatile uint32_t *)(a->regs + IOAPIC_REGSEL) = reg;
	*(volatile uint32_t *)(a->regs + IOAPIC_WINDOW) = val;
}

static void rte_write(struct ioapic *a, unsigned int pin, uint64_t rte)
{
	a->rte[pin] = rte;
	/* Masked while the halves disagree. */
	io_write(a, IOAPIC_REG_RTE(pin), (uint32_t)(rte | RTE_MASKED));
	io_write(a, IOAPIC_REG_RTE(pin) + 1, (uint32_t)(rte >> 32));
	if ((rte & RTE_MASKED) == 0) {
		io_write(a, IOAPIC_REG_RTE(pin), (uint32_t)rte);
	}
}

static struct ioapic *find(unsigned int gsi, unsigned int *pin)
{
	for (unsigned int i = 0; i < nr_ioapics; i++) {
		struct ioapic *a = &ioapics[i];

		if (gsi >= a->info.gsi_base && gsi < a->info.gsi_base + a->info.nr_pins) {
			*pin = gsi - a->info.gsi_base;
			return a;
		}
	}
	return NULL;
}

unsigned int ioapic_count(void)
{
	return nr_ioapics;
}

const struct ioapic_info *ioapic_get(unsigned int idx)
{
	return idx < nr_ioapics ? &ioapics[idx].info : NULL;
}

void __init ioapic_init(void)
{
	pic_disable();
	for (unsigned int i = 0; i < acpi_info.nr_ioapics; i++) {
		const struct acpi_madt_ioapic *m = &acpi_info.ioapics[i];
		struct ioapic *a = &ioapics[nr_ioapics];
		uint32_t ver;

		a->regs = ioremap_uc(m->maddr, 0x50);
		if (a->regs == NULL) {
			panic("I/O APIC: its registers at %#lx could not be mapped",
				(unsigned long)m->maddr);
		}
		ver = io_read(a, IOAPIC_REG_VER);
		if (ver == 0xffffffffu) {
			printk(XENLOG_WARNING "I/O APIC at %#lx does not answer: not used\n",
				(unsigned long)m->maddr);
			iounmap((void *)(uintptr_t)a->regs);
			continue;
		}
		a->info = (struct ioapic_info){
			.id = m->id,
			.gsi_base = m->gsi_base,
			.nr_pins = min(((ver >> 16) & 0xff) + 1, (uint32_t)MAX_PINS),
			.version = ver & 0xff,
			.maddr = m->maddr,
		};
		if (a->info.gsi_base >= NR_IRQS || a->info.gsi_base + a->info.nr_pins > NR_IRQS) {
			printk(XENLOG_WARNING
				"I/O APIC at %#lx: interrupt numbers from %u are out of range: not used\n",
				(unsigned long)m->maddr, a->info.gsi_base);
			continue;
		}
		nr_ioapics++;
		nr_gsis = max(nr_gsis, a->info.gsi_base + a->info.nr_pins);
		for (unsigned int pin = 0; pin < a->info.nr_pins; pin++) {
			rte_write(a, pin, RTE_MASKED);
		}
		printk(XENLOG_INFO "I/O APIC: id %u, %u pins, GSI %u and up, at %#lx\n", a->info.id,
			a->info.nr_pins, a->info.gsi_base, (unsigned long)a->info.maddr);
	}
	if (nr_ioapics == 0) {
		printk(XENLOG_WARNING
			"No I/O APIC was found: only message-signalled interrupts work\n");
	}
}

void ioapic_program_gsi(unsigned int gsi, uint8_t vector, unsigned int dest_cpu, bool level,
	bool active_low, bool masked)
{
	unsigned long flags;
	unsigned int pin = 0;
	struct ioapic *a = find(gsi, &pin);
	uint64_t rte = vector | (level ? RTE_LEVEL : 0) | (active_low ? RTE_ACTIVE_LOW : 0) |
		(masked ? RTE_MASKED : 0);

	if (a == NULL) {
		return;
	}
	rte |= (uint64_t)(cpu_apicid(dest_cpu) & 0xff) << RTE_DEST_SHIFT;
	spin_lock_irqsave(&ioapic_lock, flags);
	rte_write(a, pin, rte);
	spin_unlock_irqrestore(&ioapic_lock, flags);
}

void ioapic_retarget_gsi(unsigned int gsi, uint8_t vector, unsigned int dest_cpu)
{
	unsigned long flags;
	unsigned int pin = 0;
	struct ioapic *a = find(gsi, &pin);
	uint64_t rte;

	if (a == NULL) {
		return;
	}
	spin_lock_irqsave(&ioapic_lock, flags);
	rte = a->rte[pin] & ~(RTE_VECTOR_MASK | (0xffull << RTE_DEST_SHIFT));
	rte |= vector | ((uint64_t)(cpu_apicid(dest_cpu) & 0xff) << RTE_DEST_SHIFT);
	rte_write(a, pin, rte);
	spin_unlock_irqrestore(&ioapic_lock, flags);
}

static void set_mask(unsigned int gsi, bool masked)
{
	unsigned long flags;
	unsigned int pin = 0;
	struct ioapic *a = find(gsi, &pin);

	if (a == NULL) {
		return;
	}
	spin_lock_irqsave(&ioapic_lock, flags);
	a->rte[pin] = masked ? a->rte[pin] | RTE_MASKED : a->rte[pin] & ~RTE_MASKED;
	io_write(a, IOAPIC_REG_RTE(pin), (uint32_t)a->rte[pin]);
	spin_unlock_irqrestore(&ioapic_lock, flags);
}

void ioapic_mask_gsi(unsigned int gsi)
{
	set_mask(gsi, true);
}

void ioapic_unmask_gsi(unsigned int gsi)
{
	set_mask(gsi, false);
}

void ioapic_eoi(unsigned int gsi)
{
	unsigned long flags;
	unsigned int pin = 0;
	struct ioapic *a = find(gsi, &pin);

	if (a == NULL) {
		return;
	}
	spin_lock_irqsave(&ioapic_lock, flags);
	if (a->info.version >= 0x20) {
		*(volatile uint32_t *)(a->regs + IOAPIC_EOIR) =
			(uint32_t)(a->rte[pin] & RTE_VECTOR_MASK);
	} else {
		/* Older ones forget a stuck level interrupt when the pin becomes edge-triggered for a moment. */
		io_write(a, IOAPIC_REG_RTE(pin),
			(uint32_t)((a->rte[pin] & ~RTE_LEVEL) | RTE_MASKED));
		io_write(a, IOAPIC_REG_RTE(pin), (uint32_t)a->rte[pin]);
	}
	spin_unlock_irqrestore(&ioapic_lock, flags);
}

unsigned int isa_irq_to_gsi(unsigned int irq, bool *level, bool *active_low)
{
	*level = false;
	*active_low = false;
	for (unsigned int i = 0; i < acpi_info.nr_overrides; i++) {
		const struct acpi_madt_override *o = &acpi_info.overrides[i];

		if (o->irq == irq) {
			*active_low = (o->flags & 3) == 3;
			*level = ((o->flags >> 2) & 3) == 3;
			return o->gsi;
		}
	}
	return irq;
}
