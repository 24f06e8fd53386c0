/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables behind a p2m: making, splitting, changing and tearing down. Table pages are hypervisor
 * pages, counted and limited per domain. A change is prepared (tables made, large pages split: may
 * fail, changes no translation), then committed by one store, or a few into an existing table. What
 * was replaced is released only after all CPUs have flushed, outside the lock.
 *
 * In a direct-mapped domain (dom0) RAM that is covered by another mapping stays owned; it comes
 * back when the cover goes, unless PGC_user1 says that the domain has given the frame away by
 * ballooning (it is then kept for it).
 */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/hvm.h>
#include <hv/iommu.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/p2m.h>
#include <hv/softirq.h>
#include <hv/string.h>

#include "p2m_priv.h"

/* Tables that a domain may always have, whatever its memory pool is. */
#define P2M_MIN_TABLES 1024u

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
	rwlock_init(&p->lock, LOCK_P2M);
	p->root = hv_va_to_mfn(root);
	p->nr_tables = 1;
	p->max_mapped_gfn = 0;
	p->need_flush = false;
	p->nr_pod = 0;
	p->dead = false;
	p->fmt = hvm_ops != NULL && hvm_ops->p2m_fmt != NULL ? hvm_ops->p2m_fmt : &p2m_npt_fmt;
	return 0;
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

void p2m_change_finish(struct domain *d, struct p2m_change *ch)
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

/* Tables --------------------------------------------------------------------------------------- */

/*
 * Take empty tables out of the tree. A link stored in entry 0 has its low three bits clear:
 * hardware sees a hole. Returns whether t is empty.
 */
static bool collect_empty(
	struct p2m_domain *p, uint64_t *t, unsigned int level, struct p2m_change *ch)
{
	bool empty = true;

