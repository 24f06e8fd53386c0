/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/* The CPUID instruction. */
#ifndef ASM_CPUID_H
#define ASM_CPUID_H

#include <hv/types.h>

static inline void cpuid_count(
	uint32_t leaf, uint32_t subleaf, uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
	__asm__ __volatile__("cpuid"
		: "=a"(*a), "=b"(*b), "=c"(*c), "=d"(*d)
		: "0"(leaf), "2"(subleaf));
}
static inline void cpuid(uint32_t leaf, uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
	cpuid_count(leaf, 0, a, b, c, d);
}
static inline uint32_t cpuid_eax(uint32_t leaf)
{
	uint32_t a, b, c, d;

	cpuid(leaf, &a, &b, &c, &d);
	return a;
}
static inline uint32_t cpuid_edx(uint32_t leaf)
{
	uint32_t a, b, c, d;

	cpuid(leaf, &a, &b, &c, &d);
	return d;
}

#endif
