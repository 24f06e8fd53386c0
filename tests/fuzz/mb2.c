/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot/mb2.c on arbitrary tags, placed right before an unmapped page.
 */
#include <hv/boot_info.h>

#include "../../hypervisor/boot/boot_priv.h"
#include "boot_fakes.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct boot_info bi;
	uint32_t total = (uint32_t)size + 8;
	uint8_t *p;

	if (size < 8 || size > 65536) {
		return 0;
	}
	memset(&bi, 0, sizeof(bi));
	bi.cmdline = (char *)(uintptr_t)"";
	fake_strings_used = 0;
	p = low_alloc(total);
	memcpy(p, &total, 4);
	memcpy(p + 8, data, size);
	mb2_parse(&bi, (uint32_t)(uintptr_t)p);
	e820_sanitize(&bi);
	for (unsigned int i = 1; i < bi.nr_e820; i++) {
		REQUIRE(bi.e820[i - 1].addr + bi.e820[i - 1].size <= bi.e820[i].addr);
	}
	low_free(p, total);
	return 0;
}
