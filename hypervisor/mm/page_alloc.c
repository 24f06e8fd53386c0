/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machine memory. Two buddy pools with the same code: domain pages (orders 0..18, one set of lists below and one above 4 GiB) and hypervisor pages (orders
 * 0..9, always mapped). The hypervisor pool takes 2 MiB blocks from the domain pool and gives whole free ones back when that one runs dry. Freed domain pages
 * are scrubbed before they reach a list; boot memory is scrubbed when it is first allocated. Locking: pool_lock (irq-safe) around lists and free states.
 */
#include <hv/boot_info.h>
#include <hv/errno.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/pagetable.h>
#include <hv/printk.h>
#include <hv/spinlock.h>
#include <hv/string.h>
#include <hv/tlb.h>

#include "mm_priv.h"

#define HV_MAX_ORDER 9
#define FRAME_4G     (1ull << 20)

struct pool {
	struct page_list_head lists[2][MAX_ORDER + 1]; /* [above 4 GiB][order] */
	uint64_t nr_free[2];
	unsigned int max_order;
	uint32_t flag;     /* PGC_hv or 0 */
};

static struct pool dom_pool = { .max_order = MAX_ORDER };
static struct pool hv_pool = { .max_order = HV_MAX_ORDER, .flag = PGC_hv };
static DEFINE_SPINLOCK(pool_lock, LOCK_POOL);
static uint64_t nr_managed;

static unsigned int zone_of(uint64_t mfn)
{
	return mfn >= FRAME_4G;
}

static void block_insert(struct pool *p, uint64_t mfn, unsigned int order)
{
	struct page_info *pg = &frame_table[mfn];

	pg->count_info |= PGC_head;
	pg->owner_ = order;
	page_list_add(pg, &p->lists[zone_of(mfn)][order]);
}

static void block_remove(struct pool *p, uint64_t mfn, unsigned int order)
{
	struct page_info *pg = &frame_table[mfn];

	page_list_del(pg, &p->lists[zone_of(mfn)][order]);
	pg->count_info &= ~PGC_head;
	pg->owner_ = 0;
}

static bool is_free_block(const struct pool *p, uint64_t mfn, unsigned int order)
{
	const struct page_info *pg;

	if (!mfn_valid(_mfn(mfn))) {
		return false;
	}
	pg = &frame_table[mfn];
	return (pg->count_info & (PGC_free | PGC_head | PGC_hv)) ==
		(PGC_free | PGC_head | p->flag) &&
		pg->owner_ == order;
}

/* Put a block whose pages are already marked free on the lists, joined with its buddies. */
static void block_free(struct pool *p, uint64_t mfn, unsigned int order)
{
	p->nr_free[zone_of(mfn)] += 1ull << order;
	while (order < p->max_order) {
		uint64_t buddy = mfn ^ (1ull << order);

		if (!is_free_block(p, buddy, order)) {
			break;
		}
		block_remove(p, buddy, order);
		mfn &= ~(1ull << order);
		order++;
	}
	block_insert(p, mfn, order);
}

/* Cut the free block [mfn, order), already off the lists, down to the part [want, want_order); the rest goes back. */
static void block_split(
	struct pool *p, uint64_t mfn, unsigned int order, uint64_t want, unsigned int want_order)
{
	while (order > want_order) {
		uint64_t half;

		order--;
		half = mfn + (1ull << order);
		if (want >= half) {
			block_insert(p, mfn, order);
			mfn = half;
		} else {
			block_insert(p, half, order);
		}
	}
}

static uint64_t pool_take(struct pool *p, unsigned int order, bool below_4g)
{
	for (int zone = below_4g ? 0 : 1; zone >= 0; zone--) {
		for (unsigned int o = order; o <= p->max_order; o++) {
			struct page_info *pg = page_list_first(&p->lists[zone][o]);
			uint64_t mfn;

			if (pg == NULL) {
				continue;
			}
			mfn = page_idx_(pg);
			block_remove(p, mfn, o);
			block_split(p, mfn, o, mfn, order);
			p->nr_free[zone] -= 1ull << order;
			return mfn;
		}
	}
	return 0;
}

/* Like pool_take, but the highest block among the first few of each list: dom0 is to find the bottom of memory in one piece. */
static uint64_t pool_take_high(struct pool *p, unsigned int order, bool below_4g)
{
	for (int zone = below_4g ? 0 : 1; zone >= 0; zone--) {
		uint64_t best = 0, want;
		unsigned int best_order = 0;

		for (unsigned int o = order; o <= p->max_order; o++) {
			struct page_info *pg;
			unsigned int n = 0;

			page_list_for_each(pg, &p->lists[zone][o])
			{
				if (page_idx_(pg) > best) {
					best = page_idx_(pg);
					best_order = o;
				}
				if (++n == 64) {
					break;
				}
			}
		}
		if (best != 0) {
			want = best + (1ull << best_order) - (1ull << order);
			block_remove(p, best, best_order);
			block_split(p, best, best_order, want, order);
			p->nr_free[zone] -= 1ull << order;
			return want;
		}
	}
	return 0;
}

