/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: iommu */
/* DMA remapping. p2m/ keeps it in step; without an IOMMU every function is a cheap no-op. */
#ifndef HV_IOMMU_H
#define HV_IOMMU_H

#include <hv/types.h>
#include <hv/addr.h>
#include <hv/compiler.h>

struct domain;

extern bool iommu_enabled;
extern bool opt_iommu; /* iommu= */

void iommu_init(void);    /* after ACPI; honours iommu= and dom0-iommu= */
int __must_check iommu_domain_init(struct domain *d);
void iommu_domain_fini(struct domain *d);
/* Shadow a p2m change for a domain with devices. Flush with iommu_flush(). */
int __must_check iommu_map(
	struct domain *d, uint64_t dfn, mfn_t mfn, unsigned int order, bool writable);
int iommu_unmap(struct domain *d, uint64_t dfn, unsigned int order);
void iommu_flush(struct domain *d);
/* All devices to dom0. */
int iommu_assign_all(struct domain *d);
/* Call fn for each range of registers of the units in use, wherever it is: no guest may reach them. */
void iommu_for_each_mmio(void (*fn)(maddr_t start, uint64_t bytes, void *arg), void *arg);
static inline bool domain_has_iommu(const void *iommu_priv)
{
	return iommu_priv != NULL;
}

#endif
