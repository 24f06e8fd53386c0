/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XENMEM: the dispatcher, reservations (populate, decrease), simple queries, and giving all memory of
 * a dying domain back. A direct-mapped domain (dom0) keeps a frame that it gives away: it
 * no longer counts, but stays owned, marked PGC_user1, nobody else gets it, and populate_physmap
 * hands out exactly that frame at exactly that place again. Locks: page_alloc_lock for accounting;
 * the p2m lock inside p2m/.
 */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include <hv/memory_op.h>
#include <hv/overflow.h>
#include <hv/page_alloc.h>
#include <hv/p2m.h>
#include <hv/pagetable.h>
#include <hv/priv.h>
#include <hv/softirq.h>
#include <hv/string.h>

#include "memory_priv.h"

/*
 * Largest extent: bounds the work (and the scrubbing) between two looks at the clock. Callers fall
 * back to smaller ones.
 */
#define MAX_EXTENT_ORDER 9u
#define GFN_CHUNK        32u

/* Guest arguments ------------------------------------------------------------------------------ */

static int reservation_read(uint64_t arg, struct xen_memory_reservation *r)
{
	struct compat_memory_reservation c;

	if (!current->hcall_compat) {
		return copy_struct_from_guest(r, arg);
	}
	if (copy_struct_from_guest(&c, arg) != 0) {
		return -EFAULT;
	}
	*r = (struct xen_memory_reservation){
		.nr_extents = c.nr_extents,
		.extent_order = c.extent_order,
		.mem_flags = c.mem_flags,
		.domid = c.domid,
	};
	r->extent_start.p = (xen_pfn_t *)(uintptr_t)c.extent_start;
	return 0;
}

int guest_pfn_read(uint64_t base, uint64_t idx, unsigned int nr, uint64_t *out)
{
	uint32_t narrow[GFN_CHUNK];

	if (!current->hcall_compat) {
		return copy_from_guest(out, base + idx * sizeof(uint64_t), nr * sizeof(uint64_t));
	}
	nr = MIN(nr, GFN_CHUNK);
	if (copy_from_guest(narrow, base + idx * sizeof(uint32_t), nr * sizeof(uint32_t)) != 0) {
		return -EFAULT;
	}
	for (unsigned int i = 0; i < nr; i++) {
		out[i] = narrow[i];
	}
	return 0;
}

long memory_op_continue(unsigned int op, uint64_t extent, uint64_t arg)
{
	const uint64_t args[2] = { op | (extent << MEMOP_EXTENT_SHIFT), arg };

	return hypercall_continuation(__HYPERVISOR_memory_op, 2, args);
}

/* Reservations --------------------------------------------------------------------------------- */

/* A frame of direct-mapped d leaves or joins its memory. false: joining is over the limit. */
static bool direct_frame_count(struct domain *d, bool join)
{
	bool ok = true;

	spin_lock(&d->page_alloc_lock);
	if (!join) {
		d->tot_pages--;
	} else if (d->tot_pages < d->max_pages) {
		d->tot_pages++;
	} else {
		ok = false;
	}
	spin_unlock(&d->page_alloc_lock);
	return ok;
}

/*
 * A frame that direct-mapped d has given away comes back to its own place, as empty as a new one.
 */
static bool populate_direct_page(struct domain *d, uint64_t gfn)
{
	mfn_t mfn = _mfn(gfn);
	struct page_info *pg;
	void *p;

	if (!mfn_valid(mfn)) {
		return false;
	}
	pg = mfn_to_page(mfn);
	if (page_get_owner(pg) != d ||
		(READ_ONCE(pg->count_info) & (PGC_allocated | PGC_user1)) !=
			(PGC_allocated | PGC_user1)) {
		return false;
	}
	/* Whoever clears the mark first brings it back. */
	if ((__atomic_fetch_and(&pg->count_info, ~PGC_user1, __ATOMIC_SEQ_CST) & PGC_user1) == 0) {
		return false;
	}
	if (direct_frame_count(d, true)) {
		p = map_domain_page(mfn);
		memset(p, 0, PAGE_SIZE);
		unmap_domain_page(p);
		if (p2m_set(d, _gfn(gfn), mfn, 0, p2m_ram_rw) == 0) {
			return true;
		}
		direct_frame_count(d, false);
	}
	__atomic_fetch_or(&pg->count_info, PGC_user1, __ATOMIC_SEQ_CST);
	return false;
}

