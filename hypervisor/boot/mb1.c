/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multiboot 1 information (QEMU's -kernel): memory map, modules, command line. Everything lies below 4 GiB, which the boot tables map; nothing is believed
 * before its bounds are checked.
 */
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/string.h>

#include "boot_priv.h"

struct mb1_info {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4],
		mmap_length, mmap_addr, drives_length, drives_addr, config_table, loader_name,
		apm_table;
};
#define MB1_MEMORY  (1u << 0)
#define MB1_CMDLINE (1u << 2)
#define MB1_MODS    (1u << 3)
#define MB1_MMAP    (1u << 6)
#define MB1_LOADER  (1u << 9)

struct mb1_module {
	uint32_t start, end, string, reserved;
};

/* The first word is a file's name, as this protocol has it. */
static const char *__init after_name(const char *s)
{
	const char *blank = strchr(s, ' ');

	return blank != NULL ? blank + 1 : s + strlen(s);
}

static const void *__init phys(uint32_t addr)
{
	return maddr_to_hv_va(addr);
}

static void __init parse_mmap(struct boot_info *bi, const struct mb1_info *mbi)
{
	uint32_t off = 0;

	if (mbi->mmap_length > 65536) {
		boot_set_error(
			bi, "the boot loader's memory map is malformed; use another boot loader");
		return;
	}
	while (off + 24 <= mbi->mmap_length) {
		const uint8_t *e = (const uint8_t *)phys(mbi->mmap_addr) + off;
		uint64_t addr, size;
		uint32_t bytes, type;

		memcpy(&bytes, e, 4);
		memcpy(&addr, e + 4, 8);
		memcpy(&size, e + 12, 8);
		memcpy(&type, e + 20, 4);
		if (bytes < 20 || bytes > 4096) {
			boot_set_error(bi,
				"the boot loader's memory map is malformed; use another boot loader");
			return;
		}
		boot_add_e820(bi, addr, size, type);
		off += bytes + 4;
	}
}

static void __init parse_modules(struct boot_info *bi, const struct mb1_info *mbi)
{
	if (mbi->mods_count > BOOT_MAX_MODULES) {
		boot_set_error(bi,
			"the boot loader gave more than 16 modules; load the kernel, the initrd and microcode only");
		return;
	}
	for (uint32_t i = 0; i < mbi->mods_count; i++) {
		struct mb1_module m;

		memcpy(&m, (const uint8_t *)phys(mbi->mods_addr) + i * sizeof(m), sizeof(m));
		boot_add_module(
			bi, m.start, m.end, m.string != 0 ? phys(m.string) : "", BOOT_CMDLINE_MAX);
		if (bi->nr_modules == i + 1) {
			bi->modules[i].cmdline =
				(char *)(uintptr_t)after_name(bi->modules[i].cmdline);
		}
	}
}

void __init mb1_parse(struct boot_info *bi, uint32_t info)
{
	struct mb1_info mbi;

	memcpy(&mbi, phys(info), sizeof(mbi));
	bi->loader = (mbi.flags & MB1_LOADER) != 0 ? boot_strdup(phys(mbi.loader_name), 64) :
						     "a multiboot 1 loader";
	if ((mbi.flags & MB1_CMDLINE) != 0) {
		bi->cmdline = (char *)(uintptr_t)after_name(
			boot_strdup(phys(mbi.cmdline), BOOT_CMDLINE_MAX));
	}
	if ((mbi.flags & MB1_MMAP) != 0) {
		parse_mmap(bi, &mbi);
	} else if ((mbi.flags & MB1_MEMORY) != 0) {
		boot_add_e820(bi, 0, KB(min(mbi.mem_lower, 640u)), E820_RAM);
		boot_add_e820(bi, MB(1), KB(mbi.mem_upper), E820_RAM);
	} else {
		boot_set_error(bi, "the boot loader gave no memory map; use another boot loader");
	}
	if ((mbi.flags & MB1_MODS) != 0) {
		parse_modules(bi, &mbi);
	}
	bi->fb.vga_text = true;
}
