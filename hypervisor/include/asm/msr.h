/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/* RDMSR, WRMSR (also without dying) and RDTSC. */
#ifndef ASM_MSR_H
#define ASM_MSR_H

#include <hv/compiler.h>
#include <hv/errno.h>
#include <hv/types.h>
#include <asm/extable.h>
#include <asm/msr_index.h>

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t lo, hi;

	__asm__ __volatile__("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr) : "memory");
	return lo | ((uint64_t)hi << 32);
}
static inline void wrmsr(uint32_t msr, uint64_t val)
{
	__asm__ __volatile__("wrmsr"
		:
		: "c"(msr), "a"((uint32_t)val), "d"((uint32_t)(val >> 32))
		: "memory");
}
/* 0, or -EFAULT when the register faults (then *val is 0). */
static inline int __must_check rdmsr_safe(uint32_t msr, uint64_t *val)
{
	uint32_t lo = 0, hi = 0;
	int rc = -EFAULT;

	__asm__ __volatile__("1: rdmsr; xorl %2, %2\n2:\n" ASM_EXTABLE(1b, 2b)
		: "+a"(lo), "+d"(hi), "+r"(rc)
		: "c"(msr)
		: "memory");
	*val = rc ? 0 : (lo | ((uint64_t)hi << 32));
	return rc;
}
static inline int __must_check wrmsr_safe(uint32_t msr, uint64_t val)
{
	int rc = -EFAULT;

	__asm__ __volatile__("1: wrmsr; xorl %0, %0\n2:\n" ASM_EXTABLE(1b, 2b)
		: "+r"(rc)
		: "c"(msr), "a"((uint32_t)val), "d"((uint32_t)(val >> 32))
		: "memory");
	return rc;
}
static inline uint64_t rdtsc(void)
{
	uint32_t lo, hi;

	__asm__ __volatile__("rdtsc" : "=a"(lo), "=d"(hi));
	return lo | ((uint64_t)hi << 32);
}
static inline uint64_t rdtsc_ordered(void)
{
	__asm__ __volatile__("lfence" : : : "memory");
	return rdtsc();
}

#endif
