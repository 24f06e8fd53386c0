/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Populate on demand: memory that a domain may use but does not have yet. Such a place is an entry of
 * type p2m_pod, a hole for hardware, of 4 KiB or 2 MiB. The first touch, by the guest, a hypercall's
 * copy or whoever asks for the page behind it, puts a zeroed page of the domain there; its balloon
 * driver is expected to give the places that the domain has no memory for back. A touch needs a free
 * page of the machine, which is claimed beforehand (domain/memory_claim.c), and room under max_pages.
 * Locking: entries and p2m.nr_pod under the p2m lock; pages are allocated before it is taken.
 */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/lib.h>
#include <hv/p2m.h>
#include <hv/page_alloc.h>

#include "p2m_priv.h"

uint64_t p2m_pod_count(const struct p2m_domain *p, uint64_t e, unsigned int level)
{
	const uint64_t *t;
	uint64_t nr = 0;

	if (p2m_entry_is_pod(p->fmt->present, e)) {
		return 1ull << (9 * level);
	}
	if (!p2m_is_table(p->fmt->present, e, level)) {
		return 0;
	}
	t = p2m_entry_table(e);
	for (unsigned int i = 0; i < P2M_ENTRIES; i++) {
		nr += p2m_pod_count(p, t[i], level - 1);
	}
	return nr;
}

/* Is all of [gfn, gfn + 2^order) populated on demand (pod), or a hole (!pod)? Lock held. */
static bool all_are(const struct p2m_domain *p, uint64_t gfn, unsigned int order, bool pod)
{
	for (uint64_t end = gfn + (1ull << order); gfn < end;) {
		unsigned int level;
		uint64_t e = p2m_find(p, p->fmt->present, gfn, &level);

		if ((e & p->fmt->present) != 0 || p2m_entry_is_pod(p->fmt->present, e) != pod) {
			return false;
		}
		gfn = (gfn | ((1ull << (9 * level)) - 1)) + 1;
	}
	return true;
}

static bool range_ok(const struct domain *d, uint64_t gfn, unsigned int order)
{
	uint64_t limit = p2m_gfn_limit(d);

	return order <= PAGE_ORDER_2M && gfn < limit && (1ull << order) <= limit - gfn;
}

/* Make all of the range p2m_pod (set), which were holes, or the reverse. */
static int change_range(struct domain *d, uint64_t gfn, unsigned int order, bool set)
{
	struct p2m_domain *p = &d->p2m;
	struct p2m_change ch = { 0 };
	/* One entry at once, or one after the other. */
	unsigned int step =
		(gfn & ((1ull << order) - 1)) == 0 && order == PAGE_ORDER_2M ? order : 0;
	uint64_t done = 0, nr = 1ull << order;
	mfn_t to = set ? _mfn(0) : INVALID_MFN;
	int rc = 0;

	if (!range_ok(d, gfn, order)) {
		return -EINVAL;
	}
	write_lock(&p->lock);
	if (!all_are(p, gfn, order, !set)) {
		rc = set ? -EBUSY : -ENOENT;
	}
	while (rc == 0 && done < nr) {
		rc = p2m_change_locked(d, gfn + done, to, step, set ? p2m_pod : p2m_invalid, &ch);
		done += rc == 0 ? 1ull << step : 0;
	}
	/* Only tables can be short, and those of what has been set are there. */
	for (uint64_t i = 0; set && rc != 0 && i < done; i++) {
		if (p2m_change_locked(d, gfn + i, INVALID_MFN, 0, p2m_invalid, &ch) != 0) {
			break;
		}
	}
	write_unlock(&p->lock);
	p2m_change_finish(d, &ch);
	return rc;
}

int p2m_pod_set(struct domain *d, gfn_t gfn, unsigned int order)
{
	return d->direct_mapped ? -EINVAL : change_range(d, gfn.v, order, true);
}

int p2m_pod_remove(struct domain *d, gfn_t gfn, unsigned int order)
{
	return READ_ONCE(d->p2m.nr_pod) == 0 ? -ENOENT : change_range(d, gfn.v, order, false);
}

/*
 * Memory for a touch of a 2 MiB entry. Large pages only as long as the domain has used less than half
 * of what it may have: later, a few scattered touches would use it up.
 */
static struct page_info *alloc_for(struct domain *d, unsigned int *order)
{
	struct page_info *pg = NULL;

	if (*order != 0 && READ_ONCE(d->tot_pages) < READ_ONCE(d->max_pages) / 2) {
		pg = domain_populate_pages(d, *order, true);
	}
	if (pg == NULL) {
		*order = 0;
		pg = domain_populate_pages(d, 0, true);
	}
	return pg;
}

/* Put pg where still nothing is but p2m_pod. -EAGAIN: something else is there now. */
static int put_in_place(struct domain *d, uint64_t gfn, struct page_info *pg, unsigned int order)
{
	struct p2m_domain *p = &d->p2m;
	struct p2m_change ch = { 0 };
	int rc = -EAGAIN;

	write_lock(&p->lock);
	if (all_are(p, gfn, order, true)) {
		rc = p2m_change_locked(d, gfn, page_to_mfn(pg), order, p2m_ram_rw, &ch);
	}
	write_unlock(&p->lock);
	p2m_change_finish(d, &ch);
	return rc;
}

bool p2m_pod_fill(struct domain *d, gfn_t gfn)
{
	struct p2m_domain *p = &d->p2m;

	for (;;) {
		struct page_info *pg;
		unsigned int level, order;
		uint64_t e, at;
		int rc;

		read_lock(&p->lock);
		e = p2m_find(p, p->fmt->present, gfn.v, &level);
		read_unlock(&p->lock);
		if ((e & p->fmt->present) != 0) {
			return p2m_is_any_ram(p2m_entry_type(e));
		}
		if (!p2m_entry_is_pod(p->fmt->present, e)) {
			return false;
		}
		order = 9 * level;
		pg = alloc_for(d, &order);
		if (pg == NULL) {
			if (d->is_dying == DOMDYING_alive) {
				domain_crash(d,
					"it touches more memory than it has (%u of %u pages in use, %lu not populated): is its balloon driver missing?",
					d->tot_pages, d->max_pages, (unsigned long)p->nr_pod);
			}
			return false;
		}
		at = gfn.v & ~((1ull << order) - 1);
		rc = put_in_place(d, at, pg, order);
		if (rc == 0) {
			return true;
		}
		for (unsigned int i = 0; i < 1u << order; i++) {
			domain_drop_page(d, pg + i);
		}
		if (rc != -EAGAIN) {
			if (d->is_dying == DOMDYING_alive) {
				domain_crash(d,
					"no memory for page tables at its first touch of a page");
			}
			return false;
		}
	}
}
