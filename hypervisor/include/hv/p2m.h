/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: p2m */
/*
 * gfn -> mfn of a domain. The nested page tables are the only storage. Locking: p2m.lock (rwlock) is taken inside; callers hold no p2m lock unless a
 * name ends in _locked. Every function that removes or weakens a present entry has flushed all CPUs (and the IOMMU) when it returns.
 */
#ifndef HV_P2M_H
#define HV_P2M_H

#include <hv/types.h>
#include <hv/compiler.h>
#include <hv/addr.h>
#include <hv/rwlock.h>
#include <hv/page.h>

struct domain;
struct vcpu;

typedef enum {
	p2m_invalid,		/* nothing there: reads all-ones, writes dropped */
	p2m_ram_rw,
	p2m_ram_ro,
	p2m_mmio_direct,	/* physical MMIO, uncached */
	p2m_mmio_dm,		/* device model (reserved for HVM) */
	p2m_grant_rw,		/* grant mapping, owner is another domain (or self) */
	p2m_grant_ro,
	p2m_foreign,		/* foreign map, holds a reference of the page */
	p2m_logdirty,		/* reserved for migration */
} p2m_type_t;

#define p2m_is_ram(t)		((t) == p2m_ram_rw || (t) == p2m_ram_ro || (t) == p2m_logdirty)
#define p2m_is_grant(t)		((t) == p2m_grant_rw || (t) == p2m_grant_ro)
#define p2m_is_any_ram(t)	(p2m_is_ram(t) || p2m_is_grant(t) || (t) == p2m_foreign)
#define p2m_is_readonly(t)	((t) == p2m_ram_ro || (t) == p2m_grant_ro)

struct p2m_domain {
	rwlock_t lock;
	mfn_t root;			/* top table, hypervisor page; nested CR3 */
	unsigned long nr_tables;	/* pages used for tables */
	uint64_t max_mapped_gfn;
	bool need_flush;
	const struct p2m_fmt *fmt;	/* entry format: NPT now, EPT later */
};

int __must_check p2m_init(struct domain *d);
/* Preemptible: drop all mappings' references (foreign, grant stays for grant.c), then the tables. -ERESTART or 0. */
int __must_check p2m_teardown(struct domain *d);

/* Look up. Returns INVALID_MFN for holes; *order (may be NULL) is the size of the mapping or hole as a page order. Lockless callers get a snapshot only. */
mfn_t p2m_get(struct domain *d, gfn_t gfn, p2m_type_t *t, unsigned int *order);
/* Set nr = 1<<order frames. Splits and merges as needed. -ENOMEM leaves the old mapping. Replaced foreign entries drop their reference. */
int __must_check p2m_set(struct domain *d, gfn_t gfn, mfn_t mfn, unsigned int order, p2m_type_t t);
/* Remove 1<<order frames, which must map mfn (INVALID_MFN: whatever is there). */
int __must_check p2m_remove(struct domain *d, gfn_t gfn, mfn_t mfn, unsigned int order);
/* Identity-map [start, end] inclusive machine frames as type t, in the largest pages. Boot of dom0. */
int __must_check p2m_map_identity(struct domain *d, uint64_t start_mfn, uint64_t nr, p2m_type_t t);
/* The page behind gfn with a reference taken (any RAM-like type; write: refuses read-only), NULL otherwise. put_page() it. */
struct page_info *p2m_get_page(struct domain *d, gfn_t gfn, p2m_type_t *t, bool write);
uint64_t p2m_max_gfn(struct domain *d);
/* Largest gfn (exclusive) the domain may use. */
uint64_t p2m_gfn_limit(const struct domain *d);

/* Ask every CPU that runs d to flush its guest TLB and wait. */
void p2m_flush_tlb(struct domain *d);

/*
 * Nested page fault. access: write/exec bits. Returns P2M_FAULT_RETRY when the access is allowed by now, _EMULATE for MMIO (no page, or an emulated
 * page), _CRASH never for plain holes.
 */
enum p2m_fault { P2M_FAULT_RETRY, P2M_FAULT_EMULATE };
enum p2m_fault p2m_handle_fault(struct vcpu *v, gpa_t gpa, bool write, bool exec);

#endif
