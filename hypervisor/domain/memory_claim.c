/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Claims: free pages of the machine that are promised to a domain. The toolstack claims a domain's
 * memory before it builds it. A domain with places that are populated on demand (p2m_pod) keeps a
 * claim for its whole life, so that a touch finds a page: what it has and what it claims make up its
 * target. A page that it gives back is claimed again as long as places wait for their first touch.
 * Locks: page_alloc_lock, then claim_lock.
 */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/lib.h>
#include <hv/memory_op.h>
#include <hv/page_alloc.h>

#include "memory_priv.h"

uint64_t total_outstanding_claims; /* [claim_lock] sum of all d->outstanding_pages */
static DEFINE_SPINLOCK(claim_lock, LOCK_CLAIM);

/* Both locks held. -ENOMEM: not that many are free. */
static int set_claim(struct domain *d, uint64_t claim)
{
	uint64_t free = free_pages_count(),
		 others = total_outstanding_claims - d->outstanding_pages;

	if (claim > d->outstanding_pages && (claim > free || others > free - claim)) {
		return -ENOMEM;
	}
	d->outstanding_pages = (unsigned int)claim;
	total_outstanding_claims = others + claim;
	return 0;
}

static uint64_t pod_pages(const struct domain *d)
{
	return READ_ONCE(d->p2m.nr_pod);
}

/* The part of d's claim that is for first touches. */
static uint64_t claim_for_touches(const struct domain *d)
{
	return MIN((uint64_t)READ_ONCE(d->outstanding_pages), pod_pages(d));
}

int domain_set_outstanding_pages(struct domain *d, uint64_t pages)
{
	int rc;

	spin_lock(&d->page_alloc_lock);
	spin_lock(&claim_lock);
	if (pages == 0) {
		rc = set_claim(d, d->is_dying == DOMDYING_alive ? claim_for_touches(d) : 0);
	} else if (d->is_dying != DOMDYING_alive || d->outstanding_pages != 0 ||
		pages <= d->tot_pages || pages > d->max_pages) {
		rc = -EINVAL;
	} else {
		rc = set_claim(d, pages - d->tot_pages);
	}
	spin_unlock(&claim_lock);
	spin_unlock(&d->page_alloc_lock);
	return rc;
}

int memory_set_pod_target(struct domain *d, uint64_t target)
{
	uint64_t claim;
	int rc = -EINVAL;

	spin_lock(&d->page_alloc_lock);
	spin_lock(&claim_lock);
	if (d->is_dying == DOMDYING_alive) {
		target = MIN(target, (uint64_t)d->max_pages);
		claim = target > d->tot_pages ? target - d->tot_pages : 0;
		/* While it is built its places are still to come. */
		if (d->creation_finished) {
			claim = MIN(claim, pod_pages(d));
		}
		rc = set_claim(d, claim);
	}
	spin_unlock(&claim_lock);
	spin_unlock(&d->page_alloc_lock);
	return rc;
}

int memory_pod_remove(struct domain *d, gfn_t gfn, unsigned int order)
{
	int rc = p2m_pod_remove(d, gfn, order);

	if (rc == 0 && READ_ONCE(d->outstanding_pages) > pod_pages(d) && d->creation_finished) {
		spin_lock(&d->page_alloc_lock);
		spin_lock(&claim_lock);
		(void)!set_claim(d, claim_for_touches(d));
		spin_unlock(&claim_lock);
		spin_unlock(&d->page_alloc_lock);
	}
	return rc;
}

void memory_given_back(struct domain *d, uint64_t nr)
{
	if (likely(pod_pages(d) <= READ_ONCE(d->outstanding_pages))) {
		return;
	}
	spin_lock(&d->page_alloc_lock);
	spin_lock(&claim_lock);
	if (d->is_dying == DOMDYING_alive && pod_pages(d) > d->outstanding_pages) {
		(void)!set_claim(d, MIN(d->outstanding_pages + nr, pod_pages(d)));
	}
	spin_unlock(&claim_lock);
	spin_unlock(&d->page_alloc_lock);
}

uint64_t domain_reserved_pages(const struct domain *d)
{
	return READ_ONCE(d->tot_pages) + claim_for_touches(d);
}

/* Leaves what others have claimed enough after nr more pages for d, own of which it has claimed? */
static bool claims_allow(uint64_t own, uint64_t nr)
{
	uint64_t others, free;

	if (nr <= own) {
		return true;
	}
	others = READ_ONCE(total_outstanding_claims) - own;
	free = free_pages_count();
	return others == 0 || (free >= nr && free - nr >= others);
}

static uint64_t usable_claim(const struct domain *d, bool touch)
{
	return READ_ONCE(d->outstanding_pages) - (touch ? 0 : claim_for_touches(d));
}

struct page_info *domain_populate_pages(struct domain *d, unsigned int order, bool touch)
{
	uint64_t nr = 1ull << order;
	struct page_info *pg;

	if (!claims_allow(usable_claim(d, touch), nr)) {
		return NULL;
	}
	pg = domain_alloc_pages(d, order, 0);
	if (pg != NULL && READ_ONCE(d->outstanding_pages) != 0) {
		spin_lock(&d->page_alloc_lock);
		spin_lock(&claim_lock);
		(void)!set_claim(d, d->outstanding_pages - MIN(nr, usable_claim(d, touch)));
		spin_unlock(&claim_lock);
		spin_unlock(&d->page_alloc_lock);
	}
	return pg;
}
