/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dom0's physical memory: which machine frames it owns (all identity mapped, decision 3), the map of them that it is shown, and which frames it may reach as
 * MMIO. RAM is taken from low addresses up in 2 MiB blocks, so that the map stays short and nested page tables use large entries. MMIO is not mapped here: a
 * first touch maps it (p2m_handle_fault), which leaves holes free for grant and foreign mappings.
 * Memory that dom0 does not own is shown as reserved: Linux 6.12 would hand out unusable ranges as pages for foreign mappings, at addresses where a device's
 * stray access would hit another domain.
 */
#include <hv/acpi.h>
#include <hv/cpu.h>
#include <hv/heap.h>
#include <hv/iommu.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/printk.h>
#include <hv/string.h>

#include "dom0_priv.h"

static void __init ram_add(struct dom0_ram *ram, uint64_t start, uint64_t end)
{
	if (ram->nr != 0 && ram->range[ram->nr - 1].end == start) {
		ram->range[ram->nr - 1].end = end;
	} else if (ram->nr < DOM0_MAX_RANGES) {
		ram->range[ram->nr].start = start;
		ram->range[ram->nr].end = end;
		ram->nr++;
	} else {
		panic("dom0: its memory would be in more than %u pieces", DOM0_MAX_RANGES);
	}
	ram->pages += (end - start) >> PAGE_SHIFT;
}

/* Own [start, start + nr pages) if all of it is free. */
static bool __init take_exact(struct domain *d, uint64_t start, uint64_t nr)
{
	mfn_t mfn = maddr_to_mfn(start);

	if (alloc_exact_range(d, mfn, nr) != 0) {
		return false;
	}
	for (uint64_t i = 0; i < nr; i++) {
		if (domain_assign_page(d, mfn_to_page(mfn_add(mfn, i)), 0, true) != 0) {
			panic("dom0: a page of its memory cannot be assigned");
		}
	}
	return true;
}

/* Take blocks of at most block pages from [start, end) until *left is used up. */
static void __init take_blocks(struct domain *d, struct dom0_ram *ram, uint64_t start, uint64_t end,
	uint64_t block, uint64_t *left)
{
	while (start < end && *left != 0) {
		uint64_t next = ROUND_DOWN(start, block << PAGE_SHIFT) + (block << PAGE_SHIFT);
		uint64_t nr;

		if (next > end) {
			next = end;
		}
		nr = (next - start) >> PAGE_SHIFT;
		if (nr > *left) {
			nr = *left;
		}
		if (ram->nr < DOM0_MAX_RANGES - 8 && take_exact(d, start, nr)) {
			ram_add(ram, start, start + (nr << PAGE_SHIFT));
			*left -= nr;
		}
		start = next;
	}
}

void __init dom0_take_ram(
	struct domain *d, const struct boot_info *bi, uint64_t nr_pages, struct dom0_ram *ram)
{
	uint64_t left = nr_pages;

	memset(ram, 0, sizeof(*ram));
	for (unsigned int i = 0; i < bi->nr_e820 && left != 0; i++) {
		const struct e820entry *e = &bi->e820[i];
		uint64_t start = PAGE_ALIGN(e->addr), end = (e->addr + e->size) & PAGE_MASK;

		if (e->type != E820_RAM || start >= end) {
			continue;
		}
		/* Below 2 MiB page by page: firmware data, our start-up code for other processors and holes lie there. */
		if (start < MB(2)) {
			take_blocks(d, ram, start, MIN(end, MB(2)), 1, &left);
			start = MIN(end, MB(2));
		}
		take_blocks(d, ram, start, end, 512, &left);
	}
	if (left != 0) {
		panic("dom0: %lu MiB of memory are not free for it; give a smaller dom0_mem= or add memory",
			nr_pages >> 8);
	}
	for (unsigned int i = 0; i < ram->nr; i++) {
		uint64_t start = ram->range[i].start;

		if (p2m_map_identity(d, PFN_DOWN(start), PFN_DOWN(ram->range[i].end - start),
			    p2m_ram_rw) != 0) {
			panic("dom0: no memory for its page tables");
		}
	}
}

uint64_t __init dom0_carve_top(struct dom0_ram *ram, uint64_t bytes, uint64_t limit)
{
	for (unsigned int i = ram->nr; i-- > 0;) {
		uint64_t start = ram->range[i].start, end = ram->range[i].end;

		if (end <= limit && end - start > bytes + MB(2)) {
			ram->range[i].end = end - bytes;
			return end - bytes;
		}
	}
	panic("dom0: no place below 4 GiB for its ACPI tables");
}

