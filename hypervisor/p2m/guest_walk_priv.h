/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The usual page walk, inlined where speed matters: hypercall buffers and emulated instructions. */
#ifndef GUEST_WALK_PRIV_H
#define GUEST_WALK_PRIV_H

#include <hv/cpu.h>
#include <hv/guest_access.h>
#include <hv/pagetable.h>

#include "p2m_priv.h"

/* Guest page-table bits. */
#define GPT_P          (1ull << 0)
#define GPT_W          (1ull << 1)
#define GPT_U          (1ull << 2)
#define GPT_A          (1ull << 5)
#define GPT_D          (1ull << 6)
#define GPT_PS         (1ull << 7)
#define GPT_NX         (1ull << 63)

/* What all levels together allow: W and U as in the entries, NX inverted. */
#define GPT_ALL_RIGHTS (GPT_W | GPT_U | GPT_NX)

/* Bits that no entry may have set. */
static inline uint64_t guest_pte_rsvd(const struct walk_state *ws)
{
	uint64_t rsvd = PTE_ADDR_MASK & ~((1ull << boot_cpu_info.phys_bits) - 1);

	return ws->nxe ? rsvd : rsvd | GPT_NX;
}

/*
 * 4-level walk in which every table is RAM, every bit that the walk would set is set (want: GPT_A,
 * and GPT_D at the leaf for a write), and no entry is unusual. Writes nothing; of the rights it
 * only collects what the levels give. false: guest_walk_view() must look at it in full.
 */
static __always_inline bool guest_walk_fast(struct p2m_view *view, uint64_t cr3, uint64_t rsvd,
	uint64_t gva, uint64_t want, gpa_t *gpa, uint64_t *rights, uint64_t *leaf)
{
	gpa_t table = cr3 & PTE_ADDR_MASK;
	uint64_t r = GPT_ALL_RIGHTS, e = 0, size = PAGE_SIZE;

#pragma GCC unroll 4
	for (unsigned int shift = PAGE_SHIFT + 27; shift >= PAGE_SHIFT; shift -= 9) {
		maddr_t maddr;

		if (unlikely(p2m_view_find(view, table, &maddr) == 0)) {
			return false;
		}
		guest_window_show(&view->win, maddr);
		e = READ_ONCE(((const uint64_t *)view->win.va)[(gva >> shift) & 511]);
		if (unlikely((e & (GPT_P | GPT_A)) != (GPT_P | GPT_A)) ||
			unlikely((e & rsvd) != 0)) {
			return false;
		}
		r &= e ^ GPT_NX;
		if (shift != PAGE_SHIFT && (e & GPT_PS) != 0) {
			size = 1ull << shift;
			/* Low address bits but PAT are reserved; 512 GiB pages do not exist. */
			if (shift > PAGE_SHIFT + 18 || (e & (size - 1) & 0x3fffe000ull) != 0 ||
				(shift == PAGE_SHIFT + 18 && !cpu_has_page1gb)) {
				return false;
			}
			break;
		}
		table = e & PTE_ADDR_MASK;
	}
	*gpa = (e & PTE_ADDR_MASK & ~(size - 1)) | (gva & (size - 1));
	*rights = r;
	*leaf = e;
	return (e & want) == want;
}

static inline bool guest_gva_is_canonical(uint64_t gva, unsigned int bits)
{
	int64_t top = (int64_t)gva >> (bits - 1);

	return top == 0 || top == -1;
}

#endif
