/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI configuration space of the hardware domain: ports and MCFG windows end here. Accesses go to the device, except the MSI capability (vpci_msi.c) and MSI-X
 * control word (vpci_msix.c); writes to COMMAND and BARs are watched, because the page with the MSI-X table must stay trapped (vpci_bar.c).
 * Lookups are lock-free (records are only added); each record has a lock for its state.
 */
#include <hv/acpi.h>
#include <hv/atomic.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/heap.h>
#include <hv/lib.h>
#include <hv/printk.h>

#include "vpci_priv.h"

static unsigned int hash_of(pci_sbdf_t s)
{
	return (unsigned int)(s.bus * 7u + s.devfn + s.seg) % VPCI_HASH_SIZE;
}

struct vpci_dev *vpci_find(struct domain *d, pci_sbdf_t sbdf)
{
	struct vpci_dev *dev = smp_load_acquire(&d->hvm.vpci->hash[hash_of(sbdf)]);

	while (dev != NULL &&
		(dev->sbdf.seg != sbdf.seg || dev->sbdf.bus != sbdf.bus ||
			dev->sbdf.devfn != sbdf.devfn)) {
		dev = dev->next;
	}
	return dev;
}

struct vpci_dev *vpci_find_table(struct domain *d, gpa_t addr)
{
	for (unsigned int i = 0; i < VPCI_HASH_SIZE; i++) {
		for (struct vpci_dev *dev = smp_load_acquire(&d->hvm.vpci->hash[i]); dev != NULL;
			dev = dev->next) {
			gpa_t table = READ_ONCE(dev->msix.table);

			if (table != 0 &&
				addr - table < (uint64_t)dev->msix.nr * MSIX_ENTRY_BYTES) {
				return dev;
			}
		}
	}
	return NULL;
}

uint32_t vpci_phys_read(pci_sbdf_t sbdf, unsigned int reg, unsigned int size)
{
	return size == 1  ? pci_conf_read8(sbdf, reg) :
		size == 2 ? pci_conf_read16(sbdf, reg) :
			    pci_conf_read32(sbdf, reg);
}

void vpci_phys_write(pci_sbdf_t sbdf, unsigned int reg, unsigned int size, uint32_t val)
{
	if (size == 1) {
		pci_conf_write8(sbdf, reg, (uint8_t)val);
	} else if (size == 2) {
		pci_conf_write16(sbdf, reg, (uint16_t)val);
	} else {
		pci_conf_write32(sbdf, reg, val);
	}
}

static inline uint32_t size_mask(unsigned int size)
{
	return size == 4 ? ~0u : (1u << (8 * size)) - 1;
}

static bool in_msi(const struct vpci_dev *dev, unsigned int reg)
{
	return dev->msi.pos != 0 && reg - dev->msi.pos < dev->msi.bytes;
}

static uint32_t read_aligned(pci_sbdf_t sbdf, unsigned int reg, unsigned int size)
{
	/* An unaligned access inside a dword is made of bytes. */
	if ((reg & (size - 1)) == 0) {
		return vpci_phys_read(sbdf, reg, size);
	}
	return (pci_conf_read32(sbdf, reg & ~3u) >> (8 * (reg & 3))) & size_mask(size);
}

uint32_t vpci_read(struct domain *d, pci_sbdf_t sbdf, unsigned int reg, unsigned int size)
{
	struct vpci_dev *dev = vpci_find(d, sbdf);
	uint32_t val;

	if (dev == NULL || !in_msi(dev, reg & ~3u)) {
		return read_aligned(sbdf, reg, size);
	}
	spin_lock(&dev->lock);
	val = vpci_msi_read(dev, reg & ~3u);
	spin_unlock(&dev->lock);
	return (val >> (8 * (reg & 3))) & size_mask(size);
}

static void write_aligned(pci_sbdf_t sbdf, unsigned int reg, unsigned int size, uint32_t val)
{
	if ((reg & (size - 1)) == 0) {
		vpci_phys_write(sbdf, reg, size, val);
		return;
	}
	for (unsigned int i = 0; i < size; i++) {
		pci_conf_write8(sbdf, reg + i, (uint8_t)(val >> (8 * i)));
	}
}

