/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A decoded instruction. decode.c is pure: bytes and mode in, structure out; it knows the instructions that touch device memory or ports and those that exit on
 * processors which do not report where the next instruction begins.
 */
#ifndef HVM_INSN_PRIV_H
#define HVM_INSN_PRIV_H

#include <hv/hvm.h>
#include <hv/types.h>

#include <asm/regs.h>

#define INSN_MAX_BYTES 15
#define INSN_NO_REG    0xff
#define INSN_RIP       0xfe

/* The first eight have the numbers of the arithmetic group in opcodes. */
enum insn_op {
	INSN_ADD,
	INSN_OR,
	INSN_ADC,
	INSN_SBB,
	INSN_AND,
	INSN_SUB,
	INSN_XOR,
	INSN_CMP,
	INSN_MOV,
	INSN_MOVZX,
	INSN_MOVSX,
	INSN_TEST,
	INSN_XCHG,
	INSN_BT,
	INSN_BTS,
	INSN_BTR,
	INSN_BTC,
	INSN_CMPXCHG,
	INSN_XADD,
	INSN_NOT,
	INSN_NEG,
	INSN_INC,
	INSN_DEC,
	INSN_MOVS,
	INSN_CMPS,
	INSN_STOS,
	INSN_LODS,
	INSN_SCAS,
	INSN_INS,
	INSN_OUTS,
};

struct insn {
	uint8_t len;
	uint8_t op;  /* enum insn_op */
	uint8_t op_bytes; /* operand: 1, 2, 4, 8 */
	uint8_t mem_bytes; /* what is accessed in memory (differs for MOVZX, MOVSX) */
	uint8_t ad_bytes; /* address: 2, 4, 8 */
	uint8_t rep;  /* 0, 0xf2, 0xf3 */
	uint8_t seg;  /* enum hvm_seg of the memory operand (the source of string instructions) */
	bool has_rex;
	bool lock;
	bool is_reg;  /* r/m is a register */
	bool mem_is_dst; /* r/m is the destination */
	bool has_imm;  /* the other operand is imm instead of reg */
	uint8_t reg, rm; /* 0..15 */
	uint8_t base, index, scale; /* of r/m in memory: INSN_NO_REG, INSN_RIP */
	int64_t disp;
	uint64_t imm;  /* sign-extended */
};

enum insn_rc { INSN_OK, INSN_TRUNCATED, INSN_UNKNOWN };

/* Decode the instruction at buf of which n bytes are known. mode: 16, 32, 64. */
enum insn_rc insn_decode(const uint8_t *buf, unsigned int n, unsigned int mode, struct insn *out);
/* Effective address of the memory operand without segment base; next_rip for RIP-relative ones. */
uint64_t insn_effective_address(
	const struct insn *i, const struct cpu_regs *regs, uint64_t next_rip);
/* Length when buf holds the instruction expected, else 0. */
unsigned int insn_length_of(
	const uint8_t *buf, unsigned int n, unsigned int mode, enum hvm_insn what);
/*
 * MOV to and from CR and DR, CLTS, LMSW. For LMSW with a memory operand *mem is filled and true stored in *has_mem; with a register, gpr is set. false: none of those.
 */
bool insn_decode_crdr(const uint8_t *buf, unsigned int n, unsigned int mode,
	struct hvm_crdr_insn *out, struct insn *mem, bool *has_mem);

#endif
