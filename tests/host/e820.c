/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot/e820.c: after sanitising, the map is sorted, free of overlaps, joined, and every address has
 * the most restrictive type that the input gave it.
 */
#include <hv/boot_info.h>

#include "../../hypervisor/boot/boot_priv.h"
#include "host.h"

#include <string.h>

static unsigned int errors;

void boot_set_error(struct boot_info *bi, const char *sentence)
{
	(void)bi;
	(void)sentence;
	errors++;
}

static unsigned int rank(uint32_t t)
{
	return t == E820_RAM       ? 0 :
		t == E820_ACPI     ? 1 :
		t == E820_NVS      ? 2 :
		t == E820_RESERVED ? 3 :
				     4;
}

static void random_maps(void **state)
{
	static struct boot_info bi;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct e820entry in[10];
		unsigned int n = 1 + host_rnd() % 10;

		memset(&bi, 0, sizeof(bi));
		for (unsigned int i = 0; i < n; i++) {
			in[i].addr = host_rnd() % 40;
			in[i].size = 1 + host_rnd() % 12;
			in[i].type = 1 + host_rnd() % 5;
			boot_add_e820(&bi, in[i].addr, in[i].size, in[i].type);
		}
		e820_sanitize(&bi);
		for (unsigned int i = 0; i < bi.nr_e820; i++) {
			struct e820entry *e = &bi.e820[i];

			assert_true(e->size != 0);
			if (i) {
				struct e820entry *b = e - 1;

				assert_true(b->addr + b->size <= e->addr);
				assert_false(b->addr + b->size == e->addr && b->type == e->type);
			}
		}
		for (uint64_t a = 0; a < 64; a++) {
			uint32_t want = 0, got = 0;

			for (unsigned int i = 0; i < n; i++) {
				if (a >= in[i].addr && a < in[i].addr + in[i].size &&
					(!want || rank(in[i].type) > rank(want))) {
					want = in[i].type;
				}
			}
			for (unsigned int i = 0; i < bi.nr_e820; i++) {
				if (a >= bi.e820[i].addr && a < bi.e820[i].addr + bi.e820[i].size) {
					got = bi.e820[i].type;
				}
			}
			assert_int_equal(rank(got ? got : 0xff), rank(want ? want : 0xff));
			assert_int_equal(got == 0, want == 0);
			assert_int_equal(e820_all_type(&bi, a, a + 1, E820_RAM), got == E820_RAM);
			assert_int_equal(e820_any_type(&bi, a, a + 1, E820_RAM), got == E820_RAM);
		}
	}
}

static void edges(void **state)
{
	static struct boot_info bi;

	(void)state;
	memset(&bi, 0, sizeof(bi));
	boot_add_e820(&bi, 0x1000, 0, E820_RAM);
	boot_add_e820(&bi, ~0ull - 0xfff, 0x2000, E820_RESERVED); /* wraps */
	boot_add_e820(&bi, 0, 0x9fc00, E820_RAM);
	e820_sanitize(&bi);
	for (unsigned int i = 0; i < bi.nr_e820; i++) {
		assert_true(bi.e820[i].addr + (bi.e820[i].size - 1) >= bi.e820[i].addr);
	}
	assert_true(e820_all_type(&bi, 0, 0x9fc00, E820_RAM));
	assert_false(e820_all_type(&bi, 0, 0x9fc01, E820_RAM));
	for (unsigned int i = 0; i < 2 * BOOT_MAX_E820; i++) {
		boot_add_e820(&bi, i * 0x100000ull, 0x1000, E820_RAM);
	}
	assert_true(bi.nr_e820 <= BOOT_MAX_E820);
	e820_sanitize(&bi);
	assert_true(bi.nr_e820 <= BOOT_MAX_E820);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(random_maps),
		cmocka_unit_test(edges) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