static void scrub_page(mfn_t mfn)
{
	void *p = map_domain_page(mfn);

	memset(p, 0, PAGE_SIZE);
	unmap_domain_page(p);
}

/* Give a whole free 2 MiB block of the hypervisor pool back to the domain pool. Interrupts on, because all CPUs must flush. */
static bool hv_pool_shrink(void)
{
	unsigned long flags;
	cpumask_t others = cpu_online_map;
	uint64_t mfn = 0;

	if (!local_irq_is_enabled() &&
		!cpumask_equal(&others, &(cpumask_t){ { 1ul << smp_processor_id() } })) {
		return false;
	}
	spin_lock_irqsave(&pool_lock, flags);
	for (int zone = 1; zone >= 0 && mfn == 0; zone--) {
		struct page_info *pg = page_list_first(&hv_pool.lists[zone][HV_MAX_ORDER]);

		if (pg != NULL) {
			mfn = page_idx_(pg);
			block_remove(&hv_pool, mfn, HV_MAX_ORDER);
			hv_pool.nr_free[zone] -= 1ull << HV_MAX_ORDER;
		}
	}
	spin_unlock_irqrestore(&pool_lock, flags);
	if (mfn == 0) {
		return false;
	}
	pagetable_unmap_direct(mfn << PAGE_SHIFT, HV_MAX_ORDER);
	flush_tlb_all();
	spin_lock_irqsave(&pool_lock, flags);
	for (uint64_t i = 0; i < 1ull << HV_MAX_ORDER; i++) {
		frame_table[mfn + i].count_info = PGC_ram | PGC_free;
	}
	block_free(&dom_pool, mfn, HV_MAX_ORDER);
	spin_unlock_irqrestore(&pool_lock, flags);
	return true;
}

/* Add a 2 MiB block to the hypervisor pool. */
static bool hv_pool_grow(bool below_4g)
{
	unsigned long flags;
	uint64_t mfn;

	spin_lock_irqsave(&pool_lock, flags);
	mfn = pool_take_high(&dom_pool, HV_MAX_ORDER, below_4g);
	spin_unlock_irqrestore(&pool_lock, flags);
	if (mfn == 0) {
		return false;
	}
	if (pagetable_map_direct(mfn << PAGE_SHIFT, HV_MAX_ORDER) != 0) {
		spin_lock_irqsave(&pool_lock, flags);
		block_free(&dom_pool, mfn, HV_MAX_ORDER);
		spin_unlock_irqrestore(&pool_lock, flags);
		return false;
	}
	spin_lock_irqsave(&pool_lock, flags);
	for (uint64_t i = 0; i < 1ull << HV_MAX_ORDER; i++) {
		frame_table[mfn + i].count_info = PGC_ram | PGC_free | PGC_hv;
	}
	block_free(&hv_pool, mfn, HV_MAX_ORDER);
	spin_unlock_irqrestore(&pool_lock, flags);
	return true;
}

struct page_info *alloc_domain_pages(struct domain *d, unsigned int order, unsigned int memflags)
{
	unsigned long flags;
	uint64_t mfn;

	if (order > MAX_ORDER) {
		return NULL;
	}
	do {
		spin_lock_irqsave(&pool_lock, flags);
		mfn = pool_take(&dom_pool, order, memflags & MEMF_below_4G);
		spin_unlock_irqrestore(&pool_lock, flags);
	} while (mfn == 0 && order <= HV_MAX_ORDER && hv_pool_shrink());
	if (mfn == 0) {
		return NULL;
	}
	for (uint64_t i = mfn; i < mfn + (1ull << order); i++) {
		struct page_info *pg = &frame_table[i];

		if ((pg->count_info & PGC_clean) == 0 && (memflags & MEMF_no_scrub) == 0) {
			scrub_page(_mfn(i));
		}
		pg->next_ = pg->prev_ = 0;
		page_set_owner(pg, d);
		__atomic_store_n(&pg->count_info, PGC_ram | PGC_allocated | 1, __ATOMIC_RELEASE);
	}
	return &frame_table[mfn];
}

static void dom_pages_to_pool(uint64_t mfn, unsigned int order)
{
	unsigned long flags;

	for (uint64_t i = mfn; i < mfn + (1ull << order); i++) {
		struct page_info *pg = &frame_table[i];

		scrub_page(_mfn(i));
		pg->owner_ = 0;
		pg->next_ = pg->prev_ = 0;
	}
	spin_lock_irqsave(&pool_lock, flags);
	for (uint64_t i = mfn; i < mfn + (1ull << order); i++) {
		frame_table[i].count_info = PGC_ram | PGC_free | PGC_clean;
	}
	block_free(&dom_pool, mfn, order);
	spin_unlock_irqrestore(&pool_lock, flags);
}

