/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multiboot 2 information (GRUB): a list of tags. Sizes are checked against the tag, tags against the whole; strings need not be terminated.
 */
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/string.h>

#include "boot_priv.h"

enum {
	TAG_END = 0,
	TAG_CMDLINE = 1,
	TAG_LOADER = 2,
	TAG_MODULE = 3,
	TAG_MMAP = 6,
	TAG_FRAMEBUFFER = 8,
	TAG_EFI64 = 12,
	TAG_ACPI_OLD = 14,
	TAG_ACPI_NEW = 15,
	TAG_EFI_MMAP = 17
};

#define MBI_MAX MB(2)

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

static void __init parse_mmap(struct boot_info *bi, const uint8_t *tag, uint32_t size)
{
	uint32_t step = size >= 16 ? get32(tag + 8) : 0;

	if (step < 24 || step > 4096) {
		boot_set_error(
			bi, "the boot loader's memory map is malformed; use another boot loader");
		return;
	}
	for (uint32_t off = 16; off + step <= size; off += step) {
		boot_add_e820(bi, get64(tag + off), get64(tag + off + 8), get32(tag + off + 16));
	}
}

static void __init parse_framebuffer(struct boot_info *bi, const uint8_t *tag, uint32_t size)
{
	struct boot_framebuffer *f = &bi->fb;

	if (size < 32) {
		return;
	}
	if (tag[29] == 2) {
		f->vga_text = true;
		return;
	}
	if (tag[29] != 1 || size < 38) {
		return;
	}
	f->present = true;
	f->addr = get64(tag + 8);
	f->pitch = get32(tag + 16);
	f->width = get32(tag + 20);
	f->height = get32(tag + 24);
	f->bpp = tag[28];
	f->red_pos = tag[32];
	f->red_size = tag[33];
	f->green_pos = tag[34];
	f->green_size = tag[35];
	f->blue_pos = tag[36];
	f->blue_size = tag[37];
}

static void __init parse_tag(struct boot_info *bi, const uint8_t *tag, uint32_t type, uint32_t size)
{
	switch (type) {
	case TAG_CMDLINE:
		bi->cmdline = boot_strdup((const char *)tag + 8, size - 8);
		break;
	case TAG_LOADER:
		bi->loader = boot_strdup((const char *)tag + 8, size - 8);
		break;
	case TAG_MODULE:
		if (size >= 16) {
			boot_add_module(bi, get32(tag + 8), get32(tag + 12), (const char *)tag + 16,
				size - 16);
		}
		break;
	case TAG_MMAP:
		parse_mmap(bi, tag, size);
		break;
	case TAG_FRAMEBUFFER:
		parse_framebuffer(bi, tag, size);
		break;
	case TAG_EFI64:
		bi->efi = true;
		bi->efi_system_table = size >= 16 ? get64(tag + 8) : 0;
		break;
	case TAG_EFI_MMAP:
		bi->efi = true;
		break;
	case TAG_ACPI_OLD:
	case TAG_ACPI_NEW:
		/* The new one (revision 2) wins over the old. */
		if (size > 8 && (type == TAG_ACPI_NEW || bi->rsdp_len == 0)) {
			bi->rsdp_len = min_t(uint32_t, size - 8, sizeof(bi->rsdp_copy));
			memcpy(bi->rsdp_copy, tag + 8, bi->rsdp_len);
		}
		break;
	default:
		break;
	}
}

void __init mb2_parse(struct boot_info *bi, uint32_t info)
{
	const uint8_t *mbi = maddr_to_hv_va(info);
	uint32_t total = get32(mbi), off = 8;
	bool ended = false;

	bi->loader = "a multiboot 2 loader";
	if (total < 16 || total > MBI_MAX) {
		boot_set_error(
			bi, "the boot loader's information is malformed; use another boot loader");
		return;
	}
	while (off + 8 <= total) {
		uint32_t type = get32(mbi + off), size = get32(mbi + off + 4);

		if (size < 8 || size > total - off) {
			break;
		}
		if (type == TAG_END) {
			ended = true;
			break;
		}
		parse_tag(bi, mbi + off, type, size);
		off += ROUND_UP(size, 8u);
	}
	if (!ended) {
		boot_set_error(bi,
			"the boot loader's information is cut short or malformed; use another boot loader");
	}
	if (bi->efi) {
		bi->fb.is_efi = true;
	} else if (!bi->fb.present) {
		bi->fb.vga_text = true;
	}
	if (bi->nr_e820 == 0) {
		boot_set_error(bi, "the boot loader gave no memory map; use another boot loader");
	}
}
