/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gfn -> mfn of a domain. Nested page tables are the only storage; their pages are hypervisor pages, counted and limited per domain. A change is prepared (tables
 * made, large pages split: may fail, changes no translation), then committed by one store (or a few into an existing table). What was replaced is
 * released only after all CPUs have flushed, outside the lock.
 *
 * In a direct-mapped domain (dom0) RAM that is covered by another mapping stays owned; it comes back when the cover goes, unless PGC_user1 says that the
 * domain has given the frame away by ballooning (it is then kept for it).
 */
#include <hv/bitmap.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/hvm.h>
#include <hv/iommu.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/p2m.h>
#include <hv/rangeset.h>
#include <hv/smp.h>
#include <hv/softirq.h>
#include <hv/string.h>

#include "p2m_priv.h"

/* Tables that a domain may always have, whatever its memory pool is. */
#define P2M_MIN_TABLES 1024u

/* What a change replaced and must be released after the flush. */
struct p2m_change {
	bool flush;
	uint64_t entry;   /* one replaced entry at level, or 0 */
	unsigned int level;
	uint64_t *
		table; /* a table that was copied: entries [first, first + nr) at level lost their mapping */
	unsigned int first, nr;
	uint64_t *empties; /* empty tables taken out, linked by their first words */
};

/* Where a torn-down domain's root points: an empty table for ever. */
static mfn_t empty_root;

int p2m_init(struct domain *d)
{
	struct p2m_domain *p = &d->p2m;
	uint64_t *root = alloc_hv_pages(0);

	if (root == NULL) {
		return -ENOMEM;
	}
	if (empty_root.v == 0) {
		void *e = alloc_hv_pages(0);

		if (e == NULL) {
			free_hv_pages(root, 0);
			return -ENOMEM;
		}
		empty_root = hv_va_to_mfn(e);
	}
	rwlock_init(&p->lock);
	p->root = hv_va_to_mfn(root);
	p->nr_tables = 1;
	p->max_mapped_gfn = 0;
	p->need_flush = false;
	p->dead = false;
	p->fmt = hvm_ops != NULL && hvm_ops->p2m_fmt != NULL ? hvm_ops->p2m_fmt : &p2m_npt_fmt;
	return 0;
}

uint64_t p2m_gfn_limit(const struct domain *d)
{
	unsigned int bits =
		boot_cpu_info.phys_bits != 0 ? boot_cpu_info.phys_bits - PAGE_SHIFT : 24;

	(void)d;
	return 1ull << MIN(bits, P2M_GFN_BITS);
}

uint64_t p2m_max_gfn(struct domain *d)
{
	return READ_ONCE(d->p2m.max_mapped_gfn);
}

/* Flush ---------------------------------------------------------------------------------------------------------- */

static void flush_ack(void *arg)
{
	(void)arg;
}

void p2m_flush_tlb(struct domain *d)
{
	cpumask_t mask;
	unsigned int cpu;

	d->p2m.need_flush = false;
	__atomic_fetch_add(&d->tlb_gen, 1, __ATOMIC_SEQ_CST);
	/*
	 * A CPU compares tlb_gen with interrupts off before it enters the guest. One that runs a vCPU of d now may have done so already: an interrupt brings
	 * it out. One that switches to d later sees the new value.
	 */
	cpumask_zero(&mask);
	for_each_online_cpu(cpu) {
		const struct vcpu *v = READ_ONCE(per_cpu(curr_vcpu, cpu));

		if (cpu != smp_processor_id() && v != NULL && v->domain == d) {
			__cpumask_set_cpu(cpu, &mask);
		}
	}
	if (!cpumask_empty(&mask)) {
		on_selected_cpus(&mask, flush_ack, NULL, true);
	}
	iommu_flush(d);
}

/* Release what was replaced. No p2m lock is held and the flush has been done. */
static void release_entry(struct domain *d, uint64_t e, unsigned int level)
{
	struct p2m_domain *p = &d->p2m;

	if ((e & p->fmt->present) == 0) {
		return;
	}
	if (p2m_is_table(p->fmt->present, e, level)) {
		uint64_t *t = p2m_entry_table(e);

		for (unsigned int i = 0; i < P2M_ENTRIES; i++) {
			release_entry(d, t[i], level - 1);
		}
		free_hv_pages(t, 0);
		__atomic_fetch_sub(&p->nr_tables, 1, __ATOMIC_RELAXED);
	} else if (p2m_entry_type(e) == p2m_foreign) {
		ASSERT(level == 0);
		put_page(mfn_to_page(_mfn(p2m_entry_mfn(e, 0, 0))));
		atomic_dec(&d->nr_foreign_maps);
	}
}

