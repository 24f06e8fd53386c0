/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/*
 * FPU, SSE, AVX... registers: eager, moved only when a CPU changes from one vCPU to another. The image is the standard (not compacted) XSAVE form, or FXSAVE's
 * where the processor has no XSAVE. The hypervisor itself uses none of these registers. While no guest is loaded XCR0 holds everything that we switch.
 */
#ifndef HV_XSTATE_H
#define HV_XSTATE_H

#include <hv/compiler.h>
#include <hv/types.h>

struct xsave_area;

#define XSTATE_FP        (1ull << 0)
#define XSTATE_SSE       (1ull << 1)
#define XSTATE_YMM       (1ull << 2)
#define XSTATE_AVX512    (7ull << 5)
#define XSTATE_PKRU      (1ull << 9)

#define XSAVE_HDR_OFFSET 512 /* XSTATE_BV is the first member of the header */

/* Boot, before xstate_cpu_init(): sizes. */
void xstate_init(void);
/* Each CPU: CR4.OSXSAVE, CR4.PKE, XCR0. */
void xstate_cpu_init(void);
/* Components that we switch; 0 without XSAVE. */
uint64_t xstate_max_xcr0(void);
/* Bytes of an image with all components. */
unsigned int xstate_size(void);

/* A zeroed image in the state after reset (FCW 37F, MXCSR 1F80). NULL: no memory. */
struct xsave_area *xstate_area_alloc(void);
void xstate_area_free(struct xsave_area *area);
void xstate_area_reset(struct xsave_area *area);
/* This CPU's registers, which belong to a guest with this XCR0. */
void xstate_area_save(struct xsave_area *area, uint64_t xcr0);
void xstate_area_restore(const struct xsave_area *area, uint64_t xcr0);

#endif
