/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/vsnprintf.c against the C library's, over flags, widths, lengths and truncation.
 */
#include "host.h"

#include <string.h>

int hv_snprintf(char *buf, size_t size, const char *fmt, ...);
int hv_scnprintf(char *buf, size_t size, const char *fmt, ...);

#define SAME(...)                                               \
	do {                                                    \
		char a_[128], b_[128];                          \
		int ra_, rb_;                                   \
		memset(a_, 'x', sizeof(a_));                    \
		memset(b_, 'x', sizeof(b_));                    \
		ra_ = hv_snprintf(a_, sizeof(a_), __VA_ARGS__); \
		rb_ = snprintf(b_, sizeof(b_), __VA_ARGS__);    \
		assert_string_equal(a_, b_);                    \
		assert_int_equal(ra_, rb_);                     \
	} while (0)

#pragma GCC diagnostic ignored "-Wformat"

static void formats(void **state)
{
	(void)state;
	SAME("plain %% text");
	SAME("%d %i %u", -5, 2147483647, 4294967295u);
	SAME("%5d|%-5d|%05d|%+d|% d", 42, 42, 42, 42, 42);
	SAME("%x %X %#x %#x %08x %o", 0xbeef, 0xbeef, 0xbeef, 0, 0xab, 8);
	SAME("%ld %lu %lx %llx", -1L, ~0UL, ~0UL, ~0ULL);
	SAME("%zu %zd", (size_t)7, (ssize_t)-7);
	SAME("%hhx %hx", 0x1234, 0x12345);
	SAME("%s|%10s|%-10s|%.2s|%10.3s", "abc", "abc", "abc", "abc", "abcdef");
	SAME("%c%c", 'a', 'b');
	SAME("%.5d|%8.5d|%-8.3x|", 12, 12, 12);
	SAME("%*d|%-*d|%.*s", 6, 1, 6, 1, 2, "abc");
	SAME("%d", -2147483647 - 1);
	SAME("%ld", (long)0x8000000000000000ul);
}

static void truncation(void **state)
{
	char buf[8];

	(void)state;
	for (size_t n = 0; n <= sizeof(buf); n++) {
		memset(buf, 'x', sizeof(buf));
		assert_int_equal(hv_snprintf(buf, n, "%s", "abcdefghij"), 10);
		if (n) {
			assert_int_equal(strlen(buf), n - 1);
		}
		for (size_t i = n; i < sizeof(buf); i++) {
			assert_int_equal(buf[i], 'x');
		}
	}
	assert_int_equal(hv_scnprintf(buf, sizeof(buf), "%d", 123456789), 7);
	assert_string_equal(buf, "1234567");
	assert_int_equal(hv_snprintf(NULL, 0, "%08x", 1), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(formats),
		cmocka_unit_test(truncation) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
