/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small inline parts: overflow checks, reference counts, lists, alignment macros, atomics.
 */
#include <hv/atomic.h>
#include <hv/list.h>
#include <hv/nospec.h>
#include <hv/overflow.h>
#include <hv/refcount.h>

#include "host.h"

static void overflow(void **state)
{
	uint64_t r;
	uint8_t small;

	(void)state;
	assert_true(checked_add(1ull, 2ull, &r));
	assert_int_equal(r, 3);
	assert_false(checked_add(~0ull, 1ull, &r));
	assert_false(checked_mul(1ull << 32, 1ull << 32, &r));
	assert_false(checked_sub(1ull, 2ull, &r));
	assert_false(checked_add(200, 100, &small));
	assert_true(checked_range(0, 10, 10));
	assert_true(checked_range(10, 0, 10));
	assert_false(checked_range(10, 1, 10));
	assert_false(checked_range(11, 0, 10));
	assert_false(checked_range(1, ~0ull, 10));
	assert_true(ranges_overlap(0, 10, 9, 1));
	assert_false(ranges_overlap(0, 10, 10, 1));
	assert_false(ranges_overlap(5, 0, 0, 10));
}

static void refcounts(void **state)
{
	refcount_t r = REFCOUNT_INIT(1);

	(void)state;
	assert_true(refcount_get(&r));
	assert_false(refcount_put(&r));
	assert_true(refcount_put(&r));
	assert_false(refcount_get(&r));
	assert_false(refcount_put(&r));
	assert_int_equal(refcount_read(&r), 0);
	refcount_set(&r, REFCOUNT_SATURATED - 1);
	assert_true(refcount_get(&r));
	assert_true(refcount_get(&r));
	for (int i = 0; i < 100; i++) {
		assert_false(refcount_put(&r));
	}
	assert_true(refcount_read(&r) >= REFCOUNT_SATURATED);
}

struct item {
	int v;
	struct list_head l;
};

static void lists(void **state)
{
	LIST_HEAD(h);
	LIST_HEAD(g);
	struct item it[5], *p, *n;
	int sum = 0;

	(void)state;
	assert_true(list_empty(&h));
	assert_null(list_first_entry_or_null(&h, struct item, l));
	for (int i = 0; i < 5; i++) {
		it[i].v = i;
		list_add_tail(&it[i].l, &h);
	}
	list_for_each_entry(p, &h, l) {
		assert_int_equal(p->v, sum);
		sum++;
	}
	assert_int_equal(sum, 5);
	list_for_each_entry_safe(p, n, &h, l) {
		if (p->v & 1) {
			list_del(&p->l);
			list_del(&p->l);
		}
	}
	assert_int_equal(list_first_entry(&h, struct item, l)->v, 0);
	assert_int_equal(list_last_entry(&h, struct item, l)->v, 4);
	list_move_tail(&it[0].l, &h);
	assert_int_equal(list_last_entry(&h, struct item, l)->v, 0);
	list_add(&it[1].l, &g);
	list_splice_tail_init(&h, &g);
	assert_true(list_empty(&h));
	assert_int_equal(list_first_entry(&g, struct item, l)->v, 1);
	assert_int_equal(list_last_entry(&g, struct item, l)->v, 0);
}

static void macros(void **state)
{
	int v = 5;

	(void)state;
	assert_int_equal(ROUND_UP(4097ul, 4096), 8192);
	assert_int_equal(ROUND_DOWN(4097ul, 4096), 4096);
	assert_true(IS_ALIGNED(8192ul, 4096));
	assert_true(IS_POWER_OF_2(64));
	assert_false(IS_POWER_OF_2(0));
	assert_int_equal(ilog2_ceil(1), 0);
	assert_int_equal(ilog2_ceil(5), 3);
	assert_int_equal(ILOG2(4096), 12);
	assert_int_equal(GENMASK(7, 4), 0xf0);
	assert_int_equal(GENMASK(63, 0), ~0ul);
	assert_int_equal(array_index_nospec(5ul, 6), 5);
	assert_int_equal(array_index_nospec(6ul, 6), 0);
	assert_int_equal(xchg(&v, 6), 5);
	assert_int_equal(cmpxchg(&v, 5, 7), 6);
	assert_int_equal(cmpxchg(&v, 6, 7), 6);
	assert_int_equal(v, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overflow),
		cmocka_unit_test(refcounts),
		cmocka_unit_test(lists),
		cmocka_unit_test(macros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
