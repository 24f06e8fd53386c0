/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/* Instructions on control and debug registers and the like. */
#ifndef ASM_PROCESSOR_H
#define ASM_PROCESSOR_H

#include <hv/compiler.h>
#include <hv/types.h>
#include <asm/cpuid.h>
#include <asm/cr.h>
#include <asm/irqflags.h>
#include <asm/msr.h>

#define HV_READ_REG_(name, reg)                                                   \
	static inline unsigned long name(void)                                    \
	{                                                                         \
		unsigned long v;                                                  \
		__asm__ __volatile__("mov %%" reg ", %0" : "=r"(v) : : "memory"); \
		return v;                                                         \
	}
#define HV_WRITE_REG_(name, reg)                                              \
	static inline void name(unsigned long v)                              \
	{                                                                     \
		__asm__ __volatile__("mov %0, %%" reg : : "r"(v) : "memory"); \
	}

HV_READ_REG_(read_cr0, "cr0")
HV_READ_REG_(read_cr2, "cr2")
HV_READ_REG_(read_cr3, "cr3")
HV_READ_REG_(read_cr4, "cr4")
HV_READ_REG_(read_cr8, "cr8")
HV_WRITE_REG_(write_cr0, "cr0")
HV_WRITE_REG_(write_cr2, "cr2")
HV_WRITE_REG_(write_cr3, "cr3")
HV_WRITE_REG_(write_cr4, "cr4")
HV_WRITE_REG_(write_cr8, "cr8")
HV_READ_REG_(read_dr0, "dr0")
HV_READ_REG_(read_dr1, "dr1")
HV_READ_REG_(read_dr2, "dr2")
HV_READ_REG_(read_dr3, "dr3")
HV_READ_REG_(read_dr6, "dr6")
HV_READ_REG_(read_dr7, "dr7")
HV_WRITE_REG_(write_dr0, "dr0")
HV_WRITE_REG_(write_dr1, "dr1")
HV_WRITE_REG_(write_dr2, "dr2")
HV_WRITE_REG_(write_dr3, "dr3")
HV_WRITE_REG_(write_dr6, "dr6")
HV_WRITE_REG_(write_dr7, "dr7")

static inline void invlpg(unsigned long va)
{
	__asm__ __volatile__("invlpg (%0)" : : "r"(va) : "memory");
}
static inline void wbinvd(void)
{
	__asm__ __volatile__("wbinvd" : : : "memory");
}
static inline void hlt(void)
{
	__asm__ __volatile__("hlt" : : : "memory");
}
/* Enable interrupts and halt with no gap in between. */
static inline void safe_halt(void)
{
	__asm__ __volatile__("sti; hlt" : : : "memory");
}
static inline void clts(void)
{
	__asm__ __volatile__("clts");
}
static inline void stgi(void)
{
	__asm__ __volatile__("stgi" : : : "memory");
}
static inline void clgi(void)
{
	__asm__ __volatile__("clgi" : : : "memory");
}

static inline uint64_t xgetbv(uint32_t idx)
{
	uint32_t lo, hi;

	__asm__ __volatile__("xgetbv" : "=a"(lo), "=d"(hi) : "c"(idx));
	return lo | ((uint64_t)hi << 32);
}
static inline void xsetbv(uint32_t idx, uint64_t val)
{
	__asm__ __volatile__("xsetbv"
		:
		: "c"(idx), "a"((uint32_t)val), "d"((uint32_t)(val >> 32))
		: "memory");
}

#endif
