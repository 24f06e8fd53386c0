/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ownership and reference counts of machine pages, and lists of pages. A count is changed by compare-and-swap only, never from 0, and never past its
 * maximum, so that no guest can wrap it. Not responsible for accounting: the release hook tells domain/ when a page goes.
 */
#include <hv/lib.h>
#include <hv/page.h>
#include <hv/page_alloc.h>

#include "mm_priv.h"

static void (*release_hook)(struct domain *d, struct page_info *pg) __ro_after_init;

void page_set_release_hook(void (*fn)(struct domain *d, struct page_info *pg))
{
	release_hook = fn;
}

/* An owner is the frame of its struct; the top bit marks other uses of the word (heap.c). */
static uint32_t owner_id(const struct domain *d)
{
	return d != NULL ? (uint32_t)mfn_x(hv_va_to_mfn(d)) : 0;
}

struct domain *page_get_owner(const struct page_info *pg)
{
	uint32_t id = READ_ONCE(pg->owner_);

	return id != 0 && (int32_t)id > 0 ? mfn_to_hv_va(_mfn(id)) : NULL;
}

void page_set_owner(struct page_info *pg, struct domain *d)
{
	ASSERT(d == NULL || PAGE_OFFSET(d) == 0);
	WRITE_ONCE(pg->owner_, owner_id(d));
}

static bool count_inc(struct page_info *pg)
{
	uint32_t old = READ_ONCE(pg->count_info);

	do {
		uint32_t count = old & PGC_count_mask;

		if (count == 0 || (old & PGC_free) != 0 || count >= PGC_count_max) {
			return false;
		}
	} while (!__atomic_compare_exchange_n(
		&pg->count_info, &old, old + 1, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	return true;
}

bool get_page(struct page_info *pg, const struct domain *d)
{
	if (!count_inc(pg)) {
		return false;
	}
	if (unlikely(READ_ONCE(pg->owner_) != owner_id(d)) || d == NULL) {
		put_page(pg);
		return false;
	}
	return true;
}

bool get_page_any(struct page_info *pg)
{
	return count_inc(pg);
}

bool get_page_ref_owned(struct page_info *pg)
{
	ASSERT(page_count(pg) != 0);
	return count_inc(pg);
}

void put_page(struct page_info *pg)
{
	uint32_t now = __atomic_sub_fetch(&pg->count_info, 1, __ATOMIC_SEQ_CST);
	struct domain *d;

	ASSERT((now & PGC_count_mask) != PGC_count_mask);
	if (likely((now & PGC_count_mask) != 0)) {
		return;
	}
	if ((now & PGC_hv) != 0) {
		hv_page_free(pg);
		return;
	}
	ASSERT((now & PGC_allocated) == 0);
	d = page_get_owner(pg);
	if (d != NULL && release_hook != NULL) {
		release_hook(d, pg);
	}
	domain_page_free(pg);
}

bool put_page_allocated(struct page_info *pg)
{
	if ((__atomic_fetch_and(&pg->count_info, ~PGC_allocated, __ATOMIC_SEQ_CST) &
		    PGC_allocated) == 0) {
		return false;
	}
	put_page(pg);
	return true;
}

void page_list_add(struct page_info *pg, struct page_list_head *h)
{
	uint32_t idx = page_idx_(pg);

	pg->prev_ = 0;
	pg->next_ = h->first_;
	if (h->first_ != 0) {
		frame_table[h->first_].prev_ = idx;
	} else {
		h->last_ = idx;
	}
	h->first_ = idx;
	h->count++;
}

void page_list_add_tail(struct page_info *pg, struct page_list_head *h)
{
	uint32_t idx = page_idx_(pg);

	pg->next_ = 0;
	pg->prev_ = h->last_;
	if (h->last_ != 0) {
		frame_table[h->last_].next_ = idx;
	} else {
		h->first_ = idx;
	}
	h->last_ = idx;
	h->count++;
}

void page_list_del(struct page_info *pg, struct page_list_head *h)
{
	ASSERT(h->count != 0);
	if (pg->prev_ != 0) {
		frame_table[pg->prev_].next_ = pg->next_;
	} else {
		ASSERT(h->first_ == page_idx_(pg));
		h->first_ = pg->next_;
	}
	if (pg->next_ != 0) {
		frame_table[pg->next_].prev_ = pg->prev_;
	} else {
		ASSERT(h->last_ == page_idx_(pg));
		h->last_ = pg->prev_;
	}
	pg->next_ = pg->prev_ = 0;
	h->count--;
}

struct page_info *page_list_remove_head(struct page_list_head *h)
{
	struct page_info *pg = page_list_first(h);

	if (pg != NULL) {
		page_list_del(pg, h);
	}
	return pg;
}

void page_list_splice(struct page_list_head *from, struct page_list_head *to)
{
	if (from->first_ == 0) {
		return;
	}
	if (to->last_ != 0) {
		frame_table[to->last_].next_ = from->first_;
		frame_table[from->first_].prev_ = to->last_;
	} else {
		to->first_ = from->first_;
	}
	to->last_ = from->last_;
	to->count += from->count;
	page_list_init(from);
}
