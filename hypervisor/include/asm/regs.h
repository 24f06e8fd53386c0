/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: x86 */
/* General registers as the entry code pushes them; also a guest's. The order is known to assembly (asm_defs.h). */
#ifndef ASM_REGS_H
#define ASM_REGS_H

#include <hv/types.h>

struct cpu_regs {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi,
		rdi; /* 0x00..0x70 */
	uint32_t error_code; /* 0x78 */
	uint32_t entry_vector; /* 0x7c */
	uint64_t rip; /* 0x80 */
	uint64_t cs; /* 0x88 */
	uint64_t rflags; /* 0x90 */
	uint64_t rsp; /* 0x98 */
	uint64_t ss; /* 0xa0 */
};
_Static_assert(sizeof(struct cpu_regs) == 0xa8, "known to entry.S");

/* Number as in instructions (rax 0, rcx 1, rdx 2, rbx 3, rsp 4, rbp 5, rsi 6, rdi 7, r8..r15). */
static inline uint64_t *cpu_regs_gpr(struct cpu_regs *r, unsigned int nr)
{
	static const uint8_t offset[16] = {
		offsetof(struct cpu_regs, rax),
		offsetof(struct cpu_regs, rcx),
		offsetof(struct cpu_regs, rdx),
		offsetof(struct cpu_regs, rbx),
		offsetof(struct cpu_regs, rsp),
		offsetof(struct cpu_regs, rbp),
		offsetof(struct cpu_regs, rsi),
		offsetof(struct cpu_regs, rdi),
		offsetof(struct cpu_regs, r8),
		offsetof(struct cpu_regs, r9),
		offsetof(struct cpu_regs, r10),
		offsetof(struct cpu_regs, r11),
		offsetof(struct cpu_regs, r12),
		offsetof(struct cpu_regs, r13),
		offsetof(struct cpu_regs, r14),
		offsetof(struct cpu_regs, r15),
	};

	return (uint64_t *)((char *)r + offset[nr & 15]);
}

#endif
