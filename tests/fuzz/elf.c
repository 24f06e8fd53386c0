/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/elf.c on arbitrary bytes: whatever it accepts lies inside the image.
 */
#include <hv/elf.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_image elf;
	uint8_t *copy = exact_copy(data, size);
	const char *why = elf_parse(&elf, copy, size);

	if (!why) {
		for (unsigned int i = 0; i < elf.nr_segments; i++) {
			REQUIRE(elf.seg[i].offset <= size &&
				elf.seg[i].file_bytes <= size - elf.seg[i].offset);
			REQUIRE(elf.seg[i].mem_bytes >= elf.seg[i].file_bytes);
			REQUIRE(elf.seg[i].paddr + elf.seg[i].mem_bytes >= elf.seg[i].paddr);
			REQUIRE(elf.seg[i].paddr >= elf.paddr_start);
			REQUIRE(elf.seg[i].paddr + elf.seg[i].mem_bytes <= elf.paddr_end);
		}
	}
	free(copy);
	return 0;
}
