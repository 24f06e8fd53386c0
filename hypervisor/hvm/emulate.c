/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running one guest instruction whose memory operand is a device: fetch, decode, access, registers and flags. Permissions of the operand that faulted were checked by
 * the processor; other operands are translated here by walking the guest's page tables. State changes only when all accesses of a step have succeeded.
 * The wrappers for instruction lengths, which need guest memory too, are at the end.
 */
#include <hv/errno.h>
#include <hv/printk.h>
#include <hv/string.h>

#include "emulate_priv.h"
#include "io_priv.h"

#define FLAG_CF     (1ull << 0)
#define FLAG_PF     (1ull << 2)
#define FLAG_AF     (1ull << 4)
#define FLAG_ZF     (1ull << 6)
#define FLAG_SF     (1ull << 7)
#define FLAG_OF     (1ull << 11)
#define FLAGS_ARITH (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

static inline uint64_t mask_of(unsigned int bytes)
{
	return ~0ull >> (64 - 8 * bytes);
}

/* ---- pure: registers and flags -------------------------------------------------------------------------------------- */

/* AH, CH, DH and BH are numbers 4 to 7 of a byte operand without REX. */
static bool is_high_byte(const struct emulation *e, unsigned int nr, unsigned int bytes)
{
	return bytes == 1 && !e->insn.has_rex && nr >= 4 && nr < 8;
}

uint64_t emulation_reg_read(const struct emulation *e, unsigned int nr, unsigned int bytes)
{
	if (unlikely(is_high_byte(e, nr, bytes))) {
		return (*cpu_regs_gpr(e->regs, nr - 4) >> 8) & 0xff;
	}
	return *cpu_regs_gpr(e->regs, nr) & mask_of(bytes);
}

void emulation_reg_write(
	const struct emulation *e, unsigned int nr, unsigned int bytes, uint64_t val)
{
	uint64_t *r;

	if (unlikely(is_high_byte(e, nr, bytes))) {
		r = cpu_regs_gpr(e->regs, nr - 4);
		*r = (*r & ~0xff00ull) | ((val & 0xff) << 8);
		return;
	}
	r = cpu_regs_gpr(e->regs, nr);
	if (bytes >= 4) {
		*r = val & mask_of(bytes); /* 32-bit results clear the upper half */
	} else {
		*r = (*r & ~mask_of(bytes)) | (val & mask_of(bytes));
	}
}

static uint64_t result_flags(uint64_t res, unsigned int bytes)
{
	return ((res & mask_of(bytes)) == 0 ? FLAG_ZF : 0) |
		((res >> (8 * bytes - 1)) & 1 ? FLAG_SF : 0) |
		(__builtin_parity((unsigned int)(res & 0xff)) == 0 ? FLAG_PF : 0);
}

uint64_t emulation_alu(
	struct cpu_regs *regs, enum insn_op op, unsigned int bytes, uint64_t a, uint64_t b)
{
	uint64_t mask = mask_of(bytes), top = 1ull << (8 * bytes - 1), res, flags;
	uint64_t carry_in =
		(op == INSN_ADC || op == INSN_SBB) && (regs->rflags & FLAG_CF) != 0 ? 1 : 0;
	uint64_t keep = FLAGS_ARITH;

	a &= mask;
	b &= mask;
	switch (op) {
	case INSN_ADD:
	case INSN_ADC:
	case INSN_XADD:
	case INSN_INC:
		res = (a + b + carry_in) & mask;
		flags = (res < a || (carry_in != 0 && res == a) ? FLAG_CF : 0) |
			(((a ^ res) & (b ^ res) & top) != 0 ? FLAG_OF : 0) |
			(((a ^ b ^ res) & 0x10) != 0 ? FLAG_AF : 0);
		break;
	case INSN_SUB:
	case INSN_SBB:
	case INSN_CMP:
	case INSN_CMPXCHG:
	case INSN_CMPS:
	case INSN_SCAS:
	case INSN_NEG:
	case INSN_DEC:
		res = (a - b - carry_in) & mask;
		flags = (a < b || (carry_in != 0 && a == b) ? FLAG_CF : 0) |
			(((a ^ b) & (a ^ res) & top) != 0 ? FLAG_OF : 0) |
			(((a ^ b ^ res) & 0x10) != 0 ? FLAG_AF : 0);
		break;
	case INSN_OR:
		res = a | b;
		flags = 0;
		break;
	case INSN_XOR:
		res = a ^ b;
		flags = 0;
		break;
	default:
		res = a & b; /* AND, TEST */
		flags = 0;
		break;
	}
	if (op == INSN_INC || op == INSN_DEC) {
		keep &= ~FLAG_CF;
	}
	flags |= result_flags(res, bytes);
	regs->rflags = (regs->rflags & ~keep) | (flags & keep);
	return res;
}

