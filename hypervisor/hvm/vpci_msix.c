/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MSI-X (PCI Local Bus 3.0, 6.8.2). The page of the table is trapped: entries hold the guest's messages here; the device's entry gets our message when the guest has the
 * vector unmasked and MSI-X enabled. Masks go through to the device, so that it keeps the pending bit and nothing is lost. Everything else in the trapped page,
 * the pending bits among it, is forwarded.
 */
#include <hv/atomic.h>
#include <hv/errno.h>
#include <hv/heap.h>
#include <hv/pagetable.h>
#include <hv/printk.h>

#include <asm/io.h>

#include "vpci_priv.h"

#define CTRL_ENABLE  0x8000u
#define CTRL_MASKALL 0x4000u
#define CTRL_SIZE    0x07ffu
#define ENTRY_MASKED 1u

/* Offsets in an entry. */
enum { ENTRY_ADDR_LO = 0, ENTRY_ADDR_HI = 4, ENTRY_DATA = 8, ENTRY_CTRL = 12 };

int vpci_msix_probe(struct vpci_dev *dev)
{
	unsigned int pos = pci_find_cap(dev->sbdf, PCI_CAP_ID_MSIX);
	uint16_t ctrl, nr;
	uint32_t table;

	dev->msix.pos = 0;
	if (pos < 0x40 || pos > 0xf4 || (pos & 3) != 0) {
		return 0;
	}
	ctrl = pci_conf_read16(dev->sbdf, pos + 2);
	nr = (ctrl & CTRL_SIZE) + 1;
	table = pci_conf_read32(dev->sbdf, pos + 4);
	if ((table & 7) > 5) {
		return 0;
	}
	if (dev->msix.entries != NULL &&
		(dev->msix.nr != nr || dev->msix.bir != (table & 7) ||
			dev->msix.offset != (table & ~7u))) {
		/* Another device in the same slot: its record cannot change shape while others may read it. */
		printk(XENLOG_WARNING
			"vpci: %04x:%02x:%02x.%u changed its MSI-X table: not supported\n",
			dev->sbdf.seg, dev->sbdf.bus, PCI_SLOT(dev->sbdf.devfn),
			PCI_FUNC(dev->sbdf.devfn));
		return -EOPNOTSUPP;
	}
	if (dev->msix.entries == NULL) {
		dev->msix.entries = xzalloc_array(struct vpci_msix_entry, nr);
		if (dev->msix.entries == NULL) {
			return -ENOMEM;
		}
	}
	dev->msix.nr = nr;
	dev->msix.bir = table & 7;
	dev->msix.offset = table & ~7u;
	dev->msix.enabled = false;
	for (unsigned int i = 0; i < nr; i++) {
		dev->msix.entries[i].masked = true;
	}
	if ((ctrl & CTRL_ENABLE) != 0) {
		pci_conf_write16(
			dev->sbdf, pos + 2, (uint16_t)(ctrl & ~(CTRL_ENABLE | CTRL_MASKALL)));
	}
	dev->msix.pos = (uint8_t)pos;
	return 0;
}

/* The device's entry, NULL while the table is out of reach. */
static volatile uint8_t *phys_entry(const struct vpci_dev *dev, unsigned int idx)
{
	if (dev->msix.pages == NULL) {
		return NULL;
	}
	return dev->msix.pages + (dev->msix.table & PAGE_OFFSET_MASK) +
		(size_t)idx * MSIX_ENTRY_BYTES;
}

static void entry_release(struct vpci_dev *dev, unsigned int idx)
{
	struct vpci_msix_entry *e = &dev->msix.entries[idx];

	pirq_msi_destroy(e->pirq);
	e->pirq = NULL;
	e->programmed = false;
}

/* Bring the device's entry in line with what the guest wants. Lock held. */
static void entry_commit(struct vpci_dev *dev, unsigned int idx)
{
	struct vpci_msix_entry *e = &dev->msix.entries[idx];
	volatile uint8_t *p = phys_entry(dev, idx);
	uint64_t addr;
	uint32_t data;

	if (p == NULL || !dev->msix.enabled) {
		return;
	}
	if (e->masked) {
		writel(ENTRY_MASKED, p + ENTRY_CTRL);
		return;
	}
	if (e->pirq != NULL && e->programmed) {
		pirq_msi_update(e->pirq, e->addr, e->data);
	} else {
		pirq_msi_destroy(e->pirq);
		e->pirq = pirq_msi_create(dev->d, e->addr, e->data, &addr, &data);
		if (e->pirq == NULL) {
			return;
		}
		writel(ENTRY_MASKED, p + ENTRY_CTRL);
		writel((uint32_t)addr, p + ENTRY_ADDR_LO);
		writel((uint32_t)(addr >> 32), p + ENTRY_ADDR_HI);
		writel(data, p + ENTRY_DATA);
		e->programmed = true;
	}
	writel(0, p + ENTRY_CTRL);
}

void vpci_msix_control_write(struct vpci_dev *dev, uint16_t control)
{
	unsigned int reg = dev->msix.pos + 2u;
	uint16_t old = pci_conf_read16(dev->sbdf, reg);

	control &= CTRL_ENABLE | CTRL_MASKALL;
	if ((control & CTRL_ENABLE) == 0) {
		pci_conf_write16(dev->sbdf, reg, control);
		dev->msix.enabled = false;
		for (unsigned int i = 0; i < dev->msix.nr; i++) {
			volatile uint8_t *p = phys_entry(dev, i);

			if (dev->msix.entries[i].pirq != NULL) {
				if (p != NULL) {
					writel(ENTRY_MASKED, p + ENTRY_CTRL);
				}
				entry_release(dev, i);
			}
		}
		return;
	}
	if ((old & CTRL_ENABLE) == 0) {
		/* Everything stays quiet until the entries are right; after a reset of the device they all are to be written again. */
		pci_conf_write16(dev->sbdf, reg, CTRL_ENABLE | CTRL_MASKALL);
		dev->msix.enabled = true;
		vpci_bar_update(dev);
		for (unsigned int i = 0; i < dev->msix.nr; i++) {
			dev->msix.entries[i].programmed = false;
			if (!dev->msix.entries[i].masked) {
				entry_commit(dev, i);
			}
		}
	}
	pci_conf_write16(dev->sbdf, reg, control);
}

