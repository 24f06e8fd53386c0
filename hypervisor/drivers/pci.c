/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration space of physical devices. Registers below 256 of segment 0 go through ports 0xcf8/0xcfc; the rest through MMCONFIG, whose buses are mapped
 * (1 MiB each) when first used. Locking: pci_lock (irq-safe) around the port pair.
 */
#include <hv/acpi.h>
#include <hv/atomic.h>
#include <hv/lib.h>
#include <hv/pagetable.h>
#include <hv/pci.h>
#include <hv/spinlock.h>
#include <asm/io.h>

static DEFINE_SPINLOCK(pci_lock, LOCK_PORTS);
static volatile uint8_t *bus_map[ACPI_MAX_MCFG][256];

void pci_init(void)
{
}

static volatile uint8_t *mmcfg_addr(pci_sbdf_t dev, unsigned int reg)
{
	for (unsigned int i = 0; i < acpi_info.nr_mcfg; i++) {
		const struct acpi_mcfg_entry *m = &acpi_info.mcfg[i];
		volatile uint8_t *map;

		if (m->segment != dev.seg || dev.bus < m->start_bus || dev.bus > m->end_bus) {
			continue;
		}
		map = smp_load_acquire(&bus_map[i][dev.bus]);
		if (map == NULL) {
			volatile uint8_t *fresh =
				ioremap_uc(m->base + ((uint64_t)dev.bus << 20), 1u << 20);

			if (fresh == NULL) {
				return NULL;
			}
			map = cmpxchg(&bus_map[i][dev.bus], NULL, fresh);
			if (map != NULL) {
				iounmap((void *)(uintptr_t)fresh);
			} else {
				map = fresh;
			}
		}
		return map + ((unsigned int)dev.devfn << 12) + reg;
	}
	return NULL;
}

static bool by_ports(pci_sbdf_t dev, unsigned int reg)
{
	return dev.seg == 0 && reg < 256;
}

static uint32_t config_address(pci_sbdf_t dev, unsigned int reg)
{
	return 0x80000000u | ((uint32_t)dev.bus << 16) | ((uint32_t)dev.devfn << 8) | (reg & 0xfc);
}

uint32_t pci_conf_read32(pci_sbdf_t dev, unsigned int reg)
{
	volatile uint8_t *p;

	if (by_ports(dev, reg)) {
		unsigned long flags;
		uint32_t v;

		spin_lock_irqsave(&pci_lock, flags);
		outl(config_address(dev, reg), 0xcf8);
		v = inl(0xcfc);
		spin_unlock_irqrestore(&pci_lock, flags);
		return v;
	}
	p = reg < 4096 ? mmcfg_addr(dev, reg & ~3u) : NULL;
	return p != NULL ? readl(p) : 0xffffffffu;
}

uint16_t pci_conf_read16(pci_sbdf_t dev, unsigned int reg)
{
	volatile uint8_t *p;

	if (by_ports(dev, reg)) {
		unsigned long flags;
		uint16_t v;

		spin_lock_irqsave(&pci_lock, flags);
		outl(config_address(dev, reg), 0xcf8);
		v = inw((uint16_t)(0xcfc + (reg & 2)));
		spin_unlock_irqrestore(&pci_lock, flags);
		return v;
	}
	p = reg < 4096 ? mmcfg_addr(dev, reg & ~1u) : NULL;
	return p != NULL ? readw(p) : 0xffff;
}

uint8_t pci_conf_read8(pci_sbdf_t dev, unsigned int reg)
{
	volatile uint8_t *p;

	if (by_ports(dev, reg)) {
		unsigned long flags;
		uint8_t v;

		spin_lock_irqsave(&pci_lock, flags);
		outl(config_address(dev, reg), 0xcf8);
		v = inb((uint16_t)(0xcfc + (reg & 3)));
		spin_unlock_irqrestore(&pci_lock, flags);
		return v;
	}
	p = reg < 4096 ? mmcfg_addr(dev, reg) : NULL;
	return p != NULL ? readb(p) : 0xff;
}

void pci_conf_write32(pci_sbdf_t dev, unsigned int reg, uint32_t val)
{
	volatile uint8_t *p;

	if (by_ports(dev, reg)) {
		unsigned long flags;

		spin_lock_irqsave(&pci_lock, flags);
		outl(config_address(dev, reg), 0xcf8);
		outl(val, 0xcfc);
		spin_unlock_irqrestore(&pci_lock, flags);
		return;
	}
	p = reg < 4096 ? mmcfg_addr(dev, reg & ~3u) : NULL;
	if (p != NULL) {
		writel(val, p);
	}
}

void pci_conf_write16(pci_sbdf_t dev, unsigned int reg, uint16_t val)
{
	volatile uint8_t *p;

	if (by_ports(dev, reg)) {
		unsigned long flags;

		spin_lock_irqsave(&pci_lock, flags);
		outl(config_address(dev, reg), 0xcf8);
		outw(val, (uint16_t)(0xcfc + (reg & 2)));
		spin_unlock_irqrestore(&pci_lock, flags);
		return;
	}
	p = reg < 4096 ? mmcfg_addr(dev, reg & ~1u) : NULL;
	if (p != NULL) {
		writew(val, p);
	}
}

