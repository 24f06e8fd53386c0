/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of PCI devices with MSI or MSI-X, shared by vpci*.c. */
#ifndef HVM_VPCI_PRIV_H
#define HVM_VPCI_PRIV_H

#include <hv/hvm.h>
#include <hv/pirq.h>
#include <hv/spinlock.h>
#include <hv/vpci.h>

#define VPCI_HASH_SIZE   64u
#define MSIX_ENTRY_BYTES 16u

/* One vector of MSI-X: what the guest wrote, and the physical interrupt behind it while it is in use. */
struct vpci_msix_entry {
	uint64_t addr;
	uint32_t data;
	bool masked;
	bool programmed; /* the device's entry holds our message */
	struct pirq_msi *pirq;
};

/* Made once for a device, kept for good (ranges are read without a lock). [v]: lock */
struct vpci_dev {
	struct vpci_dev *next; /* [a] hash chain, entries are only added */
	struct domain *d; /* [I] */
	pci_sbdf_t sbdf; /* [I] */
	bool dead; /* [v] removed by the guest */
	spinlock_t lock;

	struct {
		uint8_t pos; /* [v] of the capability, 0 none */
		uint8_t bytes;
		bool is_64, has_mask;
		bool enabled;
		uint64_t addr; /* the guest's message */
		uint32_t data;
		struct pirq_msi *pirq;
	} msi;
	struct {
		uint8_t pos;
		uint8_t bir; /* BAR of the table */
		bool enabled;
		uint16_t nr;
		uint32_t offset; /* of the table in its BAR */
		gpa_t table; /* [a] where it is now, 0 unknown */
		volatile uint8_t *pages; /* mapping of the page(s) with the table */
		struct vpci_msix_entry *entries;
		bool registered;
		struct hvm_mmio_range range;
	} msix;
};

struct vpci_domain {
	struct vpci_dev *hash[VPCI_HASH_SIZE];
	spinlock_t lock; /* of additions */
	struct hvm_mmio_range *mcfg; /* nr_mcfg of them */
	unsigned int nr_mcfg;
};

struct vpci_dev *vpci_find(struct domain *d, pci_sbdf_t sbdf);
/* The device with an MSI-X table at addr, NULL none. */
struct vpci_dev *vpci_find_table(struct domain *d, gpa_t addr);
/* Physical accesses by size. */
uint32_t vpci_phys_read(pci_sbdf_t sbdf, unsigned int reg, unsigned int size);
void vpci_phys_write(pci_sbdf_t sbdf, unsigned int reg, unsigned int size, uint32_t val);

/* vpci_msi.c, vpci_msix.c: read the capability (lock held); forget everything; registers as whole dwords: reg is a multiple of 4 inside the capability. */
void vpci_msi_probe(struct vpci_dev *dev);
void vpci_msi_clear(struct vpci_dev *dev);
uint32_t vpci_msi_read(struct vpci_dev *dev, unsigned int reg);
void vpci_msi_write(struct vpci_dev *dev, unsigned int reg, uint32_t val);
int vpci_msix_probe(struct vpci_dev *dev);
void vpci_msix_clear(struct vpci_dev *dev);
void vpci_msix_control_write(struct vpci_dev *dev, uint16_t control);
extern const struct hvm_mmio_ops vpci_msix_ops;

/* vpci_bar.c: command register or a BAR was written: follow the table. Lock held. */
void vpci_bar_update(struct vpci_dev *dev);

#endif