/* ---- memory ----------------------------------------------------------------------------------------------------------- */

void emulation_init(struct emulation *e, struct vcpu *v)
{
	e->v = v;
	e->regs = &v->hvm.regs;
	e->mode = hvm_ops->get_mode(v);
	e->has_fault = false;
	e->have_ws = false;
	e->tlb[0].valid = false;
	e->tlb[1].valid = false;
}

uint64_t emulation_linear(struct emulation *e, enum hvm_seg seg, uint64_t offset)
{
	struct hvm_segment s;

	if (likely(e->mode == 64)) {
		if (likely(seg != HVM_SEG_FS && seg != HVM_SEG_GS)) {
			return offset;
		}
		hvm_ops->get_segment(e->v, seg, &s);
		return s.base + offset;
	}
	hvm_ops->get_segment(e->v, seg, &s);
	return (uint32_t)(s.base + offset);
}

/* Guest-physical address of one byte; false with #PF queued. */
static bool translate(struct emulation *e, uint64_t lin, bool write, gpa_t *gpa)
{
	unsigned int flags = write ? WALK_WRITE : 0;
	uint32_t pf_error = 0;

	if (e->tlb[write].valid && e->tlb[write].lin == lin >> PAGE_SHIFT) {
		*gpa = (e->tlb[write].gfn << PAGE_SHIFT) | (lin & PAGE_OFFSET_MASK);
		return true;
	}
	if (!e->have_ws) {
		hvm_ops->get_walk_state(e->v, &e->ws);
		e->have_ws = true;
	}
	if (e->ws.cpl == 3) {
		flags |= WALK_USER;
	}
	if (guest_walk(e->v, &e->ws, lin, flags, gpa, &pf_error) != 0) {
		hvm_inject_page_fault(e->v, pf_error, lin);
		return false;
	}
	e->tlb[write].valid = true;
	e->tlb[write].lin = lin >> PAGE_SHIFT;
	e->tlb[write].gfn = *gpa >> PAGE_SHIFT;
	return true;
}

bool emulation_probe(struct emulation *e, uint64_t lin, unsigned int bytes, bool write)
{
	gpa_t gpa;

	return translate(e, lin, write, &gpa) &&
		((lin & PAGE_OFFSET_MASK) + bytes <= PAGE_SIZE ||
			translate(e, lin + bytes - 1, write, &gpa));
}

/* Is the operand at lin the one that the processor translated for us? */
static bool is_faulting_operand(
	const struct emulation *e, uint64_t lin, unsigned int bytes, bool write)
{
	if (!e->has_fault || ((lin ^ e->fault_gpa) & PAGE_OFFSET_MASK) != 0 ||
		(lin & PAGE_OFFSET_MASK) + bytes > PAGE_SIZE) {
		return false;
	}
	/*
	 * The mapping need not allow a write when a read faulted: another thread may have put a
	 * different instruction there since. (Who may write may read.)
	 */
	if (write && !e->fault_write) {
		return false;
	}
	/* Instructions with two memory operands: the access tells which, unless both are read. */
	return e->insn.op < INSN_MOVS || (write == e->fault_write && e->insn.op != INSN_CMPS);
}

/* Part of an access inside one page. */
static void piece_read(struct emulation *e, gpa_t gpa, unsigned int bytes, uint8_t *buf)
{
	uint64_t val;

	if (copy_from_gpa(e->v->domain, buf, gpa, bytes) == 0) {
		return;
	}
	if (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8) {
		val = hvm_mmio_read(e->v, gpa, bytes);
		memcpy(buf, &val, bytes);
		return;
	}
	for (unsigned int i = 0; i < bytes; i++) {
		buf[i] = (uint8_t)hvm_mmio_read(e->v, gpa + i, 1);
	}
}