/* reg's dword as the guest sees it, with the written part replaced. */
static uint32_t merge(uint32_t old, unsigned int reg, unsigned int size, uint32_t val)
{
	unsigned int shift = 8 * (reg & 3);

	return (old & ~(size_mask(size) << shift)) | ((val & size_mask(size)) << shift);
}

void vpci_write(
	struct domain *d, pci_sbdf_t sbdf, unsigned int reg, unsigned int size, uint32_t val)
{
	struct vpci_dev *dev = vpci_find(d, sbdf);
	unsigned int dword = reg & ~3u;

	if (dev == NULL) {
		write_aligned(sbdf, reg, size, val);
		return;
	}
	spin_lock(&dev->lock);
	if (in_msi(dev, dword)) {
		vpci_msi_write(dev, dword, merge(vpci_msi_read(dev, dword), reg, size, val));
	} else if (dev->msix.pos != 0 && dword == dev->msix.pos) {
		vpci_msix_control_write(
			dev, (uint16_t)(merge(pci_conf_read32(sbdf, dword), reg, size, val) >> 16));
	} else {
		write_aligned(sbdf, reg, size, val);
		if (dev->msix.pos != 0 &&
			(dword == PCI_COMMAND ||
				(dword >= PCI_BASE_ADDRESS_0 && dword < PCI_BASE_ADDRESS_0 + 24))) {
			vpci_bar_update(dev);
		}
	}
	spin_unlock(&dev->lock);
}

/* ---- MCFG -------------------------------------------------------------------------------------------------------- */

static pci_sbdf_t mcfg_target(const struct acpi_mcfg_entry *m, gpa_t addr, unsigned int *reg)
{
	uint64_t off = addr - m->base;

	*reg = (unsigned int)off & 0xfff;
	return (pci_sbdf_t){ m->segment, (uint8_t)(off >> 20), (uint8_t)(off >> 12) };
}

static bool mcfg_read(struct vcpu *v, gpa_t addr, unsigned int size, uint64_t *val, void *arg)
{
	unsigned int reg;
	pci_sbdf_t sbdf = mcfg_target(arg, addr, &reg);

	if (size == 8 && (reg & 7) == 0) {
		*val = vpci_read(v->domain, sbdf, reg, 4) |
			((uint64_t)vpci_read(v->domain, sbdf, reg + 4, 4) << 32);
	} else if ((reg & 3) + size <= 4) {
		*val = vpci_read(v->domain, sbdf, reg, size);
	} else {
		*val = ~0ull;
	}
	return true;
}

static bool mcfg_write(struct vcpu *v, gpa_t addr, unsigned int size, uint64_t val, void *arg)
{
	unsigned int reg;
	pci_sbdf_t sbdf = mcfg_target(arg, addr, &reg);

	if (size == 8 && (reg & 7) == 0) {
		vpci_write(v->domain, sbdf, reg, 4, (uint32_t)val);
		vpci_write(v->domain, sbdf, reg + 4, 4, (uint32_t)(val >> 32));
	} else if ((reg & 3) + size <= 4) {
		vpci_write(v->domain, sbdf, reg, size, (uint32_t)val);
	}
	return true;
}

static const struct hvm_mmio_ops mcfg_ops = { .read = mcfg_read, .write = mcfg_write };

static int mcfg_init(struct domain *d)
{
	struct vpci_domain *vpci = d->hvm.vpci;

	if (acpi_info.nr_mcfg == 0) {
		return 0;
	}
	vpci->mcfg = xzalloc_array(struct hvm_mmio_range, acpi_info.nr_mcfg);
	if (vpci->mcfg == NULL) {
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < acpi_info.nr_mcfg; i++) {
		struct acpi_mcfg_entry *m = &acpi_info.mcfg[i];
		struct hvm_mmio_range *r = &vpci->mcfg[i];

		/* The base is bus 0's, whatever the first bus (PCI Firmware 3.3, 4.1.2). */
		r->start = m->base + ((uint64_t)m->start_bus << 20);
		r->len = ((uint64_t)m->end_bus - m->start_bus + 1) << 20;
		r->ops = &mcfg_ops;
		r->arg = m;
		hvm_register_mmio(d, r);
		vpci->nr_mcfg++;
	}
	return 0;
}

