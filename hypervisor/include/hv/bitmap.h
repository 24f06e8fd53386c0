/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/* Bits in arrays of unsigned long. Plain names are atomic (full barrier), __names are not. */
#ifndef HV_BITMAP_H
#define HV_BITMAP_H

#include <hv/compiler.h>
#include <hv/types.h>

#define BITS_PER_LONG           64u
#define BITS_TO_LONGS(n)        (((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define DECLARE_BITMAP(name, n) unsigned long name[BITS_TO_LONGS(n)]

#define BITMAP_WORD_(p, nr)     (&((unsigned long *)(p))[(nr) / BITS_PER_LONG])
#define BITMAP_MASK_(nr)        (1ul << ((nr) % BITS_PER_LONG))

static inline void set_bit(unsigned long nr, volatile void *p)
{
	__atomic_fetch_or(BITMAP_WORD_(p, nr), BITMAP_MASK_(nr), __ATOMIC_SEQ_CST);
}
static inline void clear_bit(unsigned long nr, volatile void *p)
{
	__atomic_fetch_and(BITMAP_WORD_(p, nr), ~BITMAP_MASK_(nr), __ATOMIC_SEQ_CST);
}
static inline bool test_bit(unsigned long nr, const volatile void *p)
{
	return (((const volatile unsigned long *)p)[nr / BITS_PER_LONG] >> (nr % BITS_PER_LONG)) &
		1;
}
static inline bool test_and_set_bit(unsigned long nr, volatile void *p)
{
	return __atomic_fetch_or(BITMAP_WORD_(p, nr), BITMAP_MASK_(nr), __ATOMIC_SEQ_CST) &
		BITMAP_MASK_(nr);
}
static inline bool test_and_clear_bit(unsigned long nr, volatile void *p)
{
	return __atomic_fetch_and(BITMAP_WORD_(p, nr), ~BITMAP_MASK_(nr), __ATOMIC_SEQ_CST) &
		BITMAP_MASK_(nr);
}
static inline void __set_bit(unsigned long nr, void *p)
{
	*BITMAP_WORD_(p, nr) |= BITMAP_MASK_(nr);
}
static inline void __clear_bit(unsigned long nr, void *p)
{
	*BITMAP_WORD_(p, nr) &= ~BITMAP_MASK_(nr);
}
static inline bool __test_and_set_bit(unsigned long nr, void *p)
{
	bool old = test_bit(nr, p);

	__set_bit(nr, p);
	return old;
}
static inline bool __test_and_clear_bit(unsigned long nr, void *p)
{
	bool old = test_bit(nr, p);

	__clear_bit(nr, p);
	return old;
}

/* Searches in the first n bits; return n when there is none. */
unsigned long find_next_bit(const unsigned long *p, unsigned long n, unsigned long from);
unsigned long find_next_zero_bit(const unsigned long *p, unsigned long n, unsigned long from);
/* n (past the end) when none; otherwise the highest set bit below n. */
unsigned long find_last_bit(const unsigned long *p, unsigned long n);
static inline unsigned long find_first_bit(const unsigned long *p, unsigned long n)
{
	return find_next_bit(p, n, 0);
}
static inline unsigned long find_first_zero_bit(const unsigned long *p, unsigned long n)
{
	return find_next_zero_bit(p, n, 0);
}
#define find_first_zero(p, n) find_first_zero_bit((p), (n))
#define for_each_set_bit(bit, p, n)                         \
	for ((bit) = find_first_bit((p), (n)); (bit) < (n); \
		(bit) = find_next_bit((p), (n), (bit) + 1))

/* Whole bitmaps of n bits; bits past n in the last word are ignored and may be changed. */
void bitmap_zero(unsigned long *d, unsigned long n);
void bitmap_fill(unsigned long *d, unsigned long n);
void bitmap_copy(unsigned long *d, const unsigned long *s, unsigned long n);
void bitmap_and(unsigned long *d, const unsigned long *a, const unsigned long *b, unsigned long n);
void bitmap_or(unsigned long *d, const unsigned long *a, const unsigned long *b, unsigned long n);
void bitmap_andnot(
	unsigned long *d, const unsigned long *a, const unsigned long *b, unsigned long n);
bool bitmap_empty(const unsigned long *p, unsigned long n);
bool bitmap_equal(const unsigned long *a, const unsigned long *b, unsigned long n);
bool bitmap_intersects(const unsigned long *a, const unsigned long *b, unsigned long n);
unsigned long bitmap_weight(const unsigned long *p, unsigned long n);
void bitmap_set_range(unsigned long *p, unsigned long start, unsigned long nr);
void bitmap_clear_range(unsigned long *p, unsigned long start, unsigned long nr);

static inline unsigned int hweight64(uint64_t x)
{
	x -= (x >> 1) & 0x5555555555555555ull;
	x = (x & 0x3333333333333333ull) + ((x >> 2) & 0x3333333333333333ull);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return (unsigned int)((x * 0x0101010101010101ull) >> 56);
}
/* Index of the highest / lowest set bit of a non-zero word. */
static inline unsigned int fls64(uint64_t x)
{
	return 63u - (unsigned int)__builtin_clzll(x);
}
static inline unsigned int ffs64(uint64_t x)
{
	return (unsigned int)__builtin_ctzll(x);
}

#endif
