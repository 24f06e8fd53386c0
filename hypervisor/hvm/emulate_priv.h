/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The emulator's working state, shared by emulate.c (single operands) and emulate_string.c. */
#ifndef HVM_EMULATE_PRIV_H
#define HVM_EMULATE_PRIV_H

#include <hv/guest_access.h>
#include <hv/hvm.h>

#include "insn_priv.h"

struct emulation {
	struct vcpu *v;
	struct cpu_regs *regs;
	unsigned int mode;  /* 16, 32, 64 */
	struct insn insn;
	bool has_fault;   /* the hardware told gpa and access of the operand */
	bool fault_write;
	gpa_t fault_gpa;
	bool have_ws;
	struct walk_state ws;
	/* The last translation of reads and of writes: page numbers. */
	struct {
		bool valid;
		uint64_t lin, gfn;
	} tlb[2];
};

void emulation_init(struct emulation *e, struct vcpu *v);
/* Bytes at RIP, decoded into e->insn. */
enum insn_rc emulation_decode(struct emulation *e);
/* Segment base + offset as the mode computes it. */
uint64_t emulation_linear(struct emulation *e, enum hvm_seg seg, uint64_t offset);
/* Check that [lin, lin + bytes) can be accessed: false with the exception queued. */
bool emulation_probe(struct emulation *e, uint64_t lin, unsigned int bytes, bool write);
/* Access memory or a device at a linear address: false with the exception queued. */
bool emulation_read(struct emulation *e, uint64_t lin, unsigned int bytes, uint64_t *val);
bool emulation_write(struct emulation *e, uint64_t lin, unsigned int bytes, uint64_t val);
/* Result flags as the processor sets them, into regs->rflags. */
uint64_t emulation_alu(
	struct cpu_regs *regs, enum insn_op op, unsigned int bytes, uint64_t a, uint64_t b);
uint64_t emulation_reg_read(const struct emulation *e, unsigned int nr, unsigned int bytes);
void emulation_reg_write(
	const struct emulation *e, unsigned int nr, unsigned int bytes, uint64_t val);

/* MOVS, CMPS, STOS, LODS, SCAS: HVM_DONE when finished, RETRY when some of a REP is left, FAULT. */
enum hvm_exit_result emulate_string(struct emulation *e);

#endif
