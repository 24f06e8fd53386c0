/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor's page tables: the image with W^X, the frame table, the hypervisor pool, per-CPU windows on domain pages, and vmap (device memory, global
 * mappings, stacks). One set of tables for all CPUs. Locking: table_lock while tables are added, vmap_lock for the vmap's bitmap (both irq-safe); windows need
 * no lock because each CPU uses its own slots and a context that takes a slot returns it before the one that it interrupted goes on.
 */
#include <hv/bitmap.h>
#include <hv/boot_info.h>
#include <hv/errno.h>
#include <hv/init.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/pagetable.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/spinlock.h>
#include <hv/string.h>
#include <hv/tlb.h>
#include <asm/processor.h>

#include "mm_priv.h"

#define VMAP_PAGES (1u << 17) /* 512 MiB of address space are in use at most */
#define L1_ENTRIES 512u

static uint64_t root_table[L1_ENTRIES] __section(".bss.pages") ALIGNED(4096);
uint64_t window_l1[NR_CPUS * WINDOWS_PER_CPU] __section(".bss.pages") ALIGNED(4096);
/* Where the image lies now, less where the loader put it. */
static uint64_t image_delta __ro_after_init;

static DEFINE_SPINLOCK(table_lock, LOCK_TABLE);
static DEFINE_SPINLOCK(vmap_lock, LOCK_VMAP);
static DECLARE_BITMAP(vmap_used, VMAP_PAGES);
static DECLARE_BITMAP(vmap_last, VMAP_PAGES); /* last page of an allocation */
static unsigned int vmap_hint;

static DEFINE_PER_CPU(uint32_t, window_free_inv); /* bit set: slot in use */

maddr_t virt_to_maddr(const void *va)
{
	unsigned long a = (unsigned long)va;

	if (a >= IMAGE_BASE) {
		return a - IMAGE_BASE + image_delta;
	}
	ASSERT(a >= HV_DIRECT_BASE && a < HV_DIRECT_BASE + (1ul << 46));
	return a - HV_DIRECT_BASE;
}

maddr_t pagetable_root(void)
{
	return virt_to_maddr(root_table);
}

/* Where the table at a machine address can be read: tables are in the image or in the hypervisor pool. */
static uint64_t *table_va(maddr_t a)
{
	if (a >= virt_to_maddr(__image_start) && a < virt_to_maddr(__image_end)) {
		return (uint64_t *)(a - image_delta + IMAGE_BASE);
	}
	return maddr_to_hv_va(a);
}

static unsigned int idx_of(unsigned long va, unsigned int level)
{
	return (va >> (PAGE_SHIFT + 9 * (level - 1))) & 511;
}

/* The entry for va at the given level (1 = 4 KiB), with the tables above it made when alloc; NULL: absent, a larger page, or no memory. */
static uint64_t *walk(unsigned long va, unsigned int level, bool alloc)
{
	uint64_t *table = root_table;

	for (unsigned int l = 4; l > level; l--) {
		uint64_t *e = &table[idx_of(va, l)];

		if ((READ_ONCE(*e) & PTE_P) == 0) {
			uint64_t *fresh;
			unsigned long flags;

			if (!alloc) {
				return NULL;
			}
			fresh = mm_alloc_table();
			if (fresh == NULL) {
				return NULL;
			}
			spin_lock_irqsave(&table_lock, flags);
			if ((*e & PTE_P) == 0) {
				WRITE_ONCE(*e, virt_to_maddr(fresh) | PTE_P | PTE_W | PTE_A);
				fresh = NULL;
			}
			spin_unlock_irqrestore(&table_lock, flags);
			if (fresh != NULL) {
				free_hv_pages(fresh, 0);
			}
		} else if ((*e & PTE_PSE) != 0) {
			return NULL;
		}
		table = table_va(*e & PTE_ADDR_MASK);
	}
	return &table[idx_of(va, level)];
}