static void change_finish(struct domain *d, struct p2m_change *ch)
{
	if (ch->flush) {
		p2m_flush_tlb(d);
	}
	release_entry(d, ch->entry, ch->level);
	if (ch->table != NULL) {
		for (unsigned int i = 0; i < ch->nr; i++) {
			release_entry(d, ch->table[ch->first + i], ch->level);
		}
		free_hv_pages(ch->table, 0);
		__atomic_fetch_sub(&d->p2m.nr_tables, 1, __ATOMIC_RELAXED);
	}
	while (ch->empties != NULL) {
		uint64_t *next = (uint64_t *)(uintptr_t)ch->empties[0];

		free_hv_pages(ch->empties, 0);
		ch->empties = next;
	}
}

/* Tables --------------------------------------------------------------------------------------------------------- */

/* Take empty tables out of the tree. A link stored in entry 0 has its low three bits clear: hardware sees a hole. Returns whether t is empty. */
static bool collect_empty(
	struct p2m_domain *p, uint64_t *t, unsigned int level, struct p2m_change *ch)
{
	bool empty = true;

	for (unsigned int i = 0; i < P2M_ENTRIES; i++) {
		uint64_t e = t[i];

		if ((e & p->fmt->present) == 0) {
			continue;
		}
		if (p2m_is_table(p->fmt->present, e, level) &&
			collect_empty(p, p2m_entry_table(e), level - 1, ch)) {
			uint64_t *sub = p2m_entry_table(e);

			WRITE_ONCE(t[i], 0);
			WRITE_ONCE(sub[0], (uint64_t)(uintptr_t)ch->empties);
			ch->empties = sub;
			ch->flush = true;
			__atomic_fetch_sub(&p->nr_tables, 1, __ATOMIC_RELAXED);
			continue;
		}
		empty = false;
	}
	return empty;
}

static uint64_t *table_alloc(struct domain *d)
{
	struct p2m_domain *p = &d->p2m;
	uint64_t limit = MAX(d->paging_mempool_bytes >> PAGE_SHIFT, (uint64_t)P2M_MIN_TABLES);
	uint64_t *t;

	if (!d->is_hardware && READ_ONCE(p->nr_tables) >= limit) {
		return NULL;
	}
	t = alloc_hv_pages(0);
	if (t != NULL) {
		__atomic_fetch_add(&p->nr_tables, 1, __ATOMIC_RELAXED);
	}
	return t;
}

static void free_spare(struct p2m_domain *p, uint64_t *t)
{
	if (t != NULL) {
		free_hv_pages(t, 0);
		__atomic_fetch_sub(&p->nr_tables, 1, __ATOMIC_RELAXED);
	}
}

static uint64_t table_entry(const struct p2m_domain *p, const uint64_t *t)
{
	return p->fmt->table(hv_va_to_mfn(t));
}

/*
 * The entry of gfn in its table at level, with tables made and large pages split on the way (make). *hole (may be NULL when make): without make, nothing is
 * mapped there. NULL: no memory or hole.
 */
static uint64_t *get_slot(struct domain *d, uint64_t gfn, unsigned int level, bool make, bool *hole)
{
	struct p2m_domain *p = &d->p2m;
	uint64_t *t = mfn_to_hv_va(p->root);

	if (hole != NULL) {
		*hole = false;
	}
	for (unsigned int l = P2M_TOP_LEVEL; l > level; l--) {
		uint64_t *slot = &t[p2m_index(gfn, l)];
		uint64_t e = *slot;

		if (p2m_is_table(p->fmt->present, e, l)) {
			t = p2m_entry_table(e);
			continue;
		}
		if ((e & p->fmt->present) == 0 && !make) {
			*hole = true;
			return NULL;
		}
		t = table_alloc(d);
		if (t == NULL) {
			return NULL;
		}
		if ((e & p->fmt->present) != 0) {
			uint64_t child = l == 1 ? e & ~P2M_LARGE : e;

			for (unsigned int i = 0; i < P2M_ENTRIES; i++) {
				t[i] = child + ((uint64_t)i << (PAGE_SHIFT + 9 * (l - 1)));
			}
		}
		smp_wmb();
		WRITE_ONCE(*slot, table_entry(p, t));
	}
	return &t[p2m_index(gfn, level)];
}

