/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of mm/ share. */
#ifndef MM_PRIV_H
#define MM_PRIV_H

#include <hv/addr.h>
#include <hv/page.h>

/* One page-sized, zeroed block for a page table: early or from the pool. NULL: no memory. */
void *mm_alloc_table(void);
/* Early region: zeroed, visible at HV_DIRECT_BASE at once. Panics when it is used up. */
void *early_alloc_pages(unsigned int nr);
/* [start, end) of the early region: whole 2 MiB blocks. */
void early_region(maddr_t *start, maddr_t *end);
/* Where the image goes: a block of its own at the end of the region. */
maddr_t early_image_maddr(void);
/* Frames that have a page_info: calls fn(first, nr) for each run of whole sections. */
void frame_sections_for_each(void (*fn)(uint64_t first_mfn, uint64_t nr));
/* Free or scrub helpers between page_ref.c and page_alloc.c. */
void domain_page_free(struct page_info *pg); /* count is 0 */
void hv_page_free(struct page_info *pg); /* count is 0 */

/* Boot: the early region becomes part of the hypervisor pool. */
void hv_pool_adopt(uint64_t first, uint64_t nr_used, uint64_t nr);

#define SECTION_SHIFT  8 /* frames in a section: those whose page_info share one page */
#define SECTION_FRAMES (1u << SECTION_SHIFT)

#endif
