/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/* Arithmetic on guest-chosen numbers. Each returns true when the result is right, false on overflow. */
#ifndef HV_OVERFLOW_H
#define HV_OVERFLOW_H

#include <hv/compiler.h>
#include <hv/types.h>

static inline bool __must_check overflow_ok_(bool overflowed)
{
	return !overflowed;
}
#define checked_add(a, b, res) overflow_ok_(__builtin_add_overflow((a), (b), (res)))
#define checked_sub(a, b, res) overflow_ok_(__builtin_sub_overflow((a), (b), (res)))
#define checked_mul(a, b, res) overflow_ok_(__builtin_mul_overflow((a), (b), (res)))

/* Is [start, start + len) inside [0, limit)? Empty ranges count as inside when start <= limit. */
static inline bool __must_check checked_range(uint64_t start, uint64_t len, uint64_t limit)
{
	return start <= limit && len <= limit - start;
}
/* Do [a, a + alen) and [b, b + blen) share a byte? Neither may wrap. */
static inline bool ranges_overlap(uint64_t a, uint64_t alen, uint64_t b, uint64_t blen)
{
	return alen != 0 && blen != 0 && a < b + blen && b < a + alen;
}

#endif
