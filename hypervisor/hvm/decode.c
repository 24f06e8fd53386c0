/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86 instruction decoder for what the hypervisor emulates (SDM 2, appendix A; APM 3, appendix A). No state, no guest access: callers fetch the bytes. Nothing
 * is read past the n bytes given, and the result does not depend on bytes past the instruction.
 */
#include "insn_priv.h"

struct cursor {
	const uint8_t *buf;
	unsigned int at, n;
	bool truncated;
};

struct prefixes {
	uint8_t rex, rep, seg;  /* seg: INSN_NO_REG without override */
	bool opsize, adsize, lock;
};

static uint8_t next8(struct cursor *c)
{
	if (c->at >= c->n || c->at >= INSN_MAX_BYTES) {
		c->truncated = true;
		return 0;
	}
	return c->buf[c->at++];
}

static uint64_t next_le(struct cursor *c, unsigned int bytes)
{
	uint64_t val = 0;

	for (unsigned int i = 0; i < bytes; i++) {
		val |= (uint64_t)next8(c) << (8 * i);
	}
	return val;
}

static int64_t next_signed(struct cursor *c, unsigned int bytes)
{
	uint64_t val = next_le(c, bytes);

	switch (bytes) {
	case 1:
		return (int8_t)val;
	case 2:
		return (int16_t)val;
	case 4:
		return (int32_t)val;
	default:
		return (int64_t)val;
	}
}

/* Consume the prefixes; the opcode's first byte is returned. */
static uint8_t prefixes_decode(struct cursor *c, unsigned int mode, struct prefixes *p)
{
	*p = (struct prefixes){ .seg = INSN_NO_REG };
	for (;;) {
		uint8_t b = next8(c);

		if (c->truncated) {
			return 0;
		}
		switch (b) {
		case 0x66:
			p->opsize = true;
			break;
		case 0x67:
			p->adsize = true;
			break;
		case 0xf0:
			p->lock = true;
			break;
		case 0xf2:
		case 0xf3:
			p->rep = b;
			break;
		case 0x26:
			p->seg = HVM_SEG_ES;
			break;
		case 0x2e:
			p->seg = HVM_SEG_CS;
			break;
		case 0x36:
			p->seg = HVM_SEG_SS;
			break;
		case 0x3e:
			p->seg = HVM_SEG_DS;
			break;
		case 0x64:
			p->seg = HVM_SEG_FS;
			break;
		case 0x65:
			p->seg = HVM_SEG_GS;
			break;
		default:
			if (mode == 64 && (b & 0xf0) == 0x40) {
				p->rex = b;
				continue; /* counts only directly before the opcode */
			}
			return b;
		}
		p->rex = 0;
	}
}

/* ModRM (its byte is modrm), SIB and displacement. */
static void memory_operand(
	struct cursor *c, uint8_t modrm, const struct prefixes *p, struct insn *o)
{
	unsigned int mod = modrm >> 6, rm = modrm & 7;
	uint8_t seg = HVM_SEG_DS;

	o->base = INSN_NO_REG;
	o->index = INSN_NO_REG;
	o->scale = 0;
	o->disp = 0;
	if (o->ad_bytes == 2) {
		static const uint8_t base16[8] = { 3, 3, 5, 5, 6, 7, 5, 3 };
		static const uint8_t index16[8] = { 6, 7, 6, 7, INSN_NO_REG, INSN_NO_REG,
			INSN_NO_REG, INSN_NO_REG };

		o->base = base16[rm];
		o->index = index16[rm];
		if (mod == 0 && rm == 6) {
			o->base = INSN_NO_REG;
			o->disp = next_signed(c, 2);
		} else if (mod != 0) {
			o->disp = next_signed(c, mod == 1 ? 1 : 2);
		}
		if (o->base == 5) {
			seg = HVM_SEG_SS;
		}
	} else {
		unsigned int disp_bytes = mod == 1 ? 1 : mod == 2 ? 4 : 0;
		unsigned int base = rm;

		if (rm == 4) {
			uint8_t sib = next8(c);
			unsigned int index = ((sib >> 3) & 7) | ((p->rex & 2) ? 8 : 0);

			base = sib & 7;
			o->scale = sib >> 6;
			if (index != 4) {
				o->index = (uint8_t)index;
			}
		}
		if (mod == 0 && base == 5) {
			disp_bytes = 4;
			if (rm == 5 && (p->rex & 0x80) != 0) {
				o->base = INSN_RIP;
			}
		} else {
			o->base = (uint8_t)(base | ((p->rex & 1) ? 8 : 0));
			if (base >= 4 && base <= 5 && o->base < 8) {
				seg = HVM_SEG_SS;
			}
		}
		if (disp_bytes != 0) {
			o->disp = next_signed(c, disp_bytes);
		}
	}
	o->seg = p->seg != INSN_NO_REG ? p->seg : seg;
}

