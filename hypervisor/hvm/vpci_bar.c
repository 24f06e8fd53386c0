/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the MSI-X table of a device is: the guest may move its BAR. BARs themselves are the device's; MMIO is mapped on first touch wherever it lies, so only the page of
 * the table has to be followed, and only while memory decoding is on (with it off the registers may hold a size probe).
 */
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/page.h>
#include <hv/pagetable.h>
#include <hv/printk.h>

#include "vpci_priv.h"

/* Base address of memory BAR bir; 0: none. */
static uint64_t bar_address(pci_sbdf_t sbdf, unsigned int bir)
{
	unsigned int reg = PCI_BASE_ADDRESS_0 + 4 * bir;
	uint32_t lo = pci_conf_read32(sbdf, reg);
	uint64_t addr = lo & ~0xfull;

	if ((lo & 1) != 0) {
		return 0;
	}
	if ((lo & 6) == 4 && bir < 5) {
		addr |= (uint64_t)pci_conf_read32(sbdf, reg + 4) << 32;
	}
	return addr;
}

static bool touches_ram(uint64_t start, uint64_t len)
{
	for (uint64_t a = start; a < start + len; a += PAGE_SIZE) {
		if (mfn_valid(maddr_to_mfn(a))) {
			return true;
		}
	}
	return false;
}

void vpci_bar_update(struct vpci_dev *dev)
{
	uint64_t bar, table, start, len;
	volatile uint8_t *pages;

	if (dev->msix.pos == 0 ||
		(pci_conf_read16(dev->sbdf, PCI_COMMAND) & PCI_COMMAND_MEMORY) == 0) {
		return;
	}
	bar = bar_address(dev->sbdf, dev->msix.bir);
	table = bar + dev->msix.offset;
	if (bar == 0 || table == dev->msix.table) {
		return;
	}
	start = table & PAGE_MASK;
	len = PAGE_ALIGN(table + (uint64_t)dev->msix.nr * MSIX_ENTRY_BYTES) - start;
	if (table < bar || start + len <= start || (start + len - 1) >> 52 != 0 ||
		touches_ram(start, len)) {
		return;  /* a size probe, or nonsense */
	}
	pages = ioremap_uc(start, len);
	if (pages == NULL) {
		printk(XENLOG_WARNING
			"vpci: no address space for the MSI-X table of %04x:%02x:%02x.%u\n",
			dev->sbdf.seg, dev->sbdf.bus, PCI_SLOT(dev->sbdf.devfn),
			PCI_FUNC(dev->sbdf.devfn));
		return;
	}
	iounmap((void *)(uintptr_t)dev->msix.pages);
	dev->msix.pages = pages;
	WRITE_ONCE(dev->msix.table, table);
	if (dev->msix.registered) {
		/* The number of pages depends on the offset in the first one, which does not change: BARs are at least as aligned as they are large. */
		hvm_move_mmio(dev->d, &dev->msix.range, start);
		return;
	}
	dev->msix.range.start = start;
	dev->msix.range.len = len;
	dev->msix.range.ops = &vpci_msix_ops;
	dev->msix.range.arg = dev;
	dev->msix.registered = true;
	hvm_register_mmio(dev->d, &dev->msix.range);
}
