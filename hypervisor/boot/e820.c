/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's memory map: made sorted and free of overlaps, where the more restrictive type wins, and asked about ranges.
 */
#include <hv/boot_info.h>
#include <hv/lib.h>
#include <hv/printk.h>
#include <hv/string.h>

#include "boot_priv.h"

/* Higher wins where entries overlap. */
static unsigned int rank(uint32_t type)
{
	switch (type) {
	case E820_RAM:
		return 0;
	case E820_ACPI:
		return 1;
	case E820_NVS:
		return 2;
	case E820_RESERVED:
		return 3;
	default:
		return 4;
	}
}

static int edge_cmp(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static uint32_t type_at(const struct e820entry *map, unsigned int n, uint64_t addr, bool *found)
{
	uint32_t type = E820_RAM;

	*found = false;
	for (unsigned int i = 0; i < n; i++) {
		if (addr >= map[i].addr && addr - map[i].addr < map[i].size) {
			type = !*found || rank(map[i].type) > rank(type) ? map[i].type : type;
			*found = true;
		}
	}
	return type;
}

/* Cut the address space at every edge, give each piece the strongest type that covers it, and join equal neighbours. */
void e820_sanitize(struct boot_info *bi)
{
	static struct e820entry old[BOOT_MAX_E820];
	static uint64_t edges[2 * BOOT_MAX_E820];
	unsigned int n = bi->nr_e820, nr_edges = 0, out = 0;

	memcpy(old, bi->e820, sizeof(old[0]) * n);
	for (unsigned int i = 0; i < n; i++) {
		edges[nr_edges++] = old[i].addr;
		edges[nr_edges++] = old[i].addr + old[i].size;
	}
	sort(edges, nr_edges, sizeof(edges[0]), edge_cmp);
	for (unsigned int i = 0; i + 1 < nr_edges; i++) {
		bool found;
		uint32_t type = type_at(old, n, edges[i], &found);

		if (edges[i] == edges[i + 1] || !found) {
			continue;
		}
		if (out != 0 && bi->e820[out - 1].type == type &&
			bi->e820[out - 1].addr + bi->e820[out - 1].size == edges[i]) {
			bi->e820[out - 1].size += edges[i + 1] - edges[i];
		} else if (out < BOOT_MAX_E820) {
			bi->e820[out++] =
				(struct e820entry){ edges[i], edges[i + 1] - edges[i], type };
		} else {
			boot_set_error(bi,
				"the firmware's memory map has too many pieces; update the firmware");
			break;
		}
	}
	bi->nr_e820 = out;
}

void boot_add_e820(struct boot_info *bi, uint64_t addr, uint64_t size, uint32_t type)
{
	if (size == 0 || addr + size < addr) {
		return;
	}
	if (bi->nr_e820 == BOOT_MAX_E820) {
		boot_set_error(
			bi, "the firmware's memory map has too many pieces; update the firmware");
		return;
	}
	/* Kinds that we have no name for are not to be touched. */
	if (type == 0 || type == 6 || type > E820_PMEM) {
		type = E820_RESERVED;
	}
	bi->e820[bi->nr_e820++] = (struct e820entry){ addr, size, type };
}

bool e820_any_type(const struct boot_info *bi, uint64_t start, uint64_t end, uint32_t type)
{
	for (unsigned int i = 0; i < bi->nr_e820; i++) {
		const struct e820entry *e = &bi->e820[i];

		if (e->type == type && e->addr < end && e->addr + e->size > start) {
			return true;
		}
	}
	return false;
}

bool e820_all_type(const struct boot_info *bi, uint64_t start, uint64_t end, uint32_t type)
{
	for (unsigned int i = 0; i < bi->nr_e820 && start < end; i++) {
		const struct e820entry *e = &bi->e820[i];

		if (e->type == type && e->addr <= start && e->addr + e->size > start) {
			start = e->addr + e->size;
		}
	}
	return start >= end;
}