/* Does the subtree of e contain a grant mapping? */
static bool has_grant(const struct p2m_domain *p, uint64_t e, unsigned int level)
{
	if ((e & p->fmt->present) == 0) {
		return false;
	}
	if (p2m_is_table(p->fmt->present, e, level)) {
		const uint64_t *t = p2m_entry_table(e);

		for (unsigned int i = 0; i < P2M_ENTRIES; i++) {
			if (has_grant(p, t[i], level - 1)) {
				return true;
			}
		}
		return false;
	}
	return p2m_is_grant(p2m_entry_type(e));
}

/* RAM of a direct-mapped domain whose place is gfn and that it has not ballooned out. */
static bool owns_identity(const struct domain *d, uint64_t gfn)
{
	const struct page_info *pg;

	if (!d->direct_mapped || !mfn_valid(_mfn(gfn))) {
		return false;
	}
	pg = mfn_to_page(_mfn(gfn));
	return page_get_owner(pg) == d &&
		(READ_ONCE(pg->count_info) & (PGC_allocated | PGC_user1 | PGC_hv)) == PGC_allocated;
}

/*
 * Put a mapping (mfn, or a hole if INVALID_MFN) at [gfn, gfn + 2^order). Write lock held. Old grant mappings are -EBUSY. Nothing is changed on error.
 */
static int change_locked(struct domain *d, uint64_t gfn, mfn_t mfn, unsigned int order,
	p2m_type_t t, struct p2m_change *ch)
{
	struct p2m_domain *p = &d->p2m;
	unsigned int level = order / 9, nr = 1u << (order % 9);
	bool map = mfn.v != INVALID_MFN_RAW, hole = false, old_table = false, present = false;
	uint64_t *slot, *parent = NULL, *spare = NULL, first = 0, step = 0;
	int rc;

	if (p->dead) {
		return -ESRCH;
	}
	slot = get_slot(d, gfn, level, map, &hole);
	if (slot == NULL && !hole && ch->empties == NULL && !d->is_hardware) {
		/* At its limit: the domain may hold tables that map nothing any more. */
		collect_empty(p, mfn_to_hv_va(p->root), P2M_TOP_LEVEL, ch);
		slot = get_slot(d, gfn, level, map, &hole);
	}
	if (slot == NULL) {
		return hole ? 0 : -ENOMEM;
	}
	for (unsigned int i = 0; i < nr; i++) {
		if (has_grant(p, slot[i], level)) {
			return -EBUSY;
		}
		present |= (slot[i] & p->fmt->present) != 0;
		old_table |= p2m_is_table(p->fmt->present, slot[i], level) ||
			((slot[i] & p->fmt->present) != 0 &&
				p2m_entry_type(slot[i]) == p2m_foreign);
	}
	if (map) {
		step = 1ull << (PAGE_SHIFT + 9 * level);
		first = p->fmt->leaf(mfn, t, level);
		if (level == 2 && !hvm_ops->has_1g_pages) {
			/* One table of 2 MiB pages in its place. */
			spare = table_alloc(d);
			if (spare == NULL) {
				return -ENOMEM;
			}
			first = p->fmt->leaf(mfn, t, 1);
			for (unsigned int i = 0; i < P2M_ENTRIES; i++) {
				spare[i] = first + ((uint64_t)i << 21);
			}
			first = table_entry(p, spare);
			step = 0;
			ASSERT(nr == 1);
		}
	} else if (order == 0 && owns_identity(d, gfn) && p2m_entry_mfn(*slot, 0, 0) != gfn) {
		mfn = _mfn(gfn);
		first = p->fmt->leaf(mfn, p2m_ram_rw, 0);
		t = p2m_ram_rw;
	}
	if (nr != 1 && old_table) {
		/* Tables or references must outlive the flush: replace the whole table by a changed copy and look through the old one afterwards. */
		parent = get_slot(d, gfn, level + 1, true, NULL);
		spare = table_alloc(d);
		if (parent == NULL || spare == NULL) {
			free_spare(p, spare);
			return -ENOMEM;
		}
	}
	if (domain_has_iommu(d->iommu_priv)) {
		if (first != 0 && p2m_is_any_ram(t)) {
			rc = iommu_map(d, gfn, mfn, order, !p2m_is_readonly(t));
		} else {
			rc = present ? iommu_unmap(d, gfn, order) : 0;
		}
		if (rc != 0) {
			free_spare(p, spare);
			return rc;
		}
	}

	/* Commit. */
	smp_wmb();
	ch->level = level;
	ch->flush |= present;
	if (nr == 1) {
		ch->entry = *slot;
		WRITE_ONCE(*slot, first);
	} else if (!old_table) {
		for (unsigned int i = 0; i < nr; i++) {
			WRITE_ONCE(slot[i], first + i * step);
		}
	} else {
		unsigned int at = p2m_index(gfn, level);
		uint64_t *old = slot - at;

		memcpy(spare, old, PAGE_SIZE);
		for (unsigned int i = 0; i < nr; i++) {
			spare[at + i] = first + i * step;
		}
		smp_wmb();
		WRITE_ONCE(*parent, table_entry(p, spare));
		ch->table = old;
		ch->first = at;
		ch->nr = nr;
		ch->flush = true;
	}
	if (first != 0 && gfn + (1ull << order) - 1 > p->max_mapped_gfn) {
		p->max_mapped_gfn = gfn + (1ull << order) - 1;
	}
	return 0;
}

