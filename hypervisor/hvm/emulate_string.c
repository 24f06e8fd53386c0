/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * String instructions: MOVS, CMPS, STOS, LODS, SCAS on device memory, and INS and OUTS on ports. A REP runs in chunks: registers are updated after every element, and
 * when the chunk is used up the instruction is entered again with what is left, as the processor itself does after an interrupt.
 */
#include <hv/printk.h>
#include <hv/sched.h>

#include "emulate_priv.h"

#define CHUNK   256u
#define FLAG_ZF (1ull << 6)
#define FLAG_DF (1ull << 10)

enum { REG_RCX = 1, REG_RSI = 6, REG_RDI = 7 };

static uint64_t address_reg(const struct emulation *e, unsigned int nr)
{
	uint64_t val = *cpu_regs_gpr(e->regs, nr);

	return e->insn.ad_bytes == 8 ? val : e->insn.ad_bytes == 4 ? (uint32_t)val : (uint16_t)val;
}

static void address_reg_add(const struct emulation *e, unsigned int nr, int64_t add)
{
	uint64_t *r = cpu_regs_gpr(e->regs, nr);

	if (e->insn.ad_bytes == 8) {
		*r += (uint64_t)add;
	} else if (e->insn.ad_bytes == 4) {
		*r = (uint32_t)(*r + (uint64_t)add);
	} else {
		*r = (*r & ~0xffffull) | (uint16_t)(*r + (uint64_t)add);
	}
}

static uint64_t source(struct emulation *e)
{
	return emulation_linear(e, e->insn.seg, address_reg(e, REG_RSI));
}

static uint64_t destination(struct emulation *e)
{
	return emulation_linear(e, HVM_SEG_ES, address_reg(e, REG_RDI));
}

/* One element. false: exception queued, nothing changed. */
static bool element(struct emulation *e, int64_t step)
{
	unsigned int bytes = e->insn.op_bytes;
	uint64_t a, b;

	switch (e->insn.op) {
	case INSN_MOVS:
		if (!emulation_read(e, source(e), bytes, &a) ||
			!emulation_write(e, destination(e), bytes, a)) {
			return false;
		}
		break;
	case INSN_STOS:
		if (!emulation_write(e, destination(e), bytes, emulation_reg_read(e, 0, bytes))) {
			return false;
		}
		break;
	case INSN_LODS:
		if (!emulation_read(e, source(e), bytes, &a)) {
			return false;
		}
		emulation_reg_write(e, 0, bytes, a);
		break;
	case INSN_CMPS:
		if (!emulation_read(e, source(e), bytes, &a) ||
			!emulation_read(e, destination(e), bytes, &b)) {
			return false;
		}
		(void)emulation_alu(e->regs, INSN_CMP, bytes, a, b);
		break;
	default:
		if (!emulation_read(e, destination(e), bytes, &b)) {
			return false;
		}
		(void)emulation_alu(e->regs, INSN_CMP, bytes, emulation_reg_read(e, 0, bytes), b);
		break;
	}
	if (e->insn.op == INSN_MOVS || e->insn.op == INSN_LODS || e->insn.op == INSN_CMPS) {
		address_reg_add(e, REG_RSI, step);
	}
	if (e->insn.op != INSN_LODS) {
		address_reg_add(e, REG_RDI, step);
	}
	return true;
}

enum hvm_exit_result emulate_string(struct emulation *e)
{
	int64_t step = (e->regs->rflags & FLAG_DF) != 0 ? -(int64_t)e->insn.op_bytes :
							  (int64_t)e->insn.op_bytes;
	bool compares = e->insn.op == INSN_CMPS || e->insn.op == INSN_SCAS;

	if (e->insn.rep == 0) {
		return element(e, step) ? HVM_DONE : HVM_FAULT;
	}
	for (unsigned int n = 0; address_reg(e, REG_RCX) != 0; n++) {
		if (n == CHUNK) {
			return HVM_RETRY;
		}
		if (!element(e, step)) {
			return HVM_FAULT;
		}
		/* Only the first element is where the processor said. */
		e->has_fault = false;
		address_reg_add(e, REG_RCX, -1);
		if (compares && ((e->regs->rflags & FLAG_ZF) != 0) != (e->insn.rep == 0xf3)) {
			break;
		}
	}
	return HVM_DONE;
}

/* ---- ports ------------------------------------------------------------------------------------------------------------ */

static enum hvm_exit_result port_string(struct vcpu *v, const struct hvm_pio_exit *io)
{
	struct emulation e;
	int64_t step;

	emulation_init(&e, v);
	if (io->addr_size == 0 || io->seg == 0xff) {
		if (emulation_decode(&e) != INSN_OK || e.insn.op < INSN_INS) {
			gprintk(XENLOG_WARNING, "no string port instruction at %#lx\n",
				(unsigned long)v->hvm.regs.rip);
			hvm_inject_ud(v);
			return HVM_FAULT;
		}
	} else {
		e.insn = (struct insn){ .ad_bytes = io->addr_size / 8, .seg = io->seg };
	}
	e.insn.op = io->in ? INSN_INS : INSN_OUTS;
	step = (e.regs->rflags & FLAG_DF) != 0 ? -(int64_t)io->size : (int64_t)io->size;
	for (unsigned int n = 0;; n++) {
		uint64_t val = 0;
		uint32_t port_val;

		if (io->rep && address_reg(&e, REG_RCX) == 0) {
			return HVM_DONE;
		}
		if (n == CHUNK) {
			return HVM_RETRY;
		}
		if (io->in) {
			/* The device must not be read if the value cannot be stored. */
			if (!emulation_probe(&e, destination(&e), io->size, true)) {
				return HVM_FAULT;
			}
			hvm_pio_read(v, io->port, io->size, &port_val);
			if (!emulation_write(&e, destination(&e), io->size, port_val)) {
				return HVM_FAULT;
			}
		} else {
			if (!emulation_read(&e, source(&e), io->size, &val)) {
				return HVM_FAULT;
			}
			hvm_pio_write(v, io->port, io->size, (uint32_t)val);
		}
		address_reg_add(&e, io->in ? REG_RDI : REG_RSI, step);
		if (!io->rep) {
			return HVM_DONE;
		}
		address_reg_add(&e, REG_RCX, -1);
	}
}

enum hvm_exit_result hvm_handle_pio(struct vcpu *v, const struct hvm_pio_exit *io)
{
	uint64_t *rax = &v->hvm.regs.rax;
	uint32_t val;

	if (unlikely(io->string)) {
		return port_string(v, io);
	}
	if (!io->in) {
		hvm_pio_write(v, io->port, io->size, (uint32_t)*rax);
		return HVM_DONE;
	}
	hvm_pio_read(v, io->port, io->size, &val);
	if (io->size == 4) {
		*rax = val;
	} else if (io->size == 2) {
		*rax = (*rax & ~0xffffull) | (uint16_t)val;
	} else {
		*rax = (*rax & ~0xffull) | (uint8_t)val;
	}
	return HVM_DONE;
}
