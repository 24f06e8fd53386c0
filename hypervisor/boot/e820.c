/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firmware's memory map, cleaned: sorted, without overlaps (where two entries cover a byte, the more restrictive type wins), neighbours of one type merged.
 * Pure, host-testable.
 */
#include <hv/boot_info.h>
#include <hv/lib.h>
#include <hv/overflow.h>
#include <hv/string.h>

/* How little a type allows: RAM least, unknown types most. */
static unsigned int __init severity(uint32_t type)
{
	switch (type) {
	case E820_RAM:
		return 0;
	case E820_ACPI:
		return 1;
	case E820_NVS:
		return 2;
	case E820_PMEM:
		return 3;
	case E820_RESERVED:
		return 4;
	default:
		return 5;
	}
}

/* Two boundaries an entry. */
static uint64_t points[2 * BOOT_MAX_E820] __initdata;
static struct e820entry clean[BOOT_MAX_E820] __initdata;

static int __init cmp_u64(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

/* The winning type of [start, end), which no boundary cuts; false when no entry covers it. */
static bool __init type_of(const struct boot_info *bi, uint64_t start, uint64_t end, uint32_t *type)
{
	bool found = false;

	for (unsigned int i = 0; i < bi->nr_e820; i++) {
		const struct e820entry *e = &bi->e820[i];

		if (e->addr <= start && end <= e->addr + e->size && (!found || severity(e->type) > severity(*type))) {
			*type = e->type;
			found = true;
		}
	}
	return found;
}

void __init e820_sanitize(struct boot_info *bi)
{
	unsigned int nr_points = 0, nr = 0, kept = 0;

	for (unsigned int i = 0; i < bi->nr_e820; i++) {
		struct e820entry e = bi->e820[i];
		uint64_t end;

		if (e.size == 0) {
			continue;
		}
		/* An entry that would wrap ends at the last byte. */
		if (!checked_add(e.addr, e.size, &end)) {
			e.size = ~0ull - e.addr;
			end = ~0ull;
		}
		bi->e820[kept++] = e;
		points[nr_points++] = e.addr;
		points[nr_points++] = end;
	}
	bi->nr_e820 = kept;
	sort(points, nr_points, sizeof(points[0]), cmp_u64);
	for (unsigned int i = 0; i + 1 < nr_points; i++) {
		uint64_t start = points[i], end = points[i + 1];
		uint32_t type = 0;

		if (start == end || !type_of(bi, start, end, &type)) {
			continue;
		}
		if (nr != 0 && clean[nr - 1].type == type && clean[nr - 1].addr + clean[nr - 1].size == start) {
			clean[nr - 1].size += end - start;
		} else if (nr < BOOT_MAX_E820) {
			clean[nr++] = (struct e820entry){.addr = start, .size = end - start, .type = type};
		} else if (type != E820_RAM) {
			/* No room: give up RAM that follows rather than take what is not RAM for it. */
			break;
		}
	}
	memcpy(bi->e820, clean, nr * sizeof(clean[0]));
	bi->nr_e820 = nr;
}

bool e820_all_type(const struct boot_info *bi, uint64_t start, uint64_t end, uint32_t type)
{
	for (unsigned int i = 0; i < bi->nr_e820 && start < end; i++) {
		const struct e820entry *e = &bi->e820[i];

		if (start < e->addr || start >= e->addr + e->size) {
			continue;
		}
		if (e->type != type) {
			return false;
		}
		start = e->addr + e->size;
	}
	return start >= end;
}

bool e820_any_type(const struct boot_info *bi, uint64_t start, uint64_t end, uint32_t type)
{
	for (unsigned int i = 0; i < bi->nr_e820; i++) {
		const struct e820entry *e = &bi->e820[i];

		if (e->type == type && start < e->addr + e->size && e->addr < end) {
			return true;
		}
	}
	return false;
}