static void modrm_operand(
	struct cursor *c, unsigned int mode, const struct prefixes *p, struct insn *o, uint8_t *ext)
{
	uint8_t modrm = next8(c);
	struct prefixes q = *p;

	*ext = (modrm >> 3) & 7;
	o->reg = *ext | ((p->rex & 4) ? 8 : 0);
	o->rm = (modrm & 7) | ((p->rex & 1) ? 8 : 0);
	o->is_reg = (modrm >> 6) == 3;
	if (!o->is_reg) {
		/* Bit 7 tells memory_operand() that displacements without base are RIP-relative. */
		q.rex = (uint8_t)((p->rex & 0xf) | (mode == 64 ? 0x80 : 0));
		memory_operand(c, modrm, &q, o);
	}
}

static unsigned int immediate_bytes(const struct insn *o)
{
	return o->op_bytes == 8 ? 4 : o->op_bytes;
}

static void immediate(struct cursor *c, struct insn *o, unsigned int bytes)
{
	o->has_imm = true;
	o->imm = (uint64_t)next_signed(c, bytes);
}

static enum insn_rc decode_0f(
	struct cursor *c, unsigned int mode, const struct prefixes *p, struct insn *o)
{
	uint8_t b = next8(c), ext;

	if (c->truncated) {
		return INSN_TRUNCATED;
	}
	switch (b) {
	case 0xb6:
	case 0xb7:
	case 0xbe:
	case 0xbf:
		o->op = b < 0xb8 ? INSN_MOVZX : INSN_MOVSX;
		modrm_operand(c, mode, p, o, &ext);
		o->mem_bytes = (b & 1) != 0 ? 2 : 1;
		return INSN_OK;
	case 0xa3:
	case 0xab:
	case 0xb3:
	case 0xbb:
		o->op = INSN_BT + ((b >> 3) & 3);
		o->mem_is_dst = true;
		modrm_operand(c, mode, p, o, &ext);
		return INSN_OK;
	case 0xba:
		o->mem_is_dst = true;
		modrm_operand(c, mode, p, o, &ext);
		if (ext < 4) {
			return INSN_UNKNOWN;
		}
		o->op = INSN_BT + (ext & 3);
		immediate(c, o, 1);
		return INSN_OK;
	case 0xb0:
	case 0xb1:
	case 0xc0:
	case 0xc1:
		o->op = b < 0xc0 ? INSN_CMPXCHG : INSN_XADD;
		o->mem_is_dst = true;
		if ((b & 1) == 0) {
			o->op_bytes = 1;
		}
		o->mem_bytes = o->op_bytes;
		modrm_operand(c, mode, p, o, &ext);
		return INSN_OK;
	case 0xc3: /* MOVNTI */
		o->op = INSN_MOV;
		o->mem_is_dst = true;
		modrm_operand(c, mode, p, o, &ext);
		return o->is_reg ? INSN_UNKNOWN : INSN_OK;
	default:
		return INSN_UNKNOWN;
	}
}

static enum insn_rc decode_string(uint8_t b, const struct prefixes *p, struct insn *o)
{
	static const uint8_t ops[16] = { [0x4] = INSN_MOVS,
		[0x6] = INSN_CMPS,
		[0xa] = INSN_STOS,
		[0xc] = INSN_LODS,
		[0xe] = INSN_SCAS };