void vpci_msix_clear(struct vpci_dev *dev)
{
	if (dev->msix.pos == 0) {
		return;
	}
	vpci_msix_control_write(dev, 0);
	for (unsigned int i = 0; i < dev->msix.nr; i++) {
		dev->msix.entries[i] = (struct vpci_msix_entry){ .masked = true };
	}
}

/* ---- the trapped page --------------------------------------------------------------------------------------------- */

static uint32_t entry_read(const struct vpci_dev *dev, unsigned int off)
{
	const struct vpci_msix_entry *e = &dev->msix.entries[off / MSIX_ENTRY_BYTES];

	switch (off % MSIX_ENTRY_BYTES) {
	case ENTRY_ADDR_LO:
		return (uint32_t)e->addr;
	case ENTRY_ADDR_HI:
		return (uint32_t)(e->addr >> 32);
	case ENTRY_DATA:
		return e->data;
	default:
		return e->masked ? ENTRY_MASKED : 0;
	}
}

static void entry_write(struct vpci_dev *dev, unsigned int off, uint32_t val)
{
	struct vpci_msix_entry *e = &dev->msix.entries[off / MSIX_ENTRY_BYTES];

	switch (off % MSIX_ENTRY_BYTES) {
	case ENTRY_ADDR_LO:
		e->addr = (e->addr & ~0xffffffffull) | (val & ~3u);
		break;
	case ENTRY_ADDR_HI:
		e->addr = (e->addr & 0xffffffffull) | ((uint64_t)val << 32);
		break;
	case ENTRY_DATA:
		e->data = val;
		break;
	default:
		e->masked = (val & ENTRY_MASKED) != 0;
		break;
	}
}

/* Who answers for addr: dev itself, or NULL when it is another device's table. */
static bool is_mine(struct vpci_dev *dev, gpa_t addr, bool *in_table)
{
	gpa_t table = READ_ONCE(dev->msix.table);

	*in_table = table != 0 && addr - table < (uint64_t)dev->msix.nr * MSIX_ENTRY_BYTES;
	return *in_table || vpci_find_table(dev->d, addr) == NULL;
}

static bool msix_read(struct vcpu *v, gpa_t addr, unsigned int size, uint64_t *val, void *arg)
{
	struct vpci_dev *dev = arg;
	bool in_table;
	volatile uint8_t *p;

	(void)v;
	if (!is_mine(dev, addr, &in_table)) {
		return false;
	}
	*val = ~0ull;
	spin_lock(&dev->lock);
	if (in_table) {
		unsigned int off = (unsigned int)(addr - dev->msix.table);

		if (off < dev->msix.nr * MSIX_ENTRY_BYTES && (size == 4 || size == 8) &&
			(off & (size - 1)) == 0) {
			*val = entry_read(dev, off);
			if (size == 8) {
				*val |= (uint64_t)entry_read(dev, off + 4) << 32;
			}
		}
	} else if (dev->msix.pages != NULL &&
		addr - dev->msix.range.start <= dev->msix.range.len - size) {
		p = dev->msix.pages + (addr - dev->msix.range.start);
		*val = size == 1  ? readb(p) :
			size == 2 ? readw(p) :
			size == 4 ? readl(p) :
				    readq(p);
	}
	spin_unlock(&dev->lock);
	return true;
}

static void forward_write(struct vpci_dev *dev, gpa_t addr, unsigned int size, uint64_t val)
{
	volatile uint8_t *p;

	if (dev->msix.pages == NULL || addr - dev->msix.range.start > dev->msix.range.len - size) {
		return;
	}
	p = dev->msix.pages + (addr - dev->msix.range.start);
	switch (size) {
	case 1:
		writeb((uint8_t)val, p);
		break;
	case 2:
		writew((uint16_t)val, p);
		break;
	case 4:
		writel((uint32_t)val, p);
		break;
	default:
		writeq(val, p);
		break;
	}
}

static bool msix_write(struct vcpu *v, gpa_t addr, unsigned int size, uint64_t val, void *arg)
{
	struct vpci_dev *dev = arg;
	bool in_table;

	(void)v;
	if (!is_mine(dev, addr, &in_table)) {
		return false;
	}
	spin_lock(&dev->lock);
	if (in_table) {
		unsigned int off = (unsigned int)(addr - dev->msix.table);

		if (off < dev->msix.nr * MSIX_ENTRY_BYTES && (size == 4 || size == 8) &&
			(off & (size - 1)) == 0) {
			bool was_masked = dev->msix.entries[off / MSIX_ENTRY_BYTES].masked;

			entry_write(dev, off, (uint32_t)val);
			if (size == 8) {
				entry_write(dev, off + 4, (uint32_t)(val >> 32));
			}
			/* Writes to a masked entry are latched until it is unmasked. */
			if (!was_masked || !dev->msix.entries[off / MSIX_ENTRY_BYTES].masked) {
				entry_commit(dev, off / MSIX_ENTRY_BYTES);
			}
		}
	} else {
		forward_write(dev, addr, size, val);
	}
	spin_unlock(&dev->lock);
	return true;
}

const struct hvm_mmio_ops vpci_msix_ops = { .read = msix_read, .write = msix_write };
