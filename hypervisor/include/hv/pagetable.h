/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: mm */
/*
 * The hypervisor's own address space. No page of a domain is mapped but through the windows and global mappings here.
 *
 *   0xffff82c000000000  vmap: ioremap, global mappings, stacks (64 GiB)
 *   0xffff82d000000000  windows: WINDOWS_PER_CPU pages a CPU
 *   0xffff82e000000000  frame table
 *   0xffff830000000000  hypervisor pool at HV_DIRECT_BASE + machine address
 *   0xffffffff80000000  image
 */
#ifndef HV_PAGETABLE_H
#define HV_PAGETABLE_H

#include <hv/addr.h>
#include <hv/compiler.h>
#include <hv/percpu.h>
#include <hv/types.h>

#define VMAP_BASE       0xffff82c000000000ul
#define VMAP_SIZE       (64ul << 30)
#define WINDOW_BASE     0xffff82d000000000ul
#define WINDOWS_PER_CPU 16u
#define IMAGE_BASE      0xffffffff80000000ul

/* Page-table bits of ours. */
#define PTE_P           (1ul << 0)
#define PTE_W           (1ul << 1)
#define PTE_U           (1ul << 2)
#define PTE_PWT         (1ul << 3)
#define PTE_PCD         (1ul << 4)
#define PTE_A           (1ul << 5)
#define PTE_D           (1ul << 6)
#define PTE_PSE         (1ul << 7)
#define PTE_G           (1ul << 8)
#define PTE_NX          (1ul << 63)
#define PTE_ADDR_MASK   0x000ffffffffff000ul

#define PROT_RW         (PTE_P | PTE_W | PTE_A | PTE_D | PTE_NX)
#define PROT_RO         (PTE_P | PTE_A | PTE_NX)
#define PROT_RX         (PTE_P | PTE_A)
#define PROT_UC         (PROT_RW | PTE_PCD | PTE_PWT)
#define PROT_WC         (PROT_RW | PTE_PWT) /* PAT entry 1 is set to WC */

/* Map len bytes of machine memory from maddr (any alignment); the pointer is to maddr itself. NULL: no memory or no space. */
void *ioremap_uc(maddr_t maddr, size_t len);
void *ioremap_wb(maddr_t maddr, size_t len);
void *ioremap_wc(maddr_t maddr, size_t len);
/* Accepts NULL. Flushes all CPUs. Interrupts on. */
void iounmap(void *va);

/* Map one page in a window of this CPU. Nests; usable in any context but NMI; undo before the CPU returns to cpu_loop(). Never fails. */
void *map_domain_page(mfn_t mfn);
void unmap_domain_page(const void *va);
/*
 * The last window of each CPU belongs to p2m/'s copies, which look at one page after the other: one
 * store and one INVLPG a page. Not in interrupts; w is found once, and closed before anybody else on
 * this CPU may open it. Frames are given by machine address (the offset in the page is ignored).
 */
struct guest_window {
	char *va;
	volatile uint64_t *pte;
};
#ifdef HV_HOST_TEST
void guest_window_open(struct guest_window *w);
void guest_window_show(struct guest_window *w, maddr_t maddr);
void guest_window_close(struct guest_window *w);
#else
extern uint64_t window_l1[];
static inline void guest_window_open(struct guest_window *w)
{
	unsigned long i = smp_processor_id() * WINDOWS_PER_CPU + WINDOWS_PER_CPU - 1;

	w->va = (char *)(WINDOW_BASE + (i << PAGE_SHIFT));
	w->pte = &window_l1[i];
}
static __always_inline void guest_window_show(struct guest_window *w, maddr_t maddr)
{
	*w->pte = (maddr & PTE_ADDR_MASK) | PROT_RW;
	__asm__ __volatile__("invlpg (%0)" : : "r"(w->va) : "memory");
}
static inline void guest_window_close(struct guest_window *w)
{
	*w->pte = 0;
	__asm__ __volatile__("invlpg (%0)" : : "r"(w->va) : "memory");
}
#endif
/* Map one page where all CPUs see it. NULL: no memory. Unmap flushes all CPUs (interrupts on). */
void *map_domain_page_global(mfn_t mfn);
void unmap_domain_page_global(const void *va);
/* mfn behind a window or global mapping. */
mfn_t domain_page_map_to_mfn(const void *va);

/* Virtually contiguous pages with an unmapped guard page on both sides (stacks). Zeroed. NULL: no memory. */
void *vmap_alloc_pages(unsigned int nr);
void vmap_free_pages(void *va, unsigned int nr);

/* Hypervisor pool: (un)map 2^order pages at HV_DIRECT_BASE. Called by the page allocator only. */
int __must_check pagetable_map_direct(maddr_t maddr, unsigned int order);
void pagetable_unmap_direct(maddr_t maddr, unsigned int order);

/* Boot. */
struct boot_info;
void pagetable_init(struct boot_info *bi); /* final tables of the BSP: W^X, frame table space */
int __must_check pagetable_map_range(unsigned long va, maddr_t maddr, uint64_t len, uint64_t prot);
/* Root for other CPUs' first switch; the loaded image, which their start still runs through, can go when they are up. */
extern uint64_t ap_boot_cr3;
void pagetable_free_loaded_image(void);
void pagetable_seal(void); /* after init: free init memory, make ro_after_init read-only */
maddr_t pagetable_root(void);
/*
 * Walk all of the hypervisor's tables: no writable and executable page, no user page, every page in the direct map is a hypervisor page, and no page owned by a
 * domain is mapped but in windows, vmap or as a shared hypervisor page. Returns the number of violations and logs each; *windows and *globals count domain pages.
 */
unsigned int pagetable_check(unsigned int *windows, unsigned int *globals);

#endif
