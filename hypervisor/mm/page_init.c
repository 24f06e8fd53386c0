/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machine memory at boot: choose a region for page tables and the frame table (2 MiB blocks, as high as possible below 4 GiB), then build the frame table,
 * hand all RAM to the allocator, and move the loader's modules to the top of memory, out of the way of dom0, which gets the bottom.
 */
#include <hv/bitmap.h>
#include <hv/boot_info.h>
#include <hv/init.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/pagetable.h>
#include <hv/printk.h>
#include <hv/string.h>

#include "mm_priv.h"

uint64_t max_page __ro_after_init;

static maddr_t early_start __ro_after_init, early_end __ro_after_init, early_next;
static maddr_t image_start __ro_after_init;
static maddr_t loaded_at __ro_after_init; /* the image as the loader placed it */
static bool early_closed __ro_after_init;
static uint64_t nr_ram_pages __ro_after_init;
static unsigned long *section_map __ro_after_init; /* sections that have a page_info page */
static uint64_t nr_sections __ro_after_init;

bool mfn_valid(mfn_t m)
{
	uint64_t mfn = mfn_x(m);

	return mfn < max_page && test_bit(mfn >> SECTION_SHIFT, section_map) &&
		(frame_table[mfn].count_info & PGC_ram) != 0;
}

uint64_t machine_ram_pages(void)
{
	return nr_ram_pages;
}

void early_region(maddr_t *start, maddr_t *end)
{
	*start = early_start;
	*end = early_end;
}

maddr_t early_image_maddr(void)
{
	return image_start;
}

void *early_alloc_pages(unsigned int nr)
{
	maddr_t a = early_next;

	BUG_ON(early_closed);
	if (a + nr * PAGE_SIZE > early_end) {
		panic("memory: the tables for %lu MiB of memory do not fit where they were planned",
			(unsigned long)(nr_ram_pages >> 8));
	}
	early_next += nr * PAGE_SIZE;
	memset(maddr_to_hv_va(a), 0, nr * PAGE_SIZE);
	return maddr_to_hv_va(a);
}

void *mm_alloc_table(void)
{
	return early_closed ? alloc_hv_pages(0) : early_alloc_pages(1);
}

/* RAM of entry e in whole pages. */
static bool ram_frames(const struct e820entry *e, uint64_t *first, uint64_t *end)
{
	*first = PFN_UP(e->addr);
	*end = PFN_DOWN(e->addr + e->size);
	return e->type == E820_RAM && *first < *end;
}

/* The highest block of bytes in [start, end), 2 MiB aligned, that meets neither image nor modules nor the first MiB; 0 when there is none. */
static maddr_t __init find_room(
	const struct boot_info *bi, uint64_t bytes, uint64_t start, uint64_t end)
{
	start = max_t(uint64_t, start, MB(2));
	while (end >= start + bytes) {
		maddr_t a = ROUND_DOWN(end - bytes, SIZE_2M);
		maddr_t image = virt_to_maddr(__image_start),
			image_end = virt_to_maddr(__image_end);
		bool moved = false;

		if (a < start) {
			break;
		}
		if (a < image_end && a + bytes > image) {
			end = image;
			continue;
		}
		for (unsigned int i = 0; i < bi->nr_modules; i++) {
			const struct boot_module *m = &bi->modules[i];

			if (a < m->end && a + bytes > m->start) {
				end = m->start;
				moved = true;
				break;
			}
		}
		if (!moved) {
			return a;
		}
	}
	return 0;
}

static void __init count_sections(uint64_t *sections)
{
	uint64_t last = ~0ull;

	*sections = 0;
	for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
		uint64_t first, end, s, e;

		if (!ram_frames(&boot_info.e820[i], &first, &end)) {
			continue;
		}
		nr_ram_pages += end - first;
		max_page = max(max_page, end);
		s = first >> SECTION_SHIFT;
		e = (end - 1) >> SECTION_SHIFT;
		*sections += e - s + 1 - (s == last);
		last = e;
	}
}

