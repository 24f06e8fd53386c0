/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/* Memory barriers towards devices; those between CPUs are in hv/atomic.h. */
#ifndef ASM_BARRIER_H
#define ASM_BARRIER_H

#define mb()  __asm__ __volatile__("mfence" : : : "memory")
#define rmb() __asm__ __volatile__("lfence" : : : "memory")
#define wmb() __asm__ __volatile__("sfence" : : : "memory")

#endif