int pagetable_map_range(unsigned long va, maddr_t maddr, uint64_t len, uint64_t prot)
{
	for (uint64_t off = 0; off < len;) {
		bool large = IS_ALIGNED(va + off, SIZE_2M) && IS_ALIGNED(maddr + off, SIZE_2M) &&
			len - off >= SIZE_2M && va < IMAGE_BASE && va >= HV_DIRECT_BASE;
		uint64_t *e = walk(va + off, large ? 2 : 1, true);

		if (e == NULL) {
			return -ENOMEM;
		}
		WRITE_ONCE(*e, (maddr + off) | prot | PTE_G | (large ? PTE_PSE : 0));
		off += large ? SIZE_2M : PAGE_SIZE;
	}
	return 0;
}

int pagetable_map_direct(maddr_t maddr, unsigned int order)
{
	ASSERT(order >= PAGE_ORDER_2M && IS_ALIGNED(maddr, SIZE_2M));
	return pagetable_map_range(HV_DIRECT_BASE + maddr, maddr, PAGE_SIZE << order, PROT_RW);
}

void pagetable_unmap_direct(maddr_t maddr, unsigned int order)
{
	for (uint64_t off = 0; off < PAGE_SIZE << order; off += SIZE_2M) {
		uint64_t *e = walk(HV_DIRECT_BASE + maddr + off, 2, false);

		BUG_ON(e == NULL);
		WRITE_ONCE(*e, 0);
	}
}

/* ---- windows ---- */

void *map_domain_page(mfn_t mfn)
{
	uint32_t used = this_cpu(window_free_inv);
	unsigned int slot = (unsigned int)__builtin_ctz(~used);
	unsigned int i;

	BUG_ON(slot >= WINDOWS_PER_CPU - 1); /* the last one is guest_window_open()'s */
	this_cpu(window_free_inv) = used | (1u << slot);
	barrier();
	i = smp_processor_id() * WINDOWS_PER_CPU + slot;
	WRITE_ONCE(window_l1[i], mfn_to_maddr(mfn) | PROT_RW);
	/* Not present before, and what was there is flushed when it goes: nothing to flush here. */
	return (void *)(WINDOW_BASE + ((unsigned long)i << PAGE_SHIFT));
}

void unmap_domain_page(const void *va)
{
	unsigned long off = ((unsigned long)va & PAGE_MASK) - WINDOW_BASE;
	unsigned int i = (unsigned int)(off >> PAGE_SHIFT);

	ASSERT(i / WINDOWS_PER_CPU == smp_processor_id() && window_l1[i] != 0);
	WRITE_ONCE(window_l1[i], 0);
	invlpg(WINDOW_BASE + ((unsigned long)i << PAGE_SHIFT));
	barrier();
	this_cpu(window_free_inv) &= ~(1u << (i % WINDOWS_PER_CPU));
}

mfn_t domain_page_map_to_mfn(const void *va)
{
	const uint64_t *e = walk((unsigned long)va, 1, false);

	return e != NULL && (*e & PTE_P) != 0 ? maddr_to_mfn(*e & PTE_ADDR_MASK) : INVALID_MFN;
}

/* ---- vmap ---- */

/* Reserve nr pages; index or VMAP_PAGES. Multi-page blocks have an unused page on both sides. */
static unsigned int vmap_reserve(unsigned int nr)
{
	unsigned int need = nr > 1 ? nr + 2 : 1, at;
	unsigned long flags, start, end;

	spin_lock_irqsave(&vmap_lock, flags);
	start = vmap_hint;
	for (int pass = 0;; start = end) {
		start = find_next_zero_bit(vmap_used, VMAP_PAGES, start);
		if (start + need > VMAP_PAGES) {
			if (pass++ != 0) {
				spin_unlock_irqrestore(&vmap_lock, flags);
				return VMAP_PAGES;
			}
			end = 0;
			continue;
		}
		end = find_next_bit(vmap_used, start + need, start);
		if (end >= start + need) {
			break;
		}
	}
	bitmap_set_range(vmap_used, start, need);
	__set_bit(start + need - 1, vmap_last);
	vmap_hint = (unsigned int)(start + need);
	spin_unlock_irqrestore(&vmap_lock, flags);
	at = (unsigned int)start;
	return nr > 1 ? at + 1 : at;
}