	if ((b & 1) == 0) {
		o->op_bytes = 1;
	} else if (b < 0x70 && o->op_bytes == 8) {
		o->op_bytes = 4; /* no 64-bit ports */
	}
	o->mem_bytes = o->op_bytes;
	o->rep = p->rep;
	o->seg = p->seg != INSN_NO_REG ? p->seg : HVM_SEG_DS;
	o->op = b < 0x6e ? INSN_INS : b < 0x70 ? INSN_OUTS : ops[b & 0xe];
	return INSN_OK;
}

static enum insn_rc decode_one(
	struct cursor *c, uint8_t b, unsigned int mode, const struct prefixes *p, struct insn *o)
{
	uint8_t ext;

	/* Byte forms have bit 0 clear in everything below. */
	if ((b & 1) == 0) {
		o->op_bytes = 1;
	}
	o->mem_bytes = o->op_bytes;
	if (b < 0x40 && (b & 7) < 4) {
		o->op = b >> 3;
		o->mem_is_dst = (b & 2) == 0;
		modrm_operand(c, mode, p, o, &ext);
		return INSN_OK;
	}
	switch (b) {
	case 0x63:
		if (mode != 64) {
			return INSN_UNKNOWN;
		}
		o->op = INSN_MOVSX;
		o->mem_bytes = o->op_bytes == 2 ? 2 : 4;
		modrm_operand(c, mode, p, o, &ext);
		return INSN_OK;
	case 0x80:
	case 0x81:
	case 0x82:
	case 0x83:
		if (b == 0x82 && mode == 64) {
			return INSN_UNKNOWN;
		}
		o->mem_is_dst = true;
		modrm_operand(c, mode, p, o, &ext);
		o->op = ext;
		immediate(c, o, b == 0x81 ? immediate_bytes(o) : 1);
		return INSN_OK;
	case 0x84 ... 0x87:
		o->op = b < 0x86 ? INSN_TEST : INSN_XCHG;
		o->mem_is_dst = true;
		modrm_operand(c, mode, p, o, &ext);
		return INSN_OK;
	case 0x88 ... 0x8b:
		o->op = INSN_MOV;
		o->mem_is_dst = b < 0x8a;
		modrm_operand(c, mode, p, o, &ext);
		return INSN_OK;
	case 0xa0 ... 0xa3:
		o->op = INSN_MOV;
		o->mem_is_dst = b >= 0xa2;
		o->reg = 0;
		o->base = INSN_NO_REG;
		o->index = INSN_NO_REG;
		o->seg = p->seg != INSN_NO_REG ? p->seg : HVM_SEG_DS;
		o->disp = (int64_t)next_le(c, o->ad_bytes);
		return INSN_OK;
	case 0x6c ... 0x6f:
	case 0xa4 ... 0xa7:
	case 0xaa ... 0xaf:
		return decode_string(b, p, o);
	case 0xc6:
	case 0xc7:
		o->op = INSN_MOV;
		o->mem_is_dst = true;
		modrm_operand(c, mode, p, o, &ext);
		immediate(c, o, immediate_bytes(o));
		return ext == 0 ? INSN_OK : INSN_UNKNOWN;
	case 0xf6:
	case 0xf7:
		o->mem_is_dst = true;
		modrm_operand(c, mode, p, o, &ext);
		if (ext < 2) {
			o->op = INSN_TEST;
			immediate(c, o, immediate_bytes(o));
			return INSN_OK;
		}
		o->op = ext == 2 ? INSN_NOT : INSN_NEG;
		return ext < 4 ? INSN_OK : INSN_UNKNOWN;
	case 0xfe:
	case 0xff:
		o->mem_is_dst = true;
		modrm_operand(c, mode, p, o, &ext);
		o->op = ext == 0 ? INSN_INC : INSN_DEC;
		return ext < 2 ? INSN_OK : INSN_UNKNOWN;
	default:
		return INSN_UNKNOWN;
	}
}