void free_domain_pages(struct page_info *pg, unsigned int order)
{
	dom_pages_to_pool(page_idx_(pg), order);
}

void free_domain_page_run(mfn_t first, unsigned int nr)
{
	uint64_t mfn = mfn_x(first), end = mfn + nr;
	unsigned long flags;

	for (uint64_t i = mfn; i < end; i++) {
		struct page_info *pg = &frame_table[i];

		ASSERT((pg->count_info & (PGC_count_mask | PGC_allocated | PGC_free)) == 0);
		scrub_page(_mfn(i));
		pg->owner_ = 0;
		pg->next_ = pg->prev_ = 0;
	}
	spin_lock_irqsave(&pool_lock, flags);
	for (uint64_t i = mfn; i < end; i++) {
		frame_table[i].count_info = PGC_ram | PGC_free | PGC_clean;
	}
	while (mfn < end) {
		unsigned int order =
			min_t(unsigned int, ILOG2(end - mfn), mfn != 0 ? ffs64(mfn) : MAX_ORDER);

		block_free(&dom_pool, mfn, order);
		mfn += 1ull << order;
	}
	spin_unlock_irqrestore(&pool_lock, flags);
}

void domain_page_free(struct page_info *pg)
{
	dom_pages_to_pool(page_idx_(pg), 0);
}

/* Free block that holds mfn: its head and order, or false. pool_lock held. */
static bool find_free_block(uint64_t mfn, uint64_t *head, unsigned int *order)
{
	for (unsigned int o = 0; o <= MAX_ORDER; o++) {
		uint64_t h = mfn & ~((1ull << o) - 1);

		if (is_free_block(&dom_pool, h, o)) {
			*head = h;
			*order = o;
			return true;
		}
	}
	return false;
}

uint64_t free_run_length(mfn_t start, uint64_t max_nr)
{
	unsigned long flags;
	uint64_t mfn = mfn_x(start), end = mfn + max_nr, head;
	unsigned int order;

	spin_lock_irqsave(&pool_lock, flags);
	while (mfn < end && find_free_block(mfn, &head, &order)) {
		mfn = head + (1ull << order);
	}
	spin_unlock_irqrestore(&pool_lock, flags);
	return min(mfn, end) - mfn_x(start);
}

int alloc_exact_range(struct domain *d, mfn_t start, uint64_t nr)
{
	unsigned long flags;
	uint64_t first = mfn_x(start), mfn = first, end = first + nr, head;
	unsigned int order;

	if (nr == 0 || end < first || free_run_length(start, nr) != nr) {
		return -EBUSY;
	}
	while (mfn < end) {
		unsigned int want =
			min_t(unsigned int, ILOG2(end - mfn), mfn ? ffs64(mfn) : MAX_ORDER);

		spin_lock_irqsave(&pool_lock, flags);
		if (!find_free_block(mfn, &head, &order)) {
			spin_unlock_irqrestore(&pool_lock, flags);
			break;
		}
		want = min(want, order);
		block_remove(&dom_pool, head, order);
		block_split(&dom_pool, head, order, mfn, want);
		dom_pool.nr_free[zone_of(mfn)] -= 1ull << want;
		spin_unlock_irqrestore(&pool_lock, flags);
		for (uint64_t i = mfn; i < mfn + (1ull << want); i++) {
			struct page_info *pg = &frame_table[i];

			pg->next_ = pg->prev_ = 0;
			page_set_owner(pg, d);
			__atomic_store_n(
				&pg->count_info, PGC_ram | PGC_allocated | 1, __ATOMIC_RELEASE);
		}
		mfn += 1ull << want;
	}
	if (mfn == end) {
		return 0;
	}
	/* Somebody was faster: undo. */
	while (mfn > first) {
		mfn--;
		dom_pages_to_pool(mfn, 0);
	}
	return -EBUSY;
}

