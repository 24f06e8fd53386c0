/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot/mb2.c and boot/mb1.c: a loader's information as GRUB and QEMU give it, tags of wrong size,
 * no end, no memory map, random damage. The data lie right before an unmapped page.
 */
#include <hv/boot_info.h>

#include "../../hypervisor/boot/boot_priv.h"
#include "boot_fakes.h"
#include "host.h"

#include <string.h>

static struct boot_info bi;
static uint8_t raw[4096];
static uint32_t used;

static void start(void)
{
	memset(&bi, 0, sizeof(bi));
	bi.cmdline = (char *)(uintptr_t)"";
	memset(raw, 0, sizeof(raw));
	used = 8;
}

static void tag(uint32_t type, const void *data, uint32_t len)
{
	uint32_t size = 8 + len;

	memcpy(raw + used, &type, 4);
	memcpy(raw + used + 4, &size, 4);
	memcpy(raw + used + 8, data, len);
	used += (size + 7) & ~7u;
}

static void run2(uint32_t bytes)
{
	uint8_t *p = low_alloc(bytes);

	memcpy(p, raw, bytes);
	memcpy(p, &bytes, 4);
	mb2_parse(&bi, (uint32_t)(uintptr_t)p);
	low_free(p, bytes);
}

static void good2(void)
{
	struct {
		uint32_t step, version;
		struct {
			uint64_t addr, len;
			uint32_t type, zero;
		} e[3];
	} map = { 24, 0,
		{ { 0, 0x9fc00, 1, 0 }, { 0xf0000, 0x10000, 2, 0 },
			{ 0x100000, 0x1ff00000, 1, 0 } } };
	struct {
		uint32_t start, end;
		char s[16];
	} mod = { 0x1000000, 0x1200000, "vmlinux quiet" };

	start();
	tag(1, "console=com1", 13);
	tag(2, "GRUB", 5);
	tag(6, &map, sizeof(map));
	tag(3, &mod, 8 + 14);
	tag(0, "", 0);
}

static void multiboot2(void **state)
{
	(void)state;
	good2();
	run2(used);
	assert_null(bi.error);
	assert_string_equal(bi.cmdline, "console=com1");
	assert_int_equal(bi.nr_modules, 1);
	assert_int_equal(bi.modules[0].start, 0x1000000);
	assert_int_equal(bi.modules[0].end, 0x1200000);
	assert_true(bi.nr_e820 >= 3);
	for (uint32_t n = 16; n < used; n++) {
		struct boot_info keep;

		good2();
		keep = bi;
		(void)keep;
		run2(n);
		assert_non_null(bi.error);
	}
	start();
	tag(0, "", 0);
	run2(used);
	assert_non_null(bi.error);
	for (int round = 0; round < 100000; round++) {
		good2();
		for (int k = 0; k < 3; k++) {
			raw[8 + host_rnd() % (used - 8)] = (uint8_t)host_rnd();
		}
		run2(used);
		assert_true(bi.nr_modules <= BOOT_MAX_MODULES);
		assert_true(bi.nr_e820 <= BOOT_MAX_E820);
	}
}

static void put64(uint8_t *p, uint64_t v)
{
	memcpy(p, &v, 8);
}

static void multiboot1(void **state)
{
	(void)state;
	for (int round = 0; round < 20000; round++) {
		/* info, then map, modules and strings behind it, all within 512 bytes. */
		uint8_t *p = low_alloc(512);
		uint32_t base = (uint32_t)(uintptr_t)p;
		uint32_t *w = (uint32_t *)p;
		bool damage = round > 0;

		start();
		memset(p, 0, 512);
		w[0] = 1 << 2 | 1 << 3 | 1 << 6;
		w[4] = base + 128;
		w[5] = 1;
		w[6] = base + 160;
		w[11] = 48;
		w[12] = base + 192;
		strcpy((char *)p + 128, "undercroft.elf console=com1");
		w[40] = 0x1000000;
		w[41] = 0x1100000;
		w[42] = base + 256;
		strcpy((char *)p + 256, "vmlinux quiet");
		w[48] = 20;
		put64(p + 196, 0);
		put64(p + 204, 0x9fc00);
		w[53] = 1;
		w[54] = 20;
		put64(p + 220, 0x100000);
		put64(p + 228, 0x10000000);
		w[59] = 1;
		/* Damage to what lies in the tables, not to the pointers: the loader placed those. */
		if (damage) {
			for (int k = 0; k < 3; k++) {
				p[176 + 16 + host_rnd() % 48] = (uint8_t)host_rnd();
			}
		}
		mb1_parse(&bi, base);
		if (!damage) {
			assert_null(bi.error);
			assert_string_equal(bi.cmdline, "console=com1");
			assert_int_equal(bi.nr_modules, 1);
			assert_string_equal(bi.modules[0].cmdline, "quiet");
			assert_int_equal(bi.nr_e820, 2);
		}
		low_free(p, 512);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(multiboot2),
		cmocka_unit_test(multiboot1) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
