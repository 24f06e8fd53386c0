/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel linked where no memory is, with a PHYS32_RELOC note: it is moved, by a multiple of the
 * alignment and inside the range of the note, and finds itself whole there.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

static const u32 pattern[1024] = { [0] = 0x11111111, [511] = 0x22222222, [1023] = 0x33333333 };
static u32 data_word = 0x44444444, bss_word;

void test_main(void)
{
	u64 start = virt_to_phys(image_start), end = start + (u64)(image_end - image_start);

	printf("  linked at %lx, loaded at %lx\n", (u64)image_start, start);
	CHECK(phys_offset, "not moved");
	CHECK_EQ(start & 0x1fffff, 0);
	CHECK(start >= 0x1000000 && end - 1 <= 0x3fffffff, "loaded at %lx..%lx", start, end);
	CHECK(start != (u64)image_start, "not moved");
	CHECK(pattern[0] == 0x11111111 && pattern[511] == 0x22222222 && pattern[1023] == 0x33333333,
		"rodata");
	CHECK_EQ(data_word, 0x44444444);
	CHECK_EQ(bss_word, 0);
	CHECK_EQ(*(u32 *)(virt_to_phys(&data_word)), 0x44444444);
	CHECK_EQ(xen_version(XENVER_version, 0), 0x40014);
}
