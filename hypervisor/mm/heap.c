/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small objects. Sizes are rounded up to a power of two between 16 and 2048 bytes and cut from pages that hold one size only; a page's own struct page_info
 * says which size, how many are in use and where its free list starts, so a page holds objects and nothing else. Larger objects are whole pages.
 * Locking: one lock (irq-safe). owner_ of such pages has the top bit set: no domain is ever that (page_ref.c).
 */
#include <hv/bitmap.h>
#include <hv/heap.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/spinlock.h>
#include <hv/string.h>

#define MIN_SHIFT     4
#define MAX_SHIFT     11
#define NR_CLASSES    (MAX_SHIFT - MIN_SHIFT + 1)
#define PGC_slab      PGC_user1

/* owner_: 1 | class:3 (28..30) | in use:12 (16..27) | offset of the first free object / 16, plus 1: 16 bits, 0 none */
#define META_TAG      (1u << 31)
#define META_CLASS(m) (((m) >> 28) & 7)
#define META_USED(m)  (((m) >> 16) & 0xfff)
#define META_FREE(m)  ((m) & 0xffff)
#define META(class_, used, free_) \
	(META_TAG | ((uint32_t)(class_) << 28) | ((uint32_t)(used) << 16) | (uint32_t)(free_))

static DEFINE_SPINLOCK(heap_lock, LOCK_HEAP);
static struct page_list_head partial[NR_CLASSES];
static size_t bytes_used;

static unsigned int class_of(size_t size)
{
	return size <= 1u << MIN_SHIFT ? 0 : ILOG2(size - 1) + 1 - MIN_SHIFT;
}

/* Make a page of free objects, linked through their first two bytes. */
static struct page_info *slab_create(unsigned int cls)
{
	uint8_t *va = alloc_hv_pages_flags(0, MEMF_no_scrub);
	unsigned int step = 1u << (cls + MIN_SHIFT);
	struct page_info *pg;

	if (va == NULL) {
		return NULL;
	}
	for (unsigned int off = 0; off < PAGE_SIZE; off += step) {
		unsigned int next = off + step;

		*(uint16_t *)(va + off) = next < PAGE_SIZE ? (uint16_t)(next / 16 + 1) : 0;
	}
	pg = hv_va_to_page(va);
	pg->owner_ = META(cls, 0, 1);
	pg->count_info |= PGC_slab;
	return pg;
}

static void *slab_take(unsigned int cls)
{
	struct page_info *pg;
	unsigned long flags;
	uint32_t meta;
	uint8_t *obj;

	spin_lock_irqsave(&heap_lock, flags);
	pg = page_list_first(&partial[cls]);
	if (pg == NULL) {
		spin_unlock_irqrestore(&heap_lock, flags);
		pg = slab_create(cls);
		if (pg == NULL) {
			return NULL;
		}
		spin_lock_irqsave(&heap_lock, flags);
		page_list_add(pg, &partial[cls]);
	}
	meta = pg->owner_;
	obj = (uint8_t *)page_to_hv_va(pg) + (META_FREE(meta) - 1) * 16u;
	meta = META(cls, META_USED(meta) + 1, *(uint16_t *)obj);
	pg->owner_ = meta;
	if (META_FREE(meta) == 0) {
		page_list_del(pg, &partial[cls]);
	}
	bytes_used += 1ul << (cls + MIN_SHIFT);
	spin_unlock_irqrestore(&heap_lock, flags);
	return obj;
}

static void slab_give(struct page_info *pg, void *p)
{
	unsigned long flags;
	uint32_t meta;
	unsigned int cls;
	bool was_full, empty;

	spin_lock_irqsave(&heap_lock, flags);
	meta = pg->owner_;
	cls = META_CLASS(meta);
	ASSERT(META_USED(meta) != 0 && IS_ALIGNED((uintptr_t)p, 1ul << (cls + MIN_SHIFT)));
	was_full = META_FREE(meta) == 0;
#ifndef NDEBUG
	memset(p, 0xdd, 1ul << (cls + MIN_SHIFT));
#endif
	*(uint16_t *)p = (uint16_t)META_FREE(meta);
	meta = META(cls, META_USED(meta) - 1, PAGE_OFFSET(p) / 16 + 1);
	pg->owner_ = meta;
	empty = META_USED(meta) == 0;
	if (empty && !was_full) {
		page_list_del(pg, &partial[cls]);
	} else if (!empty && was_full) {
		page_list_add(pg, &partial[cls]);
	}
	bytes_used -= 1ul << (cls + MIN_SHIFT);
	spin_unlock_irqrestore(&heap_lock, flags);
	if (empty) {
		pg->owner_ = 0;
		pg->count_info &= ~PGC_slab;
		put_page(pg);
	}
}

void *xmalloc_bytes(size_t size)
{
	unsigned int order;
	void *va;

	if (size <= 1ul << MAX_SHIFT) {
		return slab_take(class_of(size));
	}
	if (size > PAGE_SIZE << 9) {
		return NULL;
	}
	order = order_from_bytes(size);
	va = alloc_hv_pages_flags(order, MEMF_no_scrub);
	if (va != NULL) {
		hv_va_to_page(va)->owner_ = META_TAG | order;
		__atomic_fetch_add(&bytes_used, PAGE_SIZE << order, __ATOMIC_RELAXED);
	}
	return va;
}

void *xzalloc_bytes(size_t size)
{
	void *p = xmalloc_bytes(size);

	if (p != NULL) {
		memset(p, 0, size);
	}
	return p;
}

void *xmalloc_array_bytes(size_t n, size_t size)
{
	size_t bytes;

	return checked_mul(n, size, &bytes) ? xmalloc_bytes(bytes) : NULL;
}

void *xzalloc_array_bytes(size_t n, size_t size)
{
	size_t bytes;

	return checked_mul(n, size, &bytes) ? xzalloc_bytes(bytes) : NULL;
}

void xfree(void *p)
{
	struct page_info *pg;
	unsigned int order;

	if (p == NULL) {
		return;
	}
	pg = hv_va_to_page(p);
	ASSERT((pg->owner_ & META_TAG) != 0 && (pg->count_info & (PGC_hv | PGC_free)) == PGC_hv);
	if ((pg->count_info & PGC_slab) != 0) {
		slab_give(pg, p);
		return;
	}
	ASSERT(PAGE_OFFSET(p) == 0);
	order = pg->owner_ & 0xff;
	pg->owner_ = 0;
	__atomic_fetch_sub(&bytes_used, PAGE_SIZE << order, __ATOMIC_RELAXED);
	free_hv_pages(p, order);
}

char *xstrdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = xmalloc_bytes(n);

	if (p != NULL) {
		memcpy(p, s, n);
	}
	return p;
}

size_t heap_bytes_used(void)
{
	return READ_ONCE(bytes_used);
}
