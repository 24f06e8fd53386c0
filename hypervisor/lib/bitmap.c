/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searches and whole-bitmap operations. No locking; callers see to it.
 */
#include <hv/bitmap.h>

static unsigned long find_next(
	const unsigned long *p, unsigned long n, unsigned long from, unsigned long invert)
{
	unsigned long word, idx;

	if (from >= n) {
		return n;
	}
	idx = from / BITS_PER_LONG;
	word = (p[idx] ^ invert) & (~0ul << (from % BITS_PER_LONG));
	while (word == 0) {
		idx++;
		if (idx * BITS_PER_LONG >= n) {
			return n;
		}
		word = p[idx] ^ invert;
	}
	idx = idx * BITS_PER_LONG + (unsigned long)__builtin_ctzl(word);
	return idx < n ? idx : n;
}

unsigned long find_next_bit(const unsigned long *p, unsigned long n, unsigned long from)
{
	return find_next(p, n, from, 0);
}

unsigned long find_next_zero_bit(const unsigned long *p, unsigned long n, unsigned long from)
{
	return find_next(p, n, from, ~0ul);
}

unsigned long find_last_bit(const unsigned long *p, unsigned long n)
{
	for (unsigned long i = n; i > 0; i--) {
		if (test_bit(i - 1, p)) {
			return i - 1;
		}
	}
	return n;
}

void bitmap_zero(unsigned long *d, unsigned long n)
{
	for (unsigned long i = 0; i < BITS_TO_LONGS(n); i++) {
		d[i] = 0;
	}
}

void bitmap_fill(unsigned long *d, unsigned long n)
{
	for (unsigned long i = 0; i < BITS_TO_LONGS(n); i++) {
		d[i] = ~0ul;
	}
}

void bitmap_copy(unsigned long *d, const unsigned long *s, unsigned long n)
{
	for (unsigned long i = 0; i < BITS_TO_LONGS(n); i++) {
		d[i] = s[i];
	}
}

void bitmap_and(unsigned long *d, const unsigned long *a, const unsigned long *b, unsigned long n)
{
	for (unsigned long i = 0; i < BITS_TO_LONGS(n); i++) {
		d[i] = a[i] & b[i];
	}
}

void bitmap_or(unsigned long *d, const unsigned long *a, const unsigned long *b, unsigned long n)
{
	for (unsigned long i = 0; i < BITS_TO_LONGS(n); i++) {
		d[i] = a[i] | b[i];
	}
}

void bitmap_andnot(
	unsigned long *d, const unsigned long *a, const unsigned long *b, unsigned long n)
{
	for (unsigned long i = 0; i < BITS_TO_LONGS(n); i++) {
		d[i] = a[i] & ~b[i];
	}
}

/* The bits of word i that belong to a bitmap of n bits. */
static unsigned long word_mask(unsigned long i, unsigned long n)
{
	unsigned long rest = n - i * BITS_PER_LONG;

	return rest >= BITS_PER_LONG ? ~0ul : (1ul << rest) - 1;
}

bool bitmap_empty(const unsigned long *p, unsigned long n)
{
	return find_first_bit(p, n) >= n;
}

bool bitmap_equal(const unsigned long *a, const unsigned long *b, unsigned long n)
{
	for (unsigned long i = 0; i < BITS_TO_LONGS(n); i++) {
		if (((a[i] ^ b[i]) & word_mask(i, n)) != 0) {
			return false;
		}
	}
	return true;
}

bool bitmap_intersects(const unsigned long *a, const unsigned long *b, unsigned long n)
{
	for (unsigned long i = 0; i < BITS_TO_LONGS(n); i++) {
		if ((a[i] & b[i] & word_mask(i, n)) != 0) {
			return true;
		}
	}
	return false;
}

unsigned long bitmap_weight(const unsigned long *p, unsigned long n)
{
	unsigned long w = 0;

	for (unsigned long i = 0; i < BITS_TO_LONGS(n); i++) {
		w += hweight64(p[i] & word_mask(i, n));
	}
	return w;
}

void bitmap_set_range(unsigned long *p, unsigned long start, unsigned long nr)
{
	for (unsigned long i = start; i < start + nr; i++) {
		__set_bit(i, p);
	}
}

void bitmap_clear_range(unsigned long *p, unsigned long start, unsigned long nr)
{
	for (unsigned long i = start; i < start + nr; i++) {
		__clear_bit(i, p);
	}
}
