/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The MSI capability (PCI Local Bus 3.0, 6.8.1). The guest's address and data name a virtual vector and are kept here; while the function's MSI is enabled the device
 * holds our message. One vector only: more would have to be consecutive, so the capability says that the function can send one. Mask and pending bits are the device's.
 */
#include <hv/printk.h>

#include "vpci_priv.h"

#define CTRL_ENABLE 0x0001u
#define CTRL_MMC    0x000eu  /* vectors it can send */
#define CTRL_MME    0x0070u  /* vectors it may send */
#define CTRL_64     0x0080u
#define CTRL_MASK   0x0100u

static unsigned int data_reg(const struct vpci_dev *dev)
{
	return dev->msi.pos + (dev->msi.is_64 ? 12u : 8u);
}

void vpci_msi_probe(struct vpci_dev *dev)
{
	unsigned int pos = pci_find_cap(dev->sbdf, PCI_CAP_ID_MSI);
	uint16_t ctrl;

	dev->msi.pos = 0;
	if (pos < 0x40 || pos > 0xf4 || (pos & 3) != 0) {
		return;
	}
	ctrl = pci_conf_read16(dev->sbdf, pos + 2);
	dev->msi.is_64 = (ctrl & CTRL_64) != 0;
	dev->msi.has_mask = (ctrl & CTRL_MASK) != 0;
	dev->msi.bytes = dev->msi.is_64 ? 16 : 12; /* mask and pending are not ours */
	dev->msi.enabled = false;
	dev->msi.addr = 0;
	dev->msi.data = 0;
	if ((ctrl & CTRL_ENABLE) != 0) {
		/* Left on by the firmware: its message leads nowhere. */
		pci_conf_write16(dev->sbdf, pos + 2, (uint16_t)(ctrl & ~CTRL_ENABLE));
	}
	dev->msi.pos = (uint8_t)pos;
}

static void disable(struct vpci_dev *dev)
{
	unsigned int reg = dev->msi.pos + 2u;

	pci_conf_write16(
		dev->sbdf, reg, (uint16_t)(pci_conf_read16(dev->sbdf, reg) & ~CTRL_ENABLE));
	pirq_msi_destroy(dev->msi.pirq);
	dev->msi.pirq = NULL;
	dev->msi.enabled = false;
}

void vpci_msi_clear(struct vpci_dev *dev)
{
	if (dev->msi.pos != 0) {
		disable(dev);
	}
}

static void enable(struct vpci_dev *dev)
{
	unsigned int reg = dev->msi.pos + 2u;
	uint16_t ctrl = pci_conf_read16(dev->sbdf, reg);
	uint64_t addr;
	uint32_t data;

	if (dev->msi.enabled && (ctrl & CTRL_ENABLE) != 0) {
		return;
	}
	/* New, or the device was reset below us: our message must be written again. */
	pirq_msi_destroy(dev->msi.pirq);
	dev->msi.pirq = pirq_msi_create(dev->d, dev->msi.addr, dev->msi.data, &addr, &data);
	if (dev->msi.pirq == NULL) {
		dev->msi.enabled = false;
		return;
	}
	pci_conf_write32(dev->sbdf, dev->msi.pos + 4u, (uint32_t)addr);
	if (dev->msi.is_64) {
		pci_conf_write32(dev->sbdf, dev->msi.pos + 8u, (uint32_t)(addr >> 32));
	}
	pci_conf_write16(dev->sbdf, data_reg(dev), (uint16_t)data);
	pci_conf_write16(dev->sbdf, reg, (uint16_t)((ctrl & ~CTRL_MME) | CTRL_ENABLE));
	dev->msi.enabled = true;
}

uint32_t vpci_msi_read(struct vpci_dev *dev, unsigned int reg)
{
	unsigned int off = reg - dev->msi.pos;

	if (off == 0) {
		return pci_conf_read32(dev->sbdf, reg) & ~((CTRL_MMC | CTRL_MME) << 16);
	}
	if (off == 4) {
		return (uint32_t)dev->msi.addr;
	}
	if (off == 8 && dev->msi.is_64) {
		return (uint32_t)(dev->msi.addr >> 32);
	}
	/* The upper half of the data register's dword is the device's. */
	return (pci_conf_read32(dev->sbdf, reg) & 0xffff0000u) | (dev->msi.data & 0xffff);
}

void vpci_msi_write(struct vpci_dev *dev, unsigned int reg, uint32_t val)
{
	unsigned int off = reg - dev->msi.pos;

	if (off == 0) {
		if (((val >> 16) & CTRL_ENABLE) != 0) {
			enable(dev);
		} else {
			disable(dev);
		}
		return;
	}
	if (off == 4) {
		dev->msi.addr = (dev->msi.addr & ~0xffffffffull) | (val & ~3u);
	} else if (off == 8 && dev->msi.is_64) {
		dev->msi.addr = (dev->msi.addr & 0xffffffffull) | ((uint64_t)val << 32);
	} else {
		dev->msi.data = val & 0xffff;
	}
	if (dev->msi.pirq != NULL) {
		pirq_msi_update(dev->msi.pirq, dev->msi.addr, dev->msi.data);
	}
}
