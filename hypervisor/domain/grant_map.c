/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GNTTABOP_map_grant_ref and unmap_grant_ref, and the handles (maptrack) of the mappings that a
 * domain holds. A mapping holds: a pin of the granter's entry, a reference of the page, a reference
 * of the granter, and a p2m entry of the mapper. Unmap clears the p2m entries of a batch, flushes
 * once, and only then lets the pins and references go.
 */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/page_alloc.h>
#include <hv/printk.h>
#include <hv/softirq.h>

#include "grant_priv.h"

#define BATCH 16u

/* Handles -------------------------------------------------------------------------------------- */

static struct maptrack *maptrack_at(struct grant_table *gt, uint32_t handle)
{
	return &gt->pages[handle / MAPTRACK_PER_PAGE][handle % MAPTRACK_PER_PAGE];
}

/* A free handle, or NO_HANDLE. */
static uint32_t maptrack_alloc(struct grant_table *gt)
{
	uint32_t h;

	spin_lock(&gt->maptrack_lock);
	if (gt->first_free == NO_HANDLE && gt->nr_handles < gt->max_handles) {
		struct maptrack *page = alloc_hv_pages(0);

		if (page != NULL) {
			unsigned int nr = MIN(
				(unsigned int)MAPTRACK_PER_PAGE, gt->max_handles - gt->nr_handles);

			gt->pages[gt->nr_handles / MAPTRACK_PER_PAGE] = page;
			for (unsigned int i = nr; i-- > 0;) {
				page[i].next_free = gt->first_free;
				gt->first_free = gt->nr_handles + i;
			}
			gt->nr_handles += nr;
		}
	}
	h = gt->first_free;
	if (h != NO_HANDLE) {
		gt->first_free = maptrack_at(gt, h)->next_free;
		gt->nr_mapped++;
	}
	spin_unlock(&gt->maptrack_lock);
	return h;
}

static void maptrack_free(struct grant_table *gt, uint32_t h)
{
	struct maptrack *m;

	spin_lock(&gt->maptrack_lock);
	m = maptrack_at(gt, h);
	m->rd = NULL;
	m->busy = 0;
	m->next_free = gt->first_free;
	gt->first_free = h;
	gt->nr_mapped--;
	spin_unlock(&gt->maptrack_lock);
}

/*
 * Claim the mapping behind h for unmapping. NULL: no such mapping, or another CPU is unmapping it.
 */
static struct maptrack *maptrack_claim(struct grant_table *gt, uint32_t h)
{
	struct maptrack *m = NULL;

	spin_lock(&gt->maptrack_lock);
	if (h < gt->nr_handles) {
		m = maptrack_at(gt, array_index_nospec(h, gt->nr_handles));
		if (m->rd == NULL || m->busy) {
			m = NULL;
		} else {
			m->busy = 1;
		}
	}
	spin_unlock(&gt->maptrack_lock);
	return m;
}

/* Map ------------------------------------------------------------------------------------------ */

static int16_t map_one(struct domain *ld, struct gnttab_map_grant_ref *op)
{
	struct grant_table *lgt = ld->grant_table;
	bool readonly = (op->flags & GNTMAP_readonly) != 0;
	uint64_t gfn = op->host_addr >> PAGE_SHIFT;
	struct maptrack *m;
	struct domain *rd;
	uint32_t h, mfn;
	int16_t status;
	int rc;

	if ((op->flags & (GNTMAP_device_map | GNTMAP_host_map)) == 0) {
		return GNTST_bad_gntref;
	}
	if ((op->flags & ~(GNTMAP_host_map | GNTMAP_readonly)) != 0) {
		return GNTST_general_error;
	}
	rd = get_domain_by_id(op->dom);
	if (rd == NULL) {
		return GNTST_bad_domain;
	}
	h = maptrack_alloc(lgt);
	if (h == NO_HANDLE) {
		put_domain(rd);
		return GNTST_no_device_space;
	}
	status = grant_acquire(rd, op->ref, ld->domain_id, readonly, &mfn);
	if (status != GNTST_okay) {
		goto out_handle;
	}
	rc = p2m_map_grant(ld, _gfn(gfn), _mfn(mfn), readonly);
	if (rc != 0) {
		grant_release(rd, op->ref, readonly, mfn);
		gprintk(XENLOG_DEBUG, "grant %u of d%u cannot be mapped at frame %#lx (error %d)\n",
			op->ref, rd->domain_id, gfn, rc);
		status = GNTST_general_error;
		goto out_handle;
	}
	spin_lock(&lgt->maptrack_lock);
	m = maptrack_at(lgt, h);
	m->gfn = gfn;
	m->mfn = mfn;
	m->ref = op->ref;
	m->readonly = readonly;
	m->busy = 0;
	m->rd = rd; /* with the reference */
	spin_unlock(&lgt->maptrack_lock);
	op->handle = h;
	op->dev_bus_addr = 0; /* machine addresses are not told */
	return GNTST_okay;

out_handle:
	maptrack_free(lgt, h);
	put_domain(rd);
	return status;
}

