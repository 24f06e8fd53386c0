/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hv/overflow.h: the range checks say exactly what arithmetic without limits says, for every
 * 64-bit value.
 */
#include "proof.h"

#include <hv/lib.h>
#include <hv/overflow.h>

int main(void)
{
	uint64_t a = nondet_u64(), b = nondet_u64(), c = nondet_u64(), d = nondet_u64(), r;
	unsigned __int128 wide = (unsigned __int128)a + b;

	prove(checked_range(a, b, c) == (wide <= c));
	if (checked_add(a, b, &r)) {
		prove(wide == r);
	} else {
		prove(wide >> 64);
	}
	if (checked_sub(a, b, &r)) {
		prove(a >= b && r == a - b);
	} else {
		prove(a < b);
	}
	/* Ranges that do not wrap, as the contract asks. */
	assume((unsigned __int128)a + b <= UINT64_MAX && (unsigned __int128)c + d <= UINT64_MAX);
	prove(ranges_overlap(a, b, c, d) == ranges_overlap(c, d, a, b));
	if (ranges_overlap(a, b, c, d)) {
		uint64_t x = a > c ? a : c;

		prove(x - a < b && x - c < d);
	} else {
		uint64_t x = nondet_u64();

		prove(!(x >= a && x - a < b && x >= c && x - c < d));
	}
	assume(a <= UINT64_MAX - 4095);
	prove(ROUND_UP(a, 4096) >= a && ROUND_UP(a, 4096) - a < 4096 &&
		!(ROUND_UP(a, 4096) & 4095));
	prove(ROUND_DOWN(a, 4096) <= a && a - ROUND_DOWN(a, 4096) < 4096);
	return 0;
}
