/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Heap sort (no recursion, no memory) and text-to-number conversion.
 */
#include <hv/lib.h>

static void swap_bytes(uint8_t *a, uint8_t *b, size_t size)
{
	for (; size != 0; size--, a++, b++) {
		uint8_t t = *a;

		*a = *b;
		*b = t;
	}
}

static void sift_down(
	uint8_t *base, size_t root, size_t n, size_t size, int (*cmp)(const void *a, const void *b))
{
	for (;;) {
		size_t child = 2 * root + 1;

		if (child >= n) {
			return;
		}
		if (child + 1 < n && cmp(base + child * size, base + (child + 1) * size) < 0) {
			child++;
		}
		if (cmp(base + root * size, base + child * size) >= 0) {
			return;
		}
		swap_bytes(base + root * size, base + child * size, size);
		root = child;
	}
}

void sort(void *base, size_t n, size_t size, int (*cmp)(const void *a, const void *b))
{
	for (size_t i = n / 2; i > 0; i--) {
		sift_down(base, i - 1, n, size, cmp);
	}
	for (size_t i = n; i > 1; i--) {
		swap_bytes(base, (uint8_t *)base + (i - 1) * size, size);
		sift_down(base, 0, i - 1, size, cmp);
	}
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'z') {
		return c - 'a' + 10;
	}
	if (c >= 'A' && c <= 'Z') {
		return c - 'A' + 10;
	}
	return 99;
}

unsigned long long strtoull(const char *s, const char **end, unsigned int base)
{
	unsigned long long v = 0;

	if ((base == 0 || base == 16) && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') &&
		digit_of(s[2]) < 16) {
		s += 2;
		base = 16;
	} else if (base == 0) {
		base = s[0] == '0' ? 8 : 10;
	}
	for (; digit_of(*s) < (int)base; s++) {
		v = v * base + (unsigned int)digit_of(*s);
	}
	if (end != NULL) {
		*end = s;
	}
	return v;
}

long long strtoll(const char *s, const char **end, unsigned int base)
{
	if (*s == '-') {
		return -(long long)strtoull(s + 1, end, base);
	}
	return (long long)strtoull(s, end, base);
}
