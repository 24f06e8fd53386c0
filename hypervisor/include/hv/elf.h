/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/*
 * Read-only view of an ELF kernel image (32- or 64-bit, x86) and its "Xen" notes. Every offset and size is checked against the image before use; nothing is
 * trusted. Pure: runs on the host too.
 */
#ifndef HV_ELF_H
#define HV_ELF_H

#include <hv/types.h>
#include <hv/compiler.h>

#define ELF_MAX_SEGMENTS 32

struct elf_segment {
	uint64_t offset; /* in the image */
	uint64_t file_bytes;
	uint64_t paddr;
	uint64_t mem_bytes; /* >= file_bytes */
};

struct elf_image {
	const uint8_t *base;
	size_t bytes;
	bool is_64bit;
	unsigned int nr_segments; /* PT_LOAD only */
	struct elf_segment seg[ELF_MAX_SEGMENTS];
	uint64_t paddr_start, paddr_end; /* of all segments, end exclusive */
	uint64_t max_align;
	/* Notes */
	bool has_phys32_entry;
	uint64_t phys32_entry;
	bool has_reloc;
	uint32_t reloc_align, reloc_min, reloc_max;
	bool has_supported_features;
	uint32_t supported_features;
};

/*
 * Parse image. Returns NULL when it is a loadable kernel (notes may be missing: look at has_phys32_entry), else one plain sentence that says what is wrong.
 * Context: any; the image must stay mapped while *elf is used.
 */
const char *__must_check elf_parse(struct elf_image *elf, const void *image, size_t bytes);

#endif