static void sizes(unsigned int mode, const struct prefixes *p, struct insn *o)
{
	bool wide = mode != 16;

	o->op_bytes = (p->rex & 8) != 0 ? 8 : wide != p->opsize ? 4 : 2;
	if (mode == 64) {
		o->ad_bytes = p->adsize ? 4 : 8;
	} else {
		o->ad_bytes = wide != p->adsize ? 4 : 2;
	}
}

enum insn_rc insn_decode(const uint8_t *buf, unsigned int n, unsigned int mode, struct insn *out)
{
	struct cursor c = { .buf = buf, .n = n };
	struct prefixes p;
	enum insn_rc rc;
	uint8_t b = prefixes_decode(&c, mode, &p);

	*out = (struct insn){ .base = INSN_NO_REG, .index = INSN_NO_REG };
	if (c.truncated) {
		return n < INSN_MAX_BYTES ? INSN_TRUNCATED : INSN_UNKNOWN;
	}
	sizes(mode, &p, out);
	out->mem_bytes = out->op_bytes;
	out->has_rex = p.rex != 0;
	out->lock = p.lock;
	rc = b == 0x0f ? decode_0f(&c, mode, &p, out) : decode_one(&c, b, mode, &p, out);
	if (c.truncated) {
		return n < INSN_MAX_BYTES ? INSN_TRUNCATED : INSN_UNKNOWN;
	}
	out->len = (uint8_t)c.at;
	return rc;
}

uint64_t insn_effective_address(
	const struct insn *i, const struct cpu_regs *regs, uint64_t next_rip)
{
	struct cpu_regs *r = (struct cpu_regs *)regs;
	uint64_t ea = (uint64_t)i->disp;

	if (i->base == INSN_RIP) {
		ea += next_rip;
	} else if (i->base != INSN_NO_REG) {
		ea += *cpu_regs_gpr(r, i->base);
	}
	if (i->index != INSN_NO_REG) {
		ea += *cpu_regs_gpr(r, i->index) << i->scale;
	}
	return i->ad_bytes == 8 ? ea : i->ad_bytes == 4 ? (uint32_t)ea : (uint16_t)ea;
}

/* Opcodes of the instructions whose length somebody asks for: bytes after the prefixes. third 0: none; ext: ModRM reg field of a memory form. */
struct known {
	uint8_t nr, op[3];
	uint8_t rep; /* required prefix */
	uint8_t ext; /* 1 + reg field: a ModRM operand follows the two bytes */
};

static const struct known known_insns[HVM_INSN_NR] = {
	[HVM_INSN_CPUID] = { 2, { 0x0f, 0xa2 }, 0, 0 },
	[HVM_INSN_RDMSR] = { 2, { 0x0f, 0x32 }, 0, 0 },
	[HVM_INSN_WRMSR] = { 2, { 0x0f, 0x30 }, 0, 0 },
	[HVM_INSN_HLT] = { 1, { 0xf4 }, 0, 0 },
	[HVM_INSN_VMMCALL] = { 3, { 0x0f, 0x01, 0xd9 }, 0, 0 },
	[HVM_INSN_XSETBV] = { 3, { 0x0f, 0x01, 0xd1 }, 0, 0 },
	[HVM_INSN_INVD] = { 2, { 0x0f, 0x08 }, 0, 0 },
	[HVM_INSN_WBINVD] = { 2, { 0x0f, 0x09 }, 0, 0 },
	[HVM_INSN_RDTSC] = { 2, { 0x0f, 0x31 }, 0, 0 },
	[HVM_INSN_RDTSCP] = { 3, { 0x0f, 0x01, 0xf9 }, 0, 0 },
	[HVM_INSN_PAUSE] = { 1, { 0x90 }, 0xf3, 0 },
	[HVM_INSN_INVLPG] = { 2, { 0x0f, 0x01 }, 0, 1 + 7 },
	[HVM_INSN_RDPMC] = { 2, { 0x0f, 0x33 }, 0, 0 },
	[HVM_INSN_CLTS] = { 2, { 0x0f, 0x06 }, 0, 0 },
	[HVM_INSN_LMSW] = { 2, { 0x0f, 0x01 }, 0, 1 + 6 },
	[HVM_INSN_SMSW] = { 2, { 0x0f, 0x01 }, 0, 1 + 4 },
	[HVM_INSN_MONITOR] = { 3, { 0x0f, 0x01, 0xc8 }, 0, 0 },
	[HVM_INSN_MWAIT] = { 3, { 0x0f, 0x01, 0xc9 }, 0, 0 },
	[HVM_INSN_INT3] = { 1, { 0xcc }, 0, 0 },
	[HVM_INSN_ICEBP] = { 1, { 0xf1 }, 0, 0 },
};