static bool range_ok(const struct domain *d, uint64_t gfn, mfn_t mfn, unsigned int order)
{
	uint64_t mask;

	if (order > PAGE_ORDER_1G) {
		return false;
	}
	mask = (1ull << order) - 1;
	return (gfn & mask) == 0 && (mfn.v == INVALID_MFN_RAW || (mfn.v & mask) == 0) &&
		gfn < p2m_gfn_limit(d) && mask < p2m_gfn_limit(d) - gfn;
}

/* Interface ------------------------------------------------------------------------------------------------------ */

mfn_t p2m_get(struct domain *d, gfn_t gfn, p2m_type_t *t, unsigned int *order)
{
	struct p2m_domain *p = &d->p2m;
	uint64_t present = p->fmt->present, e;
	unsigned int level;

	read_lock(&p->lock);
	e = p2m_find(p, present, gfn.v, &level);
	read_unlock(&p->lock);
	if (order != NULL) {
		*order = 9 * level;
	}
	if ((e & present) == 0) {
		*t = p2m_invalid;
		return INVALID_MFN;
	}
	*t = p2m_entry_type(e);
	return _mfn(p2m_entry_mfn(e, gfn.v, level));
}

int p2m_set(struct domain *d, gfn_t gfn, mfn_t mfn, unsigned int order, p2m_type_t t)
{
	struct p2m_change ch = { 0 };
	int rc;

	if (t == p2m_invalid || mfn.v == INVALID_MFN_RAW || !range_ok(d, gfn.v, mfn, order)) {
		return -EINVAL;
	}
	write_lock(&d->p2m.lock);
	rc = change_locked(d, gfn.v, mfn, order, t, &ch);
	write_unlock(&d->p2m.lock);
	change_finish(d, &ch);
	return rc;
}

/* Does [gfn, gfn + 2^order) map mfn and nothing else? Lock held. */
static bool maps_only(const struct p2m_domain *p, uint64_t gfn, uint64_t mfn, unsigned int order)
{
	uint64_t nr = 1ull << order;

	for (uint64_t i = 0; i < nr;) {
		unsigned int level;
		uint64_t e = p2m_find(p, p->fmt->present, gfn + i, &level);

		if ((e & p->fmt->present) == 0 || p2m_entry_mfn(e, gfn + i, level) != mfn + i) {
			return false;
		}
		i += (1ull << (9 * level)) - ((gfn + i) & ((1ull << (9 * level)) - 1));
	}
	return true;
}

int p2m_remove(struct domain *d, gfn_t gfn, mfn_t mfn, unsigned int order)
{
	struct p2m_change ch = { 0 };
	int rc;

	if (!range_ok(d, gfn.v, INVALID_MFN, order)) {
		return -EINVAL;
	}
	write_lock(&d->p2m.lock);
	if (mfn.v != INVALID_MFN_RAW && !maps_only(&d->p2m, gfn.v, mfn.v, order)) {
		rc = -ENOENT;
	} else {
		rc = change_locked(d, gfn.v, INVALID_MFN, order, p2m_invalid, &ch);
	}
	write_unlock(&d->p2m.lock);
	change_finish(d, &ch);
	return rc;
}

