/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: p2m */
/*
 * gfn -> mfn of a domain. The nested page tables are the only storage. Locking: p2m.lock (rwlock)
 * is taken inside; callers hold no p2m lock unless a name ends in _locked. Every function that
 * removes or weakens a present entry has flushed all CPUs (and the IOMMU) when it returns.
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
	p2m_invalid,  /* nothing there: reads all-ones, writes dropped */
	p2m_ram_rw,
	p2m_ram_ro,
	p2m_mmio_direct, /* physical MMIO, uncached */
	p2m_mmio_dm,  /* device model (reserved for HVM) */
	p2m_grant_rw,  /* grant mapping, owner is another domain (or self) */
	p2m_grant_ro,
	p2m_foreign,  /* foreign map, holds a reference of the page */
	p2m_logdirty,  /* reserved for migration */
	p2m_pod,  /* populate on demand: no page yet, the first touch brings one */
} p2m_type_t;

#define p2m_is_ram(t)      ((t) == p2m_ram_rw || (t) == p2m_ram_ro || (t) == p2m_logdirty)
#define p2m_is_grant(t)    ((t) == p2m_grant_rw || (t) == p2m_grant_ro)
#define p2m_is_any_ram(t)  (p2m_is_ram(t) || p2m_is_grant(t) || (t) == p2m_foreign)
#define p2m_is_readonly(t) ((t) == p2m_ram_ro || (t) == p2m_grant_ro)

struct p2m_domain {
	rwlock_t lock;
	mfn_t root;   /* top table, hypervisor page; nested CR3 */
	unsigned long nr_tables; /* pages used for tables */
	uint64_t max_mapped_gfn;
	/* [p] An entry was cleared by p2m_unmap_grant() since the last flush. */
	bool need_flush;
	uint64_t shared_info_gfn; /* [a] where add_to_physmap put shared_info, plus 1; 0 nowhere */
	uint64_t nr_pod; /* [p] pages of type p2m_pod */
	bool dead; /* [p] torn down: nothing can be mapped any more */
	const struct p2m_fmt *fmt; /* [I] entry format: NPT now, EPT later */
};

extern const struct p2m_fmt p2m_npt_fmt;

int __must_check p2m_init(struct domain *d);
/*
 * Preemptible: drop all mappings' references (foreign, grant stays for grant.c), then the tables.
 * -ERESTART or 0.
 */
int __must_check p2m_teardown(struct domain *d);

/*
 * Look up. Returns INVALID_MFN for holes; *order (may be NULL) is the size of the mapping or hole
 * as a page order. Lockless callers get a snapshot only.
 */
/* (takes p2m.lock for reading) */
mfn_t p2m_get(struct domain *d, gfn_t gfn, p2m_type_t *t, unsigned int *order);
/*
 * Set 1 << order frames (gfn and mfn aligned to it, order at most 18). Splits as needed. -ENOMEM,
 * -EINVAL and -ESRCH (torn down) leave the old mapping. Replaced foreign entries drop their
 * reference; replaced grant entries do not exist (-EBUSY).
 */
int __must_check p2m_set(struct domain *d, gfn_t gfn, mfn_t mfn, unsigned int order, p2m_type_t t);
/*
 * Remove 1 << order frames, which must map mfn (INVALID_MFN: whatever is there). -ENOENT: something
 * else, or nothing, is there; -EBUSY: a grant mapping is among them; -ENOMEM: a large page could
 * not be split. In a direct-mapped domain a slot whose own RAM was covered gets that RAM back.
 */
int __must_check p2m_remove(struct domain *d, gfn_t gfn, mfn_t mfn, unsigned int order);
/*
 * Identity-map [start, end] inclusive machine frames as type t, in the largest pages. Boot of dom0.
 */
int __must_check p2m_map_identity(struct domain *d, uint64_t start_mfn, uint64_t nr, p2m_type_t t);
/*
 * The page behind gfn with a reference taken (any RAM-like type; write: refuses read-only; p2m_pod:
 * populated first), NULL otherwise. put_page() it.
 */
struct page_info *p2m_get_page(struct domain *d, gfn_t gfn, p2m_type_t *t, bool write);
/*
 * Populate on demand (p2m_pod.c), order 0..9. Set: the range was a hole (-EBUSY), -EINVAL for a direct-mapped domain, -ENOMEM. Remove: all of it is of that type
 * (-ENOENT), and is a hole then. Fill: true when gfn is RAM now; false: it is something else, or the domain was crashed for want of memory. Context: as p2m_set().
 */
int __must_check p2m_pod_set(struct domain *d, gfn_t gfn, unsigned int order);
int __must_check p2m_pod_remove(struct domain *d, gfn_t gfn, unsigned int order);
bool __must_check p2m_pod_fill(struct domain *d, gfn_t gfn);
uint64_t p2m_max_gfn(struct domain *d);
/* Largest gfn (exclusive) the domain may use. */
uint64_t p2m_gfn_limit(const struct domain *d);

/*
 * Grant mappings, order 0. Map: -EBUSY when the slot holds a grant mapping, -EPERM for physical
 * MMIO, -ENOMEM, -ESRCH (torn down), -EINVAL (past the limit). RAM that is there stays owned by d.
 * Unmap: the slot must map mfn by a grant entry (-ENOENT otherwise); it does NOT flush: the caller
 * calls p2m_flush_tlb(d), once for many, before the frame is released. RAM of a direct-mapped
 * domain comes back at its place.
 */
int __must_check p2m_map_grant(struct domain *d, gfn_t gfn, mfn_t mfn, bool readonly);
int __must_check p2m_unmap_grant(struct domain *d, gfn_t gfn, mfn_t mfn);
/*
 * Install a foreign mapping: on success the caller's reference of the page belongs to the entry.
 * Errors as p2m_map_grant().
 */
int __must_check p2m_map_foreign(struct domain *d, gfn_t gfn, mfn_t mfn);

/*
 * Every CPU that runs d leaves guest mode and flushes its translations of d before it enters again;
 * the IOMMU's are flushed too. Interrupts on, no locks. Returns when no CPU can use an old
 * translation any more.
 */
void p2m_flush_tlb(struct domain *d);

/*
 * Nested page fault. access: write/exec bits. Returns P2M_FAULT_RETRY when the access is allowed by
 * now, _EMULATE for MMIO (no page, or an emulated page), _CRASH never for plain holes.
 */
enum p2m_fault { P2M_FAULT_RETRY, P2M_FAULT_EMULATE };
enum p2m_fault p2m_handle_fault(struct vcpu *v, gpa_t gpa, bool write, bool exec);

#endif