static void piece_write(struct emulation *e, gpa_t gpa, unsigned int bytes, const uint8_t *buf)
{
	uint64_t val = 0;

	if (copy_to_gpa(e->v->domain, gpa, buf, bytes) == 0) {
		return;
	}
	if (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8) {
		memcpy(&val, buf, bytes);
		hvm_mmio_write(e->v, gpa, bytes, val);
		return;
	}
	for (unsigned int i = 0; i < bytes; i++) {
		hvm_mmio_write(e->v, gpa + i, 1, buf[i]);
	}
}

bool emulation_read(struct emulation *e, uint64_t lin, unsigned int bytes, uint64_t *val)
{
	unsigned int first =
		(unsigned int)MIN((uint64_t)bytes, PAGE_SIZE - (lin & PAGE_OFFSET_MASK));
	uint8_t buf[8] = { 0 };
	gpa_t gpa, gpa2 = 0;

	if (is_faulting_operand(e, lin, bytes, false)) {
		*val = hvm_mmio_read(e->v, e->fault_gpa, bytes);
		return true;
	}
	if (!translate(e, lin, false, &gpa) ||
		(first != bytes && !translate(e, lin + first, false, &gpa2))) {
		return false;
	}
	piece_read(e, gpa, first, buf);
	if (first != bytes) {
		piece_read(e, gpa2, bytes - first, buf + first);
	}
	memcpy(val, buf, sizeof(*val));
	return true;
}

bool emulation_write(struct emulation *e, uint64_t lin, unsigned int bytes, uint64_t val)
{
	unsigned int first =
		(unsigned int)MIN((uint64_t)bytes, PAGE_SIZE - (lin & PAGE_OFFSET_MASK));
	uint8_t buf[8];
	gpa_t gpa, gpa2 = 0;

	if (is_faulting_operand(e, lin, bytes, true)) {
		hvm_mmio_write(e->v, e->fault_gpa, bytes, val);
		return true;
	}
	if (!translate(e, lin, true, &gpa) ||
		(first != bytes && !translate(e, lin + first, true, &gpa2))) {
		return false;
	}
	memcpy(buf, &val, sizeof(buf));
	piece_write(e, gpa, first, buf);
	if (first != bytes) {
		piece_write(e, gpa2, bytes - first, buf + first);
	}
	return true;
}

/* ---- single-operand instructions ---------------------------------------------------------------------------------- */

static int64_t sign_extend(uint64_t val, unsigned int bytes)
{
	unsigned int shift = 64 - 8 * bytes;

	return (int64_t)(val << shift) >> shift;
}

/* BT and its relatives. A bit number in a register reaches beyond the operand: lin moves with it. */
static bool execute_bit(struct emulation *e, uint64_t lin)
{
	const struct insn *i = &e->insn;
	unsigned int bits = 8u * i->op_bytes, bit;
	uint64_t val, res;

	if (i->has_imm) {
		bit = (unsigned int)i->imm & (bits - 1);
	} else {
		int64_t off = sign_extend(emulation_reg_read(e, i->reg, i->op_bytes), i->op_bytes);

		bit = (unsigned int)off & (bits - 1);
		lin += (uint64_t)((off >> (i->op_bytes == 8                ? 6 :
							  i->op_bytes == 4 ? 5 :
									     4)) *
			i->op_bytes);
	}
	if (i->op != INSN_BT && !emulation_probe(e, lin, i->op_bytes, true)) {
		return false;
	}
	if (!emulation_read(e, lin, i->op_bytes, &val)) {
		return false;
	}
	res = i->op == INSN_BTS   ? val | (1ull << bit) :
		i->op == INSN_BTR ? val & ~(1ull << bit) :
				    val ^ (1ull << bit);
	if (i->op != INSN_BT && !emulation_write(e, lin, i->op_bytes, res)) {
		return false;
	}
	e->regs->rflags = (e->regs->rflags & ~FLAG_CF) | ((val >> bit) & 1);
	return true;
}