static void *vmap_va(unsigned int idx)
{
	return (void *)(VMAP_BASE + ((unsigned long)idx << PAGE_SHIFT));
}

/* Number of mapped pages of the block whose first mapped page is idx. */
static unsigned int vmap_block_pages(unsigned int idx)
{
	unsigned int last = (unsigned int)find_next_bit(vmap_last, VMAP_PAGES, idx);

	return last == idx ? 1 : last - idx;
}

static void vmap_release(unsigned int idx, unsigned int nr)
{
	unsigned int first = nr > 1 ? idx - 1 : idx, need = nr > 1 ? nr + 2 : 1;
	unsigned long flags;

	spin_lock_irqsave(&vmap_lock, flags);
	bitmap_clear_range(vmap_used, first, need);
	__clear_bit(first + need - 1, vmap_last);
	if (first < vmap_hint) {
		vmap_hint = first;
	}
	spin_unlock_irqrestore(&vmap_lock, flags);
}

static void vmap_clear(unsigned int idx, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		uint64_t *e = walk((unsigned long)vmap_va(idx + i), 1, false);

		if (e != NULL) {
			WRITE_ONCE(*e, 0);
		}
	}
	flush_tlb_all();
}

static void *vmap_map(maddr_t maddr, unsigned int nr, uint64_t prot)
{
	unsigned int idx = vmap_reserve(nr);

	if (idx >= VMAP_PAGES) {
		return NULL;
	}
	if (pagetable_map_range(
		    (unsigned long)vmap_va(idx), maddr, (uint64_t)nr << PAGE_SHIFT, prot) != 0) {
		vmap_clear(idx, nr);
		vmap_release(idx, nr);
		return NULL;
	}
	return vmap_va(idx);
}

static void *ioremap_prot(maddr_t maddr, size_t len, uint64_t prot)
{
	char *va;

	if (len == 0 || maddr + len < maddr || len > (size_t)VMAP_PAGES << PAGE_SHIFT) {
		return NULL;
	}
	va = vmap_map(maddr & PAGE_MASK, (unsigned int)PFN_UP(PAGE_OFFSET(maddr) + len), prot);
	return va != NULL ? va + PAGE_OFFSET(maddr) : NULL;
}

void *ioremap_uc(maddr_t maddr, size_t len)
{
	return ioremap_prot(maddr, len, PROT_UC);
}

void *ioremap_wb(maddr_t maddr, size_t len)
{
	return ioremap_prot(maddr, len, PROT_RW);
}

void *ioremap_wc(maddr_t maddr, size_t len)
{
	return ioremap_prot(maddr, len, PROT_WC);
}

void iounmap(void *va)
{
	unsigned int idx, nr;

	if (va == NULL) {
		return;
	}
	idx = (unsigned int)(((unsigned long)va - VMAP_BASE) >> PAGE_SHIFT);
	ASSERT(idx < VMAP_PAGES && test_bit(idx, vmap_used));
	nr = vmap_block_pages(idx);
	vmap_clear(idx, nr);
	vmap_release(idx, nr);
}

void *map_domain_page_global(mfn_t mfn)
{
	return vmap_map(mfn_to_maddr(mfn), 1, PROT_RW);
}

void unmap_domain_page_global(const void *va)
{
	if (va != NULL) {
		iounmap((void *)((unsigned long)va & PAGE_MASK));
	}
}

void *vmap_alloc_pages(unsigned int nr)
{
	unsigned int idx;

	if (nr < 2) {
		return NULL;
	}
	idx = vmap_reserve(nr);
	if (idx >= VMAP_PAGES) {
		return NULL;
	}
	for (unsigned int i = 0; i < nr; i++) {
		void *page = alloc_hv_pages(0);

		if (page == NULL ||
			pagetable_map_range((unsigned long)vmap_va(idx + i), virt_to_maddr(page),
				PAGE_SIZE, PROT_RW) != 0) {
			free_hv_pages(page, 0);
			vmap_free_pages(vmap_va(idx), nr);
			return NULL;
		}
	}
	return vmap_va(idx);
}