int p2m_map_identity(struct domain *d, uint64_t start_mfn, uint64_t nr, p2m_type_t t)
{
	while (nr != 0) {
		unsigned int order = PAGE_ORDER_1G;
		int rc;

		while (order != 0 &&
			((start_mfn & ((1ull << order) - 1)) != 0 || (1ull << order) > nr)) {
			order -= 9;
		}
		rc = p2m_set(d, _gfn(start_mfn), _mfn(start_mfn), order, t);
		if (rc != 0) {
			return rc;
		}
		start_mfn += 1ull << order;
		nr -= 1ull << order;
	}
	return 0;
}

/*
 * Physical MMIO that dom0 touched for the first time and may have: [gfn, gfn + 2^order) is still a hole. Above 4 GiB such a mapping may be covered by a foreign or
 * grant mapping again: a stray read of Linux's unpopulated pages must not make the slot useless.
 */
static bool mmio_may_be_covered(const struct domain *d, uint64_t gfn, uint64_t mfn)
{
	return d->is_hardware && gfn == mfn && gfn >= (1ull << (32 - PAGE_SHIFT));
}

static int map_one(struct domain *d, uint64_t gfn, mfn_t mfn, p2m_type_t t)
{
	struct p2m_domain *p = &d->p2m;
	struct p2m_change ch = { 0 };
	unsigned int level;
	uint64_t e;
	int rc;

	if (!range_ok(d, gfn, mfn, 0)) {
		return -EINVAL;
	}
	write_lock(&p->lock);
	e = p2m_find(p, p->fmt->present, gfn, &level);
	if ((e & p->fmt->present) != 0 && p2m_entry_type(e) == p2m_mmio_direct &&
		!mmio_may_be_covered(d, gfn, p2m_entry_mfn(e, gfn, level))) {
		rc = -EPERM;
	} else {
		rc = change_locked(d, gfn, mfn, 0, t, &ch);
		if (rc == 0 && t == p2m_foreign) {
			atomic_inc(&d->nr_foreign_maps);
		}
	}
	write_unlock(&p->lock);
	change_finish(d, &ch);
	return rc;
}

int p2m_map_grant(struct domain *d, gfn_t gfn, mfn_t mfn, bool readonly)
{
	return map_one(d, gfn.v, mfn, readonly ? p2m_grant_ro : p2m_grant_rw);
}

int p2m_map_foreign(struct domain *d, gfn_t gfn, mfn_t mfn)
{
	return map_one(d, gfn.v, mfn, p2m_foreign);
}

int p2m_unmap_grant(struct domain *d, gfn_t gfn, mfn_t mfn)
{
	struct p2m_domain *p = &d->p2m;
	uint64_t *slot, e, back = 0;
	bool hole;
	int rc = 0;

	if (!range_ok(d, gfn.v, INVALID_MFN, 0)) {
		return -ENOENT;
	}
	write_lock(&p->lock);
	slot = get_slot(d, gfn.v, 0, false, &hole);
	e = slot != NULL ? *slot : 0;
	if ((e & p->fmt->present) == 0 || !p2m_is_grant(p2m_entry_type(e)) ||
		p2m_entry_mfn(e, 0, 0) != mfn.v) {
		rc = -ENOENT;
		goto out;
	}
	if (owns_identity(d, gfn.v)) {
		back = p->fmt->leaf(_mfn(gfn.v), p2m_ram_rw, 0);
	}
	if (domain_has_iommu(d->iommu_priv)) {
		rc = back != 0 ? iommu_map(d, gfn.v, _mfn(gfn.v), 0, true) :
				 iommu_unmap(d, gfn.v, 0);
		if (rc != 0) {
			goto out;
		}
	}
	WRITE_ONCE(*slot, back);
	p->need_flush = true;
out:
	write_unlock(&p->lock);
	return rc;
}

struct page_info *p2m_get_page(struct domain *d, gfn_t gfn, p2m_type_t *t, bool write)
{
	struct p2m_domain *p = &d->p2m;
	struct page_info *pg = NULL;
	p2m_type_t type = p2m_invalid;
	uint64_t mfn;

	read_lock(&p->lock);
	if (p2m_lookup_locked(p, gfn.v, &mfn, &type) && p2m_is_any_ram(type) &&
		!(write && p2m_is_readonly(type)) && mfn_valid(_mfn(mfn))) {
		pg = mfn_to_page(_mfn(mfn));
		/* Grant and foreign entries hold the page by a reference of their own, whoever owns it. */
		if (p2m_is_ram(type) ? !get_page(pg, d) : !get_page_any(pg)) {
			pg = NULL;
		}
	}
	read_unlock(&p->lock);
	if (t != NULL) {
		*t = type;
	}
	return pg;
}

