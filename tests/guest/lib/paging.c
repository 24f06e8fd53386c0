/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Extra 4 KiB mappings beside the identity map, in the region from MAP_BASE (512 GiB) on, for
 * tests that need unmapped, read-only or page-crossing addresses.
 */
#include "xenlib.h"

extern u64 pml4[];

static u64 *next(u64 *table, unsigned int i)
{
	if (!(table[i] & 1)) {
		table[i] = virt_to_phys(alloc_page()) | 7;
	}
	return (u64 *)(table[i] & 0xffffffffff000ULL);
}

void map_page(u64 va, u64 pa, u64 flags)
{
	u64 *t = next(pml4, va >> 39 & 511);

	t = next(t, va >> 30 & 511);
	t = next(t, va >> 21 & 511);
	t[va >> 12 & 511] = flags ? pa | flags : 0;
	invlpg(va);
}