void __init page_alloc_early_init(struct boot_info *bi)
{
	uint64_t sections, bytes, image_bytes, best = 0;

	loaded_at = virt_to_maddr(__image_start);
	count_sections(&sections);
	if (nr_ram_pages < MB(64) >> PAGE_SHIFT) {
		panic("memory: only %lu MiB of RAM were found; at least 512 MiB are needed for a useful system",
			(unsigned long)(nr_ram_pages >> 8));
	}
	if (max_page >> 31 != 0) {
		printk(XENLOG_WARNING "Memory above 8 TiB is not used\n");
		max_page = 1ull << 31;
	}
	nr_sections = (max_page >> SECTION_SHIFT) + 1;
	/* Frame table, its page tables, section map, direct-map directories, and some room for what follows. */
	bytes = sections * PAGE_SIZE + (sections / 512 + 64) * PAGE_SIZE +
		(max_page >> PAGE_ORDER_1G) * PAGE_SIZE + nr_sections / 8 + MB(1);
	bytes = ROUND_UP(bytes, SIZE_2M);
	image_bytes = ROUND_UP((uint64_t)(__image_end - __image_start), SIZE_2M);
	for (unsigned int i = 0; i < bi->nr_e820; i++) {
		uint64_t first, end;

		if (ram_frames(&bi->e820[i], &first, &end) && first << PAGE_SHIFT < GB(4)) {
			uint64_t a = find_room(bi, bytes + image_bytes, first << PAGE_SHIFT,
				min_t(uint64_t, end << PAGE_SHIFT, GB(4)));

			best = max(best, a);
		}
	}
	if (best == 0) {
		panic("memory: no free block of %lu MiB below 4 GiB for the hypervisor's tables; give the machine more memory",
			(unsigned long)((bytes + image_bytes) >> 20));
	}
	early_start = early_next = best;
	early_end = image_start = best + bytes;
	section_map = early_alloc_pages((unsigned int)PFN_UP(nr_sections / 8 + 8));
	for (unsigned int i = 0; i < bi->nr_e820; i++) {
		uint64_t first, end;

		if (ram_frames(&bi->e820[i], &first, &end) && first < max_page) {
			bitmap_set_range(section_map, first >> SECTION_SHIFT,
				((min(end, max_page) - 1) >> SECTION_SHIFT) -
					(first >> SECTION_SHIFT) + 1);
		}
	}
}

void frame_sections_for_each(void (*fn)(uint64_t first_mfn, uint64_t nr))
{
	uint64_t s = find_first_bit(section_map, nr_sections);

	while (s < nr_sections) {
		uint64_t e = find_next_zero_bit(section_map, nr_sections, s);

		fn(s << SECTION_SHIFT, (e - s) << SECTION_SHIFT);
		s = find_next_bit(section_map, nr_sections, e);
	}
}

struct reserved {
	uint64_t first, end;
};