static bool populate_direct(struct domain *d, uint64_t gfn, unsigned int order)
{
	for (uint64_t i = 0; i < (1ull << order); i++) {
		if (!populate_direct_page(d, gfn + i)) {
			return false;
		}
	}
	return true;
}

static bool populate_extent(struct domain *d, uint64_t gfn, unsigned int order)
{
	uint64_t nr = 1ull << order, mapped = 0;
	struct page_info *pg;
	int rc;

	if (!checked_range(gfn, nr, p2m_gfn_limit(d))) {
		return false;
	}
	if (d->direct_mapped) {
		return populate_direct(d, gfn, order);
	}
	pg = domain_populate_pages(d, order, false);
	if (pg == NULL) {
		return false;
	}
	if ((gfn & (nr - 1)) == 0) {
		rc = p2m_set(d, _gfn(gfn), page_to_mfn(pg), order, p2m_ram_rw);
	} else {
		do {
			rc = p2m_set(
				d, _gfn(gfn + mapped), page_to_mfn(pg + mapped), 0, p2m_ram_rw);
		} while (rc == 0 && ++mapped < nr);
	}
	if (rc != 0) {
		for (uint64_t i = 0; i < nr; i++) {
			/*
			 * Who takes a page out of the p2m drops it: the guest may have been faster.
			 */
			if (i >= mapped ||
				p2m_remove(d, _gfn(gfn + i), page_to_mfn(pg + i), 0) == 0) {
				domain_drop_page(d, pg + i);
			}
		}
		return false;
	}
	return true;
}

int guest_remove_page(struct domain *d, uint64_t gfn)
{
	struct page_info *pg;
	p2m_type_t t;
	int rc;

	/* Never touched: nothing to free. */
	if (memory_pod_remove(d, _gfn(gfn), 0) == 0) {
		return 0;
	}
	pg = p2m_get_page(d, _gfn(gfn), &t, false);
	if (pg == NULL) {
		return t == p2m_mmio_direct ? -EPERM : -ENOENT;
	}
	if (!p2m_is_ram(t)) {
		put_page(pg);
		return p2m_is_grant(t) ? -EBUSY : -ENXIO;
	}
	if (d->direct_mapped) {
		/*
		 * Given away, and kept for it. The mark goes first, or the p2m would put the frame
		 * right back.
		 */
		bool own = page_to_mfn(pg).v == gfn &&
			(__atomic_fetch_or(&pg->count_info, PGC_user1, __ATOMIC_SEQ_CST) &
				PGC_user1) == 0;

		rc = p2m_remove(d, _gfn(gfn), page_to_mfn(pg), 0);
		if (own && rc == 0) {
			direct_frame_count(d, false);
		} else if (own) {
			__atomic_fetch_and(&pg->count_info, ~PGC_user1, __ATOMIC_SEQ_CST);
		}
	} else {
		rc = p2m_remove(d, _gfn(gfn), page_to_mfn(pg), 0);
		if (rc == 0) {
			put_page_allocated(pg);
		}
	}
	put_page(pg);
	if (rc == 0) {
		memory_given_back(d, 1);
	}
	return rc;
}

/* A whole large page at once. false: do it page by page. */
static bool remove_extent_large(struct domain *d, uint64_t gfn, unsigned int order)
{
	unsigned int have;
	p2m_type_t t;
	mfn_t mfn;

	if (order != PAGE_ORDER_2M || d->direct_mapped || (gfn & ((1ull << order) - 1)) != 0) {
		return false;
	}
	if (memory_pod_remove(d, _gfn(gfn), order) == 0) {
		return true;
	}
	mfn = p2m_get(d, _gfn(gfn), &t, &have);
	if (t != p2m_ram_rw || have < order || p2m_remove(d, _gfn(gfn), mfn, order) != 0) {
		return false;
	}
	for (uint64_t i = 0; i < (1ull << order); i++) {
		domain_drop_page(d, mfn_to_page(mfn_add(mfn, i)));
	}
	memory_given_back(d, 1ull << order);
	return true;
}

static bool remove_extent(struct domain *d, uint64_t gfn, unsigned int order)
{
	if (!checked_range(gfn, 1ull << order, p2m_gfn_limit(d))) {
		return false;
	}
	if (remove_extent_large(d, gfn, order)) {
		return true;
	}
	for (uint64_t i = 0; i < (1ull << order); i++) {
		if (guest_remove_page(d, gfn + i) != 0) {
			return false;
		}
	}
	return true;
}

/*
 * populate_physmap and decrease_reservation: the number of extents done, also when something is
 * wrong.
 */
