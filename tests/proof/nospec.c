/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hv/nospec.h: an index is kept when it is in range and becomes 0 when it is not, for all values.
 */
#include "proof.h"

#include <hv/nospec.h>

int main(void)
{
	uint64_t i = nondet_u64(), n = nondet_u64();
	uint32_t i32 = nondet_u32();
	uint16_t n16 = nondet_u16();

	prove(array_index_nospec(i, n) == (i < n ? i : 0));
	prove(array_index_nospec(i32, n16) == (i32 < n16 ? i32 : 0));
	return 0;
}