unsigned int insn_length_of(
	const uint8_t *buf, unsigned int n, unsigned int mode, enum hvm_insn what)
{
	struct cursor c = { .buf = buf, .n = n };
	const struct known *k = &known_insns[what < HVM_INSN_NR ? what : 0];
	struct prefixes p;
	struct insn o = { 0 };
	uint8_t op[3] = { 0 }, ext;

	if (what >= HVM_INSN_NR) {
		return 0;
	}
	op[0] = prefixes_decode(&c, mode, &p);
	if (what == HVM_INSN_MOVCR || what == HVM_INSN_MOVDR) {
		op[1] = next8(&c);
		(void)next8(&c); /* ModRM: always registers, whatever mod says */
		if (c.truncated || op[0] != 0x0f ||
			(op[1] & 0xfd) != (what == HVM_INSN_MOVCR ? 0x20 : 0x21)) {
			return 0;
		}
		return c.at;
	}
	if (what == HVM_INSN_SVM) {
		op[1] = next8(&c);
		op[2] = next8(&c);
		return !c.truncated && op[0] == 0x0f && op[1] == 0x01 && (op[2] & 0xf8) == 0xd8 ?
			c.at :
			0;
	}
	for (unsigned int i = 1; i < k->nr; i++) {
		op[i] = next8(&c);
	}
	if (c.truncated || (k->rep != 0 && p.rep != k->rep)) {
		return 0;
	}
	for (unsigned int i = 0; i < k->nr; i++) {
		if (op[i] != k->op[i]) {
			return 0;
		}
	}
	if (k->ext != 0) {
		sizes(mode, &p, &o);
		modrm_operand(&c, mode, &p, &o, &ext);
		if (ext + 1 != k->ext || (what == HVM_INSN_INVLPG && o.is_reg)) {
			return 0;
		}
	}
	return c.truncated ? 0 : c.at;
}

bool insn_decode_crdr(const uint8_t *buf, unsigned int n, unsigned int mode,
	struct hvm_crdr_insn *out, struct insn *mem, bool *has_mem)
{
	struct cursor c = { .buf = buf, .n = n };
	struct prefixes p;
	uint8_t b, ext;

	*out = (struct hvm_crdr_insn){ 0 };
	*has_mem = false;
	if (prefixes_decode(&c, mode, &p) != 0x0f) {
		return false;
	}
	b = next8(&c);
	switch (b) {
	case 0x06:
		out->is_clts = true;
		break;
	case 0x20 ... 0x23: {
		uint8_t modrm = next8(&c);

		out->is_dr = (b & 1) != 0;
		out->to_reg = (b & 2) == 0;
		out->nr = ((modrm >> 3) & 7) | ((p.rex & 4) ? 8 : 0);
		/* APM 3: LOCK MOV CR0 is another spelling of MOV CR8. */
		if (!out->is_dr && p.lock && out->nr == 0) {
			out->nr = 8;
		}
		out->gpr = (modrm & 7) | ((p.rex & 1) ? 8 : 0);
		break;
	}
	case 0x01:
		*mem = (struct insn){ .base = INSN_NO_REG, .index = INSN_NO_REG };
		sizes(mode, &p, mem);
		modrm_operand(&c, mode, &p, mem, &ext);
		if (ext != 6) {
			return false;
		}
		out->is_lmsw = true;
		out->gpr = mem->rm;
		*has_mem = !mem->is_reg;
		mem->len = (uint8_t)c.at;
		break;
	default:
		return false;
	}
	out->len = c.at;
	return !c.truncated;
}