void *alloc_hv_pages_flags(unsigned int order, unsigned int memflags)
{
	bool below_4g = memflags & MEMF_below_4G;
	unsigned long flags;
	uint64_t mfn;
	void *va;

	if (order > HV_MAX_ORDER) {
		return NULL;
	}
	do {
		spin_lock_irqsave(&pool_lock, flags);
		mfn = pool_take(&hv_pool, order, below_4g);
		spin_unlock_irqrestore(&pool_lock, flags);
	} while (mfn == 0 && hv_pool_grow(below_4g));
	if (mfn == 0) {
		return NULL;
	}
	for (uint64_t i = mfn; i < mfn + (1ull << order); i++) {
		struct page_info *pg = &frame_table[i];

		pg->owner_ = pg->next_ = pg->prev_ = 0;
		__atomic_store_n(&pg->count_info, PGC_ram | PGC_hv | 1, __ATOMIC_RELEASE);
	}
	va = mfn_to_hv_va(_mfn(mfn));
	if ((memflags & MEMF_no_scrub) == 0) {
		memset(va, 0, PAGE_SIZE << order);
	}
	return va;
}

void *alloc_hv_pages(unsigned int order)
{
	return alloc_hv_pages_flags(order, 0);
}

void hv_page_free(struct page_info *pg)
{
	unsigned long flags;

#ifndef NDEBUG
	memset(page_to_hv_va(pg), 0xdb, PAGE_SIZE); /* use after free shows */
#endif
	spin_lock_irqsave(&pool_lock, flags);
	pg->owner_ = pg->next_ = pg->prev_ = 0;
	pg->count_info = PGC_ram | PGC_hv | PGC_free;
	block_free(&hv_pool, page_idx_(pg), 0);
	spin_unlock_irqrestore(&pool_lock, flags);
}

void free_hv_pages(void *va, unsigned int order)
{
	if (va == NULL) {
		return;
	}
	for (uint64_t i = 0; i < 1ull << order; i++) {
		struct page_info *pg = hv_va_to_page((char *)va + (i << PAGE_SHIFT));

		ASSERT((pg->count_info & (PGC_hv | PGC_free)) == PGC_hv);
		put_page(pg);
	}
}

uint64_t free_pages_count(void)
{
	return READ_ONCE(dom_pool.nr_free[0]) + READ_ONCE(dom_pool.nr_free[1]) +
		READ_ONCE(hv_pool.nr_free[0]) + READ_ONCE(hv_pool.nr_free[1]);
}

uint64_t free_pages_below_4G(void)
{
	return READ_ONCE(dom_pool.nr_free[0]);
}

uint64_t total_pages(void)
{
	return nr_managed;
}

void page_alloc_add_range(mfn_t start, uint64_t nr)
{
	uint64_t mfn = mfn_x(start), end = mfn + nr;
	unsigned long flags;

	if (mfn == 0 && nr != 0) {
		mfn = 1; /* frame 0 ends lists and is never handed out */
	}
	while (mfn < end) {
		unsigned int order = min_t(
			unsigned int, MAX_ORDER, min_t(unsigned int, ffs64(mfn), ILOG2(end - mfn)));

		for (uint64_t i = mfn; i < mfn + (1ull << order); i++) {
			frame_table[i] = (struct page_info){ .count_info = PGC_ram | PGC_free };
		}
		spin_lock_irqsave(&pool_lock, flags);
		block_free(&dom_pool, mfn, order);
		nr_managed += 1ull << order;
		spin_unlock_irqrestore(&pool_lock, flags);
		mfn += 1ull << order;
	}
}

/* Boot: hand the early region to the hypervisor pool; the first nr_used pages stay in use. */
void hv_pool_adopt(uint64_t first, uint64_t nr_used, uint64_t nr)
{
	for (uint64_t i = 0; i < nr; i++) {
		frame_table[first + i] = (struct page_info){ .count_info = PGC_ram | PGC_hv |
				(i < nr_used ? 1 : PGC_free) };
	}
	for (uint64_t i = nr_used; i < nr; i++) {
		block_free(&hv_pool, first + i, 0);
	}
	nr_managed += nr;
}

static void check_list(const struct pool *p, unsigned int zone, unsigned int order, uint64_t *sum)
{
	struct page_info *pg;
	unsigned int n = 0;

	page_list_for_each(pg, &p->lists[zone][order])
	{
		uint64_t mfn = page_idx_(pg);

		BUG_ON(!is_free_block(p, mfn, order) || zone_of(mfn) != zone ||
			(mfn & ((1ull << order) - 1)) != 0);
		*sum += 1ull << order;
		n++;
	}
	BUG_ON(n != page_list_count(&p->lists[zone][order]));
}

void page_alloc_check(void)
{
	unsigned long flags;

	spin_lock_irqsave(&pool_lock, flags);
	for (unsigned int zone = 0; zone < 2; zone++) {
		uint64_t dom = 0, hv = 0;

		for (unsigned int order = 0; order <= MAX_ORDER; order++) {
			check_list(&dom_pool, zone, order, &dom);
			check_list(&hv_pool, zone, order, &hv);
		}
		BUG_ON(dom != dom_pool.nr_free[zone] || hv != hv_pool.nr_free[zone]);
	}
	spin_unlock_irqrestore(&pool_lock, flags);
}