uint64_t __init dom0_find_room(const struct dom0_ram *ram, uint64_t bytes, uint64_t align,
	uint64_t min_addr, uint64_t max_addr, const struct dom0_avoid *avoid, unsigned int nr_avoid)
{
	for (unsigned int i = 0; i < ram->nr; i++) {
		uint64_t at = ROUND_UP(MAX(ram->range[i].start, min_addr), align);
		uint64_t end = MIN(ram->range[i].end, max_addr);
		bool moved = true;

		while (moved) {
			moved = false;
			for (unsigned int k = 0; k < nr_avoid; k++) {
				if (at < avoid[k].end && at + bytes > avoid[k].start) {
					at = ROUND_UP(avoid[k].end, align);
					moved = true;
				}
			}
		}
		if (at < end && bytes <= end - at) {
			return at;
		}
	}
	return 0;
}

struct e820_build {
	struct e820entry *e;
	unsigned int nr;
};

static void __init e820_put(struct e820_build *b, uint64_t start, uint64_t end, uint32_t type)
{
	struct e820entry *last = b->nr != 0 ? &b->e[b->nr - 1] : NULL;

	if (start >= end) {
		return;
	}
	if (last != NULL && last->type == type && last->addr + last->size == start) {
		last->size += end - start;
		return;
	}
	if (b->nr == DOM0_MAX_E820) {
		panic("dom0: its memory map would have more than %u entries", DOM0_MAX_E820);
	}
	b->e[b->nr++] = (struct e820entry){ .addr = start, .size = end - start, .type = type };
}

void __init dom0_make_e820(struct domain *d, const struct boot_info *bi, const struct dom0_ram *ram,
	uint64_t acpi_start, uint64_t acpi_end)
{
	struct e820_build b = { .e = xzalloc_array(struct e820entry, DOM0_MAX_E820) };

	if (b.e == NULL) {
		panic("dom0: no memory for its memory map");
	}
	for (unsigned int i = 0; i < bi->nr_e820; i++) {
		uint64_t at = bi->e820[i].addr, end = at + bi->e820[i].size;

		if (bi->e820[i].type != E820_RAM) {
			e820_put(&b, at, end, bi->e820[i].type);
			continue;
		}
		/* Cut the machine's RAM into dom0's pieces, the ACPI area and the rest. */
		while (at < end) {
			uint64_t next = end;
			uint32_t type = E820_RESERVED;

			for (unsigned int k = 0; k < ram->nr; k++) {
				if (at >= ram->range[k].start && at < ram->range[k].end) {
					type = E820_RAM;
					next = MIN(end, ram->range[k].end);
					break;
				}
				if (ram->range[k].start > at) {
					next = MIN(next, ram->range[k].start);
					break;
				}
			}
			if (type != E820_RAM && at >= acpi_start && at < acpi_end) {
				type = E820_ACPI;
				next = MIN(next, acpi_end);
			} else if (type != E820_RAM && acpi_start > at) {
				next = MIN(next, acpi_start);
			}
			e820_put(&b, at, next, type);
			at = next;
		}
	}
	d->e820.entries = b.e;
	d->e820.nr = b.nr;
}

static void __init deny(struct domain *d, uint64_t maddr, uint64_t bytes)
{
	if (rangeset_remove_range(d->iomem_caps, PFN_DOWN(maddr), PFN_DOWN(maddr + bytes - 1)) !=
		0) {
		panic("dom0: no memory for its list of MMIO rights");
	}
}

static void __init deny_iommu(maddr_t start, uint64_t bytes, void *arg)
{
	deny(arg, start, bytes);
}

void __init dom0_set_iomem(struct domain *d, const struct boot_info *bi)
{
	uint64_t last = (1ull << (boot_cpu_info.phys_bits - PAGE_SHIFT)) - 1;

	if (d->iomem_caps == NULL || rangeset_add_range(d->iomem_caps, 0, last) != 0) {
		panic("dom0: no memory for its list of MMIO rights");
	}
	for (unsigned int i = 0; i < bi->nr_e820; i++) {
		const struct e820entry *e = &bi->e820[i];

		if (e->type == E820_RAM && e->size != 0) {
			deny(d, e->addr, e->size);
		}
	}
	/* Frame 0 is no domain's RAM (it is the null of page lists), but firmware data that a kernel looks for lies there. */
	if (rangeset_add_range(d->iomem_caps, 0, 0) != 0) {
		panic("dom0: no memory for its list of MMIO rights");
	}
	/* Emulated, or ours. */
	deny(d, 0xfee00000, PAGE_SIZE);
	iommu_for_each_mmio(deny_iommu, d);
	for (unsigned int i = 0; i < acpi_info.nr_ioapics; i++) {
		deny(d, acpi_info.ioapics[i].maddr, PAGE_SIZE);
	}
}