/* Read, compute, write back. Flags are set on a copy that is kept only when the write succeeds. */
static bool execute_rmw(struct emulation *e, uint64_t lin)
{
	const struct insn *i = &e->insn;
	unsigned int bytes = i->op_bytes;
	struct cpu_regs flags = { .rflags = e->regs->rflags };
	uint64_t val, src, res;
	bool write = true;

	src = i->has_imm ? i->imm : emulation_reg_read(e, i->reg, bytes);
	if (!emulation_read(e, lin, bytes, &val)) {
		return false;
	}
	switch (i->op) {
	case INSN_XCHG:
		res = src;
		break;
	case INSN_XADD:
		res = emulation_alu(&flags, INSN_ADD, bytes, val, src);
		break;
	case INSN_CMPXCHG:
		(void)emulation_alu(&flags, INSN_CMP, bytes, emulation_reg_read(e, 0, bytes), val);
		/* The memory operand is written in both cases. */
		res = (flags.rflags & FLAG_ZF) != 0 ? src : val;
		break;
	case INSN_NOT:
		res = ~val;
		break;
	case INSN_NEG:
		res = emulation_alu(&flags, INSN_SUB, bytes, 0, val);
		break;
	case INSN_INC:
	case INSN_DEC:
		res = emulation_alu(&flags, i->op, bytes, val, 1);
		break;
	case INSN_CMP:
	case INSN_TEST:
		res = emulation_alu(&flags, i->op, bytes, val, src);
		write = false;
		break;
	default:
		res = emulation_alu(&flags, i->op, bytes, val, src);
		break;
	}
	if (write && !emulation_write(e, lin, bytes, res)) {
		return false;
	}
	if (i->op == INSN_XCHG || i->op == INSN_XADD) {
		emulation_reg_write(e, i->reg, bytes, val);
	} else if (i->op == INSN_CMPXCHG && (flags.rflags & FLAG_ZF) == 0) {
		emulation_reg_write(e, 0, bytes, val);
	}
	e->regs->rflags = flags.rflags;
	return true;
}

/* Register destination, memory source. */
static bool execute_load(struct emulation *e, uint64_t lin)
{
	const struct insn *i = &e->insn;
	uint64_t val;

	if (!emulation_read(e, lin, i->mem_bytes, &val)) {
		return false;
	}
	switch (i->op) {
	case INSN_MOV:
	case INSN_MOVZX:
		emulation_reg_write(e, i->reg, i->op_bytes, val & mask_of(i->mem_bytes));
		break;
	case INSN_MOVSX:
		emulation_reg_write(
			e, i->reg, i->op_bytes, (uint64_t)sign_extend(val, i->mem_bytes));
		break;
	default: {
		uint64_t res = emulation_alu(e->regs, i->op, i->op_bytes,
			emulation_reg_read(e, i->reg, i->op_bytes), val);

		if (i->op != INSN_CMP) {
			emulation_reg_write(e, i->reg, i->op_bytes, res);
		}
		break;
	}
	}
	return true;
}

static bool execute(struct emulation *e)
{
	const struct insn *i = &e->insn;
	uint64_t lin = emulation_linear(
		e, i->seg, insn_effective_address(i, e->regs, e->regs->rip + i->len));

	if (!i->mem_is_dst) {
		return execute_load(e, lin);
	}
	switch (i->op) {
	case INSN_MOV:
		return emulation_write(e, lin, i->op_bytes,
			i->has_imm ? i->imm : emulation_reg_read(e, i->reg, i->op_bytes));
	case INSN_BT:
	case INSN_BTS:
	case INSN_BTR:
	case INSN_BTC:
		return execute_bit(e, lin);
	default:
		return execute_rmw(e, lin);
	}
}

/* ---- fetch ------------------------------------------------------------------------------------------------------------ */

static uint64_t linear_rip(struct vcpu *v, unsigned int mode)
{
	struct hvm_segment cs;

	if (likely(mode == 64)) {
		return v->hvm.regs.rip;
	}
	hvm_ops->get_segment(v, HVM_SEG_CS, &cs);
	return (uint32_t)(cs.base + v->hvm.regs.rip);
}

