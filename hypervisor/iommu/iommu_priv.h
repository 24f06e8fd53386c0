/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between iommu.c and the vendors' drivers in this folder. */
#ifndef IOMMU_PRIV_H
#define IOMMU_PRIV_H

#include <hv/addr.h>
#include <hv/types.h>

struct domain;

struct iommu_ops {
	const char *name;
	/* Find and start the hardware. 0, -ENODEV (none), or another error after a log line. */
	int (*init)(void);
	int (*domain_init)(struct domain *d);
	void (*domain_fini)(struct domain *d);
	int (*map)(struct domain *d, uint64_t dfn, mfn_t mfn, unsigned int order, bool writable);
	int (*unmap)(struct domain *d, uint64_t dfn, unsigned int order);
	void (*flush)(struct domain *d);
	int (*assign_all)(struct domain *d);
	/* The units' registers. */
	void (*for_each_mmio)(void (*fn)(maddr_t start, uint64_t bytes, void *arg), void *arg);
};

extern const struct iommu_ops amd_iommu_ops;

#endif
