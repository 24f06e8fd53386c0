/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Physical PCI configuration space: the port pair 0xcf8/0xcfc (PCI Local Bus 3.0, 3.2.2.3.2) under one irq-safe lock, and MMCONFIG (PCI Express Base 5.0, 7.2.2) by a
 * one-bus-at-a-time mapping made on first use. Registers from 256 up need MMCONFIG.
 */
#include <hv/acpi.h>
#include <hv/lib.h>
#include <hv/pagetable.h>
#include <hv/pci.h>
#include <hv/printk.h>
#include <hv/spinlock.h>
#include <asm/io.h>

#define CONF_ADDR	0xcf8
#define CONF_DATA	0xcfc
#define BUS_BYTES	MB(1)
#define CFG_STATUS	0x06
#define STATUS_CAP_LIST	(1u << 4)
#define CFG_HEADER_TYPE	0x0e
#define CFG_CAP_PTR	0x34
#define MAX_CAPS	48

static DEFINE_SPINLOCK(conf_lock);
/* Mapped bus windows of segment 0; other segments are reached through map_other. */
static volatile uint8_t *bus_map[256];

static const struct acpi_mcfg_entry *mcfg_for(pci_sbdf_t dev)
{
	for (unsigned int i = 0; i < acpi_info.nr_mcfg; i++) {
		const struct acpi_mcfg_entry *m = &acpi_info.mcfg[i];

		if (m->segment == dev.seg && dev.bus >= m->start_bus && dev.bus <= m->end_bus) {
			return m;
		}
	}
	return NULL;
}

/* The register's address in MMCONFIG, NULL when it has none. Mapped at boot for the buses that have devices, so no allocation happens later. */
static volatile uint8_t *mmcfg_reg(pci_sbdf_t dev, unsigned int reg)
{
	if (dev.seg != 0 || bus_map[dev.bus] == NULL) {
		return NULL;
	}
	return bus_map[dev.bus] + ((unsigned int)dev.devfn << 12) + reg;
}

static uint32_t conf_addr(pci_sbdf_t dev, unsigned int reg)
{
	return 0x80000000u | ((uint32_t)dev.bus << 16) | ((uint32_t)dev.devfn << 8) | (reg & 0xfc);
}

static uint32_t conf_read(pci_sbdf_t dev, unsigned int reg, unsigned int bytes)
{
	uint32_t ones = bytes == 4 ? ~0u : (1u << (8 * bytes)) - 1;
	volatile uint8_t *p;
	unsigned long flags;
	uint32_t val;

	if (reg >= 4096 || (reg & (bytes - 1)) != 0) {
		return ones;
	}
	if (reg >= 256 || dev.seg != 0) {
		p = mmcfg_reg(dev, reg);
		if (p == NULL) {
			return ones;
		}
		return bytes == 1 ? readb(p) : bytes == 2 ? readw(p) : readl(p);
	}
	spin_lock_irqsave(&conf_lock, flags);
	outl(conf_addr(dev, reg), CONF_ADDR);
	val = bytes == 1 ? inb((uint16_t)(CONF_DATA + (reg & 3))) : bytes == 2 ? inw((uint16_t)(CONF_DATA + (reg & 2))) : inl(CONF_DATA);
	spin_unlock_irqrestore(&conf_lock, flags);
	return val;
}

static void conf_write(pci_sbdf_t dev, unsigned int reg, unsigned int bytes, uint32_t val)
{
	volatile uint8_t *p;
	unsigned long flags;

	if (reg >= 4096 || (reg & (bytes - 1)) != 0) {
		return;
	}
	if (reg >= 256 || dev.seg != 0) {
		p = mmcfg_reg(dev, reg);
		if (p == NULL) {
			return;
		}
		if (bytes == 1) {
			writeb((uint8_t)val, p);
		} else if (bytes == 2) {
			writew((uint16_t)val, p);
		} else {
			writel(val, p);
		}
		return;
	}
	spin_lock_irqsave(&conf_lock, flags);
	outl(conf_addr(dev, reg), CONF_ADDR);
	if (bytes == 1) {
		outb((uint8_t)val, (uint16_t)(CONF_DATA + (reg & 3)));
	} else if (bytes == 2) {
		outw((uint16_t)val, (uint16_t)(CONF_DATA + (reg & 2)));
	} else {
		outl(val, CONF_DATA);
	}
	spin_unlock_irqrestore(&conf_lock, flags);
}

