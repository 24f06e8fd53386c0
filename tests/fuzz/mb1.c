/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot/mb1.c on an arbitrary information block whose pointers are kept inside the block: the
 * loader places those, the rest may be anything.
 */
#include <hv/boot_info.h>

#include "../../hypervisor/boot/boot_priv.h"
#include "boot_fakes.h"
#include "fuzz.h"

#define BYTES 131072

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct boot_info bi;
	static uint8_t *p;
	uint32_t base, *w;

	if (size < 120 || size > 4096) {
		return 0;
	}
	if (!p) {
		p = low_alloc(BYTES);
	}
	base = (uint32_t)(uintptr_t)p;
	w = (uint32_t *)p;
	memset(&bi, 0, sizeof(bi));
	bi.cmdline = (char *)(uintptr_t)"";
	fake_strings_used = 0;
	memset(p, 0, BYTES);
	memcpy(p, data, size);
	w[4] = base + w[4] % 4000;   /* command line */
	w[6] = base + 128 + w[6] % 4000 / 4 * 4;  /* modules */
	w[5] %= 64;
	w[12] = base + w[12] % 4000;   /* map */
	w[16] = base + w[16] % 4000;   /* loader's name */
	for (uint32_t i = 0; i < w[5]; i++) {
		uint32_t *m = (uint32_t *)(uintptr_t)(w[6] + i * 16);

		m[2] = base + m[2] % 4000;
	}
	mb1_parse(&bi, base);
	e820_sanitize(&bi);
	return 0;
}
