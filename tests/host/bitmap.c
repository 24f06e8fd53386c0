/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/bitmap.c against plain arrays of bool, sizes around the word boundary.
 */
#include <hv/bitmap.h>

#include "host.h"

#define MAX 200

static bool model_a[MAX], model_b[MAX];
static DECLARE_BITMAP(a, MAX + 64);
static DECLARE_BITMAP(b, MAX + 64);
static DECLARE_BITMAP(d, MAX + 64);

static void fill(unsigned long n)
{
	bitmap_zero(a, MAX);
	bitmap_zero(b, MAX);
	for (unsigned long i = 0; i < n; i++) {
		model_a[i] = host_rnd() % 3 == 0;
		model_b[i] = host_rnd() & 1;
		if (model_a[i]) {
			__set_bit(i, a);
		}
		if (model_b[i]) {
			set_bit(i, b);
		}
	}
}

static void all(void **state)
{
	(void)state;
	for (int round = 0; round < 3000; round++) {
		unsigned long n = 1 + host_rnd() % MAX, from = host_rnd() % (n + 2), bit, w = 0;
		unsigned long one = n, zero = n, last = n;
		bool meet = false, same = true;

		fill(n);
		for (unsigned long i = 0; i < n; i++) {
			w += model_a[i];
			meet |= model_a[i] && model_b[i];
			same &= model_a[i] == model_b[i];
			if (model_a[i]) {
				last = i;
				if (i >= from && one == n) {
					one = i;
				}
			} else if (i >= from && zero == n) {
				zero = i;
			}
			assert_int_equal(test_bit(i, a), model_a[i]);
		}
		assert_int_equal(find_next_bit(a, n, from), one);
		assert_int_equal(find_next_zero_bit(a, n, from), zero);
		assert_int_equal(find_last_bit(a, n), last);
		assert_int_equal(bitmap_weight(a, n), w);
		assert_int_equal(bitmap_empty(a, n), w == 0);
		assert_int_equal(bitmap_intersects(a, b, n), meet);
		assert_int_equal(bitmap_equal(a, b, n), same);
		bitmap_and(d, a, b, n);
		for (unsigned long i = 0; i < n; i++) {
			assert_int_equal(test_bit(i, d), model_a[i] && model_b[i]);
		}
		bitmap_or(d, a, b, n);
		for (unsigned long i = 0; i < n; i++) {
			assert_int_equal(test_bit(i, d), model_a[i] || model_b[i]);
		}
		bitmap_andnot(d, a, b, n);
		for (unsigned long i = 0; i < n; i++) {
			assert_int_equal(test_bit(i, d), model_a[i] && !model_b[i]);
		}
		bitmap_copy(d, a, n);
		assert_true(bitmap_equal(d, a, n));
		w = 0;
		for_each_set_bit(bit, a, n)
		{
			assert_true(model_a[bit]);
			w++;
		}
		assert_int_equal(w, bitmap_weight(a, n));
		bitmap_fill(d, n);
		assert_int_equal(bitmap_weight(d, n), n);
		bitmap_zero(d, MAX);
		{
			unsigned long s = host_rnd() % n, len = host_rnd() % (n - s + 1);

			bitmap_set_range(d, s, len);
			for (unsigned long i = 0; i < MAX; i++) {
				assert_int_equal(test_bit(i, d), i >= s && i < s + len);
			}
			bitmap_fill(d, MAX);
			bitmap_clear_range(d, s, len);
			for (unsigned long i = 0; i < MAX; i++) {
				assert_int_equal(test_bit(i, d), !(i >= s && i < s + len));
			}
		}
	}
	assert_int_equal(hweight64(~0ull), 64);
	assert_int_equal(hweight64(0x8000000000000001ull), 2);
	assert_int_equal(fls64(0x8000), 15);
	assert_int_equal(ffs64(0x8000), 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(all) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
