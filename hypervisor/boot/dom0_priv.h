/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files that build dom0; nobody else includes it. Everything runs once, at boot, on the boot CPU. */
#ifndef BOOT_DOM0_PRIV_H
#define BOOT_DOM0_PRIV_H

#include <hv/boot_info.h>
#include <hv/domain.h>
#include <hv/types.h>

#define DOM0_MAX_RANGES 96 /* Linux's boot_params hold 128 e820 entries; holes need some too */
#define DOM0_MAX_E820   128

/* dom0's RAM, identity mapped, ascending, disjoint, page aligned; end exclusive. */
struct dom0_ram {
	unsigned int nr;
	uint64_t pages;
	struct {
		uint64_t start, end;
	} range[DOM0_MAX_RANGES];
};

/* dom0_map.c */
/* Take nr_pages of RAM for d, from low addresses up, and map them identity. Panics when there is not enough. */
void dom0_take_ram(
	struct domain *d, const struct boot_info *bi, uint64_t nr_pages, struct dom0_ram *ram);
/* Cut bytes (page multiple) off the end of the last range below limit: they stay mapped, but the guest's map calls them ACPI. Returns their address. */
uint64_t dom0_carve_top(struct dom0_ram *ram, uint64_t bytes, uint64_t limit);
/* Lowest place >= min, < max for bytes, aligned, in RAM and clear of the nr_avoid ranges [start, end). 0 when there is none. */
struct dom0_avoid {
	uint64_t start, end;
};
uint64_t dom0_find_room(const struct dom0_ram *ram, uint64_t bytes, uint64_t align, uint64_t min,
	uint64_t max, const struct dom0_avoid *avoid, unsigned int nr_avoid);
/* Fill d->e820: RAM, what the firmware reserves, the ACPI area, and everything else that is memory as reserved. */
void dom0_make_e820(struct domain *d, const struct boot_info *bi, const struct dom0_ram *ram,
	uint64_t acpi_start, uint64_t acpi_end);
/* Which machine frames dom0 may map as MMIO on demand (d->iomem_caps). */
void dom0_set_iomem(struct domain *d, const struct boot_info *bi);

#endif
