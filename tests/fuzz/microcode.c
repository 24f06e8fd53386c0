/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86/microcode_find.c on arbitrary bytes: a match lies inside the file.
 */
#include <hv/microcode.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ucode_cpu cpus[] = {
		{ .is_intel = true, .signature = 0x906ea, .platform = 2, .revision = 1 },
		{ .is_amd = true, .signature = 0x800f11, .revision = 1 },
	};

	for (int i = 0; i < 2; i++) {
		uint8_t *copy = exact_copy(data, size);
		struct ucode_match m;

		if (ucode_find(&cpus[i], copy, size, &m)) {
			REQUIRE((const uint8_t *)m.data >= copy);
			REQUIRE(m.bytes <= size &&
				(size_t)((const uint8_t *)m.data - copy) <= size - m.bytes);
		}
		(void)ucode_is_blob(copy, size);
		free(copy);
	}
	return 0;
}