void vmap_free_pages(void *va, unsigned int nr)
{
	unsigned int idx = (unsigned int)(((unsigned long)va - VMAP_BASE) >> PAGE_SHIFT);

	for (unsigned int i = 0; i < nr; i++) {
		uint64_t *e = walk((unsigned long)vmap_va(idx + i), 1, false);

		if (e != NULL && (*e & PTE_P) != 0) {
			maddr_t a = *e & PTE_ADDR_MASK;

			WRITE_ONCE(*e, 0);
			flush_tlb_all();
			free_hv_pages(maddr_to_hv_va(a), 0);
		}
	}
	vmap_release(idx, nr);
}

/* ---- boot ---- */

static void __init map_image(const char *start, const char *end, uint64_t prot)
{
	if (start < end &&
		pagetable_map_range((unsigned long)start, virt_to_maddr(start),
			(uint64_t)(end - start), prot) != 0) {
		BUG();
	}
}

static void map_frame_table_run(uint64_t first_mfn, uint64_t nr)
{
	unsigned long va = FRAME_TABLE_BASE + first_mfn * sizeof(struct page_info);
	uint64_t pages = nr >> SECTION_SHIFT;
	void *mem = early_alloc_pages((unsigned int)pages);

	for (uint64_t i = 0; i < pages; i++) {
		if (pagetable_map_range(va + (i << PAGE_SHIFT),
			    virt_to_maddr(mem) + (i << PAGE_SHIFT), PAGE_SIZE, PROT_RW) != 0) {
			BUG();
		}
	}
}

/* Chain the windows' static tables in, and make every directory that hv_pool_grow() will need, so that it never allocates. */
static void __init preallocate(void)
{
	uint64_t top = ROUND_UP(max_page << PAGE_SHIFT, SIZE_1G);

	for (unsigned int i = 0; i < ARRAY_SIZE(window_l1) / L1_ENTRIES; i++) {
		uint64_t *e = walk(WINDOW_BASE + (unsigned long)i * SIZE_2M, 2, true);

		BUG_ON(e == NULL);
		*e = virt_to_maddr(&window_l1[i * L1_ENTRIES]) | PTE_P | PTE_W | PTE_A;
	}
	for (uint64_t a = 0; a < top; a += SIZE_1G) {
		BUG_ON(walk(HV_DIRECT_BASE + a, 2, true) == NULL);
	}
}

/*
 * Copy the image, this stack included, to its new place and go on there: nothing may be written between the copy and the switch, so both are one piece of
 * assembly that keeps everything in registers.
 */
static void __init move_image(maddr_t old)
{
	const void *src = maddr_to_hv_va(old);
	void *dst = maddr_to_hv_va(virt_to_maddr(__image_start));
	unsigned long bytes = (unsigned long)(__image_end - __image_start), root = pagetable_root();

	__asm__ __volatile__("rep movsb\n\tmov %3, %%cr3"
		: "+D"(dst), "+S"(src), "+c"(bytes)
		: "r"(root)
		: "memory");
}

void pagetable_free_loaded_image(void)
{
	maddr_t old = virt_to_maddr(__image_start) - image_delta;

	page_alloc_add_range(maddr_to_mfn(old), PFN_UP(__image_end - __image_start));
}

void __init pagetable_init(struct boot_info *bi)
{
	maddr_t start, end, old = virt_to_maddr(__image_start);

	(void)bi;
	BUG_ON((ARRAY_SIZE(window_l1) % L1_ENTRIES) != 0);
	image_delta = early_image_maddr() - old;
	map_image(__text_start, __text_end, PROT_RX);
	map_image(__rodata_start, __rodata_end, PROT_RO);
	map_image(__ro_after_init_start, __data_end, PROT_RW);
	map_image(__init_text_start, __init_text_end, PROT_RX);
	map_image(__init_text_end, __init_end, PROT_RW);
	map_image(__bss_start, __bss_end, PROT_RW);
	early_region(&start, &end);
	if (pagetable_map_range(HV_DIRECT_BASE + start, start, end - start, PROT_RW) != 0) {
		BUG();
	}
	preallocate();
	frame_sections_for_each(map_frame_table_run);
	ap_boot_cr3 = pagetable_root(); /* before the copy: other CPUs read it from the old image */
	move_image(old);
	flush_tlb_local();
}

