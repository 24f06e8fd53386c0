/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pages of a domain: which it owns and how many. The first page takes a reference of the domain
 * and the last one drops it, so that a domain outlives whoever still maps its memory. Pages of the
 * hypervisor that are shared with a domain (shared_info, grant tables) have it as owner but are not
 * counted.
 * Locking: d->page_alloc_lock.
 */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/lib.h>
#include <hv/page.h>
#include <hv/page_alloc.h>

int domain_assign_page(struct domain *d, struct page_info *pg, unsigned int order, bool no_limit)
{
	unsigned int nr = 1u << order;
	bool first;

	spin_lock(&d->page_alloc_lock);
	if (d->is_dying != DOMDYING_alive ||
		(!no_limit && (d->tot_pages > d->max_pages || nr > d->max_pages - d->tot_pages))) {
		spin_unlock(&d->page_alloc_lock);
		return d->is_dying != DOMDYING_alive ? -EINVAL : -E2BIG;
	}
	first = d->tot_pages == 0;
	d->tot_pages += nr;
	if (first && !get_domain(d)) {
		BUG();
	}
	for (unsigned int i = 0; i < nr; i++) {
		page_list_add_tail(pg + i, &d->page_list);
	}
	spin_unlock(&d->page_alloc_lock);
	return 0;
}

struct page_info *domain_alloc_pages(struct domain *d, unsigned int order, unsigned int memflags)
{
	struct page_info *pg;

	if (order > MAX_ORDER || (uint64_t)d->tot_pages + (1ull << order) > d->max_pages) {
		return NULL;
	}
	pg = alloc_domain_pages(d, order, memflags);
	if (pg == NULL) {
		return NULL;
	}
	if (domain_assign_page(d, pg, order, false) != 0) {
		free_domain_pages(pg, order);
		return NULL;
	}
	return pg;
}

void domain_release_page(struct domain *d, struct page_info *pg)
{
	bool last;

	if (d == dom_xen || d == dom_io) {
		return;
	}
	spin_lock(&d->page_alloc_lock);
	page_list_del(pg, &d->page_list);
	last = --d->tot_pages == 0;
	spin_unlock(&d->page_alloc_lock);
	if (last) {
		put_domain(d);
	}
}

void domain_drop_page(struct domain *d, struct page_info *pg)
{
	if (get_page(pg, d)) {
		put_page_allocated(pg);
		put_page(pg);
	}
}

void share_hv_page_with_domain(void *va, struct domain *d)
{
	page_set_owner(hv_va_to_page(va), d);
}

void unshare_hv_page(void *va)
{
	page_set_owner(hv_va_to_page(va), NULL);
}
