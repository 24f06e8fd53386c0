/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DMA remapping, vendor-neutral: picks the driver that finds its hardware and forwards to it. Only the hardware domain has devices. p2m/ calls map and unmap
 * with the p2m lock held, so changes of one domain are serialized by that lock; the drivers lock their queues themselves.
 */
#include <hv/compiler.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/iommu.h>
#include <hv/lib.h>
#include <hv/printk.h>

#include "iommu_priv.h"

bool iommu_enabled __ro_after_init;
bool opt_iommu __ro_after_init = true;

static const struct iommu_ops *ops __ro_after_init;
static const struct iommu_ops *const drivers[] = { &amd_iommu_ops };

void __init iommu_init(void)
{
	if (!opt_iommu) {
		printk(XENLOG_INFO "IOMMU: not used (iommu=0)\n");
		return;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(drivers); i++) {
		int rc = drivers[i]->init();

		if (rc == 0) {
			ops = drivers[i];
			iommu_enabled = true;
			printk(XENLOG_INFO "IOMMU: %s in use\n", ops->name);
			return;
		}
		if (rc != -ENODEV) {
			printk(XENLOG_WARN "IOMMU: %s found but not usable (error %d)\n",
				drivers[i]->name, rc);
		}
	}
}

int iommu_domain_init(struct domain *d)
{
	return iommu_enabled ? ops->domain_init(d) : 0;
}

void iommu_domain_fini(struct domain *d)
{
	if (d->iommu_priv != NULL) {
		ops->domain_fini(d);
	}
}

int iommu_map(struct domain *d, uint64_t dfn, mfn_t mfn, unsigned int order, bool writable)
{
	return d->iommu_priv != NULL ? ops->map(d, dfn, mfn, order, writable) : 0;
}

int iommu_unmap(struct domain *d, uint64_t dfn, unsigned int order)
{
	return d->iommu_priv != NULL ? ops->unmap(d, dfn, order) : 0;
}

void iommu_flush(struct domain *d)
{
	if (d->iommu_priv != NULL) {
		ops->flush(d);
	}
}

int __init iommu_assign_all(struct domain *d)
{
	return d->iommu_priv != NULL ? ops->assign_all(d) : 0;
}

void __init iommu_for_each_mmio(void (*fn)(maddr_t start, uint64_t bytes, void *arg), void *arg)
{
	if (iommu_enabled) {
		ops->for_each_mmio(fn, arg);
	}
}
