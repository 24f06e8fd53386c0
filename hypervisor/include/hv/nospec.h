/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/* Keep a guest-chosen index or decision harmless under speculation. */
#ifndef HV_NOSPEC_H
#define HV_NOSPEC_H

#include <hv/compiler.h>
#include <hv/types.h>

/* All ones when idx < size, else 0, without a branch. */
static inline uint64_t array_index_mask_nospec(uint64_t idx, uint64_t size)
{
#if defined(__x86_64__) && !defined(__CPROVER__)
	uint64_t mask;

	__asm__ __volatile__("cmp %1, %2; sbb %0, %0" : "=r"(mask) : "g"(size), "r"(idx) : "cc");
	return mask;
#else
	return idx < size ? ~0ull : 0;
#endif
}

/* idx if it is in range, else 0. */
#define array_index_nospec(idx, size)                                   \
	({                                                              \
		__typeof__(idx) ain_idx_ = (idx);                       \
		(__typeof__(idx))(ain_idx_ &                            \
			(__typeof__(idx))array_index_mask_nospec(       \
				(uint64_t)ain_idx_, (uint64_t)(size))); \
	})
#define array_access_nospec(a, idx) ((a)[array_index_nospec((idx), ARRAY_SIZE(a))])

static inline void spec_barrier(void)
{
#if defined(__x86_64__) && !defined(__CPROVER__)
	__asm__ __volatile__("lfence" : : : "memory");
#endif
}
/* A true that speculation cannot guess: if (cond && nospec_true()). */
static inline bool nospec_true(void)
{
	spec_barrier();
	return true;
}

#endif