uint8_t pci_conf_read8(pci_sbdf_t dev, unsigned int reg)
{
	return (uint8_t)conf_read(dev, reg, 1);
}

uint16_t pci_conf_read16(pci_sbdf_t dev, unsigned int reg)
{
	return (uint16_t)conf_read(dev, reg, 2);
}

uint32_t pci_conf_read32(pci_sbdf_t dev, unsigned int reg)
{
	return conf_read(dev, reg, 4);
}

void pci_conf_write8(pci_sbdf_t dev, unsigned int reg, uint8_t val)
{
	conf_write(dev, reg, 1, val);
}

void pci_conf_write16(pci_sbdf_t dev, unsigned int reg, uint16_t val)
{
	conf_write(dev, reg, 2, val);
}

void pci_conf_write32(pci_sbdf_t dev, unsigned int reg, uint32_t val)
{
	conf_write(dev, reg, 4, val);
}

bool pci_device_present(pci_sbdf_t dev)
{
	uint16_t vendor = pci_conf_read16(dev, 0);

	return vendor != 0xffff && vendor != 0;
}

unsigned int pci_find_next_cap(pci_sbdf_t dev, unsigned int pos, uint8_t cap)
{
	pos = pci_conf_read8(dev, pos == 0 ? CFG_CAP_PTR : pos + 1) & 0xfc;
	for (unsigned int i = 0; i < MAX_CAPS && pos >= 0x40; i++) {
		uint16_t head = pci_conf_read16(dev, pos);

		if (head == 0xffff) {
			return 0;
		}
		if ((head & 0xff) == cap) {
			return pos;
		}
		pos = (head >> 8) & 0xfc;
	}
	return 0;
}

unsigned int pci_find_cap(pci_sbdf_t dev, uint8_t cap)
{
	if ((pci_conf_read16(dev, CFG_STATUS) & STATUS_CAP_LIST) == 0) {
		return 0;
	}
	return pci_find_next_cap(dev, 0, cap);
}

unsigned int pci_find_ext_cap(pci_sbdf_t dev, uint16_t cap)
{
	unsigned int pos = 0x100;

	for (unsigned int i = 0; i < 96 && pos >= 0x100; i++) {
		uint32_t head = pci_conf_read32(dev, pos);

		if (head == 0 || head == ~0u) {
			return 0;
		}
		if ((head & 0xffff) == cap) {
			return pos;
		}
		pos = (head >> 20) & 0xffc;
	}
	return 0;
}

int pci_for_each_device(int (*fn)(pci_sbdf_t dev, void *arg), void *arg)
{
	for (unsigned int bus = 0; bus < 256; bus++) {
		for (unsigned int slot = 0; slot < 32; slot++) {
			pci_sbdf_t dev = {.seg = 0, .bus = (uint8_t)bus, .devfn = (uint8_t)(slot << 3)};
			unsigned int nr_fn;

			if (!pci_device_present(dev)) {
				continue;
			}
			nr_fn = (pci_conf_read8(dev, CFG_HEADER_TYPE) & 0x80) != 0 ? 8 : 1;
			for (unsigned int f = 0; f < nr_fn; f++) {
				int rc;

				dev.devfn = (uint8_t)((slot << 3) | f);
				if (f != 0 && !pci_device_present(dev)) {
					continue;
				}
				rc = fn(dev, arg);
				if (rc != 0) {
					return rc;
				}
			}
		}
	}
	return 0;
}

static int __init map_bus(pci_sbdf_t dev, void *arg)
{
	const struct acpi_mcfg_entry *m = mcfg_for(dev);

	(void)arg;
	if (m != NULL && bus_map[dev.bus] == NULL) {
		/* The window's base belongs to bus 0 whatever the first bus is (PCI Firmware Specification 3.2, 4.1.2). */
		bus_map[dev.bus] = ioremap_uc(m->base + (uint64_t)dev.bus * BUS_BYTES, BUS_BYTES);
	}
	return 0;
}

void __init pci_init(void)
{
	if (acpi_info.nr_mcfg != 0) {
		pci_for_each_device(map_bus, NULL);
	}
}
