/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot/cmdline.c on arbitrary text.
 */
#include <hv/boot_info.h>

#include "fuzz.h"
#include "options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);

	memcpy(s, data, size);
	s[size] = 0;
	cmdline_parse(s);
	REQUIRE(memchr(opt_console, 0, sizeof(opt_console)));
	REQUIRE(memchr(opt_com1, 0, sizeof(opt_com1)));
	REQUIRE(opt_dom0_max_vcpus <= 128);
	free(s);
	return 0;
}
