/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The extended register state: XSAVE and XRSTOR where the processor has them, FXSAVE and FXRSTOR
 * elsewhere. No locking: an image belongs to the CPU that runs its vCPU, or to whoever paused it.
 */
#include <hv/xstate.h>

#include <asm/cpuid.h>
#include <asm/processor.h>
#include <hv/cpu.h>
#include <hv/heap.h>
#include <hv/lib.h>
#include <hv/string.h>

#define XSTATE_KNOWN      (XSTATE_FP | XSTATE_SSE | XSTATE_YMM | XSTATE_AVX512 | XSTATE_PKRU)
#define FXSAVE_AREA       576u /* with the XSAVE header behind, so that both forms look alike */
#define MXCSR_RESET       0x1f80u
#define FCW_RESET         0x37fu
#define FSW_ES            0x80u
#define CPUID_RSTR_FP_ERR (1u << 2)

struct xsave_area {
	uint16_t fcw, fsw;
	uint8_t ftw, rsvd_5;
	uint16_t fop;
	uint64_t fip, fdp;
	uint32_t mxcsr, mxcsr_mask;
	uint8_t regs[512 - 32];
	uint64_t xstate_bv, xcomp_bv, rsvd_hdr[6];
	uint8_t extended[];
};
_Static_assert(offsetof(struct xsave_area, xstate_bv) == XSAVE_HDR_OFFSET, "XSAVE layout");

static uint64_t max_xcr0 __ro_after_init;
static unsigned int area_bytes __ro_after_init = FXSAVE_AREA;
/* FXRSTOR and XRSTOR leave FIP, FDP and FOP alone unless an exception is pending. */
static bool leaks_fp_pointers __ro_after_init;

void xstate_init(void)
{
	uint32_t a, b, c, d;

	if (boot_cpu_info.vendor == CPU_VENDOR_AMD || boot_cpu_info.vendor == CPU_VENDOR_HYGON) {
		leaks_fp_pointers = true;
		if (boot_cpu_info.max_ext_leaf >= 0x80000008u) {
			cpuid(0x80000008u, &a, &b, &c, &d);
			leaks_fp_pointers = (b & CPUID_RSTR_FP_ERR) == 0;
		}
	}
	if (!cpu_has_xsave || boot_cpu_info.max_leaf < 0xd) {
		return;
	}
	cpuid_count(0xd, 0, &a, &b, &c, &d);
	max_xcr0 = (a | ((uint64_t)d << 32)) & XSTATE_KNOWN;
	if ((max_xcr0 & XSTATE_AVX512) != XSTATE_AVX512 || !(max_xcr0 & XSTATE_YMM)) {
		max_xcr0 &= ~XSTATE_AVX512;
	}
	for (unsigned int i = 2; i < 64; i++) {
		if (max_xcr0 & (1ull << i)) {
			cpuid_count(0xd, i, &a, &b, &c, &d);
			area_bytes = max(area_bytes, a + b);
		}
	}
}

void xstate_cpu_init(void)
{
	unsigned long bits = X86_CR4_OSXSAVE;

	if (max_xcr0 == 0) {
		return;
	}
	if (max_xcr0 & XSTATE_PKRU) {
		bits |= X86_CR4_PKE;
	}
	if ((hv_cr4 & bits) != bits) {
		hv_cr4 |= bits;  /* the first CPU; read-only later */
	}
	write_cr4(read_cr4() | bits);
	xsetbv(0, max_xcr0);
}

uint64_t xstate_max_xcr0(void)
{
	return max_xcr0;
}

unsigned int xstate_size(void)
{
	return area_bytes;
}

struct xsave_area *xstate_area_alloc(void)
{
	/* A power of two, for the alignment that XSAVE wants. */
	struct xsave_area *area = xzalloc_bytes((size_t)1 << ilog2_ceil(area_bytes));

	if (area != NULL) {
		ASSERT(IS_ALIGNED((unsigned long)area, 64ul));
		xstate_area_reset(area);
	}
	return area;
}

void xstate_area_free(struct xsave_area *area)
{
	xfree(area);
}

void xstate_area_reset(struct xsave_area *area)
{
	memset(area, 0, area_bytes);
	area->fcw = FCW_RESET;
	area->mxcsr = MXCSR_RESET;
	area->xstate_bv = max_xcr0 ? XSTATE_FP | XSTATE_SSE : 0;
}

void xstate_area_save(struct xsave_area *area, uint64_t xcr0)
{
	if (max_xcr0 == 0) {
		__asm__ __volatile__("fxsave64 %0" : "=m"(*area));
		return;
	}
	if (xcr0 != max_xcr0) {
		xsetbv(0, max_xcr0); /* components that the guest has off keep their contents */
	}
	__asm__ __volatile__("xsave64 %0" : "+m"(*area) : "a"(~0u), "d"(~0u) : "memory");
}

void xstate_area_restore(const struct xsave_area *area, uint64_t xcr0)
{
	static const uint32_t zero;

	if (leaks_fp_pointers && !(area->fsw & FSW_ES)) {
		/* Load something harmless, so that the last user's pointers do not stay. */
		__asm__ __volatile__("fnclex; ffree %%st(7); fildl %0" : : "m"(zero));
	}
	if (max_xcr0 == 0) {
		__asm__ __volatile__("fxrstor64 %0" : : "m"(*area));
		return;
	}
	__asm__ __volatile__("xrstor64 %0" : : "m"(*area), "a"(~0u), "d"(~0u) : "memory");
	if (xcr0 != max_xcr0) {
		xsetbv(0, xcr0);
	}
}
