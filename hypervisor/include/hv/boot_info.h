/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: boot */
/* What the loader told us, copied and checked; the loader's own structures are never read again. */
#ifndef HV_BOOT_INFO_H
#define HV_BOOT_INFO_H

#include <hv/addr.h>
#include <hv/compiler.h>
#include <hv/types.h>

#define E820_RAM      1
#define E820_RESERVED 2
#define E820_ACPI     3
#define E820_NVS      4
#define E820_UNUSABLE 5
#define E820_PMEM     7

struct e820entry {
	uint64_t addr;
	uint64_t size;
	uint32_t type;
} __packed;

#define BOOT_MAX_E820    256
#define BOOT_MAX_MODULES 16
#define BOOT_CMDLINE_MAX 2048

struct boot_module {
	maddr_t start, end; /* bytes; page-aligned start after relocation */
	char *cmdline;
	bool released;
};

struct boot_framebuffer {
	bool present; /* graphics; otherwise VGA text may exist */
	uint64_t addr;
	uint32_t pitch, width, height;
	uint8_t bpp;
	uint8_t red_pos, red_size, green_pos, green_size, blue_pos, blue_size;
	bool is_efi;
	bool vga_text; /* 80x25 text at 0xb8000 is likely there */
};

struct boot_info {
	unsigned int nr_e820;
	struct e820entry e820[BOOT_MAX_E820]; /* sorted, without overlaps */
	unsigned int nr_modules;
	struct boot_module modules[BOOT_MAX_MODULES];
	char *cmdline; /* never NULL */
	const char *loader;
	maddr_t rsdp; /* 0: search low memory */
	uint8_t rsdp_copy[64]; /* from the loader (multiboot2); length rsdp_len */
	unsigned int rsdp_len;
	struct boot_framebuffer fb;
	bool efi; /* booted by UEFI */
	uint64_t efi_system_table;
	const char *error; /* first thing wrong with the loader's data: a plain sentence */
};
extern struct boot_info boot_info;

/* Give a module's pages back to the allocator (dom0 builder, when copied). */
void boot_module_free(struct boot_module *m);
/* Does [start, end) lie in RAM only / touch RAM? */
bool e820_all_type(const struct boot_info *bi, uint64_t start, uint64_t end, uint32_t type);
bool e820_any_type(const struct boot_info *bi, uint64_t start, uint64_t end, uint32_t type);
/* Sort, cut overlaps (the more restrictive type wins), merge. boot/e820.c */
void e820_sanitize(struct boot_info *bi);

/* cmdline.c */
void cmdline_parse(const char *cmdline);
/* Size with K/M/G/T suffix; no suffix means KiB as Xen's parser takes it. end may be NULL. */
uint64_t cmdline_parse_size(const char *s, const char **end);
/* -1 unknown; 0/1 for no,off,false,0,disable / yes,on,true,1,enable. */
int cmdline_parse_bool(const char *s, size_t len);

#endif