static int __init reserved_cmp(const void *a, const void *b)
{
	const struct reserved *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

static void __init free_between(uint64_t first, uint64_t end)
{
	if (first < end) {
		page_alloc_add_range(_mfn(first), end - first);
	}
}

/* Copy len bytes between machine addresses by way of windows. */
static void __init copy_maddr(maddr_t dst, maddr_t src, uint64_t len)
{
	while (len != 0) {
		uint64_t n =
			min(len, min(PAGE_SIZE - PAGE_OFFSET(dst), PAGE_SIZE - PAGE_OFFSET(src)));
		char *d = map_domain_page(maddr_to_mfn(dst));
		const char *s = map_domain_page(maddr_to_mfn(src));

		memcpy(d + PAGE_OFFSET(dst), s + PAGE_OFFSET(src), n);
		unmap_domain_page(s);
		unmap_domain_page(d);
		dst += n;
		src += n;
		len -= n;
	}
}

/* The highest run of nr free frames; 0 none. */
static uint64_t __init find_high_run(const struct boot_info *bi, uint64_t nr)
{
	for (unsigned int i = bi->nr_e820; i > 0; i--) {
		uint64_t first, end;

		if (!ram_frames(&bi->e820[i - 1], &first, &end)) {
			continue;
		}
		for (end = min(end, max_page); end >= first + nr && end >= nr;) {
			uint64_t at = end - nr, run = free_run_length(_mfn(at), nr);

			if (run == nr && at != 0) {
				return at;
			}
			/* Frame at + run is taken: end there, in big steps. */
			end = run != 0 ? at + run :
					 ROUND_DOWN(at + nr - 1, (uint64_t)SECTION_FRAMES);
		}
	}
	return 0;
}

/* Does a module other than m, where the loader put it, lie in frame mfn? */
static bool __init shared_with_module(
	const struct boot_info *bi, const struct boot_module *m, uint64_t mfn)
{
	for (unsigned int i = 0; i < bi->nr_modules; i++) {
		const struct boot_module *o = &bi->modules[i];

		if (o != m && PFN_DOWN(o->start) <= mfn && mfn < PFN_UP(o->end)) {
			return true;
		}
	}
	return false;
}

static void __init move_module(const struct boot_info *bi, struct boot_module *m)
{
	uint64_t bytes = m->end - m->start, nr = PFN_UP(bytes);
	uint64_t old_first = PFN_UP(m->start), old_end = PFN_DOWN(m->end), to;

	if (PAGE_OFFSET(m->end) != 0 && e820_all_type(bi, m->end, PAGE_ALIGN(m->end), E820_RAM) &&
		!shared_with_module(bi, m, old_end)) {
		old_end++;
	}
	if (nr == 0) {
		return;
	}
	to = find_high_run(bi, nr);
	if (to == 0 || to << PAGE_SHIFT < m->start) {
		/* Highest place already, or no room: give its frames an owner where it is. */
		for (uint64_t i = PFN_DOWN(m->start); i < PFN_UP(m->end); i++) {
			frame_table[i] =
				(struct page_info){ .count_info = PGC_ram | PGC_allocated | 1 };
		}
		return;
	}
	if (alloc_exact_range(NULL, _mfn(to), nr) != 0) {
		BUG();
	}
	copy_maddr(to << PAGE_SHIFT, m->start, bytes);
	m->start = to << PAGE_SHIFT;
	m->end = m->start + bytes;
	free_between(old_first, old_end);
}

void __init page_alloc_init(struct boot_info *bi)
{
	struct reserved res[BOOT_MAX_MODULES + 3];
	uint64_t image_end = image_start + PAGE_ALIGN((uint64_t)(__image_end - __image_start));
	unsigned int n = 0;

	/* Two modules may touch one page at their edges only if the loader ignored our wish for alignment; the shared page then stays reserved. */
	res[n++] = (struct reserved){ PFN_DOWN(loaded_at),
		PFN_UP(loaded_at + (uint64_t)(__image_end - __image_start)) };
	res[n++] = (struct reserved){ PFN_DOWN(image_start), PFN_DOWN(image_end) };
	res[n++] = (struct reserved){ early_start >> PAGE_SHIFT, early_end >> PAGE_SHIFT };
	for (unsigned int i = 0; i < bi->nr_modules; i++) {
		res[n++] = (struct reserved){ PFN_DOWN(bi->modules[i].start),
			PFN_UP(bi->modules[i].end) };
	}
	sort(res, n, sizeof(res[0]), reserved_cmp);
	early_closed = true;
	hv_pool_adopt(early_start >> PAGE_SHIFT, PFN_DOWN(early_next - early_start),
		PFN_DOWN(early_end - early_start));
	for (unsigned int i = 0; i < bi->nr_e820; i++) {
		uint64_t first, end;

		if (!ram_frames(&bi->e820[i], &first, &end)) {
			continue;
		}
		end = min(end, max_page);
		for (unsigned int k = 0; k < n && first < end; k++) {
			if (res[k].end > first && res[k].first < end) {
				free_between(first, min(res[k].first, end));
				first = max(first, res[k].end);
			}
		}
		free_between(first, end);
	}
	for (unsigned int i = 0; i < bi->nr_modules; i++) {
		move_module(bi, &bi->modules[i]);
	}
}

void boot_module_free(struct boot_module *m)
{
	uint64_t first = PFN_DOWN(m->start), end = PFN_UP(m->end);

	if (m->released) {
		return;
	}
	m->released = true;
	for (uint64_t i = first; i < end; i++) {
		if (mfn_valid(_mfn(i)) && (frame_table[i].count_info & PGC_allocated) != 0) {
			put_page_allocated(&frame_table[i]);
		}
	}
}
