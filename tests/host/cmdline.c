/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot/cmdline.c: sizes, booleans, every option that the tests and docs use, and lines that are
 * nonsense, which must only warn.
 */
#include <hv/boot_info.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/dom0.h>
#include <hv/iommu.h>
#include <hv/printk.h>
#include <hv/smp.h>

#include "host.h"

#include <string.h>

#include "options.h"

static char out[65536];
static size_t used;

static void sink(const char *s, size_t len)
{
	if (used + len < sizeof(out)) {
		memcpy(out + used, s, len);
		used += len;
		out[used] = 0;
	}
}

static void sizes(void **state)
{
	const char *end;

	(void)state;
	assert_int_equal(cmdline_parse_size("512M", &end), 512ull << 20);
	assert_int_equal(*end, 0);
	assert_int_equal(cmdline_parse_size("2G,", &end), 2ull << 30);
	assert_int_equal(*end, ',');
	assert_int_equal(cmdline_parse_size("1024", &end), 1ull << 20);
	assert_int_equal(cmdline_parse_size("4096B", &end), 4096);
	assert_int_equal(cmdline_parse_size("0x10k", NULL), 16384);
	assert_int_equal(cmdline_parse_bool("yes", 3), 1);
	assert_int_equal(cmdline_parse_bool("off,", 3), 0);
	assert_int_equal(cmdline_parse_bool("maybe", 5), -1);
}

static void options(void **state)
{
	(void)state;
	printk_sink = sink;
	used = 0;
	out[0] = 0;
	cmdline_parse("placeholder console=com1,vga com1=115200,8n1 dom0=pvh dom0_mem=512M,max:1G "
		      "dom0_max_vcpus=1-4 iommu=no noreboot loglvl=all guest_loglvl=all");
	assert_string_equal(opt_console, "com1,vga");
	assert_string_equal(opt_com1, "115200,8n1");
	assert_int_equal(opt_dom0_mem_bytes, 512ull << 20);
	assert_int_equal(opt_dom0_mem_max, 1ull << 30);
	assert_int_equal(opt_dom0_max_vcpus, 4);
	assert_true(opt_noreboot);
	assert_string_equal(out, "");
}

static void nonsense(void **state)
{
	static char line[8192];

	(void)state;
	printk_sink = sink;
	used = 0;
	cmdline_parse("bogus=1 dom0_mem=lots dom0_max_vcpus=0 loglvl=loud =x = com1");
	assert_non_null(strstr(out, "bogus"));
	assert_non_null(strstr(out, "dom0_mem"));
	assert_int_equal(opt_dom0_max_vcpus, 4);
	cmdline_parse("");
	for (int round = 0; round < 20000; round++) {
		size_t n = host_rnd() % 300;

		used = 0;
		for (size_t i = 0; i < n; i++) {
			line[i] = "abcdom0_mem=,:- 1234MGKxX\"\t\x80"[host_rnd() % 28];
		}
		line[n] = 0;
		cmdline_parse(line);
	}
	memset(line, 'a', sizeof(line) - 1);
	cmdline_parse(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(options),
		cmocka_unit_test(nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