static long memory_reservation(unsigned int op, uint64_t start, uint64_t arg)
{
	struct xen_memory_reservation r;
	struct domain *d;
	uint64_t gfn[GFN_CHUNK], done = start, list;
	unsigned int have = 0, used = 0;
	bool more = true, preempt = false, on_demand;
	int rc;

	if (reservation_read(arg, &r) != 0) {
		return (long)start;
	}
	if (r.nr_extents > (UINT32_MAX >> MEMOP_EXTENT_SHIFT) || start >= r.nr_extents) {
		return (long)start;
	}
	rc = domain_get_for(r.domid, PRIV_TARGET, &d);
	if (rc != 0) {
		return rc == -EPERM ? rc : (long)start;
	}
	on_demand =
		op == XENMEM_populate_physmap && (r.mem_flags & XENMEMF_populate_on_demand) != 0;
	/* Nobody makes his own memory absent. */
	if (r.extent_order > MAX_EXTENT_ORDER || (on_demand && d == current->domain)) {
		more = false;
	}
	list = handle_gva(r.extent_start);
	while (more && done < r.nr_extents) {
		if (used == have) {
			have = (unsigned int)MIN((uint64_t)GFN_CHUNK, r.nr_extents - done);
			used = 0;
			if (guest_pfn_read(list, done, have, gfn) != 0) {
				break;
			}
		}
		if (on_demand) {
			more = p2m_pod_set(d, _gfn(gfn[used]), r.extent_order) == 0;
		} else if (op == XENMEM_populate_physmap) {
			more = populate_extent(d, gfn[used], r.extent_order);
		} else {
			more = remove_extent(d, gfn[used], r.extent_order);
		}
		used++;
		if (more) {
			done++;
			if (done < r.nr_extents && softirq_pending_here()) {
				preempt = true;
				break;
			}
		}
	}
	put_domain(d);
	return preempt ? memory_op_continue(op, done, arg) : (long)done;
}

static long memory_claim(uint64_t arg)
{
	struct xen_memory_reservation r;
	struct domain *d;
	long rc;

	rc = priv_check_control();
	if (rc != 0) {
		return rc;
	}
	if (reservation_read(arg, &r) != 0) {
		return -EFAULT;
	}
	if (handle_gva(r.extent_start) != 0 || r.extent_order != 0 || r.mem_flags != 0) {
		return -EINVAL;
	}
	d = get_domain_by_id(r.domid);
	if (d == NULL) {
		return -EINVAL;
	}
	rc = domain_set_outstanding_pages(d, r.nr_extents);
	put_domain(d);
	return rc;
}

/* Queries -------------------------------------------------------------------------------------- */

static long memory_query(unsigned int op, uint64_t arg)
{
	struct domain *d;
	domid_t domid;
	long rc;

	if (copy_from_guest(&domid, arg, sizeof(domid)) != 0) {
		return -EFAULT;
	}
	rc = domain_get_for(domid, PRIV_TARGET, &d);
	if (rc != 0) {
		return rc;
	}
	switch (op) {
	case XENMEM_current_reservation:
		rc = (long)domain_reserved_pages(d);
		break;
	case XENMEM_maximum_reservation:
		rc = READ_ONCE(d->max_pages);
		break;
	default:
		rc = (long)p2m_max_gfn(d);
		break;
	}
	put_domain(d);
	return rc;
}

/* The target of a domain that is populated on demand: pages that it has, and that are claimed for it. */
static long memory_pod_target(unsigned int op, uint64_t arg)
{
	struct xen_pod_target t;
	struct domain *d;
	/* The 32-bit structure ends 4 bytes earlier; the members lie at the same places. */
	size_t size = current->hcall_compat ? sizeof(t) - 4 : sizeof(t);
	long rc;

	memset(&t, 0, sizeof(t));
	if (copy_from_guest(&t, arg, size) != 0) {
		return -EFAULT;
	}
	rc = priv_check_control();
	if (rc == 0) {
		rc = domain_get_for(t.domid, PRIV_TARGET, &d);
	}
	if (rc != 0) {
		return rc;
	}
	if (op == XENMEM_set_pod_target) {
		rc = memory_set_pod_target(d, t.target_pages);
	}
	t.tot_pages = domain_reserved_pages(d);
	t.pod_cache_pages = t.tot_pages - READ_ONCE(d->tot_pages);
	t.pod_entries = READ_ONCE(d->p2m.nr_pod);
	put_domain(d);
	return copy_to_guest(arg, &t, size);
}

