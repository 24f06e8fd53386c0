/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/sort.c against the C library's qsort, with several element sizes.
 */
#include "host.h"

#include <string.h>

void hv_sort(void *base, size_t n, size_t size, int (*cmp)(const void *a, const void *b));

static int by_int(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void ints(void **state)
{
	(void)state;
	for (int round = 0; round < 2000; round++) {
		int a[64], b[64];
		size_t n = host_rnd() % 65;

		for (size_t i = 0; i < n; i++) {
			a[i] = b[i] = (int)(host_rnd() % 32);
		}
		hv_sort(a, n, sizeof(a[0]), by_int);
		qsort(b, n, sizeof(b[0]), by_int);
		assert_memory_equal(a, b, n * sizeof(a[0]));
	}
}

struct big {
	int key;
	char data[36];
};

static void structs(void **state)
{
	struct big a[50];

	(void)state;
	for (int i = 0; i < 50; i++) {
		a[i].key = (int)(host_rnd() & 0xffff);
		memset(a[i].data, a[i].key & 0x7f, sizeof(a[i].data));
	}
	hv_sort(a, 50, sizeof(a[0]), by_int);
	for (int i = 0; i < 50; i++) {
		assert_true(i == 0 || a[i - 1].key <= a[i].key);
		assert_int_equal(a[i].data[35], a[i].key & 0x7f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(ints), cmocka_unit_test(structs) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