/* Instruction bytes: the hardware's where it gives them, else by a walk. */
static unsigned int fetch(struct vcpu *v, unsigned int mode, uint8_t buf[INSN_MAX_BYTES])
{
	const uint8_t *hw;
	unsigned int n = hvm_ops->insn_bytes(v, &hw);

	if (n != 0) {
		memcpy(buf, hw, MIN(n, INSN_MAX_BYTES));
		return MIN(n, INSN_MAX_BYTES);
	}
	return guest_fetch_insn(v, linear_rip(v, mode), buf, INSN_MAX_BYTES);
}

enum insn_rc emulation_decode(struct emulation *e)
{
	uint8_t buf[INSN_MAX_BYTES];
	unsigned int n = fetch(e->v, e->mode, buf);
	enum insn_rc rc = insn_decode(buf, n, e->mode, &e->insn);

	if (unlikely(rc == INSN_TRUNCATED) && n < INSN_MAX_BYTES) {
		/* The hardware's buffer ends at a page boundary. */
		n = guest_fetch_insn(e->v, linear_rip(e->v, e->mode), buf, INSN_MAX_BYTES);
		rc = insn_decode(buf, n, e->mode, &e->insn);
	}
	return rc;
}

static enum hvm_exit_result refuse(struct emulation *e, gpa_t gpa)
{
	uint8_t buf[INSN_MAX_BYTES] = { 0 };
	unsigned int n = fetch(e->v, e->mode, buf);

	gprintk(XENLOG_WARNING,
		"no emulation of the instruction at %#lx for address %#lx: %u bytes, %02x %02x %02x %02x %02x %02x\n",
		(unsigned long)e->regs->rip, (unsigned long)gpa, n, buf[0], buf[1], buf[2], buf[3],
		buf[4], buf[5]);
	hvm_inject_ud(e->v);
	return HVM_FAULT;
}

enum hvm_exit_result hvm_emulate_mmio(struct vcpu *v, gpa_t gpa, bool write)
{
	struct emulation e;

	emulation_init(&e, v);
	e.has_fault = true;
	e.fault_gpa = gpa;
	e.fault_write = write;
	if (unlikely(emulation_decode(&e) != INSN_OK) || unlikely(e.insn.is_reg)) {
		return refuse(&e, gpa);
	}
	if (unlikely(e.insn.op >= INSN_MOVS)) {
		enum hvm_exit_result rc;

		if (e.insn.op >= INSN_INS) {
			return refuse(&e, gpa); /* its port side would have exited first */
		}
		rc = emulate_string(&e);
		if (rc != HVM_DONE) {
			return rc;
		}
	} else if (!execute(&e)) {
		return HVM_FAULT;
	}
	hvm_advance_rip(v, e.insn.len);
	return HVM_RETRY;
}

/* ---- lengths and operands for the vendor's exit handlers ---------------------------------------------------------- */

unsigned int hvm_insn_len(struct vcpu *v, enum hvm_insn insn)
{
	unsigned int mode = hvm_ops->get_mode(v);
	uint8_t buf[INSN_MAX_BYTES];
	unsigned int n = fetch(v, mode, buf);

	return insn_length_of(buf, n, mode, insn);
}

bool hvm_decode_crdr(struct vcpu *v, struct hvm_crdr_insn *out)
{
	unsigned int mode = hvm_ops->get_mode(v);
	uint8_t buf[INSN_MAX_BYTES];
	unsigned int n = fetch(v, mode, buf);
	struct emulation e;
	uint64_t val, ea;
	bool has_mem;

	emulation_init(&e, v);
	if (!insn_decode_crdr(buf, n, mode, out, &e.insn, &has_mem)) {
		hvm_inject_ud(v);
		return false;
	}
	if (!out->is_lmsw) {
		return true;
	}
	if (!has_mem) {
		out->lmsw_val = (uint16_t)*cpu_regs_gpr(&v->hvm.regs, out->gpr);
		return true;
	}
	ea = insn_effective_address(&e.insn, &v->hvm.regs, v->hvm.regs.rip + e.insn.len);
	if (!emulation_read(&e, emulation_linear(&e, e.insn.seg, ea), 2, &val)) {
		return false;
	}
	out->lmsw_val = (uint16_t)val;
	return true;
}
