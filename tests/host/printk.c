/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/printk.c: levels from the command line and their effect, text reaching the sink whole,
 * limiting of guest lines.
 */
#include <hv/errno.h>
#include <hv/printk.h>

#include "host.h"

#include <string.h>

static char out[65536];
static size_t used;
static int64_t now;

static void sink(const char *s, size_t len)
{
	if (used + len < sizeof(out)) {
		memcpy(out + used, s, len);
		used += len;
		out[used] = 0;
	}
}

static int64_t tick(void)
{
	return now;
}

static void levels(void **state)
{
	struct log_levels l = { 9, 9 };

	(void)state;
	assert_int_equal(printk_parse_levels("all", &l), 0);
	assert_true(l.lower >= 4 || l.upper >= 4);
	assert_int_equal(printk_parse_levels("none", &l), 0);
	assert_int_equal(l.upper, 0);
	assert_int_equal(printk_parse_levels("warning", &l), 0);
	assert_int_equal(printk_parse_levels("error/warning", &l), 0);
	assert_true(l.lower < l.upper);
	assert_int_equal(printk_parse_levels("loud", &l), -EINVAL);
	assert_int_equal(printk_parse_levels("", &l), -EINVAL);
	assert_int_equal(printk_parse_levels("all/", &l), -EINVAL);
}

static void lines(void **state)
{
	(void)state;
	printk_sink = sink;
	printk_clock = tick;
	assert_int_equal(printk_parse_levels("warning", &printk_levels), 0);
	assert_int_equal(printk_parse_levels("none", &printk_guest_levels), 0);
	used = 0;
	printk(XENLOG_WARNING "shown %d\n", 5);
	printk(XENLOG_DEBUG "hidden\n");
	printk(XENLOG_G_ERR "hidden too\n");
	assert_non_null(strstr(out, "shown 5\n"));
	assert_null(strstr(out, "hidden"));
	assert_null(strchr(out, '<'));
	assert_int_equal(printk_parse_levels("all", &printk_levels), 0);
	used = 0;
	printk(XENLOG_DEBUG "now ");
	printk("one line\n");
	assert_non_null(strstr(out, "now one line\n"));
}

static void flood(void **state)
{
	unsigned int n = 0;

	(void)state;
	printk_sink = sink;
	printk_clock = tick;
	assert_int_equal(printk_parse_levels("none/all", &printk_guest_levels), 0);
	used = 0;
	for (int i = 0; i < 1000; i++) {
		printk(XENLOG_G_WARNING "guest line\n");
	}
	for (const char *p = out; (p = strstr(p, "guest line")); p++) {
		n++;
	}
	assert_true(n < 500);
	assert_true(n > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(levels), cmocka_unit_test(lines),
		cmocka_unit_test(flood) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
