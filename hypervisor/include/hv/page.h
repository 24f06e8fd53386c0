/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: mm */
/*
 * One struct page_info (16 bytes) for each page of RAM: reference count, owner, list links. A page allocated to a domain has PGC_allocated and one reference that
 * belongs to that flag. The last put_page() frees and scrubs the page. Page lists are not locked here: domain lists by page_alloc_lock.
 */
#ifndef HV_PAGE_H
#define HV_PAGE_H

#include <hv/addr.h>
#include <hv/compiler.h>
#include <hv/types.h>

struct domain;

#define PGC_allocated  (1u << 31) /* the domain's own reference is held */
#define PGC_hv         (1u << 30) /* page of the hypervisor pool (mapped, alloc_hv_pages) */
#define PGC_free       (1u << 29) /* in the allocator; head of a free block when PGC_head too */
#define PGC_head       (1u << 28)
#define PGC_ram        (1u << 27) /* usable RAM, managed by the allocator */
#define PGC_clean      (1u << 26) /* free and zero */
#define PGC_user1      (1u << 25) /* free for the owner's code (domain/, p2m/) */
#define PGC_count_mask ((1u << 25) - 1)
#define PGC_count_max  (PGC_count_mask - 64)

struct page_info {
	uint32_t count_info; /* [a] PGC_* and count */
	uint32_t
		owner_; /* frame of the owner's struct domain (a page-aligned hypervisor page), 0 none; order while free */
	uint32_t next_, prev_; /* list links as frame numbers, 0 ends */
};

#ifdef HV_HOST_TEST
#define FRAME_TABLE_BASE 0x200000000000ul /* the test maps it */
#else
#define FRAME_TABLE_BASE 0xffff82e000000000ul
#endif
#define frame_table ((struct page_info *)FRAME_TABLE_BASE)
extern uint64_t max_page; /* one more than the highest RAM frame */

static inline struct page_info *mfn_to_page(mfn_t m)
{
	return &frame_table[m.v];
}
static inline mfn_t page_to_mfn(const struct page_info *pg)
{
	return _mfn((uint64_t)(pg - frame_table));
}
static inline maddr_t page_to_maddr(const struct page_info *pg)
{
	return mfn_to_maddr(page_to_mfn(pg));
}
/* Is m a page of RAM that the allocator manages (so that mfn_to_page() may be used)? Any value is allowed. */
bool mfn_valid(mfn_t m);

/* Owners: struct domain must be a page-aligned block of alloc_hv_pages(). */
struct domain *page_get_owner(const struct page_info *pg);
void page_set_owner(struct page_info *pg, struct domain *d);
#define page_count(pg) (READ_ONCE((pg)->count_info) & PGC_count_mask)
#define page_is_hv(pg) ((READ_ONCE((pg)->count_info) & PGC_hv) != 0)

/* Take a reference if the page is in use and owned by d. Any context. */
bool __must_check get_page(struct page_info *pg, const struct domain *d);
/* Take a reference whoever owns it (NULL owner too); false when free. */
bool __must_check get_page_any(struct page_info *pg);
/* Another reference to a page that the caller already holds one of. false: too many. */
bool __must_check get_page_ref_owned(struct page_info *pg);
/* Drop one; the last one tells the owner (release hook: domain_release_page) and frees. Not with page_alloc_lock held. */
void put_page(struct page_info *pg);
/* Drop the PGC_allocated reference, once: true if the flag was set (and the reference is now dropped). */
bool put_page_allocated(struct page_info *pg);
/* Registered at boot by start.c: called before a page with an owner is freed (not for PGC_hv pages). */
void page_set_release_hook(void (*fn)(struct domain *d, struct page_info *pg));

/* Lists of pages. A zeroed head is an empty list. */
struct page_list_head {
	uint32_t first_, last_;
	unsigned int count;
};
#define PAGE_LIST_HEAD_INIT  { 0, 0, 0 }
#define PAGE_LIST_HEAD(name) struct page_list_head name = PAGE_LIST_HEAD_INIT

static inline struct page_info *page_link_(uint32_t idx)
{
	return idx != 0 ? &frame_table[idx] : NULL;
}
static inline uint32_t page_idx_(const struct page_info *pg)
{
	return (uint32_t)(pg - frame_table);
}
static inline void page_list_init(struct page_list_head *h)
{
	*h = (struct page_list_head)PAGE_LIST_HEAD_INIT;
}
#define INIT_PAGE_LIST_HEAD(h) page_list_init(h)
static inline bool page_list_empty(const struct page_list_head *h)
{
	return h->first_ == 0;
}
static inline struct page_info *page_list_first(const struct page_list_head *h)
{
	return page_link_(h->first_);
}
static inline struct page_info *page_list_last(const struct page_list_head *h)
{
	return page_link_(h->last_);
}
static inline struct page_info *page_list_next(const struct page_info *pg)
{
	return page_link_(pg->next_);
}
static inline unsigned int page_list_count(const struct page_list_head *h)
{
	return h->count;
}
void page_list_add(struct page_info *pg, struct page_list_head *h);
void page_list_add_tail(struct page_info *pg, struct page_list_head *h);
void page_list_del(struct page_info *pg, struct page_list_head *h);
struct page_info *page_list_remove_head(struct page_list_head *h);
/* Move all of from to the tail of to. */
void page_list_splice(struct page_list_head *from, struct page_list_head *to);
#define page_list_for_each(pg, h) \
	for ((pg) = page_list_first(h); (pg) != NULL; (pg) = page_list_next(pg))
#define page_list_for_each_safe(pg, tmp, h)                                                     \
	for ((pg) = page_list_first(h), (tmp) = (pg) ? page_list_next(pg) : NULL; (pg) != NULL; \
		(pg) = (tmp), (tmp) = (pg) ? page_list_next(pg) : NULL)

#endif