	for (unsigned int i = 0; i < P2M_ENTRIES; i++) {
		uint64_t e = t[i];

		if ((e & p->fmt->present) == 0) {
			empty &= !p2m_entry_is_pod(p->fmt->present, e);
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
 * The entry of gfn in its table at level, with tables made and large pages split on the way (make).
 * *hole (may be NULL when make): without make, nothing is mapped there. NULL: no memory or hole.
 */
uint64_t *p2m_get_slot(struct domain *d, uint64_t gfn, unsigned int level, bool make, bool *hole)
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
		bool pod = p2m_entry_is_pod(p->fmt->present, e);

		if ((e & p->fmt->present) == 0 && !pod && !make) {
			*hole = true;
			return NULL;
		}
		t = table_alloc(d);
		if (t == NULL) {
			return NULL;
		}
		if (unlikely(pod)) {
			for (unsigned int i = 0; i < P2M_ENTRIES; i++) {
				t[i] = p2m_pod_entry();
			}
		} else if ((e & p->fmt->present) != 0) {
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
bool p2m_owns_identity(const struct domain *d, uint64_t gfn)
{
	const struct page_info *pg;

	if (!d->direct_mapped || !mfn_valid(_mfn(gfn))) {
		return false;
	}
	pg = mfn_to_page(_mfn(gfn));
	return page_get_owner(pg) == d &&
		(READ_ONCE(pg->count_info) & (PGC_allocated | PGC_user1 | PGC_hv)) == PGC_allocated;
}

/* What p2m_change_locked() is about to do, as far as it is prepared. */
struct plan {
	uint64_t *slot; /* first entry that changes */
	unsigned int level, nr;
	uint64_t pods; /* pages to be populated on demand that go */
	uint64_t first, step; /* new entries: first + i * step; 0: holes */
	bool present; /* something is mapped there, or a table is */
	bool keep_old; /* old entries are tables or foreign: they must be seen after the flush */
	uint64_t *spare; /* a new table, not linked in yet */
	uint64_t *parent; /* where it goes when it replaces the table of slot */
};

/* What is there now? -EBUSY for grant mappings. */
static int plan_look(const struct p2m_domain *p, struct plan *pl)
{
	for (unsigned int i = 0; i < pl->nr; i++) {
		uint64_t e = pl->slot[i];

		if (unlikely(p->nr_pod != 0)) {
			pl->pods += p2m_pod_count(p, e, pl->level);
		}
		if ((e & p->fmt->present) == 0) {
			continue;
		}
		if (has_grant(p, e, pl->level)) {
			return -EBUSY;
		}
		pl->present = true;
		pl->keep_old |= p2m_is_table(p->fmt->present, e, pl->level) ||
			p2m_entry_type(e) == p2m_foreign;
	}
	return 0;
}

/* The new entries for a mapping, and the tables that they need. */
static int plan_map(struct domain *d, struct plan *pl, mfn_t mfn, p2m_type_t t)
{
	const struct p2m_domain *p = &d->p2m;

	if (t == p2m_pod) {
		pl->first = p2m_pod_entry();
		return 0;
	}
	pl->step = 1ull << (PAGE_SHIFT + 9 * pl->level);
	pl->first = p->fmt->leaf(mfn, t, pl->level);
	if (pl->level == 2 && !hvm_ops->has_1g_pages) {
		/* One table of 2 MiB pages in its place. */
		pl->spare = table_alloc(d);
		if (pl->spare == NULL) {
			return -ENOMEM;
		}
		for (unsigned int i = 0; i < P2M_ENTRIES; i++) {
			pl->spare[i] = p->fmt->leaf(mfn_add(mfn, (uint64_t)i << 9), t, 1);
		}
		pl->first = table_entry(p, pl->spare);
	}
	return 0;
}

static void plan_commit(
	struct p2m_domain *p, const struct plan *pl, uint64_t gfn, struct p2m_change *ch)
{
	unsigned int at = p2m_index(gfn, pl->level);

	smp_wmb();
	ch->level = pl->level;
	ch->flush |= pl->present;
	if (pl->nr == 1) {
		ch->entry = *pl->slot;
		WRITE_ONCE(*pl->slot, pl->first);
		return;
	}
	if (!pl->keep_old) {
		for (unsigned int i = 0; i < pl->nr; i++) {
			WRITE_ONCE(pl->slot[i], pl->first + i * pl->step);
		}
		return;
	}
	/*
	 * The whole table is replaced by a changed copy; the old one is looked through afterwards.
	 */
	ch->table = pl->slot - at;
	ch->first = at;
	ch->nr = pl->nr;
	memcpy(pl->spare, ch->table, PAGE_SIZE);
	for (unsigned int i = 0; i < pl->nr; i++) {
		pl->spare[at + i] = pl->first + i * pl->step;
	}
	smp_wmb();
	WRITE_ONCE(*pl->parent, table_entry(p, pl->spare));
}

int p2m_change_locked(struct domain *d, uint64_t gfn, mfn_t mfn, unsigned int order, p2m_type_t t,
	struct p2m_change *ch)
{
	struct p2m_domain *p = &d->p2m;
	struct plan pl = { .level = order / 9, .nr = 1u << (order % 9) };
	bool map = mfn.v != INVALID_MFN_RAW, hole = false;
	int rc;

	ASSERT(rw_is_write_locked(&p->lock));
	if (p->dead) {
		return -ESRCH;
	}
	pl.slot = p2m_get_slot(d, gfn, pl.level, map, &hole);
	if (pl.slot == NULL && !hole && !d->is_hardware) {
		/* At its limit: the domain may hold tables that map nothing any more. */
		collect_empty(p, mfn_to_hv_va(p->root), P2M_TOP_LEVEL, ch);
		pl.slot = p2m_get_slot(d, gfn, pl.level, map, &hole);
	}
	if (pl.slot == NULL) {
		return hole ? 0 : -ENOMEM;
	}
	rc = plan_look(p, &pl);
	if (rc == 0 && map) {
		rc = plan_map(d, &pl, mfn, t);
	} else if (rc == 0 && order == 0 && pl.present && p2m_owns_identity(d, gfn) &&
		p2m_entry_mfn(*pl.slot, 0, 0) != gfn) {
		/* The cover goes: the domain's own RAM comes back. */
		mfn = _mfn(gfn);
		t = p2m_ram_rw;
		pl.first = p->fmt->leaf(mfn, t, 0);
	}
	if (rc == 0 && pl.nr != 1 && pl.keep_old) {
		pl.parent = p2m_get_slot(d, gfn, pl.level + 1, true, NULL);
		pl.spare = table_alloc(d);
		rc = pl.parent == NULL || pl.spare == NULL ? -ENOMEM : 0;
	}
	if (rc == 0 && domain_has_iommu(d->iommu_priv)) {
		if (pl.first != 0 && p2m_is_any_ram(t)) {
			rc = iommu_map(d, gfn, mfn, order, !p2m_is_readonly(t));
		} else if (pl.present) {
			rc = iommu_unmap(d, gfn, order);
		}
	}
	if (rc != 0) {
		free_spare(p, pl.spare);
		return rc;
	}
	plan_commit(p, &pl, gfn, ch);
	p->nr_pod = p->nr_pod - pl.pods + (map && t == p2m_pod ? 1ull << order : 0);
	if (pl.first != 0 && gfn + (1ull << order) - 1 > p->max_mapped_gfn) {
		p->max_mapped_gfn = gfn + (1ull << order) - 1;
	}
	return 0;
}

/* Teardown ------------------------------------------------------------------------------------- */

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
			p->nr_pod = 0;
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
