/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/rangeset.c against a plain array, with random additions and removals, and the edges of the
 * number space.
 */
#include <hv/errno.h>
#include <hv/rangeset.h>

#include "host.h"

#define N 64

struct seen {
	uint64_t next;
	bool model[N];
	bool ok;
};

static int note(uint64_t s, uint64_t e, void *ctx)
{
	struct seen *x = ctx;

	x->ok &= s <= e && e < N && s >= x->next;
	x->next = e + 2; /* neighbours must have been joined */
	for (uint64_t i = s; i <= e && i < N; i++) {
		x->model[i] = true;
	}
	return 0;
}

static void against_array(void **state)
{
	struct rangeset *r = rangeset_create("test");
	bool model[N] = { false };

	(void)state;
	assert_non_null(r);
	assert_true(rangeset_is_empty(r));
	for (int i = 0; i < 20000; i++) {
		uint64_t s = host_rnd() % N, e = s + host_rnd() % (N - s);
		bool all = true, any = false, empty = true;

		for (uint64_t j = s; j <= e; j++) {
			all &= model[j];
			any |= model[j];
		}
		assert_int_equal(rangeset_contains_range(r, s, e), all);
		assert_int_equal(rangeset_overlaps_range(r, s, e), any);
		if (host_rnd() & 1) {
			assert_int_equal(rangeset_add_range(r, s, e), 0);
			for (uint64_t j = s; j <= e; j++) {
				model[j] = true;
			}
		} else {
			assert_int_equal(rangeset_remove_range(r, s, e), 0);
			for (uint64_t j = s; j <= e; j++) {
				model[j] = false;
			}
		}
		for (int j = 0; j < N; j++) {
			empty &= !model[j];
		}
		assert_int_equal(rangeset_is_empty(r), empty);
		if (i % 16 == 0) {
			struct seen x = { .ok = true };

			assert_int_equal(rangeset_report_ranges(r, 0, ~0ull, note, &x), 0);
			assert_true(x.ok);
			assert_memory_equal(x.model, model, sizeof(model));
		}
	}
	rangeset_destroy(r);
}

static int stop(uint64_t s, uint64_t e, void *ctx)
{
	uint64_t *v = ctx;

	v[0] = s;
	v[1] = e;
	return 7;
}

static void edges(void **state)
{
	struct rangeset *r = rangeset_create("test");
	uint64_t cut[2];

	(void)state;
	assert_int_equal(rangeset_add_range(r, 5, 4), -EINVAL);
	assert_int_equal(rangeset_remove_range(r, 5, 4), -EINVAL);
	assert_int_equal(rangeset_add_range(r, 0, ~0ull), 0);
	assert_true(rangeset_contains_range(r, ~0ull, ~0ull));
	assert_int_equal(rangeset_remove_range(r, ~0ull, ~0ull), 0);
	assert_false(rangeset_contains_singleton(r, ~0ull));
	assert_true(rangeset_contains_range(r, 0, ~0ull - 1));
	assert_int_equal(rangeset_remove_range(r, 0, 0), 0);
	assert_int_equal(rangeset_add_singleton(r, ~0ull), 0);
	assert_true(rangeset_contains_range(r, 1, ~0ull));
	assert_int_equal(rangeset_report_ranges(r, 100, 200, stop, cut), 7);
	assert_int_equal(cut[0], 100);
	assert_int_equal(cut[1], 200);
	assert_int_equal(rangeset_remove_range(r, 0, ~0ull), 0);
	assert_true(rangeset_is_empty(r));
	rangeset_destroy(r);
	rangeset_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(against_array),
		cmocka_unit_test(edges) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