void pci_conf_write8(pci_sbdf_t dev, unsigned int reg, uint8_t val)
{
	volatile uint8_t *p;

	if (by_ports(dev, reg)) {
		unsigned long flags;

		spin_lock_irqsave(&pci_lock, flags);
		outl(config_address(dev, reg), 0xcf8);
		outb(val, (uint16_t)(0xcfc + (reg & 3)));
		spin_unlock_irqrestore(&pci_lock, flags);
		return;
	}
	p = reg < 4096 ? mmcfg_addr(dev, reg) : NULL;
	if (p != NULL) {
		writeb(val, p);
	}
}

bool pci_device_present(pci_sbdf_t dev)
{
	uint16_t vendor = pci_conf_read16(dev, PCI_VENDOR_ID);

	return vendor != 0xffff && vendor != 0;
}

unsigned int pci_find_next_cap(pci_sbdf_t dev, unsigned int pos, uint8_t cap)
{
	unsigned int next = pos;

	for (unsigned int ttl = 48; ttl != 0; ttl--) {
		next = pci_conf_read8(dev, next == PCI_CAPABILITY_LIST ? next : next + 1) & ~3u;
		if (next < 0x40) {
			return 0;
		}
		if (pci_conf_read8(dev, next) == cap) {
			return next;
		}
	}
	return 0;
}

unsigned int pci_find_cap(pci_sbdf_t dev, uint8_t cap)
{
	if ((pci_conf_read16(dev, PCI_STATUS) & PCI_STATUS_CAP_LIST) == 0) {
		return 0;
	}
	return pci_find_next_cap(dev, PCI_CAPABILITY_LIST, cap);
}

unsigned int pci_find_ext_cap(pci_sbdf_t dev, uint16_t cap)
{
	unsigned int pos = 0x100;

	for (unsigned int ttl = 480; ttl != 0 && pos >= 0x100; ttl--) {
		uint32_t h = pci_conf_read32(dev, pos);

		if (h == 0 || h == 0xffffffffu) {
			return 0;
		}
		if ((h & 0xffff) == cap) {
			return pos;
		}
		pos = (h >> 20) & ~3u;
	}
	return 0;
}

static int scan_slot(uint16_t seg, unsigned int bus, unsigned int slot,
	int (*fn)(pci_sbdf_t dev, void *arg), void *arg)
{
	unsigned int nr = 1;

	for (unsigned int f = 0; f < nr; f++) {
		pci_sbdf_t dev = PCI_SBDF(seg, bus, slot, f);
		int rc;

		if (!pci_device_present(dev)) {
			continue;
		}
		if (f == 0 && (pci_conf_read8(dev, PCI_HEADER_TYPE) & 0x80) != 0) {
			nr = 8;
		}
		rc = fn(dev, arg);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

static int scan_segment(uint16_t seg, unsigned int first, unsigned int last,
	int (*fn)(pci_sbdf_t dev, void *arg), void *arg)
{
	for (unsigned int bus = first; bus <= last; bus++) {
		for (unsigned int slot = 0; slot < 32; slot++) {
			int rc = scan_slot(seg, bus, slot, fn, arg);

			if (rc != 0) {
				return rc;
			}
		}
	}
	return 0;
}

/* Highest bus number behind the bridges of a bus, so that the scan need not look at all 256. */
static unsigned int last_bus(uint16_t seg, unsigned int first, unsigned int limit)
{
	unsigned int last = first;

	for (unsigned int bus = first; bus <= last; bus++) {
		for (unsigned int devfn = 0; devfn < 256; devfn++) {
			pci_sbdf_t dev = { seg, (uint8_t)bus, (uint8_t)devfn };

			if ((devfn & 7) != 0 &&
				(pci_conf_read8(
					 (pci_sbdf_t){ seg, (uint8_t)bus, (uint8_t)(devfn & ~7u) },
					 PCI_HEADER_TYPE) &
					0x80) == 0) {
				continue;
			}
			if (pci_device_present(dev) &&
				(pci_conf_read8(dev, PCI_HEADER_TYPE) & 0x7f) == 1) {
				unsigned int sub = pci_conf_read8(dev, PCI_SUBORDINATE_BUS);

				last = max(last, min(sub, limit));
			}
		}
	}
	return last;
}

int pci_for_each_device(int (*fn)(pci_sbdf_t dev, void *arg), void *arg)
{
	int rc = scan_segment(0, 0, last_bus(0, 0, 255), fn, arg);

	for (unsigned int i = 0; i < acpi_info.nr_mcfg && rc == 0; i++) {
		const struct acpi_mcfg_entry *m = &acpi_info.mcfg[i];

		if (m->segment != 0) {
			rc = scan_segment(m->segment, m->start_bus,
				last_bus(m->segment, m->start_bus, m->end_bus), fn, arg);
		}
	}
	return rc;
}