void pagetable_seal(void)
{
	uint64_t nr = PFN_DOWN(__init_end - __init_start);

	for (unsigned long va = (unsigned long)__ro_after_init_start;
		va < (unsigned long)__ro_after_init_end; va += PAGE_SIZE) {
		uint64_t *e = walk(va, 1, false);

		WRITE_ONCE(*e, *e & ~PTE_W);
	}
	for (unsigned long va = (unsigned long)__init_start; va < (unsigned long)__init_end;
		va += PAGE_SIZE) {
		uint64_t *e = walk(va, 1, false);

		WRITE_ONCE(*e, 0);
	}
	flush_tlb_all();
	page_alloc_add_range(maddr_to_mfn(virt_to_maddr(__init_start)), nr);
	printk(XENLOG_INFO "Freed %lu KiB of boot code and data\n", (unsigned long)nr * 4);
}

/* ---- debug check ---- */

struct check {
	unsigned int bad, windows, globals;
};

static void check_leaf(struct check *c, unsigned long va, uint64_t e, uint64_t above)
{
	mfn_t mfn = maddr_to_mfn(e & PTE_ADDR_MASK);
	bool is_domain_page = mfn_valid(mfn) && !page_is_hv(mfn_to_page(mfn)) && (va < IMAGE_BASE);

	if ((e & PTE_W) != 0 && (above & PTE_W) != 0 && ((e | above) & PTE_NX) == 0) {
		printk(XENLOG_ERR "Page tables: %016lx is writable and executable\n", va);
		c->bad++;
	}
	if ((e & above & PTE_U) != 0) {
		printk(XENLOG_ERR "Page tables: %016lx is a user page\n", va);
		c->bad++;
	}
	if (!is_domain_page) {
		return;
	}
	if (va >= WINDOW_BASE && va < WINDOW_BASE + sizeof(window_l1) / 8 * PAGE_SIZE) {
		c->windows++;
	} else if (va >= VMAP_BASE && va < VMAP_BASE + VMAP_SIZE) {
		c->globals++;
	} else {
		printk(XENLOG_ERR "Page tables: frame %lx of a domain is mapped at %016lx\n",
			(unsigned long)mfn_x(mfn), va);
		c->bad++;
	}
}

static void check_table(struct check *c, const uint64_t *table, unsigned int level,
	unsigned long va, uint64_t above)
{
	for (unsigned int i = 0; i < L1_ENTRIES; i++) {
		uint64_t e = READ_ONCE(table[i]);
		unsigned long at = va | ((unsigned long)i << (PAGE_SHIFT + 9 * (level - 1)));

		if ((e & PTE_P) == 0) {
			continue;
		}
		if (level == 4 && i >= 256) {
			at |= 0xffff000000000000ul;
		}
		if (level == 1) {
			check_leaf(c, at, e, above);
		} else if ((e & PTE_PSE) != 0) {
			for (unsigned long off = 0; off < (PAGE_SIZE << (9 * (level - 1)));
				off += PAGE_SIZE) {
				check_leaf(c, at + off, e + off, above);
			}
		} else {
			uint64_t both = (above & e & (PTE_W | PTE_U)) | ((above | e) & PTE_NX);

			check_table(c, table_va(e & PTE_ADDR_MASK), level - 1, at, both);
		}
	}
}

unsigned int pagetable_check(unsigned int *windows, unsigned int *globals)
{
	struct check c = { 0, 0, 0 };

	check_table(&c, root_table, 4, 0, PTE_W | PTE_U);
	if (windows != NULL) {
		*windows = c.windows;
	}
	if (globals != NULL) {
		*globals = c.globals;
	}
	return c.bad;
}