/* Faults --------------------------------------------------------------------------------------------------------- */

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

/* First touch of physical MMIO by the hardware domain. false: not his. */
static bool map_mmio(struct domain *d, uint64_t gfn)
{
	struct p2m_domain *p = &d->p2m;
	struct p2m_change ch = { 0 };
	unsigned int level;
	uint64_t e;
	int rc = 0;

	if (!mmio_is_allowed(d, gfn, 0)) {
		return false;
	}
	write_lock(&p->lock);
	e = p2m_find(p, p->fmt->present, gfn, &level);
	/*
	 * Trapped ranges are looked at under the lock: a range that is registered later removes what this maps (hvm_register_mmio()). The largest page that is
	 * free and allowed: frame buffers are large.
	 */
	if ((e & p->fmt->present) != 0) {
		rc = 0;
	} else if (!mmio_is_allowed(d, gfn, 0)) {
		rc = -EPERM;
	} else {
		unsigned int order =
			level != 0 && mmio_is_allowed(d, gfn, PAGE_ORDER_2M) ? PAGE_ORDER_2M : 0;

		gfn &= ~((1ull << order) - 1);
		rc = change_locked(d, gfn, _mfn(gfn), order, p2m_mmio_direct, &ch);
	}
	write_unlock(&p->lock);
	change_finish(d, &ch);
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
		/* Allowed by now: another CPU changed the entry, or hardware used an old translation. */
		return p->fmt->allows(e, write, exec) ? P2M_FAULT_RETRY : P2M_FAULT_EMULATE;
	}
	if (d->is_hardware && d->iomem_caps != NULL && gfn < p2m_gfn_limit(d) && map_mmio(d, gfn)) {
		return P2M_FAULT_RETRY;
	}
	return P2M_FAULT_EMULATE;
}

/* Teardown ------------------------------------------------------------------------------------------------------- */

#define TEARDOWN_BATCH 64u

struct teardown {
	unsigned int budget; /* entries that may still be looked at in this round */
	unsigned int nr_foreign;
	uint32_t foreign[TEARDOWN_BATCH]; /* frames to put when the lock is dropped */
};

/* Empty table t of level; true when it is done. */
static bool teardown_table(
	struct p2m_domain *p, uint64_t *t, unsigned int level, struct teardown *td)
{
	for (unsigned int i = 0; i < P2M_ENTRIES; i++) {
		uint64_t e = t[i];

		if ((e & p->fmt->present) == 0) {
			continue;
		}
		if (td->budget == 0 || td->nr_foreign == TEARDOWN_BATCH) {
			return false;
		}
		td->budget--;
		if (p2m_is_table(p->fmt->present, e, level)) {
			if (!teardown_table(p, p2m_entry_table(e), level - 1, td)) {
				return false;
			}
			free_hv_pages(p2m_entry_table(e), 0);
			__atomic_fetch_sub(&p->nr_tables, 1, __ATOMIC_RELAXED);
		} else if (p2m_entry_type(e) == p2m_foreign) {
			td->foreign[td->nr_foreign++] = (uint32_t)p2m_entry_mfn(e, 0, 0);
		}
		t[i] = 0;
	}
	return true;
}

int p2m_teardown(struct domain *d)
{
	struct p2m_domain *p = &d->p2m;
	bool done = false;

	/* No vCPU of d can run any more: nothing needs a flush. */
	while (!done) {
		struct teardown td = { .budget = 8192 };
		uint64_t *root;

		if (p->fmt == NULL) {
			return 0;
		}
		write_lock(&p->lock);
		p->dead = true;
		if (p->root.v == empty_root.v) {
			write_unlock(&p->lock);
			return 0;
		}
		root = mfn_to_hv_va(p->root);
		done = teardown_table(p, root, P2M_TOP_LEVEL, &td);
		if (done) {
			p->root = empty_root;
			p->nr_tables = 0;
			free_hv_pages(root, 0);
		}
		write_unlock(&p->lock);
		for (unsigned int i = 0; i < td.nr_foreign; i++) {
			put_page(mfn_to_page(_mfn(td.foreign[i])));
			atomic_dec(&d->nr_foreign_maps);
		}
		if (!done && softirq_pending_here()) {
			return -ERESTART;
		}
	}
	return 0;
}