/* ---- records --------------------------------------------------------------------------------------------------- */

/* Capabilities and table of dev, from the device. Lock held. */
static int probe(struct vpci_dev *dev)
{
	int rc;

	vpci_msi_probe(dev);
	rc = vpci_msix_probe(dev);
	if (rc == 0) {
		vpci_bar_update(dev);
	}
	return rc;
}

static void clear(struct vpci_dev *dev)
{
	vpci_msi_clear(dev);
	vpci_msix_clear(dev);
}

/* vpci->lock held. */
static int create(struct domain *d, pci_sbdf_t sbdf)
{
	struct vpci_dev **head = &d->hvm.vpci->hash[hash_of(sbdf)];
	struct vpci_dev *dev = xzalloc(struct vpci_dev);
	int rc;

	if (dev == NULL) {
		return -ENOMEM;
	}
	dev->d = d;
	dev->sbdf = sbdf;
	spin_lock_init(&dev->lock, LOCK_VPCI_DEV);
	rc = probe(dev);
	if (rc != 0) {
		/* Probing fails before it registers anything that refers to the record. */
		xfree(dev);
		return rc;
	}
	dev->next = *head;
	smp_store_release(head, dev);
	return 0;
}

int vpci_add_device(struct domain *d, pci_sbdf_t sbdf)
{
	struct vpci_domain *vpci = d->hvm.vpci;
	struct vpci_dev *dev = vpci_find(d, sbdf);
	int rc = 0;

	if (dev != NULL) {
		spin_lock(&dev->lock);
		if (dev->dead) {
			dev->dead = false;
			rc = probe(dev);
		}
		spin_unlock(&dev->lock);
		return rc;
	}
	if (!pci_device_present(sbdf) ||
		(pci_find_cap(sbdf, PCI_CAP_ID_MSI) == 0 &&
			pci_find_cap(sbdf, PCI_CAP_ID_MSIX) == 0)) {
		return 0;
	}
	spin_lock(&vpci->lock);
	if (vpci_find(d, sbdf) == NULL) {
		rc = create(d, sbdf);
	}
	spin_unlock(&vpci->lock);
	return rc;
}

void vpci_remove_device(struct domain *d, pci_sbdf_t sbdf)
{
	struct vpci_dev *dev = vpci_find(d, sbdf);

	if (dev != NULL) {
		spin_lock(&dev->lock);
		clear(dev);
		dev->dead = true;
		spin_unlock(&dev->lock);
	}
}

static int add_one(pci_sbdf_t sbdf, void *arg)
{
	return vpci_add_device(arg, sbdf);
}

int vpci_init(struct domain *d)
{
	int rc;

	d->hvm.vpci = xzalloc(struct vpci_domain);
	if (d->hvm.vpci == NULL) {
		return -ENOMEM;
	}
	spin_lock_init(&d->hvm.vpci->lock, LOCK_VPCI);
	rc = mcfg_init(d);
	if (rc == 0) {
		rc = pci_for_each_device(add_one, d);
	}
	return rc;
}

void vpci_fini(struct domain *d)
{
	struct vpci_domain *vpci = d->hvm.vpci;

	if (vpci == NULL) {
		return;
	}
	/* Only when the domain's construction failed: it never ran. */
	for (unsigned int i = 0; i < VPCI_HASH_SIZE; i++) {
		while (vpci->hash[i] != NULL) {
			struct vpci_dev *dev = vpci->hash[i];

			vpci->hash[i] = dev->next;
			clear(dev);
			if (dev->msix.registered) {
				hvm_unregister_mmio(d, &dev->msix.range);
			}
			xfree(dev->msix.entries);
			xfree(dev);
		}
	}
	for (unsigned int i = 0; i < vpci->nr_mcfg; i++) {
		hvm_unregister_mmio(d, &vpci->mcfg[i]);
	}
	xfree(vpci->mcfg);
	XFREE(d->hvm.vpci);
}
