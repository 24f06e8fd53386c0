/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: mm */
/*
 * Machine memory: one buddy allocator for pages of domains, and the hypervisor pool, which takes 2 MiB blocks from it and keeps them mapped. Any context but NMI;
 * locks are irq-safe. Domain pages are not mapped anywhere.
 */
#ifndef HV_PAGE_ALLOC_H
#define HV_PAGE_ALLOC_H

#include <hv/addr.h>
#include <hv/compiler.h>
#include <hv/page.h>

#define MEMF_below_4G (1u << 0) /* whole block under 4 GiB */
#define MEMF_no_scrub (1u << 1) /* content does not matter (dom0's RAM) */
#define MAX_ORDER     18  /* 1 GiB */

/*
 * 2^order aligned pages for d: every page gets owner d and count_info PGC_allocated | 1. Zeroed unless MEMF_no_scrub. d may be NULL. Accounting is the caller's
 * (domain_assign_page). NULL: no memory.
 */
struct page_info *alloc_domain_pages(struct domain *d, unsigned int order, unsigned int flags);
/* Give back pages of alloc_domain_pages() that nobody else has a reference to (error paths). No release hook. */
void free_domain_pages(struct page_info *pg, unsigned int order);
/* Pages one after the other whose last references are gone, all at once; their owner has let go of them. */
void free_domain_page_run(mfn_t first, unsigned int nr);
/* Take exactly [mfn, mfn + nr) if all of it is free: owner d, PGC_allocated | 1 each, not scrubbed. -EBUSY when some page is not free. */
int __must_check alloc_exact_range(struct domain *d, mfn_t mfn, uint64_t nr);
/* Longest run of free pages starting at mfn, at most max. For laying out dom0. */
uint64_t free_run_length(mfn_t mfn, uint64_t max);

/* Free pages in both pools, and the part of it that domains can get at once. */
uint64_t free_pages_count(void);
uint64_t free_pages_below_4G(void);
/* RAM that the allocator manages, and all RAM of the machine, in pages. */
uint64_t total_pages(void);
uint64_t machine_ram_pages(void);

/* Hypervisor pages: zeroed, mapped at HV_DIRECT_BASE + maddr, each with one reference (PGC_hv, no owner). NULL: no memory. Order at most 9. */
void *alloc_hv_pages(unsigned int order);
void *alloc_hv_pages_flags(unsigned int order, unsigned int memflags);
/* Drops the references of alloc_hv_pages(); a page that somebody else still holds is freed later. Accepts NULL. */
void free_hv_pages(void *va, unsigned int order);

#define HV_DIRECT_BASE 0xffff830000000000ul
static inline void *maddr_to_hv_va(maddr_t a)
{
	return (void *)(HV_DIRECT_BASE + a);
}
static inline void *mfn_to_hv_va(mfn_t m)
{
	return maddr_to_hv_va(mfn_to_maddr(m));
}
/* Image and hypervisor-pool addresses. */
maddr_t virt_to_maddr(const void *va);
static inline mfn_t hv_va_to_mfn(const void *va)
{
	return maddr_to_mfn(virt_to_maddr(va));
}
static inline struct page_info *hv_va_to_page(const void *va)
{
	return mfn_to_page(hv_va_to_mfn(va));
}
static inline void *page_to_hv_va(const struct page_info *pg)
{
	return mfn_to_hv_va(page_to_mfn(pg));
}

/* Boot only. */
struct boot_info;
void page_alloc_early_init(
	struct boot_info *bi); /* picks the first hypervisor block and reserves image and modules */
void page_alloc_init(
	struct boot_info *bi); /* frame table; frees all other RAM into the allocator */
/* Free a frame range that was reserved at boot (modules, init memory). */
void page_alloc_add_range(mfn_t start, uint64_t nr);
/* Debug: consistency of the free lists; panics. */
void page_alloc_check(void);

#endif
