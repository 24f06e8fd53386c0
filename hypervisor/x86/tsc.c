/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System time as a fixed scale of the TSC. The scale is set once at boot (time.c), so readers need no lock.
 */
#include <hv/lib.h>
#include <hv/time.h>
#include <asm/msr.h>

struct cpu_time_scale time_scale __ro_after_init;

uint64_t tsc_to_ns_delta(uint64_t ticks)
{
	int8_t shift = time_scale.shift;

	ticks = shift >= 0 ? ticks << shift : ticks >> -shift;
	return (uint64_t)(((unsigned __int128)ticks * time_scale.mul_frac) >> 32);
}

int64_t tsc_to_ns(uint64_t tsc)
{
	return time_scale.base_ns + (int64_t)tsc_to_ns_delta(tsc - time_scale.tsc_base);
}

int64_t NOW(void)
{
	uint64_t tsc;

	if (unlikely(time_scale.mul_frac == 0)) {
		return 0;
	}
	tsc = rdtsc();
	/* Another CPU's TSC may be a hair behind the base at boot. */
	return unlikely(tsc < time_scale.tsc_base) ? time_scale.base_ns : tsc_to_ns(tsc);
}

uint64_t ns_to_tsc_delta(uint64_t ns)
{
	static uint64_t tsc_per_ns; /* 32.32; every CPU would compute the same */

	if (unlikely(tsc_per_ns == 0)) {
		tsc_per_ns = ((uint64_t)time_scale.tsc_khz << 32) / 1000000;
	}
	return (uint64_t)(((unsigned __int128)ns * tsc_per_ns) >> 32);
}

uint64_t ns_to_tsc(int64_t ns)
{
	int64_t delta = ns - time_scale.base_ns;

	return time_scale.tsc_base + (delta > 0 ? ns_to_tsc_delta((uint64_t)delta) : 0);
}

/*
 * ns = ((ticks << shift) * mul_frac) >> 32, a negative shift to the right. Bring the frequency above 1 GHz (so that the fraction is below one) and at
 * most to 2 GHz (so that it keeps its 32 bits).
 */
void time_set_scale(uint32_t khz, uint32_t *mul_frac, int8_t *shift)
{
	uint64_t hz = (uint64_t)khz * 1000;
	int8_t s = 0;

	ASSERT(khz != 0);

	for (; hz > 2000000000ull; s--) {
		hz >>= 1;
	}
	for (; hz <= 1000000000ull; s++) {
		hz <<= 1;
	}
	/* From the exact frequency, not from the shifted one that lost bits. */
	*mul_frac = s >= 0 ? (uint32_t)((1000000ull << 32) / ((uint64_t)khz << s)) :
			     (uint32_t)((1000000ull << (32 - s)) / khz);
	*shift = s;
}