long do_memory_op(uint64_t cmd, uint64_t arg)
{
	unsigned int op = (unsigned int)cmd & MEMOP_CMD_MASK;
	uint64_t start = cmd >> MEMOP_EXTENT_SHIFT;

	switch (op) {
	case XENMEM_populate_physmap:
	case XENMEM_decrease_reservation:
		return memory_reservation(op, start, arg);
	case XENMEM_add_to_physmap:
		return memory_add_to_physmap(start, arg);
	case XENMEM_add_to_physmap_batch:
		return memory_add_to_physmap_batch(start, arg);
	case XENMEM_acquire_resource:
		return memory_acquire_resource(start, arg);
	default:
		break;
	}
	if (start != 0) {
		return -EINVAL;
	}
	switch (op) {
	case XENMEM_remove_from_physmap:
		return memory_remove_from_physmap(arg);
	case XENMEM_memory_map:
		return memory_memory_map(arg);
	case XENMEM_set_memory_map:
		return memory_set_memory_map(arg);
	case XENMEM_machine_memory_map:
		return memory_machine_memory_map(arg);
	case XENMEM_claim_pages:
		return memory_claim(arg);
	case XENMEM_current_reservation:
	case XENMEM_maximum_reservation:
	case XENMEM_maximum_gpfn:
		return memory_query(op, arg);
	case XENMEM_maximum_ram_page:
		return (long)max_page;
	case XENMEM_get_sharing_freed_pages:
	case XENMEM_get_sharing_shared_pages:
		return 0;
	case XENMEM_set_pod_target:
	case XENMEM_get_pod_target:
		return memory_pod_target(op, arg);
	case XENMEM_reserved_device_memory_map:
		return -ENOENT;
	case XENMEM_get_vnumainfo:
	case XENMEM_access_op:
	case XENMEM_paging_op:
	case XENMEM_sharing_op:
		return -EOPNOTSUPP;
	default:
		return -ENOSYS;
	}
}

/* Destruction ---------------------------------------------------------------------------------- */

void memory_domain_destroy(struct domain *d)
{
	(void)!domain_set_outstanding_pages(d, 0);
}

#define RELINQUISH_RUN 64u

/*
 * Pages at the head of the list that nobody else refers to and that follow each other in memory are
 * let go together. Returns how many; 0: the first one needs a closer look, or there is none.
 */
static unsigned int relinquish_run(struct domain *d)
{
	struct page_info *first, *pg;
	unsigned int nr = 0;
	bool last;

	spin_lock(&d->page_alloc_lock);
	first = pg = page_list_first(&d->page_list);
	while (pg != NULL && pg == first + nr && nr < RELINQUISH_RUN) {
		uint32_t sole = PGC_ram | PGC_allocated | 1;

		if (!__atomic_compare_exchange_n(&pg->count_info, &sole, PGC_ram, false,
			    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
			break;
		}
		page_list_del(pg, &d->page_list);
		nr++;
		pg = page_list_first(&d->page_list);
	}
	d->tot_pages -= nr;
	last = nr != 0 && d->tot_pages == 0;
	spin_unlock(&d->page_alloc_lock);
	if (nr != 0) {
		free_domain_page_run(page_to_mfn(first), nr);
	}
	if (last) {
		put_domain(d);
	}
	return nr;
}

int memory_relinquish(struct domain *d)
{
	unsigned int budget = 0;

	/*
	 * Pages that others still hold stay on the list until those let go. Each page is visited
	 * once: PGC_user1 marks the visited ones, which gather at the tail.
	 */
	for (;;) {
		struct page_info *pg;
		bool held;

		if (relinquish_run(d) != 0) {
			if (softirq_pending_here()) {
				return -ERESTART;
			}
			continue;
		}
		spin_lock(&d->page_alloc_lock);
		pg = page_list_first(&d->page_list);
		if (pg == NULL || (READ_ONCE(pg->count_info) & PGC_user1) != 0) {
			spin_unlock(&d->page_alloc_lock);
			return 0;
		}
		page_list_del(pg, &d->page_list);
		page_list_add_tail(pg, &d->page_list);
		__atomic_fetch_or(&pg->count_info, PGC_user1, __ATOMIC_RELAXED);
		/* A page without references is being released, and leaves the list by itself. */
		held = get_page_any(pg);
		spin_unlock(&d->page_alloc_lock);
		/* Without PGC_allocated somebody else is about to free it, or holds it. */
		if (held) {
			put_page_allocated(pg);
			put_page(pg);
		}
		if ((++budget & 63) == 0 && softirq_pending_here()) {
			return -ERESTART;
		}
	}
}