long grant_map(uint64_t uop, unsigned int count)
{
	struct gnttab_map_grant_ref op[BATCH];
	struct domain *ld = current->domain;

	for (unsigned int done = 0; done < count;) {
		unsigned int nr = MIN(BATCH, count - done);
		uint64_t at = uop + done * sizeof(op[0]);

		if (done != 0 && softirq_pending_here()) {
			return grant_continue(
				GNTTABOP_map_grant_ref, uop, count, done, sizeof(op[0]));
		}
		if (copy_from_guest(op, at, nr * sizeof(op[0])) != 0) {
			return -EFAULT;
		}
		for (unsigned int i = 0; i < nr; i++) {
			op[i].status = map_one(ld, &op[i]);
		}
		if (copy_to_guest(at, op, nr * sizeof(op[0])) != 0) {
			return -EFAULT;
		}
		done += nr;
	}
	return 0;
}

/* Unmap ---------------------------------------------------------------------------------------- */

/* First half: the mapping is claimed and its p2m entry cleared. */
static int16_t unmap_begin(
	struct domain *ld, const struct gnttab_unmap_grant_ref *op, struct maptrack **out)
{
	struct maptrack *m = maptrack_claim(ld->grant_table, op->handle);

	if (m == NULL) {
		return GNTST_bad_handle;
	}
	if (m->gfn != op->host_addr >> PAGE_SHIFT ||
		p2m_unmap_grant(ld, _gfn(m->gfn), _mfn(m->mfn)) != 0) {
		WRITE_ONCE(m->busy, 0);
		gprintk(XENLOG_DEBUG, "grant handle %u is not mapped at frame %#lx\n", op->handle,
			(uint64_t)op->host_addr >> PAGE_SHIFT);
		return GNTST_general_error;
	}
	*out = m;
	return GNTST_okay;
}

/* Second half, after the flush. */
static void unmap_end(struct domain *ld, uint32_t h, struct maptrack *m)
{
	struct domain *rd = m->rd;

	grant_release(rd, m->ref, m->readonly, m->mfn);
	maptrack_free(ld->grant_table, h);
	put_domain(rd);
}

long grant_unmap(uint64_t uop, unsigned int count)
{
	struct gnttab_unmap_grant_ref op[BATCH];
	struct maptrack *m[BATCH];
	struct domain *ld = current->domain;

	for (unsigned int done = 0; done < count;) {
		unsigned int nr = MIN(BATCH, count - done);
		uint64_t at = uop + done * sizeof(op[0]);
		bool flush = false;

		if (done != 0 && softirq_pending_here()) {
			return grant_continue(
				GNTTABOP_unmap_grant_ref, uop, count, done, sizeof(op[0]));
		}
		if (copy_from_guest(op, at, nr * sizeof(op[0])) != 0) {
			return -EFAULT;
		}
		for (unsigned int i = 0; i < nr; i++) {
			m[i] = NULL;
			op[i].status = unmap_begin(ld, &op[i], &m[i]);
			flush |= m[i] != NULL;
		}
		if (flush) {
			p2m_flush_tlb(ld);
		}
		for (unsigned int i = 0; i < nr; i++) {
			if (m[i] != NULL) {
				unmap_end(ld, op[i].handle, m[i]);
			}
		}
		if (copy_to_guest(at, op, nr * sizeof(op[0])) != 0) {
			return -EFAULT;
		}
		done += nr;
	}
	return 0;
}

int grant_table_release_mappings(struct domain *d)
{
	struct grant_table *gt = d->grant_table;

	if (gt == NULL) {
		return 0;
	}
	/* No vCPU of d runs any more: no flush. */
	while (gt->release_next < gt->nr_handles) {
		uint32_t h = gt->release_next;
		struct maptrack *m = maptrack_claim(gt, h);

		if (m != NULL) {
			(void)!p2m_unmap_grant(d, _gfn(m->gfn), _mfn(m->mfn));
			unmap_end(d, h, m);
		}
		gt->release_next++;
		if ((h & 63) == 63 && softirq_pending_here()) {
			return -ERESTART;
		}
	}
	return 0;
}
