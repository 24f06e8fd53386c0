/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nested page faults: translations that are allowed by now, and the physical MMIO of the hardware
 * domain, which is mapped at its first touch. What its rights (d->iomem_caps) or an emulated range
 * forbid, and holes of everybody else, are left to the emulator.
 */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/hvm.h>
#include <hv/p2m.h>
#include <hv/pci.h>
#include <hv/rangeset.h>

#include "p2m_priv.h"

/* Does an emulated range (MSI-X table, MCFG, ...) touch [gfn, gfn + nr)? */
static bool mmio_is_trapped(const struct domain *d, uint64_t gfn, uint64_t nr)
{
	const struct hvm_mmio_range *r;
	uint64_t start = gfn << PAGE_SHIFT, len = nr << PAGE_SHIFT;

	list_for_each_entry(r, &d->hvm.mmio_ranges, link) {
		if (r->start < start + len && start < r->start + r->len) {
			return true;
		}
	}
	return false;
}

static bool mmio_is_allowed(struct domain *d, uint64_t gfn, unsigned int order)
{
	uint64_t nr = 1ull << order;

	gfn &= ~(nr - 1);
	return rangeset_contains_range(d->iomem_caps, gfn, gfn + nr - 1) &&
		!mmio_is_trapped(d, gfn, nr);
}

/* Memory BARs above 4 GiB: is gfn inside one that is switched on? */
static int in_bar(pci_sbdf_t dev, void *arg)
{
	uint64_t addr = *(const uint64_t *)arg << PAGE_SHIFT;
	unsigned int nr = (pci_conf_read8(dev, PCI_HEADER_TYPE) & 0x7f) == 0 ? 6 : 2;

	if ((pci_conf_read16(dev, PCI_COMMAND) & PCI_COMMAND_MEMORY) == 0) {
		return 0;
	}
	for (unsigned int i = 0; i + 1 < nr; i++) {
		uint32_t lo = pci_conf_read32(dev, PCI_BASE_ADDRESS_0 + 4 * i);
		uint64_t bar;

		if ((lo & 7) != 4) {
			continue;
		}
		i++;
		bar = (lo & ~0xfull) |
			(uint64_t)pci_conf_read32(dev, PCI_BASE_ADDRESS_0 + 4 * i) << 32;
		/* A BAR is aligned to its size: it ends before addr's lowest one has doubled. */
		if (bar >> 32 != 0 && addr >= bar && addr - bar < (bar & -bar)) {
			return 1;
		}
	}
	return 0;
}

/*
 * Can a device be behind gfn? Below 4 GiB everything that is not RAM may be one. Above, only BARs:
 * the rest stays free for foreign and grant mappings and reads as nothing.
 */
static bool mmio_is_there(uint64_t gfn)
{
	return gfn < (1ull << (32 - PAGE_SHIFT)) || pci_for_each_device(in_bar, &gfn) != 0;
}

/* First touch of physical MMIO by the hardware domain. false: not his. */
static bool map_mmio(struct domain *d, uint64_t gfn)
{
	struct p2m_domain *p = &d->p2m;
	struct p2m_change ch = { 0 };
	unsigned int level;
	uint64_t e;
	int rc = 0;

	if (!mmio_is_allowed(d, gfn, 0) || !mmio_is_there(gfn)) {
		return false;
	}
	write_lock(&p->lock);
	e = p2m_find(p, p->fmt->present, gfn, &level);
	/*
	 * Trapped ranges are looked at under the lock: a range that is registered later removes
	 * what this maps (hvm_register_mmio()). The largest page that is free and allowed: frame
	 * buffers are large.
	 */
	if ((e & p->fmt->present) != 0) {
		rc = 0;
	} else if (!mmio_is_allowed(d, gfn, 0)) {
		rc = -EPERM;
	} else {
		unsigned int order =
			level != 0 && mmio_is_allowed(d, gfn, PAGE_ORDER_2M) ? PAGE_ORDER_2M : 0;

		gfn &= ~((1ull << order) - 1);
		rc = p2m_change_locked(d, gfn, _mfn(gfn), order, p2m_mmio_direct, &ch);
	}
	write_unlock(&p->lock);
	p2m_change_finish(d, &ch);
	return rc == 0;
}

enum p2m_fault p2m_handle_fault(struct vcpu *v, gpa_t gpa, bool write, bool exec)
{
	struct domain *d = v->domain;
	struct p2m_domain *p = &d->p2m;
	uint64_t gfn = gpa >> PAGE_SHIFT, e;
	unsigned int level;

	read_lock(&p->lock);
	e = p2m_find(p, p->fmt->present, gfn, &level);
	read_unlock(&p->lock);
	if ((e & p->fmt->present) != 0) {
		/*
		 * Allowed by now: another CPU changed the entry, or hardware used an old
		 * translation.
		 */
		return p->fmt->allows(e, write, exec) ? P2M_FAULT_RETRY : P2M_FAULT_EMULATE;
	}
	if (unlikely(p2m_entry_is_pod(p->fmt->present, e))) {
		/* If there is no memory left, the domain has been crashed and does not run again. */
		(void)!p2m_pod_fill(d, _gfn(gfn));
		return P2M_FAULT_RETRY;
	}
	if (d->is_hardware && d->iomem_caps != NULL && gfn < p2m_gfn_limit(d) && map_mmio(d, gfn)) {
		return P2M_FAULT_RETRY;
	}
	return P2M_FAULT_EMULATE;
}
